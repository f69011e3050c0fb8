"""A campaign before its launch: its steps, what is missing, whom it reaches, and the launch."""

import threading
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from campaigns import drafts, lifecycle
from campaigns.audience_filter import AudienceFilter
from campaigns.draft_launch import launch_draft
from campaigns.draft_problems import Step, Trouble, draft_recipe, glance, look_over
from campaigns.draft_test import filled
from campaigns.draft_view import draft_of, template_choices, workers_of
from campaigns.errors import AudienceGrew, CampaignIncomplete, DraftNotReady, NotFound
from campaigns.reach import filter_choices, left_out, recipients
from campaigns.sending_hours import USUAL, SendingHours
from models.audit import AuditEvent
from models.campaign import (
    Campaign,
    CampaignOperator,
    CampaignStep,
    CampaignType,
    SharedPhonePolicy,
    UncertainPolicy,
)
from models.case import Case
from models.people import ContactPoint, Role, User
from models.states import CampaignState, CaseState, IllegalMove, TemplateState
from models.subscription import Plan
from models.template import Template, TemplateVersion
from tests.campaigns.builders_launch import ANA, BEN, GREETING, WITH_COUPON, Office
from tests.conftest import NOON

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
TODAY = NOON.date()
WITH_TEXT = {"1": "customer.first_name", "2": "campaign.text_1"}


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


def _type_id(office: Office, code: str = "mora") -> int:
    return office.session.scalars(select(CampaignType.id).where(CampaignType.code == code)).one()


def _version(office: Office, name: str) -> TemplateVersion:
    return office.session.scalars(
        select(TemplateVersion)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(Template.name == name)
    ).one()


def _user(office: Office, name: str, role: Role = Role.OPERATOR, *, active: bool = True) -> User:
    user = User(email=f"{name.lower()}@example.test", name=name, role=role, is_active=active)
    office.session.add(user)
    office.session.flush()
    return user


def _draft(office: Office, fields: dict[str, str] | None = None, **audience: object) -> int:
    """A draft with a template and nothing the matter with it but what the test adds."""
    draft_id = drafts.create_draft(office.session, name="Cuota noviembre", type_id=_type_id(office))
    drafts.save_audience(
        office.session,
        draft_id,
        AudienceFilter(overdue_max=20, **audience),  # type: ignore[arg-type]
    )
    version = _version(office, office.template(fields or GREETING))
    drafts.save_template(
        office.session,
        draft_id,
        version_id=version.id,
        texts={},
        shared_phone=SharedPhonePolicy.EACH,
    )
    _team(office, draft_id, [_user(office, f"Operador {draft_id}").id])
    office.session.commit()
    return draft_id


def _team(
    office: Office,
    draft_id: int,
    operators: list[int],
    *,
    starts_at: datetime | None = None,
    ends_on: date | None = None,
    when_uncertain: UncertainPolicy = UncertainPolicy.SETTLE,
    hours: SendingHours | None = None,
) -> None:
    drafts.save_team(
        office.session,
        draft_id,
        operator_ids=operators,
        line_id=office.line.id,
        starts_at=starts_at,
        ends_on=ends_on,
        when_uncertain=when_uncertain,
        hours=hours,
    )


def _troubles(office: Office, draft_id: int, now: datetime = NOON) -> list[Trouble]:
    seen = look_over(office.session, draft_id, now=now, zone=ZONE)
    return [problem.trouble for problem in seen.problems]


# --- steps


def test_a_draft_begins_with_a_name_and_a_type_and_says_what_it_lacks(office: Office) -> None:
    office.crowd(2)

    draft_id = drafts.create_draft(
        office.session, name="Cuota noviembre", type_id=_type_id(office), priority=1
    )

    seen = look_over(office.session, draft_id, now=NOON, zone=ZONE)
    assert (seen.draft.name, seen.draft.priority) == ("Cuota noviembre", 1)
    assert seen.draft.line_id == office.line.id
    assert not seen.may_go
    assert [(each.trouble, each.step, each.blocks) for each in seen.problems] == [
        (Trouble.NO_TEMPLATE, Step.TEMPLATE, True),
        (Trouble.EVERYBODY, Step.AUDIENCE, False),
        (Trouble.NO_OPERATORS, Step.TEAM, False),
    ]


