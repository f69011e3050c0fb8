"""A person's message: into the ledger when the channel would take it, and out by the engine."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import holding, progress
from campaigns.errors import (
    InvalidText,
    LineHeld,
    NoAddress,
    OptedOut,
    TemplateNotApproved,
    WindowClosed,
)
from campaigns.opt_outs import opt_out
from campaigns.results import record_result
from campaigns.sending import take_slice
from campaigns.single_messages import MAX_TEXT, write_template, write_text
from messaging.errors import BadVariable, MissingVariables
from models.case import Case, Channel
from models.coupon import Coupon, CouponLink
from models.message import Cause, Message, SendSlice
from models.people import Purpose, Role, User
from models.states import CampaignState, MessageState, TemplateState
from models.template import Template, TemplateCategory
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import ANAS_WORKER, Outbox
from tests.conftest import NOON


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def operator(outbox: Outbox) -> User:
    user = User(email="lucia@example.com", name="Lucía Ferreyra", role=Role.OPERATOR)
    outbox.session.add(user)
    outbox.fresh()
    return user


@pytest.fixture
def case(outbox: Outbox) -> Case:
    """Ana got a message an hour ago and has just answered it."""
    message = outbox.a_message(ANA)
    outbox.inbound("¿puedo pagar el viernes?")
    outbox.apply_inbound()
    return outbox.session.get_one(Case, message.case_id)


def _write(outbox: Outbox, case: Case, operator: User, body: str = "Sí, dale.") -> Message:
    message_id = write_text(
        outbox.session, case=case, body=body, author_id=operator.id, now=outbox.now
    )
    outbox.fresh()
    return outbox.session.get_one(Message, message_id)


def test_an_answer_is_written_to_where_the_customer_wrote(
    outbox: Outbox, case: Case, operator: User
) -> None:
    message = _write(outbox, case, operator, "  Sí, dale.\r\nTe espero.  ")

    slice_row = outbox.session.get_one(SendSlice, message.id)
    assert (message.address, message.line_id) == (ANA, outbox.line.id)
    assert message.body == "Sí, dale.\nTe espero."
    assert (message.cause, message.case_id) == (Cause.REPLY, case.id)
    assert (message.campaign_id, message.sequence) == (case.campaign_id, None)
    assert (message.author_id, message.state) == (operator.id, MessageState.PLANNED)
    assert (slice_row.is_reply, slice_row.next_due_at) == (True, NOON)


def test_answering_handles_what_waited(outbox: Outbox, case: Case, operator: User) -> None:
    _write(outbox, case, operator)

    assert case.waiting_since is None
    assert outbox.received().state is MessageState.HANDLED


def test_answers_have_no_part_in_the_campaigns_sums(
    outbox: Outbox, case: Case, operator: User
) -> None:
    before = progress.counted_states(outbox.session, case.campaign_id)
    _write(outbox, case, operator)

    assert progress.counted_states(outbox.session, case.campaign_id) == before


def test_an_answer_goes_before_the_campaign_and_while_it_is_paused(
    outbox: Outbox, case: Case, operator: User
) -> None:
    outbox.planned(3)
    outbox.campaign.state = CampaignState.PAUSED
    answer = _write(outbox, case, operator)

    taken = take_slice(outbox.session, outbox.line.id, lease=ANAS_WORKER, now=NOON)

    assert taken == answer.id


def test_the_same_words_with_nothing_between_are_a_retry(
    outbox: Outbox, case: Case, operator: User
) -> None:
    """Our answer was lost on its way back: he was told so, and pressed again."""
    first = _write(outbox, case, operator)
    outbox.now = NOON + timedelta(minutes=3)

    assert _write(outbox, case, operator).id == first.id
    outbox.now = NOON + timedelta(minutes=11)
    assert _write(outbox, case, operator).id != first.id


@pytest.mark.parametrize("by", ["customer", "operator"])
def test_the_same_words_after_others_are_another_message(
    outbox: Outbox, case: Case, operator: User, by: str
) -> None:
    first = _write(outbox, case, operator)
    outbox.now = NOON + timedelta(seconds=1)
    if by == "customer":
        outbox.inbound("¿Seguro?")
        outbox.apply_inbound()
    else:
        _write(outbox, case, operator, "Ya lo miro.")
    outbox.now = NOON + timedelta(seconds=2)

    assert _write(outbox, case, operator).id != first.id


@pytest.mark.parametrize("body", ["", "  \n ", "x" * (MAX_TEXT + 1)], ids=["none", "blank", "long"])
def test_a_text_must_say_something_and_fit(
    outbox: Outbox, case: Case, operator: User, body: str
) -> None:
    with pytest.raises(InvalidText):
        _write(outbox, case, operator, body)


def test_24_hours_after_the_customer_wrote_only_templates_may_go(
    outbox: Outbox, case: Case, operator: User
) -> None:
    outbox.now = NOON + timedelta(hours=23, minutes=54)
    _write(outbox, case, operator)
    outbox.now = NOON + timedelta(hours=23, minutes=56)  # five minutes early: it must still leave

    with pytest.raises(WindowClosed):
        _write(outbox, case, operator, "¿Seguís ahí?")
    assert _messages_of(outbox, Cause.REPLY) == 1


def test_who_never_wrote_has_no_window(outbox: Outbox, operator: User) -> None:
    message = outbox.a_message(BEN)

    with pytest.raises(WindowClosed):
        _write(outbox, outbox.session.get_one(Case, message.case_id), operator)


def test_who_opted_out_is_left_alone_until_he_writes_again(
    outbox: Outbox, case: Case, operator: User
) -> None:
    opt_out(outbox.session, outbox.contact(ANA).id, Purpose.ALL, "operator", now=NOON)

    with pytest.raises(OptedOut):
        _write(outbox, case, operator)
    outbox.session.rollback()
    opt_out(outbox.session, outbox.contact(ANA).id, Purpose.ALL, "operator", now=NOON)
    outbox.now = NOON + timedelta(minutes=1)
    outbox.inbound("perdón, ¿me pasás el cupón?")
    outbox.apply_inbound()

    assert _write(outbox, case, operator).state is MessageState.PLANNED


def test_a_held_line_and_a_dead_phone_are_refused_before_anything_is_written(
    outbox: Outbox, case: Case, operator: User
) -> None:
    holding.hold_line(outbox.session, outbox.line.id, "63018: bloqueada", now=NOON)
    with pytest.raises(LineHeld):
        _write(outbox, case, operator)
    outbox.session.rollback()

    outbox.contact(ANA).is_valid = False
    with pytest.raises(NoAddress):
        _write(outbox, case, operator)
    assert _messages_of(outbox, Cause.REPLY) == 0


def test_a_result_that_stops_sends_leaves_the_answer_alone(
    outbox: Outbox, case: Case, operator: User
) -> None:
    answer = _write(outbox, case, operator, "Listo, no te escribimos más.")
    kind = outbox.result_type("no_desea_mensajes")

    record_result(
        outbox.session,
        case.id,
        kind.id,
        channel=Channel.WHATSAPP,
        now=NOON,
        by_id=operator.id,
    )
    outbox.fresh()

    assert answer.state is MessageState.PLANNED


# templates


def _template(outbox: Outbox, case: Case, operator: User, **values: Any) -> Message:
    given: dict[str, Any] = {
        "line_id": outbox.line.id,
        "contact_point_id": outbox.contact(ANA).id,
        "version": outbox.version,
        "variables": {"1": "Ana"},
        "cause": Cause.REPLY,
        "author_id": operator.id,
        "now": outbox.now,
        "case_id": case.id,
    }
    message_id = write_template(outbox.session, **{**given, **values})
    outbox.fresh()
    return outbox.session.get_one(Message, message_id)


def test_a_template_goes_when_the_window_is_closed(
    outbox: Outbox, case: Case, operator: User
) -> None:
    outbox.now = NOON + timedelta(days=3)

    message = _template(outbox, case, operator)

    assert (message.template_version_id, message.variables) == (outbox.version.id, {"1": "Ana"})
    assert (message.cause, message.case_id) == (Cause.REPLY, case.id)
    assert case.waiting_since is None


def test_a_template_pressed_twice_is_one(outbox: Outbox, case: Case, operator: User) -> None:
    outbox.now = NOON + timedelta(days=3)

    first, second = _template(outbox, case, operator), _template(outbox, case, operator)

    assert first.id == second.id


def test_a_test_belongs_to_no_case(outbox: Outbox, case: Case, operator: User) -> None:
    message = _template(outbox, case, operator, cause=Cause.TEST, case_id=None)

    assert (message.cause, message.case_id) == (Cause.TEST, None)
    assert outbox.session.get_one(SendSlice, message.id).is_reply


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"variables": {}}, MissingVariables),
        ({"variables": {"1": "Ana", "2": "y qué"}}, BadVariable),
        ({"variables": {"1": "dos\nlíneas"}}, BadVariable),
        ({"variables": {"1": "x" * 1_100}}, BadVariable),
    ],
    ids=["missing", "unknown", "two lines", "too long"],
)
def test_a_template_needs_its_values(
    outbox: Outbox, case: Case, operator: User, values: dict[str, Any], refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        _template(outbox, case, operator, **values)


def test_only_an_approved_version_goes(outbox: Outbox, case: Case, operator: User) -> None:
    outbox.version.state = TemplateState.PAUSED

    with pytest.raises(TemplateNotApproved):
        _template(outbox, case, operator)


@pytest.mark.parametrize(
    ("category", "purpose", "goes"),
    [
        (TemplateCategory.UTILITY, Purpose.MARKETING, True),
        (TemplateCategory.UTILITY, Purpose.ACCOUNT, False),
        (TemplateCategory.MARKETING, Purpose.MARKETING, False),
        (TemplateCategory.MARKETING, Purpose.ALL, False),
    ],
)
def test_an_opt_out_stops_the_templates_of_its_purpose(
    outbox: Outbox,
    case: Case,
    operator: User,
    category: TemplateCategory,
    purpose: Purpose,
    goes: bool,
) -> None:
    version = outbox.a_version([("b1_{{5}}", "ya_pago", None)])
    _category_of(outbox, version.template_id, category)
    opt_out(outbox.session, outbox.contact(ANA).id, purpose, "operator", now=NOON)

    if goes:
        assert _template(outbox, case, operator, version=version)
    else:
        with pytest.raises(OptedOut):
            _template(outbox, case, operator, version=version)


def test_a_template_with_a_coupon_link_gets_its_own(
    outbox: Outbox, case: Case, operator: User
) -> None:
    coupon = Coupon(
        subscription_id=case.subscription_id,
        instalment=14,
        amount=Decimal("45300.50"),
        due_date=date(2026, 12, 10),
    )
    outbox.session.add(coupon)
    version = outbox.a_version([("b1_{{5}}", "ya_pago", None)])
    version.fields = {"1": "customer.first_name", "2": "coupon_link.token"}
    outbox.fresh()

    with pytest.raises(MissingVariables):
        _template(outbox, case, operator, version=version)
    outbox.session.rollback()
    message = _template(outbox, case, operator, version=version, coupon_id=coupon.id)

    assert outbox.session.get_one(CouponLink, message.id).coupon_id == coupon.id


def _messages_of(outbox: Outbox, cause: Cause) -> int:
    return outbox.session.scalar(select(func.count()).where(Message.cause == cause)) or 0


def _category_of(outbox: Outbox, template_id: int, category: TemplateCategory) -> None:
    outbox.session.get_one(Template, template_id).category = category
    outbox.session.flush()
