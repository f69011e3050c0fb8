from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.importing import cells
from campaigns.importing.cells import Cell
from campaigns.importing.errors import CellRefused

ACCEPTED: list[tuple[Callable[[Cell], object], Cell, object]] = [
    (cells.read_amount, "1.234,56", Decimal("1234.56")),
    (cells.read_amount, "1234.56", Decimal("1234.56")),
    (cells.read_amount, "1234,5", Decimal("1234.5")),
    (cells.read_amount, "1,234.56", Decimal("1234.56")),
    (cells.read_amount, "1,234,567", Decimal(1234567)),
    (cells.read_amount, "$ 45.300,50", Decimal("45300.50")),
    (cells.read_amount, "ARS 45.300", Decimal(45300)),
    (cells.read_amount, "45300 $", Decimal(45300)),
    (cells.read_amount, "1.500", Decimal(1500)),
    (cells.read_amount, "1234.5000", Decimal("1234.5")),
    (cells.read_amount, 45300, Decimal(45300)),
    (cells.read_amount, 45300.330000000002, Decimal("45300.33")),
    (cells.read_amount, 1.234, Decimal("1.23")),
    (cells.read_date, "31/12/2026", date(2026, 12, 31)),
    (cells.read_date, "1-2-26", date(2026, 2, 1)),
    (cells.read_date, "05.12.2026", date(2026, 12, 5)),
    (cells.read_date, "2026-12-31", date(2026, 12, 31)),
    (cells.read_date, "2026-12-31T00:00:00Z", date(2026, 12, 31)),
    (cells.read_date, "31/12/2026 00:00", date(2026, 12, 31)),
    (cells.read_date, 46387, date(2026, 12, 31)),
    (cells.read_date, 46387.75, date(2026, 12, 31)),
    (cells.read_date, "46387", date(2026, 12, 31)),
    (cells.read_paid, "Sí", True),
    (cells.read_paid, "PAGADA", True),
    (cells.read_paid, 1.0, True),
    (cells.read_paid, "No", False),
    (cells.read_paid, "impago", False),
    (cells.read_paid, 0, False),
    (cells.read_paid, "12/11/2026 10:30", date(2026, 11, 12)),
    (cells.read_paid, 46387.0, date(2026, 12, 31)),
    (cells.read_document, "12.345.678", "12345678"),
    (cells.read_document, "DNI 1.234.567", "1234567"),
    (cells.read_document, "01234567", "1234567"),
    (cells.read_document, 12345678, "12345678"),
    (cells.read_document, "20-12345678-6", "20123456786"),
    (cells.read_document, "CUIT: 30-71234567-1", "30712345671"),
    (cells.read_integer, "12", 12),
    (cells.read_integer, 12.0, 12),
    (cells.read_integer, "Cuota 12", 12),
    (cells.read_integer, "12/84", 12),
    (cells.read_integer, "12 de 84", 12),
    (cells.read_state, "Adjudicada", "awarded"),
    (cells.read_state, "RESCISIÓN", "rescinded"),
    (cells.read_currency, "u$s", "USD"),
    (cells.read_text, "  Núñez,\u00a0  Ana \u200b ", "Núñez, Ana"),
    (cells.read_text, "\u202eoculto\x00", "oculto"),
    (cells.read_text, "'=SUM(A1)", "=SUM(A1)"),
    (cells.read_text, "'t Hart", "'t Hart"),
    (cells.read_text, 1234.0, "1234"),
    (cells.read_url, "https://pagos.example/a?b=1", "https://pagos.example/a?b=1"),
    (cells.read_email, "Ana@Correo.Example", "ana@correo.example"),
]

