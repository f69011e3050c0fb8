"""The fields that a file may fill, and the headers that people give them, Spanish or English."""

from dataclasses import dataclass

from models.audit import ImportKind

CUSTOM = "custom."  # a field of one's own: `custom.vendedor`


@dataclass(frozen=True, slots=True)
class Field:
    """``names`` are the accepted headers, the likeliest first; the first is shown to people."""

    code: str
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.names[0]


def _field(code: str, names: str) -> Field:
    return Field(code, tuple(name.strip() for name in names.split(",")))


KEY = (
    _field(
        "contract_number",
        "contrato, número de contrato, nro contrato, solicitud, nro solicitud, contract, "
        "contract number",
    ),
    _field("administrator", "administradora, marca, compañía, terminal, administrator, brand"),
    _field("group_code", "grupo, nro grupo, número de grupo, group, group code"),
    _field(
        "order_code",
        "orden, nro orden, número de orden, order, order code, order number",
    ),
    _field(
        "external_id",
        "id suscripción, código de suscripción, id externo, external id, subscription id",
    ),
)
CUSTOMER_AND_PLAN = (
    _field(
        "name",
        "nombre, nombre y apellido, apellido y nombre, cliente, titular, razón social, "
        "suscriptor, nombre completo, name, full name, customer",
    ),
    _field("surname", "apellido, apellidos, surname, last name"),
    _field(
        "document",
        "documento, dni, cuit, cuil, dni cuit, cuit cuil, nro documento, número de documento, "
        "nro doc, doc, document, id number, tax id",
    ),
    _field(
        "phone",
        "teléfono, celular, móvil, whatsapp, teléfono celular, teléfono móvil, tel celular, "
        "nro celular, nro teléfono, teléfono 1, tel 1, tel, cel, phone, mobile, cell, "
        "phone number, mobile phone",
    ),
    _field(
        "other_phone",
        "otro teléfono, teléfono 2, tel 2, celular 2, teléfono alternativo, "
        "teléfono particular, teléfono fijo, other phone, phone 2, alternative phone",
    ),
    _field("email", "correo, email, mail, e mail, correo electrónico"),
    _field("address", "domicilio, dirección, address"),
    _field("customer_external_id", "id cliente, código de cliente, nro cliente, customer id"),
    _field("plan", "plan, plan de ahorro, nombre del plan, plan name"),
    _field("plan_model", "modelo, vehículo, auto, model, vehicle"),
    _field("plan_term", "plazo, cuotas del plan, cantidad de cuotas, cuotas totales, term"),
    _field("plan_kind", "tipo de plan, modalidad, plan kind, plan type"),
    _field("state", "estado, situación, estado suscripción, state, status"),
    _field(
        "instalments_paid",
        "cuotas pagas, cuotas pagadas, cuotas abonadas, instalments paid, installments paid",
    ),
    _field(
        "instalments_overdue",
        "cuotas vencidas, cuotas en mora, cuotas impagas, cuotas adeudadas, "
        "instalments overdue, installments overdue",
    ),
)
COUPON = (
    _field(
        "instalment",
        "cuota, nro cuota, número de cuota, cuota nro, instalment, installment, instalment number",
    ),
    _field(
        "amount",
        "importe, monto, valor, importe cuota, valor cuota, importe de la cuota, total, amount",
    ),
    _field("currency", "moneda, currency"),
    _field("amount_as_of", "fecha del importe, importe al, amount as of"),
    _field(
        "due_date",
        "vencimiento, fecha de vencimiento, vto, fecha vto, primer vencimiento, "
        "1er vencimiento, 1 vencimiento, vencimiento 1, 1 vto, due date, first due date",
    ),
    _field(
        "second_due_date",
        "segundo vencimiento, 2do vencimiento, 2 vencimiento, vencimiento 2, 2 vto, "
        "second due date",
    ),
    _field(
        "payment_code",
        "código de pago, código de barras, código electrónico, cod pago, payment code, barcode",
    ),
    _field(
        "payment_url",
        "link de pago, url de pago, enlace de pago, link, url, payment url, payment link",
    ),
    _field(
        "coupon_external_id",
        "id cupón, código de cupón, nro cupón, coupon id, coupon external id",
    ),
    # "fecha de pago" may be the day on which to pay: nobody's coupon is paid by such a guess
    _field(
        "paid",
        "pagado, pagada, está pagado, está pagada, pagado el, pagada el, paid, paid on, date paid",
    ),
)
FIELDS: dict[ImportKind, dict[str, Field]] = {
    ImportKind.SUBSCRIPTIONS: {f.code: f for f in (*CUSTOMER_AND_PLAN, *KEY, *COUPON)},
    ImportKind.COUPONS: {f.code: f for f in (*KEY, *COUPON)},
}
COUPON_NEEDS = ("instalment", "amount", "due_date")
PAYMENT_NEEDS = ("instalment", "paid")  # of a file that says of known coupons what was paid
NEEDS: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.SUBSCRIPTIONS: ("name", "document", "phone", "plan"),
    ImportKind.COUPONS: COUPON_NEEDS,
}