def test_steps_are_saved_in_any_order_and_found_again(office: Office) -> None:
    ana = _user(office, "Ana")
    draft_id = drafts.create_draft(office.session, name="Uno", type_id=_type_id(office))
    version = _version(office, office.template(WITH_TEXT))

    _team(office, draft_id, [ana.id], starts_at=NOON + timedelta(days=1), ends_on=date(2026, 12, 1))
    drafts.save_template(
        office.session,
        draft_id,
        version_id=version.id,
        texts={"campaign.text_1": "hasta el viernes", "campaign.text_3": "nadie lo pide"},
        shared_phone=SharedPhonePolicy.MOST_URGENT,
    )
    drafts.save_audience(office.session, draft_id, AudienceFilter(overdue_min=2))
    drafts.save_type(
        office.session, draft_id, name="Dos", type_id=_type_id(office, "recordatorio"), priority=3
    )
    office.session.commit()

    seen = draft_of(office.session, draft_id)
    assert (seen.name, seen.type_id, seen.priority) == (
        "Dos", _type_id(office, "recordatorio"), 3,
    )  # fmt: skip
    assert seen.audience == AudienceFilter(overdue_min=2)
    assert seen.template is not None
    assert seen.template.texts == {"campaign.text_1": "hasta el viernes"}
    assert seen.shared_phone is SharedPhonePolicy.MOST_URGENT
    assert seen.operators == ((ana.id, "Ana"),)
    assert (seen.starts_at, seen.ends_on) == (NOON + timedelta(days=1), date(2026, 12, 1))


def test_choosing_no_template_is_a_choice_and_can_be_taken_back(office: Office) -> None:
    draft_id = _draft(office)
    office.crowd(1)
    version_id = office.session.scalars(select(CampaignStep.template_version_id)).one()
    each = SharedPhonePolicy.EACH

    drafts.save_template(office.session, draft_id, version_id=None, texts={}, shared_phone=each)

    assert draft_of(office.session, draft_id).template is None
    assert _troubles(office, draft_id) == []

    drafts.save_template(
        office.session, draft_id, version_id=version_id, texts={}, shared_phone=each
    )

    assert draft_of(office.session, draft_id).sends


def test_a_campaign_that_runs_is_edited_no_more(office: Office) -> None:
    office.crowd(1)
    draft_id = _draft(office)
    launch_draft(office.session, draft_id, named=1, now=NOON, zone=ZONE)

    with pytest.raises(IllegalMove):
        drafts.save_audience(office.session, draft_id, AudienceFilter())
    with pytest.raises(IllegalMove):
        drafts.discard(office.session, draft_id)


def test_what_a_step_names_must_exist(office: Office) -> None:
    draft_id = _draft(office)
    gone = _user(office, "Caz", active=False)
    each = SharedPhonePolicy.EACH

    with pytest.raises(NotFound):
        drafts.create_draft(office.session, name="Uno", type_id=9_999)
    with pytest.raises(NotFound):
        drafts.save_type(office.session, draft_id, name="Uno", type_id=9_999, priority=2)
    with pytest.raises(NotFound):
        drafts.save_template(
            office.session, draft_id, version_id=9_999, texts={}, shared_phone=each
        )
    with pytest.raises(NotFound):
        _team(office, draft_id, [gone.id])
    with pytest.raises(NotFound):
        drafts.save_audience(office.session, 9_999, AudienceFilter())


def test_a_copy_has_everything_but_the_dates(office: Office) -> None:
    office.crowd(1)
    draft_id = _draft(office, WITH_TEXT)
    version_id = office.session.scalars(select(CampaignStep.template_version_id)).one()
    drafts.save_template(
        office.session,
        draft_id,
        version_id=version_id,
        texts={"campaign.text_1": "hoy"},
        shared_phone=SharedPhonePolicy.MOST_URGENT,
    )
    operator_ids = [each for each, _ in draft_of(office.session, draft_id).operators]
    never = UncertainPolicy.NEVER_REPEAT
    _team(office, draft_id, operator_ids, ends_on=date(2026, 12, 1), when_uncertain=never)
    launch_draft(office.session, draft_id, named=1, now=NOON, zone=ZONE)

    copy = draft_of(office.session, drafts.duplicate(office.session, draft_id))
    source = draft_of(office.session, draft_id)
    again = draft_of(office.session, drafts.duplicate(office.session, copy.id))

    assert (copy.state, copy.name) == (CampaignState.DRAFT, "Cuota noviembre (copia)")
    assert again.name == "Cuota noviembre (copia)"
    assert (copy.audience, copy.template, copy.operators) == (
        source.audience, source.template, source.operators,
    )  # fmt: skip
    assert copy.shared_phone is SharedPhonePolicy.MOST_URGENT
    assert (source.when_uncertain, copy.when_uncertain) == (never, never)
    assert (copy.starts_at, copy.ends_on) == (None, None)


