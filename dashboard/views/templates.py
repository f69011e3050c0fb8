"""Templates: the list, one with its versions, and the editor with its preview."""

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import template_drafts
from campaigns.errors import AlreadyThere, InUse, TemplateRefused
from campaigns.template_drafts import Saved
from campaigns.template_reading import (
    TemplateLine,
    TemplatePage,
    VersionPage,
    get_template,
    list_templates,
)
from campaigns.template_specs import TemplateSpec
from dashboard import template_words as words
from dashboard.auth import acting, current_user, reading, requires
from dashboard.language import _
from dashboard.pages import done, fragment_with, refused, render, unchanged
from dashboard.template_editor import (
    chosen_sitter,
    editor_context,
    look_at,
    samples_of,
    spec_of,
)
from dashboard.template_form import (
    ButtonRow,
    TemplateForm,
    changed_rows,
    read,
    rows_in,
    stored,
)
from dashboard.template_trial import trial_of
from messaging.template_names import named
from models.people import Role
from models.states import TemplateState
from models.template import TemplateCategory
from runtime.wiring import current_runtime
from workers.wake import wake_submission

bp = Blueprint("templates", __name__, url_prefix="/templates")


@bp.get("")
@requires(Role.SUPERVISOR)
def index() -> ResponseReturnValue:
    state = request.args.get("state", "")
    sought = request.args.get("q", "").strip()
    with reading() as session:
        every = list_templates(session)
    shown = [line for line in every if _is_among(line, state, sought)]
    tabs = [
        (text, sum(_is_among(line, value, "") for line in every), value)
        for value, text in (
            ("", _("Todas")),
            ("approved", _("Aprobadas")),
            ("submitted", _("En revisión")),
            ("draft", _("Borradores")),
            ("rejected", _("Con problemas")),
        )
    ]
    return render(
        "templates/list.html",
        templates=shown,
        any_at_all=bool(every),
        tabs=tabs,
        state=state,
        sought=sought,
        named=named,
        words=words,
    )


@bp.get("/<int:template_id>")
@requires(Role.SUPERVISOR)
def show(template_id: int) -> ResponseReturnValue:
    return shown(template_id)


