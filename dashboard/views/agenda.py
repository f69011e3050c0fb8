"""The agenda: what is due, by day; each is done or put off where it stands."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from campaigns import agenda, next_actions
from campaigns.agenda import AgendaRow, Asked, Place, Span
from campaigns.errors import CaseHeld
from dashboard import formats, moments, pages
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.desk_agenda import NOBODY, Walk, asked_of, read_span
from dashboard.language import _
from dashboard.shell import now
from models.case import Case, NextAction
from models.people import Role, User
from models.states import IllegalMove
from runtime import live
from runtime.wiring import current_runtime

bp = Blueprint("agenda", __name__, url_prefix="/agenda")

_COUNTERS = dict.fromkeys(
    (".rail [data-counter='due']", ".tab-bar [data-counter='due']"), "agenda/_counter.html"
)


@bp.get("")
@requires(Role.OPERATOR)
def index() -> ResponseReturnValue:
    return pages.render("agenda/agenda.html", "agenda/_agenda.html", **context())


@bp.post("/<int:action_id>/done")
@requires(Role.OPERATOR)
def done(action_id: int) -> ResponseReturnValue:
    def act(session: Session) -> None:
        next_actions.done(session, action_id, **_by(session))

    return _do(action_id, act, _("Hecho."))


@bp.post("/<int:action_id>/put-off")
@requires(Role.OPERATOR)
def put_off(action_id: int) -> ResponseReturnValue:
    """To one of the proposed moments, else to what was typed."""
    zone, typed = current_runtime().settings.timezone, request.form.get("at", "").strip()[:60]
    proposal = None if typed else moments.proposed(request.form.get("when", ""), now(), zone)
    until = proposal.at if proposal else moments.read_when(typed, now(), zone)
    if until is None:
        problem = _("No se entiende cuándo: escribí, por ejemplo, viernes o %(day)s 10:30.")
        problem %= {"day": formats.example_day(now().astimezone(zone).date())}
    elif until <= now():
        problem = _("Ese momento ya pasó.")
    else:
        problem = None
    if problem or until is None:
        with reading() as session:
            reach(session, NextAction, action_id)
        drawn = context(problem=(action_id, problem), typed=typed)
        return pages.render("agenda/agenda.html", "agenda/_agenda.html", status=422, **drawn)

    def act(session: Session) -> None:
        next_actions.put_off(session, action_id, until, **_by(session))

    moment = formats.moment(until, now=now(), zone=zone)
    said = _("Pasó a %(when)s.") % {"when": moment.short}
    why = proposal.moved if proposal else moments.why_moved(until.astimezone(zone).date())
    if why:
        said = f"{said} {why[:1].upper()}{why[1:]}."
    return _do(action_id, act, said)


@bp.post("/<int:action_id>/put-back")
@requires(Role.OPERATOR)
def put_back(action_id: int) -> ResponseReturnValue:
    """Undo: it is due again as it was."""

    def act(session: Session) -> None:
        next_actions.put_back(session, action_id, **_by(session))

    return _do(action_id, act, _("Como estaba."), may_undo=False)


def _by(session: Session) -> dict[str, Any]:
    user = current_user()
    return {
        "by_id": user.id,
        "now": current_runtime().now(session),
        "oversees": user.may(Role.SUPERVISOR),
    }


def _do(action_id: int, act: Any, said: str, *, may_undo: bool = True) -> ResponseReturnValue:
    """Do it, tell the screens, and show the agenda with the next one in hand."""
    query = _query()
    follows = _following(action_id) if pages.is_fragment() else None
    try:
        with acting() as session:
            case_id = reach(session, NextAction, action_id).case_id
            campaign_id = reach(session, Case, case_id).campaign_id
            act(session)
    except (CaseHeld, IllegalMove) as error:
        sentence = (
            _("La tiene otra persona: tomala para seguir.")
            if isinstance(error, CaseHeld)
            else _("Ya no está pendiente: recargá la página.")
        )
        if pages.is_fragment():
            return pages.only_toast(sentence, 409)
        return pages.refused(sentence, url_for("agenda.index", **query))
    live.touch(current_runtime().redis, live.campaign(campaign_id))
    undo = url_for("agenda.put_back", action_id=action_id, **query) if may_undo else None
    if not pages.is_fragment():
        return pages.done(url_for("agenda.index", **query), said, undo=undo)
    drawn = context(on=follows)
    with reading() as session:
        zone = current_runtime().settings.timezone
        drawn["due"] = agenda.due_today(session, current_user().id, now=now(), zone=zone)
    return pages.fragment_with(
        "agenda/_agenda.html", toast=said, undo=undo, partials=_COUNTERS, **drawn
    )


def _following(action_id: int) -> int | None:
    """Which is in hand once this one is gone: the one below it, else the one above."""
    with reading() as session:
        rows = agenda.read_agenda(session, _asked(), now=now()).rows
    ids = [row.id for row in rows]
    if action_id not in ids:
        return None
    place = ids.index(action_id)
    others = ids[place + 1 :] + ids[:place][::-1]
    return others[0] if others else None


def context(
    *, on: int | None = None, problem: tuple[int, str | None] | None = None, typed: str = ""
) -> dict[str, Any]:
    """All that the agenda's templates draw."""
    user, zone = current_user(), current_runtime().settings.timezone
    asked = _asked()
    with reading() as session:
        found = agenda.read_agenda(session, asked, now=now())
        people = _people(session) if user.may(Role.SUPERVISOR) else []
    given = request.args.get("on", "")
    on = problem[0] if problem else on or (int(given[:18]) if given.isdecimal() else None)
    ids = [row.id for row in found.rows]
    place = ids.index(on) if on in ids else 0
    query = _query()
    return {
        "found": found,
        "sections": _sections(found.rows, asked.span),
        "segments": _segments(found.counts, asked.span, query),
        "people": people,
        "who": query["who"] or "",
        "on": ids[place] if ids else None,
        "before": ids[place - 1] if place else None,
        "behind": ids[place + 1] if place + 1 < len(ids) else None,
        "query": query,
        "walk_at": lambda action_id: str(Walk(asked.span, action_id, query["who"])),
        "span": asked.span,
        "proposals": moments.proposals(now(), zone),
        "problem": problem,
        "typed": typed,
        "is_put_off_open": bool(request.args.get("off")),
        "me": user,
        "today": now().astimezone(zone).date(),
        "next_href": url_for("agenda.index", **{**query, "after": found.after})
        if found.after
        else None,
        "first_href": url_for("agenda.index", **{**query, "after": None}) if asked.after else None,
    }


