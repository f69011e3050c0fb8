"""Reads a template from a TOML file.

    name = "aviso_mora"            # lower case letters, digits, underscores
    category = "UTILITY"           # or "MARKETING"
    language = "es_AR"             # if left out
    type = "mora"                  # campaign type whose results the buttons name; may be left out
    header = "Tu cuota venció"     # may be left out
    body = "Hola {{1}}, la cuota {{2}} está vencida. ¿Nos contás cómo seguimos?"
    footer = "Autoplan"            # may be left out

    [variables]                    # what stands for each {{n}}: `pregon template fields`
    1 = { field = "customer.first_name", sample = "Ana" }
    2 = { field = "coupon.instalment" }      # without a sample, the field's own

    [[buttons]]
    kind = "quick_reply"
    title = "Ya pagué"
    result = "ya_pago"             # what a tap records: of the type, or one that all types have
                                   # value = "4" where that result asks for a number or a choice

    [[buttons]]
    kind = "quick_reply"
    title = "No quiero mensajes"
    result = "no_desea_mensajes"   # the opt-out

    [[buttons]]
    kind = "url"
    title = "Ver mi cupón"         # `url` only for another page than ours: up to where the
                                   # token goes, which ends the address

Variables for the buttons are added when it is kept: one token per button and message.
"""

import enum
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from campaigns.errors import TemplateRefused
from campaigns.template_specs import ButtonSpec, TemplateSpec
from messaging.errors import TemplateError
from messaging.templates import field_of
from models.template import ButtonKind, TemplateCategory

EnumT = TypeVar("EnumT", bound=enum.StrEnum)

_HEAD = {"name", "category", "language", "type", "header", "body", "footer", "variables", "buttons"}
_BUTTON = {"kind", "title", "result", "value", "url"}
_VARIABLE = {"field", "sample"}


def read_template(path: Path, *, campaign_type: str | None = None) -> TemplateSpec:
    """The template in a file; ``campaign_type`` wins over the file's own.

    Raises:
        TemplateRefused: every line that is no template, by field.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateRefused(path.name, [TemplateError("file", str(error))]) from error
    reader = _Reader()
    reader.only(told, _HEAD, "")
    fields: dict[str, str] = {}
    samples: dict[str, str] = {}
    for key, given in reader.table(told, "variables").items():
        where = f"variables.{key}"
        if not isinstance(given, Mapping):
            reader.refuse(where, 'write it as { field = "…", sample = "…" }')
            continue
        reader.only(given, _VARIABLE, f"{where}.")
        fields[key] = reader.text(given, "field", f"{where}.")
        known = field_of(fields[key])
        samples[key] = reader.text(
            given, "sample", f"{where}.", default=known.sample if known else ""
        )
    spec = TemplateSpec(
        name=reader.text(told, "name"),
        language=reader.text(told, "language", default="es_AR"),
        category=reader.choice(told, "category", TemplateCategory.UTILITY),
        body=reader.text(told, "body").strip("\n"),
        header=reader.optional(told, "header"),
        footer=reader.optional(told, "footer"),
        fields=fields,
        samples=samples,
        buttons=[
            _button(reader, given, f"buttons[{position}]")
            for position, given in enumerate(reader.tables(told, "buttons"), start=1)
        ],
        campaign_type=campaign_type or reader.optional(told, "type"),
    )
    if reader.problems:
        raise TemplateRefused(spec.name or path.name, reader.problems)
    return spec


def _button(reader: "_Reader", given: Mapping[str, Any], where: str) -> ButtonSpec:
    reader.only(given, _BUTTON, f"{where}.")
    return ButtonSpec(
        kind=reader.choice(given, "kind", ButtonKind.QUICK_REPLY, f"{where}."),
        title=reader.text(given, "title", f"{where}."),
        result=reader.optional(given, "result", f"{where}."),
        value=reader.optional(given, "value", f"{where}."),
        url=reader.optional(given, "url", f"{where}."),
    )


class _Reader:
    """Takes values out of tables and keeps what is wrong with them: all is said at once."""

    def __init__(self) -> None:
        self.problems: list[TemplateError] = []

    def refuse(self, where: str, problem: str) -> None:
        self.problems.append(TemplateError(where, problem))

    def only(self, given: Mapping[str, Any], known: set[str], where: str) -> None:
        for name in given.keys() - known:
            self.refuse(f"{where}{name}", f"is none of {', '.join(sorted(known))}")

    def optional(self, given: Mapping[str, Any], name: str, where: str = "") -> str | None:
        value = given.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse(f"{where}{name}", "must be a text in quotes")
            return None
        return value

    def text(
        self, given: Mapping[str, Any], name: str, where: str = "", *, default: str | None = None
    ) -> str:
        if name not in given and default is None:
            self.refuse(f"{where}{name}", "is missing")
        value = self.optional(given, name, where)
        return (default or "") if value is None else value

    def choice(self, given: Mapping[str, Any], name: str, among: EnumT, where: str = "") -> EnumT:
        """One of the values of ``among``'s kind; ``among`` itself stands in for a wrong one."""
        value = self.text(given, name, where)
        kind = type(among)
        try:
            return kind(value)
        except ValueError:
            if name in given:
                self.refuse(f"{where}{name}", f"{value!r} is none of {', '.join(kind)}")
            return among

    def table(self, given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = given.get(name, {})
        if isinstance(value, Mapping):
            return value
        self.refuse(name, f"must be a table: [{name}]")
        return {}

    def tables(self, given: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        value = given.get(name, [])
        if isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            return value
        self.refuse(name, f"must be a list of tables: [[{name}]]")
        return []
