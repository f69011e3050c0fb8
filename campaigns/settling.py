"""Settle the uncertain: look at the provider's listing, decide by proof, write.

A message whose attempt nobody answered is never sent again by itself. A callback settles it at
any time; else it is looked for twice, a grace apart. Found once: adopted. In neither: proven
absent, since the provider shows what it accepted within a minute. Anything else: a person.
"""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns.polling import look_after
from campaigns.slices import refresh_slices, slice_of
from campaigns.times import Times
from messaging.provider import ProviderMessage
from models.message import Attempt, AttemptOutcome, Message
from models.restore import ProviderFind
from models.states import DELIVERY_RANK, MESSAGE, MessageState

SEVERAL, IMPOSSIBLE, NEVER_REPEAT = (
    "several_at_the_provider",
    "listing_impossible",
    "never_repeat",
)
"""Why a person has to decide: the `reason` of a message in `review`."""

_MOST_ATTEMPTS = 8
"""Proven absent so often: something is wrong that another try will not mend."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """An uncertain message that is due a look."""

    message_id: int
    attempt: int
    started_at: datetime
    looks: int  # listings that did not have it
    to: str
    sender: str
    may_repeat: bool
    campaign_id: int | None = field(default=None, compare=False)
    names: tuple[str, ...] = field(default=(), compare=False)  # phone and BSUID, as far as known


class Finding(enum.StrEnum):
    FOUND = "found"
    ABSENT = "absent"
    NOT_UNIQUE = "not_unique"


_REQUESTS_OF_A_LOOK = 12
"""So long, each as slow as can be, doubts that were taken are left to whoever took them."""


def take_doubts(session: Session, *, now: datetime, times: Times, limit: int = 50) -> list[Doubt]:
    """Uncertain messages whose look is due, put off for everybody else while we look.

    Many at once, since one listing may serve all of them. A look that takes longer than they are
    put off is made twice, and `record_look` takes only one of them.
    """
    again = now + times.request_timeout * _REQUESTS_OF_A_LOOK
    rows = session.execute(_TAKE, {"now": now, "again": again, "limit": limit})
    return [
        Doubt(
            message_id=row.id,
            attempt=row.attempts,
            started_at=row.started_at,
            looks=row.looks,
            to=row.address,
            sender=row.sender,
            may_repeat=row.may_repeat,
            campaign_id=row.campaign_id,
            names=tuple(row.names),
        )
        for row in rows
    ]


def known_sids(session: Session, listed: Collection[ProviderMessage], doubt: Doubt) -> set[str]:
    """Those of the listed that are another attempt's, or that a person decides about."""
    sids = [each.sid for each in listed]
    rows = session.execute(
        select(Attempt.provider_sid).where(
            Attempt.provider_sid.in_(sids),
            (Attempt.message_id != doubt.message_id) | (Attempt.number != doubt.attempt),
        )
    )
    found_after_restore = session.scalars(
        select(ProviderFind.sid).where(
            ProviderFind.sid.in_(sids), ProviderFind.message_id != doubt.message_id
        )
    )
    return {sid for sid in rows.scalars() if sid} | set(found_after_restore)


def decide(
    listed: Sequence[ProviderMessage], known: Collection[str]
) -> tuple[Finding, ProviderMessage | None]:
    """What a listing around the attempt says about it; ``known`` are other attempts' sids."""
    unknown = [each for each in listed if each.sid not in known]
    if not unknown:
        return Finding.ABSENT, None
    if len(unknown) > 1:
        return Finding.NOT_UNIQUE, None
    return Finding.FOUND, unknown[0]


def was_shown_late(doubt: Doubt, found: ProviderMessage, *, times: Times) -> bool:
    """Whether a second look found what the first should have: our proof rests on its not being so.

    The first was made `first_look` after the attempt or later.
    """
    looked_at = doubt.started_at + times.first_look
    return doubt.looks > 0 and found.created_at + times.shown_within < looked_at


