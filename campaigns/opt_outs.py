"""An address that wants no more messages: it wins every race against sending."""

from datetime import datetime

from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns.cancelling import cancel_messages
from campaigns.locks import lock_contact_exclusive
from models.base import UtcDateTime
from models.campaign import Campaign, CampaignType
from models.message import Attempt, Cause, Message
from models.people import OptOut, Purpose

REASON = "opt_out"
"""The `reason` of a message that an opt-out cancelled."""

# An operator's answer inside the service window is part of a talk that the customer began.
_STOPPED = (Cause.CAMPAIGN, Cause.REMINDER, Cause.AUTOMATIC)


def opt_out(
    session: Session,
    contact_point_id: int,
    purpose: Purpose,
    evidence: str,
    *,
    now: datetime,
    webhook_event_id: int | None = None,
    message_id: int | None = None,
) -> bool:
    """Write no more to this address; False if it was so already.

    Waits for attempts that are being committed, then cancels its campaign messages, reminders
    and automatic answers that have not left. ``evidence``: "word: baja", "button",
    "provider: 21610", "operator".
    """
    lock_contact_exclusive(session, contact_point_id)
    # what was committed before our lock was before us, whatever clock says when each began
    begun = (
        select(func.max(Attempt.started_at))
        .join(Message, Message.id == Attempt.message_id)
        .where(Message.contact_point_id == contact_point_id)
    )
    written_at = func.greatest(literal(now, UtcDateTime()), begun.scalar_subquery())
    added = session.execute(
        insert(OptOut)
        .values(
            contact_point_id=contact_point_id,
            purpose=purpose,
            evidence=evidence,
            webhook_event_id=webhook_event_id,
            message_id=message_id,
            created_at=written_at,
        )
        .on_conflict_do_nothing(
            index_elements=["contact_point_id", "purpose"],
            index_where=OptOut.revoked_at.is_(None),
        )
        .returning(OptOut.id)
    ).scalar_one_or_none()
    which = [Message.contact_point_id == contact_point_id, Message.cause.in_(_STOPPED)]
    if purpose is not Purpose.ALL:
        of_purpose = (
            select(Campaign.id)
            .join(CampaignType, CampaignType.id == Campaign.campaign_type_id)
            .where(CampaignType.purpose == purpose)
        )
        which.append(Message.campaign_id.in_(of_purpose))
    cancel_messages(session, which, reason=REASON, now=now)
    return added is not None


def revoke_opt_outs(session: Session, contact_point_id: int, *, now: datetime) -> int:
    """The person asked for messages again; return how many opt-outs stood. Nothing is re-sent."""
    lock_contact_exclusive(session, contact_point_id)
    revoked = session.execute(
        update(OptOut)
        .where(OptOut.contact_point_id == contact_point_id, OptOut.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(OptOut.id)
    ).all()
    return len(revoked)
