"""An approved template sent to oneself, from its page."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from campaigns.draft_test import filled, send_version
from campaigns.errors import LaunchRefused, MessageRefused, NotFound
from campaigns.template_reading import VersionPage, get_template
from dashboard.auth import acting, current_user, reading, requires
from dashboard.language import _
from dashboard.own_tests import why_no_test
from dashboard.pages import is_fragment, refused, render, unchanged
from dashboard.template_editor import chosen_sitter, values_for
from dashboard.template_trial import form_to_test, told_of, trial_of
from dashboard.views.templates import asked_version, shown
from messaging.errors import MessagingError
from models.people import Role
from models.states import TemplateState
from models.template import TemplateVersion
from models.values import PhoneNumber
from runtime.wiring import current_runtime
from workers.wake import wake_line

bp = Blueprint("template_tests", __name__, url_prefix="/templates")


@bp.post("/<int:template_id>/test")
@requires(Role.SUPERVISOR)
def send(template_id: int) -> ResponseReturnValue:
    """With the values of the person whose message is shown."""
    with reading() as session:
        page = get_template(session, template_id)
        version = asked_version(page)
        form = form_to_test(session, typed=True)
    if form is None:
        raise NotFound("line", 0)
    if version.state is not TemplateState.APPROVED:
        here = url_for("templates.show", template_id=template_id, version=version.number)
        return refused(_("No se envió: WhatsApp no tiene aprobada esa versión."), here)
    line_id, message_id = form.line.data, None
    phone = form.number() if form.validate() else None
    if phone is not None:
        try:
            message_id = _send(version, line_id, phone)
        except (MessageRefused, MessagingError, LaunchRefused) as error:
            form.phone.errors = [why_no_test(error)]
    if message_id is not None:
        wake_line(current_runtime(), line_id)
        if not is_fragment():
            where = url_for("templates.show", template_id=template_id, version=version.number)
            return redirect(f"{where}&test={message_id}#test", 303)
    status = 200 if message_id is not None else 422
    with reading() as session:
        context = trial_of(session, page, version, form=form, message_id=message_id)
    if not is_fragment():
        return shown(template_id, status=status, test=context)
    return render("_test.html", status=status, **context)


@bp.get("/<int:template_id>/test/<int:message_id>")
@requires(Role.SUPERVISOR)
def progress(template_id: int, message_id: int) -> ResponseReturnValue:
    """How far one's own test got; asked every two seconds while it is on its way."""
    with reading() as session:
        page = get_template(session, template_id)
        told = told_of(session, template_id, asked_version(page), message_id)
    if told is not None and told.href and request.args.get("v") == told.version:
        return unchanged()
    return render("_test_state.html", told=told)


def _send(version: VersionPage, line_id: int, phone: PhoneNumber) -> int:
    runtime = current_runtime()
    with acting() as session:
        values = values_for(session, chosen_sitter(session), version.fields)
        return send_version(
            session,
            session.get_one(TemplateVersion, version.id),
            line_id=line_id,
            phone=phone,
            variables=filled(version.fields, values, {}, version.samples),
            user_id=current_user().id,
            now=runtime.now(session),
        )
