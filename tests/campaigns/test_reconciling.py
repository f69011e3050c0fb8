"""Which message a find is: by its text when that is unique, and else nobody's guess."""

from datetime import datetime, timedelta

import pytest

from campaigns.reconciling import Found, Open, number_of_try, pair, suspects
from models.message import Attempt, AttemptOutcome
from models.states import MessageState
from tests.conftest import NOON

HOLA, VENCE = "Hola Ana, tu cuota 14 vence mañana.", "Hola Ana, tu cuota 15 vence el viernes."
READ, FAILED = MessageState.READ, MessageState.FAILED


def _found(
    number: int, body: str = HOLA, *, minute: int = 0, state: MessageState | None = READ
) -> Found:
    at = NOON + timedelta(minutes=minute)
    return Found(number, f"SM{number}", body, at, state)


def _open(
    number: int, text: str = HOLA, *, version: int | None = 7, since: datetime | None = None
) -> Open:
    return Open(number, text, version, since)


def test_one_message_and_one_find_of_the_same_text_are_one() -> None:
    pairs = pair([_found(1)], [_open(10), _open(11, VENCE)])

    assert {message: [each.sid for each in those] for message, those in pairs.tied.items()} == {
        10: ["SM1"]
    }
    assert (pairs.doubtful, pairs.left) == ({}, [])


def test_spaces_and_what_surrounds_a_templates_body_do_not_matter() -> None:
    shown = f"Administradora\n\n{HOLA.replace(' ', '  ')}\nRespondé BAJA"

    assert list(pair([_found(1, shown)], [_open(10)]).tied) == [10]


def test_free_text_must_be_the_same_altogether() -> None:
    reply = _open(10, "Sí, te espero en la oficina", version=None)

    assert pair([_found(1, "Sí, te espero en la oficina mañana")], [reply]).tied == {}
    assert list(pair([_found(1, "Sí, te espero en la oficina")], [reply]).tied) == [10]


@pytest.mark.parametrize(
    ("finds", "messages"),
    [(1, 2), (2, 1), (2, 2)],
    ids=["one find, two messages", "two live finds, one message", "two of each"],
)
def test_the_same_text_twice_to_one_person_is_for_a_person_to_decide(
    finds: int, messages: int
) -> None:
    found = [_found(number) for number in range(1, finds + 1)]

    pairs = pair(found, [_open(10 + number) for number in range(messages)])

    assert pairs.tied == {}
    assert set(pairs.doubtful) == {10 + number for number in range(messages)}
    assert {each.sid for each in pairs.doubtful[10]} == {each.sid for each in found}


def test_failed_finds_and_a_live_one_are_the_tries_of_one_message() -> None:
    live, failed = _found(1, minute=2), _found(2, minute=1, state=FAILED)

    pairs = pair([live, failed], [_open(10)])

    assert [each.sid for each in pairs.tied[10]] == ["SM2", "SM1"]


def test_what_was_created_before_the_attempt_began_is_not_that_message() -> None:
    pairs = pair([_found(1)], [_open(10, since=NOON + timedelta(seconds=3))])

    assert (pairs.tied, [each.sid for each in pairs.left]) == ({}, ["SM1"])


def test_another_text_proves_nothing_where_the_provider_may_show_texts_otherwise() -> None:
    other = [_found(1, "algo distinto")]

    assert set(suspects(other, [_open(10)], readable=set())) == {10}
    assert suspects(other, [_open(10)], readable={7}) == {}
    assert suspects(other, [_open(10, version=None)], readable=set()) == {}


def _attempt(number: int, outcome: AttemptOutcome | None, sid: str | None = None) -> Attempt:
    started = NOON - timedelta(seconds=1)
    return Attempt(number=number, outcome=outcome, provider_sid=sid, started_at=started)


@pytest.mark.parametrize(
    ("attempts", "number"),
    [
        ([], 1),
        ([_attempt(1, None)], 1),
        ([_attempt(1, AttemptOutcome.UNKNOWN)], 1),
        ([_attempt(1, AttemptOutcome.NOT_SENT)], 2),
        ([_attempt(1, AttemptOutcome.ABSENT), _attempt(2, None)], 2),
        ([_attempt(1, AttemptOutcome.ACCEPTED, "SM9")], 2),
    ],
    ids=["none", "under way", "unknown", "refused", "second under way", "accepted before"],
)
def test_a_find_is_the_attempt_in_doubt_or_the_next(attempts: list[Attempt], number: int) -> None:
    assert number_of_try({each.number: each for each in attempts}, _found(1)) == number


def test_numbers_that_callbacks_name_are_left_to_those() -> None:
    assert number_of_try({}, _found(1), taken={1, 3}) == 2
