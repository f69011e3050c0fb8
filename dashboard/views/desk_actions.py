"""What is done at the desk: each a post that works as a plain form, told to every screen."""

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import desk, desk_list, desk_templates, next_actions
from campaigns.desk_around import neighbours
from campaigns.errors import (
    AlreadyThere,
    CaseChanged,
    CaseHeld,
    DomainError,
    InvalidResultValue,
    InvalidText,
    MessageRefused,
    NotAColleague,
    NotFound,
    TemplateNotApproved,
)
from campaigns.files.receipts import rest_on
from campaigns.handing_over import POOL, pass_on
from campaigns.replies import tie_reply
from campaigns.talks import talk_of
from dashboard import desk_screen, desk_words, errors, pages
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.composer_words import why_not_written
from dashboard.desk_asked import beside, seen_message
from dashboard.desk_forms import ResultForm
from dashboard.language import _
from dashboard.result_replies import REPLY_NAMES, agreed
from dashboard.shell import now
from dashboard.views.agenda_lists import url_of_next_call
from dashboard.views.desk import COUNTERS, REGIONS, bp, context
from messaging.errors import MessagingError
from models.campaign import Campaign, ResultType
from models.case import Case, NextAction, Result
from models.files import Attachment
from models.message import Message
from models.people import Role, User
from models.states import IllegalMove
from models.subscription import Subscription
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_line

Act = Callable[[Session, Case], int | None]

_AFTER_WRITING = COUNTERS | {
    name: REGIONS[name] for name in ("#desk-list", "#desk-head", "#thread-log")
}


@bp.post("/<int:case_id>/messages")
@requires(Role.OPERATOR)
def write(case_id: int) -> ResponseReturnValue:
    """Answer the customer; what was typed stays when it could not go."""
    body = request.form.get("body", "")

    with_coupon: list[bool] = []

    def act(session: Session, case: Case) -> int:
        message_id = desk.answer(
            session,
            case.id,
            body,
            by_id=current_user().id,
            now=_now(session),
            zone=current_runtime().settings.timezone,
            seen_message_id=seen_message(),
        )
        with_coupon.append(session.get_one(Message, message_id).coupon_id is not None)
        return talk_of(session, case).line_id

    try:
        _do(case_id, act, wakes=True)
    except (MessageRefused, CaseHeld) as error:
        return _composer(case_id, problem=_why(error), typed=body)
    return _composer(case_id, sent=f"case-{case_id}", coupon_sent=any(with_coupon))


@bp.post("/<int:case_id>/notes")
@requires(Role.OPERATOR)
def add_note(case_id: int) -> ResponseReturnValue:
    body = request.form.get("body", "")

    def act(session: Session, case: Case) -> None:
        desk.add_note(session, case.id, body, by_id=current_user().id, now=_now(session))

    try:
        _do(case_id, act)
    except InvalidText as error:
        why = why_not_written(error) if error.length else _("Escribí la nota.")
        return _composer(case_id, problem=why, typed=body, is_note=True)
    return _composer(case_id, sent=f"note-{case_id}", is_note=True)


@bp.post("/<int:case_id>/templates")
@requires(Role.OPERATOR)
def send_template(case_id: int) -> ResponseReturnValue:
    """Send an approved template, filled with this case's values."""
    given = request.form.get("version", "")
    version_id = int(given[:18]) if given.isdecimal() else 0

    def act(session: Session, case: Case) -> int:
        desk_templates.send_template(
            session,
            case.id,
            version_id,
            by_id=current_user().id,
            now=_now(session),
            zone=current_runtime().settings.timezone,
            seen_message_id=seen_message(),
        )
        return talk_of(session, case).line_id

    try:
        _do(case_id, act, wakes=True)
    except (MessageRefused, CaseHeld, TemplateNotApproved, MessagingError) as error:
        return _told(case_id, _why(error))
    here = _here(case_id, channel=beside(case_id).get("channel"))
    return pages.done(here, _("Plantilla en cola: sale en segundos."))


@bp.post("/<int:case_id>/read")
@requires(Role.OPERATOR)
def read(case_id: int) -> ResponseReturnValue:
    """It was on the screen for a second."""
    with acting() as session:
        case = reach(session, Case, case_id)
        is_new = desk.mark_read(
            session, case_id, by_id=current_user().id, seen_message_id=seen_message()
        )
        topics = [live.talks(case.campaign_id)]
        if case.operator_id is not None:
            topics.append(live.user(case.operator_id))
    if is_new:
        live.touch(current_runtime().redis, *topics)
    return pages.unchanged() if pages.is_fragment() else pages.done(_here(case_id))


@bp.post("/<int:case_id>/take")
@requires(Role.OPERATOR)
def take(case_id: int) -> ResponseReturnValue:
    given = request.form.get("held_by", "")
    seen = int(given[:18]) if given.isdecimal() else None

    def act(session: Session, case: Case) -> None:
        me = current_user().id
        desk.take(session, case.id, by_id=me, seen_operator_id=seen, now=_now(session))

    return _act(case_id, act, _("Consulta tomada."))


