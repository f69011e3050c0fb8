"""What was recorded of the subscription of a case, in whatever campaign."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from campaigns.desk_card import CaseHead
from campaigns.files.attachments import EvidenceFile, evidence_line, evidence_of
from campaigns.result_standing import is_confirmed, is_superseded
from campaigns.visibility import keep, naming
from models.campaign import Campaign, ResultType, ValueKind
from models.case import Case, Channel, Party, Result
from models.files import StoredFile
from models.message import Basis
from models.people import User

PAGE = 30


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
    evidence: EvidenceFile | None
    done_at: datetime | None  # of a procedure
    done_by: str | None
    supersedes_id: int | None
    is_revoked: bool
    is_superseded: bool
    is_confirmed: bool  # superseded by a person's that says the same

    @property
    def is_procedure(self) -> bool:
        """It stands until somebody has seen to it, and that is kept with it."""
        return self.stands and self.value_kind is ValueKind.DATE_TEXT

    @property
    def stands(self) -> bool:
        return not (self.is_revoked or self.is_superseded)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A stretch of results, newest first; taken back ones too."""

    lines: tuple[HistoryLine, ...]
    older: int | None  # there are results before this one, which is among the lines
    newest_here: int  # the last one of the case itself, among the lines or not; 0 for none


def read_history(session: Session, head: CaseHead, *, past: int | None = None) -> History:
    """The last results of the subscription in all campaigns. One query.

    ``past``: all of them down to this one, and a page of those before it.
    """
    of = {
        "case": head.case_id,
        "subscription": head.subscription.id if head.subscription is not None else None,
        "past": past,
    }
    by_subscription = head.subscription is not None
    found = session.execute(_results(by_subscription, past is not None), of).all()
    rest = [at for at, row in enumerate(found) if past is None or row.Result.id < past]
    is_more = len(rest) > PAGE
    rows = found[: rest[PAGE]] if is_more else found
    return History(
        lines=tuple(_line(row) for row in rows),
        older=rows[-1].Result.id if is_more else None,
        newest_here=found[0].newest_here or 0 if found else 0,
    )


@cache
def _results(by_subscription: bool, is_past: bool) -> Any:
    """Made once each: to make it takes longer than to run it."""
    case_id, past = bindparam("case", type_=BigInteger), bindparam("past", type_=BigInteger)
    of_it = Case.id == case_id
    if by_subscription:
        of_it = Case.subscription_id == bindparam("subscription", type_=BigInteger)
    doer = aliased(User)
    newest_here = select(func.max(Result.id)).where(Result.case_id == case_id)
    statement = (
        select(Result, ResultType, Campaign.name.label("campaign"), User.name.label("by"))
        .add_columns(
            is_superseded().label("is_superseded"),
            is_confirmed().label("is_confirmed"),
            evidence_of(Result).label("evidence"),
            doer.name.label("done_by"),
            newest_here.correlate(None).scalar_subquery().label("newest_here"),
        )
        .join(Case, Case.id == Result.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .outerjoin(User, User.id == Result.by_id)
        .outerjoin(doer, doer.id == Result.done_by_id)
        .where(of_it)
        .order_by(Result.id.desc())
    )
    if is_past:
        before = (
            select(Result.id)
            .join(Case, Case.id == Result.case_id)
            .where(of_it, Result.id < past)
            .order_by(Result.id.desc())
            .limit(PAGE + 1)
            .correlate(None)
        )
        statement = statement.where(or_(Result.id >= past, Result.id.in_(before)))
    else:
        statement = statement.limit(PAGE + 1)
    return keep(naming(statement, Campaign, Case, StoredFile))


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
        evidence=evidence_line(row.evidence),
        done_at=result.done_at,
        done_by=row.done_by,
        supersedes_id=result.supersedes_id,
        is_revoked=result.revoked_at is not None,
        is_superseded=row.is_superseded,
        is_confirmed=row.is_confirmed,
    )
