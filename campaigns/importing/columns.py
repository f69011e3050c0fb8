"""Which column of a file is which field: by its name, as before, or as a person says."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.importing.cells import fold
from campaigns.importing.errors import ColumnsAmbiguous, ColumnsMissing, MappingWrong
from campaigns.importing.fields import (
    COUPON,
    COUPON_NEEDS,
    CUSTOM,
    FIELDS,
    NEEDS,
    PAYMENT_NEEDS,
)
from models.audit import ImportKind

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
        """``{"column of the file": "field"}``, as it is remembered; not of a name that repeats."""
        return {
            self.header[place]: field
            for field, place in self.places.items()
            if self.header.count(self.header[place]) == 1
        }

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
            place(places, field, column, header, kind)
    for column, field in still_true(header, kind, remembered or {}):
        if column not in taken and field not in places:
            taken.add(column)
            places[field] = column
    for field, columns in columns_by_name(header, kind, taken).items():
        if field in places:
            continue
        if field == "phone" and len(columns) == 2 and "other_phone" not in places:
            columns.sort(key=lambda column: rank_of_phone(header[column]))
            places["phone"], places["other_phone"] = columns
        elif len(columns) > 1:
            named = [header[column] for column in columns]
            raise ColumnsAmbiguous(field, FIELDS[kind][field].label, named)
        else:
            places[field] = columns[0]
    return complete(places, kind, header)


def place_columns(header: Sequence[str], kind: ImportKind, fields: Sequence[str]) -> Columns:
    """As a person chose: a field for each column in its order, "" to leave one out.

    Raises:
        MappingWrong: a field that does not exist, or not one for each column.
        ColumnsAmbiguous: two columns are the same field.
        ColumnsMissing: a field that every file needs has no column.
    """
    if len(fields) != len(header):
        raise MappingWrong("Las columnas no son las del archivo: recargá la página.")
    places: dict[str, int] = {}
    for column, field in enumerate(fields):
        if field:
            _check_field(field, kind)
            place(places, field, column, header, kind)
    return complete(places, kind, header)


def complete(places: dict[str, int], kind: ImportKind, header: Sequence[str]) -> Columns:
    """Raises: ColumnsMissing."""
    if missing := missing_fields(places, kind):
        known = FIELDS[kind]
        raise ColumnsMissing(
            [(known[field].label, known[field].names) for field in missing],
            [name for name in header if name],
        )
    for code in half_a_coupon(places, kind):
        del places[code]
    used = set(places.values())
    unused = tuple(name for i, name in enumerate(header) if name and i not in used)
    return Columns(kind, tuple(header), places, unused)


def half_a_coupon(places: Iterable[str], kind: ImportKind) -> list[str]:
    """Fields of a coupon that has not all it needs: it is none, and they are not used."""
    there = set(places)
    if kind is not ImportKind.SUBSCRIPTIONS or there.issuperset(COUPON_NEEDS):
        return []
    return [field.code for field in COUPON if field.code in there]


def _checked(
    header: Sequence[str], kind: ImportKind, chosen: Mapping[str, str]
) -> Iterable[tuple[int, str]]:
    by_name = {folded(name): column for column, name in reversed(list(enumerate(header)))}
    for name, field in chosen.items():
        column = by_name.get(folded(name))
        if column is None:
            raise MappingWrong(
                f"El archivo no tiene la columna «{name}». Tiene: {', '.join(header)}."
            )
        if field:
            _check_field(field, kind)
        yield column, field


def _check_field(field: str, kind: ImportKind) -> None:
    own = field.startswith(CUSTOM) and len(field) > len(CUSTOM)
    if field not in FIELDS[kind] and not (own and kind is ImportKind.SUBSCRIPTIONS):
        raise MappingWrong(
            f"No existe el campo «{field}». Los campos son: {', '.join(FIELDS[kind])}."
        )


def still_true(
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


def columns_by_name(
    header: Sequence[str], kind: ImportKind, taken: set[int]
) -> dict[str, list[int]]:
    accepted = {
        folded(name): field.code
        for field in reversed(FIELDS[kind].values())
        for name in (*field.names, field.code)
    }
    found: dict[str, list[int]] = {}
    for column, name in enumerate(header):
        field = accepted.get(folded(name))
        if field is not None and column not in taken:
            found.setdefault(field, []).append(column)
    return found


def place(
    places: dict[str, int], field: str, column: int, header: Sequence[str], kind: ImportKind
) -> None:
    if field in places:
        both = [header[places[field]], header[column]]
        label = FIELDS[kind][field].label if field in FIELDS[kind] else field
        raise ColumnsAmbiguous(field, label, both)
    places[field] = column


def missing_fields(places: Iterable[str], kind: ImportKind) -> list[str]:
    """What every file needs and these lack, a contract number standing for group and order."""
    there = set(places)
    of_payments = kind is ImportKind.COUPONS and "paid" in there
    needs = PAYMENT_NEEDS if of_payments else NEEDS[kind]
    missing = [field for field in needs if field not in there]
    if "contract_number" not in there and not (
        kind is ImportKind.COUPONS and "external_id" in there
    ):
        missing += [field for field in ("group_code", "order_code") if field not in there]
    return missing


def rank_of_phone(name: str) -> int:
    """A column of mobiles comes before one of telephones."""
    bare = folded(name)
    return 0 if any(word in bare for word in ("cel", "movil", "whats", "mobile")) else 1


def folded(name: str) -> str:
    """``Nº de Grupo`` and ``NRO. GRUPO`` are one name, ``D.N.I.`` and ``dni`` another."""
    text = _NUMBER_SIGN.sub("nro", fold(name.replace("º", "°").replace("n°", "nro")))
    text = _INITIALS.sub(r"\1", text)
    words = [word for word in _MARKS.sub(" ", text).split() if word not in ("de", "del", "la")]
    return " ".join(words)
