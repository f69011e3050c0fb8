"""The forms of a campaign's steps; the team's is in `forms.team`."""

import hashlib
from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from campaigns.audience_filter import AudienceFilter
from campaigns.drafts import MOST_NAME
from campaigns.errors import InvalidFilter
from campaigns.reach import FilterChoices
from dashboard.campaign_words import POLICIES, PRIORITIES, SUBSCRIPTION_STATES
from dashboard.inputs import DayField
from dashboard.language import _
from messaging.phone_formats import to_whatsapp
from models.campaign import SharedPhonePolicy
from models.values import InvalidPhoneNumber, PhoneNumber
from runtime.wiring import current_runtime

MOST_TEXT = 300
NO_TEMPLATE = "none"
_MOST_CHOICES = 100  # a longer list is typed, with what is known offered


class WholeField(IntegerField):
    """A whole number that may be left out; what is not one is said in words."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = (valuelist[0] if valuelist else "").strip().replace(".", "")
        if not typed:
            self.data = None
            return
        if not typed.isdecimal() or len(typed) > 9:
            self.data = None
            raise ValueError(_("Escribí un número entero, por ejemplo 3."))
        self.data = int(typed)


def values_of(field: Any) -> set[str]:
    """What may be chosen in a field."""
    return {str(choice[0]) for choice in field.choices or ()}


class ChoicesField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if any(str(value) not in values_of(self) for value in self.data or ()):
            raise ValidationError(_("Una de las opciones ya no existe: recargá la página."))

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = []
            raise ValueError(_("Una de las opciones ya no existe: recargá la página.")) from None


class OneOfField(RadioField):
    """One of a list; anything else is said in words."""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if str(self.data) not in values_of(self):
            raise ValidationError(_("Elegí una de las opciones."))

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None


class TypeForm(FlaskForm):
    """Step 1."""

    name = StringField(
        _("Nombre de la campaña"),
        filters=[lambda typed: " ".join((typed or "").split())],
        validators=[
            InputRequired(_("Escribí un nombre: es el que van a ver los operadores.")),
            Length(max=MOST_NAME, message=_("El nombre es demasiado largo: hasta 120 letras.")),
        ],
    )
    type_id = OneOfField(_("Tipo de campaña"), coerce=int)
    priority = OneOfField(_("Prioridad"), coerce=int, default=2, choices=list(PRIORITIES.items()))

    def validate_name(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Escribí un nombre: es el que van a ver los operadores."))


_NATURAL = [Optional(), NumberRange(min=0, max=10_000, message=_("Tiene que ser de 0 a 10.000."))]


class AudienceForm(FlaskForm):
    """Step 2, without the files' own columns: `audience_form` adds them."""

    administrators = ChoicesField(_("Marca o administradora"))
    plans = ChoicesField(_("Plan"))
    car_models = ChoicesField(_("Modelo"))
    states = ChoicesField(
        _("Estado de la suscripción"),
        choices=[(state.value, word) for state, word in SUBSCRIPTION_STATES.items()],
    )
    overdue_min = WholeField(_("Cuotas en mora, desde"), validators=_NATURAL)
    overdue_max = WholeField(_("hasta"), validators=_NATURAL)
    paid_min = WholeField(_("Cuotas pagas, desde"), validators=_NATURAL)
    paid_max = WholeField(_("hasta"), validators=_NATURAL)
    due_from = DayField(_("Cupón que vence, desde"))
    due_to = DayField(_("hasta"))
    not_in_other_campaigns = BooleanField(_("Las que están en otra campaña en curso"))
    not_contacted_for_days = WholeField(_("Contactadas en los últimos días"), validators=_NATURAL)

    columns: dict[str, str]  # field name: the file's column

    def custom_fields(self) -> list[Field]:
        return [self[name] for name in self.columns]

    def audience(self) -> AudienceFilter | None:
        """The filter as typed; None when it cannot be one, with the reason beside its field."""
        raw: dict[str, Any] = {
            "administrators": self.administrators.data or [],
            "plans": self.plans.data or [],
            "car_models": self.car_models.data or [],
            "states": self.states.data or [],
            "custom": {
                column: self[name].data.strip()
                for name, column in self.columns.items()
                if (self[name].data or "").strip()
            },
            "not_in_other_campaigns": bool(self.not_in_other_campaigns.data),
            "not_contacted_for_days": self.not_contacted_for_days.data or None,
        }
        for name in ("overdue_min", "overdue_max", "paid_min", "paid_max"):
            raw[name] = self[name].data
        for name in ("due_from", "due_to"):
            raw[name] = self[name].data.isoformat() if self[name].data else None
        try:
            return AudienceFilter.from_json(raw)
        except InvalidFilter as error:
            field = self._fields.get(error.field, self.states)
            field.errors = [*field.errors, _("«Desde» tiene que ser menor que «hasta».")]
            return None

    def validate_states(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Elegí al menos un estado."))


def audience_form(choices: FilterChoices, saved: AudienceFilter, **given: Any) -> AudienceForm:
    """Step 2 with what there is to choose from, filled with what is saved."""
    columns: dict[str, str] = {}
    fields: dict[str, Any] = {}
    known = {**choices.custom, **{key: () for key in saved.custom if key not in choices.custom}}
    for column, values in known.items():
        name = "custom_" + hashlib.sha256(column.encode()).hexdigest()[:10]
        columns[name] = column
        offered = _with(values, [saved.custom[column]] if column in saved.custom else [])
        if len(offered) < _MOST_CHOICES:
            options = [("", _("Cualquiera")), *((value, value) for value in offered)]
            fields[name] = SelectField(column, choices=options, validate_choice=False)
        else:
            fields[name] = StringField(column, validators=[Length(max=MOST_TEXT)])
    form_class = type("AudienceForm", (AudienceForm,), fields)
    filled: dict[str, Any] = {
        name: getattr(saved, name)
        for name in AudienceFilter.__dataclass_fields__
        if name not in ("custom", "states")
    }
    filled["states"] = [state.value for state in saved.states]
    filled |= {name: saved.custom.get(column, "") for name, column in columns.items()}
    form: AudienceForm = form_class(data=filled, **given)
    form.columns = columns
    for name in ("administrators", "plans", "car_models"):
        offered = _with(getattr(choices, name), getattr(saved, name))
        form[name].choices = [(value, value) for value in offered]
    return form


def _with(offered: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """What is offered, and what was chosen once and is gone since."""
    return [*offered, *(each for each in chosen if each not in offered)]


class TemplateForm(FlaskForm):
    """Step 3. ``version`` is a version's id, `NO_TEMPLATE`, or nothing yet."""

    version = StringField(_("Plantilla"))
    text_1 = StringField(_("Texto 1"), validators=[Length(max=MOST_TEXT)])
    text_2 = StringField(_("Texto 2"), validators=[Length(max=MOST_TEXT)])
    text_3 = StringField(_("Texto 3"), validators=[Length(max=MOST_TEXT)])
    shared_phone = OneOfField(
        _("Cuando un celular tiene varias suscripciones"),
        default=SharedPhonePolicy.EACH.value,
        choices=[(policy.value, title) for policy, (title, _hint) in POLICIES.items()],
    )

    def chosen_id(self) -> int | None:
        """The version's id, if one is chosen."""
        typed = self.version.data or ""
        return int(typed) if typed.isdecimal() and len(typed) < 19 else None

    def texts(self) -> dict[str, str]:
        return {
            f"campaign.text_{n}": " ".join((self[f"text_{n}"].data or "").split())
            for n in (1, 2, 3)
        }


class TestForm(FlaskForm):
    """A test message to oneself."""

    phone = StringField(_("Tu celular"))

    def number(self) -> PhoneNumber | None:
        """The phone; None when it is none, with the reason beside it."""
        typed = (self.phone.data or "").strip()
        if not typed:
            self.phone.errors = [_("Escribí tu número de celular.")]
            return None
        try:
            return to_whatsapp(typed, default_area=current_runtime().settings.default_area)
        except InvalidPhoneNumber as error:
            self.phone.errors = [_("Ese teléfono no es válido: %(why)s.") % {"why": error.reason}]
            return None
