"""Procedures that customers asked for: which, and for when; each is open until somebody did it.

It is a result whose type asks for a day and a text. That its case is finished says nothing of it:
the paper has to be seen to all the same.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from campaigns import audit, next_actions
from campaigns.cases import get_case
from campaigns.errors import NotFound, ProcedureSettled, ResultNotStanding
from campaigns.result_standing import is_superseded
from models.campaign import Campaign, ResultType, ValueKind
from models.case import Case, Result
from models.people import Customer, User
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
    done_at: datetime | None
    done_by: str | None  # None: it ended with its case


def list_procedures(
    session: Session, *, are_done: bool = False, campaign_id: int | None = None
) -> list[Procedure]:
    """The open ones, the first to be done first; or those that were done last. `MOST` at most."""
    doer = aliased(User)
    statement = (
        select(Result, ResultType.name, Campaign.name, Customer.name, User.name, doer.name)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .join(Case, Case.id == Result.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(User, User.id == Case.operator_id)
        .outerjoin(doer, doer.id == Result.done_by_id)
        .where(
            ResultType.value_kind == ValueKind.DATE_TEXT,
            Result.done_at.is_not(None) if are_done else Result.done_at.is_(None),
            Result.revoked_at.is_(None),
            ~is_superseded(),
        )
        .limit(MOST)
    )
    if are_done:
        statement = statement.order_by(Result.done_at.desc(), Result.id.desc())
    else:
        statement = statement.order_by(Result.value_date, Result.id)
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
            done_at=result.done_at,
            done_by=done_by,
        )
        for result, kind, campaign, customer, operator, done_by in session.execute(statement)
    ]


def done(session: Session, result_id: int, *, by_id: int, now: datetime) -> Result:
    """It was seen to, by whoever says so: a colleague may hold the case, or nobody.

    The next action that was planned with it is done too.

    Raises:
        NotFound: no such result, or it asks for no procedure.
        ResultNotStanding: it was corrected or taken back.
        ProcedureSettled: somebody was quicker.
    """
    case, result = _get(session, result_id)
    if result.done_at is not None:
        raise ProcedureSettled(result_id)
    result.done_at, result.done_by_id = now, by_id
    next_actions.done_with(session, case, result_id, by_id=by_id, now=now)
    _note(session, "procedure.done", case, result, by_id=by_id)
    return result


def put_back(session: Session, result_id: int, *, by_id: int, now: datetime) -> Result:
    """It is open again, and what was planned with it due; raises what `done` does."""
    case, result = _get(session, result_id)
    if result.done_at is None:
        raise ProcedureSettled(result_id)
    next_actions.put_back_with(session, case, result_id, done_at=result.done_at, now=now)
    result.done_at = result.done_by_id = None
    _note(session, "procedure.put_back", case, result, by_id=by_id)
    return result


def _note(session: Session, act: str, case: Case, result: Result, *, by_id: int) -> None:
    audit.note(session, act, case, by_id=by_id, result_id=result.id, what=result.value_text)
    session.flush()


def _get(session: Session, result_id: int) -> tuple[Case, Result]:
    """Locked, its case first, and as they are now."""
    found = session.get(Result, result_id)
    if found is None:
        raise NotFound("result", result_id)
    case = get_case(session, found.case_id)
    result = session.get_one(Result, result_id, with_for_update=True, populate_existing=True)
    kind = session.get_one(ResultType, result.result_type_id)
    if kind.value_kind is not ValueKind.DATE_TEXT:
        raise NotFound("procedure", result_id)
    later = select(func.count()).select_from(Result).where(Result.supersedes_id == result_id)
    if result.revoked_at is not None or session.scalar(later):
        raise ResultNotStanding(result_id)
    return case, result
