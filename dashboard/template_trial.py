"""What the page of a template needs to have one sent to oneself."""

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from wtforms import SelectField

from campaigns.lines import list_lines
from campaigns.template_reading import TemplatePage, VersionPage
from dashboard.forms.campaign_edit import TestForm
from dashboard.language import _
from dashboard.own_tests import Told, own_phone, told
from models.states import TemplateState


class TemplateTestForm(TestForm):
    """From one of several lines; with a single one nothing is asked."""

    line = SelectField(_("Desde la línea"), coerce=int, validate_choice=False)


def form_to_test(session: Session, *, typed: bool) -> TemplateTestForm | None:
    """As it was ``typed``, or as it is first seen; None without a line to send from."""
    lines = sorted(list_lines(session), key=lambda each: each.hold_reason is not None)
    if not lines:
        return None
    first: dict[str, Any] = {"line": lines[0].id}
    if typed:
        form = TemplateTestForm(data=first)
    else:
        form = TemplateTestForm(formdata=None, data={**first, "phone": own_phone(session)})
    form.line.choices = [(each.id, each.name) for each in lines]
    if form.line.data not in {each.id for each in lines}:
        form.line.data = lines[0].id
    return form


def trial_of(
    session: Session,
    page: TemplatePage,
    version: VersionPage,
    *,
    form: TemplateTestForm | None = None,
    message_id: int | None = None,
) -> dict[str, Any]:
    """Nothing where the version may not be sent."""
    form = form or form_to_test(session, typed=False)
    if form is None or version.state is not TemplateState.APPROVED:
        return {"test_form": None, "told": None}
    if len(form.line.choices or ()) == 1:
        del form.line
    where = _where(page.id, version)
    asked = message_id or request.args.get("test", type=int)
    return {
        "test_form": form,
        "test_action": url_for("template_tests.send", **where),
        "test_note": _("Llega el mensaje de abajo, con los datos de esa persona."),
        "told": told_of(session, page.id, version, asked),
    }


def told_of(
    session: Session, template_id: int, version: VersionPage, message_id: int | None
) -> Told | None:
    """How far the test got, whatever has become of the version since."""

    def progress(message_id: int, state: str) -> str:
        where = _where(template_id, version)
        return url_for("template_tests.progress", message_id=message_id, v=state, **where)

    return told(session, message_id, progress)


def _where(template_id: int, version: VersionPage) -> dict[str, Any]:
    return {
        "template_id": template_id,
        "version": version.number,
        "person": request.args.get("person"),
    }