REFUSED: list[tuple[Callable[[Cell], object], Cell, str]] = [
    (cells.read_amount, "1,234", "puede ser 1234 o 1,234"),
    (cells.read_amount, "0,125", "más de dos decimales"),
    (cells.read_amount, "12,3456", "más de dos decimales"),
    (cells.read_amount, "0", "mayor que cero"),
    (cells.read_amount, "-5,00", "mayor que cero"),
    (cells.read_amount, -5, "mayor que cero"),
    (cells.read_amount, "1.23.4", "no es un importe"),
    (cells.read_amount, "consultar", "no es un importe"),
    (cells.read_amount, "US$ 100", "no es un importe"),
    (cells.read_amount, "9999999999999", "demasiado grande"),
    (cells.read_amount, 1e300, "demasiado grande"),
    (cells.read_amount, "#N/A", "error de la planilla"),
    (cells.read_date, "12/31/2026", "el mes 31 no existe"),
    (cells.read_date, "31/02/2027", "no existe en el calendario"),
    (cells.read_date, "31/12/1926", "el año 1926"),
    (cells.read_date, "mañana", "no es una fecha"),
    (cells.read_date, 7, "el año 1900"),
    (cells.read_date, 1e300, "no es una fecha"),
    (cells.read_paid, "quizás", "poné sí, no o la fecha de pago"),
    (cells.read_paid, "cancelado", "poné sí, no o la fecha de pago"),
    (cells.read_paid, "31/02/2027", "no existe en el calendario"),
    (cells.read_document, "123456", "le faltan dígitos"),
    (cells.read_document, "123456789", "tiene 9 dígitos"),
    (cells.read_document, "20-12345678-0", "dígito verificador"),
    (cells.read_document, "11111111", "de relleno"),
    (cells.read_document, "AB123456", "no es un documento"),
    (cells.read_integer, "doce", "número entero"),
    (cells.read_integer, 12.5, "número entero"),
    (cells.read_integer, "1000", "entre 0 y 999"),
    (cells.read_state, "quién sabe", "estado conocido"),
    (cells.read_url, "javascript:alert(1)", "https://"),
    (cells.read_url, "www.pagos.example", "https://"),
    (cells.read_email, "no tiene", "correo"),
    (cells.read_text, "x" * 501, "el máximo es 500"),
    (cells.read_text, "x" * 10_001, "el máximo es 10000"),
    (cells.read_text, "#¡REF!", "error de la planilla"),
]


@pytest.mark.parametrize(("reader", "cell", "value"), ACCEPTED)
def test_a_cell_is_read_as_people_write_it(
    reader: Callable[[Cell], object], cell: Cell, value: object
) -> None:
    assert reader(cell) == value


@pytest.mark.parametrize(("reader", "cell", "reason"), REFUSED)
def test_a_cell_that_may_mean_something_else_is_refused_with_a_reason(
    reader: Callable[[Cell], object], cell: Cell, reason: str
) -> None:
    with pytest.raises(CellRefused, match=reason):
        reader(cell)


AMOUNTS = st.decimals(min_value="0.01", max_value="999999999999.99", places=2)


@given(AMOUNTS)
def test_every_amount_written_here_or_abroad_comes_back_the_same(amount: Decimal) -> None:
    abroad = f"{amount:,.2f}"
    here = abroad.translate(str.maketrans(",.", ".,"))

    for text in (here, f"$ {here}", abroad, f"{amount:.2f}", f"{amount:.2f}".replace(".", ",")):
        assert cells.read_amount(text) == amount


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_date_comes_back_the_same_in_every_way_of_writing_it(day: date) -> None:
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)

    for cell in (f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day.year}", day.isoformat(), serial):
        assert cells.read_date(cell) == day


@given(st.from_regex(r"(20|23|27|30)\d{8}", fullmatch=True).filter(str.isascii))
def test_of_the_ten_check_digits_of_a_cuit_at_most_one_is_taken(ten: str) -> None:
    taken = []
    for last in "0123456789":
        try:
            taken.append(cells.read_document(ten + last))
        except CellRefused:
            continue

    check = cells.cuit_check_digit(ten)
    assert taken == ([ten + check] if check else [])


CELLS = st.one_of(st.text(max_size=60), st.integers(), st.floats(allow_nan=False))
READERS = [
    cells.read_amount,
    cells.read_date,
    cells.read_document,
    cells.read_integer,
    cells.read_text,
    cells.read_url,
    cells.read_email,
    cells.read_state,
    cells.read_currency,
]


@given(st.sampled_from(READERS), CELLS)
def test_no_cell_breaks_a_reader(reader: Callable[[Cell], object], cell: Cell) -> None:
    try:
        value = reader(cell)
    except CellRefused:
        return
    assert value is not None
