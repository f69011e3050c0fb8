"""Sending hours as they are typed: as above, or a span for each day of the week."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field
from wtforms.validators import StopValidation, ValidationError

from campaigns.sending_hours import SendingHours
from dashboard.forms.campaign_edit import OneOfField
from dashboard.inputs import HoursField
from dashboard.language import _

GIVEN, OWN = "given", "own"
"""The hours of what stands above, or one's own."""


def _of_no_account(form: Any, field: Field) -> None:
    """What stands in the days' fields while the hours are not its own."""
    if form.hours.data != OWN:
        field.errors = []
        raise StopValidation


class HoursForm(FlaskForm):
    """A form with them; what ``hours`` offers is said by the form itself."""

    hours = OneOfField(_("Horario de envío"), default=GIVEN)
    monday = HoursField(_("Lunes"), validators=[_of_no_account])
    tuesday = HoursField(_("Martes"), validators=[_of_no_account])
    wednesday = HoursField(_("Miércoles"), validators=[_of_no_account])
    thursday = HoursField(_("Jueves"), validators=[_of_no_account])
    friday = HoursField(_("Viernes"), validators=[_of_no_account])
    saturday = HoursField(_("Sábado"), validators=[_of_no_account])
    sunday = HoursField(_("Domingo"), validators=[_of_no_account])
    on_holidays = BooleanField(_("También en feriados"))

    def days(self) -> list[HoursField]:
        return [self[name] for name in _DAYS]

    def chosen(self) -> SendingHours | None:
        """Its own hours, of a form that is valid; None: those that stand above."""
        if self.hours.data != OWN:
            return None
        spans = tuple(day.data for day in self.days())
        return SendingHours(spans, on_holidays=bool(self.on_holidays.data))

    def validate_hours(self, field: Field) -> None:
        if field.data == OWN and not any(day.raw_data and day.raw_data[0] for day in self.days()):
            raise ValidationError(_("Escribí el horario de un día al menos."))


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def hours_data(hours: SendingHours, *, is_own: bool) -> dict[str, Any]:
    """What the form shows of hours: those that stand above are a start for one's own."""
    return {
        "hours": OWN if is_own else GIVEN,
        "on_holidays": hours.on_holidays,
        **dict(zip(_DAYS, hours.days, strict=True)),
    }
