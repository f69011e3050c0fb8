"""Pass a case on: to a colleague of its campaign or back to the pool, with a word about it."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.case_holding import give, to_pool
from campaigns.cases import get_case
from campaigns.desk import add_note
from campaigns.errors import CaseHeld, NotAColleague
from campaigns.presence import Colleague, colleagues, is_colleague
from models.case import Case
from models.states import CASE, CaseState

POOL = "pool"
"""How a form says that nobody in particular shall have the case."""


def pass_on(
    session: Session,
    case_id: int,
    *,
    to_id: int | None,
    by_id: int,
    now: datetime,
    word: str = "",
    of_anybody: bool = False,
) -> Case:
    """Give one's case to ``to_id``, None for the pool; ``word`` becomes an internal note.

    A case of nobody may be passed on too; one of a colleague only by who may ``of_anybody``. Its
    new holder sees who passed it on until he does something in it.

    Raises:
        NotFound: no such case.
        CaseHeld: somebody else holds it.
        NotAColleague: he does not work on this campaign.
        IllegalMove: it is finished: nothing is left to be done.
        InvalidText: the word is too long for a note.
    """
    case = get_case(session, case_id)
    if case.state is CaseState.FINISHED:
        CASE.check(case.state, CaseState.PENDING)
    if case.operator_id not in (None, by_id) and not of_anybody:
        raise CaseHeld(case_id, case.operator_id)
    if word.strip():
        add_note(session, case_id, word, by_id=by_id, now=now)
    if to_id is None:
        if case.operator_id is not None:
            to_pool(session, case, "case.release", by_id=by_id, now=now)
    elif not is_colleague(session, to_id, case.campaign_id):
        raise NotAColleague(to_id)
    elif to_id != case.operator_id:
        give(session, case, to_id, "case.pass", by_id=by_id, now=now)
        case.passed_by_id = by_id if to_id != by_id else None
    session.flush()
    return case


def may_get(session: Session, case: Case, *, now: datetime) -> tuple[Colleague, ...]:
    """Who else may hold it: who is there comes first."""
    found = colleagues(session, case.campaign_id, now=now)
    return tuple(each for each in found if each.user_id != case.operator_id)
