"""The reference's table of codes, written by hand: its classes and delays against ours."""

from datetime import timedelta

import pytest

from campaigns.times import Times
from messaging.provider import Delay, Fault
from messaging.twilio.error_codes import (
    CODES,
    Acts,
    advice_on,
    fault_of_post,
    fault_of_status,
)
from messaging.twilio.webhooks import parse_status_callback

# Letters of the reference: Retry, Permanent, Template, Account, Opt-out, Window, X ambiguous,
# S slow down (an R whose back-off is long). Two letters: either is right.
LETTERS = {
    "R": Fault.RETRY,
    "S": Fault.SLOW_DOWN,
    "P": Fault.PERMANENT,
    "T": Fault.TEMPLATE,
    "A": Fault.ACCOUNT,
    "O": Fault.OPT_OUT,
    "W": Fault.WINDOW,
    "X": Fault.AMBIGUOUS,
}
AT_THE_POST = """
20429 R   20500 X   20503 X   20003 A   20006 A   20008 A   20005 A   30002 A   20404 A
21211 P   21604 P   21614 P   21212 A   21606 A   21603 A   63007 A   63002 A   21910 P
30016 P   21408 A   21608 A   21610 O   21611 S   30001 S   21602 P   21617 P   21619 P
21620 P   21623 P   21609 A   21654 TP  21655 TP  21656 TP  21658 TP  92007 TP  21703 A
21704 A   21705 A   35114 P   35118 P   35126 P   14107 P
"""
BY_CALLBACK = """
63001 A   63003 P   63005 TP  63006 TP  63021 TP  63030 TP  63034 TP  63008 A   63020 A
63022 A   63009 R   63010 R   63012 R   63023 R   63011 R   63013 TP  63014 O   63033 O
63015 P   63016 W   63017 S   63018 S   63019 R   63025 R   63037 R   63024 P   63026 A
63027 T   63028 T   63029 R   63031 P   63032 P   63036 P   63038 A   63040 T   63041 T
63042 T   63049 S   63051 A   63052 T   63101 A   30036 R   30410 R   30003 PR  30005 PR
30006 PR  30007 PR  30008 PR
"""


def _table(text: str) -> list[tuple[int, set[Fault]]]:
    words = text.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return [(int(code), {LETTERS[letter] for letter in letters}) for code, letters in pairs]


@pytest.mark.parametrize(("code", "classes"), _table(AT_THE_POST))
def test_a_code_of_the_post_is_of_the_class_the_reference_says(
    code: int, classes: set[Fault]
) -> None:
    status = {20429: 429, 20500: 500, 20503: 503, 20404: 404}.get(code, 400)

    assert CODES[code].synchronous
    assert fault_of_post(status, code) in classes


@pytest.mark.parametrize(("code", "classes"), _table(BY_CALLBACK))
def test_a_code_of_a_callback_is_of_the_class_the_reference_says(
    code: int, classes: set[Fault]
) -> None:
    assert CODES[code].asynchronous
    assert fault_of_status(code) in classes


def test_we_hold_no_code_that_the_reference_does_not_have() -> None:
    told = {code for code, _ in _table(AT_THE_POST) + _table(BY_CALLBACK)}

    assert set(CODES) - told == {21612}  # of the test credentials


def test_only_what_may_be_tried_again_has_a_delay_and_all_of_that() -> None:
    for code, meaning in CODES.items():
        again = meaning.fault in (Fault.RETRY, Fault.SLOW_DOWN)
        assert (meaning.delay is not None) is again, code


WAITS = [
    (20429, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8]),
    (21611, [300, 600, 1200, 2400, 3600, 3600, 3600, 3600]),
    *((code, [60, 120, 240]) for code in (63009, 63010, 63011, 63012, 63023, 30036, 30410)),
    *((code, [60]) for code in (63019, 63025, 63029, 63037)),
    *((code, [3600, 4 * 3600, 16 * 3600]) for code in (63017, 63018)),
    (63049, [24 * 3600, 48 * 3600, 96 * 3600]),
]


@pytest.mark.parametrize(("code", "seconds"), WAITS)
def test_how_long_each_waits(code: int, seconds: list[float]) -> None:
    meaning, times = CODES[code], Times()

    waits: list[float] = []
    while (wait := times.wait_for(meaning.delay, meaning.fault, len(waits))) is not None:
        waits.append(wait / timedelta(seconds=1))

    assert waits == seconds


def test_one_row_does_not_speak_for_a_template_unless_the_code_does() -> None:
    at_once = {
        code
        for code, meaning in CODES.items()
        if meaning.fault is Fault.TEMPLATE and not meaning.may_be_one_row
    }

    assert at_once == {21654, 21655, 63027, 63028, 63040, 63041, 63042, 63052}
    assert CODES[63013].may_be_one_row
    assert CODES[21656].may_be_one_row


def test_of_account_faults_only_the_recipients_country_and_trial_may_be_one_row() -> None:
    one_row = {
        code
        for code, meaning in CODES.items()
        if meaning.fault is Fault.ACCOUNT and meaning.may_be_one_row
    }

    assert one_row == {21408, 21608}


@pytest.mark.parametrize("code", sorted(CODES))
def test_each_is_a_sentence_of_what_who_and_when(code: int) -> None:
    meaning = CODES[code]

    what, who, when = meaning.sentence.removesuffix(".").split(". ")
    assert what == meaning.text
    assert who
    assert when == meaning.when
    if meaning.fault is Fault.ACCOUNT:
        assert meaning.acts is Acts.ADMINISTRATOR


def test_sentences_read_well() -> None:
    assert CODES[63049].sentence == (
        "Meta no lo entregó: tope de mensajes de marketing por persona. No hay nada que hacer."
        " Se reintenta recién a las 24 horas, cada vez más espaciado."
    )
    assert CODES[63041].sentence == (
        "Meta pausó la plantilla. Lo resuelve un supervisor."
        " Nada más sale hasta que una persona libere la plantilla."
    )


def test_a_code_nobody_knows_is_permanent_and_told() -> None:
    update = parse_status_callback(
        {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "63999"}
    )

    assert (update.fault, update.advice.is_unknown) == (Fault.PERMANENT, True)
    assert not advice_on(63012).is_unknown
    assert not advice_on(None).is_unknown
    assert Delay.MINUTE is advice_on(63012).delay
