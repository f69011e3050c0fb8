"""Procedures that customers asked for, and that nobody has settled yet: which, and for when."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.results import is_superseded
from models.campaign import Campaign, ResultType, ValueKind
from models.case import Case, Result
from models.people import Customer, User
from models.states import CaseState
from models.subscription import Subscription

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    result_id: int
    case_id: int
    what: str
    wanted_on: date | None
    asked_at: datetime
    customer: str | None
    campaign: str
    kind: str
    operator: str | None  # who holds the case


def open_procedures(session: Session, *, campaign_id: int | None = None) -> list[Procedure]:
    """Those of cases that are not finished, the first to be done first; `MOST` at most."""
    statement = (
        select(Result, ResultType.name, Campaign.name, Customer.name, User.name)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .join(Case, Case.id == Result.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(User, User.id == Case.operator_id)
        .where(
            ResultType.value_kind == ValueKind.DATE_TEXT,
            Case.state != CaseState.FINISHED,
            Result.revoked_at.is_(None),
            ~is_superseded(),
        )
        .order_by(Result.value_date, Result.id)
        .limit(MOST)
    )
    if campaign_id is not None:
        statement = statement.where(Result.campaign_id == campaign_id)
    return [
        Procedure(
            result_id=result.id,
            case_id=result.case_id,
            what=result.value_text or "",
            wanted_on=result.value_date,
            asked_at=result.at,
            customer=customer,
            campaign=campaign,
            kind=kind,
            operator=operator,
        )
        for result, kind, campaign, customer, operator in session.execute(statement).all()
    ]
