"""How figures, days and phones are written in Argentina: template filters of the same names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

_SYMBOLS = {"ARS": "$"}
_TO_LOCAL = str.maketrans(",.", ".,")
_WEEKDAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")
_WEEKDAYS_WHOLE = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_MONTHS_WHOLE = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_NO_BREAK = "\u00a0"


def money(amount: Decimal, currency: str) -> str:
    """``$ 45.300,50``; another currency by its code. The space does not break."""
    figures = f"{amount:,.2f}".translate(_TO_LOCAL)
    return f"{_SYMBOLS.get(currency, currency)}{_NO_BREAK}{figures}"


def number(value: int | float | Decimal) -> str:
    """``4.280``; a fraction keeps one decimal: ``2,1``."""
    whole = float(value).is_integer()
    return f"{value:,.0f}".translate(_TO_LOCAL) if whole else f"{value:,.1f}".translate(_TO_LOCAL)


def percent(share: float | None) -> str:
    """``61 %`` of 0.61; one decimal below ten, none above; a dash where there is nothing."""
    if share is None:
        return "–"
    hundredths = share * 100
    if 0 < hundredths < 0.1:
        return f"<{_NO_BREAK}0,1{_NO_BREAK}%"
    rounded = round(hundredths, 1) if hundredths < 10 else float(int(hundredths))
    return f"{number(rounded)}{_NO_BREAK}%"


def shares(counts: Iterable[int]) -> list[str]:
    """What each part is of their sum; as they are shown they sum to a hundred.

    Whole, or with a decimal in all where one is below ten. What is cut off goes to those that lost
    most by it; a part too small to be seen is told as less than a tenth.
    """
    parts = list(counts)
    total = sum(parts)
    if not total:
        return [percent(None) for _ in parts]
    unit = 10 if any(0 < part * 10 < total for part in parts) else 1
    shown = [part * 100 * unit // total for part in parts]
    lost = sorted(range(len(parts)), key=lambda at: -(parts[at] * 100 * unit % total))
    for at in lost[: 100 * unit - sum(shown)]:
        shown[at] += 1
    return [
        f"{number(figure / unit)}{_NO_BREAK}%" if figure or not part else percent(0.0001)
        for figure, part in zip(shown, parts, strict=True)
    ]


def day(value: date) -> str:
    """``31/12/2026``."""
    return value.strftime("%d/%m/%Y")


def short_day(value: date) -> str:
    """``vie 27 nov``."""
    return f"{_WEEKDAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"


def example_day(today: date) -> str:
    """``9/12``: a day to come, for what a field shows of how a day is written."""
    day = today + timedelta(days=10)
    return f"{day.day}/{day.month}"


def example_month(today: date) -> str:
    """``diciembre``: the month to come."""
    return _MONTHS_WHOLE[today.month % 12]


def long_day(value: date) -> str:
    """``viernes 27 de noviembre de 2026``."""
    weekday, month = _WEEKDAYS_WHOLE[value.weekday()], _MONTHS_WHOLE[value.month - 1]
    return f"{weekday} {value.day} de {month} de {value.year}"


def month(value: date) -> str:
    """``noviembre de 2026``."""
    return f"{_MONTHS_WHOLE[value.month - 1]} de {value.year}"


@lru_cache(maxsize=20_000)
def phone(e164: str | None) -> str:
    """``+54 9 11 5555-4444``; what is no phone stays as it is."""
    if not e164 or not e164.startswith("+"):
        return e164 or ""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def span(length: timedelta) -> str:
    """``26 min``, ``3 h 12 min``, ``2 días``."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes}{_NO_BREAK}min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}{_NO_BREAK}h {rest}{_NO_BREAK}min" if rest else f"{hours}{_NO_BREAK}h"
    days = hours // 24
    return f"{days}{_NO_BREAK}día" if days == 1 else f"{days}{_NO_BREAK}días"


def countdown(length: timedelta) -> str:
    """``faltan 3 h 12 min``, ``falta 1 día y 10 h``: days with their hours while they are few."""
    left = span(length)
    days, hours = length.days, length.seconds // 3600
    if 0 < days < 7 and hours:
        left = f"{left} y {hours}{_NO_BREAK}h"
    return f"{'falta' if left.startswith(f'1{_NO_BREAK}') else 'faltan'} {left}"


def since(start: datetime, now: datetime) -> str:
    """How long ago, as `span` says it."""
    return span(now - start)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as a person reads it in one place, for ``<time>``."""

    machine: str  # ISO 8601
    short: str  # 14:20, ayer 18:00, vie 27 nov 18:00
    whole: str  # viernes 27 de noviembre de 2026, 18:00
    clock: str  # 14:20
    day: str  # Hoy, Ayer, viernes 27 de noviembre


def moment(at: datetime, *, now: datetime, zone: ZoneInfo) -> Moment:
    """``at`` seen from ``now`` in ``zone``; both are aware."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local:%H:%M}"
    away = (local.date() - today).days
    near = {0: "", -1: "ayer ", 1: "mañana "}.get(away)
    if near is None:
        near = f"{short_day(local.date())} "
        if local.year != today.year:
            near = f"{local:%d/%m/%Y} "
    days = {0: "Hoy", -1: "Ayer", 1: "Mañana"}
    return Moment(
        machine=local.isoformat(timespec="seconds"),
        short=near + clock,
        whole=f"{long_day(local.date())}, {clock}",
        clock=clock,
        day=days.get(away) or long_day(local.date()).rsplit(" de ", 1)[0],
    )
