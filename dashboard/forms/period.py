"""From which day to which: what lies behind is looked at, a week by default."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from wtforms import Field, Form
from wtforms.validators import ValidationError

from campaigns.periods import Period
from dashboard import formats
from dashboard.inputs import PastDayField
from dashboard.language import _
from dashboard.shell import now
from runtime.wiring import current_runtime

_LONGEST = timedelta(days=5 * 366)
_WEEK = timedelta(days=6)


class PeriodForm(Form):
    """Read from an address: without a last day to today, without a first one a week to there."""

    first = PastDayField(_("Desde"), name="from")
    last = PastDayField(_("Hasta"), name="to")

    def validate_first(self, field: Field) -> None:
        if field.data and field.data > today():
            raise ValidationError(
                _("Ese día todavía no llegó: si es de antes, escribí también el año.")
            )

    def validate_last(self, field: Field) -> None:
        if self.first.errors or field.errors:
            return
        period = self.period()
        if period.last < period.first:
            said = _("Termina antes de empezar: poné un día desde el %(day)s.")
            raise ValidationError(said % {"day": formats.day(period.first)})
        if period.last - period.first > _LONGEST:
            raise ValidationError(_("Son más de cinco años: elegí un período más corto."))

    def period(self) -> Period:
        """What it says; with the days that nobody gave. Ask it once it is valid."""
        last = self.last.data or today()
        return Period(self.first.data or last - _WEEK, last, zone_of())

    def show(self, period: Period) -> None:
        """Let the fields say the days, whoever chose them."""
        for field, day in ((self.first, period.first), (self.last, period.last)):
            field.raw_data, field.data = None, day


def today() -> date:
    return now().astimezone(zone_of()).date()


def zone_of() -> ZoneInfo:
    return current_runtime().settings.timezone
