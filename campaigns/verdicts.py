"""Where a message goes after an attempt: decided on plain data, by what is proven."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from campaigns.brakes import Brake
from campaigns.times import Times
from messaging.provider import Fault, SendOutcome
from models.message import AttemptOutcome
from models.states import MessageState


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a message goes after an attempt."""

    state: MessageState
    due_in: timedelta | None = None  # planned: how long until the next try
    look_in: timedelta | None = None  # uncertain: how long until the first look
    reason: str | None = None


def judge(
    outcome: SendOutcome,
    times: Times,
    chance: Random,
    *,
    in_run: bool = False,
    brake: Brake | None = None,
    is_talk: bool = False,
) -> Verdict:
    """Decide by proof: what is proven not sent may go again, what is unknown never by itself.

    ``in_run``: messages beside it were refused for the same reason. ``brake``: the line is braked
    for it, and so this try does not count. ``is_talk``: a campaign that is held does not stop it.
    """
    match outcome.outcome:
        case AttemptOutcome.ACCEPTED:
            return Verdict(MessageState.ACCEPTED)
        case AttemptOutcome.UNKNOWN:
            return Verdict(MessageState.UNCERTAIN, look_in=times.first_look)
        case AttemptOutcome.NOT_SENT:
            return _again(outcome, times, chance, counts=brake is None)
        case _ if brake is Brake.REFUSED:
            return Verdict(MessageState.PLANNED, due_in=timedelta(0), reason="line_held")
        case _:
            return _refused(outcome, times, in_run=in_run, counts=brake is None, is_talk=is_talk)


def _again(outcome: SendOutcome, times: Times, chance: Random, *, counts: bool) -> Verdict:
    if outcome.http_status is None:  # nobody answered: the provider, or the road to it, is down
        first, cap, tries = times.refused_first, times.refused_cap, times.refused_tries
    else:
        first, cap, tries = times.throttled_first, times.throttled_cap, times.throttled_tries
    if outcome.attempt >= tries and counts:
        return Verdict(MessageState.FAILED, reason="tried_too_often")
    wait = min(first * 2 ** (min(outcome.attempt, tries) - 1), cap)
    return Verdict(MessageState.PLANNED, due_in=wait * chance.uniform(0.5, 1.5), reason="not_sent")


def _refused(
    outcome: SendOutcome, times: Times, *, in_run: bool, counts: bool, is_talk: bool
) -> Verdict:
    """A refusal proves that nothing was sent; whose fault it is says whether to go on."""
    alone = outcome.advice.may_be_one_row and not in_run
    match outcome.fault:
        case Fault.ACCOUNT if not alone:
            return Verdict(MessageState.PLANNED, due_in=timedelta(0), reason="line_held")
        case Fault.TEMPLATE if not alone and not is_talk:
            return Verdict(MessageState.PLANNED, due_in=timedelta(0), reason="template_held")
        case Fault.SLOW_DOWN:
            before = outcome.attempt - 1 if counts else 0
            wait = times.wait_for(outcome.advice.delay, outcome.fault, before)
            if wait is None:
                return Verdict(MessageState.FAILED, reason="tried_too_often")
            return Verdict(MessageState.PLANNED, due_in=wait, reason="slow_down")
        case Fault.OPT_OUT:
            return Verdict(MessageState.FAILED, reason="opted_out")
        case _:
            return Verdict(MessageState.FAILED)
