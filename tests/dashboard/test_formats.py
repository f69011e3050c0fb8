"""Figures, days and phones as a person in Argentina reads them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard import formats
from tests.conftest import NOON

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")


def test_money_has_its_currency_and_a_space_that_does_not_break() -> None:
    assert formats.money(Decimal("45300.5"), "ARS") == "$\u00a045.300,50"
    assert formats.money(Decimal("12"), "USD") == "USD\u00a012,00"


@pytest.mark.parametrize(
    ("value", "written"), [(4280, "4.280"), (0, "0"), (2.1, "2,1"), (1234567.0, "1.234.567")]
)
def test_numbers_group_by_points(value: float, written: str) -> None:
    assert formats.number(value) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.61, "61 %"),
        (0.021, "2,1 %"),
        (0.996, "99 %"),  # never rounded up to a whole that is not there
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.0001, "<\u00a00,1 %"),
        (None, "–"),
    ],
)
def test_a_share_is_never_told_as_more_than_it_is(share: float | None, written: str) -> None:
    assert formats.percent(share) == written.replace(" %", "\u00a0%")


@pytest.mark.parametrize(
    ("counts", "written"),
    [
        ([47, 41, 10], ["48 %", "42 %", "10 %"]),
        ([1, 1, 1], ["34 %", "33 %", "33 %"]),
        ([8, 3, 1], ["66,7 %", "25 %", "8,3 %"]),
        ([996, 4], ["99,6 %", "0,4 %"]),
        ([5, 0], ["100 %", "0 %"]),
        ([0, 0], ["–", "–"]),
        ([99_999, 1], ["100 %", "<\u00a00,1 %"]),
        ([], []),
    ],
)
def test_the_shares_of_a_whole_sum_to_a_hundred(counts: list[int], written: list[str]) -> None:
    assert formats.shares(counts) == [share.replace(" %", "\u00a0%") for share in written]


def test_days_in_three_lengths() -> None:
    friday = date(2026, 11, 27)

    assert formats.day(friday) == "27/11/2026"
    assert formats.short_day(friday) == "vie 27 nov"
    assert formats.long_day(friday) == "viernes 27 de noviembre de 2026"


@pytest.mark.parametrize(
    ("today", "day", "month"),
    [(date(2026, 11, 27), "7/12", "diciembre"), (date(2026, 12, 28), "7/1", "enero")],
)
def test_an_example_is_always_to_come(today: date, day: str, month: str) -> None:
    assert (formats.example_day(today), formats.example_month(today)) == (day, month)


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("+5491155554444", "+54 9 11 5555-4444"),
        ("+5493514445555", "+54 9 351 444-5555"),
        ("AR.1234567890", "AR.1234567890"),  # a username hides the phone
        ("+1", "+1"),
        (None, ""),
    ],
)
def test_phones_are_grouped(stored: str | None, written: str) -> None:
    assert formats.phone(stored) == written


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(seconds=20), "0 min"),
        (timedelta(minutes=26), "26 min"),
        (timedelta(hours=3, minutes=12), "3 h 12 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(days=1, hours=4), "1 día"),
        (timedelta(days=2), "2 días"),
        (timedelta(minutes=-3), "0 min"),
    ],
)
def test_a_length_of_time_in_the_two_units_that_matter(length: timedelta, written: str) -> None:
    assert formats.span(length).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    ("at", "short"),
    [
        (NOON + timedelta(hours=2), "14:00"),
        (NOON - timedelta(hours=18), "ayer 18:00"),
        (NOON + timedelta(hours=22), "mañana 10:00"),
        (NOON + timedelta(days=9), "vie 27 nov 12:00"),
        (NOON - timedelta(days=400), "14/10/2025 12:00"),
    ],
)
def test_an_instant_is_told_as_seen_from_now(at: datetime, short: str) -> None:
    assert formats.moment(at, now=NOON, zone=BUENOS_AIRES).short == short


def test_midnight_is_that_of_the_centre_not_of_utc() -> None:
    late = datetime(2026, 11, 19, 2, 30, tzinfo=UTC)  # 23:30 of the 18th in Buenos Aires

    seen = formats.moment(late, now=NOON, zone=BUENOS_AIRES)

    assert (seen.day, seen.short) == ("Hoy", "23:30")
    assert seen.whole == "miércoles 18 de noviembre de 2026, 23:30"


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(minutes=1), "falta 1 min"),
        (timedelta(minutes=26), "faltan 26 min"),
        (timedelta(hours=1, minutes=5), "falta 1 h 5 min"),
        (timedelta(hours=13), "faltan 13 h"),
        (timedelta(hours=24, minutes=3), "falta 1 día"),
        (timedelta(hours=34), "falta 1 día y 10 h"),
        (timedelta(days=2, hours=1), "faltan 2 días y 1 h"),
        (timedelta(days=11, hours=5), "faltan 11 días"),
    ],
)
def test_what_is_left_agrees_with_its_number(length: timedelta, written: str) -> None:
    assert formats.countdown(length).replace("\u00a0", " ") == written
