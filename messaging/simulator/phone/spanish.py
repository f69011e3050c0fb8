"""Times, days and numbers as people in Argentina read and type them."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from messaging.simulator.customers import profile_name

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip


class NotAPhone(ValueError):
    pass


def local(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, ZONE)


def clock(moment: float) -> str:
    return f"{local(moment):%H:%M}"


def day_mark(moment: float, now: float) -> str:
    """Hoy, Ayer, the weekday within a week, else the date."""
    day, today = local(moment).date(), local(now).date()
    if day == today:
        return "Hoy"
    if day == today - timedelta(days=1):
        return "Ayer"
    if today - timedelta(days=7) < day < today:
        return _DAYS[day.weekday()].capitalize()
    return _date(day)


def short_moment(moment: float, now: float) -> str:
    """For a list: the hour today, else the day."""
    day, today = local(moment).date(), local(now).date()
    if day == today:
        return clock(moment)
    return "ayer" if day == today - timedelta(days=1) else f"{day.day}/{day.month}"


def full_moment(moment: float) -> str:
    at = local(moment)
    return f"{_DAYS[at.weekday()]} {_date(at.date())}, {at:%H:%M:%S}"


def span(seconds: float) -> str:
    """3 h 12 min; under a minute, less."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min" if minutes else "menos de un minuto"
    return f"{minutes // 60} h {minutes % 60} min"


def counted(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def shown_phone(phone: str) -> str:
    """+54 9 11 5555-4444; any other country's as it is."""
    found = re.fullmatch(r"\+54(9?)(11|\d{3})(\d{3,4})(\d{4})", phone)
    if found is None or len(phone) != (14 if found.group(1) else 13):
        return phone
    nine, area, first, last = found.groups()
    return f"+54 {nine + ' ' if nine else ''}{area} {first}-{last}"


def typed_phone(text: str) -> str:
    """E.164 of what was typed: +54 9 351 444-5555, 0351 444-5555, 1155554444, +598….

    Raises:
        NotAPhone: it cannot be a mobile number.
    """
    digits = re.sub(r"\D", "", text)
    if text.strip().startswith("+") and not digits.startswith("54"):
        found = f"+{digits}"
    else:
        national = digits.removeprefix("54").removeprefix("0")
        if len(national) == 11:
            national = national.removeprefix("9")
        if len(national) != 10:
            raise NotAPhone(text)
        found = f"+549{national}"
    if not re.fullmatch(r"\+[1-9]\d{7,14}", found):
        raise NotAPhone(text)
    return found


def fold(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


@lru_cache(maxsize=200_000)
def folded_name(phone: str) -> str:
    return fold(profile_name(phone))


def _date(day: date) -> str:
    return f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}"
