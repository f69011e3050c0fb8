"""The ladder from a reply to its case, decided on plain data."""

from datetime import UTC, datetime

import pytest

from campaigns.attribution import attribute_reply
from campaigns.reply_evidence import Evidence, Option, Sent
from messaging.inbound import InboundMessage
from models.message import Basis, Confidence

ANA, BEN = 1, 2
NOON = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
YES = Option(1, "b1_{{5}}", result_type_id=7)
STATIC = Option(2, "no_gracias", result_type_id=8)


def _sent(
    message_id: int, case_id: int | None, *, to: int = ANA, is_open: bool = True, priority: int = 2
) -> Sent:
    return Sent(message_id, to, case_id, 1, case_is_open=is_open, priority=priority, at=NOON)


def _reply(*, payload: str | None = None, quoted: str | None = None) -> InboundMessage:
    return InboundMessage(
        "SM1", "+549", "+541", "hola", "text", button_payload=payload, quoted_sid=quoted
    )


TAP = _reply(payload="b1_token", quoted="SM0")
STATIC_TAP = _reply(payload="no_gracias", quoted="SM0")
TYPED = _reply()
FIRST, SECOND = _sent(500, 10), _sent(1000, 20)

LADDER = {
    "a signed payload is exact": (
        TAP,
        Evidence(ANA, signed=FIRST, signed_position=1, options=(YES,)),
        (Basis.PAYLOAD, Confidence.EXACT, 10, 500, YES),
    ),
    "and does not wait for the sid that it quotes": (
        TAP,
        Evidence(ANA, signed=FIRST, signed_position=1, options=(YES,), quotes_unknown=True),
        (Basis.PAYLOAD, Confidence.EXACT, 10, 500, YES),
    ),
    "payload and quote agree": (
        TAP,
        Evidence(ANA, signed=FIRST, quoted=FIRST, signed_position=1, options=(YES,)),
        (Basis.PAYLOAD, Confidence.EXACT, 10, 500, YES),
    ),
    "payload and quote disagree": (
        TAP,
        Evidence(ANA, signed=FIRST, quoted=SECOND, signed_position=1, options=(YES,)),
        (Basis.AMBIGUOUS, Confidence.LOW, 10, 500, None),
    ),
    "a payload of a message to somebody else": (
        TAP,
        Evidence(
            ANA, signed=_sent(500, 10, to=BEN), signed_position=1, options=(YES,),
            recent=(SECOND,),
        ),
        (Basis.AMBIGUOUS, Confidence.LOW, 20, 1000, None),
    ),
    "a static id with the message it quotes": (
        STATIC_TAP,
        Evidence(ANA, quoted=FIRST, options=(YES, STATIC)),
        (Basis.PAYLOAD, Confidence.EXACT, 10, 500, STATIC),
    ),
    "a variable that was not filled, with the message it quotes": (
        _reply(payload="b1_{{5}}", quoted="SM0"),
        Evidence(ANA, quoted=FIRST, options=(YES, STATIC)),
        (Basis.PAYLOAD, Confidence.EXACT, 10, 500, YES),
    ),
    "a static id that the quoted version does not have": (
        _reply(payload="si", quoted="SM0"),
        Evidence(ANA, quoted=FIRST, options=(YES, STATIC)),
        (Basis.QUOTED, Confidence.EXACT, 10, 500, None),
    ),
    "a static id without a quote never sets a result": (
        _reply(payload="no_gracias"),
        Evidence(ANA, recent=(FIRST,)),
        (Basis.SINGLE, Confidence.HIGH, 10, 500, None),
    ),
    "a quote": (
        TYPED, Evidence(ANA, quoted=FIRST, recent=(SECOND,)),
        (Basis.QUOTED, Confidence.EXACT, 10, 500, None),
    ),
    "a quote of a message to somebody else": (
        TYPED, Evidence(ANA, quoted=_sent(500, 10, to=BEN)),
        (Basis.AMBIGUOUS, Confidence.LOW, 10, 500, None),
    ),
    "a quote of a message without a case counts for nothing": (
        TYPED, Evidence(ANA, quoted=_sent(500, None), recent=(SECOND,)),
        (Basis.SINGLE, Confidence.HIGH, 20, 1000, None),
    ),
    "a coupon link": (
        TYPED, Evidence(ANA, linked=(FIRST,), recent=(SECOND,)),
        (Basis.COUPON, Confidence.HIGH, 10, 500, None),
    ),
    "somebody else's coupon link": (
        TYPED, Evidence(ANA, linked=(_sent(500, 10, to=BEN),), recent=(SECOND,)),
        (Basis.AMBIGUOUS, Confidence.LOW, 20, 1000, None),
    ),
    "links of two cases": (
        TYPED, Evidence(ANA, linked=(FIRST, SECOND)),
        (Basis.AMBIGUOUS, Confidence.LOW, 20, 1000, None),
    ),
    "a quote of a message that lists several": (
        TYPED, Evidence(ANA, quoted=FIRST, beside=(_sent(500, 11),)),
        (Basis.AMBIGUOUS, Confidence.LOW, 10, 500, None),
    ),
    "the only open case": (
        TYPED, Evidence(ANA, recent=(FIRST, _sent(1500, 30, is_open=False))),
        (Basis.SINGLE, Confidence.HIGH, 10, 500, None),
    ),
    "the only finished case": (
        TYPED, Evidence(ANA, recent=(_sent(1500, 30, is_open=False),)),
        (Basis.SINGLE, Confidence.HIGH, 30, 1500, None),
    ),
    "several: the campaign's priority": (
        TYPED, Evidence(ANA, recent=(_sent(500, 10, priority=1), SECOND)),
        (Basis.AMBIGUOUS, Confidence.LOW, 10, 500, None),
    ),
    "several of one priority: the newest": (
        TYPED, Evidence(ANA, recent=(FIRST, SECOND)),
        (Basis.AMBIGUOUS, Confidence.LOW, 20, 1000, None),
    ),
    "several finished": (
        TYPED,
        Evidence(ANA, recent=(_sent(500, 10, is_open=False), _sent(1000, 20, is_open=False))),
        (Basis.AMBIGUOUS, Confidence.LOW, 20, 1000, None),
    ),
    "nothing at all": (
        TYPED, Evidence(ANA), (Basis.UNSOLICITED, Confidence.NONE, None, None, None),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "evidence", "expected"), LADDER.values(), ids=LADDER.keys())
def test_the_first_rung_that_holds_decides(
    reply: InboundMessage, evidence: Evidence, expected: tuple[object, ...]
) -> None:
    tie = attribute_reply(reply, evidence, may_wait=True)

    assert tie is not None
    assert (tie.basis, tie.confidence, tie.case_id, tie.answers_id, tie.option) == expected


def test_a_quote_that_we_do_not_know_yet_waits_and_then_counts_for_nothing() -> None:
    evidence = Evidence(ANA, quotes_unknown=True, recent=(FIRST,))

    assert attribute_reply(TYPED, evidence, may_wait=True) is None
    tie = attribute_reply(TYPED, evidence, may_wait=False)
    assert tie is not None
    assert tie.basis is Basis.SINGLE


def test_what_is_doubtful_names_the_candidates() -> None:
    tie = attribute_reply(TYPED, Evidence(ANA, recent=(FIRST, SECOND)), may_wait=True)
    odd = attribute_reply(TAP, Evidence(ANA, signed=FIRST, quoted=SECOND), may_wait=True)

    assert tie is not None
    assert odd is not None
    assert tie.note == "casos posibles: 10, 20"
    assert odd.note == "el botón es del mensaje 500 y cita el 1000; casos posibles: 10, 20"