def record_look(
    session: Session,
    doubt: Doubt,
    finding: Finding,
    found: ProviderMessage | None,
    *,
    now: datetime,
    times: Times,
    shown: Sequence[ProviderMessage] = (),
) -> MessageState:
    """Write what a look found; return the state that the message is in after it.

    ``shown`` is what it may be, if that is several: kept for the person who decides.

    A callback that came meanwhile has settled it: nothing is changed then.
    """
    message = session.get_one(Message, doubt.message_id, with_for_update=True)
    if message.state is not MessageState.UNCERTAIN or message.attempts != doubt.attempt:
        return message.state
    if found is None and message.looks != doubt.looks:
        return message.state  # somebody else looked meanwhile, and wrote when the next one is due
    if found is not None:
        _adopt(session, message, doubt, found, now=now)
        look_after(session, [message.id], now=now, times=times)
    elif finding is Finding.NOT_UNIQUE:
        attempt = session.get_one(Attempt, (doubt.message_id, doubt.attempt))
        attempt.detail = candidates_said([each.sid for each in shown])
        _move(message, MessageState.REVIEW, SEVERAL, now=now)
    elif doubt.looks == 0:
        message.looks = 1
        message.look_at = max(doubt.started_at + times.second_look, now + _grace(times))
    else:
        _proven_absent(session, message, doubt, now=now)
    session.flush()
    refresh_slices(session, [slice_of(message.id)])
    return message.state


_SEVERAL_SAID = "el proveedor muestra varios: "


def candidates_said(sids: Sequence[str]) -> str:
    """What an attempt's `detail` says of the messages it may have become."""
    return _SEVERAL_SAID + ", ".join(sids)


def candidates_of(detail: str | None) -> tuple[str, ...]:
    """The sids that `candidates_said` put there."""
    if detail is None or not detail.startswith(_SEVERAL_SAID):
        return ()
    return tuple(filter(None, detail.removeprefix(_SEVERAL_SAID).split(", ")))


def could_not_look(session: Session, doubt: Doubt, *, now: datetime, times: Times) -> None:
    """The listing failed: look again later, and after a day leave it to a person."""
    message = session.get_one(Message, doubt.message_id, with_for_update=True)
    if message.state is not MessageState.UNCERTAIN or message.attempts != doubt.attempt:
        return
    if now - doubt.started_at > times.listing_gives_up:
        _move(message, MessageState.REVIEW, IMPOSSIBLE, now=now)
    else:
        message.look_at = now + _grace(times)


def _grace(times: Times) -> timedelta:
    return times.second_look - times.first_look


def _adopt(
    session: Session, message: Message, doubt: Doubt, found: ProviderMessage, *, now: datetime
) -> None:
    attempt = session.get_one(Attempt, (doubt.message_id, doubt.attempt))
    attempt.provider_sid = found.sid
    attempt.outcome = AttemptOutcome.ACCEPTED
    attempt.ended_at = now
    attempt.detail = "found in the provider's listing"
    message.provider_sid = found.sid
    message.error_code = found.error_code
    state = found.state or MessageState.ACCEPTED
    if DELIVERY_RANK.get(state, 0) < DELIVERY_RANK[MessageState.ACCEPTED]:
        state = MessageState.ACCEPTED
    _move(message, state, None, now=now)


def _proven_absent(session: Session, message: Message, doubt: Doubt, *, now: datetime) -> None:
    attempt = session.get_one(Attempt, (doubt.message_id, doubt.attempt))
    attempt.outcome = AttemptOutcome.ABSENT
    attempt.ended_at = now
    message.looks = 2
    if not doubt.may_repeat:
        _move(message, MessageState.REVIEW, NEVER_REPEAT, now=now)
    elif message.attempts >= _MOST_ATTEMPTS:
        _move(message, MessageState.FAILED, "tried_too_often", now=now)
    else:
        message.due_at = now
        _move(message, MessageState.PLANNED, "proven_absent", now=now)


def _move(message: Message, state: MessageState, reason: str | None, *, now: datetime) -> None:
    MESSAGE.check(message.state, state)
    message.state = state
    message.state_at = now
    message.reason = reason
    message.look_at = None


_TAKE = text(
    """
WITH due AS (
    SELECT id FROM messages
    WHERE state = 'uncertain' AND look_at <= :now
    ORDER BY look_at
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE messages m SET look_at = :again FROM due WHERE m.id = due.id
    RETURNING m.id, m.attempts, m.looks, m.address, m.line_id, m.campaign_id, m.contact_point_id
)
SELECT t.id, t.attempts, a.started_at, t.looks, t.address, l.sender,
    coalesce(c.when_uncertain, 'settle') <> 'never_repeat' AS may_repeat, t.campaign_id,
    array_remove(ARRAY[p.phone, p.bsuid], NULL) AS names
FROM taken t
JOIN attempts a ON a.message_id = t.id AND a.number = t.attempts
JOIN lines l ON l.id = t.line_id
LEFT JOIN campaigns c ON c.id = t.campaign_id
LEFT JOIN contact_points p ON p.id = t.contact_point_id
"""
)
