"""Importing subscriptions: the file, its columns, a dry run, the import, and the earlier ones."""

from pathlib import Path

from flask import Blueprint, Response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.exceptions import RequestEntityTooLarge

from campaigns.importing import steps
from campaigns.importing.errors import FileRefused
from campaigns.importing.examples import as_csv, as_xlsx, example_rows
from campaigns.importing.files import open_table
from campaigns.importing.limits import LIMITS, MIB
from campaigns.importing.overview import get_import, list_imports
from campaigns.importing.steps import Setup
from dashboard import pages, subscription_words, uploads
from dashboard.auth import acting, current_user, reading, requires
from dashboard.forms.imports import SetupForm, UploadForm
from dashboard.import_page import (
    chosen_fields,
    gaps_of,
    import_page,
    new_page,
    refused_file_of,
)
from dashboard.language import _
from models.audit import ImportKind
from models.people import Role
from models.states import IllegalMove, ImportState
from runtime import live
from runtime.wiring import current_runtime
from workers.stored_imports import folder, topic
from workers.wake import wake_import

bp = Blueprint("imports", __name__, url_prefix="/subscriptions")

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/import")
@requires(Role.SUPERVISOR)
def new() -> ResponseReturnValue:
    form = UploadForm(kind=_kind(request.args.get("kind")).value)
    return new_page(form)


@bp.post("/import")
@requires(Role.SUPERVISOR)
def upload() -> ResponseReturnValue:
    """Take the file in, unless it is none that can be read."""
    form = UploadForm()
    file = request.files.get("file")
    if not form.validate() or file is None or not file.filename:
        if not form.file.errors:
            form.file.errors = [_("Elegí un archivo CSV o XLSX.")]
        return new_page(form, status=422)
    try:
        import_id, is_new = _receive(file, ImportKind(form.kind.data))
    except FileRefused as refusal:
        form.file.errors = [str(refusal)]
        return new_page(form, status=422, name=uploads.shown_name(file))
    toast = None if is_new else _("Ese archivo ya te esperaba: seguí desde acá.")
    return pages.done(url_for("imports.show", import_id=import_id), toast)


