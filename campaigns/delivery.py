"""What a status callback does to its message: decided on plain data, without a database.

Callbacks come late, twice, in any order, before the answer to the request, or never. So ranks
decide, not arrival, and each attempt remembers what the provider said of its own sid.
"""

from dataclasses import dataclass, field
from datetime import datetime

from campaigns.times import Times
from messaging.inbound import StatusUpdate
from messaging.provider import Fault
from models.message import AttemptOutcome
from models.states import DELIVERY_RANK, MESSAGE, MessageState

_NEVER_LEFT = frozenset({MessageState.SKIPPED, MessageState.CANCELLED})
_DUE_AGAIN = frozenset({MessageState.PLANNED, MessageState.CLAIMED})
_TRY_AGAIN = frozenset({Fault.RETRY, Fault.SLOW_DOWN})
_FAILED_RANK = DELIVERY_RANK[MessageState.FAILED]


@dataclass(slots=True)
class AttemptNow:
    number: int
    provider_sid: str | None = None
    outcome: AttemptOutcome | None = None
    error_code: int | None = None  # with an `accepted` outcome: what the provider reported later
    detail: str | None = None
    other_sids: list[str] = field(default_factory=list)
    changed: bool = False


@dataclass(slots=True)
class MessageNow:
    """An outbound message as it stands, with its attempts by number."""

    id: int
    state: MessageState
    provider_sid: str | None = None
    error_code: int | None = None
    reason: str | None = None
    due_at: datetime | None = None
    reported_failures: int = 0
    attempts: dict[int, AttemptNow] = field(default_factory=dict)
    changed: bool = False
    newly_out: bool = False  # until now nobody knew that the provider has it


@dataclass(frozen=True, slots=True)
class Effect:
    """What one callback did. ``alarm``: a person should know. ``fault``: newly reported."""

    note: str | None = None
    alarm: bool = False
    extra_sid: bool = False
    fault: Fault | None = None
    due_again: bool = False


def apply_status(
    message: MessageNow, number: int, update: StatusUpdate, *, now: datetime, times: Times
) -> Effect:
    """Apply a callback about the attempt ``number`` to ``message``, in place.

    The attempt adopts the sid if it has none. A second sid for one attempt is kept beside it and
    may only say that the message arrived.
    """
    attempt = message.attempts[number]
    extra = attempt.provider_sid not in (None, update.sid)
    if extra and update.sid not in attempt.other_sids:
        attempt.other_sids.append(update.sid)
        attempt.changed = True
    elif attempt.provider_sid is None:
        attempt.provider_sid, attempt.outcome = update.sid, AttemptOutcome.ACCEPTED
        attempt.changed = True
    if extra:
        effect = Effect() if update.fault else _forward(message, attempt, update, extra=True)
        note = effect.note or f"otro sid para el mismo intento, que tiene {attempt.provider_sid}"
        return Effect(note, alarm=True, extra_sid=True)
    if update.fault is None:
        return _forward(message, attempt, update, extra=False)
    return _failure(message, attempt, update, update.fault, now=now, times=times)


def _forward(
    message: MessageNow, attempt: AttemptNow, update: StatusUpdate, *, extra: bool
) -> Effect:
    target = update.state or MessageState.ACCEPTED
    if message.state in _NEVER_LEFT:
        return Effect("salió antes de que se cancelara", alarm=True)
    said_failed = attempt.error_code is not None and not extra
    floor = max(DELIVERY_RANK[message.state], _FAILED_RANK if said_failed else 0)
    if DELIVERY_RANK[target] <= floor:
        return Effect()
    message.newly_out = message.newly_out or DELIVERY_RANK[message.state] == 0
    in_flight = message.state is MessageState.SENDING and attempt.number < max(message.attempts)
    _move(message, target)
    message.provider_sid = message.provider_sid or update.sid
    message.error_code = message.reason = None
    if in_flight:
        return Effect("un intento anterior llegó mientras salía otro", alarm=True)
    return Effect()


def _failure(
    message: MessageNow,
    attempt: AttemptNow,
    update: StatusUpdate,
    fault: Fault,
    *,
    now: datetime,
    times: Times,
) -> Effect:
    seen_before = attempt.error_code is not None
    if not seen_before and (update.error_code is not None or update.detail is not None):
        attempt.error_code, attempt.detail = update.error_code, update.detail
        attempt.changed = True
    if attempt.number < max(message.attempts) or message.provider_sid not in (None, update.sid):
        return Effect("es de un intento anterior")
    if seen_before or message.state in _NEVER_LEFT or _rank(message) >= _FAILED_RANK:
        return Effect()
    if fault in _TRY_AGAIN:
        if message.state in _DUE_AGAIN:
            return Effect()
        wait = times.wait_for(update.advice.delay, fault, message.reported_failures)
        if wait is not None:
            _plan_again(message, update, due_at=now + wait)
            return Effect(due_again=True)
    assert update.state is not None
    _move(message, update.state)
    message.provider_sid = update.sid
    message.error_code = update.error_code
    message.reason = None  # why it had waited before is not why it failed
    return Effect(fault=fault)


def _plan_again(message: MessageNow, update: StatusUpdate, *, due_at: datetime) -> None:
    """Due again later. The attempt keeps the sid: this failure is known if it comes twice."""
    _move(message, MessageState.PLANNED)
    message.provider_sid = None
    message.error_code = update.error_code
    message.reason = "reported_failure"
    message.reported_failures += 1
    message.due_at = due_at


def _move(message: MessageNow, target: MessageState) -> None:
    MESSAGE.check(message.state, target)
    message.state = target
    message.changed = True


def _rank(message: MessageNow) -> int:
    return DELIVERY_RANK[message.state]
