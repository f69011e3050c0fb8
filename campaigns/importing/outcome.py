"""What a run over a file came to, as its record keeps it: counts, and enough rows to show."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from campaigns.importing.reports import Refusal, Report

SHOWN = 50  # refused rows and warnings that a screen shows; the file of refused rows has them all
_MOST_REASONS = 200
_SHOWN_REASONS = 8
_FIGURES = re.compile(r"\d[\d./-]*")
_COUNTS = (
    "rows_read",
    "created",
    "updated",
    "unchanged",
    "refused",
    "customers_created",
    "subscriptions_created",
    "coupons_created",
    "coupons_paid",
    "warned",
)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One cell that refused its row; without a ``column`` the reason is the whole row's."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class RowWarning:
    line: int
    text: str


@dataclass(slots=True)
class Outcome:
    """``created + updated + unchanged + refused == rows_read``."""

    rows_read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    customers_created: int = 0
    subscriptions_created: int = 0
    coupons_created: int = 0
    coupons_paid: int = 0  # that were not before
    warned: int = 0
    problems: list[RowProblem] = field(default_factory=list)  # of the first refused rows
    warnings: list[RowWarning] = field(default_factory=list)  # the first ones
    # (column, reason without its figures): rows; and the reason as it was said, if always the same
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    said: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def to_write(self) -> int:
        """Rows that change something."""
        return self.created + self.updated

    @property
    def top_reasons(self) -> list[tuple[str, str, int]]:
        """Column, reason and how many rows, the commonest first."""
        return [
            (key[0], self.said.get(key) or key[1], rows)
            for key, rows in self.reasons.most_common(_SHOWN_REASONS)
        ]

    def add(self, report: Report) -> None:
        self.rows_read += report.rows_read
        self.created += report.rows.created
        self.updated += report.rows.updated
        self.unchanged += report.rows.unchanged
        self.refused += report.refused
        self.customers_created += report.customers_created
        self.subscriptions_created += report.subscriptions_created
        self.coupons_created += report.coupons_created
        self.coupons_paid += report.coupons_paid
        self.warned += report.warned
        shown = len({problem.line for problem in self.problems})
        for row in report.refusals:
            self._count_reasons(row)
            if shown < SHOWN:
                shown += 1
                self.problems += [
                    RowProblem(row.line, each.column, each.value, each.reason)
                    for each in row.problems
                ]
        for warned in report.warnings[: SHOWN - len(self.warnings)]:
            self.warnings.append(RowWarning(warned.line, warned.text))

    def _count_reasons(self, row: Refusal) -> None:
        for problem in row.problems:
            # "repite la línea 12" and "repite la línea 40" are one reason
            key = (problem.column, _FIGURES.sub("…", problem.reason))
            if key in self.reasons or len(self.reasons) < _MOST_REASONS:
                self.reasons[key] += 1
                if self.said.setdefault(key, problem.reason) != problem.reason:
                    self.said[key] = ""

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in _COUNTS},
            "problems": [asdict(problem) for problem in self.problems],
            "warnings": [asdict(warning) for warning in self.warnings],
            "reasons": [[*key, rows, self.said.get(key, "")] for key, rows in self.reasons.items()],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any] | None) -> "Outcome":
        if raw is None:
            return cls()
        return cls(
            **{name: raw.get(name, 0) for name in _COUNTS},  # a later count is in no older record
            problems=[RowProblem(**each) for each in raw["problems"]],
            warnings=[RowWarning(**each) for each in raw["warnings"]],
            reasons=Counter({(each[0], each[1]): each[2] for each in raw["reasons"]}),
            said={(each[0], each[1]): each[3] for each in raw["reasons"]},
        )
