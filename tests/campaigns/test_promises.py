"""A promise of payment: reminded of before, kept or broken by what becomes of its coupon."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import coupons, desk, promise_keeping, promises
from campaigns.opt_outs import opt_out
from campaigns.result_values import TypedValue
from campaigns.results import NextActionPlan, record_result, revoke_result
from campaigns.sending_hours import ARGENTINA
from models.campaign import CampaignStep, Moment
from models.case import Case, Channel, NextAction, Promise, Result
from models.coupon import Coupon
from models.message import Cause, Message
from models.people import Purpose, Role, User
from models.states import CaseState, CouponState, MessageState, NextActionState, PromiseState
from models.values import Money
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON

FRIDAY = date(2026, 11, 20)  # NOON is the Wednesday before
AFTER = datetime(2026, 11, 21, 3, 0, tzinfo=NOON.tzinfo)  # the end of that Friday in Buenos Aires
PHONE = "+5491155550001"


@pytest.fixture
def office(session: Session) -> Outbox:
    office = Outbox(session, NOON)
    session.add(
        CampaignStep(
            campaign_id=office.campaign.id,
            position=2,
            template_version_id=office.version.id,
            moment=Moment.PROMISE,
            days_before=1,
        )
    )
    session.commit()
    return office


@pytest.fixture
def ana(office: Outbox) -> int:
    user = User(email="ana@pregon.example", name="Ana", role=Role.OPERATOR)
    office.session.add(user)
    office.session.commit()
    return user.id


def _case(office: Outbox, *, coupon: bool = True) -> Case:
    """A case with a phone and a coupon that can be paid."""
    case = office.a_case()
    case.contact_point_id = office.contact(PHONE).id
    if coupon:
        office.session.add(
            Coupon(
                subscription_id=case.subscription_id,
                instalment=7,
                amount=Decimal(85_000),
                due_date=date(2026, 11, 10),
            )
        )
    office.session.commit()
    return case


def _promise(
    office: Outbox, case: Case, by_id: int, day: date = FRIDAY, *, at: datetime = NOON
) -> Result:
    result = desk.register(
        office.session,
        case.id,
        office.result_type("promesa_de_pago").id,
        by_id=by_id,
        now=at,
        seen_result_id=desk.newest_result(office.session, case.id),
        value=TypedValue(date=day, money=Money(Decimal(85_000))),
        next_action=NextActionPlan("Promesa de pago", NOON + timedelta(days=3)),
    )
    office.session.commit()
    return result


def _watched(office: Outbox, result: Result) -> Promise:
    office.fresh()
    return office.session.scalars(select(Promise).where(Promise.result_id == result.id)).one()


def _judge(office: Outbox, promise: Promise, *, at: datetime = AFTER) -> PromiseState | None:
    state = promise_keeping.judge(office.session, promise.id, now=at, zone=ARGENTINA)
    office.fresh()
    return state


def _remind(office: Outbox, promise: Promise, *, at: datetime) -> Message | None:
    promise_keeping.remind(office.session, promise.id, now=at, zone=ARGENTINA)
    office.fresh()
    return office.session.scalars(select(Message).where(Message.cause == Cause.REMINDER)).first()


REMINDED_AT = datetime(2026, 11, 19, 13, 0, tzinfo=NOON.tzinfo)  # the day before, at ten


# what is watched


def test_a_day_and_an_amount_that_leave_the_case_open_are_a_promise(
    office: Outbox, ana: int
) -> None:
    case = _case(office)

    promise = _watched(office, _promise(office, case, ana))

    assert promise.state is PromiseState.OPEN
    assert (promise.settles_at, promise.remind_at) == (AFTER, REMINDED_AT)
    assert office.session.get_one(Coupon, promise.coupon_id).subscription_id == case.subscription_id


def test_a_day_without_work_is_judged_at_the_end_of_the_next(office: Outbox, ana: int) -> None:
    sunday = date(2026, 11, 22)  # and Monday is a holiday

    promise = _watched(office, _promise(office, _case(office), ana, sunday))

    assert promise.settles_at == datetime(2026, 11, 25, 3, 0, tzinfo=NOON.tzinfo)


def test_without_a_coupon_to_pay_nothing_is_watched(office: Outbox, ana: int) -> None:
    _promise(office, _case(office, coupon=False), ana)

    assert office.session.scalars(select(Promise)).all() == []


def test_a_button_without_a_day_promises_nothing(office: Outbox) -> None:
    case = _case(office)
    kind = office.result_type("promesa_de_pago").id

    record_result(office.session, case.id, kind, channel=Channel.WHATSAPP, now=NOON)

    assert office.session.scalars(select(Promise)).all() == []


def test_a_later_promise_takes_the_place_of_the_first(office: Outbox, ana: int) -> None:
    case = _case(office)
    first = _promise(office, case, ana)

    second = _promise(office, case, ana, FRIDAY + timedelta(days=7))

    assert _watched(office, first).state is PromiseState.CANCELLED
    assert _watched(office, second).state is PromiseState.OPEN


def test_a_promise_that_is_taken_back_or_corrected_is_no_longer_watched(
    office: Outbox, ana: int
) -> None:
    revoked = _promise(office, _case(office), ana)
    corrected = _promise(office, _case(office), ana)

    revoke_result(office.session, revoked.id, by_id=ana, now=NOON)
    desk.register(
        office.session,
        corrected.case_id,
        office.result_type("no_puede_pagar").id,
        by_id=ana,
        now=NOON,
        seen_result_id=corrected.id,
        corrects_id=corrected.id,
    )
    office.session.commit()

    assert _watched(office, revoked).state is PromiseState.CANCELLED
    assert _watched(office, corrected).state is PromiseState.CANCELLED


def test_closing_the_case_ends_the_watch(office: Outbox, ana: int) -> None:
    case = _case(office)
    result = _promise(office, case, ana)

    desk.register(
        office.session,
        case.id,
        office.result_type("se_niega").id,
        by_id=ana,
        now=NOON,
        seen_result_id=result.id,
    )
    office.session.commit()

    assert _watched(office, result).state is PromiseState.CANCELLED


# kept or broken


def test_a_payment_before_the_day_is_over_keeps_it(office: Outbox, ana: int) -> None:
    result = _promise(office, _case(office), ana)
    promise = _watched(office, result)

    coupons.mark_paid(office.session, promise.coupon_id, now=NOON + timedelta(days=1))
    office.session.commit()

    assert _watched(office, result).state is PromiseState.KEPT
    assert _judge(office, promise) is None
    assert office.session.get_one(Case, result.case_id).state is CaseState.FINISHED


def test_a_promise_of_a_campaign_of_calls_is_closed_by_the_payment_too(
    office: Outbox, ana: int
) -> None:
    """Nothing was ever sent in this case: what ties it to the coupon is the promise."""
    result = _promise(office, _case(office), ana)
    assert office.session.scalars(select(Message)).all() == []

    coupons.mark_paid(office.session, _watched(office, result).coupon_id, now=NOON)
    office.session.commit()

    names = office.session.scalars(select(Result.by_id).where(Result.case_id == result.case_id))
    assert list(names) == [ana, None]


def test_before_its_day_is_over_nobody_judges_it(office: Outbox, ana: int) -> None:
    promise = _watched(office, _promise(office, _case(office), ana))

    assert _judge(office, promise, at=AFTER - timedelta(seconds=1)) is None
    assert promise_keeping.due_judgements(office.session, now=AFTER) == [promise.id]


def test_a_broken_one_puts_the_case_back_on_the_desk(office: Outbox, ana: int) -> None:
    result = _promise(office, _case(office), ana)

    state = _judge(office, _watched(office, result))

    case = office.session.get_one(Case, result.case_id)
    due = office.session.scalars(
        select(NextAction).where(
            NextAction.case_id == case.id, NextAction.state == NextActionState.DUE
        )
    ).one()
    assert state is PromiseState.BROKEN
    assert case.broken_promise_at == AFTER
    assert (due.what, due.operator_id) == ("Promesa incumplida", ana)
    assert due.due_at == datetime(2026, 11, 21, 12, 0, tzinfo=NOON.tzinfo)  # Saturday at nine
    assert due.replaces_id is not None  # what was planned when it was promised


def test_a_judgement_is_passed_once(office: Outbox, ana: int) -> None:
    promise = _watched(office, _promise(office, _case(office), ana))

    assert _judge(office, promise) is PromiseState.BROKEN
    assert _judge(office, promise) is None


def test_a_payment_told_of_late_still_keeps_it(office: Outbox, ana: int) -> None:
    result = _promise(office, _case(office), ana)
    promise = _watched(office, result)
    _judge(office, promise)

    coupons.mark_paid(office.session, promise.coupon_id, now=AFTER + timedelta(days=2))
    office.session.commit()

    assert _watched(office, result).state is PromiseState.KEPT
    assert office.session.get_one(Case, result.case_id).broken_promise_at is None


def test_a_payment_weeks_later_does_not(office: Outbox, ana: int) -> None:
    result = _promise(office, _case(office), ana)
    promise = _watched(office, result)
    _judge(office, promise)

    coupons.mark_paid(office.session, promise.coupon_id, now=AFTER + promises.GRACE)
    office.session.commit()

    assert _watched(office, result).state is PromiseState.BROKEN


def test_a_payment_in_time_keeps_it_however_late_a_file_tells_of_it(
    office: Outbox, ana: int
) -> None:
    result = _promise(office, _case(office), ana)
    promise = _watched(office, result)
    paid_on = promise.settles_at.date() - timedelta(days=1)
    _judge(office, promise)

    coupons.mark_paid(
        office.session, promise.coupon_id, now=AFTER + timedelta(days=30), paid_on=paid_on
    )
    office.session.commit()

    assert _watched(office, result).state is PromiseState.KEPT


def test_a_void_coupon_breaks_no_promise(office: Outbox, ana: int) -> None:
    promise = _watched(office, _promise(office, _case(office), ana))
    office.session.get_one(Coupon, promise.coupon_id).state = CouponState.VOID
    office.session.commit()

    assert _judge(office, promise) is PromiseState.CANCELLED


def test_whoever_registers_the_next_result_has_seen_to_it(office: Outbox, ana: int) -> None:
    result = _promise(office, _case(office), ana)
    _judge(office, _watched(office, result))

    desk.register(
        office.session,
        result.case_id,
        office.result_type("no_responde").id,
        by_id=ana,
        now=AFTER,
        seen_result_id=result.id,
    )
    office.session.commit()

    assert office.session.get_one(Case, result.case_id).broken_promise_at is None


# reminded of


def test_the_reminder_is_one_more_message_of_the_campaign(office: Outbox, ana: int) -> None:
    promise = _watched(office, _promise(office, _case(office), ana))
    assert promise_keeping.due_reminders(office.session, now=REMINDED_AT) == [promise.id]

    message = _remind(office, promise, at=REMINDED_AT)

    assert message is not None
    assert (message.state, message.cause) == (MessageState.PLANNED, Cause.REMINDER)
    assert (message.sequence, message.coupon_id) == (2, promise.coupon_id)
    assert message.campaign_id == office.campaign.id
    assert promise_keeping.due_reminders(office.session, now=REMINDED_AT) == []


def test_it_is_written_once(office: Outbox, ana: int) -> None:
    promise = _watched(office, _promise(office, _case(office), ana))

    _remind(office, promise, at=REMINDED_AT)
    _remind(office, promise, at=REMINDED_AT)

    assert len(office.session.scalars(select(Message)).all()) == 1


def test_it_goes_out_by_the_one_engine(office: Outbox, ana: int) -> None:
    promise = _watched(office, _promise(office, _case(office), ana))
    message = _remind(office, promise, at=REMINDED_AT)
    assert message is not None

    started = office.start(office.claim(at=REMINDED_AT), at=REMINDED_AT)

    assert started == {message.id: 1}


def test_a_payment_stops_the_reminder(office: Outbox, ana: int) -> None:
    promise = _watched(office, _promise(office, _case(office), ana))
    message = _remind(office, promise, at=REMINDED_AT)
    assert message is not None
    claimed = office.claim(at=REMINDED_AT)

    coupons.mark_paid(office.session, promise.coupon_id, now=REMINDED_AT)
    office.fresh()

    assert office.start(claimed, at=REMINDED_AT) == {}
    message = office.session.get_one(Message, message.id)
    assert (message.state, message.reason) == (MessageState.CANCELLED, "coupon_paid")


def test_a_promise_taken_back_stops_its_reminder(office: Outbox, ana: int) -> None:
    result = _promise(office, _case(office), ana)
    message = _remind(office, _watched(office, result), at=REMINDED_AT)
    assert message is not None

    revoke_result(office.session, result.id, by_id=ana, now=REMINDED_AT)
    office.fresh()

    assert office.session.get_one(Message, message.id).state is MessageState.CANCELLED


def test_who_opted_out_has_his_row_and_gets_nothing(office: Outbox, ana: int) -> None:
    promise = _watched(office, _promise(office, _case(office), ana))
    opt_out(office.session, office.contact(PHONE).id, Purpose.ALL, "word: baja", now=NOON)
    office.session.commit()

    message = _remind(office, promise, at=REMINDED_AT)

    assert message is not None
    assert (message.state, message.reason) == (MessageState.SKIPPED, "opted_out")


def test_who_says_that_he_paid_is_not_reminded(office: Outbox, ana: int) -> None:
    result = _promise(office, _case(office), ana)
    desk.register(
        office.session,
        result.case_id,
        office.result_type("ya_pago").id,
        by_id=ana,
        now=NOON,
        seen_result_id=result.id,
    )
    office.session.commit()

    assert promise_keeping.due_reminders(office.session, now=REMINDED_AT) == []
    assert _watched(office, result).state is PromiseState.OPEN


@pytest.mark.parametrize(
    ("day", "days_before", "expected"),
    [
        pytest.param(FRIDAY, None, None, id="no step, no reminder"),
        pytest.param(FRIDAY, 1, date(2026, 11, 19), id="the day before"),
        pytest.param(date(2026, 11, 19), 1, date(2026, 11, 19), id="of tomorrow, tomorrow"),
        pytest.param(date(2026, 11, 18), 1, None, id="of today, not at all"),
        pytest.param(FRIDAY, 0, FRIDAY, id="on the day itself"),
    ],
)
def test_when_a_promise_is_reminded_of(
    day: date, days_before: int | None, expected: date | None
) -> None:
    found = promises.remind_at(day, days_before, now=NOON)

    assert (found and found.astimezone(ARGENTINA).date()) == expected
