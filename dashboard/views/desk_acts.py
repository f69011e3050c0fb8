"""Doing something at the desk: commit, tell the screens, and show the case as it is now."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns.errors import (
    AlreadyThere,
    CaseChanged,
    CaseHeld,
    DomainError,
    NotAColleague,
    ProcedureSettled,
)
from dashboard import desk_screen, errors, pages
from dashboard.auth import acting, reach
from dashboard.composer_words import why_not_written
from dashboard.language import _
from dashboard.views.desk import AFTER_WRITING, COUNTERS, context
from models.case import Case
from models.people import User
from models.states import IllegalMove
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_line

Act = Callable[[Session, Case], int | None]

TOLD = (CaseHeld, CaseChanged, AlreadyThere, NotAColleague, ProcedureSettled, IllegalMove)
"""What somebody else did first: the case stays on the screen, and a toast says so."""


def do(case_id: int, act: Act, *, wakes: bool = False) -> None:
    """Do it, commit, tell the screens; an act that ``wakes`` gives the line to wake."""
    runtime = current_runtime()
    with acting() as session:
        case = reach(session, Case, case_id)
        campaign_id, had_it = case.campaign_id, case.operator_id
        line_id = act(session, case)
        has_it = case.operator_id
    if wakes and line_id is not None:
        wake_line(runtime, line_id)
    concerned = [live.user(each) for each in {had_it, has_it} if each is not None]
    live.touch(runtime.redis, live.talks(campaign_id), *concerned)


def act_on(
    case_id: int, act: Act, said: str, *, undo: str | None = None, **more: Any
) -> ResponseReturnValue:
    """Do it and show the case as it is now, with what was done in a toast."""
    try:
        do(case_id, act)
    except (DomainError, IllegalMove) as error:
        if isinstance(error, TOLD):
            return told(case_id, why(error))
        raise
    return whole(case_id, said, undo, **more)


def whole(case_id: int, said: str, undo: str | None = None, **more: Any) -> ResponseReturnValue:
    if not pages.is_fragment():
        return pages.done(here(case_id), said, undo=undo)
    drawn = context(case_id, **more)
    return pages.fragment_with(
        "desk/_desk.html", toast=said, undo=undo, partials=dict(COUNTERS), **drawn
    )


def composer(
    case_id: int,
    *,
    problem: str | None = None,
    typed: str = "",
    sent: str | None = None,
    is_note: bool = False,
    coupon_sent: bool = False,
) -> ResponseReturnValue:
    """The composer again: empty once it was sent, else with what was typed and why it stays."""
    if not pages.is_fragment() and problem is None:
        return pages.done(here(case_id, mode="note" if is_note else None))
    drawn = context(case_id, problem=problem, typed=typed, sent=sent)
    drawn["is_note"], drawn["coupon_sent"] = is_note, coupon_sent
    status = 422 if problem else 200
    if not pages.is_fragment():
        return pages.render("desk/desk.html", status=status, **drawn)
    return pages.fragment_with(
        "desk/_composer.html", partials=AFTER_WRITING, status=status, **drawn
    )


def told(case_id: int, sentence: str, status: int = 409) -> ResponseReturnValue:
    """It could not be done: the case as it is now, and why."""
    if not pages.is_fragment():
        return pages.refused(sentence, here(case_id))
    return pages.only_toast(sentence, status)


def why(error: Exception) -> str:
    """The sentence of the table, with the name of who was quicker."""
    if isinstance(error, CaseHeld) and error.operator_id is not None:
        with current_runtime().sessions() as session:
            colleague = session.get(User, error.operator_id)
        if colleague is not None:
            return _("La tiene %(name)s: tomala para seguir.") % {"name": colleague.name}
    return why_not_written(error) or errors.answer(error)[1]


def moment(session: Session) -> Any:
    return current_runtime().now(session)


def query() -> dict[str, Any]:
    return desk_screen.query_of(desk_screen.asked())


def here(case_id: int, **more: Any) -> str:
    return url_for("desk.show", case_id=case_id, **{**query(), **more})
