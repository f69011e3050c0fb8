"""What a supervisor does to a campaign: each a post, each in the audit trail."""

from collections.abc import Callable

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import holding, lifecycle, teams
from campaigns.progress_head import head_of
from dashboard import formats, pages
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.campaign_words import PRIORITIES
from dashboard.language import _, ngettext
from models.campaign import Campaign
from models.people import Role
from runtime import live
from runtime.wiring import Runtime, current_runtime
from workers.wake import wake_line

bp = Blueprint("campaign_actions", __name__, url_prefix="/campaigns")


def _do(campaign_id: int, act: Callable[[Session, Runtime, Campaign], str]) -> tuple[str, int]:
    """Do it, commit, tell the screens; what to say, and the campaign's line."""
    runtime = current_runtime()
    with acting() as session:
        campaign = reach(session, Campaign, campaign_id)
        said = act(session, runtime, campaign)
        line_id = campaign.line_id
    live.touch(runtime.redis, live.campaign(campaign_id))
    return said, line_id


def _back(campaign_id: int, said: str, *, undo: str | None = None) -> ResponseReturnValue:
    return pages.done(url_for("campaign.show", campaign_id=campaign_id), said, undo=undo)


@bp.post("/<int:campaign_id>/pause")
@requires(Role.SUPERVISOR)
def pause(campaign_id: int) -> ResponseReturnValue:
    """At once, and to be undone."""

    def act(session: Session, _runtime: Runtime, campaign: Campaign) -> str:
        lifecycle.pause(session, campaign.id, by_id=current_user().id)
        return _("Envíos en pausa.")

    said, _line = _do(campaign_id, act)
    undo = url_for("campaign_actions.resume", campaign_id=campaign_id)
    return _back(campaign_id, said, undo=undo)


@bp.post("/<int:campaign_id>/resume")
@requires(Role.SUPERVISOR)
def resume(campaign_id: int) -> ResponseReturnValue:
    """Go on sending."""

    def act(session: Session, _runtime: Runtime, campaign: Campaign) -> str:
        lifecycle.resume(session, campaign.id, by_id=current_user().id)
        return _("Envíos en marcha otra vez.")

    said, line_id = _do(campaign_id, act)
    wake_line(current_runtime(), line_id)
    undo = url_for("campaign_actions.pause", campaign_id=campaign_id)
    return _back(campaign_id, said, undo=undo)


@bp.post("/<int:campaign_id>/cancel")
@requires(Role.SUPERVISOR)
def cancel(campaign_id: int) -> ResponseReturnValue:
    """Take back what has not left; the dialog has said how many."""

    def act(session: Session, runtime: Runtime, campaign: Campaign) -> str:
        taken = lifecycle.cancel(
            session, campaign.id, now=runtime.now(session), by_id=current_user().id
        )
        if not taken:
            return _("Campaña cancelada.")
        words = ngettext(
            "Campaña cancelada: %(n)s mensaje no se envía.",
            "Campaña cancelada: %(n)s mensajes no se envían.",
            taken,
        )
        return words % {"n": formats.number(taken)}

    said, _line = _do(campaign_id, act)
    return _back(campaign_id, said)


@bp.post("/<int:campaign_id>/finish")
@requires(Role.SUPERVISOR)
def finish(campaign_id: int) -> ResponseReturnValue:
    """Send nothing more, and close what never answered."""

    def act(session: Session, runtime: Runtime, campaign: Campaign) -> str:
        closed = lifecycle.finish(
            session, campaign.id, now=runtime.now(session), by_id=current_user().id
        )
        words = ngettext(
            "Campaña finalizada: se cerró %(n)s consulta sin respuesta.",
            "Campaña finalizada: se cerraron %(n)s consultas sin respuesta.",
            closed,
        )
        return words % {"n": formats.number(closed)}

    said, _line = _do(campaign_id, act)
    return _back(campaign_id, said)


@bp.post("/<int:campaign_id>/archive")
@requires(Role.SUPERVISOR)
def archive(campaign_id: int) -> ResponseReturnValue:
    """Out of the way; reopening brings it back."""

    def act(session: Session, _runtime: Runtime, campaign: Campaign) -> str:
        lifecycle.archive(session, campaign.id, by_id=current_user().id)
        return _("Campaña archivada. Está en la solapa Archivadas.")

    said, _line = _do(campaign_id, act)
    return _back(campaign_id, said)


@bp.post("/<int:campaign_id>/reopen")
@requires(Role.SUPERVISOR)
def reopen(campaign_id: int) -> ResponseReturnValue:
    """Desk work goes on; nothing is sent."""

    def act(session: Session, runtime: Runtime, campaign: Campaign) -> str:
        lifecycle.reopen(session, campaign.id, now=runtime.now(session), by_id=current_user().id)
        return _("Campaña reabierta: se atienden respuestas, no se envía nada más.")

    said, _line = _do(campaign_id, act)
    return _back(campaign_id, said)


