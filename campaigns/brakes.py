"""A run of failures that are nobody's own: the line is braked before an audience is burnt.

One connection refused, one server error, one odd refusal says nothing of the others. When half of
those that were tried side by side end alike, what comes next would too: then the line rests for a
while, or its campaigns do, or it stands until a person has looked; and what failed in the run is
tried again as if it had not been.
"""

import enum
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from campaigns.fault_runs import Alike, ends_a_run
from messaging.provider import Delay, Fault, SendOutcome
from models.message import AttemptOutcome

_RATES = frozenset({Delay.RATE, Delay.QUEUE})


class Brake(enum.StrEnum):
    """Why a line is braked; the word stands in `Line.hold_reason` and on slices."""

    NO_ANSWER = "no_answer"  # the provider, or the road to it, is down: the line rests
    THROTTLED = "throttled"  # 429 whatever we do: it rests, too
    TOO_FAST = "too_fast"  # a rate or a quota of the line: its campaigns wait, answers go out
    REFUSED = "refused"  # all of them, and we cannot say why: the line stands


RESTS = frozenset({Brake.NO_ANSWER, Brake.THROTTLED})


@dataclass(frozen=True, slots=True)
class _Sign:
    """What a failure is a sign of, with the code that others must have, too."""

    brake: Brake
    code: int | None = None
    delay: Delay | None = None


# How they must be alike, and how many of `fault_runs.OF` neighbours are a run. Where a message is
# tried many times anyway, it takes more: at half of them, one in 256 fails eight times.
RATE_RUN = 10
_RUNS = {
    Brake.NO_ANSWER: (Alike.NO_ANSWER, 14),
    Brake.THROTTLED: (Alike.NO_ANSWER, 14),
    Brake.TOO_FAST: (Alike.CODE, RATE_RUN),
    Brake.REFUSED: (Alike.CODE, 10),
}


@dataclass(frozen=True, slots=True)
class Braked:
    """Of a batch of outcomes: which messages are of a run, and what is to be done about it."""

    messages: Mapping[int, Brake]
    delay: Delay | None = None  # of a rate: how long the campaigns wait

    @property
    def brakes(self) -> frozenset[Brake]:
        return frozenset(self.messages.values())


NOTHING = Braked({})


def brakes_on(session: Session, outcomes: Sequence[SendOutcome]) -> Braked:
    """What the outcomes of one line, with those tried beside them, are a run of."""
    signs: defaultdict[_Sign, list[int]] = defaultdict(list)
    for each in outcomes:
        if (sign := _sign_of(each)) is not None:
            signs[sign].append(each.message_id)
    beside = [each.message_id for each in outcomes]
    braked: dict[int, Brake] = {}
    delay = None
    for sign, ids in signs.items():
        alike, run = _RUNS[sign.brake]
        if ends_a_run(
            session, ids[-1], sign.code, failing=ids, beside=beside, run=run, alike=alike
        ):
            braked |= dict.fromkeys(ids, sign.brake)
            delay = sign.delay or delay
    return Braked(braked, delay) if braked else NOTHING


def _sign_of(outcome: SendOutcome) -> _Sign | None:
    match outcome.outcome:
        case AttemptOutcome.NOT_SENT:
            is_throttled = outcome.http_status is not None
            return _Sign(Brake.THROTTLED if is_throttled else Brake.NO_ANSWER)
        case AttemptOutcome.UNKNOWN:
            return _Sign(Brake.NO_ANSWER)
        case AttemptOutcome.REJECTED if outcome.fault is Fault.SLOW_DOWN:
            delay = outcome.advice.delay
            return _Sign(Brake.TOO_FAST, outcome.error_code, delay) if delay in _RATES else None
        case AttemptOutcome.REJECTED if outcome.fault is Fault.PERMANENT:
            if outcome.advice.of_recipient:
                return None
            return _Sign(Brake.REFUSED, outcome.error_code)
        case _:
            return None


def is_rate(delay: Delay | None) -> bool:
    """Whether a failure with this delay is the line's rate or quota, and no person's own."""
    return delay in _RATES
