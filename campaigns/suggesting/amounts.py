"""Sums of money as people write them: the words, and the sum if it is certain."""

import re
from decimal import Decimal

from campaigns.suggesting.words import AMOUNT, Line, Word, replaced
from campaigns.written import read_money

_UNITS = "mil|lucas?|k|palos?|millon|millones"
_FACTORS = {"mil": 1_000, "luca": 1_000, "lucas": 1_000, "k": 1_000}  # else a million
_NUMBERS = {
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
    "ocho": 8, "nueve": 9, "diez": 10, "quince": 15, "veinte": 20, "veinticinco": 25,
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80,
    "noventa": 90, "cien": 100, "ciento": 100, "doscientos": 200, "doscientas": 200,
    "trescientos": 300, "trescientas": 300, "cuatrocientos": 400, "quinientos": 500,
    "quinientas": 500,
}  # fmt: skip
_LEAST_BARE, _MOST_BARE = 1_000, 99_999_999

_PATTERNS = tuple(
    (name, re.compile(rf"(?<= )(?:{pattern}) "))
    for name, pattern in (
        # numbers that are no money: documents, phones, contracts, instalments
        ("none", r"(?:dni|cuit|cuil|grupo|orden|contrato|cuota|cuotas|telefono|celular|numero|"
                 r"tel|poliza|legajo|cliente|al)(?: (?:es|de|n))? \d[\d.,]*(?: \d[\d.,]*)*"),
        ("none", r"\d[\d.,]*(?: \d[\d.,]*)+"),
        ("half", r"(?:medio (?P<half_of>millon|palo))"),
        ("unit", rf"(?:\$ )?(?P<n>\d[\d.,]*) (?P<u>{_UNITS})(?P<half> y medio)?"
                 r"(?: (?:de )?pesos)?"),
        ("unit", rf"(?P<n>{'|'.join(_NUMBERS)}) (?P<u>{_UNITS})(?P<half> y medio)?"
                 r"(?: (?:de )?pesos)?"),
        ("plain", r"\$ (?P<n>\d[\d.,]*)(?: pesos)?"),
        ("plain", r"(?P<n>\d[\d.,]*) (?:\$|pesos)"),
        ("share", r"(?:la )?mitad(?! (?:de|del) (?:mes|semana|ano))"),
        ("bare", r"(?P<n>\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|\d{4,7}(?:,\d{1,2})?)(?! cuotas)"),
    )
)  # fmt: skip


def mark_amounts(words: list[Word], *, due: Decimal | None) -> list[Word]:
    """Words that name a sum become one `AMOUNT`; "la mitad" is half of ``due``."""
    line = Line(words)
    found: dict[int, tuple[int, Word]] = {}
    taken: set[int] = set()
    for name, pattern in _PATTERNS:
        for first, beyond, match in line.matches(pattern):
            if taken.intersection(range(first, beyond)):
                continue
            taken.update(range(first, beyond))
            amount = _amount(name, match, due)
            if name == "none" or (amount is None and name != "share"):
                continue
            found[first] = (beyond, Word(AMOUNT, 0, 0, amount=amount))
    spans = [(first, beyond, word) for first, (beyond, word) in sorted(found.items())]
    return replaced(words, spans)


def _amount(name: str, match: re.Match[str], due: Decimal | None) -> Decimal | None:
    said = match.groupdict()
    if name == "share":
        return None if due is None else (due / 2).quantize(Decimal("0.01"))
    if name == "half":
        return Decimal(500_000)
    if name == "unit":
        factor = _FACTORS.get(said["u"], 1_000_000)
        number = said["n"]
        if number in _NUMBERS:
            amount: Decimal | None = Decimal(_NUMBERS[number] * factor)
        else:
            amount = read_money(f"{number} {said['u']}")
        return amount + factor // 2 if amount is not None and said["half"] else amount
    if name == "plain":
        return read_money(said["n"])
    if name == "bare":
        amount = read_money(said["n"])
        if amount is None or not _LEAST_BARE <= amount <= _MOST_BARE or 2020 <= amount <= 2040:
            return None
        return amount
    return None
