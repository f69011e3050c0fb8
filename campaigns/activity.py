"""Who did what to a campaign, newest first: what its audit trail says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEvent
from models.people import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    id: int
    at: datetime
    who: str | None  # None: the system
    action: str  # "campaign.pause"
    details: Mapping[str, Any]


def latest_acts(
    session: Session, campaign_id: int, *, limit: int, after: int | None = None
) -> tuple[Act, ...]:
    """``after``: only what is older than this one."""
    which = [AuditEvent.object_kind == "campaign", AuditEvent.object_id == campaign_id]
    if after is not None:
        which.append(AuditEvent.id < after)
    rows = session.execute(
        select(AuditEvent, User.name)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(*which)
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return tuple(
        Act(id=event.id, at=event.at, who=who, action=event.action, details=event.details)
        for event, who in rows
    )
