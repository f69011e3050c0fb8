"""The list of the desk: who waits, in the order in which to answer; read side, frozen data.

First who asked for a person; then the answers whose window is about to close; then who waits for
an answer, actions due within the hour and broken promises, each by the campaign's priority and the
longest first; then the rest, the last active first. A case is on the desk once somebody did
something in it.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Float,
    Row,
    Subquery,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from campaigns import saved_views
from campaigns.agenda import due_before
from campaigns.desk_filters import (
    EVERYTHING,
    Filters,
    closing_span,
    conditions,
    last_tied,
    matching,
    overdue_actions,
    overdue_since,
    priorities,
)
from campaigns.desk_rows import DeskRow, Place, read_rows
from campaigns.sending_hours import ARGENTINA
from campaigns.visibility import keep
from campaigns.working_days import end_of
from models.base import UtcDateTime
from models.case import Case
from models.states import CaseState

SOON = timedelta(hours=1)
"""What is due within that time stands among what is due: a tap has its hour to be seen to."""

PAGE = 15
"""Beside an open case, as many rows as a page of 10 KB and 1,200 nodes holds."""


class View(enum.StrEnum):
    MINE = "mine"
    UNASSIGNED = "unassigned"
    ALL = "all"
    LATE = "late"  # answered after it was finished
    UNIDENTIFIED = "unidentified"  # somebody of whom we know no subscription
    ESCALATED = "escalated"  # nobody took its reply for too long


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list is asked for."""

    view: View
    user_id: int
    is_supervisor: bool = False  # who has the escalated ones to see to
    narrowed: Filters = EVERYTHING
    text: str = ""
    after: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskList:
    rows: tuple[DeskRow, ...]
    counts: Mapping[View, int]
    waiting: int  # of all his campaigns: `waiting_for`
    due: int  # next actions of his, overdue or of today
    after: Place | None  # None: the list ends here
    views: tuple[saved_views.View, ...] = ()  # this person's own


def desk_list(
    session: Session,
    asked: Asked,
    *,
    now: datetime,
    zone: ZoneInfo = ARGENTINA,
    then_by_key: bool = False,
) -> DeskList:
    """Three queries, whatever the number of rows; one more with filters that look elsewhere.

    ``then_by_key``: all that follows in this transaction looks up rows by their keys. PostgreSQL
    then keeps its plans, which take longer to make than to run.
    """
    which = _which(session, asked, now, zone)
    places = places_of(session, asked, which, now=now)
    counted = _counts(session, asked, which, now, zone, then_by_key=then_by_key)
    return DeskList(
        rows=read_rows(session, places[:PAGE]),
        counts={view: int(getattr(counted, view.value)) for view in View},
        waiting=counted.waiting,
        due=counted.due,
        after=places[PAGE - 1] if len(places) > PAGE else None,
        views=saved_views.read_views(counted.views),
    )


def places_of(
    session: Session, asked: Asked, which: Sequence[ColumnElement[bool]], *, now: datetime
) -> list[Place]:
    """In their order, the cases of one page and one more; ``which`` narrows them."""
    said = _moments(asked, now)
    if not which and not asked.text.strip() and asked.after is None:
        ordered = session.execute(_usual_order(asked.view), said).all()
    else:
        ordered = session.execute(_in_order(_page(asked, which)), said).all()
    return [Place(row.bucket, float(row.rank), row.id) for row in ordered]


_Which = Sequence[ColumnElement[bool]]


def _which(session: Session, asked: Asked, now: datetime, zone: ZoneInfo) -> _Which:
    """What the filters leave; what they look up elsewhere once for the list and for its counts.

    A search goes beyond the desk: there they are asked of what it finds.
    """
    narrowed = conditions(asked.narrowed, now=now, zone=zone)
    if not asked.narrowed.look_elsewhere or asked.text.strip():
        return narrowed
    found = session.scalars(select(Case.id).where(*_on_desk(), *narrowed)).all()
    return [Case.id == any_(literal(found, ARRAY(BigInteger)))]


