"""Forms of the catalogue and of lines: from what was typed to what the domain takes."""

import re
from collections.abc import Mapping, Sequence

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from campaigns.catalogue_editing import TypeSpec
from campaigns.catalogue_reading import ResultLine
from campaigns.catalogue_rules import MAX_CHOICES, MAX_NAME
from campaigns.errors import CatalogueRefused
from campaigns.lines import MAX_RATE
from campaigns.result_editing import ResultSpec
from dashboard.forms.campaign_edit import OneOfField
from dashboard.forms.hours import GIVEN, OWN, HoursForm
from dashboard.language import _
from models.campaign import ValueKind
from models.people import Purpose

PURPOSES: dict[Purpose, str] = {
    Purpose.ACCOUNT: _("Avisos sobre el plan"),
    Purpose.MARKETING: _("Marketing"),
}
VALUE_KINDS: dict[ValueKind, str] = {
    ValueKind.NONE: _("Nada"),
    ValueKind.DATE: _("Una fecha"),
    ValueKind.AMOUNT: _("Un importe"),
    ValueKind.DATE_AMOUNT: _("Fecha e importe"),
    ValueKind.DATE_TEXT: _("Fecha y texto"),
    ValueKind.INTEGER: _("Un número"),
    ValueKind.CHOICE: _("Una opción"),
    ValueKind.TEXT: _("Un texto"),
}
_PROBLEMS: dict[tuple[str, str], str] = {
    ("name", "missing"): _("Escribí el nombre."),
    ("name", "long"): _("El nombre es demasiado largo: hasta 60 caracteres."),
    ("key", "form"): _("Una sola letra o un número, sin acento."),
    ("key", "desk"): _("Esa tecla ya tiene otro uso en la bandeja: elegí otra."),
    ("key", "taken"): _("Esa tecla ya es de «%(other)s»."),
    ("range", "missing"): _("Escribí desde qué número hasta cuál."),
    ("range", "order"): _("El primer número tiene que ser menor que el segundo."),
    ("choices", "few"): _("Escribí por lo menos dos opciones."),
    ("choices", "many"): _("Son demasiadas opciones: hasta 20."),
    ("choices", "twice"): _("Hay dos opciones iguales."),
    ("reply_text", "long"): _("Es demasiado larga: hasta 600 caracteres."),
    ("reply_text", "names"): _("No conocemos %(other)s: usá uno de los nombres de la lista."),
}
_FIELDS = {"range": "min_value"}
_CHOICE = re.compile(r"choice-(\d{1,2})-label")


class TypeForm(FlaskForm):
    name = StringField(
        _("Nombre"),
        validators=[
            InputRequired(_("Escribí el nombre.")),
            Length(max=MAX_NAME, message=_("Hasta 60 caracteres.")),
        ],
    )
    purpose = RadioField(
        _("Para qué es"), choices=[(kind.value, text) for kind, text in PURPOSES.items()]
    )
    informing_is_enough = BooleanField(_("Informar alcanza"))

    def spec(self) -> TypeSpec:
        return TypeSpec(
            name=self.name.data or "",
            purpose=Purpose(self.purpose.data),
            informing_is_enough=bool(self.informing_is_enough.data),
        )


class ResultForm(FlaskForm):
    name = StringField(
        _("Nombre"),
        validators=[
            InputRequired(_("Escribí el nombre.")),
            Length(max=MAX_NAME, message=_("Hasta 60 caracteres.")),
        ],
    )
    key = StringField(_("Tecla"))
    is_effective = BooleanField(_("Es un contacto efectivo"))
    closes_case = BooleanField(_("Cierra la consulta"))
    proposes_next_action = BooleanField(_("Propone una próxima acción"))
    stops_sends = BooleanField(_("Frena los mensajes que faltan de esa consulta"))
    is_opt_out = BooleanField(_("Es una baja: no se le escribe más"))
    value_kind = SelectField(
        _("Pide"), choices=[(kind.value, text) for kind, text in VALUE_KINDS.items()]
    )
    min_value = IntegerField(_("Desde"), validators=[Optional(), NumberRange(-10_000, 10_000)])
    max_value = IntegerField(_("Hasta"), validators=[Optional(), NumberRange(-10_000, 10_000)])
    reply_text = TextAreaField(_("Respuesta al cliente"))

    def spec(self, choices: Sequence[tuple[str, str]]) -> ResultSpec:
        return ResultSpec(
            name=self.name.data or "",
            key=self.key.data,
            is_effective=bool(self.is_effective.data),
            closes_case=bool(self.closes_case.data),
            proposes_next_action=bool(self.proposes_next_action.data),
            stops_sends=bool(self.stops_sends.data),
            is_opt_out=bool(self.is_opt_out.data),
            value_kind=ValueKind(self.value_kind.data),
            min_value=self.min_value.data,
            max_value=self.max_value.data,
            choices=choices,
            reply_text=self.reply_text.data,
        )


class LineForm(HoursForm):
    name = StringField(
        _("Nombre"),
        validators=[
            InputRequired(_("Escribí el nombre.")),
            Length(max=MAX_NAME, message=_("Hasta 60 caracteres.")),
        ],
    )
    rate = IntegerField(
        _("Mensajes por segundo"),
        validators=[
            InputRequired(_("Escribí cuántos mensajes por segundo.")),
            NumberRange(1, MAX_RATE, message=_("Tiene que estar entre 1 y 400.")),
        ],
    )
    hours = OneOfField(
        _("Horario de envío"),
        default=GIVEN,
        choices=[(GIVEN, _("El de siempre")), (OWN, _("Uno propio de esta línea"))],
    )
    answers_at_night = BooleanField(_("Responder sola fuera de horario"))
    night_text = TextAreaField(_("Qué responde"))


def choices_in(form: Mapping[str, str]) -> list[tuple[str, str]]:
    """The rows of the choices' editor: (code or "", label), empty ones too."""
    numbers = sorted(int(found[1]) for name in form if (found := _CHOICE.fullmatch(name)))
    return [
        (form.get(f"choice-{n}-code", ""), form.get(f"choice-{n}-label", "").strip())
        for n in numbers[: 2 * MAX_CHOICES]
    ]


def changed_choices(rows: Sequence[tuple[str, str]], act: str) -> list[tuple[str, str]]:
    """After add-choice, remove-2, up-2 or down-2 of the choices' editor."""
    done = list(rows)
    word, _dash, argument = act.partition("-")
    if word == "add" and len(done) < MAX_CHOICES:
        done.append(("", ""))
    elif argument.isdecimal() and 1 <= int(argument) <= len(done):
        at = int(argument) - 1
        to = {"up": at - 1, "down": at + 1}.get(word, at)
        if word == "remove":
            del done[at]
        elif 0 <= to < len(done):
            done[at], done[to] = done[to], done[at]
    return done


def of_result(result: ResultLine) -> dict[str, object]:
    """What the form starts with."""
    return {
        "name": result.name,
        "key": result.key,
        "is_effective": result.is_effective,
        "closes_case": result.closes_case,
        "proposes_next_action": result.proposes_next_action,
        "stops_sends": result.stops_sends,
        "is_opt_out": result.is_opt_out,
        "value_kind": result.value_kind.value,
        "min_value": result.min_value,
        "max_value": result.max_value,
        "reply_text": result.reply_text,
    }


def problem_of(error: CatalogueRefused) -> tuple[str, str]:
    """The form's field, and the sentence beside it."""
    text = _PROBLEMS.get((error.field, error.problem), _("No se puede así."))
    return _FIELDS.get(error.field, error.field), text % {"other": error.other or ""}
