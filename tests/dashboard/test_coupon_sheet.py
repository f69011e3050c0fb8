"""The payment code as bars, and the coupon as a PDF."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from campaigns.coupon_links import CouponView
from dashboard.coupon_bars import QUIET, Bars, bars_of
from dashboard.coupon_sheet import coupon_sheet
from models.states import CouponState

TODAY = date(2026, 11, 18)
CODE = "04447010001234567890123456789012345678"
VIEW = CouponView(
    company="Administradora Ñandú S.A.",
    first_name="Mariana",
    plan="Plan 100 %",
    instalment=14,
    term=84,
    amount=Decimal("45300.50"),
    currency="ARS",
    amount_as_of=TODAY,
    due_date=date(2026, 12, 10),
    second_due_date=date(2026, 12, 20),
    payment_code=CODE,
    payment_url=None,
    state=CouponState.SENT,
)

# ISO/IEC 15417, table 1: the widths of three bars and three gaps, by value; the stop has seven
_WIDTHS = {
    "start C": "211232", 12: "112232", 34: "131123", 0: "212222", 1: "222122", 2: "222221",
    23: "312131", "stop": "2331112",
}  # fmt: skip


def _widths(bars: Bars) -> str:
    """Bars and gaps as they follow each other, without the white at their sides."""
    said, at = "", QUIET
    for begins, wide in bars.bars:
        said += (str(begins - at) if begins > at else "") + str(wide)
        at = begins + wide
    assert at == bars.width - QUIET
    return said


def test_bars_are_those_of_the_standard_with_its_check_symbol() -> None:
    bars = bars_of("1234 0001 0212 3400 0102")

    assert bars is not None
    pairs = [12, 34, 0, 1, 2, 12, 34, 0, 1, 2]
    check = (105 + sum(place * pair for place, pair in enumerate(pairs, start=1))) % 103
    assert _widths(bars) == "".join(_WIDTHS[part] for part in ("start C", *pairs, check, "stop"))
    assert bars.path.startswith("M10 0h2v1h-2z")


@pytest.mark.parametrize("code", [None, "", "0042-7781", "1" * 19, "1" * 65, "١" * 20, "A" + CODE])
def test_a_code_that_is_typed_or_none_has_no_bars(code: str | None) -> None:
    assert bars_of(code) is None


def test_the_sheet_says_what_the_page_says() -> None:
    sheet = coupon_sheet(VIEW, today=TODAY).decode("latin-1")

    for said in ("Administradora", "Cuota 14 de 84", "45.300,50", "18/11/2026", "Mariana", CODE):
        assert said in sheet
    bars = bars_of(CODE)
    assert bars is not None
    assert sheet.count(" re f") == len(bars.bars)


@pytest.mark.parametrize(
    "odd",
    [
        {"company": "Ł. 東京 " * 30, "plan": "P" * 200, "first_name": ""},
        {"payment_code": "9" * 200, "term": None, "amount_as_of": None, "second_due_date": None},
        {"payment_code": None, "amount": Decimal("123456789012.34"), "currency": "USD"},
    ],
)
def test_whatever_a_file_said_fits(odd: dict[str, object]) -> None:
    assert coupon_sheet(replace(VIEW, **odd), today=TODAY).startswith(b"%PDF-")  # type: ignore[arg-type]
