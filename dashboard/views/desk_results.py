"""Results at the desk: recorded, confirmed, taken back, and what comes on the screen after one."""

from dataclasses import replace
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from campaigns import desk, desk_next, next_actions
from campaigns.errors import (
    DomainError,
    InvalidResultValue,
    NotFound,
)
from campaigns.files.kinds import LARGEST
from campaigns.talks import talk_of
from dashboard import desk_agenda, desk_screen, desk_words, errors, pages
from dashboard.auth import current_user, reach, reading, requires
from dashboard.desk_agenda import Walk
from dashboard.desk_asked import Asked, query_of, seen_message, stood_at
from dashboard.desk_evidence import rest_on_evidence, take_evidence
from dashboard.desk_forms import ResultForm
from dashboard.file_words import size_said
from dashboard.language import _
from dashboard.result_replies import REPLY_NAMES, agreed
from dashboard.shell import now
from dashboard.views.agenda_lists import url_of_next_call
from dashboard.views.desk import COUNTERS, REGIONS, bp, context
from dashboard.views.desk_acts import act_on, do, moment, query, told, whole, why
from models.campaign import Campaign, ResultType
from models.case import Case, NextAction, Result
from models.people import Role
from runtime.wiring import current_runtime


@bp.post("/<int:case_id>/results")
@requires(Role.OPERATOR)
def register(case_id: int) -> ResponseReturnValue:
    """Record a result; then the next case of the list, or this one with what was recorded."""
    with reading() as session:
        shown = desk_screen.open_case(session, case_id)
    zone = current_runtime().settings.timezone
    form = ResultForm(shown.options, key=shown.form_key, now=now(), zone=zone)
    is_good, taken = form.validate(), take_evidence(form)
    if not is_good or form.file.errors:
        return _result(case_id, form, 422)
    corrects, seen = form.corrects.data or "", form.seen.data or ""
    kept: dict[str, int] = {}
    reply = form.chosen.reply_text if form.chosen and "send" in request.form else None

    def act(session: Session, case: Case) -> int | None:
        if reply:  # first: a result may be that he wants no more of them
            desk.answer(
                session,
                case.id,
                reply,
                by_id=current_user().id,
                now=moment(session),
                zone=current_runtime().settings.timezone,
                more=agreed(form.value()),
                names=REPLY_NAMES,
                seen_message_id=seen_message(),
            )
        result = desk.register(
            session,
            case.id,
            form.result.data,
            by_id=current_user().id,
            now=moment(session),
            seen_result_id=int(seen[:18]) if seen.isdecimal() else 0,
            channel=None if corrects else form.way[0],
            began=None if corrects else form.way[1],
            value=form.value(),
            note=(form.note.data or "").strip() or None,
            next_action=form.plan(),
            corrects_id=int(corrects[:18]) if corrects.isdecimal() else None,
            suggestion=shown.suggestion,
            used_suggestion=desk_words.was_used(shown.suggestion, form.suggested.data),
            seen_message_id=seen_message(),
        )
        rest_on_evidence(session, case, result, form, taken)
        kept["id"] = result.id
        return talk_of(session, case).line_id if reply else None

    try:
        do(case_id, act, wakes=bool(reply))
    except InvalidResultValue as error:
        fields = {"date": form.day, "money": form.amount, "integer": form.number}
        wrong = fields.get(error.field, form.choice if form.choice.choices else form.text)
        wrong.errors = [f"{error.problem[:1].upper()}{error.problem[1:]}."]
        return _result(case_id, form, 422)
    except NotFound:
        raise
    except DomainError as error:
        return _result(case_id, form, 409, problem=why(error))
    name = form.chosen.name if form.chosen else ""
    sent = "1" if reply else None
    undo = url_for("desk.take_back", case_id=case_id, result_id=kept["id"], sent=sent, **query())
    said = _("Gestión registrada: %(name)s.")
    if reply:
        said = _("Gestión registrada: %(name)s. La respuesta está en cola.")
    return _after_result(case_id, said % {"name": name}, undo)


