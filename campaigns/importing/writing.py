"""A chunk of checked rows into the tables: a dozen statements, however many rows.

Everything compares before it writes: a row that says nothing new leaves no trace, not even a
new row version. An empty cell never erases what is known.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from campaigns.importing import sql_coupons, sql_customers, sql_subscriptions
from campaigns.importing.cells import Cell
from campaigns.importing.reports import Problem, Refusal, Report, Warned
from campaigns.importing.staged import StagedRow
from campaigns.importing.staging import stage
from models.audit import ImportKind

_LOCK = 0x1A90_0270  # one import writes at a time; two would wait on each other's rows at random

_OUTCOMES = """
SELECT line, refused, warned, is_changed, is_primary,
    customer_is_new,
    subscription_is_new AND NOT repeats AS subscription_is_new,
    coalesce(
        instalment IS NOT NULL AND coupon_id IS NULL
        AND line = min(line) FILTER (WHERE refused IS NULL)
            OVER (PARTITION BY subscription_id, instalment),
        false) AS coupon_is_new,
    coupon_id, pays, coalesce(paid, false) AS paid, paid_on
FROM staged_rows ORDER BY line
"""


def write_rows(
    session: Session,
    kind: ImportKind,
    rows: Sequence[tuple[StagedRow, Sequence[Cell]]],
    *,
    now: datetime,
    today: date,
) -> Report:
    """Insert and update what the rows say; report on these rows alone.

    Each row comes with its cells as they were, for the file of refused rows. ``today`` dates an
    amount that the file does not date. Commits nothing: one chunk is one transaction.
    """
    if not rows:
        return Report()
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    stage(session, [row for row, _ in rows])
    steps = list(sql_subscriptions.RESOLVE)
    if kind is ImportKind.SUBSCRIPTIONS:
        steps += [
            *sql_subscriptions.REFUSE,
            *sql_customers.REFUSE,
            *sql_coupons.REFUSE,
            *sql_subscriptions.PLANS,
            *sql_customers.CONTACTS,
            *sql_subscriptions.IDS,
            *sql_customers.WRITE,
            *sql_subscriptions.WRITE,
            *sql_coupons.WRITE,
        ]
    else:
        steps += [*sql_coupons.FIND_SUBSCRIPTION, *sql_coupons.REFUSE, *sql_coupons.WRITE]
    values = {"now": now, "today": today}
    for step in steps:
        used = {name: value for name, value in values.items() if f":{name}" in step}
        session.execute(text(step), used)
    return _outcome(session, {row.line: cells for row, cells in rows})


def _outcome(session: Session, cells: dict[int, Sequence[Cell]]) -> Report:
    report = Report(rows_read=len(cells))
    for row in session.execute(text(_OUTCOMES)):
        if row.refused:
            problem = Problem("", "", row.refused)
            report.refusals.append(Refusal(row.line, cells[row.line], (problem,)))
            report.refused += 1
            continue
        if row.warned:
            report.warnings.append(Warned(row.line, row.warned))
            report.warned += 1
        _count(report, row)
    return report


def _count(report: Report, row: "Row[tuple[object, ...]]") -> None:
    report.subscriptions_created += bool(row.subscription_is_new)
    report.coupons_created += row.coupon_is_new
    if row.pays and row.coupon_id not in report.payments:
        report.payments[row.coupon_id] = row.paid_on
        report.coupons_paid += 1
    report.coupons_paid += row.coupon_is_new and row.paid
    report.customers_created += bool(row.customer_is_new and row.is_primary)
    if row.subscription_is_new or row.coupon_is_new:
        report.rows.created += 1
    elif row.is_changed:
        report.rows.updated += 1
    else:
        report.rows.unchanged += 1
