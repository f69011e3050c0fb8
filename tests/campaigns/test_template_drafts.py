"""A template on a screen: kept however wrong it is, submitted only when it is right."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.catalogue import install_catalogue
from campaigns.errors import AlreadyThere, InUse, TemplateRefused
from campaigns.template_drafts import (
    RETRY_AFTER,
    UNAVAILABLE,
    Saved,
    ask_submission,
    discard_draft,
    due_submissions,
    save_draft,
    settle_submission,
    take_submission,
)
from campaigns.template_registry import content_stored, record_approval, stored_draft
from campaigns.template_specs import ButtonSpec, TemplateSpec
from messaging.errors import ProviderRefused, ProviderUnavailable, TemplateError
from messaging.templates import Approval, Draft
from models.audit import AuditEvent
from models.campaign import CampaignStep
from models.states import IllegalMove, TemplateState
from models.template import (
    ButtonKind,
    Template,
    TemplateButton,
    TemplateCategory,
    TemplateVersion,
)
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON
from workers.template_reviews import submit_asked, submit_due

PUBLIC = "https://pregon.example"
SPEC = TemplateSpec(
    name="aviso_mora",
    category=TemplateCategory.UTILITY,
    body="Hola {{1}}, la cuota {{2}} está vencida. ¿Nos contás cómo seguimos?",
    fields={"1": "customer.first_name", "2": "coupon.instalment"},
    samples={"1": "Ana", "2": "14"},
    buttons=(ButtonSpec(kind=ButtonKind.QUICK_REPLY, title="Ya pagué", result="ya_pago"),),
    campaign_type="mora",
)
WRONG = replace(SPEC, body="{{1}}", fields={"1": "customer.first_name"}, samples={"1": "Ana"})


class Reviewer:
    """A provider that says what it is told to."""

    def __init__(self, fails_with: Exception | None = None) -> None:
        self.fails_with = fails_with
        self.stored: list[str] = []

    def submit_content(self, draft: Draft, *, friendly_name: str) -> str:  # noqa: ARG002
        if self.fails_with is not None:
            raise self.fails_with
        self.stored.append(friendly_name)
        return f"HX{len(self.stored):032}"

    def approval(self, content_sid: str) -> Approval:  # noqa: ARG002
        return Approval(TemplateState.DRAFT)

    def request_approval(self, content_sid: str, **details: object) -> Approval:  # noqa: ARG002
        return Approval(TemplateState.SUBMITTED)


@pytest.fixture(autouse=True)
def _catalogue(session: Session) -> None:
    install_catalogue(session)
    session.commit()


def _save(session: Session, spec: TemplateSpec = SPEC, template_id: int | None = None) -> Saved:
    return save_draft(session, spec, template_id=template_id, public_url=PUBLIC)


def _approved(session: Session) -> Saved:
    saved = _save(session)
    content_stored(session, saved.version_id, "HX1")
    record_approval(session, saved.version_id, Approval(TemplateState.APPROVED))
    return saved


def test_a_draft_is_kept_with_what_is_wrong_with_it(session: Session) -> None:
    saved = _save(session, WRONG)

    assert stored_draft(session, saved.version_id).body == "{{1}}"


def test_a_draft_is_written_over_and_may_change_its_name(session: Session) -> None:
    first = _save(session)

    again = _save(session, replace(SPEC, name="otro_nombre", buttons=()), first.template_id)

    assert again == first
    assert session.scalars(select(Template.name)).all() == ["otro_nombre"]
    assert session.scalars(select(TemplateButton)).all() == []


@pytest.mark.parametrize("name", ["", "Aviso", "aviso mora", "aviso-mora", "áviso"])
def test_a_name_against_the_rules_is_not_kept(session: Session, name: str) -> None:
    with pytest.raises(TemplateRefused) as refused:
        _save(session, replace(SPEC, name=name))

    assert [p.field for p in refused.value.problems if isinstance(p, TemplateError)] == ["name"]


def test_two_templates_have_two_names(session: Session) -> None:
    _save(session)
    other = _save(session, replace(SPEC, name="otro"))

    with pytest.raises(AlreadyThere):
        _save(session)
    with pytest.raises(AlreadyThere):
        _save(session, SPEC, other.template_id)


def test_an_approved_version_stands_and_the_draft_is_the_next(session: Session) -> None:
    first = _approved(session)

    second = _save(session, replace(SPEC, body=SPEC.body + " Gracias."), first.template_id)

    assert (second.number, second.version_id != first.version_id) == (2, True)
    assert stored_draft(session, first.version_id).body == SPEC.body


def test_name_and_category_are_fixed_once_submitted(session: Session) -> None:
    first = _approved(session)
    other = replace(SPEC, name="otro", category=TemplateCategory.MARKETING)

    with pytest.raises(TemplateRefused) as refused:
        _save(session, other, first.template_id)

    fields = [p.field for p in refused.value.problems if isinstance(p, TemplateError)]
    assert fields == ["name", "category"]


def test_nobody_edits_what_is_being_reviewed(session: Session) -> None:
    saved = _save(session)
    ask_submission(session, saved.version_id, now=NOON)

    with pytest.raises(IllegalMove):
        _save(session, SPEC, saved.template_id)


def test_a_buttons_value_is_one_that_its_result_takes(session: Session) -> None:
    button = ButtonSpec(kind=ButtonKind.QUICK_REPLY, title="4", result="puntaje", value="4")
    survey = replace(SPEC, buttons=(button,), campaign_type="encuesta")

    _save(session, survey)

    assert session.scalars(select(TemplateButton.value)).one() == "4"
    with pytest.raises(TemplateRefused, match=r"buttons\[1\].value"):
        _save(session, replace(survey, name="otra", buttons=(replace(button, value="9"),)))


def test_a_draft_that_breaks_a_rule_is_not_submitted(session: Session) -> None:
    saved = _save(session, WRONG)

    with pytest.raises(TemplateRefused):
        ask_submission(session, saved.version_id, now=NOON)

    assert due_submissions(session, now=NOON) == []


def test_one_worker_submits_and_another_only_after_a_while(session: Session) -> None:
    saved = _save(session)
    ask_submission(session, saved.version_id, now=NOON)

    assert due_submissions(session, now=NOON) == [saved.version_id]
    assert take_submission(session, saved.version_id, now=NOON)
    assert not take_submission(session, saved.version_id, now=NOON + timedelta(seconds=5))
    assert take_submission(session, saved.version_id, now=NOON + RETRY_AFTER)


def test_what_could_not_be_submitted_can_be_edited_and_asked_for_again(session: Session) -> None:
    saved = _save(session)
    ask_submission(session, saved.version_id, now=NOON)
    settle_submission(session, saved.version_id, UNAVAILABLE)
    session.expire_all()

    again = _save(session, SPEC, saved.template_id)
    ask_submission(session, again.version_id, now=NOON)

    assert again.version_id == saved.version_id
    assert session.get_one(TemplateVersion, saved.version_id).submit_problem is None


def test_a_draft_is_discarded_with_its_template_or_down_to_the_version_before(
    session: Session,
) -> None:
    lonely = _save(session, replace(SPEC, name="sola"))
    first = _approved(session)
    _save(session, replace(SPEC, body=SPEC.body + " Gracias."), first.template_id)

    assert discard_draft(session, lonely.template_id)
    assert not discard_draft(session, first.template_id)

    assert session.scalars(select(TemplateVersion.id)).all() == [first.version_id]
    with pytest.raises(IllegalMove):
        discard_draft(session, first.template_id)


def test_a_draft_that_a_campaign_would_send_stays(session: Session) -> None:
    office = Office(session, NOON)
    saved = _save(session)
    campaign = office.campaign(template="aviso_mora")

    with pytest.raises(InUse) as refused:
        discard_draft(session, saved.template_id)

    assert refused.value.campaigns == (campaign.name,)
    assert session.scalars(select(CampaignStep.template_version_id)).all() == [saved.version_id]


def test_who_wrote_it_is_noted(session: Session) -> None:
    saved = _save(session)
    _save(session, replace(SPEC, body=SPEC.body + " Sí."), saved.template_id)

    acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts == ["template.create", "template.save"]


@pytest.fixture
def asked(runtime: Runtime) -> int:
    with runtime.sessions.begin() as session:
        saved = _save(session)
        ask_submission(session, saved.version_id, now=runtime.now(session))
    return saved.version_id


def _standing(runtime: Runtime, version_id: int) -> tuple[TemplateState, str | None, bool]:
    with runtime.sessions() as session:
        version = session.get_one(TemplateVersion, version_id)
        return version.state, version.submit_problem, version.submit_due_at is not None


def test_a_worker_submits_it_once(runtime: Runtime, asked: int) -> None:
    reviewer = Reviewer()

    assert submit_asked(runtime, asked, reviewer) is TemplateState.SUBMITTED
    assert submit_asked(runtime, asked, reviewer) is None

    assert reviewer.stored == ["aviso_mora_v1"]
    assert _standing(runtime, asked) == (TemplateState.SUBMITTED, None, False)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ProviderUnavailable("no answer"), UNAVAILABLE),
        (ProviderRefused(20001, "bad name"), "20001: bad name"),
    ],
)
def test_a_provider_that_fails_leaves_a_draft_that_says_so(
    runtime: Runtime, asked: int, error: Exception, told: str
) -> None:
    submit_asked(runtime, asked, Reviewer(fails_with=error))

    assert _standing(runtime, asked) == (TemplateState.DRAFT, told, False)


def test_the_periodic_job_finds_what_a_lost_wake_up_left(runtime: Runtime, asked: int) -> None:
    submit_due(runtime)  # at the discard port nobody answers

    assert _standing(runtime, asked) == (TemplateState.DRAFT, UNAVAILABLE, False)
