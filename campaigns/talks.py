"""The talk behind a case: which line and address, and how long free text may still be written."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.errors import NoAddress
from campaigns.times import Times
from models.campaign import Campaign
from models.case import Case
from models.message import Attribution, Direction, Message
from models.people import ContactPoint, CustomerContact
from models.subscription import Subscription

_TIMES = Times()


@dataclass(frozen=True, slots=True)
class Talk:
    """One line and one address."""

    line_id: int
    contact_point_id: int


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """Until when the channel takes free text; computed from the last inbound, never stored."""

    last_inbound_at: datetime | None
    until: datetime | None

    def is_open(self, now: datetime) -> bool:
        return self.until is not None and now < self.until

    def left(self, now: datetime) -> timedelta | None:
        """None when it is closed."""
        return self.until - now if self.until is not None and now < self.until else None


def reply_window(last_inbound_at: datetime | None, times: Times = _TIMES) -> ReplyWindow:
    """We stop a little before the channel does: what is written then must still leave."""
    if last_inbound_at is None:
        return ReplyWindow(None, None)
    span = times.service_window - times.service_window_margin
    return ReplyWindow(last_inbound_at, last_inbound_at + span)


def talk_of(session: Session, case: Case) -> Talk:
    """Where a case is talked about: where its customer last wrote, else where we write to him.

    Raises:
        NoAddress: nobody has written in it, and its customer has no contact point.
    """
    wrote = session.execute(
        select(Message.line_id, Message.contact_point_id)
        .join(Attribution, Attribution.message_id == Message.id)
        .where(
            Attribution.case_id == case.id,
            Attribution.replaced_at.is_(None),
            Message.contact_point_id.is_not(None),
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    if wrote is not None and wrote.contact_point_id is not None:
        return Talk(wrote.line_id, wrote.contact_point_id)
    contact_point_id = (
        case.contact_point_id or _written_to(session, case.id) or _preferred(session, case)
    )
    if contact_point_id is None:
        raise NoAddress("case", case.id)
    line_id = session.scalars(select(Campaign.line_id).where(Campaign.id == case.campaign_id)).one()
    return Talk(line_id, contact_point_id)


def window_of(session: Session, talk: Talk, times: Times = _TIMES) -> ReplyWindow:
    """By the last message that this address wrote to this line."""
    last = session.scalar(
        select(Message.created_at)
        .where(
            Message.contact_point_id == talk.contact_point_id,
            Message.line_id == talk.line_id,
            Message.direction == Direction.IN,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    return reply_window(last, times)


def _written_to(session: Session, case_id: int) -> int | None:
    return session.scalar(
        select(Message.contact_point_id)
        .where(
            Message.case_id == case_id,
            Message.direction == Direction.OUT,
            Message.sequence.is_not(None),  # as its index has it
            Message.contact_point_id.is_not(None),
        )
        .order_by(Message.id.desc())
        .limit(1)
    )


def _preferred(session: Session, case: Case) -> int | None:
    return session.scalar(
        select(CustomerContact.contact_point_id)
        .join(Subscription, Subscription.customer_id == CustomerContact.customer_id)
        .join(ContactPoint, ContactPoint.id == CustomerContact.contact_point_id)
        .where(Subscription.id == case.subscription_id, ContactPoint.is_valid)
        .order_by(CustomerContact.preferred.desc(), CustomerContact.contact_point_id)
        .limit(1)
    )