def test_a_draft_is_thrown_away_and_somebody_did_it(office: Office) -> None:
    draft_id = _draft(office)
    ana = _user(office, "Ana", Role.SUPERVISOR)

    assert drafts.discard(office.session, draft_id, by_id=ana.id) == "Cuota noviembre"

    assert office.session.get(Campaign, draft_id) is None
    assert office.session.scalars(select(CampaignStep)).all() == []
    assert office.session.scalars(select(CampaignOperator)).all() == []
    done = office.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "campaign.discard")
    ).one()
    assert (done.user_id, done.object_id) == (ana.id, draft_id)


# --- problems


@pytest.mark.parametrize(
    ("matching", "overdue_min", "trouble"),
    [(0, 30, Trouble.AUDIENCE_EMPTY), (1, 0, Trouble.NOBODY_LEFT)],
)
def test_nobody_to_write_to_keeps_a_draft_from_its_launch(
    office: Office, matching: int, overdue_min: int, trouble: Trouble
) -> None:
    office.subscription(office.customer(phone=None), overdue=0)
    draft_id = _draft(office)
    drafts.save_audience(office.session, draft_id, AudienceFilter(overdue_min=overdue_min))

    seen = look_over(office.session, draft_id, now=NOON, zone=ZONE)

    assert seen.reach.matching == matching
    assert seen.problems[0].trouble is trouble
    assert not seen.may_go


def test_a_text_that_is_missing_is_named_and_does_not_empty_the_reach(office: Office) -> None:
    office.crowd(3)
    draft_id = _draft(office, WITH_TEXT)

    seen = look_over(office.session, draft_id, now=NOON, zone=ZONE)

    assert seen.reach.recipients == 3
    assert [(each.trouble, each.what) for each in seen.problems] == [
        (Trouble.TEXT_MISSING, "campaign.text_1")
    ]


def test_a_template_that_lost_its_approval_is_found_in_the_review(office: Office) -> None:
    office.crowd(1)
    draft_id = _draft(office)
    version = office.session.scalars(select(TemplateVersion)).one()
    version.state = TemplateState.PAUSED

    seen = look_over(office.session, draft_id, now=NOON, zone=ZONE)

    assert (seen.problems[0].trouble, seen.problems[0].what) == (Trouble.NOT_APPROVED, "paused")


def test_people_without_a_value_or_a_coupon_are_counted(office: Office) -> None:
    office.crowd(1)
    people = office.crowd(2)
    office.coupon(people[0], due=TODAY)
    plan = Plan(administrator="Rombo", name="Sin modelo")
    office.session.add(plan)
    office.session.flush()
    modelless = office.subscription(office.customer(phone=BEN), plan=plan, due=TODAY)
    draft_id = _draft(office, {**WITH_COUPON, "4": "plan.model"})

    seen = look_over(office.session, draft_id, now=NOON, zone=ZONE)

    assert [(each.trouble, each.count) for each in seen.problems] == [
        (Trouble.NO_COUPON, 2),
        (Trouble.VALUES_MISSING, 1),
    ]
    recipe = draft_recipe(office.session, draft_id, now=NOON, zone=ZONE)
    missing = left_out(office.session, recipe, "missing_variable", now=NOON, limit=50)
    assert [(each.subscription_id, each.missing) for each in missing] == [(modelless.id, ("4",))]


@pytest.mark.parametrize(
    ("fields", "policy", "troubles"),
    [
        ({"1": "subscription.list"}, SharedPhonePolicy.LIST, []),
        (GREETING, SharedPhonePolicy.LIST, [Trouble.LIST_NOT_SHOWN]),
        ({"1": "subscription.list"}, SharedPhonePolicy.EACH, [Trouble.LIST_ONLY_ONE]),
    ],
)
def test_one_message_for_several_subscriptions_must_list_them(
    office: Office, fields: dict[str, str], policy: SharedPhonePolicy, troubles: list[Trouble]
) -> None:
    office.crowd(1)
    draft_id = _draft(office, fields)
    version_id = office.session.scalars(select(CampaignStep.template_version_id)).one()
    drafts.save_template(
        office.session, draft_id, version_id=version_id, texts={}, shared_phone=policy
    )

    assert _troubles(office, draft_id) == troubles


