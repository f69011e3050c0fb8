"""The hold after a restore: nothing is sent until it is known what was sent since the backup.

A restored database is a time machine: what it takes for planned may have left long ago. So
`runtime.backup` writes the hold in the very transaction that brings the data back, on every line
for people to see, and in `restores` for the engine: no slice is taken, nothing is looked up and
no reply applied while one is open.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.errors import NothingRestored, NotReconciled
from models.restore import Restore
from models.template import Line

HOLD_REASON = (
    "Se restauró una copia de seguridad: no sale nada hasta conciliar con WhatsApp qué se envió "
    "desde entonces"
)
"""What holds every line; the same words in `HOLD`, which older code obeys too."""

IS_HELD = "EXISTS (SELECT FROM restores WHERE reconciled_at IS NULL)"

IDS_SKIPPED = 100_000_000
"""Ids of messages that a restore leaves out: as many as may have been handed out since the backup.

The links and buttons of those are signed with their ids and still in customers' phones: they must
not lead to somebody else's coupon, nor a late callback to another message.
"""

HOLD = f"""
SELECT setval('public.messages_id_seq', (last_value / 500 + {IDS_SKIPPED // 500}) * 500)
FROM public.messages_id_seq;
UPDATE public.lines SET hold_reason = '{HOLD_REASON}', held_at = clock_timestamp()
WHERE hold_reason IS NULL;
"""  # noqa: S608
"""For the transaction that restores; good for the tables of any version."""


def is_held(session: Session) -> bool:
    """Whether a restore waits to be reconciled."""
    return bool(session.execute(text(f"SELECT {IS_HELD}")).scalar_one())


def begin_hold(session: Session, *, taken_at: datetime) -> int:
    """Record a restore of what was backed up at ``taken_at``; return its id."""
    restore = Restore(taken_at=taken_at)
    session.add(restore)
    session.flush()
    note(session, "restore.begun", restore, taken_at=taken_at.isoformat())
    return restore.id


def open_restore(session: Session) -> Restore:
    """The restore that waits; of several, one upon the other, that of the oldest backup.

    Raises:
        NothingRestored: none does.
    """
    found = session.scalars(
        select(Restore).where(Restore.reconciled_at.is_(None)).order_by(Restore.taken_at).limit(1)
    ).one_or_none()
    if found is None:
        raise NothingRestored
    return found


def end_hold(session: Session, report: dict[str, Any], *, now: datetime) -> list[int]:
    """Reconciled: open what the restore held and nothing else; return those lines."""
    for restore in session.scalars(select(Restore).where(Restore.reconciled_at.is_(None))):
        restore.reconciled_at, restore.report = now, report
        note(session, "restore.reconciled", restore, **report)
    session.flush()
    opened = []
    for line in session.scalars(
        select(Line)
        .where(Line.hold_reason == HOLD_REASON)
        .order_by(Line.id)
        .with_for_update(key_share=True)
    ):
        line.hold_reason = line.held_at = None
        note(session, "line.release", line, held_for=HOLD_REASON)
        opened.append(line.id)
    return opened


def refuse_in_hold(session: Session, line_id: int) -> None:
    """Raises NotReconciled: no person may let go before it is known what was sent."""
    if is_held(session):
        raise NotReconciled(line_id)
