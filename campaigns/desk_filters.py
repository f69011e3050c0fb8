"""What the list of the desk may be narrowed to, beside its views: conditions on a case."""

import enum
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    ScalarSelect,
    Select,
    Text,
    any_,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
)

from campaigns.figures import is_settled_since
from campaigns.subscription_search import ids_meant_by
from campaigns.times import Times
from models.base import UtcDateTime
from models.case import Case
from models.people import PHONE_BACKWARDS
from models.states import CaseState

CLOSING = timedelta(hours=6)
"""A window with less left than this is about to close."""

_WINDOW = Times().service_window - Times().service_window_margin
_LEAST_DIGITS = 4


class WindowFilter(enum.StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class DueFilter(enum.StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"  # from now on
    LATER = "later"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is None, or False, narrows nothing."""

    campaign_id: int | None = None
    type_id: int | None = None  # of campaign
    state: CaseState | None = None
    window: WindowFilter | None = None
    arrears: int | None = None  # so many instalments or more
    due: DueFilter | None = None
    waiting: bool = False  # for an answer
    promise: bool = False  # broken

    @property
    def count(self) -> int:
        """How many of them narrow, but for the campaign, which stands apart."""
        kept = (self.type_id, self.state, self.window, self.arrears, self.due)
        return sum(each is not None for each in kept) + self.waiting + self.promise

    @property
    def look_elsewhere(self) -> bool:
        """Whether a case's own columns do not answer them."""
        return any(each is not None for each in (self.window, self.arrears, self.due))


EVERYTHING = Filters()


# Plain tables with names of their own, not narrowed to what a person may see: what hangs on a
# case that he sees may be looked at to choose among his cases.
_ties = table("attributions", *(column(name) for name in ("message_id", "case_id", "replaced_at")))
_messages = table(
    "messages",
    column("id"),
    column("contact_point_id"),
    column("direction"),
    column("created_at", UtcDateTime),
)
_campaigns = table("campaigns", column("id"), column("campaign_type_id"), column("priority"))
_cases = table("cases", column("id"), column("subscription_id"), column("contact_point_id"))
_points = table("contact_points", column("id"), column("profile_name", Text))
_subscriptions = table(
    "subscriptions",
    column("id"),
    column("instalments_overdue"),
    column("updated_at", UtcDateTime),
)
_coupons = table(
    "coupons",
    *(column(name) for name in ("subscription_id", "state")),
    *(column(name, Date) for name in ("due_date", "paid_on")),
    column("updated_at", UtcDateTime),
)
_actions = table("next_actions", column("case_id"), column("state"), column("due_at", UtcDateTime))


def conditions(asked: Filters, *, now: datetime, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """On `Case`, one for each filter that is set."""
    found: list[ColumnElement[bool]] = []
    if asked.campaign_id is not None:
        found.append(Case.campaign_id == asked.campaign_id)
    if asked.type_id is not None:
        of_type = select(_campaigns.c.id).where(_campaigns.c.campaign_type_id == asked.type_id)
        found.append(Case.campaign_id.in_(of_type))
    if asked.state is not None:
        found.append(Case.state == asked.state)
    if asked.waiting:
        found.append(Case.waiting_since.is_not(None))
    if asked.arrears is not None:
        found.append(_owes(asked.arrears))
    if asked.promise:
        found.append(Case.broken_promise_at.is_not(None))
    if asked.window is not None:
        found.append(_in_window(asked.window, now))
    if asked.due is not None:
        found.append(_due(asked.due, now, zone))
    return found


def _owes(instalments: int) -> ColumnElement[bool]:
    """So many or more, as the list shows it: without those paid after the file said so."""
    told = _subscriptions.c.instalments_overdue
    settled = (
        select(func.count())
        .select_from(_coupons)
        .where(
            _coupons.c.subscription_id == _subscriptions.c.id,
            is_settled_since(_coupons.c, _subscriptions.c),
        )
        .scalar_subquery()
    )
    owes = select(_subscriptions.c.id).where(
        _subscriptions.c.id == Case.subscription_id,
        told >= instalments,  # before the coupons are asked
        told - settled >= instalments,
    )
    return _exists(owes, _subscriptions, _coupons)


def last_tied() -> ScalarSelect[datetime]:
    """When the customer last wrote in a case."""
    return (
        select(_messages.c.created_at)
        .join(_ties, _ties.c.message_id == _messages.c.id)
        .where(_ties.c.case_id == Case.id, _ties.c.replaced_at.is_(None))
        .order_by(_messages.c.id.desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )


def priorities() -> FromClause:
    """Campaigns with `id` and `priority`, to join."""
    return _campaigns


def overdue_actions(now: datetime | ColumnElement[datetime]) -> Select[Any]:
    """Cases with a next action whose time has come: `case_id`, and since when."""
    return (
        select(_actions.c.case_id, func.min(_actions.c.due_at).label("due_at"))
        .where(_actions.c.state == "due", _actions.c.due_at <= now)
        .group_by(_actions.c.case_id)
    )


def matching(typed: str) -> ColumnElement[bool]:
    """Cases of whom this names; by their own phone too, and, of strangers, by what they say."""
    found = select(_cases.c.id)
    addressed = found.join(_points, _points.c.id == _cases.c.contact_point_id)
    called = _points.c.profile_name.icontains(typed.strip(), autoescape=True)
    by_case = [addressed.where(_cases.c.subscription_id.is_(None), called)]
    digits = re.sub(r"\D", "", typed)
    if len(digits) >= _LEAST_DIGITS:
        backwards = literal_column(PHONE_BACKWARDS).like(digits[-10:][::-1] + "%")
        by_case.append(addressed.where(backwards))
    # as arrays each is looked up once, by its own index: as lists every case would be looked at
    readings = [Case.id == any_(_array(each)) for each in by_case]
    if (meant := ids_meant_by(typed)) is not None:
        readings.append(Case.subscription_id == any_(_array(meant)))
    return or_(*readings)


def _array(ids: Select[int]) -> ColumnElement[Any]:
    return func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))


def closing_span(now: datetime) -> tuple[datetime, datetime]:
    """Who wrote between these two has a window that is open, and about to close."""
    return now - _WINDOW, now - (_WINDOW - CLOSING)


def _in_window(wanted: WindowFilter, now: datetime) -> ColumnElement[bool]:
    opened, closing = map(literal, closing_span(now))
    heard_at = _messages.c.created_at
    match wanted:
        case WindowFilter.OPEN:
            return _last_heard(heard_at > opened)
        case WindowFilter.CLOSING:
            return _last_heard(heard_at.between(opened, closing))
        case WindowFilter.CLOSED:
            return func.coalesce(_last_heard(heard_at <= opened), True)


def _last_heard(was: ColumnElement[bool]) -> ScalarSelect[bool]:
    """Whether the last thing the customer wrote fulfils ``was``; NULL if he never wrote."""
    return (
        select(was)
        .where(_messages.c.contact_point_id == Case.contact_point_id, _messages.c.direction == "in")
        .order_by(_messages.c.id.desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )


def overdue_since(now: datetime | ColumnElement[datetime]) -> ScalarSelect[datetime]:
    """Since when the time of a case's next action has come: `overdue_actions`, case by case."""
    return (
        select(func.min(_actions.c.due_at))
        .where(_actions.c.case_id == Case.id, _actions.c.state == "due", _actions.c.due_at <= now)
        .correlate(Case)
        .scalar_subquery()
    )


def _due(wanted: DueFilter, now: datetime, zone: ZoneInfo) -> ColumnElement[bool]:
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    due = _actions.c.due_at
    spans: dict[DueFilter, tuple[ColumnElement[bool], ...]] = {
        DueFilter.OVERDUE: (due <= literal(now),),
        DueFilter.TODAY: (due > literal(now), due < literal(tomorrow)),
        DueFilter.LATER: (due >= literal(tomorrow),),
        DueFilter.NONE: (),
    }
    planned = select(_actions.c.case_id).where(
        _actions.c.case_id == Case.id, _actions.c.state == "due", *spans[wanted]
    )
    found = _exists(planned, _actions)
    return ~found if wanted is DueFilter.NONE else found


def _exists(statement: Select[Any], *looked_in: FromClause) -> ColumnElement[bool]:
    return statement.correlate_except(*looked_in).exists()
