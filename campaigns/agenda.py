"""What has to be done and when: the agenda's list, read side, frozen data."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from campaigns.working_days import at
from models.campaign import Campaign
from models.case import Case, NextAction
from models.people import ContactPoint, Customer, User
from models.states import NextActionState
from models.subscription import Subscription

PAGE = 50

WEEK = timedelta(days=7)


class Span(enum.StrEnum):
    """Which days are asked for, as the address says it; a day by itself is its date."""

    ALL = "all"  # overdue, and what comes within the week
    LATE = "late"
    TODAY = "today"
    TOMORROW = "tomorrow"
    WEEK = "week"  # from the day after tomorrow


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: behind this one."""

    due_at: datetime
    action_id: int

    def __str__(self) -> str:
        return f"{int(self.due_at.timestamp() * 1_000_000)}_{self.action_id}"

    @classmethod
    def read(cls, given: str) -> "Place | None":
        found = re.fullmatch(r"(\d{1,17})_(\d{1,18})", given, re.ASCII)
        if found is None:
            return None
        seconds, micro = divmod(int(found[1]), 1_000_000)
        when = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micro)
        return cls(when, int(found[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """``who``: one person's, with those of nobody if it is who asks; None: everybody's."""

    span: Span | date
    who: int | None
    with_nobodys: bool
    zone: ZoneInfo
    after: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaRow:
    id: int
    case_id: int
    what: str
    due_at: datetime
    customer: str | None
    phone: str | None
    campaign: str
    operator_id: int | None
    operator: str | None
    broken_promise: bool
    was_put_off: bool
    section: Span  # where it stands in the list of all

    @property
    def place(self) -> Place:
        return Place(self.due_at, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    rows: tuple[AgendaRow, ...]
    counts: Mapping[Span, int]
    after: Place | None
    next_due_at: datetime | None  # of what is not in the list, when nothing is


@dataclass(frozen=True, slots=True)
class Stop:
    """An action, and the case to open for it."""

    action_id: int
    case_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where somebody is who works through a list, whether it is done by now or not."""

    what: str
    due_at: datetime
    is_due: bool
    before: Stop | None
    behind: Stop | None  # another case's: of one that is handled, nothing is left to do


def read_agenda(session: Session, asked: Asked, *, now: datetime) -> Agenda:
    """In the order of their time; three queries, whatever the number of rows."""
    bounds = _bounds(now, asked.zone)
    whose = _whose(asked)
    counts = _counts(session, whose, bounds)
    statement = (
        select(NextAction, Case, Campaign.name, Customer.name, ContactPoint, User.name)
        .join(Case, Case.id == NextAction.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(ContactPoint, ContactPoint.id == Case.contact_point_id)
        .outerjoin(User, User.id == NextAction.operator_id)
        .where(*whose, _within(asked.span, bounds, asked.zone))
        .order_by(NextAction.due_at, NextAction.id)
        .limit(PAGE + 1)
    )
    if asked.after is not None:
        statement = statement.where(
            tuple_(NextAction.due_at, NextAction.id)
            > tuple_(literal(asked.after.due_at), literal(asked.after.action_id))
        )
    rows = tuple(_row(row, bounds) for row in session.execute(statement).all())
    later = None
    if not rows and asked.after is None:
        later = session.scalar(select(func.min(NextAction.due_at)).where(*whose))
    return Agenda(
        rows=rows[:PAGE],
        counts=counts,
        after=rows[PAGE - 1].place if len(rows) > PAGE else None,
        next_due_at=later,
    )


def step(session: Session, asked: Asked, action: NextAction, *, now: datetime) -> Step:
    """The actions of other cases beside this one in the list, which it may have left."""
    order = tuple_(NextAction.due_at, NextAction.id)
    here = tuple_(literal(action.due_at), literal(action.id))
    others = select(NextAction.id, NextAction.case_id).where(
        *_whose(asked),
        _within(asked.span, _bounds(now, asked.zone), asked.zone),
        NextAction.case_id != action.case_id,
    )
    before = others.where(order < here).order_by(NextAction.due_at.desc(), NextAction.id.desc())
    behind = others.where(order > here).order_by(NextAction.due_at, NextAction.id)
    return Step(
        what=action.what,
        due_at=action.due_at,
        is_due=action.state is NextActionState.DUE,
        before=_stop(session, before),
        behind=_stop(session, behind),
    )


def _stop(session: Session, statement: Select[int, int]) -> Stop | None:
    found = session.execute(statement.limit(1)).first()
    return Stop(found.id, found.case_id) if found else None


def due_before(user_id: Any, until: datetime | ColumnElement[datetime]) -> ScalarSelect[int]:
    """How many of a person's are overdue or due before then, as a part of another statement."""
    return (
        select(func.count(NextAction.id))
        .where(
            NextAction.state == NextActionState.DUE,
            NextAction.operator_id == user_id,
            NextAction.due_at < until,
        )
        .scalar_subquery()
    )


def due_today(session: Session, user_id: int, *, now: datetime, zone: ZoneInfo) -> int:
    """How many of this person's are overdue, or due before the day ends."""
    ends = _bounds(now, zone)[Span.TOMORROW]
    return session.execute(select(due_before(user_id, ends))).scalar_one()


def _bounds(now: datetime, zone: ZoneInfo) -> dict[Span, datetime]:
    """When each span begins; the overdue end now, and today goes on from then."""
    today = now.astimezone(zone).date()
    return {
        Span.TODAY: now,
        Span.TOMORROW: at(today + timedelta(days=1), 0, zone),
        Span.WEEK: at(today + timedelta(days=2), 0, zone),
        Span.ALL: at(today + WEEK + timedelta(days=1), 0, zone),  # its end
    }


def _within(
    span: Span | date, bounds: Mapping[Span, datetime], zone: ZoneInfo
) -> ColumnElement[bool]:
    due = NextAction.due_at
    if not isinstance(span, Span):
        return and_(due >= at(span, 0, zone), due < at(span + timedelta(days=1), 0, zone))
    match span:
        case Span.LATE:
            return due < bounds[Span.TODAY]
        case Span.TODAY:
            return and_(due >= bounds[Span.TODAY], due < bounds[Span.TOMORROW])
        case Span.TOMORROW:
            return and_(due >= bounds[Span.TOMORROW], due < bounds[Span.WEEK])
        case Span.WEEK:
            return and_(due >= bounds[Span.WEEK], due < bounds[Span.ALL])
        case _:
            return due < bounds[Span.ALL]


def _whose(asked: Asked) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [NextAction.state == NextActionState.DUE]
    if asked.who is not None:
        mine = NextAction.operator_id == asked.who
        which.append(or_(mine, NextAction.operator_id.is_(None)) if asked.with_nobodys else mine)
    elif asked.with_nobodys:
        which.append(NextAction.operator_id.is_(None))
    return which


def _counts(
    session: Session, whose: list[ColumnElement[bool]], bounds: Mapping[Span, datetime]
) -> dict[Span, int]:
    zone = ZoneInfo("UTC")  # of days by themselves alone
    row = session.execute(
        select(
            *(
                func.count(NextAction.id).filter(_within(s, bounds, zone)).label(s.name)
                for s in Span
            )
        ).where(*whose)
    ).one()
    return {span: int(getattr(row, span.name)) for span in Span}


def _section(due_at: datetime, bounds: Mapping[Span, datetime]) -> Span:
    if due_at < bounds[Span.TODAY]:
        return Span.LATE
    if due_at < bounds[Span.TOMORROW]:
        return Span.TODAY
    return Span.TOMORROW if due_at < bounds[Span.WEEK] else Span.WEEK


def _row(row: Any, bounds: Mapping[Span, datetime]) -> AgendaRow:
    action, case, campaign, customer, contact, operator = row
    return AgendaRow(
        id=action.id,
        case_id=case.id,
        what=action.what,
        due_at=action.due_at,
        customer=customer or (contact.profile_name if contact else None),
        phone=contact.phone if contact else None,
        campaign=campaign,
        operator_id=action.operator_id,
        operator=operator,
        broken_promise=case.broken_promise_at is not None,
        was_put_off=action.replaces_id is not None,
        section=_section(action.due_at, bounds),
    )
