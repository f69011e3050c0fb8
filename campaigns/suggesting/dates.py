"""Days that people name: the words that name one, and the day if it is certain."""

import calendar
import re
from datetime import date, timedelta

from campaigns.suggesting.words import DATE, Line, Word, replaced

_WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("enero ene", "febrero feb", "marzo", "abril abr", "mayo may", "junio jun", "julio jul",
         "agosto ago", "septiembre setiembre sep set sept", "octubre oct", "noviembre nov",
         "diciembre dic"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_COUNT = """
uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis
diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco
veintiseis veintisiete veintiocho veintinueve treinta
"""
_NUMBERS = {name: number for number, name in enumerate(_COUNT.split(), start=1)} | {
    "un": 1,
    "una": 1,
    "primero": 1,
}

_DAY_NAME = "|".join(_WEEKDAYS)
_MONTH = "|".join(_MONTHS)
_NUMBER = r"\d{1,2}|" + "|".join(_NUMBERS)
_NO_DAY = r"(?! (?:mil|lucas?|palos?|pesos|cuotas?|meses|anos|por ciento|%|y media|de cada) )"
_COMING = r"(?:que viene|proximo|entrante)"

_PATTERNS = tuple(
    (name, re.compile(rf"(?<= )(?:{pattern}) "))
    for name, pattern in (
        # not a day to come, and no day at all
        ("past", rf"(?:el )?(?:dia )?(?:{_DAY_NAME}|mes|semana) (?:pasado|pasada|anterior)"),
        ("past", r"(?:(?:a|de|por|en) (?:la )?manana|la manana|buen dia|buenos dias)"),
        ("figures", rf"(?:(?:el|este) )?(?:dia )?(?:(?:{_DAY_NAME}) )?"
                    r"(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?:[/-](?P<y>\d{2,4}))?"),
        ("words", rf"(?:(?:el|este|al|del) )?(?:dia )?(?:(?:{_DAY_NAME}) )?(?P<d>{_NUMBER}) "
                  rf"(?:de |del )?(?P<m>{_MONTH})(?: (?:de |del )?(?P<y>20\d\d))?"),
        ("in_month", rf"(?:el|al|del|dia) (?:dia )?(?P<d>{_NUMBER}) "
                     r"(?:del? (?:(?P<next>mes que viene|mes proximo|"
            r"proximo mes|otro mes)|este mes|corriente|mes))",
        ),
        ("named", rf"(?:(?:el|este|al|del) )?(?:dia )?(?:(?P<soon>proximo) )?(?P<w>{_DAY_NAME})"
                  rf"(?: (?P<soon2>{_COMING}))?"
                  rf"(?: (?P<d>\d{{1,2}})(?! (?:mil|lucas?|k|palos?|pesos|cuotas?|hs) ))?"),
        ("month_end", r"(?:(?:a|para|el) )?(?:fin|fines|ultimo dia|ultimos dias) (?:de|del) "
                      r"(?:este )?mes(?! (?:que|proximo))"),
        ("named_end", rf"(?:(?:a|para) )?(?:fin|fines) de (?P<m>{_MONTH})"),
        ("year_end", r"(?:(?:a|para) )?(?:fin|fines) de ano"),
        ("month_middle", r"(?:(?:a|para) )?(?:mitad|mediados) de mes"),
        ("away", rf"(?:en|dentro de) (?P<n>{_NUMBER}|un par de) (?P<u>dias?|semanas?)"),
        ("near", r"(?P<after>pasado manana)|(?P<or>manana (?:o|y) pasado)|(?P<tomorrow>manana)"
                 r"|(?:(?P<today>hoy(?: mismo)?|esta (?:tarde|noche|manana)|ya mismo|ahora mismo|"
                 r"en un rat(?:o|ito)|ahora (?=(?:(?:mas tarde|te|lo|la|los|las) )*"
                 r"(?:pago|abono|transfiero|deposito|cancelo) )))"),
        ("numbered", rf"(?:el|al|del|dia) (?:dia )?(?P<d>{_NUMBER}){_NO_DAY}"),
        ("vague", r"(?:(?:a|para|en|de|por) )?(?:la |esta )?(?:(?:primera|segunda|proxima|otra) )?"
                  r"semana(?: que viene| proxima| entrante| de (?:este mes|mes|"
                  rf"{_MONTH}))?"),
        ("vague", r"(?:(?:el|para el) )?(?:mes que viene|proximo mes|otro mes|mes proximo)"),
        ("vague", r"(?:en )?(?:estos|unos|los proximos) dias"),
        ("vague", rf"(?:a |para )?(?:principios?|comienzos?|primeros dias|mediados|mitad|inicios?) "
                  rf"(?:de |del )?(?:el |la )?(?:mes|ano|semana|{_MONTH})(?: que viene)?"),
        ("vague", r"(?:(?:este|el) )?(?:finde|fin de semana)"),
    )
)  # fmt: skip
_JOINED = re.compile(rf"(?<= ){DATE} (?:(?:o|u|y|a|al|hasta|de|del|en) )*{DATE} ")


def mark_days(words: list[Word], *, today: date) -> list[Word]:
    """Words that name a day to come become one `DATE`, with the day if the words leave no doubt.

    A range, "el viernes o el sábado" or "la semana que viene" is a `DATE` without a day.
    """
    line = Line(words)
    found: dict[int, tuple[int, Word]] = {}
    taken: set[int] = set()
    for name, pattern in _PATTERNS:
        for first, beyond, match in line.matches(pattern):
            places = range(first, beyond)
            if taken.intersection(places):
                continue
            taken.update(places)
            if name == "past":
                continue
            day = _day(name, match, today)
            found[first] = (beyond, Word(DATE, 0, 0, day=day))
    spans = [(first, beyond, word) for first, (beyond, word) in sorted(found.items())]
    return _joined(replaced(words, spans))


def _joined(words: list[Word]) -> list[Word]:
    """Days said in one breath are one, and without a day unless they are the same."""
    while True:
        line = Line(words)
        spans = []
        for first, beyond, _ in line.matches(_JOINED):
            one, other = words[first].day, words[beyond - 1].day
            day = one if one == other else None
            spans.append((first, beyond, Word(DATE, 0, 0, day=day)))
        if not spans:
            return words
        words = replaced(words, spans)


def _day(name: str, match: re.Match[str], today: date) -> date | None:
    said = match.groupdict()
    if name in ("figures", "words"):
        month = said["m"]
        return _dated(_number(said["d"]), _MONTHS.get(month) or _number(month), said["y"], today)
    if name == "in_month":
        ahead = 1 if said["next"] else 0
        return _in_month(_number(said["d"]), today, ahead)
    if name == "named":
        return _weekday(said, today)
    if name == "month_end":
        return _last_of(today.year, today.month)
    if name == "named_end":
        month = _MONTHS[said["m"]]
        return _last_of(today.year + (month < today.month), month)
    if name == "year_end":
        return date(today.year, 12, 31)
    if name == "month_middle":
        return _in_month(15, today, 0)
    if name == "away":
        number = 2 if said["n"] == "un par de" else _number(said["n"])
        return today + timedelta(days=number * (7 if said["u"][0] == "s" else 1))
    if name == "near":
        if said["or"]:
            return None
        return today + timedelta(days=2 if said["after"] else 1 if said["tomorrow"] else 0)
    if name == "numbered":
        return _next_with(_number(said["d"]), today)
    return None


def _number(said: str) -> int:
    return int(said) if said.isdecimal() else _NUMBERS[said]


def _weekday(said: dict[str, str | None], today: date) -> date | None:
    """The next such day. "El viernes que viene" is that only if this week's is over."""
    weekday = _WEEKDAYS.index(said["w"] or "")
    day = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if said["d"]:
        numbered = _next_with(int(said["d"]), today)
        return numbered if numbered is not None and numbered.weekday() == weekday else None
    if (said["soon"] or said["soon2"]) and weekday > today.weekday():
        return None
    return day


def _dated(day: int, month: int, year: str | None, today: date) -> date | None:
    """With a year that one; else the next, and none if it went by not long ago."""
    if year is not None:
        stated = _made(int(year) + (2000 if len(year) == 2 else 0), month, day)
        return stated if stated is not None and stated >= today else None
    for each in (today.year, today.year + 1):
        made = _made(each, month, day)
        if made is not None and made >= today:
            return made if made - today < timedelta(days=300) else None
    return None


def _in_month(day: int, today: date, ahead: int) -> date | None:
    month = today.month - 1 + ahead
    made = _made(today.year + month // 12, month % 12 + 1, day)
    return made if made is not None and made >= today else None


def _next_with(day: int, today: date) -> date | None:
    """The next day with this number; today's own is doubtful."""
    if day == today.day:
        return None
    return next(
        (made for ahead in (0, 1, 2) if (made := _in_month(day, today, ahead)) is not None), None
    )


def _last_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
