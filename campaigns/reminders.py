"""Further messages of a campaign to single cases: into the ledger, and held to all its guards.

Hours, opt-outs, the cap on unanswered messages, the pair limit, the quota and a campaign that is
paused: what holds a campaign's first message back holds these too, and payment stops them. Each
has its own place in the sequence of its case. Wake the line's workers after the commit.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.audience import MISSING_VARIABLE, NO_VALID_PHONE, OPTED_OUT
from campaigns.case_values import Filling
from campaigns.coupon_links import add_link
from campaigns.errors import NoAddress
from campaigns.slices import refresh_slices, slice_of
from campaigns.talks import Talk, talk_of
from messaging.templates import COUPON_LINK_TOKEN
from models.campaign import Campaign, CampaignType
from models.case import Case
from models.message import Cause, Direction, Message
from models.people import ContactPoint, OptOut, Purpose
from models.states import MessageState
from models.template import TemplateVersion


def talk_for(session: Session, case: Case) -> Talk | None:
    """Where a case would be written to; None: nowhere."""
    try:
        return talk_of(session, case)
    except NoAddress:
        return None


def why_not(
    session: Session, case: Case, talk: Talk | None, missing: tuple[str, ...]
) -> str | None:
    """Why this case gets no message now, in the words of planning; None: it may get one."""
    contact = session.get(ContactPoint, talk.contact_point_id) if talk else None
    if contact is None or not contact.is_valid:
        return NO_VALID_PHONE
    purpose = (
        select(CampaignType.purpose)
        .join(Campaign, Campaign.campaign_type_id == CampaignType.id)
        .where(Campaign.id == case.campaign_id)
        .scalar_subquery()
    )
    out = select(OptOut.id).where(
        OptOut.contact_point_id == contact.id,
        OptOut.revoked_at.is_(None),
        (OptOut.purpose == Purpose.ALL) | (OptOut.purpose == purpose),
    )
    if session.execute(select(out.exists())).scalar_one():
        return OPTED_OUT
    return MISSING_VARIABLE if missing else None


def write_reminder(
    session: Session,
    case: Case,
    talk: Talk | None,
    version: TemplateVersion,
    filling: Filling,
    *,
    now: datetime,
    zone: ZoneInfo,
    coupon_id: int | None,
    author_id: int | None = None,
    reason: str | None = None,
) -> int:
    """Write it, due now, or with a ``reason`` as skipped; the message's id.

    Hold the recipient's lock and the case's row. With ``coupon_id`` a payment of it stops this
    message, whether it carries a link or not.
    """
    contact = session.get(ContactPoint, talk.contact_point_id) if talk else None
    state = MessageState.PLANNED if reason is None else MessageState.SKIPPED
    variables: Mapping[str, str] = filling.variables(version.fields)
    message = Message(
        direction=Direction.OUT,
        state=state,
        line_id=talk.line_id if talk else _line_of(session, case),
        contact_point_id=contact.id if contact else None,
        address=(contact.phone or contact.bsuid) if contact else None,
        cause=Cause.REMINDER,
        case_id=case.id,
        campaign_id=case.campaign_id,
        sequence=_next_in_sequence(session, case.id),
        template_version_id=version.id,
        variables=dict(variables),
        coupon_id=coupon_id,
        author_id=author_id,
        due_at=now if reason is None else None,
        reason=reason,
        created_at=now,
        state_at=now,
    )
    session.add(message)
    session.flush()
    if reason is None:
        if coupon_id is not None and COUPON_LINK_TOKEN in version.fields.values():
            add_link(session, message.id, coupon_id, zone=zone)
        refresh_slices(session, [slice_of(message.id)])
    return message.id


def _next_in_sequence(session: Session, case_id: int) -> int:
    """Behind what the case got; never 1, which the audience of a campaign sums to."""
    last = session.scalar(
        select(func.max(Message.sequence)).where(
            Message.case_id == case_id,
            Message.direction == Direction.OUT,
            Message.sequence.is_not(None),
        )
    )
    return max(last or 1, 1) + 1


def _line_of(session: Session, case: Case) -> int:
    return session.scalars(select(Campaign.line_id).where(Campaign.id == case.campaign_id)).one()
