"""Whose problem each of Twilio's codes is."""

import pytest

from messaging.provider import Fault
from messaging.twilio.error_codes import CODES, fault_of_post, fault_of_status, meaning_of

POSTS = [
    (429, 20429, Fault.RETRY),
    (429, None, Fault.AMBIGUOUS),
    (429, 20003, Fault.AMBIGUOUS),
    (500, 20500, Fault.AMBIGUOUS),
    (503, 20503, Fault.AMBIGUOUS),
    (502, None, Fault.AMBIGUOUS),
    (504, None, Fault.AMBIGUOUS),
    (500, 21211, Fault.AMBIGUOUS),
    (302, None, Fault.AMBIGUOUS),
    (200, None, Fault.AMBIGUOUS),
    (408, None, Fault.AMBIGUOUS),
    (401, 20003, Fault.ACCOUNT),
    (401, None, Fault.ACCOUNT),
    (403, 20003, Fault.ACCOUNT),
    (403, 20006, Fault.ACCOUNT),
    (403, 20008, Fault.ACCOUNT),
    (404, 20404, Fault.ACCOUNT),
    (404, None, Fault.ACCOUNT),
    (400, 20005, Fault.ACCOUNT),
    (400, 30002, Fault.ACCOUNT),
    *((400, code, Fault.PERMANENT) for code in (21211, 21604, 21614, 21910, 30016)),
    *((400, code, Fault.ACCOUNT) for code in (21212, 21606, 21603, 63007, 63002)),
    (400, 21408, Fault.ACCOUNT),
    (400, 21608, Fault.ACCOUNT),
    (400, 21609, Fault.ACCOUNT),
    (400, 21610, Fault.OPT_OUT),
    (400, 21611, Fault.SLOW_DOWN),
    (429, 21611, Fault.SLOW_DOWN),
    (400, 30001, Fault.SLOW_DOWN),
    *((400, code, Fault.PERMANENT) for code in (21602, 21617, 21619, 21620, 21623)),
    *((400, code, Fault.TEMPLATE) for code in (21654, 21655)),
    *((400, code, Fault.TEMPLATE) for code in (21656, 21658, 92007)),
    *((400, code, Fault.ACCOUNT) for code in (21703, 21704, 21705)),
    *((400, code, Fault.PERMANENT) for code in (35114, 35118, 35126, 14107)),
    (400, 63016, Fault.WINDOW),
    (400, 99999, Fault.PERMANENT),
    (400, None, Fault.PERMANENT),
    (422, None, Fault.PERMANENT),
]


@pytest.mark.parametrize(("status", "code", "fault"), POSTS)
def test_an_answer_to_the_post(status: int, code: int | None, fault: Fault) -> None:
    assert fault_of_post(status, code) is fault


STATUSES = [
    *((code, Fault.ACCOUNT) for code in (63001, 63008, 63020, 63022, 63026, 63038, 63051, 63101)),
    *((code, Fault.PERMANENT) for code in (63003, 63015, 63024, 63031, 63032, 63036)),
    *((code, Fault.TEMPLATE) for code in (63005, 63006, 63013, 63021, 63027, 63028)),
    *((code, Fault.TEMPLATE) for code in (63030, 63034)),
    *((code, Fault.TEMPLATE) for code in (63040, 63041, 63042, 63052)),
    *((code, Fault.RETRY) for code in (63009, 63010, 63011, 63012, 63023, 63019, 63025, 63037)),
    *((code, Fault.RETRY) for code in (63029, 30036, 30410)),
    *((code, Fault.SLOW_DOWN) for code in (63017, 63018, 63049, 30001)),
    *((code, Fault.OPT_OUT) for code in (63014, 63033, 21610)),
    (63016, Fault.WINDOW),
    (30008, Fault.PERMANENT),
    (88888, Fault.PERMANENT),
    (None, Fault.PERMANENT),
]


@pytest.mark.parametrize(("code", "fault"), STATUSES)
def test_a_failure_reported_later(code: int | None, fault: Fault) -> None:
    assert fault_of_status(code) is fault


def test_only_a_429_with_its_own_code_may_be_repeated_whatever_the_answer_says() -> None:
    for status in (302, 500, 502, 503, 504):
        assert {fault_of_post(status, code) for code in [None, *CODES]} == {Fault.AMBIGUOUS}


def test_the_codes_that_say_an_address_is_of_no_use() -> None:
    useless = {code for code, meaning in CODES.items() if meaning.bad_address}

    assert useless == {21211, 21614, 63003, 63024}


def test_every_meaning_says_something_and_when_it_comes_up() -> None:
    for meaning in CODES.values():
        assert meaning.text
        assert meaning.synchronous or meaning.asynchronous
    assert meaning_of(None) is None
