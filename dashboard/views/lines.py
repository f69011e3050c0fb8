"""The numbers that messages leave from: how fast, at what hours, and what holds them."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from campaigns import holding
from campaigns.errors import CatalogueRefused
from campaigns.lines import (
    LineRow,
    edit_line,
    get_line,
    list_lines,
    set_line_hours,
    set_night_answer,
)
from campaigns.night_answers import MAX_NIGHT_TEXT, USUAL_TEXT
from campaigns.sending_hours import SendingHours, chosen_hours
from dashboard.auth import acting, current_user, reading, requires
from dashboard.catalogue_form import LineForm
from dashboard.forms.hours import hours_data
from dashboard.hours_words import hours_said, whole_hours_said
from dashboard.language import _
from dashboard.named_text_form import names_said, problem_said
from dashboard.pages import done, render
from dashboard.reason_words import why_held
from messaging.named_texts import NIGHT
from models.people import Role
from runtime.wiring import current_runtime
from workers.wake import wake_line

bp = Blueprint("lines", __name__, url_prefix="/settings/lines")


@bp.get("")
@requires(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    with reading() as session:
        lines = list_lines(session)
    return render("lines/list.html", lines=lines, why=why_held)


@bp.get("/<int:line_id>")
@requires(Role.ADMINISTRATOR)
def show(line_id: int) -> ResponseReturnValue:
    with reading() as session:
        line = get_line(session, line_id)
    data = {
        "name": line.name,
        "rate": line.rate,
        "answers_at_night": line.answers_at_night,
        "night_text": line.night_text or USUAL_TEXT,
        **hours_data(_hours(line), is_own=_own(line) is not None),
    }
    return _page(LineForm(data=data, formdata=None), line)


@bp.post("/<int:line_id>")
@requires(Role.ADMINISTRATOR)
def save(line_id: int) -> ResponseReturnValue:
    form = LineForm()
    with reading() as session:
        line = get_line(session, line_id)
    if not form.validate():
        return _page(form, line, status=422)
    me = current_user().id
    try:
        with acting() as session:
            edit_line(
                session, line_id, name=form.name.data or "", rate=form.rate.data or 0, by_id=me
            )
            if (hours := form.chosen()) != _own(line):
                set_line_hours(
                    session, line_id, hours, now=current_runtime().now(session), by_id=me
                )
            set_night_answer(
                session,
                line_id,
                active=bool(form.answers_at_night.data),
                text=form.night_text.data or "",
                by_id=me,
            )
    except CatalogueRefused as error:
        form.night_text.errors = [problem_said(error, longest=MAX_NIGHT_TEXT)]
        return _page(form, line, status=422)
    wake_line(current_runtime(), line_id)
    said = _("Línea guardada. La velocidad y el horario rigen desde ahora.")
    return done(url_for("lines.index"), said)


@bp.post("/<int:line_id>/release")
@requires(Role.ADMINISTRATOR)
def release(line_id: int) -> ResponseReturnValue:
    with acting() as session:
        get_line(session, line_id)
        holding.release_line(session, line_id, by_id=current_user().id)
    wake_line(current_runtime(), line_id)
    return done(url_for("lines.index"), _("Línea liberada: vuelve a enviar."))


def _page(form: LineForm, line: LineRow, *, status: int = 200) -> ResponseReturnValue:
    return render(
        "lines/edit.html",
        status=status,
        form=form,
        line=line,
        hours=hours_said(_hours(line)),
        usual=whole_hours_said(current_runtime().settings.sending_hours),
        names=names_said(NIGHT),
        longest=MAX_NIGHT_TEXT,
    )


def _hours(line: LineRow) -> SendingHours:
    usual = current_runtime().settings.sending_hours
    return chosen_hours(usual, (line.sending_window, line.sends_on_holidays))


def _own(line: LineRow) -> SendingHours | None:
    """Its own; None: as the installation has it."""
    is_own = (line.sending_window, line.sends_on_holidays) != (None, None)
    return _hours(line) if is_own else None
