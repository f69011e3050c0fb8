"""Fields that read what people type, and show what they read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from dashboard.inputs import DayField, MomentField, MoneyField, not_past
from runtime.wiring import Runtime

pytestmark = pytest.mark.usefixtures("runtime")


class _Promise(Form):
    day = DayField("Paga el", [not_past()])
    amount = MoneyField("Importe")
    call_at = MomentField("Próxima acción", [not_past()])


def _typed(**fields: str) -> _Promise:
    return _Promise(MultiDict(fields))


def test_what_was_understood_is_shown_in_full() -> None:
    form = _typed(day="27/11/2099", amount="50 mil", call_at="27/11/2099 9.30")

    assert form.validate()
    assert (form.day.data, form.amount.data) == (date(2099, 11, 27), Decimal(50_000))
    assert form.call_at.data == datetime(2099, 11, 27, 12, 30, tzinfo=UTC)
    assert form.day._value() == "27/11/2099"
    assert form.amount._value() == "$\u00a050.000,00"
    assert form.call_at._value() == "27/11/2099 09:30"


def test_what_was_shown_is_understood_again() -> None:
    form = _typed(day="27/11/2099", amount="$\u00a050.000,00", call_at="27/11/2099 09:30")

    assert form.validate()


def test_what_was_not_understood_stays_as_it_was_typed() -> None:
    form = _typed(day="cuando cobre", amount="mucho", call_at="luego")

    assert not form.validate()
    assert [form.day._value(), form.amount._value(), form.call_at._value()] == [
        "cuando cobre",
        "mucho",
        "luego",
    ]
    assert form.day.errors[0].startswith("No se entiende la fecha")


@pytest.mark.parametrize(
    "typed", ["31/02", "30-2-2027", "29/2/27", "2026-13-01", "31 de abril", "0/5"]
)
def test_a_day_that_no_calendar_has_is_told_as_that(typed: str) -> None:
    form = _typed(day=typed)

    assert not form.validate()
    assert form.day.errors == [f"Esa fecha no existe: {typed}."]
    assert form.day._value() == typed


@pytest.mark.parametrize("typed", ["1/12/2205", "cuando cobre", "28/2/1800"])
def test_what_is_no_day_to_us_may_be_one(typed: str) -> None:
    form = _typed(day=typed)

    assert not form.validate()
    assert form.day.errors[0].startswith("No se entiende la fecha")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", "El importe tiene que ser mayor que cero: escribí cuánto es"),
        ("$ 0,00", "El importe tiene que ser mayor que cero"),
        ("-500", "El importe tiene que ser mayor que cero"),
        ("0 lucas", "El importe tiene que ser mayor que cero"),
        ("1,234", "No se sabe si la coma separa miles o centavos"),
        ("12,3456", "Los centavos van con dos cifras"),
        ("9999999 millones", "demasiado grande: revisá los ceros"),
        ("50 vacas", "No se entiende el importe"),
        ("US$ 100", "No se entiende el importe"),
    ],
)
def test_an_amount_that_cannot_be_says_why_and_stays(typed: str, said: str) -> None:
    form = _typed(amount=typed)

    assert not form.validate()
    assert said in form.amount.errors[0]
    assert form.amount._value() == typed


def test_words_count_from_today_where_the_call_centre_is(runtime: Runtime) -> None:
    today = runtime.now().astimezone(runtime.settings.timezone).date()

    assert _typed(day="mañana").day.data == today + timedelta(days=1)


def test_the_past_is_refused_and_nothing_is_not_the_past() -> None:
    form = _typed(day="1/1/2001", call_at="ayer 10", amount="")

    assert not form.validate()
    assert form.day.errors == form.call_at.errors == ["Esa fecha ya pasó."]
    assert _typed(day="", amount="", call_at="").validate()


def test_values_given_by_the_program_are_shown_the_same_way() -> None:
    form = _Promise(data={"day": date(2026, 11, 27), "amount": Decimal("333070.5")})

    assert (form.day._value(), form.amount._value()) == ("27/11/2026", "$\u00a0333.070,50")
    assert form.call_at._value() == ""
