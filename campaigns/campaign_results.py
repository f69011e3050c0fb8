"""The results of one campaign, as a list: who, when, what, on what basis; newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from campaigns.result_standing import is_confirmed, is_superseded
from models.campaign import ResultType
from models.case import Case, Channel, Result
from models.message import Basis
from models.people import Customer, User
from models.subscription import Subscription

SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFilter:
    """What the list shows; what is None narrows nothing, what nobody knows finds nothing."""

    type_id: int | None = None
    by: str | None = None  # a user's id, or SYSTEM
    with_replaced: bool = False  # superseded and revoked ones too


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    id: int
    at: datetime
    case_id: int
    customer: str | None
    group: str | None
    order: str | None
    type_name: str
    closes_case: bool
    value_date: date | None
    amount: Decimal | None
    currency: str | None
    value_integer: int | None
    value_text: str | None  # of a choice, what the screen says
    channel: Channel
    basis: Basis | None
    by: str | None  # None: the system
    note: str | None
    stands: bool
    is_confirmed: bool  # another that says the same stands in its place


def list_results(
    session: Session,
    campaign_id: int,
    chosen: ResultFilter,
    *,
    limit: int,
    after: int | None = None,
) -> list[ResultRow]:
    gone = or_(Result.revoked_at.is_not(None), is_superseded())
    statement = (
        select(Result, ResultType, Customer.name, Subscription, User.name, gone, is_confirmed())
        .join(Case, Case.id == Result.case_id)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(User, User.id == Result.by_id)
        .where(*_conditions(campaign_id, chosen))
        .order_by(Result.id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Result.id < after)
    return [
        ResultRow(
            id=result.id,
            at=result.at,
            case_id=result.case_id,
            customer=customer,
            group=subscription.group_code if subscription else None,
            order=subscription.order_code if subscription else None,
            type_name=kind.name,
            closes_case=kind.closes_case,
            value_date=result.value_date,
            amount=result.amount,
            currency=result.currency,
            value_integer=result.value_integer,
            value_text=(kind.choices or {}).get(result.value_text or "", result.value_text),
            channel=result.channel,
            basis=result.basis,
            by=by,
            note=result.note,
            stands=not is_gone,
            is_confirmed=confirmed,
        )
        for result, kind, customer, subscription, by, is_gone, confirmed in session.execute(
            statement
        )
    ]


def every_result(
    session: Session, campaign_id: int, chosen: ResultFilter, *, batch: int = 1000
) -> Iterator[ResultRow]:
    """All of them, a batch in memory at a time."""
    after: int | None = None
    while rows := list_results(session, campaign_id, chosen, limit=batch, after=after):
        yield from rows
        after = rows[-1].id


def count_results(session: Session, campaign_id: int, chosen: ResultFilter) -> int:
    which = _conditions(campaign_id, chosen)
    counted = select(func.count()).select_from(Result)
    return int(session.scalar(counted.where(*which)) or 0)


def _conditions(campaign_id: int, chosen: ResultFilter) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [Result.campaign_id == campaign_id]
    if not chosen.with_replaced:
        which += [Result.revoked_at.is_(None), ~is_superseded()]
    if chosen.type_id is not None:
        which.append(Result.result_type_id == chosen.type_id)
    if chosen.by == SYSTEM:
        which.append(Result.by_id.is_(None))
    elif chosen.by is not None:
        known = chosen.by.isdecimal() and len(chosen.by) <= 18
        which.append(Result.by_id == (int(chosen.by) if known else 0))
    return which
