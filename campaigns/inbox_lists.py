"""What came in and what was made of it, as plain data to read; newest first."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from campaigns.result_standing import is_superseded
from models.campaign import Campaign, ResultType
from models.case import Case, Result
from models.message import Attribution, Direction, EventKind, EventState, Message, WebhookEvent
from models.people import ContactPoint, Customer, User
from models.states import CaseState
from models.subscription import Subscription


@dataclass(frozen=True, slots=True)
class EventLine:
    id: int
    kind: str
    state: str
    received_at: datetime
    provider_sid: str | None
    message_id: int | None
    attempt: int | None
    try_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """A message from a customer, the case it was tied to, why, and what it came to."""

    message_id: int
    received_at: datetime
    sender: str
    body: str
    kind: str
    state: str
    case_id: int | None
    campaign: str | None
    basis: str | None
    confidence: str | None
    answers_id: int | None
    result: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class CaseLine:
    id: int
    campaign_id: int
    campaign: str
    customer: str | None  # None: somebody we cannot name yet
    contract: str | None
    address: str | None
    state: str
    waiting_since: datetime | None
    is_late: bool
    operator: str | None
    last_result: str | None


@dataclass(frozen=True, slots=True)
class ResultLine:
    id: int
    at: datetime
    case_id: int
    campaign: str
    customer: str | None
    result: str
    value_date: date | None
    amount: Decimal | None
    currency: str | None
    value_integer: int | None
    value_text: str | None  # of a choice, what the screen says
    channel: str
    by: str | None  # None: the system
    basis: str | None
    stands: bool
    supersedes_id: int | None
    evidence_message_id: int | None
    note: str | None


def count_events(session: Session) -> dict[tuple[EventKind, EventState], int]:
    """How many events of each kind are in each state."""
    rows = session.execute(
        select(WebhookEvent.kind, WebhookEvent.state, func.count()).group_by(
            WebhookEvent.kind, WebhookEvent.state
        )
    )
    return {(kind, state): number for kind, state, number in rows}


def list_events(
    session: Session,
    *,
    kind: EventKind | None = None,
    state: EventState | None = None,
    limit: int = 50,
) -> list[EventLine]:
    which: list[ColumnElement[bool]] = []
    if kind is not None:
        which.append(WebhookEvent.kind == kind)
    if state is not None:
        which.append(WebhookEvent.state == state)
    events = session.scalars(
        select(WebhookEvent).where(*which).order_by(WebhookEvent.id.desc()).limit(limit)
    )
    return [
        EventLine(
            event.id,
            event.kind,
            event.state,
            event.received_at,
            event.provider_sid,
            event.message_id,
            event.attempt,
            event.try_at,
            event.note,
        )
        for event in events
    ]


def list_replies(
    session: Session, *, campaign_id: int | None = None, limit: int = 50
) -> list[ReplyLine]:
    which: list[ColumnElement[bool]] = [Message.direction == Direction.IN]
    if campaign_id is not None:
        which.append(Case.campaign_id == campaign_id)
    rows = session.execute(
        select(Message, Attribution, Campaign.name, ResultType.name)
        .outerjoin(
            Attribution,
            and_(Attribution.message_id == Message.id, Attribution.replaced_at.is_(None)),
        )
        .outerjoin(Case, Case.id == Attribution.case_id)
        .outerjoin(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(
            Result,
            and_(
                Result.evidence_message_id == Message.id,
                Result.revoked_at.is_(None),
                ~is_superseded(),
            ),
        )
        .outerjoin(ResultType, ResultType.id == Result.result_type_id)
        .where(*which)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return [
        ReplyLine(
            message_id=message.id,
            received_at=message.created_at,
            sender=message.address or "",
            body=message.button_text or message.body or "",
            kind=message.kind or "",
            state=message.state,
            case_id=tie.case_id if tie else None,
            campaign=campaign,
            basis=tie.basis if tie else None,
            confidence=tie.confidence if tie else None,
            answers_id=tie.answers_id if tie else None,
            result=result,
            note=tie.note if tie else None,
        )
        for message, tie, campaign, result in rows
    ]


def list_cases(
    session: Session,
    *,
    campaign_id: int | None = None,
    waiting: bool = False,
    state: CaseState | None = None,
    limit: int = 50,
) -> list[CaseLine]:
    """Those that wait for a person first, the longest wait at the top; then the newest."""
    which: list[ColumnElement[bool]] = []
    if campaign_id is not None:
        which.append(Case.campaign_id == campaign_id)
    if waiting:
        which.append(Case.waiting_since.is_not(None))
    if state is not None:
        which.append(Case.state == state)
    later = aliased(Result)
    newest = (
        select(ResultType.name)
        .join(later, later.result_type_id == ResultType.id)
        .where(later.case_id == Case.id, later.revoked_at.is_(None))
        .order_by(later.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    written_to = (
        select(Message.address)
        .where(Message.case_id == Case.id)
        .order_by(Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Case, Campaign.name, Customer.name, Subscription, ContactPoint, User.name)
        .add_columns(newest, written_to)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(ContactPoint, ContactPoint.id == Case.contact_point_id)
        .outerjoin(User, User.id == Case.operator_id)
        .where(*which)
        .order_by(Case.waiting_since.asc().nulls_last(), Case.id.desc())
        .limit(limit)
    )
    return [
        CaseLine(
            id=case.id,
            campaign_id=case.campaign_id,
            campaign=campaign,
            customer=customer or (contact.profile_name if contact else None),
            contract=_contract(subscription),
            address=(contact.phone or contact.bsuid) if contact else address,
            state=case.state,
            waiting_since=case.waiting_since,
            is_late=case.is_late,
            operator=operator,
            last_result=result,
        )
        for case, campaign, customer, subscription, contact, operator, result, address in rows
    ]


def list_results(
    session: Session,
    *,
    campaign_id: int | None = None,
    standing: bool = False,
    limit: int = 50,
) -> list[ResultLine]:
    """Every result record; with ``standing``, without those superseded or revoked."""
    which: list[ColumnElement[bool]] = []
    if campaign_id is not None:
        which.append(Case.campaign_id == campaign_id)
    gone = or_(Result.revoked_at.is_not(None), is_superseded())
    if standing:
        which.append(~gone)
    rows = session.execute(
        select(Result, Campaign.name, ResultType, Customer.name, User.name, gone)
        .join(Case, Case.id == Result.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(User, User.id == Result.by_id)
        .where(*which)
        .order_by(Result.id.desc())
        .limit(limit)
    )
    return [
        ResultLine(
            id=result.id,
            at=result.at,
            case_id=result.case_id,
            campaign=campaign,
            customer=customer,
            result=kind.name,
            value_date=result.value_date,
            amount=result.amount,
            currency=result.currency,
            value_integer=result.value_integer,
            value_text=(kind.choices or {}).get(result.value_text or "", result.value_text),
            channel=result.channel,
            by=user,
            basis=result.basis,
            stands=not is_gone,
            supersedes_id=result.supersedes_id,
            evidence_message_id=result.evidence_message_id,
            note=result.note,
        )
        for result, campaign, kind, customer, user, is_gone in rows
    ]


def _contract(subscription: Subscription | None) -> str | None:
    if subscription is None:
        return None
    group_and_order = f"{subscription.group_code or '?'}/{subscription.order_code or '?'}"
    return subscription.contract_number or group_and_order
