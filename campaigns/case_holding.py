"""Who holds a case: taken, handed on, put back into the pool, gone on with.

A case of nobody is taken by the first who acts in it (`hold`); a colleague's is refused until it
is taken by name.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.cases import case_for_reply, get_case, move_case
from campaigns.errors import AlreadyThere, CaseHeld, NotAColleague, NotFound
from campaigns.presence import is_colleague
from models.case import Case, NextAction
from models.people import Role, User
from models.states import CASE, CaseState, NextActionState


def take(
    session: Session, case_id: int, *, by_id: int, seen_operator_id: int | None, now: datetime
) -> Case:
    """Hold a case, also one that ``seen_operator_id`` holds; others must not have come first.

    Raises:
        NotFound: no such case.
        CaseHeld: meanwhile somebody else has it.
    """
    case = get_case(session, case_id)
    if case.operator_id == by_id:
        return case
    if case.operator_id != seen_operator_id:
        raise CaseHeld(case_id, case.operator_id)
    give(session, case, by_id, "case.take", by_id=by_id, now=now)
    return case


def release(session: Session, case_id: int, *, by_id: int, now: datetime) -> Case:
    """Put one's case back into the pool; raises NotFound, CaseHeld."""
    case = get_case(session, case_id)
    if case.operator_id != by_id:
        raise CaseHeld(case_id, case.operator_id)
    to_pool(session, case, "case.release", by_id=by_id, now=now)
    return case


def reassign(session: Session, case_id: int, *, to_id: int, by_id: int, now: datetime) -> Case:
    """Give a case to somebody, whoever holds it.

    Raises:
        NotFound: no such case, or a user who is not there.
        NotAColleague: an operator who does not work on its campaign: he would never see it.
    """
    user = session.get(User, to_id)
    if user is None or not user.is_active:
        raise NotFound("user", to_id)
    case = get_case(session, case_id)
    if user.role is Role.OPERATOR and not is_colleague(session, to_id, case.campaign_id):
        raise NotAColleague(to_id)
    if case.operator_id != to_id:
        give(session, case, to_id, "case.reassign", by_id=by_id, now=now)
    return case


def reopen(session: Session, case_id: int, *, by_id: int, now: datetime) -> Case:
    """Go on with a finished case, as its holder.

    Raises:
        NotFound: no such case.
        IllegalMove: it is not finished.
        AlreadyThere: a stranger's other case is open by now.
    """
    case = get_case(session, case_id)
    if case.state is not CaseState.FINISHED:
        CASE.check(case.state, CaseState.IN_PROGRESS)
    if (now_open := case_for_reply(session, case_id)) is not case:
        raise AlreadyThere("case", now_open.id)
    move_case(case, CaseState.IN_PROGRESS, now=now)
    case.operator_id = by_id
    audit.note(session, "case.reopen", case, by_id=by_id)
    session.flush()
    return case


def hold(session: Session, case_id: int, *, by_id: int, now: datetime) -> Case:
    """The case, held by this person: taken if it is nobody's; raises CaseHeld."""
    case = get_case(session, case_id)
    if case.operator_id is None:
        give(session, case, by_id, "case.take", by_id=by_id, now=now)
    if case.operator_id != by_id:
        raise CaseHeld(case_id, case.operator_id)
    case.passed_by_id = None  # who was handed it has acted
    return case


def give(
    session: Session, case: Case, user_id: int, act: str, *, by_id: int, now: datetime
) -> None:
    """Put a locked case into somebody's hands; ``act`` is what the audit calls it."""
    audit.note(session, act, case, by_id=by_id, was=case.operator_id, now=user_id)
    case.operator_id = user_id
    case.passed_by_id = case.escalated_at = None
    if case.state is CaseState.PENDING:
        move_case(case, CaseState.IN_PROGRESS, now=now)
    if case.active_at is None:
        case.active_at = now
    _hand_on_actions(session, case)
    session.flush()


def to_pool(session: Session, case: Case, act: str, *, by_id: int | None, now: datetime) -> None:
    """Take a locked case out of its holder's hands; ``by_id`` None is the system."""
    audit.note(session, act, case, by_id=by_id, was=case.operator_id)
    case.operator_id = case.passed_by_id = None
    if case.state is CaseState.IN_PROGRESS:
        move_case(case, CaseState.PENDING, now=now)
    _hand_on_actions(session, case)
    session.flush()


def _hand_on_actions(session: Session, case: Case) -> None:
    session.execute(
        update(NextAction)
        .where(NextAction.case_id == case.id, NextAction.state == NextActionState.DUE)
        .values(operator_id=case.operator_id)
    )