@bp.post("/<int:case_id>/release")
@requires(Role.OPERATOR)
def release(case_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        desk.release(session, case.id, by_id=current_user().id, now=_now(session))

    undo = url_for("desk.take", case_id=case_id, **_query())
    return _act(case_id, act, _("La consulta quedó sin asignar."), undo=undo)


@bp.post("/<int:case_id>/pass")
@requires(Role.OPERATOR)
def pass_case(case_id: int) -> ResponseReturnValue:
    """Give it to a colleague or back to the pool, with a note."""
    given, word = request.form.get("user", ""), request.form.get("word", "")
    to_id = int(given[:18]) if given.isdecimal() else None
    with reading() as session:
        reach(session, Case, case_id)
    if to_id is None and given != POOL:
        return _told(case_id, _("Elegí a quién pasarla."))
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
            now=_now(session),
            word=word,
            of_anybody=me.may(Role.SUPERVISOR),
        )

    try:
        return _act(case_id, act, said, passed=case_id)
    except InvalidText:
        return _told(case_id, _("La nota es demasiado larga."))


@bp.post("/<int:case_id>/reopen")
@requires(Role.OPERATOR)
def reopen(case_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        desk.reopen(session, case.id, by_id=current_user().id, now=_now(session))

    return _act(case_id, act, _("Consulta reabierta."))


@bp.post("/<int:case_id>/results")
@requires(Role.OPERATOR)
def register(case_id: int) -> ResponseReturnValue:
    """Record a result; then the next case of the list, or this one with what was recorded."""
    with reading() as session:
        shown = desk_screen.open_case(session, case_id)
    zone = current_runtime().settings.timezone
    form = ResultForm(shown.options, key=shown.form_key, now=now(), zone=zone)
    if not form.validate():
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
                now=_now(session),
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
            now=_now(session),
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
        evidence = form.evidence.data or ""
        if evidence.isdecimal():
            reach(session, Attachment, int(evidence[:18]))
        rest_on(
            session, result, int(evidence[:18]) if evidence.isdecimal() else None, now=_now(session)
        )
        kept["id"] = result.id
        return talk_of(session, case).line_id if reply else None

    try:
        _do(case_id, act, wakes=bool(reply))
    except InvalidResultValue as error:
        fields = {"date": form.day, "money": form.amount, "integer": form.number}
        wrong = fields.get(error.field, form.choice if form.choice.choices else form.text)
        wrong.errors = [error.problem]
        return _result(case_id, form, 422)
    except NotFound:
        raise
    except DomainError as error:
        return _result(case_id, form, 409, problem=_why(error))
    name = form.chosen.name if form.chosen else ""
    sent = "1" if reply else None
    undo = url_for("desk.take_back", case_id=case_id, result_id=kept["id"], sent=sent, **_query())
    said = _("Gestión registrada: %(name)s.")
    if reply:
        said = _("Gestión registrada: %(name)s. La respuesta está en cola.")
    return _after_result(case_id, said % {"name": name}, undo)


@bp.post("/<int:case_id>/results/<int:result_id>/undo")
@requires(Role.OPERATOR)
def take_back(case_id: int, result_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        desk.take_back(session, case.id, result_id, by_id=current_user().id, now=_now(session))

    with reading() as session:
        result = reach(session, Result, result_id)
        was_opt_out = session.get_one(ResultType, result.result_type_id).is_opt_out
    said = _("Gestión deshecha.")
    if "sent" in request.args:  # what has left cannot be taken back, and is not said to be
        said = _("Gestión deshecha. La respuesta que iba con ella sale igual.")
    elif was_opt_out:
        said = _("Gestión deshecha. La baja sigue en pie hasta que el cliente escriba ALTA.")
    return _act(case_id, act, said)


@bp.post("/<int:case_id>/results/<int:result_id>/confirm")
@requires(Role.OPERATOR)
def confirm(case_id: int, result_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        reach(session, Result, result_id)
        desk.confirm(session, case.id, result_id, by_id=current_user().id, now=_now(session))

    return _act(case_id, act, _("Resultado confirmado."))


@bp.post("/<int:case_id>/actions/<int:action_id>/done")
@requires(Role.OPERATOR)
def action_done(case_id: int, action_id: int) -> ResponseReturnValue:
    """The next action of the open case, done."""

    def act(session: Session, case: Case) -> None:
        if reach(session, NextAction, action_id).case_id != case.id:
            raise NotFound("nextaction", action_id)
        me = current_user()
        next_actions.done(
            session, action_id, by_id=me.id, now=_now(session), oversees=me.may(Role.SUPERVISOR)
        )

    return _act(case_id, act, _("Hecho."))


@bp.post("/<int:case_id>/messages/<int:message_id>/tie")
@requires(Role.OPERATOR)
def tie(case_id: int, message_id: int) -> ResponseReturnValue:
    """This reply is about another case, or about this one for certain."""
    given = request.form.get("case", "")
    to_id = int(given[:18]) if given.isdecimal() else 0

    def act(session: Session, case: Case) -> None:
        message = reach(session, Message, message_id)
        target = reach(session, Case, to_id)
        talk = talk_of(session, case)
        of_this_address = {each.case_id for each in neighbours(session, talk, case_id=case_id)}
        if message.contact_point_id != talk.contact_point_id or to_id not in of_this_address:
            raise NotFound("case", to_id)  # what is written there goes to whoever it is tied to
        me = current_user().id
        tie_reply(session, message_id, target.id, by_id=me, now=_now(session))
        told.append(target.campaign_id)

    told: list[int] = []
    answer = _act(case_id, act, _("Listo: la respuesta quedó en esa consulta."))
    live.touch(current_runtime().redis, *map(live.campaign, told))
    return answer


@bp.post("/<int:case_id>/identify")
@requires(Role.OPERATOR)
def identify(case_id: int) -> ResponseReturnValue:
    """Whose this is, by contract or group and order, of somebody we did not know."""
    given = request.form.get("subscription", "")
    subscription_id = int(given[:18]) if given.isdecimal() else 0

    def act(session: Session, case: Case) -> None:
        reach(session, Subscription, subscription_id)
        me = current_user().id
        desk.identify(session, case.id, subscription_id, by_id=me, now=_now(session))

    return _act(case_id, act, _("Consulta identificada."))


def _do(case_id: int, act: Act, *, wakes: bool = False) -> None:
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


def _act(
    case_id: int, act: Act, said: str, *, undo: str | None = None, **more: Any
) -> ResponseReturnValue:
    """Do it and show the case as it is now, with what was done in a toast."""
    try:
        _do(case_id, act)
    except (DomainError, IllegalMove) as error:
        if isinstance(error, (CaseHeld, CaseChanged, AlreadyThere, NotAColleague, IllegalMove)):
            return _told(case_id, _why(error))
        raise
    return _whole(case_id, said, undo, **more)


def _whole(case_id: int, said: str, undo: str | None = None, **more: Any) -> ResponseReturnValue:
    if not pages.is_fragment():
        return pages.done(_here(case_id), said, undo=undo)
    drawn = context(case_id, **more)
    return pages.fragment_with(
        "desk/_desk.html", toast=said, undo=undo, partials=dict(COUNTERS), **drawn
    )


def _after_result(case_id: int, said: str, undo: str) -> ResponseReturnValue:
    if request.form.get("go") != "next":
        return _whole(case_id, said, undo, saved=case_id)
    if (calls_of := _calls_of(case_id)) is not None:
        url = url_of_next_call(calls_of)
        if url is None:
            url = url_for("agenda.calls", campaign=calls_of)
        return pages.done(url, said, undo=undo)
    with reading() as session:
        zone = current_runtime().settings.timezone
        asked = desk_screen.asked()
        following = desk_list.next_case(session, asked, but=case_id, now=now(), zone=zone)
    url = _here(following) if following else url_for("desk.index", **_query())
    if not pages.is_fragment():
        return pages.done(url, said, undo=undo)
    drawn = context(following, saved=case_id)
    answer = pages.fragment_with(
        "desk/_desk.html", toast=said, undo=undo, partials=dict(COUNTERS), **drawn
    )
    assert isinstance(answer, Response)
    answer.headers["HX-Push-Url"] = url
    return answer


def _calls_of(case_id: int) -> int | None:
    """Its campaign, if that is one of calls: the next is not in the list, but to be called."""
    with reading() as session:
        campaign = session.get_one(Campaign, reach(session, Case, case_id).campaign_id)
        return campaign.id if campaign.is_phone_only else None


def _composer(
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
        return pages.done(_here(case_id, mode="note" if is_note else None))
    drawn = context(case_id, problem=problem, typed=typed, sent=sent)
    drawn["is_note"], drawn["coupon_sent"] = is_note, coupon_sent
    status = 422 if problem else 200
    if not pages.is_fragment():
        return pages.render("desk/desk.html", status=status, **drawn)
    return pages.fragment_with(
        "desk/_composer.html", partials=dict(_AFTER_WRITING), status=status, **drawn
    )


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


def _told(case_id: int, sentence: str) -> ResponseReturnValue:
    """It could not be done: the case as it is now, and why."""
    if not pages.is_fragment():
        return pages.refused(sentence, _here(case_id))
    return pages.only_toast(sentence, 409)


def _why(error: Exception) -> str:
    """The sentence of the table, with the name of who was quicker."""
    if isinstance(error, CaseHeld) and error.operator_id is not None:
        with current_runtime().sessions() as session:
            colleague = session.get(User, error.operator_id)
        if colleague is not None:
            return _("La tiene %(name)s: tomala para seguir.") % {"name": colleague.name}
    return why_not_written(error) or errors.answer(error)[1]


def _now(session: Session) -> Any:
    return current_runtime().now(session)


def _query() -> dict[str, Any]:
    return desk_screen.query_of(desk_screen.asked())


def _here(case_id: int, **more: Any) -> str:
    return url_for("desk.show", case_id=case_id, **{**_query(), **more})
