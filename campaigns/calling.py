"""Whom to call: the cases of campaigns that send nothing, which nobody has begun yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campaigns import case_holding
from campaigns.visibility import visible
from campaigns.visibility_rules import Viewer
from models.campaign import Campaign
from models.case import Case
from models.people import ContactPoint, Customer
from models.states import CampaignState, CaseState
from models.subscription import Plan, Subscription

PAGE = 50
COUNTED = 1_000
"""A longer list is not counted to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCall:
    case_id: int
    customer: str | None
    phone: str | None
    plan: str
    overdue: int
    campaign_id: int
    campaign: str
    priority: int


@dataclass(frozen=True, slots=True)
class Calls:
    rows: Sequence[ToCall]
    total: int  # `COUNTED` may be many more


def _waiting() -> list[ColumnElement[bool]]:
    return [
        Campaign.is_phone_only.is_(True),
        Campaign.state == CampaignState.RUNNING,
        Case.state == CaseState.PENDING,
        Case.operator_id.is_(None),
    ]


def read_calls(session: Session, *, campaign_id: int | None = None) -> Calls:
    """By the campaigns' priority, who owes most first; two queries."""
    which = _waiting()
    if campaign_id is not None:
        which.append(Case.campaign_id == campaign_id)
    rows = session.execute(
        select(
            Case.id,
            Case.campaign_id,
            Campaign.name.label("campaign"),
            Campaign.priority,
            Subscription.instalments_overdue,
            Plan.name.label("plan"),
            Plan.model,
            Customer.name.label("customer"),
            ContactPoint.phone,
        )
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(Subscription, Subscription.id == Case.subscription_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(ContactPoint, ContactPoint.id == Case.contact_point_id)
        .where(*which)
        .order_by(*_order())
        .limit(PAGE)
    )
    some = (
        select(Case.id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .where(*which)
        .limit(COUNTED)
        .subquery()
    )
    total = session.scalar(select(func.count()).select_from(Case).join(some, some.c.id == Case.id))
    return Calls(
        tuple(
            ToCall(
                case_id=row.id,
                customer=row.customer,
                phone=row.phone,
                plan=row.model or row.plan,
                overdue=row.instalments_overdue,
                campaign_id=row.campaign_id,
                campaign=row.campaign,
                priority=row.priority,
            )
            for row in rows
        ),
        total or 0,
    )


def next_to_call(session: Session, viewer: Viewer, *, campaign_id: int | None = None) -> int | None:
    """The first that nobody else is taking at this moment, its row locked; None: there is none."""
    statement = (
        select(Case.id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(Subscription, Subscription.id == Case.subscription_id)
        .where(*_waiting())
        .order_by(*_order())
        .limit(1)
        .with_for_update(of=Case, skip_locked=True)
    )
    if campaign_id is not None:
        statement = statement.where(Case.campaign_id == campaign_id)
    return session.scalar(visible(statement, viewer), viewer.values)


def take_next_call(
    session: Session, viewer: Viewer, *, now: datetime, campaign_id: int | None = None
) -> Case | None:
    """Take the first of the list; of two who press at once each gets his own. None: all called."""
    case_id = next_to_call(session, viewer, campaign_id=campaign_id)
    if case_id is None:
        return None
    return case_holding.take(session, case_id, by_id=viewer.user_id, seen_operator_id=None, now=now)


def campaigns_to_call(session: Session) -> list[tuple[int, str]]:
    """Running campaigns of calls."""
    rows = session.execute(
        select(Campaign.id, Campaign.name)
        .where(Campaign.is_phone_only, Campaign.state == CampaignState.RUNNING)
        .order_by(Campaign.priority, Campaign.name)
        .limit(100)
    )
    return [(row.id, row.name) for row in rows]


def _order() -> tuple[Any, ...]:
    return (Campaign.priority, Subscription.instalments_overdue.desc(), Case.id)