def test_dates_that_have_passed_keep_it_from_its_launch(office: Office) -> None:
    office.crowd(1)
    draft_id = _draft(office)
    _team(office, draft_id, [_user(office, "Ana").id], starts_at=NOON, ends_on=date(2026, 11, 17))

    assert _troubles(office, draft_id) == [Trouble.START_PASSED, Trouble.END_PASSED]


def test_what_is_odd_about_line_hour_and_name_is_said_and_does_not_block(office: Office) -> None:
    office.crowd(2)
    office.launch(office.campaign())
    draft_id = _draft(office)
    other = office.session.scalars(select(Campaign).where(Campaign.id != draft_id)).one()
    other.name = "CUOTA NOVIEMBRE"
    office.line.hold_reason = "63018"
    late = NOON + timedelta(hours=11)

    seen = look_over(office.session, draft_id, now=late, zone=ZONE)

    assert [(each.trouble, each.what) for each in seen.problems] == [
        (Trouble.SAME_NAME, None),
        (Trouble.LINE_HELD, "63018"),
        (Trouble.WAITS_FOR_HOURS, None),
    ]
    assert seen.problems[-1].at == datetime(2026, 11, 19, 9, tzinfo=ZONE)
    assert seen.may_go


@pytest.mark.parametrize(
    ("hour", "hours", "trouble"),
    [
        (12, None, None),
        (12, "mon-fri 15:00-20:00", Trouble.WAITS_FOR_HOURS),
        (16, "mon-fri 15:00-20:00", None),
        (22, None, Trouble.WAITS_FOR_HOURS),
        (22, "always", Trouble.ODD_HOUR),
    ],
)
def test_when_it_would_begin_is_held_against_its_hours_and_then_against_what_people_expect(
    hour: int, hours: str | None, trouble: Trouble | None, office: Office
) -> None:
    office.crowd(1)
    draft_id = _draft(office)
    own = None if hours is None else SendingHours.parse(hours)
    _team(office, draft_id, [_user(office, "Ana").id], hours=own)

    found = _troubles(office, draft_id, datetime(2026, 11, 18, hour, tzinfo=ZONE))

    assert found == ([] if trouble is None else [trouble])


def test_hours_of_its_own_are_kept_and_copied_and_the_lines_come_back(office: Office) -> None:
    draft_id = _draft(office)
    evenings = SendingHours.parse("mon-fri 15:00-20:00, holidays")

    _team(office, draft_id, [], hours=evenings)
    copy_id = drafts.duplicate(office.session, draft_id)
    seen = [draft_of(office.session, each) for each in (draft_id, copy_id)]
    _team(office, draft_id, [], hours=None)
    back = draft_of(office.session, draft_id)

    assert [(each.has_own_hours, each.hours(USUAL)) for each in seen] == [(True, evenings)] * 2
    assert (back.has_own_hours, back.hours(USUAL)) == (False, USUAL)


# --- reach


def test_the_first_recipients_are_those_that_the_launch_writes_to(office: Office) -> None:
    nobody = office.subscription(office.customer("Sin celular", None))
    ana = office.customer("SOSA, ANA", ANA)
    first, second = office.subscription(ana), office.subscription(ana)
    crowd = office.crowd(3)
    draft_id = _draft(office)
    recipe = draft_recipe(office.session, draft_id, now=NOON, zone=ZONE)

    found = recipients(office.session, recipe, now=NOON, limit=20)
    two = recipients(office.session, recipe, now=NOON, limit=2)
    rest = recipients(office.session, recipe, now=NOON, limit=20, after=two[-1].subscription_id)

    assert [each.subscription_id for each in found] == [
        first.id, second.id, *(each.id for each in crowd),
    ]  # fmt: skip
    assert [*two, *rest] == found
    assert (found[0].customer, found[0].address, found[0].variables) == (
        "SOSA, ANA", ANA, {"1": "Ana"},
    )  # fmt: skip
    no_phone = left_out(office.session, recipe, "no_valid_phone", now=NOON, limit=20)
    assert [each.subscription_id for each in no_phone] == [nobody.id]


