"""The work queue: cases passed on, a person's own views of the list, and what waits elsewhere."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from campaigns import desk_list, presence, saved_views
from campaigns.agenda import due_today
from campaigns.errors import AlreadyThere, EnoughOfThem, InvalidText
from campaigns.handing_over import POOL, may_get, pass_on
from dashboard import desk_asked, desk_version, errors, pages
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.language import _
from dashboard.shell import now
from dashboard.views.desk import COUNTERS, bp
from dashboard.views.desk_acts import TOLD, do, moment, whole, why
from models.case import Case
from models.people import Role, User
from runtime.wiring import current_runtime


@bp.get("/<int:case_id>/pass")
@requires(Role.OPERATOR)
def passing(case_id: int) -> ResponseReturnValue:
    """To whom a case may be passed, and who of them is there."""
    return _pass_page(case_id)


@bp.post("/<int:case_id>/pass")
@requires(Role.OPERATOR)
def pass_case(case_id: int) -> ResponseReturnValue:
    """Give it to a colleague or back to the pool, with a note."""
    given, word = request.form.get("user", ""), request.form.get("word", "")
    to_id = int(given[:18]) if given.isdecimal() else None
    with reading() as session:
        reach(session, Case, case_id)
    if to_id is None and given != POOL:
        return _not_passed(case_id, _("Elegí a quién pasarla."), beside="user")
    me = current_user()
    said = _("La consulta quedó sin asignar.")
    if to_id is not None:
        with reading() as session:
            said = _("Se la pasaste a %(name)s.") % {"name": reach(session, User, to_id).name}

    def act(session: Session, case: Case) -> None:
        pass_on(
            session,
            case.id,
            to_id=to_id,
            by_id=me.id,
            now=moment(session),
            word=word,
            of_anybody=me.may(Role.SUPERVISOR),
        )

    try:
        do(case_id, act)
    except InvalidText:
        return _not_passed(case_id, _("La nota es demasiado larga."), beside="word")
    except TOLD as error:
        return _not_passed(case_id, why(error), status=409)
    return whole(case_id, said, passed=case_id)


def _not_passed(
    case_id: int, sentence: str, *, beside: str | None = None, status: int = 422
) -> ResponseReturnValue:
    """The form again, as it was filled in."""
    return _pass_page(
        case_id,
        problems={beside or "form": [sentence]},
        word=request.form.get("word", ""),
        chosen=request.form.get("user", ""),
        status=status,
    )


def _pass_page(case_id: int, *, status: int = 200, **filled: Any) -> ResponseReturnValue:
    with reading() as session:
        case = reach(session, Case, case_id)
        people = may_get(session, case, now=now())
        is_held = case.operator_id is not None
    first = people[0] if people else None
    usual = str(first.user_id) if first and first.presence is presence.Presence.AVAILABLE else ""
    return pages.render(
        "desk/pass.html",
        "desk/_pass.html",
        status=status,
        case_id=case_id,
        people=people,
        is_held=is_held,
        query=desk_asked.query_of(desk_asked.asked()),
        **{"problems": {}, "word": "", "chosen": usual if people else POOL, **filled},
    )


@bp.get("/<int:case_id>/take")
@requires(Role.OPERATOR)
def taking(case_id: int) -> ResponseReturnValue:
    """Whose hands it would be taken out of, and whether that colleague is there."""
    with reading() as session:
        case = reach(session, Case, case_id)
        people = presence.colleagues(session, case.campaign_id, now=now())
        holder = next((one for one in people if one.user_id == case.operator_id), None)
        name = session.scalar(select(User.name).where(User.id == case.operator_id))
    return pages.render(
        "desk/take.html",
        "desk/_take.html",
        case_id=case_id,
        held_by=case.operator_id,
        name=name,
        presence=holder.presence if holder else None,
        query=desk_asked.query_of(desk_asked.asked()),
    )


@bp.get("/counters")
@requires(Role.OPERATOR)
def counters() -> ResponseReturnValue:
    """What waits for this person, for the navigation of pages that are not the desk."""
    version = desk_version.version_of()
    if version.is_shown_by(request.args.get("v", "")):
        return pages.unchanged()
    user = current_user()
    with reading() as session:
        waiting = desk_list.waiting_for(session, user.id, is_supervisor=user.may(Role.SUPERVISOR))
        due = due_today(session, user.id, now=now(), zone=current_runtime().settings.timezone)
    return pages.fragment_with(
        "desk/_elsewhere.html", partials=dict(COUNTERS), version=version, waiting=waiting, due=due
    )


@bp.get("/views")
@requires(Role.OPERATOR)
def views() -> ResponseReturnValue:
    """A person's own views; and the list as the address has it, to be kept under a name."""
    return _views()


@bp.post("/views")
@requires(Role.OPERATOR)
def save_view() -> ResponseReturnValue:
    found, name = desk_asked.asked(), request.form.get("name", "")
    query = desk_asked.query_of(found, after=None, agenda=None)
    try:
        with acting() as session:
            saved_views.save(session, found.user_id, name, query)
    except InvalidText:
        return _views(problem=_why_name(), typed=name, status=422)
    except EnoughOfThem as error:
        return _views(problem=errors.answer(error)[1], typed=name, status=409)
    url = url_for("desk.index", **query)
    return pages.done(url, _("Vista guardada: %(name)s.") % {"name": " ".join(name.split())})


@bp.get("/views/<int:view_id>")
@requires(Role.OPERATOR)
def open_view(view_id: int) -> ResponseReturnValue:
    """The list as it was saved."""
    with reading() as session:
        mine = saved_views.views_of(session, current_user().id)
    query = next((each.query for each in mine if each.id == view_id), None)
    if query is None:
        return pages.refused(_("Esa vista ya no existe."), url_for("desk.views"))
    known = desk_asked.read(MultiDict({key: str(value) for key, value in query.items()}))
    return redirect(url_for("desk.index", **desk_asked.query_of(known)), 303)


@bp.post("/views/<int:view_id>")
@requires(Role.OPERATOR)
def change_view(view_id: int) -> ResponseReturnValue:
    """Give it another name, or take it away."""
    me, name = current_user().id, request.form.get("name", "")
    try:
        with acting() as session:
            if request.form.get("act") == "remove":
                saved_views.remove(session, me, view_id)
                said = _("Vista quitada.")
            else:
                saved_views.rename(session, me, view_id, name)
                said = _("Nombre cambiado.")
    except InvalidText:
        return _views(wrong={view_id: _why_name()}, given=name, status=422)
    except AlreadyThere:
        problem = _("Ya tenés una vista con ese nombre.")
        return _views(wrong={view_id: problem}, given=name, status=409)
    return pages.done(url_for("desk.views"), said)


def _views(**more: Any) -> ResponseReturnValue:
    found = desk_asked.asked()
    with reading() as session:
        mine = saved_views.views_of(session, found.user_id)
    status = more.pop("status", 200)
    query = desk_asked.query_of(found, after=None, agenda=None)
    return pages.render(
        "desk/views.html",
        status=status,
        mine=mine,
        query=query,
        may_save=any(request.args),
        longest=saved_views.LONGEST_NAME,
        **{"wrong": {}, **more},
    )


def _why_name() -> str:
    return _("Ponele un nombre de hasta %(n)s letras.") % {"n": saved_views.LONGEST_NAME}
