"""What planning writes: cases, frozen messages, coupon links and slices, chunk by chunk."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from campaigns import launching, lifecycle, planning, progress
from campaigns.opt_outs import opt_out
from campaigns.slices import forgotten_slices, slice_of
from models.audit import AuditEvent
from models.campaign import Campaign, SharedPhonePolicy
from models.case import Case
from models.coupon import Coupon, CouponLink
from models.message import Cause, Direction, Message, SendSlice
from models.people import Customer, Purpose
from models.states import CampaignState, MessageState, SendingState, SubscriptionState
from models.subscription import Subscription
from tests.campaigns.builders_launch import (
    ANA,
    BEN,
    CAZ,
    GREETING,
    TIMES,
    WITH_COUPON,
    Office,
    plan_chunk,
)
from tests.conftest import NOON

SOON, LATER = date(2026, 11, 25), date(2026, 12, 10)


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


def _variables(office: Office, fields: dict[str, str], **texts: str) -> dict[str, str]:
    given = {name.replace("text_", "campaign.text_"): value for name, value in texts.items()}
    campaign = office.launched(office.campaign(fields, texts=given))
    (message,) = office.messages(campaign)
    assert message.variables is not None
    return message.variables


# what one message says


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("SOSA, MARIANA BELÉN", "Mariana"),
        ("Mariana Sosa", "Mariana"),
        ("sosa,belén", "Belén"),
        ("SOSA,", "Sosa"),
        ("  ÁNGELA   GÓMEZ ", "Ángela"),
        ("GÓMEZ , \n ÍÑIGO\tLUIS", "Íñigo"),
    ],
)
def test_a_person_is_called_by_the_first_name(office: Office, name: str, first: str) -> None:
    office.subscription(office.customer(name))

    assert _variables(office, GREETING) == {"1": first}


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("45300.50", "45.300,50"),
        ("0.05", "0,05"),
        ("999.9", "999,90"),
        ("1234567.00", "1.234.567,00"),
    ],
)
def test_amounts_and_dates_read_as_in_argentina(office: Office, amount: str, shown: str) -> None:
    office.coupon(office.subscription(), due=date(2026, 12, 1), amount=Decimal(amount))

    assert _variables(office, {"1": "coupon.amount", "2": "coupon.due_date"}) == {
        "1": shown,
        "2": "01/12/2026",
    }


def test_every_other_field_is_frozen_as_text_on_one_line(office: Office) -> None:
    customer = office.customer("Sosa,\tAna")
    customer.document = "30111222"
    subscription = office.subscription(customer, overdue=2)
    office.coupon(
        subscription,
        due=SOON,
        second_due_date=LATER,
        payment_code=" 0042 \n 7781 ",
    )
    fields = [
        "customer.name", "customer.document", "plan.name", "plan.model", "plan.administrator",
        "subscription.group", "subscription.order", "subscription.contract_number",
        "subscription.instalments_overdue", "coupon.instalment", "coupon.second_due_date",
        "coupon.payment_code",
    ]  # fmt: skip

    frozen = _variables(office, {str(n): name for n, name in enumerate(fields, start=1)})

    assert [frozen[str(n)] for n in range(1, len(fields) + 1)] == [
        "Sosa, Ana", "30111222", "Plan 100 %", "Cronos", "Autoplan",
        "1042", subscription.order_code, subscription.contract_number,
        "2", "14", "10/12/2026",
        "0042 7781",
    ]  # fmt: skip


def test_the_campaigns_own_text_is_on_one_line_too(office: Office) -> None:
    office.subscription()

    frozen = _variables(office, {"1": "campaign.text_1"}, text_1=" hasta el\n\nviernes:  10 % ")

    assert frozen == {"1": "hasta el viernes: 10 %"}


def test_tokens_are_not_frozen_and_a_link_gets_its_row(office: Office) -> None:
    subscription = office.subscription()
    coupon = office.coupon(subscription, due=SOON, second_due_date=LATER)
    office.subscription(office.customer("Ben", None), due=SOON)
    fields = {"1": "customer.first_name", "2": "coupon_link.token", "3": "button.token:1"}

    campaign = office.launched(office.campaign(fields))

    sent, skipped = office.messages(campaign)
    assert (sent.variables, sent.coupon_id) == ({"1": "Ana"}, coupon.id)
    assert skipped.state is MessageState.SKIPPED
    (link,) = office.session.scalars(select(CouponLink))
    assert (link.message_id, link.coupon_id) == (sent.id, coupon.id)
    # midnight in Buenos Aires after the tenth day from the second due date
    assert link.expires_at == datetime(2026, 12, 21, 3, 0, tzinfo=UTC)


def test_without_a_second_date_the_link_lives_from_the_first(office: Office) -> None:
    office.subscription(due=SOON)

    office.launched(office.campaign({"1": "coupon_link.token"}))

    (link,) = office.session.scalars(select(CouponLink))
    assert link.expires_at == datetime(2026, 12, 6, 3, 0, tzinfo=UTC)


def test_a_campaign_that_shows_no_link_makes_none(office: Office) -> None:
    office.subscription(due=SOON)

    office.launched(office.campaign(WITH_COUPON))

    assert office.session.scalars(select(CouponLink)).all() == []


def test_a_row_of_the_ledger_says_where_it_goes_and_why(office: Office) -> None:
    subscription = office.subscription()

    campaign = office.launched(office.campaign())

    (message,) = office.messages(campaign)
    (case,) = office.session.scalars(select(Case))
    assert (message.direction, message.cause) == (Direction.OUT, Cause.CAMPAIGN)
    assert (message.address, message.contact_point_id) == (ANA, office.contact(ANA).id)
    assert (message.sequence, message.line_id, message.attempts) == (1, office.line.id, 0)
    assert (message.due_at, message.created_at) == (NOON, NOON)
    assert (case.subscription_id, case.contact_point_id) == (
        subscription.id,
        message.contact_point_id,
    )


# one phone, several subscriptions

SIZES = pytest.mark.parametrize("size", [2, 1_000], ids=["apart", "together"])


def _family(office: Office) -> list[Subscription]:
    """Ana's phone has four, in different chunks of two; the second is the most urgent."""
    ana, beto = office.customer("Ana", ANA), office.customer("Beto", ANA)
    family = [office.subscription(ana, due=LATER)]
    office.subscription(office.customer("Ben", BEN), due=SOON)
    office.subscription(office.customer("Caz", CAZ), due=SOON)
    family.append(office.subscription(beto, due=SOON))
    family.append(office.subscription(beto, due=LATER, overdue=3))
    family.append(office.subscription(ana, due=LATER))
    return family


