"""How an import is drawn, whatever it waits for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask.typing import ResponseReturnValue

from campaigns.importing.fields import COUPON_NEEDS, CUSTOM, FIELDS
from campaigns.importing.limits import LIMITS, MIB
from campaigns.importing.overview import (
    ImportView,
    column_choices,
    find_earlier,
    gaps,
    get_import,
    list_imports,
)
from dashboard import pages, subscription_words
from dashboard.auth import reading
from dashboard.forms.imports import SetupForm, UploadForm
from models.audit import ImportKind
from models.states import ImportState
from runtime.wiring import current_runtime
from workers.stored_imports import refused_rows_file

_AT_WORK = (ImportState.REHEARSING, ImportState.IMPORTING)


def new_page(
    form: UploadForm, *, status: int = 200, name: str | None = None
) -> ResponseReturnValue:
    with reading() as session:
        earlier, _more = list_imports(session, limit=5)
    return pages.render(
        "subscriptions/import_new.html",
        status=status,
        form=form,
        name=name,
        earlier=earlier,
        fields=FIELDS[ImportKind.SUBSCRIPTIONS],
        limits=LIMITS,
        mib=MIB,
        words=subscription_words,
    )


def import_page(
    import_id: int,
    *,
    version: str = "",
    fields: tuple[str, ...] | None = None,
    form: SetupForm | None = None,
    problem: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with reading() as session:
        view = get_import(session, import_id)
        context: dict[str, Any] = {"view": view, "earlier": find_earlier(session, import_id)}
        if view.state is ImportState.UPLOADED:
            columns = column_choices(session, view, fields=fields)
            context["columns"] = columns
            context["choices"] = subscription_words.field_choices(view.kind)
            context |= gaps_of(tuple(column.field for column in columns), view)
    if form is None:
        setup = view.setup
        form = SetupForm(
            formdata=None,
            default_area=setup.default_area if setup else None,
            administrator=setup.administrator if setup else None,
        )
    return pages.render(
        "subscriptions/import.html",
        "subscriptions/_import.html",
        status=status,
        form=form,
        problem=problem,
        version=version,
        is_at_work=view.state in _AT_WORK,
        has_refused=refused_file_of(view) is not None,
        default_area=current_runtime().settings.default_area,
        may_go_on=view.stored_as is not None,
        words=subscription_words,
        **context,
    )


def gaps_of(fields: tuple[str, ...], view: ImportView) -> dict[str, Any]:
    missing, half = gaps(fields, view.kind)
    return {
        "missing": [subscription_words.field_label(code, view.kind) for code in missing],
        "half": [subscription_words.field_label(code, view.kind) for code in half],
        "coupon_needs": [
            subscription_words.field_label(code, view.kind)
            for code in COUPON_NEEDS
            if code not in fields
        ],
        "has_coupons": all(code in fields for code in COUPON_NEEDS),
    }


def chosen_fields(view: ImportView, given: Mapping[str, str]) -> tuple[str, ...]:
    """The field of each column; one of its own is named like the column."""
    fields = []
    for place, name in enumerate(view.header):
        field = given.get(f"column-{place}", "")
        if field == subscription_words.OWN:
            field = f"{CUSTOM}{name[:60] or place + 1}"
        fields.append(field)
    return tuple(fields)


def refused_file_of(view: ImportView) -> Path | None:
    if view.stored_as is None:
        return None
    settings = current_runtime().settings
    outcome = view.outcome or view.rehearsal
    if outcome is None or not outcome.refused:
        return None
    file = refused_rows_file(settings, view.stored_as, rehearsal=view.outcome is None)
    return file if file.is_file() else None
