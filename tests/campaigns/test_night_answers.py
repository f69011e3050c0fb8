"""The automatic answer out of hours: once in a night, and to nobody who said no."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from campaigns.inbox import apply_inbound
from campaigns.lines import set_night_answer
from campaigns.opt_outs import opt_out
from campaigns.sending import claim_slice, start_attempts, take_slice
from messaging.twilio.webhooks import parse_inbound
from models.case import Case
from models.message import Cause, Message
from models.people import Purpose
from models.states import MessageState
from tests.campaigns.builders_inbox import ANA, BEN, SIGNER, TIMES
from tests.campaigns.builders_sending import ANAS_WORKER, Outbox

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")
TEXT = "Hola {{nombre}}, te respondemos {{abrimos}}."


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026, of which the 18th is a Wednesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BUENOS_AIRES)


@pytest.fixture
def office(session: Session) -> Outbox:
    """Ana and Ben got a message at noon; since 20:00 the line is closed."""
    office = Outbox(session, _at(18, 12))
    for phone in (ANA, BEN):
        office.a_message(phone)
    set_night_answer(session, office.line.id, active=True, text=TEXT)
    session.commit()
    office.now = _at(18, 22)
    return office


def _answers(office: Outbox) -> list[Message]:
    office.fresh()
    return list(
        office.session.scalars(
            select(Message).where(Message.cause == Cause.AUTOMATIC).order_by(Message.id)
        )
    )


def _writes(office: Outbox, body: str = "¿cuánto debo?", *, sender: str = ANA, **more: str) -> None:
    office.inbound(body, sender=sender, **more)
    office.apply_inbound()


def test_who_writes_at_night_is_told_when_somebody_is_there(office: Outbox) -> None:
    _writes(office)

    (answer,) = _answers(office)
    case = office.session.get_one(Case, answer.case_id)
    assert answer.body == "Hola Cliente, te respondemos mañana a las 9:00."
    assert (answer.state, answer.author_id, answer.address) == (MessageState.PLANNED, None, ANA)
    assert case.waiting_since is not None  # a machine's answer answers nothing


def test_once_in_a_night_and_again_in_the_next(office: Outbox) -> None:
    _writes(office)
    office.now = _at(19, 3)
    _writes(office, "hola?")
    _writes(office, "buenas", sender=BEN)
    tonight = len(_answers(office))
    office.now = _at(19, 21)
    _writes(office, "sigo esperando")

    assert tonight == 2
    assert len(_answers(office)) == 3


def test_a_weekend_is_one_night_and_says_the_day(office: Outbox) -> None:
    office.now = _at(28, 14)  # a Saturday, an hour after closing
    _writes(office)
    office.now = _at(29, 11)
    _writes(office, "hola?")

    (answer,) = _answers(office)
    assert answer.body is not None
    assert answer.body.endswith("el lunes 30/11 a las 9:00.")


@pytest.mark.parametrize(
    "when", [_at(18, 12), _at(18, 19, 59), _at(21, 9)], ids=["noon", "before closing", "saturday"]
)
def test_in_hours_a_person_answers(office: Outbox, when: datetime) -> None:
    office.now = when
    _writes(office)

    assert _answers(office) == []


@pytest.mark.parametrize(
    ("leaves_at", "state"),
    [(_at(19, 8, 59), MessageState.CLAIMED), (_at(19, 9), MessageState.CANCELLED)],
)
def test_one_that_could_not_leave_at_night_does_not_leave_in_the_morning(
    office: Outbox, leaves_at: datetime, state: MessageState
) -> None:
    _writes(office)
    (answer,) = _answers(office)

    office.claim(at=leaves_at)

    assert answer.state is state
    assert answer.reason == ("night_is_over" if state is MessageState.CANCELLED else None)


def test_what_is_read_in_the_morning_is_not_answered_as_if_it_were_night(office: Outbox) -> None:
    office.inbound("¿cuánto debo?")
    office.now = _at(19, 9, 1)
    office.apply_inbound()

    assert _answers(office) == []


@pytest.mark.parametrize("word", ["BAJA", "no quiero recibir mas mensajes", "STOP"])
def test_a_no_gets_no_answer(office: Outbox, word: str) -> None:
    _writes(office, word)

    assert _answers(office) == []


@pytest.mark.parametrize("purpose", list(Purpose))
def test_who_opted_out_of_anything_gets_nothing_from_a_machine(
    office: Outbox, purpose: Purpose
) -> None:
    contact = office.contact(ANA)
    opt_out(office.session, contact.id, purpose, "operator", now=_at(17, 10))
    office.session.commit()

    _writes(office)

    assert _answers(office) == []


def test_a_tap_that_the_system_handled_waits_for_nobody_and_is_not_answered(
    office: Outbox,
) -> None:
    message = office.a_message("+5491155550009")
    office.inbound(
        "Ya pagué",
        sender="+5491155550009",
        ButtonPayload=office.payload(message, 1),
        ButtonText="Ya pagué",
    )
    office.apply_inbound()

    assert _answers(office) == []


def test_a_line_that_is_held_or_switched_off_says_nothing(office: Outbox) -> None:
    office.line.hold_reason = "63007"
    office.session.commit()
    _writes(office)
    office.line.hold_reason = None
    set_night_answer(office.session, office.line.id, active=False, text=TEXT)
    office.session.commit()
    _writes(office, "hola?")

    assert _answers(office) == []


def test_the_same_webhook_again_is_answered_once(office: Outbox) -> None:
    form = {"MessageSid": "SM" + "a" * 32}
    _writes(office, **form)
    _writes(office, **form)

    assert len(_answers(office)) == 1


def test_of_two_workers_one_answers(office: Outbox, sessions: sessionmaker[Session]) -> None:
    for n in range(6):
        office.inbound(f"hola {n}")

    def apply(_worker: int) -> None:
        with sessions.begin() as session:
            apply_inbound(
                session, parse=parse_inbound, signer=SIGNER, now=office.now, times=TIMES, limit=2
            )

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(apply, range(8)))
    office.apply_inbound()

    assert len(_answers(office)) == 1


def test_an_opt_out_wins_the_race_against_the_answer(office: Outbox) -> None:
    _writes(office)
    (answer,) = _answers(office)
    slice_id = take_slice(office.session, office.line.id, lease=ANAS_WORKER, now=office.now)
    assert slice_id is not None
    claimed = claim_slice(office.session, slice_id, lease=ANAS_WORKER, now=office.now)
    office.session.commit()

    opt_out(office.session, office.contact(ANA).id, Purpose.ALL, "word: baja", now=office.now)
    started = start_attempts(office.session, claimed, lease=ANAS_WORKER, now=office.now)

    assert [each.id for each in claimed] == [answer.id]
    assert started == {}


def test_an_opt_out_cancels_the_answer_that_has_not_left(office: Outbox) -> None:
    _writes(office)
    _writes(office, "BAJA")

    (answer,) = _answers(office)
    assert (answer.state, answer.reason) == (MessageState.CANCELLED, "opt_out")


def test_it_goes_out_at_once_though_campaigns_wait_for_morning(office: Outbox) -> None:
    _writes(office)
    (answer,) = _answers(office)

    slice_id = take_slice(office.session, office.line.id, lease=ANAS_WORKER, now=office.now)
    assert slice_id is not None
    claimed = claim_slice(office.session, slice_id, lease=ANAS_WORKER, now=office.now)

    assert [each.id for each in claimed] == [answer.id]
    assert answer.due_at == office.now
    assert timedelta(0) == office.now - answer.created_at
