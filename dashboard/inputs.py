"""Fields for what people type: a day, a moment, hours, an amount; read as said, shown as read."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import Field, StringField
from wtforms.validators import StopValidation

from campaigns.importing.errors import AmountFault
from campaigns.sending_hours import Hours
from campaigns.written import (
    is_no_day,
    money_fault,
    read_day,
    read_hours,
    read_moment,
    read_money,
    read_past_day,
)
from dashboard import formats
from dashboard.hours_words import span_said
from dashboard.language import _
from dashboard.shell import now
from runtime.wiring import current_runtime


class _Written(StringField):
    """Text that is read; what cannot be read stays in the field, with the reason beside it."""

    def _value(self) -> str:
        if self.raw_data:  # as it was typed, unless it was understood
            typed = str(self.raw_data[0])
            return typed if self.data is None else self.shown()
        return self.shown()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not typed:
            return
        self.data = self.read(typed)
        if self.data is None:
            raise ValueError(self.refusal(typed))

    def read(self, typed: str) -> Any:
        raise NotImplementedError

    def shown(self) -> str:
        raise NotImplementedError

    def refusal(self, typed: str) -> str:
        raise NotImplementedError


class DayField(_Written):
    """``27/11``, ``27/11/2026``, ``viernes``, ``mañana`` … ; ``data`` is a date."""

    data: date | None  # type: ignore[assignment]

    def read(self, typed: str) -> date | None:
        return read_day(typed, today=_now()[0].date())

    def shown(self) -> str:
        return formats.day(self.data) if self.data else ""

    def refusal(self, typed: str) -> str:
        if is_no_day(typed):
            return _("Esa fecha no existe: %(day)s.") % {"day": typed.strip()}
        said = _("No se entiende la fecha: escribí, por ejemplo, %(day)s o viernes.")
        return said % {"day": formats.example_day(_now()[0].date())}


class PastDayField(DayField):
    """``1/11``, ``lunes``, ``ayer`` … of what lies behind; it costs no look at a clock."""

    def read(self, typed: str) -> date | None:
        zone = current_runtime().settings.timezone
        return read_past_day(typed, today=now().astimezone(zone).date())

    def refusal(self, typed: str) -> str:
        if is_no_day(typed):
            return super().refusal(typed)
        return _("No se entiende la fecha: escribí, por ejemplo, 1/11, lunes o ayer.")


class MomentField(_Written):
    """``mañana 10``, ``hoy 18:00``, ``27/11 9.30`` … ; ``data`` is an aware UTC datetime."""

    data: datetime | None  # type: ignore[assignment]

    def read(self, typed: str) -> datetime | None:
        now, zone = _now()
        return read_moment(typed, now=now, zone=zone)

    def shown(self) -> str:
        if self.data is None:
            return ""
        local = self.data.astimezone(current_runtime().settings.timezone)
        return f"{formats.day(local.date())} {local:%H:%M}"

    def refusal(self, _typed: str) -> str:
        said = _("No se entiende el momento: escribí, por ejemplo, mañana 10 o %(day)s 18:00.")
        return said % {"day": formats.example_day(_now()[0].date())}


class HoursField(_Written):
    """``9 a 20``, ``9:00-13:30`` … ; ``data`` is from and to, in minutes of the day."""

    data: Hours | None  # type: ignore[assignment]

    def read(self, typed: str) -> Hours | None:
        return read_hours(typed)

    def shown(self) -> str:
        return span_said(self.data) if self.data else ""

    def refusal(self, _typed: str) -> str:
        return _("No se entiende el horario: escribí, por ejemplo, 9:00 a 20:00.")


class MoneyField(_Written):
    """``45.300,50``, ``$ 45300``, ``50 mil`` … ; ``data`` is a Decimal, its currency `currency`."""

    data: Decimal | None  # type: ignore[assignment]

    def __init__(self, *args: Any, currency: str = "ARS", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def read(self, typed: str) -> Decimal | None:
        return read_money(typed)

    def shown(self) -> str:
        if self.data is None:
            return ""
        return formats.money(self.data, self.currency)

    def refusal(self, typed: str) -> str:
        unread = _("No se entiende el importe: escribí, por ejemplo, 45.300,50.")
        return {
            AmountFault.NOT_POSITIVE: _(
                "El importe tiene que ser mayor que cero: escribí cuánto es, por ejemplo 45.300,50."
            ),
            AmountFault.TOO_LARGE: _("Ese importe es demasiado grande: revisá los ceros."),
            AmountFault.TWO_WAYS: _(
                "No se sabe si la coma separa miles o centavos: escribí, por ejemplo, 45.300 o"
                " 45.300,50."
            ),
            AmountFault.DECIMALS: _(
                "Los centavos van con dos cifras: escribí, por ejemplo, 45.300,50."
            ),
        }.get(money_fault(typed) or AmountFault.NOT_ONE, unread)


def not_past(message: str | None = None) -> Callable[[object, Field], None]:
    """Refuse a day before today, or a moment before now; nothing at all may pass."""

    def check(_form: object, field: Field) -> None:
        if field.data is None:
            return
        now = _now()[0]
        past = field.data < (now if isinstance(field.data, datetime) else now.date())
        if past:
            raise StopValidation(message or _("Esa fecha ya pasó."))

    return check


def _now() -> tuple[datetime, ZoneInfo]:
    """The time in the call centre's zone."""
    runtime = current_runtime()
    zone = runtime.settings.timezone
    return runtime.now().astimezone(zone), zone
