"""The customer's card at the desk, corrected where it stands."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, RadioField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from campaigns import customers
from campaigns.customers import CardData
from campaigns.errors import CustomerChanged, NotFound
from campaigns.importing import cells
from dashboard import desk_screen, errors, formats, pages
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.forms.subscriptions import ReadAs, read_phone
from dashboard.language import _
from dashboard.views.desk import bp
from models.case import Case
from models.people import Customer, Role
from models.subscription import Subscription
from runtime import live
from runtime.wiring import current_runtime


class CardForm(FlaskForm):
    name = StringField(_("Nombre"), [InputRequired(_("Escribí el nombre.")), Length(max=200)])
    email = EmailField(_("Correo"), [Optional(), ReadAs(cells.read_email)])
    address = StringField(_("Domicilio"), [Optional(), Length(max=500)])
    notes = TextAreaField(_("Notas"), [Optional(), Length(max=2000)])
    preferred = RadioField(_("Celular al que se escribe"), choices=[], validate_choice=True)
    another = TelField(_("Otro celular"), [Optional(), ReadAs(read_phone)])
    seen = HiddenField()

    def data_of(self) -> CardData:
        return CardData(
            name=cells.read_text(self.name.data or "", longest=200),
            email=cells.read_email(self.email.data) if self.email.data else None,
            address=" ".join((self.address.data or "").split()) or None,
            notes=(self.notes.data or "").strip() or None,
            preferred_id=int(self.preferred.data) if self.preferred.data else None,
            another_phone=read_phone(self.another.data) if self.another.data else None,
        )


@bp.get("/<int:case_id>/customer")
@requires(Role.OPERATOR)
def edit_customer(case_id: int) -> ResponseReturnValue:
    form, drawn = _form(case_id)
    if form is None:
        return pages.refused(_("No sabemos de quién es esta consulta."), _here(case_id))
    return _page(case_id, form, drawn)


@bp.post("/<int:case_id>/customer")
@requires(Role.OPERATOR)
def save_customer(case_id: int) -> ResponseReturnValue:
    """Write it; of two who edit at once the second is told, and keeps what he typed."""
    form, drawn = _form(case_id)
    if form is None:
        return pages.refused(_("No sabemos de quién es esta consulta."), _here(case_id))
    if not form.validate():
        return _page(case_id, form, drawn, status=422)
    try:
        with acting() as session:
            case = reach(session, Case, case_id)
            subscription = reach(session, Subscription, case.subscription_id or 0)
            campaign_id = case.campaign_id
            changed = customers.edit_card(
                session,
                subscription.customer_id,
                form.data_of(),
                seen=form.seen.data or "",
                by_id=current_user().id,
                now=current_runtime().now(session),
            )
    except CustomerChanged as error:
        form.seen.data = drawn["mark"]
        return _page(case_id, form, drawn, status=409, problem=errors.answer(error)[1])
    if changed:
        live.touch(current_runtime().redis, live.campaign(campaign_id))
    said = _("Datos guardados.") if changed else _("No había nada que cambiar.")
    if not pages.is_fragment():
        return pages.done(_here(case_id), said, drafts=[f"card-{case_id}"])
    with reading() as session:
        shown = desk_screen.open_case(session, case_id)
    return pages.fragment_with(
        "desk/_customer.html",
        toast=said,
        shown=shown,
        case_id=case_id,
        query=_query(),
        saved_card=True,
    )


def _form(case_id: int) -> tuple[CardForm | None, dict[str, Any]]:
    """The form with what is known; None of somebody whom we do not know."""
    with reading() as session:
        case = reach(session, Case, case_id)
        if case.subscription_id is None:
            return None, {}
        subscription = reach(session, Subscription, case.subscription_id)
        customer = reach(session, Customer, subscription.customer_id)
        phones = customers.phones_of(session, customer.id)
        mark = customers.mark_of(session, customer.id)
    preferred = next((str(each.contact_point_id) for each in phones if each.preferred), "")
    form = CardForm(
        name=customer.name,
        email=customer.email,
        address=customer.address,
        notes=customer.notes,
        preferred=preferred,
        seen=mark,
    )
    form.preferred.choices = [
        (str(each.contact_point_id), formats.phone(each.phone)) for each in phones if each.phone
    ]
    form.preferred.validate_choice = bool(form.preferred.choices)
    return form, {"mark": mark, "name": customer.name}


def _page(
    case_id: int,
    form: CardForm,
    drawn: dict[str, Any],
    *,
    status: int = 200,
    problem: str | None = None,
) -> ResponseReturnValue:
    for each in form:
        each.id = each.label.field_id = f"card-{each.name}"
    return pages.render(
        "desk/customer.html",
        "desk/_customer_form.html",
        status=status,
        form=form,
        case_id=case_id,
        query=_query(),
        problem=problem,
        **drawn,
    )


def _query() -> dict[str, Any]:
    return desk_screen.query_of(desk_screen.asked())


def _here(case_id: int) -> str:
    try:
        return url_for("desk.show", case_id=case_id, **_query())
    except NotFound:
        return url_for("desk.index")
