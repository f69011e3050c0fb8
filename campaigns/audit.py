"""Who did what: one append-only row per act."""

from typing import Any

from sqlalchemy.orm import Session

from models.audit import AuditEvent


def note(
    session: Session, action: str, record: Any, *, by_id: int | None = None, **details: Any
) -> None:
    """Append an act on ``record``; ``by_id`` None is the system."""
    session.add(
        AuditEvent(
            user_id=by_id,
            action=action,
            object_kind=type(record).__name__.lower(),
            object_id=record.id,
            details=details,
        )
    )
