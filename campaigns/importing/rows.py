"""One row of a file, checked: ready to be written, or refused with a reason for each cell.

Nothing here reads the database.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any

from campaigns.importing import cells as read
from campaigns.importing.cells import Cell, fold
from campaigns.importing.columns import Columns
from campaigns.importing.errors import CellRefused
from campaigns.importing.fields import COUPON_NEEDS, CUSTOM
from campaigns.importing.memory import FileMemory
from campaigns.importing.reports import Problem, Refusal, Warned
from campaigns.importing.staged import StagedRow
from messaging.phone_formats import match_key
from models.audit import ImportKind

Reader = Callable[[Cell], Any]
_Values = dict[str, Any]

# Plans, states, groups and dates recur on every page of a file: each is read once. Beyond this
# many different cells a column holds names or amounts, and remembering them gains nothing.
_REMEMBERED = 4_096
_UNREAD = object()
_IN_ORDER = itemgetter(*StagedRow._fields[1:])  # behind the line


def _read_name(cell: Cell) -> str:
    text = read.read_text(cell, longest=200)
    if not any(map(str.isalpha, text)):
        raise CellRefused("no es un nombre")
    return text


_short = partial(read.read_text, longest=200)
_code = partial(read.read_text, longest=40)

READERS: dict[str, Reader] = {
    "name": _read_name,
    "surname": _short,
    "document": read.read_document,
    "customer_external_id": _short,
    "email": read.read_email,
    "address": read.read_text,
    "plan": _short,
    "plan_model": _short,
    "plan_term": partial(read.read_integer, least=1, most=400),
    "plan_kind": _short,
    "state": read.read_state,
    "instalments_paid": read.read_integer,
    "instalments_overdue": read.read_integer,
    "contract_number": _code,
    "administrator": _short,
    "group_code": _code,
    "order_code": _code,
    "external_id": _short,
    "instalment": partial(read.read_integer, most=400),
    "amount": read.read_amount,
    "currency": read.read_currency,
    "amount_as_of": read.read_date,
    "due_date": read.read_date,
    "second_due_date": read.read_date,
    "payment_code": _short,
    "payment_url": read.read_url,
    "coupon_external_id": _short,
    "paid": read.read_paid,
}
# A bad one of these is left out with a warning: the subscription does not hang on it.
_LENIENT = frozenset({"email", "other_phone"})
_WANTED = {
    ImportKind.SUBSCRIPTIONS: ("name", "plan"),
    ImportKind.COUPONS: (),  # `_check_coupon` wants what it needs
}


@dataclass(slots=True)
class _Column:
    code: str
    place: int
    title: str
    reader: Reader
    known: dict[Cell, Any] = field(default_factory=lambda: {"": None})


class RowReader:
    """Reads the rows of one file in their order; remembers what the file said before.

    ``administrator`` stands where the file has no such column or leaves it empty.
    """

    def __init__(
        self, columns: Columns, *, default_area: str = "11", administrator: str | None = None
    ) -> None:
        self._columns = columns
        self._administrator = administrator
        if administrator is None and columns.kind is ImportKind.SUBSCRIPTIONS:
            self._administrator = ""
        self._memory = FileMemory()
        self.warnings: list[Warned] = []  # of the rows read since somebody took them

        def read_phone(cell: Cell) -> str:
            return read.read_phone(cell, default_area=default_area).e164

        readers = {**READERS, "phone": read_phone, "other_phone": read_phone}
        self._read_columns = [
            _Column(code, place, columns.header[place], readers.get(code, read.read_text))
            for code, place in columns.places.items()
        ]
        self._blank: _Values = dict.fromkeys((*readers, *StagedRow._fields)) | {"custom": "{}"}
        self._custom = [code for code in columns.places if code.startswith(CUSTOM)]

    def read(self, line: int, cells: Sequence[Cell]) -> StagedRow | Refusal:
        problems: list[Problem] = []
        width = len(self._columns.header)
        if len(cells) > width and not all(map(read.is_empty, cells[width:])):
            reason = (
                f"tiene {len(cells)} celdas y el encabezado {width}: "
                "¿hay un separador dentro de un dato?"
            )
            return Refusal(line, cells, (Problem("", "", reason),))
        values = self._values(line, cells, problems)
        self._check_coupon(values, problems)
        self._name_keys(values, problems)
        if self._columns.kind is ImportKind.SUBSCRIPTIONS:
            self._name_customer(values, problems)
        if problems:
            return Refusal(line, cells, tuple(problems))
        row = self._memory.settle(StagedRow(line, *_IN_ORDER(values)), self.warnings)
        if isinstance(row, str):
            return Refusal(line, cells, (Problem("", "", row),))
        return row

    def _values(self, line: int, cells: Sequence[Cell], problems: list[Problem]) -> _Values:
        values = self._blank.copy()
        there = len(cells)
        for column in self._read_columns:
            cell = cells[column.place] if column.place < there else ""
            value = column.known.get(cell, _UNREAD)
            if value is _UNREAD:
                value = self._read_cell(column, line, cell, problems)
            values[column.code] = value
        for code in _WANTED[self._columns.kind]:
            self._want(code, values, problems)
        return values

    def _read_cell(self, column: _Column, line: int, cell: Cell, problems: list[Problem]) -> Any:
        if read.is_empty(cell):
            return None
        try:
            value = column.reader(cell)
        except CellRefused as refusal:
            problem = Problem(column.title, str(cell)[:80], str(refusal))
            if column.code in _LENIENT:
                self.warnings.append(Warned(line, f"{problem}; se dejó como estaba"))
            else:
                problems.append(problem)
            return None
        if len(column.known) < _REMEMBERED:
            column.known[cell] = value
        return value

    def _want(self, code: str, values: _Values, problems: list[Problem]) -> None:
        title = self._columns.title(code)
        if values[code] is None and all(problem.column != title for problem in problems):
            problems.append(Problem(title, "", "falta este dato"))

    def _check_coupon(self, values: _Values, problems: list[Problem]) -> None:
        if isinstance(values["paid"], date):
            values["paid"], values["paid_on"] = True, values["paid"]
        said = [code for code in COUPON_NEEDS if values[code] is not None]
        needs: tuple[str, ...] = COUPON_NEEDS if said or values["paid"] else ()
        if self._columns.kind is ImportKind.COUPONS:
            # that a coupon was paid can be said without saying again what it is
            is_payment = values["paid"] and said == ["instalment"]
            short = is_payment or not self._columns.has_coupons
            needs = ("instalment",) if short else COUPON_NEEDS
        for code in needs:
            self._want(code, values, problems)
        due, second = values["due_date"], values["second_due_date"]
        if due and second and second < due:
            reason = "el segundo vencimiento es anterior al primero"
            title = self._columns.title("second_due_date")
            problems.append(Problem(title, f"{second:%d/%m/%Y}", reason))

    def _name_keys(self, values: _Values, problems: list[Problem]) -> None:
        contract, external = values["contract_number"], values["external_id"]
        group, order = values["group_code"], values["order_code"]
        administrator = values["administrator"] or self._administrator
        values["administrator"] = administrator
        if not (group and order):
            values["group_code"] = values["order_code"] = group = None
        if contract:
            values["subscription_key"] = f"c:{contract}"
        elif group:
            values["subscription_key"] = f"g:{administrator}|{group}|{order}"
        elif external and self._columns.kind is ImportKind.COUPONS:
            values["subscription_key"] = f"x:{external}"
        elif not problems:
            title = self._columns.title
            reason = (
                f"falta {title('contract_number')}, o {title('group_code')} y "
                f"{title('order_code')}: sin eso no se sabe qué suscripción es"
            )
            problems.append(Problem("", "", reason))

    def _name_customer(self, values: _Values, problems: list[Problem]) -> None:
        name, surname = values["name"], values["surname"]
        if name and surname:
            values["name"] = name = f"{name} {surname}"
        phone, other = values["phone"], values["other_phone"]
        if phone is None:
            phone, other = other, None
            if phone is None:
                values["phone"] = None
                self._want("phone", values, problems)
                return
        values["phone"], values["other_phone"] = phone, other
        values["match_key"] = key = match_key(phone)
        values["other_match_key"] = match_key(other) if other else None
        if values["document"]:
            values["identity"] = f"d:{values['document']}"
        elif values["customer_external_id"]:
            values["identity"] = f"e:{values['customer_external_id']}"
        else:
            values["identity"] = f"p:{key}|{fold(name or '')}"
        if self._custom:
            own = {code.removeprefix(CUSTOM): values[code] for code in self._custom}
            values["custom"] = json.dumps({name: value for name, value in own.items() if value})
