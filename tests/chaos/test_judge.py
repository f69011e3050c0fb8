"""The judge can condemn: an honest run passes, and each promise is broken by one doctored fact."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.states import MessageState
from tests.chaos.evidence import Evidence, Graceful, Move, Sample, Sent, Start, Stop, Tried
from tests.chaos.judge import Bounds, judge, still_behind
from tests.conftest import NOON

SMALL = Bounds(messages=3, faults=2, kinds=2, ambiguous=1, callbacks=4, most_in_review=0)
SECOND = timedelta(seconds=1)


def _entry(number: int, message: int, attempt: int, *statuses: str, at: float = 0.0) -> Any:
    return {
        "id": number,
        "sid": f"SM{number}",
        "message": str(message),
        "attempt": str(attempt),
        "status": statuses[-1],
        "date_created": at,
        "history": [
            {"at": at + 1 + place, "status": status} for place, status in enumerate(statuses)
        ],
    }


def honest() -> Evidence:
    """Ana's arrived, Ben's failed once and was sent again, Caz wanted none."""
    return Evidence(
        audience={1: 4},
        messages=[
            Sent(10, 1, MessageState.READ, "SM1"),
            Sent(11, 1, MessageState.DELIVERED, "SM3"),
            Sent(12, 1, MessageState.CANCELLED, None),
            Sent(13, 1, MessageState.SENT, "SM4"),
        ],
        attempts=[
            Tried(10, 1, "SM1"),
            Tried(11, 1, "SM2"),
            Tried(11, 2, "SM3"),
            Tried(13, 1, "SM4"),
        ],
        moves=[
            Move(10, MessageState.PLANNED, MessageState.CLAIMED),
            Move(10, MessageState.CLAIMED, MessageState.SENDING),
            Move(10, MessageState.SENDING, MessageState.UNCERTAIN),
            Move(10, MessageState.UNCERTAIN, MessageState.READ),
            Move(11, MessageState.ACCEPTED, MessageState.PLANNED, "reported_failure"),
            Move(12, MessageState.PLANNED, MessageState.CANCELLED, "opt_out"),
        ],
        starts=[
            Start(10, 1, "campaign", 100, 1, 1000, NOON),
            Start(11, 1, "campaign", 101, 1, 1001, NOON),
            Start(11, 2, "campaign", 101, 1, 1001, NOON + 60 * SECOND),
            Start(13, 1, "campaign", 103, 1, 1003, NOON + 9 * SECOND),
        ],
        stops=[
            Stop("opt_out", 102, NOON + 5 * SECOND),
            Stop("payment", 1000, NOON + 5 * SECOND),
            Stop("opt_out", 103, NOON + 5 * SECOND),
            Stop("opt_in", 103, NOON + 6 * SECOND),
        ],
        inbound={"IN1": 1, "IN2": 1},
        failed_events=[],
        ledger=[
            _entry(1, 10, 1, "sent", "delivered", "read"),
            _entry(2, 11, 1, "sent", "failed"),
            _entry(3, 11, 2, "sent", "delivered", at=60.0),
            _entry(4, 13, 1, "sent"),
        ],
        replies=[{"sid": "IN1", "delivered": True}, {"sid": "IN2", "delivered": False}],
        posts=[{"outcome": "accepted_then_500"}, {"outcome": "accepted"}],
        callbacks={"made": 10, "lost": 3, "doubled": 2, "reordered": 1, "early": 1},
        samples=[Sample(4, {"read": 4}, {"read": 4}, True), Sample(4, {}, {}, False)],
        graceful=[Graceful((1, 2), 0)],
        faults={"kill_web": 1, "cut_broker": 1},
        read_at=1_000.0,
        patience=270.0,
    )


def _broken(evidence: Evidence) -> set[str]:
    return {check.promise for check in judge(evidence, SMALL) if not check.kept}


def test_an_honest_run_keeps_every_promise() -> None:
    assert _broken(honest()) == set()


Doctor = Callable[[Evidence], None]
_CASES: list[tuple[str, str, Doctor]] = []


def doctored(promise: str, why: str) -> Callable[[Doctor], Doctor]:
    def keep(doctor: Doctor) -> Doctor:
        _CASES.append((promise, why, doctor))
        return doctor

    return keep


SUMS = "audience = sum of the states, at every sample"
LOST = "nobody is lost"
TWICE = "no message is sent twice"
TIED = "every sid is tied to the attempt that it names"
RANKS = "every move is legal and no rank falls"
GIVEN = "our state of a message is one the provider gave it"
FINAL = "our final state is the provider's"
REPLIES = "every reply is here exactly once"
KEPT = "every reply we acknowledged is here, none twice"
STOPS = "no attempt is committed after a stop"
GRACEFUL = "who is asked to stop leaves nothing doubtful"
EVENTS = "no webhook fails in our hands"
REVIEW = "at most 0 wait for a person"
BIG = "the run was big enough to mean something"


@doctored(SUMS, "the account differs from the ledger at one moment")
def _(run: Evidence) -> None:
    run.samples.append(Sample(4, {"read": 3, "sent": 1}, {"read": 4}, True))


@doctored(SUMS, "one of the audience is in no state")
def _(run: Evidence) -> None:
    run.samples.append(Sample(4, {"read": 3}, {"read": 3}, True))


@doctored(SUMS, "there are more messages than audience, while it is planned")
def _(run: Evidence) -> None:
    run.samples.append(Sample(4, {"read": 5}, {"read": 5}, False))


@doctored(SUMS, "nobody looked")
def _(run: Evidence) -> None:
    run.samples.clear()


@doctored(LOST, "one of the audience has no message")
def _(run: Evidence) -> None:
    run.messages.pop(2)


@doctored(LOST, "a message was left uncertain")
def _(run: Evidence) -> None:
    run.messages[2] = replace(run.messages[2], state=MessageState.UNCERTAIN)


@doctored(LOST, "a message stayed planned though it was due")
def _(run: Evidence) -> None:
    run.messages[2] = replace(run.messages[2], state=MessageState.PLANNED)


@doctored(LOST, "we say accepted and the provider knows nothing of it")
def _(run: Evidence) -> None:
    run.messages[2] = Sent(12, 1, MessageState.ACCEPTED, "SM99")


@doctored(TWICE, "two live sids")
def _(run: Evidence) -> None:
    run.ledger = [*run.ledger, _entry(9, 10, 1, "sent")]


@doctored(TWICE, "a second sid before the first had failed")
def _(run: Evidence) -> None:
    run.ledger = [each for each in run.ledger if each["sid"] != "SM3"]
    run.ledger.append(_entry(3, 11, 2, "sent", "delivered", at=1.5))


@doctored(TIED, "a sid that no attempt of ours has")
def _(run: Evidence) -> None:
    run.attempts[0] = replace(run.attempts[0], provider_sid=None)


@doctored(TIED, "a sid that another attempt has")
def _(run: Evidence) -> None:
    run.attempts[1] = replace(run.attempts[1], provider_sid="SM3")
    run.attempts[2] = replace(run.attempts[2], provider_sid="SM2")


@doctored(RANKS, "a late `sent` after `read`")
def _(run: Evidence) -> None:
    run.moves.append(Move(10, MessageState.READ, MessageState.SENT))


@doctored(RANKS, "planned again though the provider never said that it failed")
def _(run: Evidence) -> None:
    run.moves.append(Move(10, MessageState.SENT, MessageState.PLANNED, "reported_failure"))


@doctored(RANKS, "planned again for another reason")
def _(run: Evidence) -> None:
    run.moves.append(Move(11, MessageState.SENT, MessageState.PLANNED, "proven_absent"))


@doctored(GIVEN, "we are ahead of the provider")
def _(run: Evidence) -> None:
    run.messages[3] = replace(run.messages[3], state=MessageState.READ)


@doctored(FINAL, "we never heard its last word")
def _(run: Evidence) -> None:
    run.messages[0] = replace(run.messages[0], state=MessageState.SENT)


def test_the_last_word_may_be_a_moment_old() -> None:
    run = honest()
    run.messages[0] = replace(run.messages[0], state=MessageState.SENT)
    run.read_at = 200.0

    assert _broken(run) == set()
    assert still_behind(run) == 1


@doctored(REPLIES, "a reply whose webhook was lost is missing")
def _(run: Evidence) -> None:
    del run.inbound["IN2"]


@doctored(KEPT, "a reply that we acknowledged is missing")
def _(run: Evidence) -> None:
    del run.inbound["IN1"]


@doctored(KEPT, "a reply is here twice")
def _(run: Evidence) -> None:
    run.inbound["IN1"] = 2


@doctored(KEPT, "a reply that nobody wrote")
def _(run: Evidence) -> None:
    run.inbound["IN3"] = 1


@doctored(STOPS, "an attempt after an opt-out")
def _(run: Evidence) -> None:
    run.stops.append(Stop("opt_out", 101, NOON + SECOND))


@doctored(STOPS, "an attempt after a second opt-out that followed a consent")
def _(run: Evidence) -> None:
    run.stops.append(Stop("opt_out", 103, NOON + 7 * SECOND))


@doctored(STOPS, "an attempt after a payment")
def _(run: Evidence) -> None:
    run.stops.append(Stop("payment", 1001, NOON + SECOND))


@doctored(STOPS, "an attempt after its campaign was cancelled")
def _(run: Evidence) -> None:
    run.stops.append(Stop("cancel", 1, NOON + SECOND))


@doctored(STOPS, "nothing was ever stopped")
def _(run: Evidence) -> None:
    run.stops.clear()


@doctored(GRACEFUL, "an attempt was left without an outcome")
def _(run: Evidence) -> None:
    run.graceful.append(Graceful((3,), 1))


@doctored(GRACEFUL, "it did not end")
def _(run: Evidence) -> None:
    run.graceful.append(Graceful((3,), 0, ended=False))


@doctored(EVENTS, "a webhook failed")
def _(run: Evidence) -> None:
    run.failed_events.append("7: KeyError('x')")


@doctored(REVIEW, "too many wait for a person")
def _(run: Evidence) -> None:
    run.messages[2] = replace(run.messages[2], state=MessageState.REVIEW)


@doctored(BIG, "too few messages")
def _(run: Evidence) -> None:
    run.ledger = [each for each in run.ledger if each["message"] != "13"]
    run.messages.pop()
    run.messages.append(Sent(13, 1, MessageState.FAILED, None))


@doctored(BIG, "too few kinds of fault")
def _(run: Evidence) -> None:
    run.faults = {"kill_web": 5}


@doctored(BIG, "no ambiguous post")
def _(run: Evidence) -> None:
    run.posts = [{"outcome": "accepted"}]


@doctored(BIG, "less than 30 % of the callbacks were lost")
def _(run: Evidence) -> None:
    run.callbacks = {**run.callbacks, "lost": 2}


@doctored(BIG, "less than 20 % of the callbacks were doubled")
def _(run: Evidence) -> None:
    run.callbacks = {**run.callbacks, "doubled": 1}


@doctored(BIG, "no callback came before its answer")
def _(run: Evidence) -> None:
    run.callbacks = {**run.callbacks, "early": 0}


@pytest.mark.parametrize(
    ("promise", "doctor"),
    [pytest.param(promise, doctor, id=f"{promise}: {why}") for promise, why, doctor in _CASES],
)
def test_one_doctored_fact_breaks_its_promise_and_no_other(promise: str, doctor: Doctor) -> None:
    run = copy.deepcopy(honest())

    doctor(run)

    assert promise in _broken(run)
    # ahead of the provider is not its last word either; a sid too many is tied to nothing
    assert _broken(run) <= {promise, *_ALSO.get(promise, ())}


_ALSO = {GIVEN: (FINAL,), TWICE: (TIED,), KEPT: (REPLIES,)}


def test_each_promise_is_broken_by_some_case() -> None:
    promises = {check.promise for check in judge(honest(), SMALL)}

    assert promises == {promise for promise, _, _ in _CASES}