def _in_order(page: Subquery) -> Any:
    return (
        select(Case.id, page.c.bucket, page.c.rank)
        .join(page, page.c.id == Case.id)
        .order_by(page.c.bucket, page.c.rank, page.c.id)
    )


@cache
def _usual_order(view: View) -> Any:
    """The first page of a view without filters, made once: to make it takes as long as to run it.

    What it asks about time and person is given as it is run.
    """
    return keep(_in_order(_page(Asked(view=view, user_id=0), ())))


_ME = bindparam("me", type_=BigInteger)
_SOON = bindparam("soon", type_=UtcDateTime())
_OPENED = bindparam("opened", type_=UtcDateTime())
_CLOSING = bindparam("closing", type_=UtcDateTime())


def waiting_for(session: Session, user_id: int, *, is_supervisor: bool = False) -> int:
    """How many cases wait for this person: for his answer, or passed on to him.

    For a supervisor, those that nobody took too.
    """
    statement = select(waiting_of(user_id, is_supervisor=is_supervisor))
    return session.execute(statement).scalar_one()


_mine, _nobodys = aliased(Case), aliased(Case)  # to make one takes a millisecond


def waiting_of(
    user_id: Any, *, is_supervisor: bool | ColumnElement[bool] = False
) -> ColumnElement[int]:
    """The same, as a part of another statement: two counts, each by an index of its own."""
    held = select(func.count(_mine.id)).where(
        _mine.state != CaseState.FINISHED,
        _mine.operator_id == user_id,
        _mine.active_at.is_not(None),
        or_(_mine.waiting_since.is_not(None), _mine.passed_by_id.is_not(None)),
    )
    if is_supervisor is False:
        return held.scalar_subquery()
    untaken = select(func.count(_nobodys.id)).where(
        _nobodys.state != CaseState.FINISHED, _is_escalated(_nobodys)
    )
    return held.scalar_subquery() + case(
        (literal(True) if is_supervisor is True else is_supervisor, untaken.scalar_subquery()),
        else_=0,
    )


def _is_escalated(of: Any) -> ColumnElement[bool]:
    return and_(
        of.escalated_at.is_not(None), of.operator_id.is_(None), of.waiting_since.is_not(None)
    )


def _on_desk() -> tuple[ColumnElement[bool], ...]:
    return (Case.state != CaseState.FINISHED, Case.active_at.is_not(None))


_KEEP_PLANS = func.set_config("plan_cache_mode", "force_generic_plan", True)


def _counts(
    session: Session,
    asked: Asked,
    which: _Which,
    now: datetime,
    zone: ZoneInfo,
    *,
    then_by_key: bool,
) -> Row[Any]:
    """How many each view has, by its name, and what else stands beside the list."""
    if not which:
        statement = _usual_counts(asked.is_supervisor, then_by_key)
    else:
        statement = _counting(asked.is_supervisor, then_by_key).where(*which)
    until = end_of(now.astimezone(zone).date(), zone)
    return session.execute(statement, {"me": asked.user_id, "until": until}).one()


def _counting(is_supervisor: bool, then_by_key: bool) -> Any:
    statement = select(
        saved_views.views_as_json(_ME).label("views"),
        waiting_of(_ME, is_supervisor=is_supervisor).label("waiting"),
        due_before(_ME, bindparam("until", type_=UtcDateTime())).label("due"),
        *(func.count().filter(_in_view(view, _ME)).label(view.value) for view in View),
    ).where(*_on_desk())
    if then_by_key:
        statement = statement.add_columns(_KEEP_PLANS)
    return statement.select_from(Case)


@cache
def _usual_counts(is_supervisor: bool, then_by_key: bool) -> Any:
    """Without filters, made once."""
    return keep(_counting(is_supervisor, then_by_key))


def _in_view(view: View, user_id: Any) -> ColumnElement[bool]:
    match view:
        case View.MINE:
            mine: ColumnElement[bool] = Case.operator_id == user_id
            return mine
        case View.UNASSIGNED:
            return Case.operator_id.is_(None)
        case View.LATE:
            return Case.is_late.is_(True)
        case View.UNIDENTIFIED:
            return Case.subscription_id.is_(None)
        case View.ESCALATED:
            return _is_escalated(Case)
        case _:
            return Case.id.is_not(None)


