"""Real people to look at a template with, and the values it would have for one of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import personal
from messaging.templates import FIELDS
from models.coupon import Coupon
from models.people import Customer
from models.states import PAYABLE_COUPON
from models.subscription import Plan, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    subscription_id: int
    name: str
    group: str | None
    order: str | None


def sample_people(session: Session, *, today: date, limit: int = 8) -> list[Person]:
    """Those whose coupons are due next; without any, the newest subscriptions."""
    people = select(
        Subscription.id, Customer.name, Subscription.group_code, Subscription.order_code
    ).join(Customer, Customer.id == Subscription.customer_id)
    # by the date alone, which an index has: a whole portfolio may fall due on one day
    first = (
        select(Coupon.id, Coupon.due_date, Coupon.subscription_id)
        .where(Coupon.due_date >= today, Coupon.state.in_(PAYABLE_COUPON))
        .order_by(Coupon.due_date)
        .limit(limit * 3)
        .subquery("first")
    )
    due = people.join(first, first.c.subscription_id == Subscription.id).order_by(
        first.c.due_date, first.c.id
    )
    newest = people.order_by(Subscription.id.desc()).limit(limit)
    rows = session.execute(due).all() or session.execute(newest).all()
    found = {
        row.id: Person(
            subscription_id=row.id, name=row.name, group=row.group_code, order=row.order_code
        )
        for row in rows
    }
    return list(found.values())[:limit]


def values_of(
    session: Session, subscription_id: int, fields: Iterable[str], *, today: date
) -> dict[str, str]:
    """Field → what a message of today would say; a missing one is left out.

    What a campaign or the sending itself fills in has its sample. Nobody of this id: samples
    everywhere.
    """
    wanted = dict.fromkeys(fields)
    samples = {field: FIELDS[field].sample for field in wanted if field in FIELDS}
    keyed = {
        str(number): field
        for number, field in enumerate(wanted, start=1)
        if field in FIELDS and not field.startswith("campaign.") and not personal.is_derived(field)
    }
    if not keyed:
        return samples
    coupon = (
        select(Coupon)
        .where(
            Coupon.subscription_id == Subscription.id,
            Coupon.state.in_(PAYABLE_COUPON),
            Coupon.due_date >= today,
        )
        .order_by(Coupon.due_date, Coupon.id)
        .limit(1)
        .lateral("coupon")
    )
    expressions = personal.values(keyed, coupon.c, {})
    row = session.execute(
        select(*(value.label(f"v{key}") for key, value in expressions.items()))
        .select_from(Subscription)
        .join(Customer, Customer.id == Subscription.customer_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(coupon, coupon.c.subscription_id == Subscription.id)
        .where(Subscription.id == subscription_id)
    ).first()
    if row is None:
        return samples
    real = {keyed[key]: row._mapping[f"v{key}"] for key in expressions}
    values = {field: sample for field, sample in samples.items() if field not in real}
    return values | {field: value for field, value in real.items() if value}