@SIZES
def test_each_of_one_phones_subscriptions_gets_its_own_message_spaced(
    office: Office, size: int
) -> None:
    family = _family(office)

    campaign = office.launched(office.campaign(WITH_COUPON), size=size)

    dues = {each.id: office.message_of(campaign, each).due_at for each in family}
    place = {family[1].id: 0, family[2].id: 1, family[0].id: 2, family[3].id: 3}
    assert dues == {one: NOON + n * TIMES.pair_spacing for one, n in place.items()}
    assert len(office.messages(campaign)) == 6


@SIZES
def test_only_the_most_urgent_of_one_phones_subscriptions_gets_a_message(
    office: Office, size: int
) -> None:
    family = _family(office)

    campaign = office.launched(
        office.campaign(WITH_COUPON, shared_phone=SharedPhonePolicy.MOST_URGENT), size=size
    )

    found = [office.message_of(campaign, each) for each in family]
    assert [each.state for each in found] == ["skipped", "planned", "skipped", "skipped"]
    assert {found[0].reason, found[2].reason, found[3].reason} == {"phone_already_in_campaign"}
    assert office.reasons(campaign).count(None) == 3


@SIZES
def test_one_message_lists_all_of_one_phones_subscriptions(office: Office, size: int) -> None:
    family = _family(office)

    campaign = office.launched(
        office.campaign({"1": "subscription.list"}, shared_phone=SharedPhonePolicy.LIST), size=size
    )

    found = [office.message_of(campaign, each) for each in family]
    first = found[1]
    assert first.state is MessageState.PLANNED
    assert {each.reason for each in found if each is not first} == {f"covered_by:{first.id}"}
    assert first.variables is not None
    listed = [f"Plan 100 % 1042/{family[n].order_code} $ 45.300,50" for n in (1, 2, 0, 3)]
    assert first.variables["1"] == "; ".join(listed)
    assert office.adds_up(campaign)
    why = progress.reasons(office.session, campaign.id)
    assert why == {(MessageState.SKIPPED, "covered_by"): 3}


