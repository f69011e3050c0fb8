"""When a range of messages is due next: what a worker takes and the sweep finds."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.message import ID_BLOCK, TO_ONE_PERSON


def slice_of(message_id: int) -> int:
    """The id of the slice that a message belongs to."""
    return message_id // ID_BLOCK * ID_BLOCK


def refresh_slices(session: Session, slice_ids: Iterable[int], *, wait: bool = True) -> None:
    """Set each slice's `next_due_at` and `reap_at` from its messages; make the row if missing.

    Call it after the messages were written, in the same transaction. Without ``wait``, a slice
    that somebody holds is left alone: right only when messages were taken off it, since a wake
    too early does no harm.
    """
    ids = sorted(set(slice_ids))
    if not ids:
        return
    held = "FOR UPDATE" if wait else "FOR UPDATE SKIP LOCKED"
    # The lock first, the figures in a later statement: so of two callers the last sees both.
    mine = session.execute(
        text(
            f"SELECT id FROM send_slices WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id {held}"  # noqa: S608
        ),
        {"ids": ids},
    ).scalars()
    locked = set(mine)
    if not wait:
        existing = session.execute(
            text("SELECT id FROM send_slices WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": ids}
        ).scalars()
        ids = sorted(locked | (set(ids) - set(existing)))
        if not ids:
            return
    session.execute(text(_REFRESH), {"ids": ids, "block": ID_BLOCK, "single": list(TO_ONE_PERSON)})


_LOOKED_AT = 200 * ID_BLOCK
"""Ids of the ledger that one look for forgotten slices reads."""


def forgotten_slices(session: Session, *, turn: int | None = None, limit: int = 100) -> list[int]:
    """Slices with a planned message that their row does not speak of: a fault of ours, if any.

    With ``turn`` only a part of the ledger is read, another one for each number, so that a look
    costs the same at any size; without, all of it.
    """
    newest = session.execute(text("SELECT max(id) FROM messages")).scalar_one() or 0
    first, last = 0, newest
    if turn is not None:
        first = turn % (newest // _LOOKED_AT + 1) * _LOOKED_AT
        last = first + _LOOKED_AT - 1
    rows = session.execute(
        text(_FORGOTTEN), {"block": ID_BLOCK, "limit": limit, "first": first, "last": last}
    )
    return list(rows.scalars())


_FORGOTTEN = """
SELECT DISTINCT m.id / :block * :block FROM messages m
LEFT JOIN send_slices s ON s.id = m.id / :block * :block
WHERE m.id BETWEEN :first AND :last AND m.state = 'planned' AND m.direction = 'out'
    AND (s.next_due_at IS NULL OR s.next_due_at > greatest(m.due_at, s.put_off_until))
    AND (s.leased_until IS NULL OR s.leased_until < clock_timestamp())
LIMIT :limit
"""

_REFRESH = """
INSERT INTO send_slices AS s
    (id, last_id, line_id, campaign_id, is_reply, next_due_at, reap_at, is_domestic)
SELECT ours.id, max(m.id), min(m.line_id), min(m.campaign_id),
       coalesce(bool_or(m.cause = ANY(CAST(:single AS text[]))), false),
       min(m.due_at) FILTER (WHERE m.state = 'planned'),
       min(m.lease_until),
       coalesce(bool_and(m.address LIKE '+54%') FILTER (WHERE m.state = 'planned'), false)
FROM unnest(CAST(:ids AS bigint[])) AS ours (id)
JOIN messages m ON m.id BETWEEN ours.id AND ours.id + :block - 1 AND m.direction = 'out'
GROUP BY ours.id
ORDER BY ours.id
ON CONFLICT (id) DO UPDATE SET
    next_due_at = CASE WHEN excluded.next_due_at IS NOT NULL
        THEN greatest(excluded.next_due_at, s.put_off_until) END,
    reap_at = excluded.reap_at
"""
