"""What to ask the provider about, because it tells us at best effort: replies, silent messages.

Decided and written here; asked in `workers/polling.py`, with no transaction open meanwhile. What
is learnt goes the road of a webhook, so nothing is applied twice or in another way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.slices import slice_of
from campaigns.times import Times
from models.message import ID_BLOCK
from models.states import MessageState


@dataclass(frozen=True, slots=True)
class InboundPoll:
    """A line to list, for messages that came in within these times."""

    line_id: int
    sender: str
    since: datetime
    until: datetime


def take_inbound_poll(session: Session, *, now: datetime, times: Times) -> InboundPoll | None:
    """A line whose turn it is, put off for everybody else; None if none is due.

    After a time without polls it goes on where the last one ended, a stretch at a time. The last
    moments are left out: a webhook says more than a listing and gets the time to come first.
    """
    row = session.execute(
        text(_TAKE_LINE), {"now": now, "next": now + times.inbound_poll}
    ).one_or_none()
    if row is None:
        return None
    newest = now - times.inbound_grace
    polled_to = min(row.inbound_polled_to or newest, newest)
    since = polled_to - times.inbound_overlap
    return InboundPoll(row.id, row.sender, since, min(newest, polled_to + times.inbound_overlap))


def end_inbound_poll(session: Session, poll: InboundPoll, *, now: datetime, times: Times) -> None:
    """All of it is stored. If there is more to catch up on, the next poll is due at once."""
    behind = poll.until < now - times.inbound_grace - times.inbound_poll
    session.execute(
        text(_END_LINE),
        {"line": poll.line_id, "until": poll.until, "next": now if behind else None},
    )


@dataclass(frozen=True, slots=True)
class Silent:
    """An accepted message of which nothing was heard for long."""

    message_id: int
    sid: str
    state: MessageState
    state_at: datetime  # when it was last heard of
    sender: str


def look_after(
    session: Session, message_ids: Iterable[int], *, now: datetime, times: Times
) -> None:
    """The provider has these: should it fall silent about them, we ask.

    Kept on the slice and not on the message: a date on each of a million rows would be an index
    entry more for every step that they take.
    """
    slices = sorted({slice_of(message_id) for message_id in message_ids})
    session.execute(text(_LOOK_AFTER), {"ids": slices, "at": now + times.stuck_after})


def take_silent(session: Session, *, now: datetime, times: Times, limit: int) -> list[Silent]:
    """Messages to ask for, of slices whose turn it is, until ``limit`` is reached.

    Never a part of a slice, so at most `ID_BLOCK` more than that. A message is asked for once
    nothing was heard of it for `stuck_after`, then at twice that silence and so on, until
    `stuck_until`. Each slice is put off until its next look before anybody asks.
    """
    found: list[Silent] = []
    while len(found) < limit:
        slice_id = session.execute(text(_DUE_SLICE), {"now": now}).scalar_one_or_none()
        if slice_id is None:
            break
        ask, later = _sort(session, slice_id, now=now, times=times)
        found += ask
        session.execute(text(_PUT_OFF), {"slice": slice_id, "at": later})
    return found


def ask_soon(session: Session, message_ids: Iterable[int], *, now: datetime) -> None:
    """Nobody came to ask for these: their slices are due again, behind all others."""
    slices = sorted({slice_of(message_id) for message_id in message_ids})
    session.execute(text(_ASK_SOON), {"ids": slices, "now": now})


def _sort(
    session: Session, slice_id: int, *, now: datetime, times: Times
) -> tuple[list[Silent], datetime | None]:
    """Of a slice: what to ask for now, and when to look at it again if at all."""
    rows = session.execute(text(_OPEN), {"slice": slice_id, "last": slice_id + ID_BLOCK - 1}).all()
    ask: list[Silent] = []
    later: list[datetime] = []
    for row in rows:
        silence = now - row.state_at
        if silence >= times.stuck_until:
            continue
        if silence >= times.stuck_after:
            ask.append(
                Silent(row.id, row.provider_sid, MessageState(row.state), row.state_at, row.sender)
            )
            later.append(now + silence)
        else:
            later.append(row.state_at + times.stuck_after)
    return ask, min(later, default=None)


_TAKE_LINE = """
UPDATE lines SET inbound_poll_at = :next WHERE id = (
    SELECT id FROM lines WHERE inbound_poll_at IS NULL OR inbound_poll_at <= :now
    ORDER BY inbound_poll_at NULLS FIRST LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING id, sender, inbound_polled_to
"""

_END_LINE = """
UPDATE lines SET
    inbound_polled_to = greatest(inbound_polled_to, :until),
    inbound_poll_at = coalesce(CAST(:next AS timestamptz), inbound_poll_at)
WHERE id = :line
"""

_LOOK_AFTER = """
UPDATE send_slices SET stuck_at = :at WHERE id = ANY(CAST(:ids AS bigint[])) AND stuck_at IS NULL
"""

_DUE_SLICE = """
SELECT id FROM send_slices WHERE stuck_at <= :now
ORDER BY stuck_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""

_OPEN = """
SELECT m.id, m.provider_sid, m.state, m.state_at, l.sender
FROM messages m JOIN lines l ON l.id = m.line_id
WHERE m.id BETWEEN :slice AND :last AND m.direction = 'out'
    AND m.state IN ('accepted', 'sent') AND m.provider_sid IS NOT NULL
ORDER BY m.id
"""

_ASK_SOON = """
UPDATE send_slices SET stuck_at = least(stuck_at, :now)
WHERE id = ANY(CAST(:ids AS bigint[])) AND stuck_at IS NOT NULL
"""

_PUT_OFF = "UPDATE send_slices SET stuck_at = :at WHERE id = :slice"
