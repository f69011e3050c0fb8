"""A case with all that its operator needs beside the talk: customer, plan, coupon."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    Row,
    bindparam,
    case,
    func,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import LateralFromClause

from campaigns.customers import CustomerPhone
from campaigns.desk_lists import (
    coupon_values,
    coupons_of_subscription,
    phones,
    phones_of_customer,
)
from campaigns.desk_mark import mark_of_case
from campaigns.errors import NotFound
from campaigns.figures import Figures, figures_of
from campaigns.files.attachments import AttachmentLine, attached_to, lines_of
from campaigns.names import called
from campaigns.scripts import script_of_case
from campaigns.talks import ReplyWindow, Talk, reply_window
from campaigns.visibility import keep, names
from models.campaign import Campaign, CampaignType
from models.case import Case, NextAction
from models.coupon import Coupon
from models.files import StoredFile
from models.message import Attribution, Direction, Message
from models.people import ContactPoint, Customer, OptOut, Purpose, User
from models.states import (
    PAYABLE_COUPON,
    CampaignState,
    CaseState,
    CouponState,
    NextActionState,
    SubscriptionState,
)
from models.subscription import Plan, Subscription
from models.template import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponCard:
    id: int
    instalment: int
    amount: Decimal
    currency: str
    due_date: date
    second_due_date: date | None
    state: CouponState
    paid_on: date | None
    is_paid_since: bool  # a file last spoke of the subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCard:
    id: int
    plan: str
    model: str | None
    kind: str | None
    administrator: str
    term: int | None
    group: str | None
    order: str | None
    contract: str | None
    state: SubscriptionState
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCard:
    id: int
    name: str
    document: str | None
    email: str | None
    address: str | None
    notes: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHead:
    """Who, about what, in whose hands, and what may be written to him."""

    case_id: int
    state: CaseState
    is_late: bool
    waiting_since: datetime | None
    campaign_id: int
    campaign: str
    campaign_state: CampaignState
    is_phone_only: bool
    campaign_type_id: int
    type_code: str
    type_name: str
    operator_id: int | None
    operator: str | None
    passed_by: str | None  # who handed it to its holder, who has done nothing in it yet
    profile_name: str | None
    address: str | None
    talk: Talk | None
    window: ReplyWindow
    line_held: str | None
    opted_out_at: datetime | None  # and silent since
    next_action_id: int | None
    next_action: str | None
    next_action_at: datetime | None
    customer: CustomerCard | None
    subscription: SubscriptionCard | None
    coupon: CouponCard | None
    coupons: tuple[CouponCard, ...]  # all of them, the latest instalment first
    phones: tuple[CustomerPhone, ...]
    attached: tuple[AttachmentLine, ...] = ()
    newest_reply_id: int = 0  # the last message of the customer that is tied to the case
    mark: str = ""  # `desk_mark`: read before the rest of what the desk shows of the case
    script: str | None = None  # what is said in it, its names not yet filled

    @property
    def name(self) -> str:
        """The best we can call him."""
        if self.customer is not None:
            return called(self.customer.name)
        return self.profile_name or self.address or "?"


def read_head(session: Session, case_id: int) -> CaseHead:
    """One query. Raises NotFound."""
    row = session.execute(_of_case(), {"case_id": case_id}).one_or_none()
    if row is None:
        raise NotFound("case", case_id)
    return _head(row)


@cache
def _of_case() -> Any:
    """Made once: to make it takes longer than to run it."""
    wrote = (
        select(Message.line_id, Message.contact_point_id)
        .join(Attribution, Attribution.message_id == Message.id)
        .where(Attribution.case_id == Case.id, Attribution.replaced_at.is_(None))
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Case)
        .lateral("wrote")
    )
    contact_id = func.coalesce(wrote.c.contact_point_id, Case.contact_point_id)
    line_id = func.coalesce(wrote.c.line_id, Campaign.line_id)
    heard_at = (
        select(Message.created_at)
        .where(
            Message.contact_point_id == contact_id,
            Message.line_id == line_id,
            Message.direction == Direction.IN,
        )
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Case, Campaign, wrote)
        .scalar_subquery()
    )
    opted_out_at = (
        select(func.max(OptOut.created_at))
        .where(
            OptOut.contact_point_id == contact_id,
            OptOut.revoked_at.is_(None),
            OptOut.purpose.in_((Purpose.ALL, Purpose.ACCOUNT)),
        )
        .correlate(Case, Campaign, wrote)
        .scalar_subquery()
    )
    action = (
        select(NextAction.id, NextAction.what, NextAction.due_at)
        .where(NextAction.case_id == Case.id, NextAction.state == NextActionState.DUE)
        .order_by(NextAction.due_at)
        .limit(1)
        .correlate(Case)
        .lateral("action")
    )
    newest_reply = (
        select(func.max(Attribution.message_id))
        .where(Attribution.case_id == Case.id, Attribution.replaced_at.is_(None))
        .correlate(Case)
        .scalar_subquery()
    )
    coupon = _coupon_to_talk_about()
    giver = aliased(User)
    statement: Any = (
        select(
            Case,
            Campaign,
            CampaignType.code.label("type_code"),
            CampaignType.name.label("type_name"),
            Subscription,
            Plan,
            Customer,
            ContactPoint,
            User.name.label("operator"),
            giver.name.label("passed_by"),
            coupon.c.id.label("coupon_id"),
            case((Line.held_until.is_(None), Line.hold_reason)).label("line_held"),
            line_id.label("line_id"),
            attached_to(Subscription).label("attached"),
            heard_at.label("heard_at"),
            opted_out_at.label("opted_out_at"),
            action.c.id.label("action_id"),
            action.c.what,
            action.c.due_at,
            coupons_of_subscription().label("coupons"),
            phones_of_customer().label("phones"),
            newest_reply.label("newest_reply_id"),
            mark_of_case().label("mark"),
            script_of_case().label("script"),
        )
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(CampaignType, CampaignType.id == Campaign.campaign_type_id)
        .outerjoin(wrote, true())
        .join(Line, Line.id == line_id)
        .outerjoin(ContactPoint, ContactPoint.id == contact_id)
        .outerjoin(action, true())
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(coupon, true())
        .outerjoin(User, User.id == Case.operator_id)
        .outerjoin(giver, giver.id == Case.passed_by_id)
        .where(Case.id == bindparam("case_id"))
        .execution_options(**names(StoredFile))
    )
    return keep(statement)


def _coupon_to_talk_about() -> LateralFromClause:
    """The oldest that can be paid, else the last there was."""
    payable = Coupon.state.in_(PAYABLE_COUPON)
    return (
        select(Coupon.id)
        .where(Coupon.subscription_id == Subscription.id)
        .order_by(
            payable.desc(), case((payable, Coupon.due_date), else_=None), Coupon.due_date.desc()
        )
        .limit(1)
        .correlate(Subscription)
        .lateral("coupon")
    )


def _head(row: Row[*tuple[Any, ...]]) -> CaseHead:
    found: Case = row.Case
    contact: ContactPoint | None = row.ContactPoint
    opted_out = row.opted_out_at
    if opted_out is not None and row.heard_at is not None and row.heard_at > opted_out:
        opted_out = None
    coupons = tuple(
        CouponCard(**{**each, "state": CouponState(each["state"])})
        for each in coupon_values(row.coupons)
    )
    return CaseHead(
        case_id=found.id,
        state=found.state,
        is_late=found.is_late,
        waiting_since=found.waiting_since,
        campaign_id=row.Campaign.id,
        campaign=row.Campaign.name,
        campaign_state=row.Campaign.state,
        is_phone_only=row.Campaign.is_phone_only,
        campaign_type_id=row.Campaign.campaign_type_id,
        type_code=row.type_code,
        type_name=row.type_name,
        operator_id=found.operator_id,
        operator=row.operator,
        passed_by=row.passed_by,
        profile_name=contact.profile_name if contact else None,
        address=(contact.phone or contact.bsuid) if contact else None,
        talk=Talk(row.line_id, contact.id) if contact else None,
        window=reply_window(row.heard_at),
        line_held=row.line_held,
        opted_out_at=opted_out,
        next_action_id=row.action_id,
        next_action=row.what,
        next_action_at=row.due_at,
        customer=_customer(row.Customer),
        subscription=_subscription(row.Subscription, row.Plan, coupons),
        coupon=next((each for each in coupons if each.id == row.coupon_id), None),
        coupons=coupons,
        phones=phones(row.phones),
        attached=lines_of(row.attached),
        newest_reply_id=row.newest_reply_id or 0,
        mark=row.mark,
        script=row.script,
    )


def _customer(customer: Customer | None) -> CustomerCard | None:
    if customer is None:
        return None
    return CustomerCard(
        id=customer.id,
        name=customer.name,
        document=customer.document,
        email=customer.email,
        address=customer.address,
        notes=customer.notes,
    )


def _subscription(
    one: Subscription | None, plan: Plan | None, coupons: tuple[CouponCard, ...]
) -> SubscriptionCard | None:
    if one is None or plan is None:
        return None
    return SubscriptionCard(
        id=one.id,
        plan=plan.name,
        model=plan.model,
        kind=plan.kind,
        administrator=one.administrator or plan.administrator,
        term=plan.term,
        group=one.group_code,
        order=one.order_code,
        contract=one.contract_number,
        state=one.state,
        figures=figures_of(
            one, ((each.instalment, each.due_date) for each in coupons if each.is_paid_since)
        ),
    )