def test_who_is_skipped_for_himself_is_not_in_the_list(office: Office) -> None:
    ana = office.customer()
    kept = office.subscription(ana, due=SOON)
    office.subscription(ana)  # no coupon
    fields = {"1": "subscription.list", "2": "coupon.amount"}

    campaign = office.launched(office.campaign(fields, shared_phone=SharedPhonePolicy.LIST))

    sent, skipped = office.messages(campaign)
    assert sent.variables is not None
    assert kept.order_code is not None
    assert sent.variables["1"].startswith(f"Plan 100 % 1042/{kept.order_code} ")
    assert ";" not in sent.variables["1"]
    assert skipped.reason == "coupon_not_payable"


# chunks


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_the_account_adds_up_after_every_chunk(office: Office, size: int) -> None:
    people = office.crowd(7)
    office.subscription(office.customer("Nadie", None))
    campaign = office.campaign()
    campaign.audience_size = None

    office.launched(campaign, size=size)  # asserts it after every chunk

    assert len(office.messages(campaign)) == len(people) + 1
    assert campaign.sending_state is SendingState.SENDING
    assert plan_chunk(office.session, campaign.id, now=NOON) is None


def test_a_campaign_of_phone_calls_has_cases_and_no_message(office: Office) -> None:
    office.crowd(3)

    campaign = office.campaign(None)
    office.launch(campaign)
    while office.plan_chunk(campaign, 2) is not None:
        pass

    cases = office.session.scalars(select(Case).where(Case.campaign_id == campaign.id)).all()
    assert (len(cases), office.messages(campaign)) == (3, [])
    assert campaign.sending_state is SendingState.DRAINED


