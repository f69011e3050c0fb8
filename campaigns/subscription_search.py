"""What a typed text may mean: a name, a document, a phone, a group and order, a contract.

Every reading is looked up in an index of its own (see `models.people`), so that 100,000
subscriptions answer while somebody types. It is looked for among all of them, in plain tables
that nobody's sight narrows: only whoever asks for subscriptions, or for their cases, narrows
those. What a subscription is found by is visible with it: its customer and his phones.
"""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    union,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from campaigns.importing.cells import fold
from messaging.phone_formats import match_key, to_whatsapp
from models.people import (
    CUSTOMER_DNI,
    CUSTOMER_WORDS,
    PHONE_BACKWARDS,
)
from models.subscription import CONTRACT, Subscription
from models.values import InvalidPhoneNumber

LONGEST = 80
_subscriptions = table(
    "subscriptions",
    column("id", BigInteger),
    column("customer_id", BigInteger),
    column("group_code", Text),
    column("order_code", Text),
)
_Columns: TypeAlias = "type[Subscription] | ReadOnlyColumnCollection[str, Any]"
_customers = table("customers", column("id", BigInteger), column("document", Text))
_contacts = table(
    "customer_contacts", column("customer_id", BigInteger), column("contact_point_id", BigInteger)
)
_points = table("contact_points", column("id", BigInteger))
_LEAST_LETTERS = 2  # of one word at least: a letter alone means nearly everybody
_LEAST_DIGITS = 4  # of a document or a phone
_WORD = re.compile(r"[a-z0-9]+")
_ONLY_FIGURES = re.compile(r"[\d\s.+()/#-]+")
_GROUP_AND_ORDER = re.compile(
    r"(?:g(?:rupo)?\.?\s*)?([a-z0-9]{1,8})\s*(?:[/|-]|\s+o(?:rden)?\.?\s*|\s+)\s*([a-z0-9]{1,6})"
)
_WHATEVER = re.compile(r"[\\%_]")  # means something to LIKE


def meant_by(text: str, *, of_all: bool = False) -> ColumnElement[bool] | None:
    """Which subscriptions ``text`` may mean; None if it says too little.

    ``of_all``: for a statement that reads them all, of a list and its count. For one that stops
    at the first few PostgreSQL might else ask of each subscription whether it is among those.
    """
    if of_all and len(only := list(_readings(_said(text), Subscription))) == 1:
        return only[0]  # a name, mostly; without the ids that were found for it
    meant = ids_meant_by(text)
    return None if meant is None else Subscription.id.in_(meant)


def ids_meant_by(text: str) -> Select[int] | None:
    """The same, as their ids, whoever may see them."""
    readings = [
        select(_subscriptions.c.id).where(reading)
        for reading in _readings(_said(text), _subscriptions.c)
    ]
    if not readings:
        return None
    # each by its own index; joined by OR they would be looked for row by row. OFFSET keeps the
    # whole together: else it is asked again of every row that might be listed.
    every = union(*readings).subquery()
    return select(every.c.id).offset(0)


def _said(text: str) -> str:
    return " ".join(fold(text[:LONGEST]).split())


def of_name(words: list[str]) -> ColumnElement[bool]:
    """Every word begins one of the customer's names, in any order, whatever its accents."""
    query = " & ".join(f"{word}:*" for word in words)
    return literal_column(CUSTOMER_WORDS).op("@@")(
        func.to_tsquery(literal_column("'simple'::regconfig"), query)
    )


def _readings(said: str, of: _Columns) -> Iterator[ColumnElement[bool]]:
    """Conditions on ``of``: `Subscription`, or the columns of the plain table."""
    digits = re.sub(r"\D", "", said)
    if (pair := _GROUP_AND_ORDER.fullmatch(said)) and digits:
        yield _by_group(of, pair[1], pair[2])
    if digits and _ONLY_FIGURES.fullmatch(said):
        if said.isdecimal() and len(said) <= 8:
            yield of.group_code == said
        if len(digits) >= _LEAST_DIGITS:
            yield _by_document(of, digits)
            yield _by_phone(of, said, digits)
    if digits and len(said) >= 2 and " " not in said:
        begins = _escaped(said.upper()) + "%"
        yield literal_column(CONTRACT).like(begins, escape="\\")
    words = _WORD.findall(said)
    if any(len(word) >= _LEAST_LETTERS and not word.isdecimal() for word in words):
        named = select(_customers.c.id).where(of_name(words)).offset(0)
        yield of.customer_id.in_(named)


def _by_group(of: _Columns, group: str, order: str) -> ColumnElement[bool]:
    """``4001/7`` is also order 007."""
    return and_(
        of.group_code.in_({group, group.upper()}),
        or_(
            func.upper(of.order_code) == order.upper(),
            func.ltrim(of.order_code, "0") == order.upper().lstrip("0"),
        ),
    )


def _by_document(of: _Columns, digits: str) -> ColumnElement[bool]:
    begins = _customers.c.document.like(f"{digits}%")
    if len(digits) > 8:
        return of.customer_id.in_(select(_customers.c.id).where(begins))
    inside: ColumnElement[str] = literal_column(CUSTOMER_DNI)
    bare = digits.lstrip("0")
    within = or_(inside.like(f"{digits}%"), inside.like(f"0{bare}%"))
    customers = union(
        select(_customers.c.id).where(begins),
        select(_customers.c.id).where(within, func.length(_customers.c.document) == 11),
    ).subquery()
    return of.customer_id.in_(select(customers.c.id))


def _by_phone(of: _Columns, said: str, digits: str) -> ColumnElement[bool]:
    """The number however it is typed, or how it ends."""
    try:
        key = match_key(to_whatsapp(said).e164) if len(digits) >= 10 else ""
    except InvalidPhoneNumber:
        key = ""
    ending = (key.partition(":")[2] or digits)[-10:]
    return of.customer_id.in_(
        select(_contacts.c.customer_id)
        .join(_points, _points.c.id == _contacts.c.contact_point_id)
        .where(literal_column(PHONE_BACKWARDS).like(f"{ending[::-1]}%"))
    )


def _escaped(text: str) -> str:
    return _WHATEVER.sub(lambda found: f"\\{found[0]}", text)
