"""The results of one campaign, as a list: who, when, what, on what basis; newest first."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campaigns.result_rows import ResultRow, result_row, select_rows
from campaigns.result_standing import is_superseded
from models.case import Result

SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFilter:
    """What the list shows; what is None narrows nothing, what nobody knows finds nothing."""

    type_id: int | None = None
    by: str | None = None  # a user's id, or SYSTEM
    with_replaced: bool = False  # superseded and revoked ones too


def list_results(
    session: Session,
    campaign_id: int,
    chosen: ResultFilter,
    *,
    limit: int,
    after: int | None = None,
) -> list[ResultRow]:
    statement = (
        select_rows()
        .where(*_conditions(campaign_id, chosen))
        .order_by(Result.id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Result.id < after)
    return [result_row(row) for row in session.execute(statement)]


def every_result(
    session: Session, campaign_id: int, chosen: ResultFilter, *, batch: int = 1000
) -> Iterator[ResultRow]:
    """All of them, a batch in memory at a time."""
    after: int | None = None
    while rows := list_results(session, campaign_id, chosen, limit=batch, after=after):
        yield from rows
        after = rows[-1].id


def count_results(session: Session, campaign_id: int, chosen: ResultFilter) -> int:
    which = _conditions(campaign_id, chosen)
    counted = select(func.count()).select_from(Result)
    return int(session.scalar(counted.where(*which)) or 0)


def _conditions(campaign_id: int, chosen: ResultFilter) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [Result.campaign_id == campaign_id]
    if not chosen.with_replaced:
        which += [Result.revoked_at.is_(None), ~is_superseded()]
    if chosen.type_id is not None:
        which.append(Result.result_type_id == chosen.type_id)
    if chosen.by == SYSTEM:
        which.append(Result.by_id.is_(None))
    elif chosen.by is not None:
        known = chosen.by.isdecimal() and len(chosen.by) <= 18
        which.append(Result.by_id == (int(chosen.by) if known else 0))
    return which
