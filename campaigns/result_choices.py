"""What the results of all campaigns may be narrowed to, each by its name."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campaigns.errors import NotFound
from campaigns.result_report import ReportFilter
from models.campaign import Campaign, CampaignType, ResultType
from models.people import User
from models.states import CampaignState

_NEWEST = 30
"""So many campaigns are offered besides those that the page names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChoice:
    id: int
    name: str
    type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChoice:
    id: int
    name: str
    is_active: bool  # or has left


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChoice:
    """A result type; ``campaign_type``: whose it is, None of those that all have."""

    type_id: int
    name: str
    campaign_type_id: int | None
    campaign_type: str | None
    is_effective: bool
    closes_case: bool
    is_removed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """In the order in which they are offered."""

    campaigns: dict[int, CampaignChoice]
    campaign_types: dict[int, str]
    people: dict[int, PersonChoice]
    kinds: dict[int, KindChoice]


def choices_of(
    session: Session, chosen: ReportFilter | None = None, *, named: Collection[int] = ()
) -> Choices:
    """Four queries. ``named``: campaigns that must be among them, whatever their age.

    Raises:
        NotFound: what is chosen is not there.
    """
    wanted = {*named, chosen.campaign_id} if chosen and chosen.campaign_id else {*named}
    found = Choices(
        campaigns=_campaigns(session, wanted),
        campaign_types=_campaign_types(session),
        people=_people(session),
        kinds=_kinds(session),
    )
    if chosen is not None:
        _check(chosen, found)
    return found


def _check(chosen: ReportFilter, found: Choices) -> None:
    for what, key, known in (
        ("campaign", chosen.campaign_id, found.campaigns),
        ("campaign type", chosen.campaign_type_id, found.campaign_types),
        ("user", chosen.by_id, found.people),
        ("result type", chosen.kind if type(chosen.kind) is int else None, found.kinds),
    ):
        if key is not None and key not in known:
            raise NotFound(what, key)


def _campaigns(session: Session, wanted: Collection[int]) -> dict[int, CampaignChoice]:
    """Those that have begun, the newest first."""
    newest = (
        select(Campaign.id)
        .where(Campaign.state.not_in((CampaignState.DRAFT, CampaignState.SCHEDULED)))
        .order_by(Campaign.id.desc())
        .limit(_NEWEST)
    )
    rows = session.execute(
        select(Campaign.id, Campaign.name, Campaign.campaign_type_id)
        .where(or_(Campaign.id.in_(newest), Campaign.id.in_(wanted)))
        .order_by(Campaign.id.desc())
    )
    return {key: CampaignChoice(id=key, name=name, type_id=of) for key, name, of in rows}


def _campaign_types(session: Session) -> dict[int, str]:
    rows = session.execute(
        select(CampaignType.id, CampaignType.name)
        .where(~CampaignType.is_removed)
        .order_by(CampaignType.name)
    )
    return dict(rows.all())


def _people(session: Session) -> dict[int, PersonChoice]:
    rows = session.execute(
        select(User.id, User.name, User.is_active).order_by(User.is_active.desc(), User.name)
    )
    return {key: PersonChoice(id=key, name=name, is_active=here) for key, name, here in rows}


def _kinds(session: Session) -> dict[int, KindChoice]:
    rows = session.execute(
        select(
            ResultType.id,
            ResultType.name,
            ResultType.campaign_type_id,
            CampaignType.name,
            ResultType.is_effective,
            ResultType.closes_case,
            ResultType.is_removed,
        )
        .outerjoin(CampaignType, CampaignType.id == ResultType.campaign_type_id)
        .order_by(CampaignType.name.nulls_first(), ResultType.position, ResultType.name)
    )
    return {
        key: KindChoice(
            type_id=key,
            name=name,
            campaign_type_id=of,
            campaign_type=type_name,
            is_effective=effective,
            closes_case=closes,
            is_removed=removed,
        )
        for key, name, of, type_name, effective, closes, removed in rows
    }