def test_planning_in_parallel_writes_nothing_twice(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    office.crowd(40)
    campaign = office.campaign()
    office.launch(campaign)
    together = threading.Barrier(4)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            together.wait(10)
            more: int | None = 1
            while more is not None:
                with sessions() as session:
                    more = plan_chunk(session, campaign.id, now=NOON, size=3)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert errors == []
    assert len({message.case_id for message in office.messages(campaign)}) == 40
    assert len(office.messages(campaign)) == 40
    assert office.adds_up(campaign)


def test_a_chunk_that_was_not_committed_is_planned_again(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    office.crowd(4)
    campaign = office.campaign()
    office.launch(campaign)
    with sessions() as dying:
        launching.plan_chunk(
            dying, campaign.id, now=NOON, times=TIMES, share=0.9, zone="UTC", size=3
        )
        dying.rollback()

    while office.plan_chunk(campaign, 3) is not None:
        assert office.adds_up(campaign)

    assert len(office.messages(campaign)) == 4


def test_a_paused_campaign_goes_on_being_planned(office: Office) -> None:
    office.crowd(4)
    campaign = office.campaign()
    office.launch(campaign)
    lifecycle.pause(office.session, campaign.id)

    assert office.plan_chunk(campaign, 2) == office.line.id
    assert launching.campaigns_to_plan(office.session) == [campaign.id]


@pytest.mark.parametrize("ending", [lifecycle.cancel, lifecycle.finish])
def test_what_was_not_planned_when_it_ended_stays_counted(office: Office, ending) -> None:  # type: ignore[no-untyped-def]
    office.crowd(5)
    campaign = office.campaign()
    office.launch(campaign)
    office.plan_chunk(campaign, 2)

    ending(office.session, campaign.id, now=NOON)
    office.session.commit()

    assert office.plan_chunk(campaign) is None
    assert launching.campaigns_to_plan(office.session) == []
    assert office.adds_up(campaign)
    shown = progress.progress_of(office.session, campaign.id)
    assert (shown.not_planned, shown.states) == (3, {MessageState.CANCELLED: 2})


# what changes after the launch


def test_what_changes_after_it_was_planned_changes_nothing_planned(office: Office) -> None:
    subscription = office.subscription(due=SOON)
    campaign = office.launched(office.campaign(WITH_COUPON))
    (before,) = office.messages(campaign)
    frozen = (before.address, dict(before.variables or {}), before.coupon_id, before.due_at)
    session = office.session

    session.execute(update(Customer).values(name="OTRA, PERSONA"))
    session.execute(update(Coupon).values(amount=1, due_date=LATER))
    session.execute(update(Subscription).values(state=SubscriptionState.RESIGNED))
    office.contact(ANA).phone = "+5491155559999"
    office.coupon(subscription, due=date(2026, 11, 20), instalment=13)
    session.commit()
    assert office.plan_chunk(campaign) is None

    (after,) = office.messages(campaign)
    assert (after.address, after.variables, after.coupon_id, after.due_at) == frozen
    assert after.state is MessageState.PLANNED


def test_who_comes_after_the_launch_is_not_in_it(office: Office) -> None:
    office.crowd(2)
    campaign = office.campaign()
    office.launch(campaign)

    office.subscription(office.customer("Tarde", BEN))
    while office.plan_chunk(campaign, 1) is not None:
        assert office.adds_up(campaign)

    assert len(office.messages(campaign)) == campaign.audience_size == 2


def test_who_comes_after_the_launch_is_not_in_it_even_with_a_members_phone(office: Office) -> None:
    office.subscription(office.customer("Ana", ANA))
    campaign = office.campaign()
    office.launch(campaign)

    office.subscription(office.customer("Tarde", ANA))
    while office.plan_chunk(campaign) is not None:
        assert office.adds_up(campaign)

    assert len(office.messages(campaign)) == campaign.audience_size == 1


def test_who_left_before_he_was_planned_is_noted_and_the_sums_stay_true(office: Office) -> None:
    people = office.crowd(3)
    campaign = office.campaign()
    office.launch(campaign)
    people[2].state = SubscriptionState.RESIGNED
    office.session.commit()

    while office.plan_chunk(campaign, 2) is not None:
        assert office.adds_up(campaign)

    assert office.adds_up(campaign)
    assert campaign.audience_size == 2
    (noted,) = office.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "campaign.audience_changed")
    )
    assert (noted.object_id, noted.details) == (campaign.id, {"was": 3, "now": 2})


def test_who_opts_out_between_two_chunks_is_skipped_with_his_row(office: Office) -> None:
    people = office.crowd(3)
    campaign = office.campaign()
    office.launch(campaign)
    office.plan_chunk(campaign, 2)
    contact_id = office.contact("+5491160000002").id
    opt_out(office.session, contact_id, Purpose.ALL, "button", now=NOON)

    office.plan_chunk(campaign, 2)

    assert office.message_of(campaign, people[2]).reason == "opted_out"
    assert office.adds_up(campaign)


# slices


def _slices(office: Office) -> list[SendSlice]:
    return list(office.session.scalars(select(SendSlice).order_by(SendSlice.id)))