@bp.errorhandler(RequestEntityTooLarge)
def too_big(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Found out before the form was read: on the screen it stays as it is."""
    if request.endpoint != "desk.register":
        return errors.of_http(error)
    said = _("El archivo es demasiado grande: hasta %(size)s. Elegí otro.")
    case_id = (request.view_args or {}).get("case_id", 0)
    with reading() as session:
        reach(session, Case, case_id)
    return told(case_id, said % {"size": size_said(LARGEST)}, 413)


@bp.post("/<int:case_id>/results/<int:result_id>/undo")
@requires(Role.OPERATOR)
def take_back(case_id: int, result_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        desk.take_back(session, case.id, result_id, by_id=current_user().id, now=moment(session))

    with reading() as session:
        result = reach(session, Result, result_id)
        was_opt_out = session.get_one(ResultType, result.result_type_id).is_opt_out
    said = _("Gestión deshecha.")
    if "sent" in request.args:  # what has left cannot be taken back, and is not said to be
        said = _("Gestión deshecha. La respuesta que iba con ella sale igual.")
    elif was_opt_out:
        said = _("Gestión deshecha. La baja sigue en pie hasta que el cliente escriba ALTA.")
    return act_on(case_id, act, said)


@bp.post("/<int:case_id>/results/<int:result_id>/confirm")
@requires(Role.OPERATOR)
def confirm(case_id: int, result_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        reach(session, Result, result_id)
        desk.confirm(session, case.id, result_id, by_id=current_user().id, now=moment(session))

    return act_on(case_id, act, _("Resultado confirmado."))


@bp.post("/<int:case_id>/actions/<int:action_id>/done")
@requires(Role.OPERATOR)
def action_done(case_id: int, action_id: int) -> ResponseReturnValue:
    """The next action of the open case, done."""

    def act(session: Session, case: Case) -> None:
        if reach(session, NextAction, action_id).case_id != case.id:
            raise NotFound("nextaction", action_id)
        me = current_user()
        next_actions.done(
            session, action_id, by_id=me.id, now=moment(session), oversees=me.may(Role.SUPERVISOR)
        )

    return act_on(case_id, act, _("Hecho."))


def _after_result(case_id: int, said: str, undo: str) -> ResponseReturnValue:
    if request.form.get("go") != "next":
        return whole(case_id, said, undo, saved=case_id)
    asked = desk_screen.asked()
    if asked.walk is not None:
        return _next_in_agenda(asked.walk, case_id, said, undo)
    if (calls_of := _calls_of(case_id)) is not None:
        url = url_of_next_call(calls_of)
        if url is None:
            url = url_for("agenda.calls", campaign=calls_of)
        return pages.done(url, said, undo=undo, drafts=_drafts(case_id))
    zone, place = current_runtime().settings.timezone, stood_at(case_id)
    with reading() as session:
        following = desk_next.next_case(
            session, asked, but=case_id, behind=place, now=now(), zone=zone
        )
    then = replace(asked, after=following.after if following else None)
    return _gone_on(following.case_id if following else None, then, said, undo, saved=case_id)


def _next_in_agenda(walk: Walk, case_id: int, said: str, undo: str) -> ResponseReturnValue:
    """The case of the action behind that one; the agenda itself, if it was the last."""
    with reading() as session:
        step = desk_agenda.where(session, walk)
    stop = step.behind if step else None
    if stop is None:
        return pages.done(walk.agenda_url, said, undo=undo, drafts=_drafts(case_id))
    then = replace(desk_screen.asked(), walk=walk.at(stop))
    return _gone_on(stop.case_id, then, said, undo, saved=case_id)


def _gone_on(
    case_id: int | None, asked: Asked, said: str, undo: str, **more: Any
) -> ResponseReturnValue:
    """Another case on the screen, under its own address; without one, the empty desk."""
    url = url_for("desk.show" if case_id else "desk.index", case_id=case_id, **query_of(asked))
    if not pages.is_fragment():
        return pages.done(url, said, undo=undo)
    drawn = context(case_id, asked=asked, **more)
    answer = pages.fragment_with(
        "desk/_desk.html", toast=said, undo=undo, partials=dict(COUNTERS), **drawn
    )
    assert isinstance(answer, Response)
    answer.headers["HX-Push-Url"] = url
    return answer


def _drafts(case_id: int) -> tuple[str, str]:
    """Of a result's detail, and of what else was filled in, as the form names them."""
    return f"result-{case_id}", f"value-{case_id}"


def _calls_of(case_id: int) -> int | None:
    """Its campaign, if that is one of calls: the next is not in the list, but to be called."""
    with reading() as session:
        campaign = session.get_one(Campaign, reach(session, Case, case_id).campaign_id)
        return campaign.id if campaign.is_phone_only else None


def _result(
    case_id: int, form: ResultForm, status: int, *, problem: str | None = None
) -> ResponseReturnValue:
    """The form with what was typed; after somebody else's result, on top of that one."""
    drawn = context(case_id, form=form, result_problem=problem)
    form.seen.data = str(drawn["shown"].newest_result_id)
    if not pages.is_fragment():
        return pages.render("desk/desk.html", status=status, **drawn)
    partials = {} if status == 422 else {name: REGIONS[name] for name in ("#case-card",)}
    return pages.fragment_with("desk/_result.html", status=status, partials=partials, **drawn)
