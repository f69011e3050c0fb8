"""Typed results: what they may say, what they entail, how they give way to each other."""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns.cases import move_case
from campaigns.errors import (
    InvalidResultValue,
    NotFound,
    ResultNotOffered,
    ResultNotStanding,
)
from campaigns.result_values import NOTHING, TypedValue, check_value, value_of_tap
from campaigns.results import NextActionPlan, record_result, revoke_result, supersede_result
from models.campaign import ResultType, ValueKind
from models.case import Case, Channel, NextAction, Result
from models.message import Message
from models.people import OptOut, Role, User
from models.states import CaseState, IllegalMove, MessageState, NextActionState
from models.values import Money
from tests.campaigns.builders_inbox import World
from tests.conftest import NOON

FRIDAY = dt.date(2026, 11, 20)
FIFTY = Money(Decimal("50000.00"))


@pytest.fixture
def world(session: Session) -> World:
    return World(session, NOON)


@pytest.fixture
def operator(world: World) -> int:
    user = User(email="ana@example.com", name="Ana", role=Role.OPERATOR)
    world.session.add(user)
    world.session.commit()
    return user.id


def _record(world: World, case: Case, code: str, by: int | None, **more: object) -> Result:
    result = record_result(
        world.session,
        case.id,
        world.result_type(code).id,
        channel=Channel.PHONE,
        now=NOON,
        by_id=by,
        **more,  # type: ignore[arg-type]
    )
    world.session.commit()
    return result


def _kind(kind: ValueKind) -> ResultType:
    return ResultType(
        name="X", value_kind=kind, min_value=1, max_value=5, choices={"a": "Primera", "b": "Otra"}
    )


GOOD = [
    (ValueKind.NONE, NOTHING),
    (ValueKind.DATE, TypedValue(date=FRIDAY)),
    (ValueKind.AMOUNT, TypedValue(money=FIFTY)),
    (ValueKind.DATE_AMOUNT, TypedValue(date=FRIDAY, money=FIFTY)),
    (ValueKind.INTEGER, TypedValue(integer=5)),
    (ValueKind.CHOICE, TypedValue(text="a")),
    (ValueKind.TEXT, TypedValue(text="cambio de titular")),
    (ValueKind.DATE_TEXT, TypedValue(date=FRIDAY, text="cambio de titular")),
]
BAD = [
    (ValueKind.NONE, TypedValue(integer=1), "integer"),
    (ValueKind.DATE, NOTHING, "date"),
    (ValueKind.DATE, TypedValue(date=FRIDAY, money=FIFTY), "money"),
    (ValueKind.AMOUNT, TypedValue(money=Money(Decimal(0))), "money"),
    (ValueKind.DATE_AMOUNT, TypedValue(date=FRIDAY), "money"),
    (ValueKind.INTEGER, TypedValue(integer=6), "integer"),
    (ValueKind.INTEGER, TypedValue(integer=0), "integer"),
    (ValueKind.CHOICE, TypedValue(text="c"), "text"),
    (ValueKind.TEXT, TypedValue(text="  "), "text"),
    (ValueKind.DATE_TEXT, TypedValue(date=FRIDAY), "text"),
    (ValueKind.DATE_TEXT, TypedValue(text="cambio de titular"), "date"),
    (ValueKind.DATE_TEXT, TypedValue(date=FRIDAY, text="  "), "text"),
]


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_a_value_that_its_type_asks_for(kind: ValueKind, value: TypedValue) -> None:
    check_value(_kind(kind), value)


@pytest.mark.parametrize(("kind", "value", "field"), BAD)
def test_a_value_that_its_type_does_not_ask_for(
    kind: ValueKind, value: TypedValue, field: str
) -> None:
    with pytest.raises(InvalidResultValue) as refused:
        check_value(_kind(kind), value)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        (ValueKind.INTEGER, "4", TypedValue(integer=4)),
        (ValueKind.INTEGER, "9", NOTHING),
        (ValueKind.INTEGER, "cuatro", NOTHING),
        (ValueKind.INTEGER, None, NOTHING),
        (ValueKind.CHOICE, "b", TypedValue(text="b")),
        (ValueKind.CHOICE, "z", NOTHING),
        (ValueKind.DATE_AMOUNT, "4", NOTHING),
        (ValueKind.NONE, "4", NOTHING),
    ],
)
def test_what_a_tap_says_is_a_value_or_nothing(
    kind: ValueKind, said: str | None, value: TypedValue
) -> None:
    assert value_of_tap(_kind(kind), said) == value


def test_a_promise_needs_its_date_and_amount(world: World, operator: int) -> None:
    case = world.a_case()

    with pytest.raises(InvalidResultValue, match="pide este dato"):
        _record(world, case, "promesa_de_pago", operator)

    result = _record(
        world, case, "promesa_de_pago", operator, value=TypedValue(date=FRIDAY, money=FIFTY)
    )
    assert (result.value_date, result.amount, result.currency) == (FRIDAY, FIFTY.amount, "ARS")


