"""The typed value of a result, checked against what its type asks for."""

import datetime as dt
from dataclasses import dataclass

from campaigns.errors import InvalidResultValue
from models.campaign import ResultType, ValueKind
from models.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedValue:
    """At most what one result type asks for; a choice is its code, in ``text``."""

    date: dt.date | None = None
    money: Money | None = None
    integer: int | None = None
    text: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == NOTHING


NOTHING = TypedValue()

_ASKED: dict[ValueKind, frozenset[str]] = {
    ValueKind.NONE: frozenset(),
    ValueKind.DATE: frozenset({"date"}),
    ValueKind.AMOUNT: frozenset({"money"}),
    ValueKind.DATE_AMOUNT: frozenset({"date", "money"}),
    ValueKind.INTEGER: frozenset({"integer"}),
    ValueKind.CHOICE: frozenset({"text"}),
    ValueKind.TEXT: frozenset({"text"}),
    ValueKind.DATE_TEXT: frozenset({"date", "text"}),
}


def check_value(result_type: ResultType, value: TypedValue) -> None:
    """Refuse a value that is not what the type asks for, no more and no less.

    Raises:
        InvalidResultValue: its ``problem`` is a Spanish sentence for whoever typed it.
    """
    asked = _ASKED[result_type.value_kind]
    for field in ("date", "money", "integer", "text"):
        given = getattr(value, field) is not None
        if field in asked and not given:
            raise InvalidResultValue(field, f"{result_type.name} pide este dato")
        if given and field not in asked:
            raise InvalidResultValue(field, f"{result_type.name} no lleva este dato")
    if value.money is not None and value.money.amount <= 0:
        raise InvalidResultValue("money", "el importe tiene que ser mayor que cero")
    if result_type.value_kind is ValueKind.INTEGER:
        _check_range(result_type, value.integer)
    asks_words = result_type.value_kind in (ValueKind.TEXT, ValueKind.DATE_TEXT)
    if asks_words and not (value.text or "").strip():
        raise InvalidResultValue("text", f"{result_type.name} pide este dato")
    if result_type.value_kind is ValueKind.CHOICE and value.text not in (result_type.choices or {}):
        raise InvalidResultValue("text", "no es una de las opciones")


def value_of_tap(result_type: ResultType, said: str | None) -> TypedValue:
    """The value that a button stands for; nothing if it says none, or none that can be read."""
    value = NOTHING
    if said is not None and result_type.value_kind is ValueKind.INTEGER and said.isdecimal():
        value = TypedValue(integer=int(said))
    elif said is not None and result_type.value_kind in (ValueKind.CHOICE, ValueKind.TEXT):
        value = TypedValue(text=said)
    try:
        check_value(result_type, value)
    except InvalidResultValue:
        return NOTHING
    return value


def _check_range(result_type: ResultType, number: int | None) -> None:
    least, most = result_type.min_value, result_type.max_value
    if number is None or least is None or most is None or not least <= number <= most:
        raise InvalidResultValue("integer", f"tiene que estar entre {least} y {most}")
