"""Days, moments, hours, amounts as people write them: to a value, or to nothing; never a guess."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from campaigns.importing.cells import fold, read_amount
from campaigns.importing.errors import AmountFault, AmountRefused, CellRefused

_WEEKDAYS = {
    name: place
    for place, names in enumerate(
        ("lunes lun", "martes mar", "miercoles mie", "jueves jue", "viernes vie", "sabado sab",
         "domingo dom")
    )
    for name in names.split()
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("enero ene", "febrero feb", "marzo mar", "abril abr", "mayo may", "junio jun",
         "julio jul", "agosto ago", "septiembre setiembre sep set", "octubre oct",
         "noviembre nov", "diciembre dic"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_NEAR = {"anteayer": -2, "ayer": -1, "hoy": 0, "manana": 1, "pasado manana": 2, "pasado": 2}
_NUMBERS = {
    word: number
    for number, word in enumerate(
        ["un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"], start=1
    )
} | {"una": 1}
_FACTORS = {
    "mil": 1_000, "k": 1_000, "luca": 1_000, "lucas": 1_000, "millon": 1_000_000,
    "millones": 1_000_000, "palo": 1_000_000, "palos": 1_000_000,
}  # fmt: skip

_FILLER = re.compile(r"^(?:el|la|los|para|dia|este|esta|proximo|que viene)\s+|\s+que viene$")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_FIGURES = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{4}|\d{2}))?", re.ASCII)
_IN_WORDS = re.compile(r"(\d{1,2})(?: de)? ([a-z]+)(?:(?: de| del)? (\d{4}))?", re.ASCII)
_ALONE = re.compile(r"\d{1,2}", re.ASCII)
_AWAY = re.compile(r"(?:en|dentro de) (\w+) (dias?|semanas?|horas?|hs?|min(?:utos?)?)")
_CLOCK = re.compile(
    r"(?:^|\s)(?:(?:a )?las? )?(\d{1,2})(?:[:.](\d{2}))?\s*(?:h|hs|hrs|horas)?$", re.ASCII
)
_HOURS = re.compile(
    r"(?:de )?(\d{1,2})(?:[:.](\d{2}))? ?(?:h|hs)? ?(?:a|hasta|-|–)(?: las)? ?"
    r"(\d{1,2})(?:[:.](\d{2}))? ?(?:h|hs)?",
    re.ASCII,
)
_AMOUNT = re.compile(r"(.*?)\s*([a-z]*)")
_LEAP_YEAR = 2028


def read_day(text: str, *, today: date) -> date | None:
    """``27/11``, ``27/11/2026``, ``27 de noviembre``, ``viernes``, ``mañana``, ``en 3 días``.

    Without a year it is the nearest such day, before or after; a weekday is the next one, never
    today; a number alone is the next such day of a month.
    """
    said = _plain(text)
    if said in _NEAR:
        return today + timedelta(days=_NEAR[said])
    if away := _AWAY.fullmatch(said):
        span = _span(away)
        return today + span if span is not None and span.seconds == 0 else None
    if said in ("fin de mes", "a fin de mes"):
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    name, _, rest = said.partition(" ")
    if name in _WEEKDAYS:
        return _weekday(_WEEKDAYS[name], rest, today)
    return _by_figures(said, today)


def read_past_day(text: str, *, today: date) -> date | None:
    """As `read_day`, of what lies behind: a weekday or a number alone is the last such day."""
    said = _plain(text)
    if said in _WEEKDAYS:
        return today - timedelta(days=(today.weekday() - _WEEKDAYS[said]) % 7)
    name, _, number = said.rpartition(" ")
    if not _ALONE.fullmatch(number) or not (name in _WEEKDAYS or not name):
        return read_day(text, today=today)
    day = _last_with(int(number), today)
    if day is None or (name and day.weekday() != _WEEKDAYS[name]):
        return None
    return day


def is_no_day(text: str) -> bool:
    """Whether it is written as a day, and no calendar has it: ``31/02``, ``32 de enero``.

    One too far away to be meant is a day all the same.
    """
    said = _plain(text)
    if found := _ISO.fullmatch(said):
        year, month, day = found[1], int(found[2]), int(found[3])
    elif found := _FIGURES.fullmatch(said):
        year, month, day = found[3], int(found[2]), int(found[1])
    elif (found := _IN_WORDS.fullmatch(said)) and found[2] in _MONTHS:
        year, month, day = found[3], _MONTHS[found[2]], int(found[1])
    else:
        return False
    if not 1 <= month <= 12:
        return True
    in_month = calendar.monthrange(int(year) % 400 + 2000 if year else _LEAP_YEAR, month)[1]
    return not 1 <= day <= in_month


def read_moment(text: str, *, now: datetime, zone: ZoneInfo) -> datetime | None:
    """``mañana 10``, ``hoy 18:00``, ``27/11 9.30``, ``en 2 horas``; in UTC.

    A time alone is the next such time. A day alone is no moment.
    """
    local = now.astimezone(zone)
    said = _plain(text)
    if away := _AWAY.fullmatch(said):
        span = _span(away)
        return None if span is None else (local + span).astimezone(UTC).replace(second=0)
    found = _CLOCK.search(said)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 23 or minute > 59:
        return None
    clock = time(hour, minute)
    before = said[: found.start()].strip().removesuffix(",").strip()
    if before:
        day = read_day(before, today=local.date())
        return None if day is None else datetime.combine(day, clock, zone).astimezone(UTC)
    moment = datetime.combine(local.date(), clock, zone)
    if moment <= local:
        moment = datetime.combine(local.date() + timedelta(days=1), clock, zone)
    return moment.astimezone(UTC)


def read_hours(text: str) -> tuple[int, int] | None:
    """``9 a 20``, ``9:00-13:30``, ``de 9 a 24 hs``; in minutes of the day."""
    found = _HOURS.fullmatch(_plain(text))
    if found is None or int(found[2] or 0) > 59 or int(found[4] or 0) > 59:
        return None
    begins, ends = (int(found[at]) * 60 + int(found[at + 1] or 0) for at in (1, 3))
    return (begins, ends) if begins < ends <= 24 * 60 else None


def read_money(text: str) -> Decimal | None:
    """``45.300,50``, ``$ 45300``, ``50 mil``, ``50 lucas``, ``1,5 millones``; above zero."""
    try:
        return _money(text)
    except CellRefused:
        return None


def money_fault(text: str) -> AmountFault | None:
    """What is wrong with an amount that `read_money` makes nothing of."""
    try:
        _money(text)
    except AmountRefused as refusal:
        return refusal.fault
    except CellRefused:
        return AmountFault.NOT_ONE
    return None


def _money(text: str) -> Decimal:
    found = _AMOUNT.fullmatch(fold(text).strip())
    figures, unit = (found[1].strip(), found[2]) if found else ("", "")
    factor = _FACTORS.get(unit, 1)
    if found is None or (factor == 1 and unit and unit not in ("ars", "pesos")):
        raise AmountRefused(AmountFault.NOT_ONE)
    amount = read_amount(figures) * factor
    if amount >= Decimal(10) ** 12:
        raise AmountRefused(AmountFault.TOO_LARGE)
    return amount


def _plain(text: str) -> str:
    """Folded, with single spaces and without the words that say nothing."""
    said = " ".join(fold(text).split())
    while (shorter := _FILLER.sub("", said).strip()) != said:
        said = shorter
    return said


def _weekday(weekday: int, rest: str, today: date) -> date | None:
    """The next such weekday; with a day beside it, that day, if it is one."""
    if rest:
        day = _by_figures(rest, today)
        return day if day is not None and day.weekday() == weekday else None
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _by_figures(said: str, today: date) -> date | None:
    if found := _ISO.fullmatch(said):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _FIGURES.fullmatch(said):
        return _nearest(int(found[1]), int(found[2]), found[3], today)
    if (found := _IN_WORDS.fullmatch(said)) and found[2] in _MONTHS:
        return _nearest(int(found[1]), _MONTHS[found[2]], found[3], today)
    if _ALONE.fullmatch(said):
        return _next_with(int(said), today)
    return None


def _nearest(day: int, month: int, year: str | None, today: date) -> date | None:
    if year is not None:
        return _day(int(year) + (2000 if len(year) == 2 else 0), month, day)
    near = [_day(today.year + away, month, day) for away in (-1, 0, 1)]
    return min(
        (each for each in near if each is not None),
        key=lambda each: abs(each - today),
        default=None,
    )


def _next_with(day: int, today: date) -> date | None:
    """The next day with this number; the months that lack it are passed over."""
    for away in range(3):
        month = today.month - 1 + away
        found = _day(today.year + month // 12, month % 12 + 1, day)
        if found is not None and found > today:
            return found
    return None


def _last_with(day: int, today: date) -> date | None:
    """The last day with this number, today perhaps; the months that lack it are passed over."""
    for away in range(3):
        month = today.month - 1 - away
        found = _day(today.year + month // 12, month % 12 + 1, day)
        if found is not None and found <= today:
            return found
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1990 <= year <= 2100 else None
    except ValueError:
        return None


def _span(away: re.Match[str]) -> timedelta | None:
    number = int(away[1]) if away[1].isdecimal() and len(away[1]) < 4 else _NUMBERS.get(away[1])
    if number is None:
        return None
    unit = away[2][0]
    if unit == "d":
        return timedelta(days=number)
    if unit == "s":
        return timedelta(weeks=number)
    return timedelta(hours=number) if unit == "h" else timedelta(minutes=number)
