"""The inbox of stored webhook events: take the open ones in order, settle each with a word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, text, update
from sqlalchemy.orm import Session

from campaigns.locks import Kind, try_lock
from campaigns.times import Times
from models.message import EventKind, EventState, WebhookEvent

_LOCK_IDS = {EventKind.STATUS: 1, EventKind.INBOUND: 2}
_TRIES_WHILE_PARKED = 20


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as stored; ``form`` has the first value of each name."""

    id: int
    provider_sid: str | None
    message_id: int | None
    attempt: int | None
    form: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an event; a ``note`` says why when it is not plain."""

    event_id: int
    state: EventState
    note: str | None = None
    try_at: datetime | None = None
    campaign_id: int | None = None  # whose figures it changed
    case_id: int | None = None  # in which it was said
    is_talk: bool = False  # it shows in a conversation, not only in a campaign's figures


@dataclass(frozen=True, slots=True)
class Applied:
    """How one run of an applier went. ``taken`` 0: nothing to do, or another one is at it."""

    taken: int = 0
    applied: int = 0
    parked: int = 0
    ignored: int = 0
    failed: int = 0
    extra_sids: int = 0  # more than one provider id for one attempt: an alarm
    woken: tuple[int, ...] = field(default=())  # slices with messages that are due again
    campaigns: frozenset[int] = field(default=frozenset())  # whose figures may have changed
    talks: frozenset[int] = field(default=frozenset())  # of them, those with talks that did
    cases: frozenset[int] = field(default=frozenset())  # in which that was


def take_open(session: Session, kind: EventKind, *, limit: int, now: datetime) -> list[StoredEvent]:
    """The oldest open events of a kind, for this transaction alone.

    One applier at a time per kind, so that events meet their messages in order; while another
    one is at work there is nothing to take.
    """
    if not try_lock(session, Kind.APPLIER, _LOCK_IDS[kind]):
        return []
    rows = session.execute(
        select(
            WebhookEvent.id,
            WebhookEvent.provider_sid,
            WebhookEvent.message_id,
            WebhookEvent.attempt,
            WebhookEvent.form,
            WebhookEvent.received_at,
        )
        .where(WebhookEvent.kind == kind, _is_open(now))
        .order_by(WebhookEvent.id)
        .limit(limit)
    )
    return [
        StoredEvent(
            row.id,
            row.provider_sid,
            row.message_id,
            row.attempt,
            first_values(row.form),
            row.received_at,
        )
        for row in rows
    ]


def first_values(form: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """A stored form as a mapping; of a repeated name the first value, as web frameworks do."""
    values: dict[str, str] = {}
    for pair in form:
        values.setdefault(pair["name"], pair["value"])
    return values


def parked(event: StoredEvent, why: str, *, now: datetime, times: Times) -> Settled:
    """Try again soon; once `unknown_sid_wait` is over, leave it for good with its reason."""
    if now >= event.received_at + times.unknown_sid_wait:
        return Settled(event.id, EventState.IGNORED, why)
    pause = times.unknown_sid_wait / _TRIES_WHILE_PARKED
    return Settled(event.id, EventState.PARKED, why, try_at=now + pause)


def settle(session: Session, settled: Sequence[Settled], *, now: datetime) -> None:
    """Write what became of a batch of events, in one statement."""
    session.execute(
        text(_SETTLE),
        {
            "ids": [one.event_id for one in settled],
            "states": [one.state.value for one in settled],
            "notes": [one.note for one in settled],
            "tries": [one.try_at for one in settled],
            "now": now,
        },
    )


def count(settled: Sequence[Settled], *, extra_sids: int = 0, woken: Sequence[int] = ()) -> Applied:
    states = [one.state for one in settled]
    return Applied(
        taken=len(settled),
        applied=states.count(EventState.APPLIED),
        parked=states.count(EventState.PARKED),
        ignored=states.count(EventState.IGNORED),
        failed=states.count(EventState.FAILED),
        extra_sids=extra_sids,
        woken=tuple(woken),
        campaigns=frozenset(one.campaign_id for one in settled if one.campaign_id is not None),
        talks=frozenset(
            one.campaign_id
            for one in settled
            if one.campaign_id is not None and (one.is_talk or one.case_id is not None)
        ),
        cases=frozenset(one.case_id for one in settled if one.case_id is not None),
    )


def retry_failed(session: Session, *, kind: EventKind | None = None) -> int:
    """Open the failed events again, after what failed them was mended; return how many."""
    which = [WebhookEvent.state == EventState.FAILED]
    if kind is not None:
        which.append(WebhookEvent.kind == kind)
    reopened = session.execute(
        update(WebhookEvent)
        .where(*which)
        .values(state=EventState.RECEIVED, note=None, applied_at=None, try_at=None)
        .returning(WebhookEvent.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(reopened)


def _is_open(now: datetime) -> ColumnElement[bool]:
    return or_(
        WebhookEvent.state == EventState.RECEIVED,
        and_(WebhookEvent.state == EventState.PARKED, WebhookEvent.try_at <= now),
    )


_SETTLE = """
UPDATE webhook_events SET
    state = v.state,
    note = v.note,
    try_at = v.try_at,
    applied_at = CASE WHEN v.state = 'parked' THEN NULL ELSE CAST(:now AS timestamptz) END
FROM unnest(
    CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:notes AS text[]),
    CAST(:tries AS timestamptz[])
) AS v (id, state, note, try_at)
WHERE webhook_events.id = v.id
"""
