"""Who did not get a campaign's message: the list behind the reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from campaigns.progress_parts import GROUPS, UNKNOWN, WHY, Part, in_parts, part_of
from models.case import Case
from models.message import Direction, Message
from models.people import Customer
from models.subscription import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentRow:
    message_id: int
    case_id: int
    subscription_id: int | None
    customer_id: int | None
    customer: str | None
    group: str | None
    order: str | None
    address: str | None
    part: Part  # FAILED or UNSENT
    why: str
    at: datetime


def list_unsent(
    session: Session,
    campaign_id: int,
    *,
    limit: int,
    part: Part | None = None,
    why: str | None = None,
    after: int | None = None,
) -> list[UnsentRow]:
    """In the order of the ledger."""
    page = select(Message.id).where(*_conditions(campaign_id, part, why))
    if after is not None:
        page = page.where(Message.id > after)
    found = page.order_by(Message.id).limit(limit).subquery("page")
    statement = (
        select(Message, Case, Subscription, Customer, WHY)
        .join(found, found.c.id == Message.id)
        .join(Case, Case.id == Message.case_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .order_by(Message.id)
    )
    return [
        UnsentRow(
            message_id=message.id,
            case_id=case.id,
            subscription_id=case.subscription_id,
            customer_id=customer.id if customer else None,
            customer=customer.name if customer else None,
            group=subscription.group_code if subscription else None,
            order=subscription.order_code if subscription else None,
            address=message.address,
            part=part_of(message.state, is_replied=message.replied_at is not None),
            why=reason,
            at=message.state_at,
        )
        for message, case, subscription, customer, reason in session.execute(statement)
    ]


def every_unsent(
    session: Session,
    campaign_id: int,
    *,
    part: Part | None = None,
    why: str | None = None,
    batch: int = 1000,
) -> Iterator[UnsentRow]:
    """All of them, a batch in memory at a time."""
    after: int | None = None
    while rows := list_unsent(session, campaign_id, limit=batch, part=part, why=why, after=after):
        yield from rows
        after = rows[-1].message_id


def count_unsent(
    session: Session, campaign_id: int, *, part: Part | None = None, why: str | None = None
) -> int:
    which = _conditions(campaign_id, part, why)
    return int(session.scalar(select(func.count()).select_from(Message).where(*which)) or 0)


def _conditions(campaign_id: int, part: Part | None, why: str | None) -> list[ColumnElement[bool]]:
    which = [
        Message.campaign_id == campaign_id,
        Message.direction == Direction.OUT,
        Message.sequence == 1,
        in_parts(GROUPS["missed"] if part is None else {part}),
    ]
    if why is not None:
        which.append(WHY.in_([why]))
        if why != UNKNOWN:  # as the index says it, which has only those that are explained
            which.append(or_(Message.reason.is_not(None), Message.error_code.is_not(None)))
    return which
