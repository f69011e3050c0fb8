"""Free texts with ``{{nombre}}`` in them: quick texts, scripts, answers; filled once, strictly.

The replacer is the templates' own, and so are the names. What is missing is told, left blank or
left out, as the text's reader needs it; in no case do the braces reach anybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from messaging.template_names import NAMES, WrongName, numbered
from messaging.templates import COUPON_LINK_TOKEN, FIELDS, render

AGREED_DATE, AGREED_AMOUNT, OPENS = "result.date", "result.amount", "line.opens"

AGREED: dict[str, str] = {"fecha_acordada": AGREED_DATE, "importe_acordado": AGREED_AMOUNT}
"""What an answer to a result may name besides: the value that is being recorded."""

NIGHT: dict[str, str] = {"abrimos": OPENS}
"""What the answer out of hours may name besides: when the line is open again."""

LINK_MARK = "{{link_de_cupon}}"
"""Where an operator wants the link, in what he writes."""

LINK_PLACE = "[link de cupón]"
"""Where it will be, in the ledger: its token is derived when the message leaves."""

BLANK = "……"  # underscores would be italics
_NEVER_TYPED = ("campaign.text_1", "campaign.text_2", "campaign.text_3", "subscription.list")
_OUR_NAMES = {field: name for name, field in {**NAMES, **AGREED, **NIGHT}.items()}
_GAP = re.compile(r"[ \t]*\x00")
_LONELY = re.compile(r"^[ \t]*[,;:.]+[ \t]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its values; what is ``missing``, by its name, stands in it as a blank."""

    text: str
    missing: tuple[str, ...] = ()


def offered_names(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Name → field of what a text outside a template may hold, in the order of the screens."""
    usual = {name: field for name, field in NAMES.items() if field not in _NEVER_TYPED}
    return {**usual, **(more or {})}


def wrong_names(text: str, names: Mapping[str, str] = NAMES) -> tuple[WrongName, ...]:
    """What stands in braces and means nothing."""
    return numbered(text, names=names).wrong


def fields_in(text: str, names: Mapping[str, str] = NAMES) -> frozenset[str]:
    return frozenset(numbered(text, names=names).fields.values())


def fill(text: str, values: Mapping[str, str], names: Mapping[str, str] = NAMES) -> Filled:
    """``values`` by field. A value is never looked at again, whatever stands in it."""
    read = numbered(text, names=names)
    known = {key: values.get(field) or BLANK for key, field in read.fields.items()}
    missing = tuple(name_of(f) for f in read.fields.values() if not values.get(f))
    wrong = tuple(each.found for each in read.wrong)
    body = read.body
    for each in wrong:
        body = body.replace(each, BLANK)
    return Filled(render(body, known), missing + wrong)


def fill_leaving_out(text: str, values: Mapping[str, str], names: Mapping[str, str] = NAMES) -> str:
    """As a sentence without what is missing: ``Hola {{nombre}}, …`` becomes ``Hola, …``."""
    read = numbered(text, names=names)
    body = read.body
    for each in read.wrong:
        body = body.replace(each.found, "\x00")
    known = {key: values.get(field) or "\x00" for key, field in read.fields.items()}
    return _LONELY.sub("", _GAP.sub("", render(body, known))).strip()


def name_of(field: str) -> str:
    """The name by which a person writes this field."""
    return _OUR_NAMES.get(field, field)


def said_of(field: str) -> str:
    """The field in the screens' words."""
    more = {
        AGREED_DATE: "Fecha acordada",
        AGREED_AMOUNT: "Importe acordado",
        OPENS: "Cuándo abrimos",
        COUPON_LINK_TOKEN: "Link de cupón",
    }
    return more.get(field) or (FIELDS[field].name if field in FIELDS else field)