def shown(
    template_id: int,
    *,
    status: int = 200,
    test: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    """The page of a template with one of its versions; ``test``: the form as it was sent."""
    with reading() as session:
        page = get_template(session, template_id)
        version = asked_version(page)
        mark = _mark(page)
        if request.args.get("v") == mark:
            return unchanged()
        who = chosen_sitter(session)
        preview = look_at(session, spec_of(page, version), who)
        test = test or trial_of(session, page, version)
    return render(
        "templates/show.html",
        "templates/_live.html",
        status=status,
        kept=page,
        version=version,
        mark=mark,
        preview=preview,
        sitter=who,
        is_waiting=page.newest.is_being_submitted or page.newest.state is TemplateState.SUBMITTED,
        body=named(version.body, version.fields),
        words=words,
        **test,
    )


@bp.get("/new")
@requires(Role.SUPERVISOR)
def new() -> ResponseReturnValue:
    form = TemplateForm(data={"category": "UTILITY", "language": "es_AR"}, formdata=None)
    return _editor(form, [], None)


@bp.post("/new")
@requires(Role.SUPERVISOR)
def create() -> ResponseReturnValue:
    return _keep(None)


@bp.get("/<int:template_id>/edit")
@requires(Role.SUPERVISOR)
def edit(template_id: int) -> ResponseReturnValue:
    with reading() as session:
        page = get_template(session, template_id)
    if _is_busy(page.newest):
        return refused(
            _("Está en revisión: se puede editar cuando WhatsApp responda."),
            url_for("templates.show", template_id=template_id),
        )
    data, rows = stored(page)
    return _editor(TemplateForm(data=data, formdata=None), rows, page)


@bp.post("/<int:template_id>/edit")
@requires(Role.SUPERVISOR)
def save(template_id: int) -> ResponseReturnValue:
    return _keep(template_id)


@bp.post("/preview")
@requires(Role.SUPERVISOR)
def preview() -> ResponseReturnValue:
    """What is typed so far, drawn; nothing is kept."""
    return _redrawn(request.args.get("template", type=int))


@bp.post("/<int:template_id>/submit")
@requires(Role.SUPERVISOR)
def submit(template_id: int) -> ResponseReturnValue:
    with reading() as session:
        newest = get_template(session, template_id).newest
    here = url_for("templates.show", template_id=template_id)
    try:
        _submit(newest.id)
    except TemplateRefused:
        sentence = _("Falta corregir algo antes de enviarla: está marcado en la revisión.")
        return refused(sentence, url_for("templates.edit", template_id=template_id))
    return done(here, _("Enviada a revisión. Suele tardar entre unos minutos y un día."))


@bp.post("/<int:template_id>/discard")
@requires(Role.SUPERVISOR)
def discard(template_id: int) -> ResponseReturnValue:
    try:
        with acting() as session:
            is_gone = template_drafts.discard_draft(session, template_id, by_id=current_user().id)
    except InUse as error:
        told = _("No se eliminó: la usa %(campaigns)s. Elegí antes otra plantilla ahí.")
        return refused(
            told % {"campaigns": ", ".join(error.campaigns)},
            url_for("templates.show", template_id=template_id),
        )
    if is_gone:
        return done(url_for("templates.index"), _("Se eliminó el borrador."))
    return done(
        url_for("templates.show", template_id=template_id),
        _("Se eliminó el borrador. La versión anterior sigue como estaba."),
    )


def _keep(template_id: int | None) -> ResponseReturnValue:
    """One post of the editor: a change of its buttons, a save, or a save and submission."""
    act = request.form.get("do", "save")
    if act not in ("save", "submit"):
        return _redrawn(template_id, act)
    form, rows, page = _posted(template_id)
    typed = read(form, rows, samples=samples_of(page))
    with reading() as session:
        looked = look_at(session, typed.spec, chosen_sitter(session, form), wrong=typed.wrong)
    if typed.wrong or (act == "submit" and looked.errors):
        return _editor(form, rows, page, status=422)
    try:
        saved = _save(typed.spec, template_id)
    except AlreadyThere:
        form.name.errors = [_("Ya hay otra plantilla con ese nombre.")]
        return _editor(form, rows, page, status=422)
    except TemplateRefused as error:
        return _editor(form, rows, page, status=422, refused_for=error)
    here = url_for("templates.show", template_id=saved.template_id)
    if act == "submit":
        _submit(saved.version_id)
        return done(here, _("Enviada a revisión. Suele tardar entre unos minutos y un día."))
    return done(
        url_for("templates.edit", template_id=saved.template_id),
        _("Borrador guardado."),
    )


def _save(spec: TemplateSpec, template_id: int | None) -> Saved:
    with acting() as session:
        return template_drafts.save_draft(
            session,
            spec,
            template_id=template_id,
            public_url=current_runtime().settings.public_url,
            by_id=current_user().id,
        )


def _submit(version_id: int) -> None:
    """A worker asks the provider: nobody waits for it here."""
    runtime = current_runtime()
    with acting() as session:
        template_drafts.ask_submission(
            session, version_id, now=runtime.now(session), by_id=current_user().id
        )
    wake_submission(runtime, version_id)


def _posted(template_id: int | None) -> tuple[TemplateForm, list[ButtonRow], TemplatePage | None]:
    """The editor's form as it came in; what does not fit is put right, not refused."""
    page = None
    if template_id is not None:
        with reading() as session:
            page = get_template(session, template_id)
    form = TemplateForm()
    if form.category.data not in set(TemplateCategory):
        form.category.data = TemplateCategory.UTILITY.value
    if form.language.data not in words.LANGUAGES:
        form.language.data = "es_AR"
    if page is not None and page.is_fixed:  # shown, not asked
        form.name.data, form.language.data = page.name, page.language
        form.category.data = page.category.value
    return form, rows_in(request.form), page


def _redrawn(template_id: int | None, act: str = "") -> ResponseReturnValue:
    """The editor after a press on one of its own buttons, or while somebody types."""
    form, rows, page = _posted(template_id)
    rows = changed_rows(rows, act)
    context = editor_context(form, rows, page)
    if request.headers.get("HX-Request-Type") != "partial":
        return render("templates/edit.html", **context)
    if not act and "buttons" not in request.args:
        return fragment_with("templates/_review.html", **context)
    return fragment_with(
        "templates/_buttons.html",
        partials={"#template-review": "templates/_review.html"},
        **context,
    )


def _editor(
    form: TemplateForm,
    rows: list[ButtonRow],
    page: TemplatePage | None,
    *,
    status: int = 200,
    refused_for: TemplateRefused | None = None,
) -> ResponseReturnValue:
    context = editor_context(form, rows, page)
    if status == 422:
        problems = list(context["preview"].errors)
        if refused_for is not None:
            problems += [words.remark(problem) for problem in refused_for.problems]
        for problem in dict.fromkeys(problems):
            context["problems"].setdefault(problem.anchor, []).append(problem.text)
        for field in form:
            field.errors = [*field.errors, *context["problems"].pop(field.id, [])]
    return render("templates/edit.html", status=status, **context)


def asked_version(page: TemplatePage) -> VersionPage:
    """The one that the address names, else the newest."""
    number = request.args.get("version", type=int)
    return next((each for each in page.versions if each.number == number), page.newest)


def _is_busy(version: VersionPage) -> bool:
    return version.is_being_submitted or version.state is TemplateState.SUBMITTED


def _is_among(line: TemplateLine, state: str, sought: str) -> bool:
    if sought and sought.lower() not in f"{line.name} {line.body}".lower():
        return False
    ill = {TemplateState.REJECTED, TemplateState.PAUSED, TemplateState.DISABLED}
    wanted = {
        "": set(TemplateState),
        "rejected": ill,
    }.get(state) or {each for each in TemplateState if each.value == state}
    if state == "approved":
        return line.approved_number is not None
    if state == "submitted" and line.is_being_submitted:
        return True
    return line.state in wanted and not (state == "draft" and line.is_being_submitted)


def _mark(page: TemplatePage) -> str:
    """Changes when anything that a review moves has changed."""
    told = "|".join(
        f"{each.id} {each.state} {each.is_being_submitted} {each.submit_problem}"
        for each in page.versions
    )
    return hashlib.sha256(told.encode()).hexdigest()[:12]
