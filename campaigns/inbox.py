"""What the provider posts: stored as it came before anything else, applied afterwards.

Storing is all that the provider waits for. Only an opt-out is obeyed at once, in the same
transaction; everything else may be applied later, again, and in any order of arrival.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from campaigns.errors import DomainError
from campaigns.events import Applied, Settled, StoredEvent, count, parked, settle, take_open
from campaigns.inbound import ParseInbound, apply_reply, heed_wish, lock_senders
from campaigns.limits import Guards
from campaigns.replied import refresh_replied
from campaigns.status_updates import Outcome, ParseStatus, apply_batch
from campaigns.times import Times
from messaging.errors import MalformedWebhook
from messaging.inbound import InboundMessage
from messaging.tokens import Signer
from models.message import EventKind, EventState, WebhookEvent

log = structlog.get_logger(__name__)

# SQLSTATE: the batch tries again. A lost line, a lost race, no room or no memory, an operator.
_TRANSIENT_CLASSES = frozenset({"08", "40", "53", "57", "58"})
_TRANSIENT = frozenset({"55P03", "25006"})
_NOTE_LENGTH = 500
_GUARDS = Guards()


@dataclass(frozen=True, slots=True)
class PostedStatus:
    """A status callback as posted; ``message_id`` and ``attempt`` are what its path names."""

    form: Sequence[tuple[str, str]]
    provider_sid: str | None
    message_id: int
    attempt: int
    delivery_token: str | None = None


def store_statuses(session: Session, posted: Sequence[PostedStatus]) -> None:
    """Append status callbacks as posted, in one statement, received by the database's clock."""
    rows = [
        [
            _storable_or_none(each.provider_sid),
            each.message_id,
            each.attempt,
            json.dumps(_pairs(each.form)),
            _storable_or_none(each.delivery_token),
        ]
        for each in posted
    ]
    sids, messages, attempts, forms, tokens = map(list, zip(*rows, strict=True))
    values = {"sids": sids, "messages": messages, "attempts": attempts, "forms": forms}
    session.execute(text(_STORE_STATUSES), {**values, "tokens": tokens})


_STORE_STATUSES = """
INSERT INTO webhook_events (kind, provider_sid, message_id, attempt, form, delivery_token)
SELECT 'status', v.sid, v.message, v.attempt, CAST(v.form AS jsonb), v.token
FROM unnest(
    CAST(:sids AS text[]), CAST(:messages AS bigint[]), CAST(:attempts AS bigint[]),
    CAST(:forms AS text[]), CAST(:tokens AS text[])
) WITH ORDINALITY AS v (sid, message, attempt, form, token, place)
ORDER BY v.place
"""


def store_polled(
    session: Session, told: Sequence[tuple[str, Sequence[tuple[str, str]]]], *, now: datetime
) -> None:
    """Append statuses that we asked for, sid and form of each, in one statement."""
    rows = [
        {
            "kind": EventKind.STATUS,
            "provider_sid": sid,
            "form": _pairs(form),
            "received_at": now,
            "state": EventState.RECEIVED,
            "is_polled": True,
        }
        for sid, form in told
    ]
    if rows:
        session.execute(insert(WebhookEvent), rows)


def store_event(
    session: Session,
    kind: EventKind,
    form: Sequence[tuple[str, str]],
    *,
    now: datetime,
    provider_sid: str | None = None,
    message_id: int | None = None,
    attempt: int | None = None,
    delivery_token: str | None = None,
    reply: InboundMessage | None = None,
    signer: Signer | None = None,
    is_polled: bool = False,
) -> int:
    """Append an event as posted, ``form`` in its order with repeats; return its id.

    ``message_id`` and ``attempt`` are what a status callback's path names. ``reply`` is the form
    as read, if it could be: an opt-out in it is committed together with the event.
    ``is_polled``: we asked for it, and the form is what a listing says.
    """
    event = WebhookEvent(
        kind=kind,
        provider_sid=_storable_or_none(provider_sid),
        message_id=message_id,
        attempt=attempt,
        form=_pairs(form),
        delivery_token=_storable_or_none(delivery_token),
        received_at=now,
        state=EventState.RECEIVED,
        is_polled=is_polled,
    )
    session.add(event)
    session.flush()
    if reply is not None and signer is not None:
        heed_wish(session, event.id, reply, signer=signer, now=now)
    return event.id


