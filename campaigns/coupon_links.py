"""The link a message carries to its coupon: who it belongs to, and who came along."""

import enum
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.coupons import find_result_type, usable_until
from campaigns.errors import NotFound
from campaigns.personal import first_name
from campaigns.results import record_result
from messaging.tokens import Signer, TokenKind
from models.campaign import Campaign
from models.case import Case, Channel
from models.coupon import Coupon, CouponLink, CouponVisit, VisitKind
from models.message import Basis, Message
from models.people import Customer
from models.states import COUPON, CouponState, MessageState
from models.subscription import Plan, Subscription

OPENED = "abrio_cupon"
"""The code of the system result that an opening leaves in a case, where its type has it."""


# What the customer may have in his hands, or may yet get: it has left, and nobody refused it.
WITH_THE_CUSTOMER = frozenset(
    {
        MessageState.SENDING,
        MessageState.ACCEPTED,
        MessageState.SENT,
        MessageState.DELIVERED,
        MessageState.READ,
        MessageState.UNCERTAIN,
        MessageState.REVIEW,
    }
)


class LinkState(enum.StrEnum):
    GENUINE = "genuine"
    EXPIRED = "expired"  # ours, and its time is over
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # not ours: to the customer, the same as revoked


@dataclass(frozen=True, slots=True)
class FoundLink:
    """What a token leads to. The ids are None only when it is unknown."""

    state: LinkState
    message_id: int | None = None
    coupon_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponView:
    """What the customer may see once he asked for it; nothing names him but his first name."""

    company: str
    first_name: str  # '' when it is not known
    plan: str
    instalment: int
    term: int | None  # of how many instalments
    amount: Decimal
    currency: str
    amount_as_of: date | None
    due_date: date
    second_due_date: date | None
    payment_code: str | None
    payment_url: str | None
    state: CouponState


def find_link(session: Session, token: str, signer: Signer, *, now: datetime) -> FoundLink:
    """What a token is, whoever asks. Reads alone: looking changes nothing."""
    read = signer.read(TokenKind.COUPON_LINK, token)
    if read is None:
        return FoundLink(LinkState.UNKNOWN)
    row = session.execute(
        select(CouponLink.coupon_id, CouponLink.expires_at, CouponLink.revoked_at, Coupon.state)
        .join(Coupon, Coupon.id == CouponLink.coupon_id)
        .where(CouponLink.message_id == read.message_id)
    ).one_or_none()
    if row is None:
        return FoundLink(LinkState.UNKNOWN)
    state = LinkState.GENUINE
    if row.revoked_at is not None or row.state is CouponState.VOID:
        state = LinkState.REVOKED
    elif row.expires_at <= now or row.state is CouponState.EXPIRED:
        state = LinkState.EXPIRED
    return FoundLink(state, read.message_id, row.coupon_id)


def company_of(session: Session, coupon_id: int) -> str:
    """The administrator whose plan it is, to greet with before anything else is shown."""
    row = session.execute(
        select(Subscription.administrator, Plan.administrator.label("plan_administrator"))
        .select_from(Coupon)
        .join(Subscription, Subscription.id == Coupon.subscription_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Coupon.id == coupon_id)
    ).one()
    return str(row.administrator or row.plan_administrator or "")


