"""What is done at the desk: each a post that works as a plain form, told to every screen."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import case_holding, desk, desk_templates
from campaigns.desk_around import neighbours
from campaigns.errors import (
    CaseHeld,
    InvalidText,
    MessageRefused,
    NotFound,
    TemplateNotApproved,
)
from campaigns.replies import tie_reply
from campaigns.talks import talk_of
from dashboard import pages
from dashboard.auth import acting, current_user, reach, requires
from dashboard.composer_words import why_not_written
from dashboard.desk_asked import beside, seen_message
from dashboard.language import _
from dashboard.views.desk import bp
from dashboard.views.desk_acts import (
    act_on,
    composer,
    do,
    here,
    moment,
    query,
    told,
    why,
)
from messaging.errors import MessagingError
from models.case import Case
from models.message import Message
from models.people import Role
from models.subscription import Subscription
from runtime import live
from runtime.wiring import current_runtime


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
            now=moment(session),
            zone=current_runtime().settings.timezone,
            seen_message_id=seen_message(),
        )
        with_coupon.append(session.get_one(Message, message_id).coupon_id is not None)
        return talk_of(session, case).line_id

    try:
        do(case_id, act, wakes=True)
    except (MessageRefused, CaseHeld) as error:
        return composer(case_id, problem=why(error), typed=body)
    return composer(case_id, sent=f"case-{case_id}", coupon_sent=any(with_coupon))


@bp.post("/<int:case_id>/notes")
@requires(Role.OPERATOR)
def add_note(case_id: int) -> ResponseReturnValue:
    body = request.form.get("body", "")

    def act(session: Session, case: Case) -> None:
        desk.add_note(session, case.id, body, by_id=current_user().id, now=moment(session))

    try:
        do(case_id, act)
    except InvalidText as error:
        problem = why_not_written(error) if error.length else _("Escribí la nota.")
        return composer(case_id, problem=problem, typed=body, is_note=True)
    return composer(case_id, sent=f"note-{case_id}", is_note=True)


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
            now=moment(session),
            zone=current_runtime().settings.timezone,
            seen_message_id=seen_message(),
        )
        return talk_of(session, case).line_id

    try:
        do(case_id, act, wakes=True)
    except (MessageRefused, CaseHeld, TemplateNotApproved, MessagingError) as error:
        return told(case_id, why(error))
    url = here(case_id, channel=beside(case_id).get("channel"))
    return pages.done(url, _("Plantilla en cola: sale en segundos."))


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
    return pages.unchanged() if pages.is_fragment() else pages.done(here(case_id))


@bp.post("/<int:case_id>/take")
@requires(Role.OPERATOR)
def take(case_id: int) -> ResponseReturnValue:
    given = request.form.get("held_by", "")
    seen = int(given[:18]) if given.isdecimal() else None

    def act(session: Session, case: Case) -> None:
        me = current_user().id
        case_holding.take(session, case.id, by_id=me, seen_operator_id=seen, now=moment(session))

    return act_on(case_id, act, _("Consulta tomada."))


@bp.post("/<int:case_id>/release")
@requires(Role.OPERATOR)
def release(case_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        case_holding.release(session, case.id, by_id=current_user().id, now=moment(session))

    undo = url_for("desk.take", case_id=case_id, **query())
    return act_on(case_id, act, _("La consulta quedó sin asignar."), undo=undo)


@bp.post("/<int:case_id>/reopen")
@requires(Role.OPERATOR)
def reopen(case_id: int) -> ResponseReturnValue:
    def act(session: Session, case: Case) -> None:
        case_holding.reopen(session, case.id, by_id=current_user().id, now=moment(session))

    return act_on(case_id, act, _("Consulta reabierta."))


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
        tie_reply(session, message_id, target.id, by_id=me, now=moment(session))
        moved_to.append(target.campaign_id)

    moved_to: list[int] = []
    answer = act_on(case_id, act, _("Listo: la respuesta quedó en esa consulta."))
    live.touch(current_runtime().redis, *map(live.campaign, moved_to))
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
        desk.identify(session, case.id, subscription_id, by_id=me, now=moment(session))

    return act_on(case_id, act, _("Consulta identificada."))
