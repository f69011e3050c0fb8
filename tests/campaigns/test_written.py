"""What people write for a day, a moment, hours, an amount."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from campaigns.written import read_day, read_hours, read_moment, read_money, read_past_day

SUNDAY = date(2026, 11, 22)
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)  # 18:30


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("27/11", date(2026, 11, 27)),
        ("27/11/2026", date(2026, 11, 27)),
        ("27-11-26", date(2026, 11, 27)),
        ("27.11", date(2026, 11, 27)),
        ("2026-11-27", date(2026, 11, 27)),
        ("27 de noviembre", date(2026, 11, 27)),
        ("27 nov", date(2026, 11, 27)),
        ("el 5 de enero", date(2027, 1, 5)),
        ("5/1", date(2027, 1, 5)),
        ("15/11", date(2026, 11, 15)),
        ("27", date(2026, 11, 27)),
        ("el 10", date(2026, 12, 10)),
        ("31", date(2026, 12, 31)),
        ("viernes", date(2026, 11, 27)),
        ("El Viernes", date(2026, 11, 27)),
        ("viernes 27", date(2026, 11, 27)),
        ("viernes 27/11", date(2026, 11, 27)),
        ("miércoles", date(2026, 11, 25)),
        ("domingo", date(2026, 11, 29)),
        ("lunes que viene", date(2026, 11, 23)),
        ("hoy", SUNDAY),
        ("MAÑANA", date(2026, 11, 23)),
        ("pasado mañana", date(2026, 11, 24)),
        ("ayer", date(2026, 11, 21)),
        ("en 3 días", date(2026, 11, 25)),
        ("en una semana", date(2026, 11, 29)),
        ("fin de mes", date(2026, 11, 30)),
    ],
)
def test_a_day_is_read_as_it_is_said(text: str, day: date) -> None:
    assert read_day(text, today=SUNDAY) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("domingo", SUNDAY),
        ("el lunes", date(2026, 11, 16)),
        ("22", SUNDAY),
        ("23", date(2026, 10, 23)),
        ("el 31", date(2026, 10, 31)),
        ("1/11", date(2026, 11, 1)),
        ("viernes 20", date(2026, 11, 20)),
        ("ayer", date(2026, 11, 21)),
        ("el año del cometa", None),
        ("32", None),
    ],
)
def test_of_what_lies_behind_a_weekday_or_a_number_is_the_last_one(
    text: str, day: date | None
) -> None:
    assert read_past_day(text, today=SUNDAY) == day


@pytest.mark.parametrize(
    "text",
    ["", "cuando cobre", "31/11", "viernes 28", "0", "32", "13/13", "27/11/20266", "en 2 horas",
     "27 de brumario", "29/2/2027"],
)  # fmt: skip
def test_what_is_no_day_is_nothing(text: str) -> None:
    assert read_day(text, today=SUNDAY) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("mañana 10", datetime(2026, 11, 23, 13, 0, tzinfo=UTC)),
        ("mañana a las 10", datetime(2026, 11, 23, 13, 0, tzinfo=UTC)),
        ("mañana 10hs", datetime(2026, 11, 23, 13, 0, tzinfo=UTC)),
        ("hoy 21:15", datetime(2026, 11, 23, 0, 15, tzinfo=UTC)),
        ("viernes 9.30", datetime(2026, 11, 27, 12, 30, tzinfo=UTC)),
        ("viernes 27/11 18:00", datetime(2026, 11, 27, 21, 0, tzinfo=UTC)),
        ("27/11/2026 18:00", datetime(2026, 11, 27, 21, 0, tzinfo=UTC)),
        ("27/11 18:00", datetime(2026, 11, 27, 21, 0, tzinfo=UTC)),
        ("20:00", datetime(2026, 11, 22, 23, 0, tzinfo=UTC)),
        ("18:00", datetime(2026, 11, 23, 21, 0, tzinfo=UTC)),
        ("en 2 horas", datetime(2026, 11, 22, 23, 30, tzinfo=UTC)),
        ("en 30 min", datetime(2026, 11, 22, 22, 0, tzinfo=UTC)),
        ("en 3 días", datetime(2026, 11, 25, 21, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_it_is_said(text: str, moment: datetime) -> None:
    assert read_moment(text, now=NOW, zone=ZONE) == moment


@pytest.mark.parametrize("text", ["", "mañana", "mañana 25", "10:75", "luego 10", "27/11"])
def test_what_is_no_moment_is_nothing(text: str) -> None:
    assert read_moment(text, now=NOW, zone=ZONE) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("45.300,50", "45300.50"),
        ("$ 45.300,50", "45300.50"),
        ("$45300", "45300"),
        ("45300.5", "45300.5"),
        ("1,234.56", "1234.56"),
        ("50 mil", "50000"),
        ("50mil", "50000"),
        ("50 lucas", "50000"),
        ("50k", "50000"),
        ("1,5 millones", "1500000"),
        ("2 palos", "2000000"),
        ("333.070 pesos", "333070"),
    ],
)
def test_an_amount_is_read_as_it_is_said(text: str, amount: str) -> None:
    assert read_money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "0", "-5", "45,300", "mil", "mucho", "50 verdes", "1e9"])
def test_what_is_no_amount_is_nothing(text: str) -> None:
    assert read_money(text) is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9 a 20", (540, 1200)),
        ("9:00 a 13:30", (540, 810)),
        ("9.30-13", (570, 780)),
        ("9 – 20", (540, 1200)),
        ("de 9 a 20 hs", (540, 1200)),
        ("9hs hasta las 20hs", (540, 1200)),
        ("0 a 24", (0, 1440)),
    ],
)
def test_hours_are_read_as_they_are_said(text: str, hours: tuple[int, int]) -> None:
    assert read_hours(text) == hours


@pytest.mark.parametrize(
    "text",
    ["", "9", "todo el día", "20 a 9", "9 a 9", "9 a 25", "9:60 a 20", "9 a 24:01", "-9 a 20"],
)
def test_what_is_no_hours_is_nothing(text: str) -> None:
    assert read_hours(text) is None