def test_a_persons_result_handles_what_was_waiting(world: World, operator: int) -> None:
    sent = world.a_message()
    world.inbound("no me llegó")
    world.apply_inbound()
    case = world.session.get_one(Case, sent.case_id)

    _record(world, case, "reclamo", operator)

    world.session.expire_all()
    assert (case.waiting_since, world.received().state) == (None, MessageState.HANDLED)


def test_a_closing_result_finishes_the_case_and_its_actions(world: World, operator: int) -> None:
    case = world.a_case()
    plan = NextActionPlan("Llamar", NOON, operator)
    _record(world, case, "no_puede_pagar", operator, next_action=plan)
    assert case.state is CaseState.SCHEDULED

    _record(world, case, "se_niega", operator)

    assert (case.state, case.finished_at) == (CaseState.FINISHED, NOON)
    assert world.session.scalars(select(NextAction.state)).all() == [NextActionState.DONE]


def test_a_result_that_stops_sends_cancels_what_is_planned(world: World, operator: int) -> None:
    case = world.a_case()
    planned = world.a_message(case=case, state=MessageState.PLANNED, attempts=0)
    other = world.a_message(state=MessageState.PLANNED, attempts=0)

    _record(world, case, "se_niega", operator)

    world.session.expire_all()
    assert (planned.state, planned.reason) == (MessageState.CANCELLED, "result")
    assert other.state is MessageState.PLANNED


def test_an_operator_registers_an_opt_out(world: World, operator: int) -> None:
    sent = world.a_message()
    case = world.session.get_one(Case, sent.case_id)

    _record(world, case, "no_desea_mensajes", operator)

    opt_out = world.session.scalars(select(OptOut)).one()
    assert (opt_out.contact_point_id, opt_out.evidence) == (sent.contact_point_id, "operator")
    assert case.state is CaseState.FINISHED


def test_what_is_not_offered_is_refused(world: World, operator: int) -> None:
    case = world.a_case()
    with pytest.raises(ResultNotOffered):
        record_result(
            world.session, case.id, world.result_type("puntaje", "encuesta").id,
            channel=Channel.PHONE, now=NOON, by_id=operator, value=TypedValue(integer=3),
        )  # fmt: skip
    world.result_type("reclamo").is_active = False
    with pytest.raises(ResultNotOffered):
        _record(world, case, "reclamo", operator)


def test_what_does_not_exist_is_said_by_name(world: World, operator: int) -> None:
    with pytest.raises(NotFound, match="no case 987"):
        record_result(
            world.session, 987, world.result_type("reclamo").id, channel=Channel.PHONE, now=NOON,
            by_id=operator,
        )  # fmt: skip
    with pytest.raises(NotFound, match="no result type 987"):
        record_result(
            world.session, world.a_case().id, 987, channel=Channel.PHONE, now=NOON, by_id=operator
        )
    with pytest.raises(NotFound, match="no result 987"):
        revoke_result(world.session, 987, by_id=operator, now=NOON)


def test_a_superseding_result_keeps_the_old_one_and_opens_what_it_closed(
    world: World, operator: int
) -> None:
    case = world.a_case()
    refused = _record(world, case, "se_niega", operator)

    better = supersede_result(
        world.session, refused.id, world.result_type("ya_pago").id, by_id=operator, now=NOON
    )

    assert (better.supersedes_id, case.state) == (refused.id, CaseState.IN_PROGRESS)
    with pytest.raises(ResultNotStanding):
        supersede_result(
            world.session, refused.id, world.result_type("reclamo").id, by_id=operator, now=NOON
        )


def test_a_revoked_result_counts_no_more_and_opens_what_it_closed(
    world: World, operator: int
) -> None:
    case = world.a_case()
    refused = _record(world, case, "se_niega", operator)

    revoke_result(world.session, refused.id, by_id=operator, now=NOON)

    assert (refused.revoked_at, refused.revoked_by_id) == (NOON, operator)
    assert case.state is CaseState.IN_PROGRESS
    with pytest.raises(ResultNotStanding):
        revoke_result(world.session, refused.id, by_id=operator, now=NOON)


def test_the_same_evidence_gives_the_same_system_result(world: World) -> None:
    sent = world.a_message()
    world.inbound("hola")
    world.apply_inbound()
    case = world.session.get_one(Case, sent.case_id)
    received: Message = world.received()

    first = _record(world, case, "ya_pago", None, evidence_message_id=received.id)
    again = _record(world, case, "ya_pago", None, evidence_message_id=received.id)

    assert first.id == again.id


def test_a_case_moves_only_as_its_machine_says(world: World) -> None:
    case = world.a_case()
    move_case(case, CaseState.FINISHED, now=NOON)

    with pytest.raises(
        IllegalMove, match=r"case: from finished to scheduled; allowed: in_progress"
    ):
        move_case(case, CaseState.SCHEDULED, now=NOON)


def test_a_result_that_the_version_before_writes_belongs_to_its_campaign(world: World) -> None:
    case = world.a_case()
    world.session.commit()

    stored = world.session.execute(
        text(
            "INSERT INTO results (case_id, result_type_id, channel)"
            " VALUES (:case, :type, 'phone') RETURNING campaign_id"
        ),
        {"case": case.id, "type": world.result_type("reclamo").id},
    )

    assert stored.scalar_one() == case.campaign_id