ASKED, CLOSES, WAITS, IS_DUE, IS_BROKEN, THE_REST = 0, 1, 10, 20, 30, 40
"""Buckets of `Place`."""


def _moments(asked: Asked, now: datetime) -> dict[str, Any]:
    """What a page's statement asks of the person and the time."""
    opened, closing = closing_span(now)
    return {"me": asked.user_id, "opened": opened, "closing": closing, "soon": now + SOON}


def _page(asked: Asked, which: _Which) -> Subquery:
    """The ids of one page and one more, with their order; give it `_moments`."""
    wants_everything = asked.view is View.ALL and asked.text.strip()
    campaigns, overdue = priorities(), overdue_actions(_SOON).subquery("overdue")
    by_case = bool(asked.text.strip())  # PostgreSQL takes what is sought for a few, and would join
    due_at = overdue_since(_SOON) if by_case else overdue.c.due_at
    still_waits, is_over = Case.waiting_since.is_not(None), Case.state == CaseState.FINISHED
    statement = (
        select(
            Case.id,
            Case.person_asked_at,
            Case.waiting_since,
            Case.broken_promise_at,
            Case.active_at,
            Case.created_at,
            campaigns.c.priority,
            # looked up only where it decides: each costs a walk through an index
            case((Case.waiting_since <= _CLOSING, last_tied()), else_=None).label("tied"),
            case((or_(still_waits, is_over), None), else_=due_at).label("due_at"),
        )
        .join(campaigns, campaigns.c.id == Case.campaign_id)
        .where(_in_view(asked.view, _ME), *which)
    )
    if not by_case:
        statement = statement.outerjoin(overdue, overdue.c.case_id == Case.id)
    if not wants_everything:  # a search finds the finished too, and those nobody touched yet
        statement = statement.where(*_on_desk())
    if asked.text.strip():
        statement = statement.where(matching(asked.text))
    cases = statement.offset(0).subquery("cases_of_view")  # OFFSET: each look-up once
    closes = case(  # a window that is closed cannot close
        (and_(cases.c.tied > _OPENED, cases.c.tied <= _CLOSING), cases.c.tied),
        else_=None,
    )
    asked_at, broken_at = cases.c.person_asked_at, cases.c.broken_promise_at
    bucket = case(
        (asked_at.is_not(None), ASKED),
        (closes.is_not(None), CLOSES),
        (cases.c.waiting_since.is_not(None), WAITS + cases.c.priority),
        (cases.c.due_at.is_not(None), IS_DUE + cases.c.priority),
        (broken_at.is_not(None), IS_BROKEN + cases.c.priority),
        else_=THE_REST,
    )
    rank = case(
        (asked_at.is_not(None), _seconds(asked_at)),
        (closes.is_not(None), _seconds(closes)),
        (cases.c.waiting_since.is_not(None), _seconds(cases.c.waiting_since)),
        (cases.c.due_at.is_not(None), _seconds(cases.c.due_at)),
        (broken_at.is_not(None), _seconds(broken_at)),
        else_=-_seconds(func.coalesce(cases.c.active_at, cases.c.created_at)),
    )
    ordered = select(cases.c.id, bucket.label("bucket"), rank.label("rank")).subquery("ordered")
    page = select(ordered)
    if asked.after is not None:
        here = (asked.after.bucket, asked.after.rank, asked.after.case_id)
        page = page.where(
            tuple_(ordered.c.bucket, ordered.c.rank, ordered.c.id)
            > tuple_(literal(here[0]), literal(here[1], Float), literal(here[2]))
        )
    return (
        page.order_by(ordered.c.bucket, ordered.c.rank, ordered.c.id)
        .limit(PAGE + 1)
        .subquery("page")
    )


def _seconds(column: ColumnElement[Any]) -> ColumnElement[float]:
    return cast(func.extract("epoch", column), Float)