@bp.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Found out before the form was read, so there is nothing to keep of it."""
    form = UploadForm(formdata=None)
    limit = LIMITS.csv_bytes // MIB
    form.file.errors = [
        _("El archivo pesa más de %(limit)s MB. Partilo en varios.") % {"limit": limit}
    ]
    return new_page(form, status=413)


@bp.get("/import/example.<any(csv, xlsx):form>")
@requires(Role.SUPERVISOR)
def example(form: str) -> ResponseReturnValue:
    kind = _kind(request.args.get("kind"))
    runtime = current_runtime()
    rows = example_rows(kind, today=runtime.now().astimezone(runtime.settings.timezone).date())
    body = as_csv(rows) if form == "csv" else as_xlsx(rows)
    name = "suscripciones" if kind is ImportKind.SUBSCRIPTIONS else "cupones"
    answer = Response(body, content_type=_TYPES[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="ejemplo-{name}.{form}"'
    return answer


@bp.get("/imports")
@requires(Role.SUPERVISOR)
def index() -> ResponseReturnValue:
    after = pages.after()
    with reading() as session:
        lines, next_after = list_imports(session, after=after, limit=pages.PAGE)
    return pages.render(
        "subscriptions/imports.html",
        lines=lines,
        after=after,
        next_href=url_for(".index", after=next_after) if next_after else None,
        words=subscription_words,
    )


@bp.get("/imports/<int:import_id>")
@requires(Role.SUPERVISOR)
def show(import_id: int) -> ResponseReturnValue:
    """Whatever comes next for it; while it is at work, this is polled."""
    runtime = current_runtime()
    version = live.version(runtime.redis, topic(import_id))
    if pages.is_fragment() and version and version == request.args.get("v"):
        return pages.unchanged()
    return import_page(import_id, version=version)


@bp.get("/imports/<int:import_id>/rows")
@requires(Role.SUPERVISOR)
def rows(import_id: int) -> ResponseReturnValue:
    """The first rows as they are."""
    with reading() as session:
        view = get_import(session, import_id)
    return pages.render(
        "subscriptions/import_rows.html", "subscriptions/_import_rows.html", view=view
    )


@bp.post("/imports/<int:import_id>/gaps")
@requires(Role.SUPERVISOR)
def check(import_id: int) -> ResponseReturnValue:
    """What these columns lack, while they are being chosen; changes nothing."""
    with reading() as session:
        view = get_import(session, import_id)
    chosen = chosen_fields(view, request.form)
    return pages.render(
        "subscriptions/_gaps.html",
        kind=view.kind,
        words=subscription_words,
        **gaps_of(chosen, view),
    )


@bp.post("/imports/<int:import_id>/columns")
@requires(Role.SUPERVISOR)
def choose(import_id: int) -> ResponseReturnValue:
    form = SetupForm()
    with reading() as session:
        view = get_import(session, import_id)
    fields = chosen_fields(view, request.form)
    if not form.validate():
        return import_page(import_id, fields=fields, form=form, status=422)
    setup = Setup(
        fields=fields,
        default_area=form.area,
        administrator=form.whose if view.kind is ImportKind.SUBSCRIPTIONS else None,
    )
    try:
        with acting() as session:
            steps.choose_columns(session, import_id, setup, by_id=current_user().id)
    except FileRefused as refusal:
        return import_page(import_id, fields=fields, form=form, problem=str(refusal), status=422)
    return _moved(import_id)


@bp.post("/imports/<int:import_id>/again")
@requires(Role.SUPERVISOR)
def again(import_id: int) -> ResponseReturnValue:
    """Back to its columns."""
    with acting() as session:
        steps.choose_again(session, import_id, by_id=current_user().id)
    return _moved(import_id, wake=False)


@bp.post("/imports/<int:import_id>/write")
@requires(Role.SUPERVISOR)
def write(import_id: int) -> ResponseReturnValue:
    """The real thing. Sent twice, it happens once."""
    here = url_for(".show", import_id=import_id)
    try:
        with acting() as session:
            now = current_runtime().now(session)
            steps.begin_writing(session, import_id, by_id=current_user().id, now=now)
    except FileRefused as refusal:
        return pages.refused(str(refusal), here)
    except IllegalMove as move:
        if move.now in (ImportState.IMPORTING, ImportState.DONE):
            return pages.done(here)  # a second click: it is under way
        raise
    return _moved(import_id)


@bp.post("/imports/<int:import_id>/cancel")
@requires(Role.SUPERVISOR)
def cancel(import_id: int) -> ResponseReturnValue:
    with acting() as session:
        now = current_runtime().now(session)
        steps.cancel_import(session, import_id, by_id=current_user().id, now=now)
    return _moved(import_id, _("Importación cancelada."), wake=False)


@bp.get("/imports/<int:import_id>/refused.csv")
@requires(Role.SUPERVISOR)
def refused(import_id: int) -> ResponseReturnValue:
    """The refused rows of its import, or else of its dry run, with their reasons."""
    with reading() as session:
        view = get_import(session, import_id)
    file = refused_file_of(view)
    if file is None:
        raise NoSuchPage
    return send_file(
        file,
        mimetype="text/csv",
        as_attachment=True,
        download_name=f"{Path(view.file_name).stem}-rechazadas.csv",
        max_age=0,
    )


def _receive(file: FileStorage, kind: ImportKind) -> tuple[int, bool]:
    runtime = current_runtime()
    stored_as = uploads.keep(file)
    kept = False
    try:
        table = open_table(folder(runtime.settings) / stored_as, name=uploads.shown_name(file))
        with acting() as session:
            import_id, kept = steps.receive_file(
                session,
                kind,
                table,
                stored_as=stored_as,
                by_id=current_user().id,
                now=runtime.now(session),
            )
    finally:
        if not kept:
            uploads.drop(stored_as)
    return import_id, kept


def _moved(import_id: int, toast: str | None = None, *, wake: bool = True) -> ResponseReturnValue:
    runtime = current_runtime()
    live.touch(runtime.redis, topic(import_id))
    if wake:
        wake_import(runtime, import_id)
    return pages.done(url_for("imports.show", import_id=import_id), toast)


def _kind(given: str | None) -> ImportKind:
    return ImportKind.COUPONS if given == ImportKind.COUPONS else ImportKind.SUBSCRIPTIONS
