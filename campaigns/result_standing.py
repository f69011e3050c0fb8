"""Of results in a query: which stand, and which a person has confirmed."""

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from models.case import Result

_later = aliased(Result)


def is_superseded() -> ColumnElement[bool]:
    """Of a result in a query: another one stands in its place."""
    # said twice over, but then PostgreSQL reads the few that supersede, and not every result
    return (
        select(_later.id)
        .where(_later.supersedes_id == Result.id, _later.supersedes_id.is_not(None))
        .exists()
    )


def is_confirmed() -> ColumnElement[bool]:
    """Of the system's results in a query: a person's, which says the same, stands in its place."""
    same = (
        getattr(_later, name).is_not_distinct_from(getattr(Result, name))
        for name in ("value_date", "amount", "currency", "value_integer", "value_text")
    )
    confirming = select(_later.id).where(
        _later.supersedes_id == Result.id,
        _later.supersedes_id.is_not(None),
        _later.result_type_id == Result.result_type_id,
        _later.by_id.is_not(None),
        _later.revoked_at.is_(None),
        *same,
    )
    return and_(Result.by_id.is_(None), Result.revoked_at.is_(None), confirming.exists())