def test_one_of_a_shared_phone_is_found_however_far_apart_they_stand(office: Office) -> None:
    ana = office.customer("SOSA, ANA", ANA)
    early = office.subscription(ana)
    office.crowd(250)
    late = office.subscription(ana, overdue=5)
    draft_id = _draft(office)
    drafts.save_template(
        office.session,
        draft_id,
        version_id=office.session.scalars(select(CampaignStep.template_version_id)).one(),
        texts={},
        shared_phone=SharedPhonePolicy.MOST_URGENT,
    )
    recipe = draft_recipe(office.session, draft_id, now=NOON, zone=ZONE)

    found = recipients(office.session, recipe, now=NOON, limit=300)
    covered = left_out(office.session, recipe, "phone_already_in_campaign", now=NOON, limit=20)

    assert len(found) == 251
    assert found[-1].subscription_id == late.id
    assert [each.subscription_id for each in covered] == [early.id]


def test_a_campaign_of_calls_reaches_also_who_has_no_phone(office: Office) -> None:
    office.subscription(office.customer("Sin celular", None))
    draft_id = _draft(office)
    drafts.save_template(
        office.session, draft_id, version_id=None, texts={}, shared_phone=SharedPhonePolicy.EACH
    )

    seen = look_over(office.session, draft_id, now=NOON, zone=ZONE)

    assert (seen.reach.matching, seen.reach.recipients, seen.reach.excluded) == (1, 1, {})
    assert len(recipients(office.session, seen.recipe, now=NOON, limit=20)) == 1


def test_filters_are_chosen_from_what_there_is(office: Office) -> None:
    office.subscription(custom={"Provincia": "Córdoba", "Vendedor": "9"})
    office.subscription(custom={"Provincia": "Salta", "Vacía": " "})

    choices = filter_choices(office.session)

    assert choices.administrators == ("Autoplan",)
    assert (choices.plans, choices.car_models) == (("Plan 100 %",), ("Cronos",))
    assert choices.custom == {"Provincia": ("Córdoba", "Salta"), "Vendedor": ("9",)}


def test_filters_by_model_and_by_instalments_paid_narrow(office: Office) -> None:
    other = Plan(administrator="Rombo", name="Plan 70/30", model="Argo")
    office.session.add(other)
    office.session.flush()
    few = office.subscription(plan=other)
    many = office.subscription()
    few.instalments_paid, many.instalments_paid = 3, 60
    office.session.flush()
    draft_id = _draft(office)

    def ids(**audience: object) -> list[int]:
        recipe = draft_recipe(
            office.session,
            draft_id,
            now=NOON,
            zone=ZONE,
            audience=AudienceFilter(**audience),  # type: ignore[arg-type]
        )
        found = recipients(office.session, recipe, now=NOON, limit=20)
        return [each.subscription_id for each in found]

    assert ids(car_models=("Argo",)) == [few.id]
    assert ids(paid_min=4) == [many.id]
    assert ids(paid_max=3) == [few.id]
    assert ids(paid_min=3, paid_max=60) == [few.id, many.id]


def test_a_glance_tells_without_counting_what_nobody_has_chosen_yet(office: Office) -> None:
    fresh = drafts.create_draft(office.session, name="Uno", type_id=_type_id(office))
    ready = _draft(office)

    def told(draft_id: int) -> list[Trouble]:
        seen = glance(office.session, draft_id, now=NOON, zone=ZONE)
        return [problem.trouble for problem in seen.problems]

    assert told(fresh) == [Trouble.NO_TEMPLATE, Trouble.EVERYBODY, Trouble.NO_OPERATORS]
    assert told(ready) == []


# --- choices


def test_a_template_is_offered_by_its_newest_approved_version(office: Office) -> None:
    name = office.template()
    old = _version(office, name)
    office.session.add(
        TemplateVersion(
            template_id=old.template_id,
            number=2,
            body="Hola {{1}}, de nuevo.",
            fields=dict(GREETING),
            samples={"1": "x"},
        )
    )
    office.session.flush()
    refused = office.template(state=TemplateState.REJECTED)

    choices = template_choices(office.session)

    assert [(each.name, each.number, each.can_go) for each in choices] == [
        (name, 1, True),
        (refused, 1, False),
    ]


