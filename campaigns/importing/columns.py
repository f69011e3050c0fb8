"""Which column of a file is which field, by the names people give them, in Spanish or English."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.importing.cells import fold
from campaigns.importing.errors import ColumnsAmbiguous, ColumnsMissing, MappingWrong
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


_KEY = (
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
_SUBSCRIPTION = (
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
_COUPON = (
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
)
FIELDS: dict[ImportKind, dict[str, Field]] = {
    ImportKind.SUBSCRIPTIONS: {f.code: f for f in (*_SUBSCRIPTION, *_KEY, *_COUPON)},
    ImportKind.COUPONS: {f.code: f for f in (*_KEY, *_COUPON)},
}
COUPON_NEEDS = ("instalment", "amount", "due_date")
_NEEDS: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.SUBSCRIPTIONS: ("name", "document", "phone", "plan"),
    ImportKind.COUPONS: COUPON_NEEDS,
}
_MARKS = re.compile(r"[^a-z0-9]+")
_INITIALS = re.compile(r"\b([a-z])\.(?=[a-z]\b)")  # D.N.I.
_NUMBER_SIGN = re.compile(r"\b(?:n[º°]|numero|num|no)(?=\W|$)")


@dataclass(frozen=True, slots=True)
class Columns:
    """``places``: field → index in a row. ``unused``: headers that mean nothing to us."""

    kind: ImportKind
    header: tuple[str, ...]
    places: Mapping[str, int]
    unused: tuple[str, ...]

    @property
    def has_coupons(self) -> bool:
        return all(field in self.places for field in COUPON_NEEDS)

    def mapping(self) -> dict[str, str]:
        """``{"column of the file": "field"}``, as it is remembered."""
        return {self.header[place]: field for field, place in self.places.items()}

    def title(self, field: str) -> str:
        """The file's own name for a field; ours where it has none."""
        place = self.places.get(field)
        return FIELDS[self.kind][field].label if place is None else self.header[place]


def map_columns(
    header: Sequence[str],
    kind: ImportKind,
    *,
    chosen: Mapping[str, str] | None = None,
    remembered: Mapping[str, str] | None = None,
) -> Columns:
    """Find each field's column.

    ``chosen`` (column → field, "" to leave a column out) wins, then ``remembered`` from an
    earlier file of this header, then the accepted names. A second column that may be the phone
    is the other phone; for any other field two candidates are refused.

    Raises:
        MappingWrong: ``chosen`` names a column or field that does not exist.
        ColumnsAmbiguous: two columns may be the same field.
        ColumnsMissing: a field that every file needs has no column.
    """
    places: dict[str, int] = {}
    taken: set[int] = set()
    for column, field in _checked(header, kind, chosen or {}):
        taken.add(column)
        if field:
            _place(places, field, column, header, kind)
    for column, field in _still_true(header, kind, remembered or {}):
        if column not in taken and field not in places:
            taken.add(column)
            places[field] = column
    for field, columns in _by_name(header, kind, taken).items():
        if field in places:
            continue
        if field == "phone" and len(columns) == 2 and "other_phone" not in places:
            columns.sort(key=lambda column: _rank_of_phone(header[column]))
            places["phone"], places["other_phone"] = columns
        elif len(columns) > 1:
            named = [header[column] for column in columns]
            raise ColumnsAmbiguous(field, FIELDS[kind][field].label, named)
        else:
            places[field] = columns[0]
    _require(places, kind, header)
    if kind is ImportKind.SUBSCRIPTIONS and not all(code in places for code in COUPON_NEEDS):
        for code in [field.code for field in _COUPON if field.code in places]:
            del places[code]  # half a coupon is none: the column is reported as unused
    used = set(places.values())
    unused = tuple(name for i, name in enumerate(header) if name and i not in used)
    return Columns(kind, tuple(header), places, unused)


def _checked(
    header: Sequence[str], kind: ImportKind, chosen: Mapping[str, str]
) -> Iterable[tuple[int, str]]:
    by_name = {_folded(name): column for column, name in reversed(list(enumerate(header)))}
    for name, field in chosen.items():
        column = by_name.get(_folded(name))
        if column is None:
            raise MappingWrong(
                f"El archivo no tiene la columna «{name}». Tiene: {', '.join(header)}."
            )
        own = field.startswith(CUSTOM) and len(field) > len(CUSTOM)
        if field and field not in FIELDS[kind] and not (own and kind is ImportKind.SUBSCRIPTIONS):
            raise MappingWrong(
                f"No existe el campo «{field}». Los campos son: {', '.join(FIELDS[kind])}."
            )
        yield column, field


def _still_true(
    header: Sequence[str], kind: ImportKind, remembered: Mapping[str, str]
) -> Iterable[tuple[int, str]]:
    """What was remembered holds only for a file with all of those columns."""
    columns = {name: column for column, name in reversed(list(enumerate(header)))}
    if not set(remembered) <= set(columns):
        return ()
    return [
        (columns[name], field)
        for name, field in remembered.items()
        if field in FIELDS[kind] or field.startswith(CUSTOM)
    ]


def _by_name(header: Sequence[str], kind: ImportKind, taken: set[int]) -> dict[str, list[int]]:
    accepted = {
        _folded(name): field.code
        for field in reversed(FIELDS[kind].values())
        for name in (*field.names, field.code)
    }
    found: dict[str, list[int]] = {}
    for column, name in enumerate(header):
        field = accepted.get(_folded(name))
        if field is not None and column not in taken:
            found.setdefault(field, []).append(column)
    return found


def _place(
    places: dict[str, int], field: str, column: int, header: Sequence[str], kind: ImportKind
) -> None:
    if field in places:
        both = [header[places[field]], header[column]]
        label = FIELDS[kind][field].label if field in FIELDS[kind] else field
        raise ColumnsAmbiguous(field, label, both)
    places[field] = column


def _require(places: Mapping[str, int], kind: ImportKind, header: Sequence[str]) -> None:
    missing = [field for field in _NEEDS[kind] if field not in places]
    if "contract_number" not in places and not (
        kind is ImportKind.COUPONS and "external_id" in places
    ):
        missing += [field for field in ("group_code", "order_code") if field not in places]
    if missing:
        known = FIELDS[kind]
        raise ColumnsMissing(
            [(known[field].label, known[field].names) for field in missing],
            [name for name in header if name],
        )


def _rank_of_phone(name: str) -> int:
    """A column of mobiles comes before one of telephones."""
    folded = _folded(name)
    return 0 if any(word in folded for word in ("cel", "movil", "whats", "mobile")) else 1


def _folded(name: str) -> str:
    """``Nº de Grupo`` and ``NRO. GRUPO`` are one name, ``D.N.I.`` and ``dni`` another."""
    text = _NUMBER_SIGN.sub("nro", fold(name.replace("º", "°").replace("n°", "nro")))
    text = _INITIALS.sub(r"\1", text)
    words = [word for word in _MARKS.sub(" ", text).split() if word not in ("de", "del", "la")]
    return " ".join(words)
