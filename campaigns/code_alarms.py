"""Codes of the provider that are in no table of ours: taken as permanent, and told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.audit import AuditEvent
from models.campaign import CampaignCount

_ACTION = "provider.unknown_code"
_KIND = "error_code"
_TOLD_AGAIN = timedelta(days=1)
_BIGGEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownCode:
    code: int
    last_at: datetime
    detail: str | None  # the provider's own words, of one of them
    messages: int  # of campaigns, that failed with it


def alarm_unknown(session: Session, code: int, detail: str | None, *, now: datetime) -> None:
    """Put it on record, once a day and code: a campaign may bring the same one ten thousand times.

    How many messages it was is counted with the other reasons, by campaign.
    """
    if not 0 <= code <= _BIGGEST:
        return
    known = select(AuditEvent.id).where(
        AuditEvent.object_kind == _KIND,
        AuditEvent.object_id == code,
        AuditEvent.at > now - _TOLD_AGAIN,
    )
    if session.execute(select(known.exists())).scalar_one():
        return
    session.add(
        AuditEvent(
            at=now, action=_ACTION, object_kind=_KIND, object_id=code, details={"detail": detail}
        )
    )
    session.flush()


def unknown_codes(session: Session, *, since: datetime) -> list[UnknownCode]:
    """What was told since then, the latest first."""
    rows = session.execute(
        select(AuditEvent.object_id, AuditEvent.at, AuditEvent.details)
        .where(
            AuditEvent.object_kind == _KIND, AuditEvent.action == _ACTION, AuditEvent.at >= since
        )
        .order_by(AuditEvent.id)
    )
    latest = {code: (at, details) for code, at, details in rows}
    if not latest:
        return []
    counted = {
        why: int(count)
        for why, count in session.execute(
            select(CampaignCount.why, func.sum(CampaignCount.delta))
            .where(CampaignCount.why.in_([str(code) for code in latest]))
            .group_by(CampaignCount.why)
        )
    }
    return [
        UnknownCode(
            code=code,
            last_at=at,
            detail=details.get("detail"),
            messages=counted.get(str(code), 0),
        )
        for code, (at, details) in sorted(latest.items(), key=lambda one: one[1][0], reverse=True)
    ]
