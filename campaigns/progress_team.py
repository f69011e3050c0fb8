"""Who works on a campaign: what each has open, what each handled, how soon each answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    and_,
    bindparam,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from campaigns.presence import Presence, presence_at
from campaigns.result_standing import is_superseded
from campaigns.visibility import keep, of_seen
from models.campaign import CampaignOperator, ResultType
from models.case import Case, Result
from models.message import Cause, Direction, Message
from models.people import User
from models.states import CaseState

# what is asked of every page of a campaign is made once: to make it takes as long as to run it
_CAMPAIGN: BindParameter[int] = bindparam("campaign", type_=BigInteger)
_BY: BindParameter[int] = bindparam("by", type_=BigInteger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Cases in which something that came in waits for a person."""

    count: int = 0
    replied: int = 0  # of them, those whose first message was answered
    unheld: int = 0  # of them, those that nobody holds
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    user_id: int
    name: str
    is_assigned: bool  # to the campaign; others have worked on it
    open_cases: int
    handled: int  # standing results
    first_answer: timedelta | None  # the median
    presence: Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCount:
    type_id: int
    name: str
    is_effective: bool
    closes_case: bool
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The desk side of a campaign. ``results``: standing ones by type, most first."""

    waiting: Waiting
    results: tuple[ResultCount, ...]
    members: tuple[Member, ...]

    @property
    def recorded(self) -> int:
        return sum(each.count for each in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Standing results by type and person, and who works on the campaign: what lists offer."""

    results: tuple[ResultCount, ...]
    handled: Mapping[int, int]  # by a user's id
    people: tuple[tuple[int, str], ...]

    @property
    def total(self) -> int:
        return sum(each.count for each in self.results)


def recorded_of(session: Session, campaign_id: int, *, only_by: int | None = None) -> Recorded:
    """Of a campaign that was found visible. ``only_by``: this user's results and name alone."""
    results, handled = _results(session, campaign_id, only_by=only_by)
    held = select(Case.operator_id).where(
        Case.campaign_id == campaign_id, Case.operator_id.is_not(None)
    )
    people = _people(session, campaign_id, {*session.scalars(held.distinct()), *handled})
    return Recorded(
        results=results,
        handled=handled,
        people=tuple((each, name) for each, name, *_ in people if only_by in (None, each)),
    )


def work_of(session: Session, campaign_id: int, *, only_by: int | None = None) -> Work:
    """Of a campaign that was found visible. ``only_by``: the results and row of this user alone."""
    waiting, open_cases = _held(session, campaign_id)
    results, handled = _results(session, campaign_id, only_by=only_by)
    medians = _first_answers(session, campaign_id, only_by=only_by)
    rows = _people(session, campaign_id, {*open_cases, *handled})
    members = tuple(
        Member(
            user_id=user_id,
            name=name,
            is_assigned=is_assigned,
            open_cases=open_cases.get(user_id, 0),
            handled=handled.get(user_id, 0),
            first_answer=medians.get(user_id),
            presence=presence,
        )
        for user_id, name, is_assigned, presence in rows
        if only_by in (None, user_id)
    )
    return Work(waiting=waiting, results=results, members=members)


def _people(
    session: Session, campaign_id: int, busy: Collection[int]
) -> list[tuple[int, str, bool, Presence]]:
    """Id, name, whether assigned, presence: of those who are, and of the ``busy`` ones."""
    rows = session.execute(_assigned_or_busy(), {"campaign": campaign_id, "busy": list(busy)})
    return [
        (user_id, name, is_assigned, Presence(said)) for user_id, name, is_assigned, said in rows
    ]


@cache
def _assigned_or_busy() -> Any:
    return keep(
        select(
            User.id,
            User.name,
            CampaignOperator.user_id.is_not(None),
            presence_at(func.clock_timestamp()),
        )
        .outerjoin(
            CampaignOperator,
            and_(CampaignOperator.user_id == User.id, CampaignOperator.campaign_id == _CAMPAIGN),
        )
        .where(
            or_(
                CampaignOperator.user_id.is_not(None),
                User.id.in_(bindparam("busy", expanding=True)),
            )
        )
        .order_by(User.name)
    )


def _held(session: Session, campaign_id: int) -> tuple[Waiting, dict[int, int]]:
    rows = session.execute(_by_holder(), {"campaign": campaign_id}).all()
    oldest = [row[4] for row in rows if row[4] is not None]
    waiting = Waiting(
        count=sum(row[2] for row in rows),
        replied=sum(row[3] for row in rows),
        unheld=sum(row[2] for row in rows if row[0] is None),
        oldest=min(oldest, default=None),
    )
    return waiting, {row[0]: row[1] for row in rows if row[0] is not None}


