"""What a person calls the variables of a template: ``{{nombre}}`` here, ``{{1}}`` at the channel.

Both ways, and nothing else: `numbered` reads what was typed, `named` writes what is stored.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from messaging.templates import COUPON_LINK_TOKEN, FIELDS, VARIABLE

NAMES: dict[str, str] = {
    "nombre": "customer.first_name",
    "cuota": "coupon.instalment",
    "importe": "coupon.amount",
    "vencimiento": "coupon.due_date",
    "grupo": "subscription.group",
    "orden": "subscription.order",
    "plan": "plan.name",
    "cuotas_en_mora": "subscription.instalments_overdue",
    "nombre_y_apellido": "customer.name",
    "segundo_vencimiento": "coupon.second_due_date",
    "codigo_de_pago": "coupon.payment_code",
    "modelo": "plan.model",
    "administradora": "plan.administrator",
    "contrato": "subscription.contract_number",
    "documento": "customer.document",
    "suscripciones": "subscription.list",
    "texto_1": "campaign.text_1",
    "texto_2": "campaign.text_2",
    "texto_3": "campaign.text_3",
    "link_de_cupon": COUPON_LINK_TOKEN,
}
"""Name → field of `messaging.templates.FIELDS`, in the order in which a screen offers them."""

_FIELD_NAMES = {field: name for name, field in NAMES.items()}
_BRACED = re.compile(r"\{\{([^{}\n]*)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongName:
    """Something in double braces that is no variable of ours, or braces that do not close."""

    found: str
    line: int  # from 1
    column: int  # from 1, in characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A text as the channel wants it; where something is ``wrong`` it stands as it was typed."""

    body: str
    fields: dict[str, str]  # {"1": "customer.first_name", …}
    samples: dict[str, str]
    wrong: tuple[WrongName, ...]


def numbered(
    text: str,
    *,
    samples: Mapping[str, str] | None = None,
    names: Mapping[str, str] = NAMES,
) -> Numbered:
    """Number the variables in order of appearance; the same one twice keeps its number.

    Case, accents and spaces in a name do not matter. ``samples`` (field → sample) win over the
    fields' own. ``names``: what may be named, where it is more than a template's variables.
    """
    keys: dict[str, str] = {}
    wrong: list[WrongName] = []

    def number(match: re.Match[str]) -> str:
        field = names.get(_folded(match.group(1)))
        if field is None:
            wrong.append(_wrong(text, match.start(), match.group(0)))
            return match.group(0)
        return "{{" + keys.setdefault(field, str(len(keys) + 1)) + "}}"

    body = _BRACED.sub(number, text)
    loose = re.finditer(r"\{\{|\}\}", _BRACED.sub(_blank, text))
    wrong.extend(_wrong(text, brace.start(), brace.group(0)) for brace in loose)
    given = samples or {}
    return Numbered(
        body=body,
        fields={key: field for field, key in keys.items()},
        samples={key: given.get(field) or _sample(field) for field, key in keys.items()},
        wrong=tuple(sorted(wrong, key=lambda each: (each.line, each.column))),
    )


def named(body: str, fields: Mapping[str, str]) -> str:
    """The stored text as a person edits it; a variable without a name of ours stays a number."""

    def name(match: re.Match[str]) -> str:
        found = _FIELD_NAMES.get(fields.get(match.group(1), ""))
        return match.group(0) if found is None else "{{" + found + "}}"

    return VARIABLE.sub(name, body)


def _sample(field: str) -> str:
    return FIELDS[field].sample if field in FIELDS else ""


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.strip().casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[\s_-]+", "_", plain)


def _wrong(text: str, start: int, found: str) -> WrongName:
    before = text[:start]
    return WrongName(
        found=found, line=before.count("\n") + 1, column=start - (before.rfind("\n") + 1) + 1
    )


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group(0))