def _asked() -> Asked:
    after = request.args.get("after")
    place = Place.read(after) if after else None
    if after and place is None:
        raise NotFound
    span = read_span(request.args.get("day", ""))
    return asked_of(span, request.args.get("who", ""), after=place)


def _query() -> dict[str, Any]:
    return {name: request.args.get(name) or None for name in ("day", "who", "after")}


def _people(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(
        select(User.id, User.name).where(User.is_active).order_by(User.name).limit(500)
    )
    return [
        ("", _("Todas las personas")),
        (NOBODY, _("Sin asignar")),
        *((str(row.id), row.name) for row in rows),
    ]


_NAMES = {
    Span.ALL: _("Todo"),
    Span.LATE: _("Vencidas"),
    Span.TODAY: _("Hoy"),
    Span.TOMORROW: _("Mañana"),
    Span.WEEK: _("Semana"),
}


def _segments(
    counts: Any, span: Span | date, query: dict[str, Any]
) -> list[tuple[str, int, str, bool]]:
    return [
        (
            name,
            counts[each],
            url_for(
                "agenda.index",
                **{**query, "day": each.value if each is not Span.ALL else None, "after": None},
            ),
            each == span,
        )
        for each, name in _NAMES.items()
    ]


def _sections(
    rows: tuple[AgendaRow, ...], span: Span | date
) -> list[tuple[str, bool, list[AgendaRow]]]:
    """(heading, is it overdue, its rows), in order."""
    zone = current_runtime().settings.timezone
    today = now().astimezone(zone).date()
    headings = {
        Span.LATE: _("Vencidas"),
        Span.TODAY: _("Hoy, %(day)s") % {"day": formats.short_day(today)},
        Span.TOMORROW: _("Mañana, %(day)s") % {"day": formats.short_day(today + timedelta(days=1))},
        Span.WEEK: _("En la semana"),
    }
    if not isinstance(span, Span):
        return [(formats.long_day(span), False, list(rows))] if rows else []
    found = []
    for section, heading in headings.items():
        mine = [row for row in rows if row.section is section]
        if mine:
            found.append((heading, section is Span.LATE, mine))
    return found
