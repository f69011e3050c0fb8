"""Read side of the catalogue: types, their results, and who uses them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.errors import NotFound
from models.campaign import Campaign, CampaignType, ResultType, ValueKind
from models.people import Purpose
from models.states import CampaignState


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    id: int
    type_id: int | None
    code: str
    name: str
    is_effective: bool
    closes_case: bool
    proposes_next_action: bool
    value_kind: ValueKind
    min_value: int | None
    max_value: int | None
    choices: tuple[tuple[str, str], ...]  # code, label
    is_opt_out: bool
    stops_sends: bool
    by_system: bool
    key: str | None
    is_active: bool
    reply_text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeLine:
    id: int
    code: str
    name: str
    purpose: Purpose
    is_standing: bool
    informing_is_enough: bool
    is_active: bool
    results: int  # its own, those that are offered
    campaigns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignName:
    id: int
    name: str
    state: CampaignState


def list_types(session: Session) -> list[TypeLine]:
    """Every type that was not removed: active ones first, by name."""
    results = (
        select(func.count(ResultType.id))
        .where(ResultType.is_active, ResultType.campaign_type_id == CampaignType.id)
        .scalar_subquery()
    )
    campaigns = (
        select(func.count(Campaign.id))
        .where(Campaign.campaign_type_id == CampaignType.id)
        .scalar_subquery()
    )
    return [
        TypeLine(
            id=kind.id,
            code=kind.code,
            name=kind.name,
            purpose=kind.purpose,
            is_standing=kind.is_standing,
            informing_is_enough=kind.informing_is_enough,
            is_active=kind.is_active,
            results=own,
            campaigns=used,
        )
        for kind, own, used in session.execute(
            select(CampaignType, results, campaigns)
            .where(~CampaignType.is_removed)
            .order_by(CampaignType.is_active.desc(), CampaignType.is_standing, CampaignType.name)
        )
    ]


def get_type(session: Session, type_id: int) -> TypeLine:
    """Raises NotFound."""
    for line in list_types(session):
        if line.id == type_id:
            return line
    raise NotFound("campaign type", type_id)


def results_of(session: Session, type_id: int | None) -> list[ResultLine]:
    """A type's own results, or those of all types (None), in the order of the desk."""
    its = (
        ResultType.campaign_type_id.is_(None)
        if type_id is None
        else ResultType.campaign_type_id == type_id
    )
    return [
        _line(kind)
        for kind in session.scalars(
            select(ResultType)
            .where(its, ~ResultType.is_removed)
            .order_by(ResultType.position, ResultType.id)
        )
    ]


def offered_results(session: Session) -> dict[int | None, list[ResultLine]]:
    """What a button may record: active results by type, those of all types under None."""
    found: dict[int | None, list[ResultLine]] = {}
    for kind in session.scalars(
        select(ResultType).where(ResultType.is_active).order_by(ResultType.position, ResultType.id)
    ):
        found.setdefault(kind.campaign_type_id, []).append(_line(kind))
    return found


def get_result(session: Session, result_id: int) -> ResultLine:
    """Raises NotFound."""
    kind = session.get(ResultType, result_id)
    if kind is None or kind.is_removed:
        raise NotFound("result type", result_id)
    return _line(kind)


def campaigns_of_type(session: Session, type_id: int, *, limit: int = 20) -> list[CampaignName]:
    """Newest first."""
    return [
        CampaignName(id=row.id, name=row.name, state=row.state)
        for row in session.scalars(
            select(Campaign)
            .where(Campaign.campaign_type_id == type_id)
            .order_by(Campaign.id.desc())
            .limit(limit)
        )
    ]


def _line(kind: ResultType) -> ResultLine:
    return ResultLine(
        id=kind.id,
        type_id=kind.campaign_type_id,
        code=kind.code,
        name=kind.name,
        is_effective=kind.is_effective,
        closes_case=kind.closes_case,
        proposes_next_action=kind.proposes_next_action,
        value_kind=kind.value_kind,
        min_value=kind.min_value,
        max_value=kind.max_value,
        choices=tuple((kind.choices or {}).items()),
        is_opt_out=kind.is_opt_out,
        stops_sends=kind.stops_sends,
        by_system=kind.by_system,
        key=kind.key,
        is_active=kind.is_active,
        reply_text=kind.reply_text,
    )
