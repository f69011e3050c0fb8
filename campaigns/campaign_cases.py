"""The cases of a campaign: the list that every number of its page opens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from campaigns.progress_parts import GROUPS, Part, in_doubt, in_parts, part_of
from campaigns.result_standing import is_superseded
from campaigns.subscription_search import ids_meant_by
from campaigns.visibility import of_seen
from models.campaign import Campaign, ResultType
from models.case import Case, NextAction, Result
from models.message import Direction, Message, SendSlice
from models.people import Customer, User
from models.states import CaseState, MessageState, NextActionState
from models.subscription import Subscription

WAITING, HANDLED, OPEN = "waiting", "handled", "open"
"""States that a list knows beside those of a case: somebody waits, nobody does, not finished."""

NOBODY = "none"
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_first = and_(Message.case_id == Case.id, Message.direction == Direction.OUT, Message.sequence == 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a list shows; what is None narrows nothing, what nobody knows finds nothing."""

    state: str | None = None  # CaseState, or one of those above
    message: str | None = None  # a word of `progress_parts.GROUPS`
    why: str | None = None  # with `message`: the reason's word or the error code
    operator: str | None = None  # a user's id, or NOBODY
    result: int | None = None  # a result type: cases with a standing result of it
    text: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == CaseFilter()

    @property
    def only_by_message(self) -> bool:
        return self == CaseFilter(message=self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    key: int  # the list goes on after it
    case_id: int
    customer: str | None
    group: str | None
    order: str | None
    contract: str | None
    address: str | None
    state: CaseState
    is_late: bool
    waiting_since: datetime | None
    operator: str | None
    part: Part | None  # None: nothing was written to it
    message_state: MessageState | None
    why: str | None
    result: str | None
    result_at: datetime | None
    next_action: str | None
    next_at: datetime | None


def list_cases(
    session: Session,
    campaign_id: int,
    chosen: CaseFilter,
    *,
    limit: int,
    after: int | None = None,
) -> list[CaseRow]:
    """In the order of their messages, else of the cases themselves; four queries."""
    if not _is_visible(session, campaign_id):
        return []
    key = _key(chosen)
    page = _found(campaign_id, chosen).order_by(key).limit(limit)
    if after is not None:
        page = page.where(key > after)
    return _complete(session, session.execute(of_seen(page)).all())


def list_and_count(
    session: Session,
    campaign_id: int,
    chosen: CaseFilter,
    *,
    limit: int,
    after: int | None = None,
) -> tuple[list[CaseRow], int]:
    """A page as `list_cases` gives it, and how many there are; what is sought is sought once."""
    if not (chosen.text or chosen.result):  # an index has the page without the rest
        page_alone = list_cases(session, campaign_id, chosen, limit=limit, after=after)
        return page_alone, count_cases(session, campaign_id, chosen)
    if not _is_visible(session, campaign_id):
        return [], 0
    found = _found(campaign_id, chosen).cte("found")
    total = select(func.count()).select_from(found).scalar_subquery()
    page = select(found.c.id, found.c.key, total).order_by(found.c.key).limit(limit)
    if after is not None:
        page = page.where(found.c.key > after)
    rows = session.execute(of_seen(page)).all()
    if not rows:  # behind the last one, or none at all
        return [], count_cases(session, campaign_id, chosen) if after is not None else 0
    return _complete(session, [(case_id, key) for case_id, key, _ in rows]), rows[0][-1]


def count_cases(session: Session, campaign_id: int, chosen: CaseFilter) -> int:
    """How many the list has; a count that the account knows is better taken from there."""
    if not _is_visible(session, campaign_id):
        return 0
    statement = select(func.count()).select_from(Case).where(*_conditions(campaign_id, chosen))
    return int(session.scalar(of_seen(_joined(statement, chosen))) or 0)


def every_case(
    session: Session, campaign_id: int, chosen: CaseFilter, *, batch: int = 1000
) -> Iterator[CaseRow]:
    """All of them, a batch in memory at a time."""
    after: int | None = None
    while rows := list_cases(session, campaign_id, chosen, limit=batch, after=after):
        yield from rows
        after = rows[-1].key


def _is_visible(session: Session, campaign_id: int) -> bool:
    """Whoever sees a campaign sees all its cases: the rest need not be narrowed row by row."""
    return session.get(Campaign, campaign_id) is not None


def _by_message(chosen: CaseFilter) -> bool:
    return chosen.message is not None or chosen.state == HANDLED


def _key(chosen: CaseFilter) -> Any:
    """By message where the list is about messages: their index reaches the rare ones sooner."""
    return Message.id if _by_message(chosen) else Case.id


@cache
def _completed() -> Any:
    """All that is shown of cases that were found. Made once: it takes as long as to run it."""
    return of_seen(
        select(
            Case.id,
            Case.state,
            Case.is_late,
            Case.waiting_since,
            Message.address,
            Message.state.label("message_state"),
            Message.replied_at,
            Message.reason,
            Message.error_code,
            Subscription.group_code,
            Subscription.order_code,
            Subscription.contract_number,
            Customer.name.label("customer"),
            User.name.label("operator"),
        )
        .where(Case.id.in_(_IDS))
        .outerjoin(Message, _first)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(User, User.id == Case.operator_id)
    )


def _found(campaign_id: int, chosen: CaseFilter) -> Select[Any]:
    """Their ids, each with the key that the list is ordered by."""
    statement = select(Case.id, _key(chosen).label("key"))
    return _joined(statement.where(*_conditions(campaign_id, chosen)), chosen)


def _joined(statement: Select[Any], chosen: CaseFilter) -> Select[Any]:
    if _by_message(chosen):
        statement = statement.outerjoin(Message, _first)
    return statement


def _conditions(campaign_id: int, chosen: CaseFilter) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [Case.campaign_id == campaign_id]
    if chosen.state is not None:
        which.append(_in_state(chosen.state))
    if _by_message(chosen):
        which.append(Message.campaign_id == campaign_id)
    if chosen.message is not None:
        parts = GROUPS.get(chosen.message, frozenset())
        which.append(in_parts(parts))
        if parts == {Part.QUEUED}:
            which.append(Message.id >= _first_queued(campaign_id))
        if parts == {Part.UNSURE}:
            which.append(in_doubt(campaign_id))
    if chosen.operator == NOBODY:
        which.append(Case.operator_id.is_(None))
    elif chosen.operator is not None:
        known = chosen.operator.isdecimal() and len(chosen.operator) <= 18
        which.append(Case.operator_id == (int(chosen.operator) if known else 0))
    if chosen.result is not None:
        which.append(
            Case.id.in_(
                select(Result.case_id).where(
                    Result.campaign_id == campaign_id,
                    Result.result_type_id == chosen.result,
                    Result.revoked_at.is_(None),
                    ~is_superseded(),
                )
            )
        )
    if chosen.text:
        which.append(matches(chosen.text))
    return which


def _first_queued(campaign_id: int) -> ColumnElement[int]:
    """Nothing is queued before the first slice with work on it: the sent ones are not read."""
    has_work = or_(SendSlice.next_due_at.is_not(None), SendSlice.reap_at.is_not(None))
    first = select(func.min(SendSlice.id)).where(SendSlice.campaign_id == campaign_id, has_work)
    return func.coalesce(first.scalar_subquery(), 0)


def _in_state(state: str) -> ColumnElement[bool]:
    if state == WAITING:
        return Case.waiting_since.is_not(None)
    if state == HANDLED:
        return and_(Case.waiting_since.is_(None), in_parts({Part.REPLIED}))
    if state == OPEN:
        return Case.state != CaseState.FINISHED
    return Case.state.in_([each for each in CaseState if each.value == state])


def matches(text: str) -> ColumnElement[bool]:
    """Of a customer's name, document, contract or phone; ``1042/7`` is a group and its order.

    Whoever may see a case may see what it is found by: only the case is narrowed.
    """
    meant = ids_meant_by(text)
    return false() if meant is None else Case.subscription_id.in_(meant)


def _complete(session: Session, page: Sequence[Any]) -> list[CaseRow]:
    """``page``: ids of visible cases, each with its key, in the order to show them."""
    ids = [case_id for case_id, _ in page]
    found = {row.id: row for row in session.execute(_completed(), {"ids": ids})} if ids else {}
    results = _latest_results(session, ids)
    actions = _next_actions(session, ids)
    return [
        CaseRow(
            key=key,
            case_id=row.id,
            customer=row.customer,
            group=row.group_code,
            order=row.order_code,
            contract=row.contract_number,
            address=row.address,
            state=row.state,
            is_late=row.is_late,
            waiting_since=row.waiting_since,
            operator=row.operator,
            part=part_of(row.message_state, is_replied=row.replied_at is not None)
            if row.message_state
            else None,
            message_state=row.message_state,
            why=_why(row.reason, row.error_code) if row.message_state else None,
            result=results.get(row.id, (None, None))[0],
            result_at=results.get(row.id, (None, None))[1],
            next_action=actions.get(row.id, (None, None))[0],
            next_at=actions.get(row.id, (None, None))[1],
        )
        for case_id, key in page
        for row in [found[case_id]]
    ]


def _why(reason: str | None, error_code: int | None) -> str:
    """As `progress_parts.WHY` says it in SQL."""
    word = (reason or "").partition(":")[0]
    return word or (str(error_code) if error_code is not None else "unknown")


def _latest_results(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    if not ids:
        return {}
    rows = session.execute(_standing_results(), {"ids": ids})
    return {case_id: (name, at) for case_id, name, at in rows}


@cache
def _standing_results() -> Any:
    return of_seen(
        select(Result.case_id, ResultType.name, Result.at)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .where(Result.case_id.in_(_IDS), Result.revoked_at.is_(None), ~is_superseded())
        .order_by(Result.id)
    )


def _next_actions(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    if not ids:
        return {}
    rows = session.execute(_due_actions(), {"ids": ids})
    return {case_id: (what, due_at) for case_id, what, due_at in rows}


@cache
def _due_actions() -> Any:
    return of_seen(
        select(NextAction.case_id, NextAction.what, NextAction.due_at)
        .where(NextAction.case_id.in_(_IDS), NextAction.state == NextActionState.DUE)
        .order_by(NextAction.due_at.desc())
    )
