"""The values that fill a template's variables, taken from the records by SQL.

Frozen at launch by INSERT … SELECT, so each is an SQL expression; formats are those of
Argentina (`45.300,50`, `31/12/2026`). Which fields exist: `messaging.templates.FIELDS`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Text, cast, false, func, literal
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from models.people import Customer
from models.subscription import Plan, Subscription

DERIVED = ("coupon_link.token", "button.token")
"""Fields whose value is computed when the message is sent, from its id and our key."""

Columns = ReadOnlyColumnCollection[str, Any]


def is_derived(field: str) -> bool:
    return field.startswith(DERIVED)


def values(
    fields: Mapping[str, str], coupon: Columns, texts: Mapping[str, str]
) -> dict[str, ColumnElement[str]]:
    """Variable → expression, for every variable that is frozen; null or empty when missing."""
    return {
        key: _value(field, coupon, texts)
        for key, field in sorted(fields.items(), key=lambda item: int(item[0]))
        if not is_derived(field)
    }


def missing(
    fields: Mapping[str, str], coupon: Columns, texts: Mapping[str, str]
) -> list[ColumnElement[bool]]:
    """Which of `values` would be null or empty, said without writing them: of 100,000 it shows."""
    found: list[ColumnElement[bool]] = []
    for key, expression in values(fields, coupon, texts).items():
        field = fields[key]
        if field in texts or field == "subscription.list":
            found.append(func.coalesce(expression, "") == "")
        elif field in _COUPON and field not in _CLEANED:
            found.append(coupon[field.removeprefix("coupon.")].is_(None))
        elif field in _CLEANED:
            column = coupon[field.removeprefix("coupon.")] if field in _COUPON else _CLEANED[field]
            letter = r"[^\s,]" if field == "customer.first_name" else r"\S"
            found.append(func.coalesce(column.regexp_match(letter), false()).is_(False))
        else:
            found.append(expression.is_(None))
    return found


def frozen(expressions: Mapping[str, ColumnElement[str]]) -> ColumnElement[Any]:
    """One JSON object of them."""
    pairs: list[Any] = []
    for key, expression in expressions.items():
        pairs += [literal(key, Text), expression]
    return cast(func.jsonb_build_object(*pairs), JSONB)


def in_a_list(coupon: Columns) -> ColumnElement[str]:
    """How one subscription reads in a message that lists several of one phone."""
    return func.concat_ws(
        " ",
        _RECORDS["plan.name"],
        _RECORDS["subscription.group"] + "/" + _RECORDS["subscription.order"],
        literal("$ ", Text) + _COUPON["coupon.amount"](coupon),
    )


def with_listing(
    variables: ColumnElement[Any], fields: Mapping[str, str], listing: ColumnElement[str]
) -> ColumnElement[Any]:
    """``variables`` with every ``subscription.list`` replaced by the whole list."""
    keys = [key for key, field in fields.items() if field == "subscription.list"]
    if not keys:
        return variables
    pairs: list[Any] = []
    for key in keys:
        pairs += [literal(key, Text), listing]
    return variables.op("||")(cast(func.jsonb_build_object(*pairs), JSONB))


def _value(field: str, coupon: Columns, texts: Mapping[str, str]) -> ColumnElement[str]:
    if field in texts:
        return _clean(literal(texts[field], Text))
    if field == "subscription.list":
        return in_a_list(coupon)
    if field in _COUPON:
        return _COUPON[field](coupon)
    return _RECORDS[field]


def _clean(expression: Any) -> ColumnElement[str]:
    """One line without runs of spaces: the channel refuses newlines, tabs and five spaces."""
    return func.btrim(func.regexp_replace(cast(expression, Text), r"\s+", " ", "g"))


def _amount(column: Column[Any]) -> ColumnElement[str]:
    return func.translate(func.to_char(column, "FM999,999,999,990.00"), ",.", ".,")


def _date(column: Column[Any]) -> ColumnElement[str]:
    return func.to_char(column, "DD/MM/YYYY")


def first_name(column: Any) -> ColumnElement[str]:
    """`SOSA, MARIANA BELÉN` and `Mariana Sosa` are both Mariana."""
    given = func.coalesce(
        func.nullif(_clean(func.split_part(column, ",", 2)), ""),
        _clean(func.replace(column, ",", " ")),
    )
    return func.initcap(func.split_part(given, " ", 1))


_RECORDS: dict[str, ColumnElement[str]] = {
    "customer.name": _clean(Customer.name),
    "customer.first_name": first_name(Customer.name),
    "customer.document": _clean(Customer.document),
    "plan.name": _clean(Plan.name),
    "plan.model": _clean(Plan.model),
    "plan.administrator": _clean(Plan.administrator),
    "subscription.group": _clean(Subscription.group_code),
    "subscription.order": _clean(Subscription.order_code),
    "subscription.contract_number": _clean(Subscription.contract_number),
    "subscription.instalments_overdue": cast(Subscription.instalments_overdue, Text),
}
# what is written as it was typed, tidied up: it may be all spaces
_CLEANED: dict[str, Any] = {
    "customer.name": Customer.name,
    "customer.first_name": Customer.name,
    "customer.document": Customer.document,
    "plan.name": Plan.name,
    "plan.model": Plan.model,
    "plan.administrator": Plan.administrator,
    "subscription.group": Subscription.group_code,
    "subscription.order": Subscription.order_code,
    "subscription.contract_number": Subscription.contract_number,
    "coupon.payment_code": None,  # of the coupon that is chosen
}
_COUPON: dict[str, Callable[[Any], ColumnElement[str]]] = {
    "coupon.instalment": lambda coupon: cast(coupon.instalment, Text),
    "coupon.amount": lambda coupon: _amount(coupon.amount),
    "coupon.due_date": lambda coupon: _date(coupon.due_date),
    "coupon.second_due_date": lambda coupon: _date(coupon.second_due_date),
    "coupon.payment_code": lambda coupon: _clean(coupon.payment_code),
}
