"""The texts that operators paste: a list in their order, and a form for one."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import quick_texts
from campaigns.catalogue_reading import list_types
from campaigns.errors import CatalogueRefused
from campaigns.quick_texts import MAX_BODY, QuickTextLine, get_quick_text, list_quick_texts
from dashboard.auth import acting, current_user, reading, requires
from dashboard.language import _
from dashboard.named_text_form import QuickTextForm, names_said, problem_said
from dashboard.pages import done, fragment_with, is_fragment, render
from models.people import Role

bp = Blueprint("quick_texts", __name__, url_prefix="/catalogue/quick-texts")


@bp.get("")
@requires(Role.SUPERVISOR)
def index() -> ResponseReturnValue:
    with reading() as session:
        lines = list_quick_texts(session)
    return render("quick_texts/list.html", lines=lines)


@bp.get("/new")
@requires(Role.SUPERVISOR)
def new() -> ResponseReturnValue:
    return _page(QuickTextForm(formdata=None), None)


@bp.post("/new")
@requires(Role.SUPERVISOR)
def create() -> ResponseReturnValue:
    return _keep(None)


@bp.get("/<int:text_id>")
@requires(Role.SUPERVISOR)
def show(text_id: int) -> ResponseReturnValue:
    with reading() as session:
        line = get_quick_text(session, text_id)
    data = {"name": line.name, "body": line.body, "type_id": str(line.type_id or "")}
    return _page(QuickTextForm(formdata=None, data=data), line)


@bp.post("/<int:text_id>")
@requires(Role.SUPERVISOR)
def edit(text_id: int) -> ResponseReturnValue:
    with reading() as session:
        line = get_quick_text(session, text_id)
    return _keep(line)


@bp.post("/<int:text_id>/active")
@requires(Role.SUPERVISOR)
def switch(text_id: int) -> ResponseReturnValue:
    active = request.form.get("active") == "1"
    with acting() as session:
        quick_texts.switch_quick_text(session, text_id, active=active, by_id=current_user().id)
    said = _("Se ofrece de nuevo en la bandeja.") if active else _("Ya no se ofrece en la bandeja.")
    return done(url_for("quick_texts.index"), said)


@bp.post("/<int:text_id>/move")
@requires(Role.SUPERVISOR)
def move(text_id: int) -> ResponseReturnValue:
    up = request.form.get("way") == "up"
    with acting() as session:
        quick_texts.move_quick_text(session, text_id, up=up, by_id=current_user().id)
        lines = list_quick_texts(session)
    if not is_fragment():
        return done(url_for("quick_texts.index"))
    return fragment_with("quick_texts/_list.html", lines=lines)


def _keep(line: QuickTextLine | None) -> ResponseReturnValue:
    form = _with_types(QuickTextForm())
    if form.validate():
        me = current_user().id
        try:
            with acting() as session:
                if line is None:
                    quick_texts.add_quick_text(session, form.spec(), by_id=me)
                else:
                    quick_texts.edit_quick_text(session, line.id, form.spec(), by_id=me)
        except CatalogueRefused as error:
            field = form.name if error.field == "name" else form.body
            field.errors = [problem_said(error, longest=MAX_BODY)]
        else:
            said = _("Texto guardado.") if line else _("Texto agregado: ya está en la bandeja.")
            return done(url_for("quick_texts.index"), said)
    return _page(form, line, status=422)


def _page(
    form: QuickTextForm, line: QuickTextLine | None, *, status: int = 200
) -> ResponseReturnValue:
    return render(
        "quick_texts/edit.html",
        status=status,
        form=_with_types(form),
        line=line,
        names=names_said(),
        longest=MAX_BODY,
    )


def _with_types(form: QuickTextForm) -> QuickTextForm:
    with reading() as session:
        types = list_types(session)
    form.type_id.choices = [("", _("Todas")), *((str(each.id), each.name) for each in types)]
    return form
