"""One subscription to look at: its customer, plan, phones and coupons, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.coupon_links import WITH_THE_CUSTOMER
from campaigns.errors import NotFound
from campaigns.figures import Figures, figures_of, paid_since_of_row, read_paid_since
from campaigns.subscriptions import (
    Instalment,
    Reachable,
    has_opted_out,
    next_due,
    reachable_by,
)
from models.case import Case
from models.coupon import Coupon, CouponLink, CouponVisit, VisitKind
from models.message import Message
from models.people import ContactPoint, Customer, CustomerContact
from models.states import CaseState, CouponState, SubscriptionState
from models.subscription import Plan, Subscription

_LEADS_NOWHERE = frozenset({CouponState.VOID, CouponState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    id: int
    phone: str | None
    profile_name: str | None
    preferred: bool
    reachable: Reachable
    invalid_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponLine:
    id: int
    number: int
    amount: Decimal
    currency: str
    amount_as_of: date | None
    due_date: date
    second_due_date: date | None
    state: CouponState
    paid_on: date | None
    payment_code: str | None
    links: int  # how many messages took it to the customer
    live_links: int  # those of them that lead to it still
    opened_at: datetime | None  # when the customer first pressed the button


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSheet:
    """Everything of one subscription but its story and its coupons."""

    id: int
    case_id: int | None  # where it is worked: an open case first, then the last active one
    customer_id: int
    customer: str
    document: str | None
    email: str | None
    address: str | None
    notes: str | None
    customer_external_id: str | None
    plan: str
    model: str | None
    plan_kind: str | None
    administrator: str
    term: int | None
    group: str | None
    order: str | None
    contract: str | None
    external_id: str | None
    state: SubscriptionState
    figures: Figures
    custom: tuple[tuple[str, str], ...]
    contacts: tuple[Contact, ...]
    due: Instalment | None
    others: tuple[tuple[int, str], ...]  # the customer's other subscriptions, and their plans
    created_at: datetime
    updated_at: datetime

    @property
    def number(self) -> int | None:
        return self.due.number if self.due is not None else self.figures.paid

    @property
    def reachable(self) -> Reachable:
        return self.contacts[0].reachable if self.contacts else Reachable.NO_PHONE


def get_sheet(session: Session, subscription_id: int) -> SubscriptionSheet:
    """Raises: NotFound."""
    row = session.execute(
        select(Subscription, Customer, Plan, paid_since_of_row())
        .join(Customer, Customer.id == Subscription.customer_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Subscription.id == subscription_id)
    ).one_or_none()
    if row is None:
        raise NotFound("subscription", subscription_id)
    subscription, customer, plan, since = row
    others = session.execute(
        select(Subscription.id, Plan.name)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Subscription.customer_id == customer.id, Subscription.id != subscription_id)
        .order_by(Subscription.id.desc())
        .limit(10)
    )
    worked = session.scalar(
        select(Case.id)
        .where(Case.subscription_id == subscription_id)
        .order_by(
            Case.state == CaseState.FINISHED, Case.active_at.desc().nulls_last(), Case.id.desc()
        )
        .limit(1)
    )
    return SubscriptionSheet(
        id=subscription.id,
        case_id=worked,
        customer_id=customer.id,
        customer=customer.name,
        document=customer.document,
        email=customer.email,
        address=customer.address,
        notes=customer.notes,
        customer_external_id=customer.external_id,
        plan=plan.name,
        model=plan.model,
        plan_kind=plan.kind,
        administrator=subscription.administrator,
        term=plan.term,
        group=subscription.group_code,
        order=subscription.order_code,
        contract=subscription.contract_number,
        external_id=subscription.external_id,
        state=subscription.state,
        figures=figures_of(subscription, read_paid_since(since)),
        custom=tuple((str(key), str(value)) for key, value in subscription.custom.items()),
        contacts=_contacts(session, customer.id),
        due=next_due(session, [subscription.id]).get(subscription.id),
        others=tuple((other, name) for other, name in others),
        created_at=subscription.created_at,
        updated_at=subscription.updated_at,
    )


def list_coupons(session: Session, subscription_id: int, *, now: datetime) -> Sequence[CouponLine]:
    """The latest instalment first."""
    sent = (
        select(func.count())
        .select_from(CouponLink)
        .join(Message, Message.id == CouponLink.message_id)
        .where(CouponLink.coupon_id == Coupon.id, Message.state.in_(WITH_THE_CUSTOMER))
    )
    live = sent.where(CouponLink.revoked_at.is_(None), CouponLink.expires_at > now)
    opened = (
        select(func.min(CouponVisit.at))
        .join(CouponLink, CouponLink.message_id == CouponVisit.message_id)
        .where(CouponLink.coupon_id == Coupon.id, CouponVisit.kind == VisitKind.OPEN)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Coupon, sent.scalar_subquery(), live.scalar_subquery(), opened)
        .where(Coupon.subscription_id == subscription_id)
        .order_by(Coupon.instalment.desc())
        .limit(200)
    )
    return tuple(
        CouponLine(
            id=coupon.id,
            number=coupon.instalment,
            amount=coupon.amount,
            currency=coupon.currency,
            amount_as_of=coupon.amount_as_of,
            due_date=coupon.due_date,
            second_due_date=coupon.second_due_date,
            state=_shown_state(coupon.state, links),
            paid_on=coupon.paid_on,
            payment_code=coupon.payment_code,
            links=links,
            live_links=0 if coupon.state in _LEADS_NOWHERE else leading,
            opened_at=first,
        )
        for coupon, links, leading, first in rows
    )


def _shown_state(state: CouponState, links: int) -> CouponState:
    """No send writes that its coupon was sent: it would cost a row more for each message."""
    return CouponState.SENT if state is CouponState.ISSUED and links else state


def _contacts(session: Session, customer_id: int) -> tuple[Contact, ...]:
    """The preferred one first."""
    rows = session.execute(
        select(ContactPoint, CustomerContact.preferred, has_opted_out())
        .join(CustomerContact, CustomerContact.contact_point_id == ContactPoint.id)
        .where(CustomerContact.customer_id == customer_id)
        .order_by(CustomerContact.preferred.desc(), ContactPoint.id.desc())
    )
    return tuple(
        Contact(
            id=point.id,
            phone=point.phone,
            profile_name=point.profile_name,
            preferred=preferred,
            reachable=reachable_by(point, silenced),
            invalid_reason=point.invalid_reason,
        )
        for point, preferred, silenced in rows
    )