def test_workers_are_listed_with_the_open_cases_they_hold(office: Office) -> None:
    ana, sol = _user(office, "Ana"), _user(office, "Sol", Role.SUPERVISOR)
    _user(office, "Caz", active=False)
    campaign = office.campaign()
    for state in (CaseState.IN_PROGRESS, CaseState.FINISHED):
        office.session.add(
            Case(
                campaign_id=campaign.id,
                subscription_id=office.subscription().id,
                operator_id=ana.id,
                state=state,
            )
        )
    office.session.flush()

    workers = workers_of(office.session)

    assert [(each.name, each.open_cases) for each in workers] == [("Ana", 1), ("Sol", 0)]
    assert workers[1].id == sol.id


# --- launch


def test_a_draft_that_is_ready_is_launched_with_the_number_that_was_named(
    office: Office,
) -> None:
    office.crowd(3)
    draft_id = _draft(office)

    launched = launch_draft(office.session, draft_id, named=3, now=NOON, zone=ZONE)

    assert (launched.recipients, launched.starts_at) == (3, None)
    assert office.session.get_one(Campaign, draft_id).state is CampaignState.RUNNING


def test_nobody_is_written_to_beyond_the_number_that_was_named(office: Office) -> None:
    office.crowd(3)
    draft_id = _draft(office)

    with pytest.raises(AudienceGrew) as refused:
        launch_draft(office.session, draft_id, named=2, now=NOON, zone=ZONE)

    assert (refused.value.named, refused.value.found) == (2, 3)
    office.session.rollback()
    assert launch_draft(office.session, draft_id, named=9, now=NOON, zone=ZONE).recipients == 3


def test_a_draft_with_a_problem_is_not_launched(office: Office) -> None:
    office.crowd(1)
    draft_id = _draft(office, WITH_TEXT)

    with pytest.raises(DraftNotReady) as refused:
        launch_draft(office.session, draft_id, named=1, now=NOON, zone=ZONE)

    assert refused.value.problems == ("text_missing",)


def test_a_draft_nobody_chose_a_template_for_is_launched_by_no_road(office: Office) -> None:
    office.crowd(1)
    draft_id = drafts.create_draft(office.session, name="Uno", type_id=_type_id(office))
    campaign = office.session.get_one(Campaign, draft_id)

    with pytest.raises(CampaignIncomplete) as refused:
        office.launch(campaign)

    assert refused.value.what == "template"


def test_a_draft_with_a_time_is_scheduled_and_can_be_taken_back(office: Office) -> None:
    office.crowd(2)
    draft_id = _draft(office)
    tomorrow = NOON + timedelta(days=1)
    _team(office, draft_id, [], starts_at=tomorrow)

    launched = launch_draft(office.session, draft_id, named=2, now=NOON, zone=ZONE)

    assert launched.starts_at == tomorrow
    assert draft_of(office.session, draft_id).state is CampaignState.SCHEDULED
    with pytest.raises(IllegalMove):
        launch_draft(office.session, draft_id, named=2, now=NOON, zone=ZONE)
    lifecycle.unschedule(office.session, draft_id)
    drafts.save_audience(office.session, draft_id, AudienceFilter(overdue_min=1))
    assert draft_of(office.session, draft_id).state is CampaignState.DRAFT


def test_of_two_who_launch_at_once_one_does(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    office.crowd(2)
    draft_id = _draft(office)
    office.session.commit()
    barrier, told = threading.Barrier(2), []

    def launch() -> None:
        barrier.wait()
        try:
            with sessions.begin() as session:
                launch_draft(session, draft_id, named=2, now=NOON, zone=ZONE)
            told.append("launched")
        except IllegalMove:
            told.append("refused")

    threads = [threading.Thread(target=launch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["launched", "refused"]
    launches = office.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "campaign.launch")
    ).all()
    assert len(launches) == 1


def test_a_test_message_takes_samples_for_what_its_recipient_lacks(office: Office) -> None:
    version = {"1": "customer.first_name", "2": "campaign.text_1", "3": "coupon_link.token"}

    values = filled(
        version, {"1": None}, {"campaign.text_1": "hasta  el viernes"}, {"1": "Ana", "2": "x"}
    )

    assert values == {"1": "Ana", "2": "hasta el viernes"}


def test_an_invalid_phone_is_no_recipient(office: Office) -> None:
    office.crowd(2)
    office.session.scalars(select(ContactPoint)).first().is_valid = False  # type: ignore[union-attr]
    draft_id = _draft(office)

    seen = look_over(office.session, draft_id, now=NOON, zone=ZONE)

    assert (seen.reach.matching, seen.reach.recipients) == (2, 1)