def test_slices_cover_exactly_the_planned_messages_of_one_campaign_each(office: Office) -> None:
    chance = Random(7)
    for one in range(60):
        phone = None if chance.random() < 0.3 else f"+54911{6_000_0000 + chance.randrange(30)}"
        office.subscription(office.customer(f"Cliente {one}", phone))
    slow = office.a_line(rate=1)  # 18 rows in a slice
    first, second = office.campaign(line=slow), office.campaign(line=slow)
    office.launch(first)
    office.launch(second)

    going: list[Campaign] = [first, second]
    while going:
        going = [each for each in going if office.plan_chunk(each, 25) is not None]

    slices = _slices(office)
    rows = launching.slice_rows(slow, TIMES, 0.9)
    assert rows == 18
    for one in slices:
        inside = office.session.scalars(
            select(Message).where(Message.id.between(one.id, one.last_id))
        ).all()
        planned = [each for each in inside if each.state is MessageState.PLANNED]
        assert planned
        assert {each.campaign_id for each in inside} == {one.campaign_id}
        assert one.next_due_at == min(each.due_at for each in planned if each.due_at)
        assert (one.line_id, one.is_reply, one.leased_until) == (slow.id, False, None)
        assert one.last_id - one.id + 1 == rows
        assert all(slice_of(each.id) == one.id for each in inside)
    covered = office.session.scalar(
        select(func.count()).select_from(Message).where(Message.state == MessageState.PLANNED)
    )
    inside_count = office.session.scalar(
        select(func.count())
        .select_from(Message)
        .join(SendSlice, Message.id.between(SendSlice.id, SendSlice.last_id))
        .where(Message.state == MessageState.PLANNED)
    )
    assert covered == inside_count
    assert forgotten_slices(office.session) == []


def test_first_messages_come_before_second_ones_and_skipped_rows_last(office: Office) -> None:
    ana = office.customer("Ana", ANA)
    office.subscription(ana)
    office.subscription(ana)
    office.subscription(office.customer("Nadie", None))
    office.subscription(office.customer("Ben", BEN))

    campaign = office.launched(office.campaign())

    by_id = sorted(office.messages(campaign), key=lambda message: message.id)
    assert [each.address for each in by_id] == [ANA, BEN, ANA, None]
    assert (by_id[2].due_at or NOON) - NOON == timedelta(seconds=6)


def test_a_slice_of_skipped_rows_alone_is_no_work(office: Office) -> None:
    office.subscription(office.customer("Nadie", None))

    campaign = office.launched(office.campaign())

    assert _slices(office) == []
    assert campaign.state is CampaignState.RUNNING


@pytest.mark.parametrize(
    ("change", "forgotten"),
    [
        ({"next_due_at": None}, True),
        ({"next_due_at": NOON + timedelta(hours=1)}, True),
        ({"next_due_at": NOON - timedelta(hours=1)}, False),
        ({"next_due_at": None, "leased_until": datetime(2999, 1, 1, tzinfo=UTC)}, False),
        ({"next_due_at": None, "leased_until": datetime(2020, 1, 1, tzinfo=UTC)}, True),
    ],
)
def test_a_planned_message_that_its_slice_does_not_speak_of_is_found(
    office: Office, change: dict[str, datetime | None], forgotten: bool
) -> None:
    office.subscription()
    office.launched(office.campaign())
    office.session.execute(update(SendSlice).values(**change))

    assert forgotten_slices(office.session) == ([_slices(office)[0].id] if forgotten else [])


def test_a_planned_message_without_any_slice_is_found(office: Office) -> None:
    office.subscription()
    campaign = office.launched(office.campaign())
    (message,) = office.messages(campaign)
    for one in _slices(office):
        office.session.delete(one)
    office.session.commit()

    assert forgotten_slices(office.session) == [slice_of(message.id)]


@pytest.mark.parametrize("statement", [planning._LINKS, planning._COVERED_BY])
def test_the_first_messages_of_cases_can_be_found_by_their_index(
    session: Session, statement: str
) -> None:
    """Else each case of a chunk reads every message of it: 50,000 did not end within 30 s."""
    planning._chunk.create(session.connection())
    session.execute(text("SET LOCAL enable_seqscan = off"))
    values = {"campaign": 1, "days": 11, "zone": "America/Argentina/Buenos_Aires", "listed": "x"}
    asked = text("EXPLAIN " + statement)
    given = {name: values[name] for name in asked._bindparams}

    plan = "\n".join(session.scalars(asked, given))

    assert "uq_messages_case_sequence" in plan