@cache
def _by_holder() -> Any:
    is_waiting = Case.waiting_since.is_not(None)
    replied = select(Message.case_id).where(*_first_and_replied())
    return of_seen(
        select(
            Case.operator_id,
            func.count().filter(Case.state != CaseState.FINISHED),
            func.count().filter(is_waiting),
            func.count().filter(is_waiting, Case.id.in_(replied)),
            func.min(Case.waiting_since),
        )
        .where(Case.campaign_id == _CAMPAIGN, or_(is_waiting, Case.operator_id.is_not(None)))
        .group_by(Case.operator_id)
    )


def _first_and_replied() -> tuple[ColumnElement[bool], ...]:
    """All of it is in one index (`ix_messages_replied`)."""
    return (
        Message.campaign_id == _CAMPAIGN,
        Message.direction == Direction.OUT,
        Message.sequence == 1,
        Message.replied_at.is_not(None),
    )


def _results(
    session: Session, campaign_id: int, *, only_by: int | None
) -> tuple[tuple[ResultCount, ...], Mapping[int, int]]:
    of = {"campaign": campaign_id, **({} if only_by is None else {"by": only_by})}
    rows = session.execute(_by_type_and_person(only_by is not None), of).all()
    kinds: dict[int, ResultCount] = {}
    handled: dict[int, int] = {}
    for type_id, name, effective, closes, by_id, count in rows:
        before = kinds[type_id].count if type_id in kinds else 0
        kinds[type_id] = ResultCount(
            type_id=type_id,
            name=name,
            is_effective=effective,
            closes_case=closes,
            count=before + count,
        )
        if by_id is not None:
            handled[by_id] = handled.get(by_id, 0) + count
    by_size = sorted(kinds.values(), key=lambda each: (-each.count, each.name))
    return tuple(by_size), handled


@cache
def _by_type_and_person(of_one: bool) -> Any:
    which = [Result.campaign_id == _CAMPAIGN, Result.revoked_at.is_(None), ~is_superseded()]
    if of_one:
        which.append(Result.by_id == _BY)
    kind = (ResultType.id, ResultType.name, ResultType.is_effective, ResultType.closes_case)
    return of_seen(
        select(*kind, Result.by_id, func.count())
        .join(Result, Result.result_type_id == ResultType.id)
        .where(*which)
        .group_by(*kind, Result.by_id)
    )


def _first_answers(
    session: Session, campaign_id: int, *, only_by: int | None
) -> dict[int, timedelta]:
    """Per person, the median time from a customer's first answer to ours, where his was first."""
    of = {"campaign": campaign_id, **({} if only_by is None else {"by": only_by})}
    rows = session.execute(_medians(only_by is not None), of)
    return {by_id: timedelta(seconds=float(seconds)) for by_id, seconds in rows}


@cache
def _medians(of_one: bool) -> Any:
    asked = (
        select(Message.case_id.label("case_id"), Message.replied_at.label("asked_at"))
        .where(*_first_and_replied())
        .cte("asked")
        .prefix_with("MATERIALIZED")  # a few thousand by their index, not one look for each answer
    )
    written = select(Message.case_id, Message.author_id.label("by_id"), Message.created_at).where(
        Message.campaign_id == _CAMPAIGN,
        Message.cause == Cause.REPLY,
        Message.author_id.is_not(None),
    )
    recorded = select(Result.case_id, Result.by_id, Result.at).where(
        Result.campaign_id == _CAMPAIGN, Result.by_id.is_not(None)
    )
    if of_one:  # in his cases somebody else may still have been the first
        own: CompoundSelect[int | None] = union(
            select(Message.case_id).where(
                Message.campaign_id == _CAMPAIGN, Message.author_id == _BY
            ),
            select(Result.case_id).where(Result.campaign_id == _CAMPAIGN, Result.by_id == _BY),
        )
        written = written.where(Message.case_id.in_(own))
        recorded = recorded.where(Result.case_id.in_(own))
    said = written.union_all(recorded).subquery("said")
    both = (
        select(said, asked.c.asked_at)
        .join(asked, asked.c.case_id == said.c.case_id)
        .where(said.c.created_at >= asked.c.asked_at)
        .subquery()
    )
    answer = (
        select(both)
        .ext(distinct_on(both.c.case_id))
        .order_by(both.c.case_id, both.c.created_at)
        .subquery()
    )
    median = func.percentile_cont(0.5).within_group(
        func.extract("epoch", answer.c.created_at - answer.c.asked_at)
    )
    return of_seen(select(answer.c.by_id, median).group_by(answer.c.by_id))