def view_coupon(session: Session, coupon_id: int) -> CouponView:
    """The coupon as it is now; raises NotFound."""
    row = session.execute(
        select(
            Coupon, Plan.name.label("plan"), Plan.term, first_name(Customer.name).label("called")
        )
        .join(Subscription, Subscription.id == Coupon.subscription_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .where(Coupon.id == coupon_id)
    ).one_or_none()
    if row is None:
        raise NotFound("coupon", coupon_id)
    coupon: Coupon = row.Coupon
    return CouponView(
        company=company_of(session, coupon_id),
        first_name=row.called or "",
        plan=row.plan,
        instalment=coupon.instalment,
        term=row.term,
        amount=coupon.amount,
        currency=coupon.currency,
        amount_as_of=coupon.amount_as_of,
        due_date=coupon.due_date,
        second_due_date=coupon.second_due_date,
        payment_code=coupon.payment_code,
        payment_url=coupon.payment_url,
        state=coupon.state,
    )


def record_visit(
    session: Session, message_id: int, kind: VisitKind, *, now: datetime, user_agent: str | None
) -> int | None:
    """Keep that a link was fetched or previewed; an opening is `record_open`'s."""
    return session.scalar(
        insert(CouponVisit)
        .values(message_id=message_id, kind=kind, user_agent=user_agent, at=now)
        .on_conflict_do_nothing()
        .returning(CouponVisit.id)
    )


def record_open(
    session: Session, message_id: int, *, now: datetime, user_agent: str | None
) -> bool:
    """The customer asked to see his coupon; False if he did so before.

    The coupon is opened, and so says a system result in his case if the campaign's type has one.
    """
    visit_id = record_visit(session, message_id, VisitKind.OPEN, now=now, user_agent=user_agent)
    if visit_id is None:
        return False
    case = session.execute(
        select(Case.id, Campaign.campaign_type_id)
        .join(Message, Message.case_id == Case.id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .where(Message.id == message_id)
    ).one_or_none()
    if case is not None:
        opened = find_result_type(session, case.campaign_type_id, OPENED)
        if opened is not None:
            record_result(
                session,
                case.id,
                opened,
                channel=Channel.COUPON_PAGE,
                now=now,
                evidence_visit_id=visit_id,
                basis=Basis.COUPON,
            )
    # the case before its coupon, as a receipt takes them
    coupon_id = session.scalar(
        select(CouponLink.coupon_id).where(CouponLink.message_id == message_id)
    )
    session.execute(
        update(Coupon)
        .where(Coupon.id == coupon_id, Coupon.state.in_(COUPON.sources(CouponState.OPENED)))
        .values(state=CouponState.OPENED, updated_at=now)
    )
    return True


def add_link(session: Session, message_id: int, coupon_id: int, *, zone: ZoneInfo) -> CouponLink:
    """Give a message that is not a campaign's its link; raises NotFound for the coupon."""
    coupon = session.get(Coupon, coupon_id)
    if coupon is None:
        raise NotFound("coupon", coupon_id)
    link = CouponLink(
        message_id=message_id,
        coupon_id=coupon_id,
        expires_at=usable_until(coupon.due_date, coupon.second_due_date, zone),
    )
    session.add(link)
    session.flush()
    return link


def revoke_links(
    session: Session,
    *,
    now: datetime,
    message_id: int | None = None,
    contact_point_id: int | None = None,
    campaign_id: int | None = None,
) -> int:
    """End the links of one message, one recipient or one campaign; how many that were."""
    wanted = {
        Message.id: message_id,
        Message.contact_point_id: contact_point_id,
        Message.campaign_id: campaign_id,
    }
    conditions = [column == value for column, value in wanted.items() if value is not None]
    if not conditions:
        raise ValueError("name a message, a recipient or a campaign")
    revoked = session.execute(
        update(CouponLink)
        .where(
            CouponLink.message_id.in_(select(Message.id).where(*conditions)),
            CouponLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(CouponLink.message_id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(revoked)


def revoke_links_of_coupon(session: Session, coupon_id: int, *, by_id: int, now: datetime) -> int:
    """End the links of a coupon that customers have; how many still led to it.

    Those of messages that have not left stay: they would arrive dead. Nothing is sent; the coupon
    can be sent again, with a new link.
    """
    left = select(Message.id).where(
        Message.coupon_id == coupon_id, Message.state.in_(WITH_THE_CUSTOMER)
    )
    revoked = session.execute(
        update(CouponLink)
        .where(
            CouponLink.coupon_id == coupon_id,
            CouponLink.message_id.in_(left),
            CouponLink.revoked_at.is_(None),
            CouponLink.expires_at > now,
        )
        .values(revoked_at=now)
        .returning(CouponLink.message_id),
        execution_options={"synchronize_session": False},
    ).scalars()
    ids = sorted(revoked)
    if ids:
        coupon = session.get_one(Coupon, coupon_id)
        note(session, "coupon.revoke_links", coupon, by_id=by_id, messages=ids)
    return len(ids)
