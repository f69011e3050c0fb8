"""What a run of failures does to its line: it rests, its campaigns wait, or it stands."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import guards, holding
from campaigns.brakes import RESTS, Brake, Braked
from campaigns.times import Times
from messaging.provider import Delay, Fault, SendOutcome
from models.message import Message


def brake(
    session: Session,
    outcomes: Sequence[SendOutcome],
    braked: Braked,
    *,
    now: datetime,
    times: Times,
) -> None:
    """``outcomes`` are one sender's, and so of one line."""
    line_id = session.get_one(Message, next(iter(braked.messages))).line_id
    if Brake.REFUSED in braked.brakes:
        one = next(
            each for each in outcomes if braked.messages.get(each.message_id) is Brake.REFUSED
        )
        why = f"{one.error_code or f'HTTP {one.http_status}'}: {one.detail or 'refused'}"
        holding.hold_line(session, line_id, why, now=now)
    elif Brake.TOO_FAST in braked.brakes:
        slow_down(session, line_id, braked.delay, now=now, times=times)
    else:
        _rest(session, line_id, next(iter(RESTS & braked.brakes)), now=now, times=times)


def slow_down(
    session: Session, line_id: int, delay: Delay | None, *, now: datetime, times: Times
) -> None:
    """The line's campaigns wait for its rate or quota; what people write waits a moment.

    The moment is for what a worker has claimed: it comes back, and waits with the rest.
    """
    wait = times.wait_for(delay, Fault.SLOW_DOWN, 0) or times.rate_wait
    guards.put_off_line(session, line_id, Brake.TOO_FAST, until=now + wait, now=now)
    _rest(session, line_id, Brake.TOO_FAST, now=now, times=times)


def _rest(session: Session, line_id: int, why: Brake, *, now: datetime, times: Times) -> None:
    holding.rest_line(session, line_id, why, now=now, first=times.rest_first, most=times.rest_cap)
