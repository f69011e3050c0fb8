"""The catalogue: campaign types and the results that are recorded in them."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import catalogue_editing, result_editing
from campaigns.catalogue_reading import (
    ResultLine,
    TypeLine,
    campaigns_of_type,
    get_result,
    get_type,
    list_types,
    results_of,
)
from campaigns.errors import AlreadyThere, CatalogueRefused, InUse
from dashboard.auth import acting, current_user, reading, requires
from dashboard.catalogue_form import (
    PURPOSES,
    VALUE_KINDS,
    ResultForm,
    TypeForm,
    changed_choices,
    choices_in,
    of_result,
    problem_of,
)
from dashboard.language import _
from dashboard.named_text_form import names_said
from dashboard.pages import done, fragment_with, is_fragment, refused, render
from messaging.named_texts import AGREED
from models.campaign import ValueKind
from models.people import Role

bp = Blueprint("catalogue", __name__, url_prefix="/catalogue")


@bp.get("/types")
@requires(Role.SUPERVISOR)
def types() -> ResponseReturnValue:
    with reading() as session:
        lines = list_types(session)
        shared = results_of(session, None)
    return render("catalogue/types.html", types=lines, shared=shared, purposes=PURPOSES)


@bp.get("/types/new")
@requires(Role.SUPERVISOR)
def new_type() -> ResponseReturnValue:
    return render("catalogue/new_type.html", form=TypeForm(data={"purpose": "account"}))


@bp.post("/types/new")
@requires(Role.SUPERVISOR)
def create_type() -> ResponseReturnValue:
    form = TypeForm()
    if form.validate():
        try:
            with acting() as session:
                type_id = catalogue_editing.add_type(session, form.spec(), by_id=current_user().id)
        except (AlreadyThere, CatalogueRefused) as error:
            _say(form, error, _("Ya hay un tipo con ese nombre."))
        else:
            return done(
                url_for("catalogue.show_type", type_id=type_id),
                _("Tipo creado. Ahora agregale sus resultados."),
            )
    return render("catalogue/new_type.html", form=form, status=422)


@bp.get("/types/<int:type_id>")
@requires(Role.SUPERVISOR)
def show_type(type_id: int) -> ResponseReturnValue:
    return _type_page(type_id)


@bp.post("/types/<int:type_id>")
@requires(Role.SUPERVISOR)
def edit_type(type_id: int) -> ResponseReturnValue:
    form = TypeForm()
    with reading() as session:
        kind = get_type(session, type_id)
    if form.purpose.data is None and kind.is_standing:
        form.purpose.data = kind.purpose.value  # shown, not asked
    if form.validate():
        try:
            with acting() as session:
                catalogue_editing.edit_type(session, type_id, form.spec(), by_id=current_user().id)
        except (AlreadyThere, CatalogueRefused) as error:
            _say(form, error, _("Ya hay un tipo con ese nombre."))
        else:
            return done(url_for("catalogue.show_type", type_id=type_id), _("Cambios guardados."))
    return _type_page(type_id, form, status=422)


@bp.post("/types/<int:type_id>/active")
@requires(Role.SUPERVISOR)
def switch_type(type_id: int) -> ResponseReturnValue:
    active = request.form.get("active") == "1"
    with acting() as session:
        catalogue_editing.switch_type(session, type_id, active=active, by_id=current_user().id)
    text = (
        _("Tipo activado: se puede elegir en campañas nuevas.")
        if active
        else _("Tipo desactivado: las campañas que lo usan siguen igual.")
    )
    return done(url_for("catalogue.show_type", type_id=type_id), text)


@bp.post("/types/<int:type_id>/remove")
@requires(Role.SUPERVISOR)
def remove_type(type_id: int) -> ResponseReturnValue:
    try:
        with acting() as session:
            catalogue_editing.remove_type(session, type_id, by_id=current_user().id)
    except InUse as error:
        return _type_page(type_id, in_use=error, status=409)
    return done(url_for("catalogue.types"), _("Se eliminó el tipo de campaña."))


@bp.get("/types/shared/results")
@requires(Role.SUPERVISOR)
def shared() -> ResponseReturnValue:
    return _shared_page()


@bp.get("/types/<int:type_id>/results/new")
@requires(Role.SUPERVISOR)
def new_result(type_id: int) -> ResponseReturnValue:
    return _new_result(type_id)


@bp.get("/types/shared/results/new")
@requires(Role.SUPERVISOR)
def new_shared_result() -> ResponseReturnValue:
    return _new_result(None)


@bp.post("/types/<int:type_id>/results/new")
@requires(Role.SUPERVISOR)
def create_result(type_id: int) -> ResponseReturnValue:
    return _keep_result(type_id, None)


@bp.post("/types/shared/results/new")
@requires(Role.SUPERVISOR)
def create_shared_result() -> ResponseReturnValue:
    return _keep_result(None, None)


@bp.get("/results/<int:result_id>")
@requires(Role.SUPERVISOR)
def show_result(result_id: int) -> ResponseReturnValue:
    with reading() as session:
        result = get_result(session, result_id)
    form = ResultForm(data=of_result(result), formdata=None)
    return _result_page(form, list(result.choices), result.type_id, result)


@bp.post("/results/<int:result_id>")
@requires(Role.SUPERVISOR)
def edit_result(result_id: int) -> ResponseReturnValue:
    with reading() as session:
        result = get_result(session, result_id)
    return _keep_result(result.type_id, result)


@bp.post("/results/<int:result_id>/move")
@requires(Role.SUPERVISOR)
def move_result(result_id: int) -> ResponseReturnValue:
    with acting() as session:
        result_editing.move_result(
            session, result_id, up=request.form.get("way") == "up", by_id=current_user().id
        )
        type_id = get_result(session, result_id).type_id
    if not is_fragment():
        return done(_home(type_id))
    with reading() as session:
        lines = results_of(session, type_id)
    return fragment_with("catalogue/_results.html", **_table(lines, type_id))


@bp.post("/results/<int:result_id>/active")
@requires(Role.SUPERVISOR)
def switch_result(result_id: int) -> ResponseReturnValue:
    active = request.form.get("active") == "1"
    with reading() as session:
        result = get_result(session, result_id)
    try:
        with acting() as session:
            result_editing.switch_result(session, result_id, active=active, by_id=current_user().id)
    except CatalogueRefused as error:
        told = _("No se activó. %(why)s Cambiale la tecla antes.")
        return refused(told % {"why": problem_of(error)[1]}, _home(result.type_id))
    text = (
        _("«%(name)s» se ofrece de nuevo en la bandeja.")
        if active
        else _("«%(name)s» ya no se ofrece. Lo que se registró con él queda como está.")
    )
    return done(_home(result.type_id), text % {"name": result.name})


@bp.post("/results/<int:result_id>/remove")
@requires(Role.SUPERVISOR)
def remove_result(result_id: int) -> ResponseReturnValue:
    with reading() as session:
        result = get_result(session, result_id)
    try:
        with acting() as session:
            result_editing.remove_result(session, result_id, by_id=current_user().id)
    except InUse as error:
        form = ResultForm(data=of_result(result), formdata=None)
        return _result_page(
            form, list(result.choices), result.type_id, result, in_use=error, status=409
        )
    text = _("Se eliminó «%(name)s».") % {"name": result.name}
    return done(_home(result.type_id), text)


def _keep_result(type_id: int | None, result: ResultLine | None) -> ResponseReturnValue:
    form = ResultForm()
    rows = choices_in(request.form)
    act = request.form.get("do", "save")
    if act != "save":
        return _result_page(form, changed_choices(rows, act), type_id, result)
    if result is not None and result.by_system:  # its behaviour is shown, not asked
        form.value_kind.data = result.value_kind.value
    if form.value_kind.data not in set(ValueKind):
        form.value_kind.data = ValueKind.NONE.value
    if form.validate():
        spec = form.spec([row for row in rows if row[1]])
        try:
            with acting() as session:
                if result is None:
                    result_editing.add_result(session, type_id, spec, by_id=current_user().id)
                else:
                    result_editing.edit_result(session, result.id, spec, by_id=current_user().id)
        except (AlreadyThere, CatalogueRefused) as error:
            _say(form, error, _("Ya hay un resultado con ese nombre en la bandeja."))
            if isinstance(error, CatalogueRefused) and error.field == "choices":
                problem = problem_of(error)[1]
                return _result_page(
                    form, rows, type_id, result, status=422, choices_problem=problem
                )
        except InUse as error:
            return _result_page(form, rows, type_id, result, in_use=error, status=409)
        else:
            text = _("Resultado guardado.") if result else _("Resultado agregado.")
            return done(_home(type_id), text)
    return _result_page(form, rows, type_id, result, status=422)


def _new_result(type_id: int | None) -> ResponseReturnValue:
    form = ResultForm(data={"is_effective": True, "value_kind": "none"}, formdata=None)
    return _result_page(form, [], type_id, None)


def _result_page(
    form: ResultForm,
    rows: list[tuple[str, str]],
    type_id: int | None,
    result: ResultLine | None,
    *,
    status: int = 200,
    **more: Any,
) -> ResponseReturnValue:
    kind = _kind(type_id)
    if form.value_kind.data == ValueKind.CHOICE.value:
        rows = [*rows, *[("", "")] * (2 - len(rows))]
    return render(
        "catalogue/result.html",
        "catalogue/_result_form.html",
        status=status,
        form=form,
        rows=rows,
        kind=kind,
        result=result,
        home=_home(type_id),
        action=_action(type_id, result),
        names=names_said(AGREED),
        **more,
    )


def _type_page(
    type_id: int, form: TypeForm | None = None, *, status: int = 200, **more: Any
) -> ResponseReturnValue:
    with reading() as session:
        kind = get_type(session, type_id)
        own = results_of(session, type_id)
        shared_lines = results_of(session, None)
        campaigns = campaigns_of_type(session, type_id)
    if form is None:
        form = TypeForm(
            formdata=None,
            data={
                "name": kind.name,
                "purpose": kind.purpose.value,
                "informing_is_enough": kind.informing_is_enough,
            },
        )
    return render(
        "catalogue/type.html",
        status=status,
        kind=kind,
        form=form,
        shared=shared_lines,
        campaigns=campaigns,
        purposes=PURPOSES,
        **_table(own, type_id),
        **more,
    )


def _shared_page() -> ResponseReturnValue:
    with reading() as session:
        lines = results_of(session, None)
    return render("catalogue/shared.html", **_table(lines, None))


def _table(lines: list[ResultLine], type_id: int | None) -> dict[str, Any]:
    new = (
        url_for("catalogue.new_shared_result")
        if type_id is None
        else url_for("catalogue.new_result", type_id=type_id)
    )
    return {"results": lines, "new_result": new, "kinds": VALUE_KINDS}


def _kind(type_id: int | None) -> TypeLine | None:
    if type_id is None:
        return None
    with reading() as session:
        return get_type(session, type_id)


def _home(type_id: int | None) -> str:
    if type_id is None:
        return url_for("catalogue.shared")
    return url_for("catalogue.show_type", type_id=type_id)


def _action(type_id: int | None, result: ResultLine | None) -> str:
    if result is not None:
        return url_for("catalogue.edit_result", result_id=result.id)
    if type_id is None:
        return url_for("catalogue.create_shared_result")
    return url_for("catalogue.create_result", type_id=type_id)


def _say(form: TypeForm | ResultForm, error: Exception, taken: str) -> None:
    """Beside the field that it is about."""
    name, text = "name", taken
    if isinstance(error, CatalogueRefused):
        name, text = problem_of(error)
    field = form[name] if name in form else form["name"]
    field.errors = [*field.errors, text]
