"""What an operator writes: names filled or told, a coupon's link, and what failed sent again."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import desk, quick_texts
from campaigns.composing import compose_answer
from campaigns.coupon_links import record_open
from campaigns.coupons import mark_paid
from campaigns.desk_card import read_head
from campaigns.errors import CatalogueRefused, NothingToPay, NotResendable, UnfilledText
from campaigns.outcomes import record_outcomes
from campaigns.quick_texts import QuickTextSpec, install_quick_texts
from campaigns.resending import resend
from campaigns.scripts import fill_script, keep_script
from campaigns.sending import claim_slice, start_attempts, take_slice
from campaigns.sending_hours import ARGENTINA
from messaging.named_texts import LINK_MARK, LINK_PLACE, wrong_names
from messaging.provider import SendOutcome
from models.case import Case, Result
from models.coupon import Coupon, CouponLink
from models.desk_texts import QuickText
from models.message import AttemptOutcome, Message
from models.people import Role, User
from models.states import CouponState, MessageState
from tests.campaigns.builders_inbox import TIMES, a_sid
from tests.campaigns.builders_sending import ANAS_WORKER, Outbox
from tests.conftest import NOON
from tests.doubts import put_in


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def lucia(office: Outbox) -> User:
    user = User(email="lucia@example.com", name="Lucía Ferreyra", role=Role.OPERATOR)
    office.session.add(user)
    office.fresh()
    return user


@pytest.fixture
def case(office: Outbox) -> Case:
    """Ana got a message an hour ago and has just answered it."""
    message = office.a_message()
    office.inbound("¿me pasás el cupón?")
    office.apply_inbound()
    return office.session.get_one(Case, message.case_id)


@pytest.fixture
def coupon(office: Outbox, case: Case) -> Coupon:
    coupon = Coupon(
        subscription_id=case.subscription_id,
        instalment=14,
        amount=Decimal("45300.50"),
        due_date=date(2026, 12, 10),
    )
    office.session.add(coupon)
    office.session.commit()
    return coupon


def _answer(office: Outbox, case: Case, lucia: User, body: str) -> Message:
    message_id = desk.answer(office.session, case.id, body, by_id=lucia.id, now=office.now)
    office.fresh()
    return office.session.get_one(Message, message_id)


def _leaves(office: Outbox, message: Message) -> dict[int, int]:
    slice_id = take_slice(office.session, office.line.id, lease=ANAS_WORKER, now=office.now)
    assert slice_id == message.id
    claimed = claim_slice(office.session, slice_id, lease=ANAS_WORKER, now=office.now)
    started = start_attempts(office.session, claimed, lease=ANAS_WORKER, now=office.now)
    office.session.commit()
    return started


# names


def test_names_are_filled_with_the_case_before_they_are_kept(
    office: Outbox, case: Case, coupon: Coupon, lucia: User
) -> None:
    message = _answer(office, case, lucia, "Hola {{nombre}}: son $ {{importe}}.")

    assert message.body == "Hola Cliente: son $ 45.300,50."
    assert message.coupon_id is None


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("Vence el {{vencimiento}}.", ("vencimiento",)),
        ("Hola {{apodo}}.", ("{{apodo}}",)),
        ("Hola {{nombre.", ("{{",)),
    ],
)
def test_what_has_no_value_is_told_and_nothing_is_written(
    office: Outbox, case: Case, lucia: User, body: str, missing: tuple[str, ...]
) -> None:
    before = office.session.scalar(select(func.count(Message.id)))

    with pytest.raises(UnfilledText) as refused:
        desk.answer(office.session, case.id, body, by_id=lucia.id, now=NOON)

    assert refused.value.names == missing
    assert office.session.scalar(select(func.count(Message.id))) == before


# the coupon's link


def test_a_link_is_a_text_of_the_ledger_with_its_row_and_no_token(
    office: Outbox, case: Case, coupon: Coupon, lucia: User
) -> None:
    message = _answer(office, case, lucia, f"Pagala acá: {LINK_MARK}")

    link = office.session.get_one(CouponLink, message.id)
    assert message.body == f"Pagala acá: {LINK_PLACE}"
    assert (message.coupon_id, message.template_version_id) == (coupon.id, None)
    assert (link.coupon_id, link.expires_at.astimezone(ARGENTINA).date()) == (
        coupon.id,
        date(2026, 12, 21),
    )


def test_sent_it_moves_the_coupon_and_opened_it_counts_in_the_case(
    office: Outbox, case: Case, coupon: Coupon, lucia: User
) -> None:
    message = _answer(office, case, lucia, LINK_MARK)
    _leaves(office, message)
    sent = SendOutcome(message.id, 1, AttemptOutcome.ACCEPTED, sid=a_sid())
    record_outcomes(office.session, [sent], now=NOON, times=TIMES, chance=Random(7))
    office.session.commit()
    office.fresh()
    after_sending = office.session.get_one(Coupon, coupon.id).state

    is_new = record_open(office.session, message.id, now=NOON, user_agent="x")
    office.session.commit()

    assert (after_sending, is_new) == (CouponState.SENT, True)
    assert office.session.get_one(Coupon, coupon.id).state is CouponState.OPENED


def test_a_payment_stops_the_link_that_has_not_left(
    office: Outbox, case: Case, coupon: Coupon, lucia: User
) -> None:
    message = _answer(office, case, lucia, LINK_MARK)

    mark_paid(office.session, coupon.id, now=NOON)
    office.fresh()

    kept = office.session.get_one(Message, message.id)
    assert (kept.state, kept.reason) == (MessageState.CANCELLED, "coupon_paid")


@pytest.mark.parametrize(
    ("state", "why"), [(None, "none"), (CouponState.PAID, "paid"), (CouponState.EXPIRED, "expired")]
)
def test_without_a_coupon_to_pay_it_says_why(
    office: Outbox, case: Case, state: CouponState | None, why: str
) -> None:
    if state is not None:
        office.session.add(
            Coupon(
                subscription_id=case.subscription_id,
                instalment=1,
                amount=Decimal(1),
                due_date=NOON.date(),
                state=state,
            )
        )
        office.session.commit()

    with pytest.raises(NothingToPay) as refused:
        compose_answer(office.session, case, LINK_MARK)

    assert refused.value.why == why


# again


def _failed(office: Outbox, message: Message, state: MessageState) -> None:
    message.state, message.error_code = state, 63016
    office.session.commit()


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.UNDELIVERED])
def test_what_was_proved_lost_is_another_row_and_only_once(
    office: Outbox, case: Case, coupon: Coupon, lucia: User, state: MessageState
) -> None:
    message = _answer(office, case, lucia, f"Tomá: {LINK_MARK}")
    _failed(office, message, state)

    def press() -> int:
        return resend(office.session, case.id, message.id, by_id=lucia.id, now=NOON, zone=ARGENTINA)

    first, second = press(), press()
    office.session.commit()

    again = office.session.get_one(Message, first)
    assert first == second != message.id
    assert (again.body, again.coupon_id) == (message.body, coupon.id)
    assert again.state is MessageState.PLANNED
    assert office.session.get_one(CouponLink, first).coupon_id == coupon.id
    assert office.session.get_one(Message, message.id).state is state


@pytest.mark.parametrize(
    "state",
    [MessageState.PLANNED, MessageState.SENT, MessageState.UNCERTAIN, MessageState.REVIEW],
)
def test_what_may_have_arrived_is_never_sent_again(
    office: Outbox, case: Case, lucia: User, state: MessageState
) -> None:
    message = _answer(office, case, lucia, "Hola")
    put_in(message, state)
    office.session.commit()

    with pytest.raises(NotResendable):
        resend(office.session, case.id, message.id, by_id=lucia.id, now=NOON, zone=ARGENTINA)


# quick texts and scripts


def test_the_shipped_texts_come_once_are_all_well_written_and_keep_their_changes(
    office: Outbox,
) -> None:
    first = install_quick_texts(office.session)
    one = office.session.scalars(select(QuickText).where(QuickText.code == "saludo")).one()
    one.body = "Buenas, {{nombre}}."
    office.session.commit()

    second = install_quick_texts(office.session)

    assert (first >= 12, second) == (True, 0)
    assert one.body == "Buenas, {{nombre}}."
    assert [wrong_names(each.body) for each in office.session.scalars(select(QuickText))] == (
        [()] * first
    )


def test_a_case_is_offered_its_types_texts_first_then_those_for_all(
    office: Outbox, case: Case, coupon: Coupon
) -> None:
    install_quick_texts(office.session)
    offers = quick_texts.offered_in(office.session, case)
    names = [each.name for each in offers]
    by_name = {each.name: each for each in offers}

    assert names[:2] == ["Cuotas en mora", "Pedir fecha de pago"]
    assert "Pedir grupo y orden" not in names
    assert by_name["Importe y vencimiento"].text == (
        "La cuota 14 es de $ 45.300,50 y vence el 10/12/2026."
    )
    assert by_name["Código de pago"].missing == ("codigo_de_pago",)
    assert LINK_MARK in by_name["Link del cupón"].text


@pytest.mark.parametrize(
    ("body", "problem"),
    [("", "missing"), ("x" * 1_001, "long"), ("Hola {{apodo}}", "names"), ("Hola }}", "names")],
)
def test_a_text_that_could_not_be_filled_is_not_kept(
    office: Outbox, body: str, problem: str
) -> None:
    with pytest.raises(CatalogueRefused) as refused:
        quick_texts.add_quick_text(office.session, QuickTextSpec(name="Uno", body=body))

    assert (refused.value.field, refused.value.problem) == ("body", problem)


def _said(office: Outbox, case: Case) -> str | None:
    return fill_script(office.session, case, read_head(office.session, case.id).script)


def test_the_campaigns_script_stands_before_its_types_and_blanks_what_is_missing(
    office: Outbox, case: Case
) -> None:
    office.campaign.state = office.campaign.state
    none = _said(office, case)
    keep_script(office.session, "Hola {{nombre}}.", type_id=office.campaign.campaign_type_id)
    of_type = _said(office, case)
    keep_script(office.session, "Vence el {{vencimiento}}.", campaign_id=office.campaign.id)
    own = _said(office, case)
    keep_script(office.session, " ", campaign_id=office.campaign.id)
    again = _said(office, case)

    assert (none, of_type, again) == (None, "Hola Cliente.", "Hola Cliente.")
    assert own == "Vence el ……."


def test_texts_in_their_order(office: Outbox) -> None:
    first, second = (
        quick_texts.add_quick_text(office.session, QuickTextSpec(name=name, body="Hola"))
        for name in ("Uno", "Dos")
    )
    moved = quick_texts.move_quick_text(office.session, second, up=True)
    at_the_end = quick_texts.move_quick_text(office.session, first, up=False)

    assert (moved, at_the_end) == (True, False)
    assert [each.name for each in quick_texts.list_quick_texts(office.session)] == ["Dos", "Uno"]


def test_the_case_keeps_no_result_of_a_link_by_itself(
    office: Outbox, case: Case, coupon: Coupon, lucia: User
) -> None:
    _answer(office, case, lucia, LINK_MARK)
    office.now += timedelta(minutes=1)

    assert office.session.scalars(select(Result.id).where(Result.case_id == case.id)).all() == []
