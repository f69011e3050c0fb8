"""What becomes of a next action: done, put off, missed, and back again.

None is overwritten: one that is put off stays as `rescheduled`, and the one in its place names
it. So how often something was put off can always be told.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.case_holding import hold
from campaigns.cases import get_case, move_case
from campaigns.errors import InvalidText, NotFound
from models.campaign import Campaign
from models.case import Case, NextAction
from models.states import NEXT_ACTION, CampaignState, CaseState, NextActionState

MAX_WHAT = 120

GIVEN_UP = timedelta(days=30)
"""What is overdue for so long was missed."""


def done(
    session: Session, action_id: int, *, by_id: int, now: datetime, oversees: bool = False
) -> NextAction:
    """It was done; a case without another goes on as in progress.

    ``oversees``: a supervisor sees to what is a colleague's, and does not take its case for that.

    Raises:
        NotFound: no such action.
        IllegalMove: it is no longer due.
        CaseHeld: a colleague holds the case.
    """
    action, case = _reach(session, action_id, by_id=by_id, now=now, oversees=oversees)
    settle(action, NextActionState.DONE, by_id=by_id, now=now)
    audit.note(session, "action.done", case, by_id=by_id, next_action=action_id, what=action.what)
    _after(session, case, now=now)
    return action


def put_off(
    session: Session,
    action_id: int,
    until: datetime,
    *,
    by_id: int,
    now: datetime,
    oversees: bool = False,
) -> NextAction:
    """Another one, at another time, in its place; raises what `done` does."""
    action, case = _reach(session, action_id, by_id=by_id, now=now, oversees=oversees)
    settle(action, NextActionState.RESCHEDULED, by_id=by_id, now=now)
    audit.note(
        session, "action.put_off", case, by_id=by_id, next_action=action_id, until=str(until)
    )
    return _in_its_place(session, action, due_at=until, now=now)


def put_back(
    session: Session, action_id: int, *, by_id: int, now: datetime, oversees: bool = False
) -> NextAction:
    """Undo what was done to it: the same is due again at its old time.

    Raises:
        NotFound: no such action.
        IllegalMove: it is due as it is, or what came in its place is not.
        CaseHeld: a colleague holds the case.
    """
    action, case = _reach(session, action_id, by_id=by_id, now=now, oversees=oversees)
    if action.state not in (NextActionState.DONE, NextActionState.RESCHEDULED):
        NEXT_ACTION.check(action.state, NextActionState.DUE)
    later = session.scalars(
        select(NextAction).where(NextAction.replaces_id == action_id).with_for_update()
    ).first()
    if later is not None:
        settle(later, NextActionState.CANCELLED, by_id=by_id, now=now)
        action = later
    audit.note(session, "action.put_back", case, by_id=by_id, next_action=action_id)
    first = session.get_one(NextAction, action_id)
    return _in_its_place(session, action, due_at=first.due_at, now=now)


def done_with(session: Session, case: Case, result_id: int, *, by_id: int, now: datetime) -> None:
    """What a result had planned is done with it, whoever holds the case: lock that first."""
    for action in _of_result(session, result_id, NextActionState.DUE):
        settle(action, NextActionState.DONE, by_id=by_id, now=now)
    _after(session, case, now=now)


def put_back_with(
    session: Session, case: Case, result_id: int, *, done_at: datetime, now: datetime
) -> None:
    """Undo `done_with`, as it was at ``done_at``; in a case that is finished nothing is due."""
    if case.state is CaseState.FINISHED:
        return
    for action in _of_result(session, result_id, NextActionState.DONE):
        if action.settled_at == done_at:
            _in_its_place(session, action, due_at=action.due_at, now=now)


def _of_result(session: Session, result_id: int, state: NextActionState) -> Sequence[NextAction]:
    statement = (
        select(NextAction)
        .where(NextAction.result_id == result_id, NextAction.state == state)
        .order_by(NextAction.id)
        .with_for_update()
    )
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def plan(
    session: Session,
    case: Case,
    what: str,
    due_at: datetime,
    *,
    now: datetime,
    result_id: int | None = None,
    operator_id: int | None = None,
) -> NextAction:
    """One more thing to do in a case that is open, by its holder unless somebody is named.

    Raises:
        InvalidText: it says nothing, or too much.
    """
    what = " ".join(what.split())
    if not 1 <= len(what) <= MAX_WHAT:
        raise InvalidText(len(what), MAX_WHAT)
    action = NextAction(
        case_id=case.id,
        result_id=result_id,
        what=what,
        due_at=due_at,
        operator_id=operator_id or case.operator_id,
        created_at=now,
    )
    session.add(action)
    _scheduled(case, now=now)
    session.flush()
    return action


def give_up(session: Session, *, now: datetime, limit: int = 500) -> int:
    """What is overdue for a month, or whose campaign was put away, was missed; how many."""
    stale = (
        select(NextAction.id, NextAction.case_id)
        .join(Case, Case.id == NextAction.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .where(
            NextAction.state == NextActionState.DUE,
            (NextAction.due_at < now - GIVEN_UP)
            | (
                (NextAction.due_at < now)
                & Campaign.state.in_((CampaignState.ARCHIVED, CampaignState.CANCELLED))
            ),
        )
        .order_by(NextAction.case_id, NextAction.id)
        .limit(limit)
    )
    missed = 0
    for row in session.execute(stale).all():
        case = get_case(session, row.case_id)
        action = session.get_one(NextAction, row.id, with_for_update=True, populate_existing=True)
        if action.state is NextActionState.DUE:
            settle(action, NextActionState.MISSED, by_id=None, now=now)
            active_at = case.active_at
            _after(session, case, now=now)
            case.active_at = active_at  # nobody did anything
            missed += 1
    return missed


def settle(action: NextAction, state: NextActionState, *, by_id: int | None, now: datetime) -> None:
    """Move it, and say who did; raises IllegalMove."""
    NEXT_ACTION.check(action.state, state)
    action.state, action.settled_at, action.settled_by_id = state, now, by_id


def is_planned(session: Session, case_id: int) -> bool:
    """Whether something is due in this case, now or later."""
    due = select(NextAction.id).where(
        NextAction.case_id == case_id, NextAction.state == NextActionState.DUE
    )
    return session.execute(select(due.exists())).scalar_one()


def _reach(
    session: Session, action_id: int, *, by_id: int, now: datetime, oversees: bool
) -> tuple[NextAction, Case]:
    found = session.get(NextAction, action_id)
    if found is None:
        raise NotFound("next action", action_id)
    if oversees:
        case = get_case(session, found.case_id)
    else:
        case = hold(session, found.case_id, by_id=by_id, now=now)
    action = session.get_one(NextAction, action_id, with_for_update=True, populate_existing=True)
    return action, case


def _in_its_place(
    session: Session, action: NextAction, *, due_at: datetime, now: datetime
) -> NextAction:
    case = session.get_one(Case, action.case_id)
    session.flush()
    new = NextAction(
        case_id=action.case_id,
        result_id=action.result_id,
        what=action.what,
        due_at=due_at,
        operator_id=case.operator_id or action.operator_id,
        replaces_id=action.id,
        created_at=now,
    )
    session.add(new)
    _scheduled(case, now=now)
    session.flush()
    return new


def _scheduled(case: Case, *, now: datetime) -> None:
    if case.state is CaseState.PENDING:
        move_case(case, CaseState.IN_PROGRESS, now=now)
    if case.state is not CaseState.SCHEDULED:
        move_case(case, CaseState.SCHEDULED, now=now)


def _after(session: Session, case: Case, *, now: datetime) -> None:
    session.flush()
    if case.state is CaseState.SCHEDULED and not is_planned(session, case.id):
        move_case(case, CaseState.IN_PROGRESS, now=now)
    session.flush()