def known_sids(session: Session, sids: Sequence[str]) -> set[str]:
    """Of these inbound messages, those whose event is stored: what a poll need not store again."""
    found = session.scalars(
        select(WebhookEvent.provider_sid).where(
            WebhookEvent.kind == EventKind.INBOUND, WebhookEvent.provider_sid.in_(sids)
        )
    )
    return {sid for sid in found if sid is not None}


def apply_statuses(
    session: Session, *, parse: ParseStatus, now: datetime, times: Times, limit: int = 500
) -> Applied:
    """Apply the oldest stored status callbacks, all in a few statements.

    Nothing is taken while another process applies statuses. Call it until nothing is taken.
    """
    events = take_open(session, EventKind.STATUS, limit=limit, now=now)
    if not events:
        return Applied()

    def apply(batch: Sequence[StoredEvent]) -> Outcome:
        return apply_batch(session, batch, parse, now=now, times=times)

    outcome = _together_or_apart(session, events, apply)
    settle(session, outcome.settled, now=now)
    return count(outcome.settled, extra_sids=outcome.extra_sids, woken=outcome.woken)


def apply_inbound(
    session: Session,
    *,
    parse: ParseInbound,
    signer: Signer,
    now: datetime,
    times: Times,
    guards: Guards = _GUARDS,
    limit: int = 25,
) -> Applied:
    """Apply the oldest stored messages of customers, one after the other, in order of arrival.

    Few at a time: a batch keeps senders from its people while it lasts, and when its connection is
    lost all of it is done again. With 100, cuts some seconds apart let a busy machine get nowhere.

    An event that cannot be applied is settled as failed with its reason, and the rest go on; one
    that fails as nobody expected is tried again for a while.
    """
    events = take_open(session, EventKind.INBOUND, limit=limit, now=now)
    if not events:
        return Applied()
    lock_senders(session, events, parse)
    settled = []
    for event in events:
        try:
            with session.begin_nested():
                settled.append(
                    apply_reply(
                        session,
                        event,
                        parse,
                        signer=signer,
                        now=now,
                        times=times,
                        guards=guards,
                    )
                )
        except (MalformedWebhook, DomainError) as error:
            settled.append(_failed(event, error))
        except Exception as error:
            if _is_transient(error):
                raise
            log.exception("inbound event not applied", event_id=event.id)
            settled.append(_later(event, error, now=now, times=times))
    refresh_replied(session, {each.case_id for each in settled if each.case_id is not None})
    settle(session, settled, now=now)
    return count(settled)


def _together_or_apart(
    session: Session,
    events: Sequence[StoredEvent],
    apply: Callable[[Sequence[StoredEvent]], Outcome],
) -> Outcome:
    """The whole batch at once; if that fails, one by one, so that one bad event stops no other."""
    try:
        with session.begin_nested():
            return apply(events)
    except Exception as error:
        if _is_transient(error):
            raise
        log.exception("a batch of status events failed: one by one", events=len(events))
    total = Outcome()
    for event in events:
        try:
            with session.begin_nested():
                one = apply([event])
        except Exception as error:
            if _is_transient(error):
                raise
            log.exception("status event not applied", event_id=event.id)
            one = Outcome(settled=[_failed(event, error)])
        total.settled += one.settled
        total.extra_sids += one.extra_sids
        total.woken += one.woken
    return total


def _later(event: StoredEvent, error: Exception, *, now: datetime, times: Times) -> Settled:
    """What we did not expect may be a race that is lost once: given up only when it stays."""
    again = parked(event, repr(error)[:_NOTE_LENGTH], now=now, times=times)
    return again if again.state is EventState.PARKED else _failed(event, error)


def _failed(event: StoredEvent, error: Exception) -> Settled:
    note = str(error) if isinstance(error, DomainError | MalformedWebhook) else repr(error)
    return Settled(event.id, EventState.FAILED, note[:_NOTE_LENGTH])


def _is_transient(error: Exception) -> bool:
    """A lost connection or a lost race: nobody's fault, and over when the batch tries again."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state in _TRANSIENT or state[:2] in _TRANSIENT_CLASSES


def _pairs(form: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": _storable(name), "value": _storable(value)} for name, value in form]


def _storable(value: str) -> str:
    """PostgreSQL keeps every character but NUL."""
    return value.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _storable_or_none(value: str | None) -> str | None:
    return _storable(value) if value else None
