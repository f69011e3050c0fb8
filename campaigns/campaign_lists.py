"""Campaigns as a list: tabs by state with their counts, and rows with their figures."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campaigns.progress_head import Standing
from campaigns.progress_parts import Account, accounts_of
from campaigns.waits import waits_of
from models.campaign import Campaign, CampaignOperator, CampaignPace, CampaignType
from models.case import Case
from models.people import User
from models.states import CampaignState, SendingState
from models.template import Line, Portfolio


class Tab(enum.StrEnum):
    ACTIVE = "active"
    DRAFTS = "drafts"
    FINISHED = "finished"
    ARCHIVED = "archived"
    ALL = "all"


STATES: Mapping[Tab, frozenset[CampaignState]] = {
    Tab.ACTIVE: frozenset({CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.SCHEDULED}),
    Tab.DRAFTS: frozenset({CampaignState.DRAFT}),
    Tab.FINISHED: frozenset({CampaignState.FINISHED, CampaignState.CANCELLED}),
    Tab.ARCHIVED: frozenset({CampaignState.ARCHIVED}),
    Tab.ALL: frozenset(CampaignState),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFilter:
    tab: Tab = Tab.ACTIVE
    type_id: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    id: int
    name: str
    type_name: str
    state: CampaignState
    standing: Standing
    priority: int
    is_phone_only: bool
    account: Account
    waiting: int
    operators: tuple[str, ...]
    starts_at: datetime | None
    launched_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """Above the list: what its tab has, what waits in the queue, what left today of the quota."""

    active: int
    queued: int
    sent: int
    quota: int | None  # None: a portfolio without a limit, or no portfolio


def tab_counts(session: Session, chosen: CampaignFilter) -> dict[Tab, int]:
    """How many each tab has with the same search and type."""
    rows = session.execute(
        select(Campaign.state, func.count()).where(*_narrowed(chosen)).group_by(Campaign.state)
    )
    by_state = {state: int(count) for state, count in rows}
    return {tab: sum(by_state.get(state, 0) for state in states) for tab, states in STATES.items()}


def list_campaigns(
    session: Session, chosen: CampaignFilter, *, limit: int, after: int | None = None
) -> list[CampaignRow]:
    """Newest first; four queries."""
    statement = (
        select(Campaign, CampaignType.name, Line.hold_reason)
        .join(CampaignType, CampaignType.id == Campaign.campaign_type_id)
        .join(Line, Line.id == Campaign.line_id)
        .where(*_narrowed(chosen), Campaign.state.in_(STATES[chosen.tab]))
        .order_by(Campaign.id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Campaign.id < after)
    rows = session.execute(statement).all()
    campaigns = [row[0] for row in rows]
    ids = [campaign.id for campaign in campaigns]
    accounts = accounts_of(session, campaigns)
    waiting = _waiting(session, ids)
    put_off = waits_of(session, ids)
    operators = _operators(session, ids)
    return [
        CampaignRow(
            id=campaign.id,
            name=campaign.name,
            type_name=type_name,
            state=campaign.state,
            standing=_standing(
                campaign,
                is_held=bool(campaign.hold_reason or line_hold or campaign.id in put_off),
            ),
            priority=campaign.priority,
            is_phone_only=campaign.is_phone_only,
            account=accounts[campaign.id],
            waiting=waiting.get(campaign.id, 0),
            operators=tuple(operators.get(campaign.id, ())),
            starts_at=campaign.starts_at,
            launched_at=campaign.launched_at,
            created_at=campaign.created_at,
        )
        for campaign, type_name, line_hold in rows
    ]


def matching_ids(session: Session, chosen: CampaignFilter) -> list[int]:
    """Every campaign that the list has, page after page."""
    which = (*_narrowed(chosen), Campaign.state.in_(STATES[chosen.tab]))
    return list(session.scalars(select(Campaign.id).where(*which).order_by(Campaign.id)))


def campaign_types(session: Session) -> list[tuple[int, str]]:
    """Those that a campaign of the list may have."""
    rows = session.execute(
        select(CampaignType.id, CampaignType.name)
        .where(~CampaignType.is_standing)
        .order_by(CampaignType.name)
    )
    return [(type_id, name) for type_id, name in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """The *Consultas entrantes* of a line, and how many are assigned to them."""

    campaign_id: int
    line: str
    operators: int


def incoming_of(session: Session) -> tuple[Incoming, ...]:
    """Of each line; they are in no list of campaigns."""
    rows = session.execute(
        select(Campaign.id, Line.name, func.count(CampaignOperator.user_id))
        .join(Line, Line.id == Campaign.line_id)
        .outerjoin(CampaignOperator, CampaignOperator.campaign_id == Campaign.id)
        .where(Campaign.is_standing)
        .group_by(Campaign.id, Line.name)
        .order_by(Line.name)
    )
    return tuple(Incoming(campaign_id=key, line=name, operators=n) for key, name, n in rows)


def today_of(session: Session, *, since: datetime) -> Today:
    """``since``: when the day began."""
    active = session.scalars(
        select(Campaign).where(Campaign.state.in_(STATES[Tab.ACTIVE]), ~Campaign.is_standing)
    ).all()
    accounts = accounts_of(session, active)
    ids = [campaign.id for campaign in active]
    sent, limits, unlimited = session.execute(
        select(
            select(func.coalesce(func.sum(CampaignPace.sent), 0))
            .join(Campaign, Campaign.id == CampaignPace.campaign_id)
            .where(CampaignPace.minute >= since)
            .scalar_subquery(),
            select(func.sum(Portfolio.daily_recipients)).scalar_subquery(),
            select(func.count())
            .select_from(Portfolio)
            .where(Portfolio.daily_recipients.is_(None))
            .scalar_subquery(),
        )
    ).one()
    return Today(
        active=len(ids),
        queued=sum(account.of("queued") for account in accounts.values()),
        sent=int(sent),
        quota=None if unlimited or limits is None else int(limits),
    )


def _narrowed(chosen: CampaignFilter) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [~Campaign.is_standing]
    if chosen.type_id is not None:
        which.append(Campaign.campaign_type_id == chosen.type_id)
    if chosen.text:
        which.append(Campaign.name.icontains(chosen.text.strip(), autoescape=True))
    return which


def _standing(campaign: Campaign, *, is_held: bool) -> Standing:
    if campaign.state is not CampaignState.RUNNING:
        return Standing(campaign.state.value)
    if campaign.sending_state in (SendingState.DRAINED, SendingState.IDLE):
        return Standing.DRAINED
    if is_held:
        return Standing.HELD
    if campaign.stalled_since is not None:
        return Standing.STUCK
    planning = campaign.sending_state is SendingState.PLANNING
    return Standing.PLANNING if planning else Standing.RUNNING


def _waiting(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Case.campaign_id, func.count())
        .where(Case.campaign_id.in_(ids), Case.waiting_since.is_not(None))
        .group_by(Case.campaign_id)
    )
    return {campaign_id: int(count) for campaign_id, count in rows}


def _operators(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(CampaignOperator.campaign_id, User.name)
        .join(User, User.id == CampaignOperator.user_id)
        .where(CampaignOperator.campaign_id.in_(ids))
        .order_by(User.name)
    )
    names: dict[int, list[str]] = {}
    for campaign_id, name in rows:
        names.setdefault(campaign_id, []).append(name)
    return names
