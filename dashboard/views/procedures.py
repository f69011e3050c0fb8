"""A procedure that was asked for: done, and open again, on the desk and in the list of them."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import procedures
from campaigns.errors import NotFound, ProcedureSettled, ResultNotStanding
from dashboard import desk_screen, errors, pages
from dashboard.auth import acting, current_user, reach, requires
from dashboard.language import _
from dashboard.views import agenda, desk
from dashboard.views.desk_acts import act_on
from models.case import Case, Result
from models.people import Role
from runtime import live
from runtime.wiring import current_runtime


@desk.bp.post("/<int:case_id>/procedures/<int:result_id>/done")
@requires(Role.OPERATOR)
def done_at_desk(case_id: int, result_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        _of_case(session, case, result_id)
        _done(session, result_id)

    query = desk_screen.query_of(desk_screen.asked())
    undo = url_for("desk.put_back_at_desk", case_id=case_id, result_id=result_id, **query)
    return act_on(case_id, act, _("Trámite hecho."), undo=undo)


@desk.bp.post("/<int:case_id>/procedures/<int:result_id>/put-back")
@requires(Role.OPERATOR)
def put_back_at_desk(case_id: int, result_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        _of_case(session, case, result_id)
        _put_back(session, result_id)

    return act_on(case_id, act, _("El trámite está abierto otra vez."))


@agenda.bp.post("/procedures/<int:result_id>/done")
@requires(Role.OPERATOR)
def procedure_done(result_id: int) -> ResponseReturnValue:
    undo = url_for("agenda.procedure_put_back", result_id=result_id, **_query())
    return _in_list(result_id, _done, _("Trámite hecho."), undo)


@agenda.bp.post("/procedures/<int:result_id>/put-back")
@requires(Role.OPERATOR)
def procedure_put_back(result_id: int) -> ResponseReturnValue:
    return _in_list(result_id, _put_back, _("El trámite está abierto otra vez."))


def _in_list(
    result_id: int, act: Callable[[Session, int], None], said: str, undo: str | None = None
) -> ResponseReturnValue:
    """Do it and show the list; who sees a result from another campaign only reads it."""
    here = url_for("agenda.list_procedures", **_query())
    try:
        with acting() as session:
            campaign_id = reach(
                session, Case, reach(session, Result, result_id).case_id
            ).campaign_id
            act(session, result_id)
    except (ProcedureSettled, ResultNotStanding) as error:
        return pages.refused(errors.answer(error)[1], here)
    live.touch(current_runtime().redis, live.campaign(campaign_id))
    return pages.done(here, said, undo=undo)


def _of_case(session: Session, case: Case, result_id: int) -> None:
    if reach(session, Result, result_id).case_id != case.id:
        raise NotFound("result", result_id)


def _done(session: Session, result_id: int) -> None:
    procedures.done(session, result_id, by_id=current_user().id, now=current_runtime().now(session))


def _put_back(session: Session, result_id: int) -> None:
    now = current_runtime().now(session)
    procedures.put_back(session, result_id, by_id=current_user().id, now=now)


def _query() -> dict[str, Any]:
    """The list that is looked at: of one campaign, of those that were done."""
    return {name: given for name in ("campaign", "state") if (given := request.args.get(name))}
