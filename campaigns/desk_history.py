"""What was recorded of the subscription of a case, in whatever campaign."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    select,
)
from sqlalchemy.orm import Session

from campaigns.desk_card import CaseHead
from campaigns.results import is_superseded
from campaigns.visibility import naming
from models.campaign import Campaign, ResultType, ValueKind
from models.case import Case, Channel, Party, Result
from models.message import Basis
from models.people import User

_HISTORY = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One result of the subscription, of whatever campaign."""

    id: int
    at: datetime
    case_id: int
    campaign: str
    result_type_id: int
    name: str
    closes: bool
    value_kind: ValueKind
    value_date: date | None
    amount: Decimal | None
    currency: str | None
    value_integer: int | None
    value_text: str | None  # of a choice, what the screen says
    channel: Channel
    began: Party | None
    note: str | None
    by: str | None  # None: the system
    basis: Basis | None
    evidence_message_id: int | None
    supersedes_id: int | None
    is_revoked: bool
    is_superseded: bool

    @property
    def stands(self) -> bool:
        return not (self.is_revoked or self.is_superseded)


def read_history(session: Session, head: CaseHead) -> tuple[HistoryLine, ...]:
    """The last results of the subscription in all campaigns, newest first; taken back ones too."""
    rows = session.execute(naming(_results(head), Campaign, Case))
    return tuple(_line(row) for row in rows)


def _results(head: CaseHead) -> Select[Any]:
    return (
        select(Result, ResultType, Campaign.name.label("campaign"), User.name.label("by"))
        .add_columns(is_superseded().label("is_superseded"))
        .join(Case, Case.id == Result.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .outerjoin(User, User.id == Result.by_id)
        .where(
            Case.subscription_id == head.subscription.id
            if head.subscription is not None
            else Case.id == head.case_id
        )
        .order_by(Result.id.desc())
        .limit(_HISTORY)
    )


def _line(row: Row[Any]) -> HistoryLine:
    result: Result = row.Result
    kind: ResultType = row.ResultType
    return HistoryLine(
        id=result.id,
        at=result.at,
        case_id=result.case_id,
        campaign=row.campaign,
        result_type_id=kind.id,
        name=kind.name,
        closes=kind.closes_case,
        value_kind=kind.value_kind,
        value_date=result.value_date,
        amount=result.amount,
        currency=result.currency,
        value_integer=result.value_integer,
        value_text=(kind.choices or {}).get(result.value_text or "", result.value_text),
        channel=result.channel,
        began=result.began,
        note=result.note,
        by=row.by,
        basis=result.basis,
        evidence_message_id=result.evidence_message_id,
        supersedes_id=result.supersedes_id,
        is_revoked=result.revoked_at is not None,
        is_superseded=row.is_superseded,
    )
