"""What became of a file's rows: counts, what was refused and why, and the file that says so."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TextIO

from campaigns.importing.cells import Cell

_KEPT = 1_000  # warnings and refusals kept for a screen; the file of refused rows has them all
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was refused, by cell; ``column`` is the file's own header."""

    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        if not self.column:
            return self.reason
        return f"{self.column} «{self.value}»: {self.reason}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken; ``line`` is the file's, the header being 1."""

    line: int
    cells: Sequence[Cell]
    problems: tuple[Problem, ...]

    @property
    def reason(self) -> str:
        return "; ".join(map(str, self.problems))


@dataclass(frozen=True, slots=True)
class Warned:
    """A row that is in, though not all of it was taken."""

    line: int
    text: str


@dataclass(slots=True)
class Tally:
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def add(self, other: "Tally") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged


@dataclass(slots=True)
class Report:
    """Rows by outcome, and beside them the records that those rows touched.

    ``created + updated + unchanged + refused == rows_read``. A row is created when its
    subscription or its coupon is; updated when anything it names changed.
    """

    rows_read: int = 0
    rows: Tally = field(default_factory=Tally)
    refused: int = 0
    customers_created: int = 0
    subscriptions_created: int = 0
    coupons_created: int = 0
    coupons_paid: int = 0
    # of one chunk: known coupons that it says were paid, and when if it says so; not marked yet
    payments: dict[int, date | None] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)  # the first ones
    warnings: list[Warned] = field(default_factory=list)  # the first ones
    warned: int = 0

    def add(self, other: "Report") -> None:
        self.rows_read += other.rows_read
        self.rows.add(other.rows)
        self.refused += other.refused
        self.customers_created += other.customers_created
        self.subscriptions_created += other.subscriptions_created
        self.coupons_created += other.coupons_created
        self.coupons_paid += other.coupons_paid
        self.refusals += other.refusals[: _KEPT - len(self.refusals)]
        self.warnings += other.warnings[: _KEPT - len(self.warnings)]
        self.warned += other.warned

    def as_json(self) -> dict[str, object]:
        return {
            "rows_read": self.rows_read,
            "created": self.rows.created,
            "updated": self.rows.updated,
            "unchanged": self.rows.unchanged,
            "refused": self.refused,
            "customers_created": self.customers_created,
            "subscriptions_created": self.subscriptions_created,
            "coupons_created": self.coupons_created,
            "coupons_paid": self.coupons_paid,
            "refusals": [{"line": row.line, "reason": row.reason} for row in self.refusals],
            "warnings": [{"line": row.line, "text": row.text} for row in self.warnings],
        }


class RefusedRows:
    """A CSV of the refused rows as they came, with ``línea`` and ``motivo``.

    Corrected, it can be imported as it is. Give it a stream opened with ``newline=""`` and the
    encoding ``utf-8-sig``, by which a spreadsheet knows the accents.
    """

    def __init__(self, stream: TextIO, header: Sequence[str], *, titled: bool = False) -> None:
        """``titled``: the stream goes on behind an earlier run's, whose header is there."""
        self._writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        self._width = len(header)
        if not titled:
            self._writer.writerow([harmless(name) for name in header] + ["línea", "motivo"])

    def add(self, refusals: Sequence[Refusal]) -> None:
        for row in refusals:
            cells = [harmless(_shown(cell)) for cell in row.cells[: self._width]]
            cells += [""] * (self._width - len(cells))
            self._writer.writerow([*cells, row.line, harmless(row.reason)])


def harmless(cell: str) -> str:
    """A cell that a spreadsheet will show and never compute; reading takes the quote off."""
    return f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) else cell


def _shown(cell: Cell) -> str:
    """Decimals with a comma, as the spreadsheet that opens it expects."""
    return str(cell).replace(".", ",") if isinstance(cell, float) else str(cell)
