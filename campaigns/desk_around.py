"""What else the address of a case may be about: its other cases and subscriptions."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from campaigns.desk_card import CaseHead
from campaigns.subscription_search import meant_by
from campaigns.talks import Talk
from campaigns.visibility import keep
from models.campaign import Campaign
from models.case import Case
from models.people import Customer, CustomerContact
from models.states import (
    CaseState,
    SubscriptionState,
)
from models.subscription import Plan, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another case of the same address: a reply may be about it."""

    case_id: int
    campaign: str
    customer: str | None
    label: str  # model or plan, group and order
    state: CaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSubscription:
    id: int
    customer: str
    label: str
    overdue: int
    state: SubscriptionState


def neighbours(session: Session, talk: Talk, *, case_id: int) -> tuple[Neighbour, ...]:
    """Every case of the address, this one too, the open ones first, then the last active."""
    of = {"contact_point_id": talk.contact_point_id, "case_id": case_id}
    return tuple(
        Neighbour(
            case_id=row.Case.id,
            campaign=row.campaign,
            customer=row.customer,
            label=_label(row.Plan, row.Subscription),
            state=row.Case.state,
        )
        for row in session.execute(_of_address(), of)
    )


@cache
def _of_address() -> Any:
    """Made once: to make it takes longer than to run it."""
    contact_point_id = bindparam("contact_point_id", type_=BigInteger)
    case_id = bindparam("case_id", type_=BigInteger)
    return keep(
        select(Case, Campaign.name.label("campaign"), Customer.name.label("customer"))
        .add_columns(Subscription, Plan)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .where(or_(Case.contact_point_id == contact_point_id, Case.id == case_id))
        .order_by(
            Case.state == CaseState.FINISHED,
            func.coalesce(Case.active_at, Case.created_at).desc(),
            Case.id.desc(),
        )
        .limit(12)
    )


def other_subscriptions(session: Session, head: CaseHead) -> tuple[OtherSubscription, ...]:
    """What else the people of this phone have; of all who use it."""
    if head.talk is None or head.subscription is None:
        return ()
    of = {"contact_point_id": head.talk.contact_point_id, "but": head.subscription.id}
    return _read(session.execute(_of_phone(), of))


@cache
def _of_phone() -> Any:
    """Made once, too."""
    people = select(CustomerContact.customer_id).where(
        CustomerContact.contact_point_id == bindparam("contact_point_id", type_=BigInteger)
    )
    return keep(
        _subscriptions().where(
            Subscription.customer_id.in_(people),
            Subscription.id != bindparam("but", type_=BigInteger),
        )
    )


def candidates(session: Session, text: str) -> tuple[OtherSubscription, ...]:
    """Subscriptions that a typed text may mean, a few."""
    meant = meant_by(text)
    if meant is None:
        return ()
    return _read(session.execute(_subscriptions().where(meant)))


def _subscriptions() -> Select[Subscription, Plan, str]:
    return (
        select(Subscription, Plan, Customer.name)
        .join(Plan, Plan.id == Subscription.plan_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .order_by(Subscription.id)
        .limit(10)
    )


def _read(rows: Iterable[Any]) -> tuple[OtherSubscription, ...]:
    return tuple(
        OtherSubscription(
            id=subscription.id,
            customer=name,
            label=_label(plan, subscription),
            overdue=subscription.instalments_overdue,
            state=subscription.state,
        )
        for subscription, plan, name in rows
    )


def _label(plan: Plan | None, subscription: Subscription | None) -> str:
    if plan is None or subscription is None:
        return ""
    name = plan.model or plan.name
    if subscription.group_code and subscription.order_code:
        return f"{name} · {subscription.group_code}/{subscription.order_code}"
    return f"{name} · {subscription.contract_number}" if subscription.contract_number else name
