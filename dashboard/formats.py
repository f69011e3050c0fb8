"""How figures are written in Argentina, for templates: filters of the same names."""

from datetime import date
from decimal import Decimal

_SYMBOLS = {"ARS": "$"}
_TO_LOCAL = str.maketrans(",.", ".,")


def money(amount: Decimal, currency: str) -> str:
    """``$ 45.300,50``; another currency by its code. The space does not break."""
    figures = f"{amount:,.2f}".translate(_TO_LOCAL)
    return f"{_SYMBOLS.get(currency, currency)}\u00a0{figures}"


def day(value: date) -> str:
    """``31/12/2026``."""
    return value.strftime("%d/%m/%Y")
