"""Subscriptions to look through, as plain data; newest first."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from campaigns.figures import figures_of, paid_since
from campaigns.subscription_search import meant_by
from campaigns.visibility import of_seen
from models.coupon import Coupon
from models.people import ContactPoint, Customer, CustomerContact, OptOut
from models.states import PAYABLE_COUPON, CouponState, SubscriptionState
from models.subscription import Plan, Subscription

MANY_OVERDUE = 3


class Arrears(enum.StrEnum):
    """How many instalments are overdue, as a filter."""

    NONE = "none"
    SOME = "some"
    ONE = "1"
    TWO = "2"
    MANY = "3"  # or more


class Reachable(enum.StrEnum):
    """Whether a campaign may write to somebody."""

    YES = "yes"
    NO_PHONE = "no_phone"
    INVALID = "invalid"  # the provider says that it has no WhatsApp
    OPTED_OUT = "opted_out"


COUNTED = 10_000
"""Nobody asks how many there are beyond so many; to count them takes longer than the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """The coupon that is due next."""

    number: int
    amount: Decimal
    currency: str
    due_date: date
    state: CouponState


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionLine:
    """One row of the list. ``number`` of ``term`` is the instalment that is due, or paid last."""

    id: int
    customer: str
    document: str | None
    plan: str
    model: str | None
    group: str | None
    order: str | None
    contract: str | None
    state: SubscriptionState
    number: int | None
    term: int | None
    overdue: int
    phone: str | None
    reachable: Reachable


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPage:
    lines: tuple[SubscriptionLine, ...]
    total: int  # COUNTED + 1: more than COUNTED
    next_after: int | None  # where the list goes on; None at its end


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoice:
    id: int
    name: str
    administrator: str


def list_subscriptions(
    session: Session,
    *,
    text: str = "",
    plan_id: int | None = None,
    arrears: Arrears | None = None,
    after: int | None = None,
    limit: int = 50,
) -> SubscriptionPage:
    """Those with a smaller id than ``after``; a ``text`` that says too little narrows nothing."""
    meant = meant_by(text, of_all=True) if text else None
    which = _narrowed(meant, plan_id, arrears)
    matching = select(Subscription.id).where(*which)
    # what is searched for is looked up once for both; a list without a search is never all read
    found = matching.subquery("found") if meant is None else matching.cte("found")
    counted = select(found.c.id).limit(COUNTED + 1).subquery("counted")
    total = select(func.count()).select_from(counted)
    page = select(found.c.id).order_by(found.c.id.desc()).limit(limit + 1)
    if after is not None:
        page = page.where(found.c.id < after)
    if meant is not None:
        rows = session.execute(page.add_columns(total.scalar_subquery())).all()
        ids = [each for each, _ in rows]
        known = rows[0][1] if rows else None
    else:
        ids, known = list(session.scalars(page)), None
    if known is None:
        known = session.scalar(total) or 0
    shown = ids[:limit]
    return SubscriptionPage(
        lines=_lines(session, shown),
        total=known,
        next_after=shown[-1] if len(ids) > limit else None,
    )


def find_subscriptions(
    session: Session, text: str, *, limit: int = 8
) -> Sequence[SubscriptionLine]:
    """The newest that a typed text may mean; none if it says too little."""
    meant = meant_by(text)
    if meant is None:
        return ()
    newest = select(Subscription.id).where(meant).order_by(Subscription.id.desc()).limit(limit)
    ids = session.scalars(newest).all()
    return _lines(session, ids)


def plan_choices(session: Session) -> Sequence[PlanChoice]:
    rows = session.execute(select(Plan).order_by(Plan.name, Plan.administrator)).scalars()
    return tuple(
        PlanChoice(id=plan.id, name=plan.name, administrator=plan.administrator) for plan in rows
    )


def _narrowed(
    meant: ColumnElement[bool] | None, plan_id: int | None, arrears: Arrears | None
) -> list[ColumnElement[bool]]:
    which = [] if meant is None else [meant]
    if plan_id is not None:
        which.append(Subscription.plan_id == plan_id)
    overdue = Subscription.instalments_overdue
    match arrears:
        case None:
            pass
        case Arrears.NONE:
            which.append(overdue == 0)
        case Arrears.SOME:
            which.append(overdue > 0)
        case Arrears.MANY:
            which.append(overdue >= MANY_OVERDUE)
        case Arrears.ONE | Arrears.TWO:
            which.append(overdue == int(arrears))
    return which


def _lines(session: Session, ids: Sequence[int]) -> tuple[SubscriptionLine, ...]:
    """Of visible ones, in the order of ``ids``; three queries."""
    if not ids:
        return ()
    rows = session.execute(of_seen(_with_contact().where(Subscription.id.in_(ids))))
    instalments, since = next_due(session, ids), paid_since(session, ids)
    lines: dict[int, SubscriptionLine] = {}
    for subscription, customer, plan, contact, silenced in rows:
        due = instalments.get(subscription.id)
        figures = figures_of(subscription, since.get(subscription.id, ()))
        lines[subscription.id] = SubscriptionLine(
            id=subscription.id,
            customer=customer.name,
            document=customer.document,
            plan=plan.name,
            model=plan.model,
            group=subscription.group_code,
            order=subscription.order_code,
            contract=subscription.contract_number,
            state=subscription.state,
            number=due.number if due else figures.paid,
            term=plan.term,
            overdue=figures.overdue,
            phone=contact.phone if contact else None,
            reachable=reachable_by(contact, silenced),
        )
    return tuple(lines[each] for each in ids if each in lines)


def _with_contact() -> Select[Subscription, Customer, Plan, ContactPoint | None, bool]:
    return (
        select(Subscription, Customer, Plan, ContactPoint, has_opted_out())
        .join(Customer, Customer.id == Subscription.customer_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(
            CustomerContact,
            and_(CustomerContact.customer_id == Customer.id, CustomerContact.preferred),
        )
        .outerjoin(ContactPoint, ContactPoint.id == CustomerContact.contact_point_id)
    )


def has_opted_out() -> ColumnElement[bool]:
    """Of the contact point of the statement it is put into."""
    return (
        select(OptOut.id)
        .where(OptOut.contact_point_id == ContactPoint.id, OptOut.revoked_at.is_(None))
        .exists()
    )


def reachable_by(contact: ContactPoint | None, silenced: bool) -> Reachable:
    """``silenced``: it has a standing opt-out."""
    if contact is None:
        return Reachable.NO_PHONE
    if silenced:
        return Reachable.OPTED_OUT
    return Reachable.YES if contact.is_valid else Reachable.INVALID


def next_due(session: Session, ids: Sequence[int]) -> dict[int, Instalment]:
    """Of each visible subscription the payable coupon that is due first."""
    rows = session.scalars(
        of_seen(
            select(Coupon)
            .where(Coupon.subscription_id.in_(ids), Coupon.state.in_(PAYABLE_COUPON))
            .order_by(Coupon.subscription_id, Coupon.due_date)
            .ext(distinct_on(Coupon.subscription_id))
        )
    )
    return {
        coupon.subscription_id: Instalment(
            number=coupon.instalment,
            amount=coupon.amount,
            currency=coupon.currency,
            due_date=coupon.due_date,
            state=coupon.state,
        )
        for coupon in rows
    }