@bp.post("/<int:campaign_id>/unschedule")
@requires(Role.SUPERVISOR)
def unschedule(campaign_id: int) -> ResponseReturnValue:
    """Back to a draft."""

    def act(session: Session, _runtime: Runtime, campaign: Campaign) -> str:
        lifecycle.unschedule(session, campaign.id, by_id=current_user().id)
        return _("Lanzamiento desprogramado: la campaña volvió a borrador.")

    said, _line = _do(campaign_id, act)
    return _back(campaign_id, said)


@bp.post("/<int:campaign_id>/release")
@requires(Role.SUPERVISOR)
def release(campaign_id: int) -> ResponseReturnValue:
    """Let a campaign that waits for its template go on."""

    def act(session: Session, _runtime: Runtime, campaign: Campaign) -> str:
        holding.release_campaign(session, campaign.id, by_id=current_user().id)
        return _("Campaña liberada: los envíos siguen.")

    said, line_id = _do(campaign_id, act)
    wake_line(current_runtime(), line_id)
    return _back(campaign_id, said)


@bp.post("/<int:campaign_id>/release-line")
@requires(Role.ADMINISTRATOR)
def release_line(campaign_id: int) -> ResponseReturnValue:
    """Let its line go on, with every campaign that waits for it."""

    def act(session: Session, _runtime: Runtime, campaign: Campaign) -> str:
        holding.release_line(session, campaign.line_id, by_id=current_user().id)
        return _("Línea liberada: los envíos siguen.")

    said, line_id = _do(campaign_id, act)
    wake_line(current_runtime(), line_id)
    return _back(campaign_id, said)


@bp.post("/<int:campaign_id>/priority")
@requires(Role.SUPERVISOR)
def priority(campaign_id: int) -> ResponseReturnValue:
    """Which campaign of a line goes first."""
    given = request.values.get("to", "")
    if given not in {str(level) for level in teams.PRIORITIES}:
        with reading() as session:
            reach(session, Campaign, campaign_id)
        url = url_for("campaign.show", campaign_id=campaign_id)
        return pages.refused(_("Elegí una prioridad: alta, media o baja."), url)
    before: list[int] = []

    def act(session: Session, _runtime: Runtime, campaign: Campaign) -> str:
        before.append(
            teams.change_priority(session, campaign.id, int(given), by_id=current_user().id)
        )
        return _("Prioridad %(level)s.") % {"level": PRIORITIES[int(given)].lower()}

    said, _line = _do(campaign_id, act)
    undo = url_for("campaign_actions.priority", campaign_id=campaign_id, to=before[0])
    return _back(campaign_id, said, undo=undo if str(before[0]) != given else None)


@bp.get("/<int:campaign_id>/operators")
@requires(Role.SUPERVISOR)
def operators(campaign_id: int) -> ResponseReturnValue:
    """Who works on it, as a list to tick."""
    return _operators_form(campaign_id)


def _operators_form(
    campaign_id: int, *, problem: str | None = None, ticked: set[int] | None = None
) -> ResponseReturnValue:
    with reading() as session:
        _campaign, head = head_of(session, campaign_id)
        people = teams.candidates(session, campaign_id)
    if ticked is None:
        ticked = {each.user_id for each in people if each.is_assigned}
    return pages.render(
        "campaign/operators.html",
        status=422 if problem else 200,
        head=head,
        people=people,
        ticked=ticked,
        problem=problem,
    )


@bp.post("/<int:campaign_id>/operators")
@requires(Role.SUPERVISOR)
def assign(campaign_id: int) -> ResponseReturnValue:
    """Exactly the ticked ones."""
    given = request.form.getlist("user")
    ticked = {int(each) for each in given if each.isdecimal() and len(each) <= 18}
    with reading() as session:
        head_of(session, campaign_id)
        known = {each.user_id for each in teams.candidates(session, campaign_id)}
    if len(ticked) != len(given) or not ticked <= known:
        problem = _("Una de las personas ya no trabaja acá: revisá la lista.")
        return _operators_form(campaign_id, problem=problem, ticked=ticked & known)

    def act(session: Session, _runtime: Runtime, campaign: Campaign) -> str:
        released = teams.assign_operators(session, campaign.id, ticked, by_id=current_user().id)
        said = _("Equipo guardado.")
        if released:
            words = ngettext(
                " %(n)s consulta volvió a Sin asignar.",
                " %(n)s consultas volvieron a Sin asignar.",
                released,
            )
            said += words % {"n": formats.number(released)}
        return said

    said, _line = _do(campaign_id, act)
    return _back(campaign_id, said)
