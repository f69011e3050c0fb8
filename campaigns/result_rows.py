"""Single results as lists and files show them.

Columns alone are read, and no records: the session would keep those of a long file to its end.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, or_, select

from campaigns.result_standing import is_confirmed, is_superseded
from models.campaign import ResultType
from models.case import Case, Channel, Result
from models.message import Basis
from models.people import Customer, User
from models.subscription import Subscription


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
    campaign: str | None = None  # where results of several are listed
    campaign_type: str | None = None


def select_rows() -> Select[*tuple[Any, ...]]:
    """What `result_row` makes a row of."""
    gone = or_(Result.revoked_at.is_not(None), is_superseded())
    return (
        select(
            Result.id,
            Result.at,
            Result.case_id,
            Result.value_date,
            Result.amount,
            Result.currency,
            Result.value_integer,
            Result.value_text,
            Result.channel,
            Result.basis,
            Result.note,
            Customer.name.label("customer"),
            Subscription.group_code,
            Subscription.order_code,
            ResultType.name.label("type_name"),
            ResultType.closes_case,
            ResultType.choices,
            User.name.label("by"),
            gone.label("is_gone"),
            is_confirmed().label("is_confirmed"),
        )
        .join(Case, Case.id == Result.case_id)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(User, User.id == Result.by_id)
    )


def result_row(row: Row[*tuple[Any, ...]]) -> ResultRow:
    """Its statement may tell the ``campaign`` and the ``campaign_type`` besides."""
    told = row._mapping
    return ResultRow(
        id=row.id,
        at=row.at,
        case_id=row.case_id,
        customer=row.customer,
        group=row.group_code,
        order=row.order_code,
        type_name=row.type_name,
        closes_case=row.closes_case,
        value_date=row.value_date,
        amount=row.amount,
        currency=row.currency,
        value_integer=row.value_integer,
        value_text=(row.choices or {}).get(row.value_text or "", row.value_text),
        channel=row.channel,
        basis=row.basis,
        by=row.by,
        note=row.note,
        stands=not row.is_gone,
        is_confirmed=row.is_confirmed,
        campaign=told.get("campaign"),
        campaign_type=told.get("campaign_type"),
    )
