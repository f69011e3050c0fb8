"""Campaign types as supervisors make them; their results: `campaigns.result_editing`.

The standing type keeps its behaviour: code names it. What was used is switched off instead of
removed; what is shipped and was removed is kept out of sight, because `install_catalogue` would
bring a missing row back.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import catalogue
from campaigns.audit import note
from campaigns.catalogue_rules import (
    check_type_name,
    clean_name,
    new_code,
    of_type,
    templates_with,
)
from campaigns.errors import InUse, NotFound, Protected
from models.campaign import Campaign, CampaignType, ResultType
from models.people import Purpose
from models.template import TemplateButton

INFORMED = "informado"
"""The code of the result that closes a case whose message was delivered, where that is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSpec:
    name: str
    purpose: Purpose
    informing_is_enough: bool = False


def add_type(session: Session, spec: TypeSpec, *, by_id: int | None = None) -> int:
    """A new campaign type, without results of its own; its id.

    Raises:
        CatalogueRefused: its name is empty or too long.
        AlreadyThere: another type has this name.
    """
    name = clean_name(spec.name)
    check_type_name(session, name, besides=None)
    taken = session.scalars(select(CampaignType.code)).all()
    kind = CampaignType(
        code=new_code(name, set(taken)),
        name=name,
        purpose=spec.purpose,
        informing_is_enough=spec.informing_is_enough,
    )
    session.add(kind)
    session.flush()
    _have_informed(session, kind)
    note(session, "campaign_type.create", kind, by_id=by_id, name=name)
    session.flush()
    return kind.id


def edit_type(session: Session, type_id: int, spec: TypeSpec, *, by_id: int | None = None) -> None:
    """Name and purpose; the standing type keeps its purpose.

    Raises what `add_type` does, and NotFound.
    """
    kind = _type(session, type_id)
    name = clean_name(spec.name)
    check_type_name(session, name, besides=type_id)
    was = {"name": kind.name, "purpose": kind.purpose, "informing": kind.informing_is_enough}
    kind.name = name
    if not kind.is_standing:
        kind.purpose, kind.informing_is_enough = spec.purpose, spec.informing_is_enough
        _have_informed(session, kind)
    note(session, "campaign_type.edit", kind, by_id=by_id, name=name, was=was)
    session.flush()


def switch_type(session: Session, type_id: int, *, active: bool, by_id: int | None = None) -> None:
    """Offer it for new campaigns, or no more; those that have it go on.

    Raises:
        NotFound: no such type.
        Protected: it is the standing one.
    """
    kind = _type(session, type_id)
    if kind.is_standing:
        raise Protected("campaign type", kind.name)
    if kind.is_active != active:
        kind.is_active = active
        act = "campaign_type.activate" if active else "campaign_type.deactivate"
        note(session, act, kind, by_id=by_id, name=kind.name)
    session.flush()


def remove_type(session: Session, type_id: int, *, by_id: int | None = None) -> None:
    """Remove a type that no campaign has, with its results.

    Raises:
        NotFound: no such type.
        Protected: it is the standing one.
        InUse: campaigns that have it, templates that name its results.
    """
    kind = _type(session, type_id)
    if kind.is_standing:
        raise Protected("campaign type", kind.name)
    campaigns = session.scalars(
        select(Campaign.name).where(Campaign.campaign_type_id == type_id).order_by(Campaign.name)
    ).all()
    own = select(ResultType.id).where(ResultType.campaign_type_id == type_id)
    templates = session.scalars(templates_with(TemplateButton.result_type_id.in_(own))).all()
    if campaigns or templates:
        raise InUse("campaign type", kind.name, campaigns=campaigns, templates=templates)
    note(session, "campaign_type.remove", kind, by_id=by_id, name=kind.name, code=kind.code)
    if any(entry.code == kind.code for entry in catalogue.TYPES):
        kind.is_active, kind.is_removed = False, True
    else:
        session.execute(delete(ResultType).where(ResultType.campaign_type_id == type_id))
        session.delete(kind)
    session.flush()


def _have_informed(session: Session, kind: CampaignType) -> None:
    """Where informing is enough, the result that says so must be there to be recorded."""
    if not kind.informing_is_enough:
        return
    its = select(ResultType).where(of_type(kind.id), ResultType.code == INFORMED)
    if (found := session.scalar(its)) is None:
        found = ResultType(campaign_type_id=kind.id, code=INFORMED, name="Informado", position=0)
        session.add(found)
    found.closes_case = found.by_system = found.is_active = True
    found.is_removed = False
    session.flush()


def _type(session: Session, type_id: int) -> CampaignType:
    kind = session.get(CampaignType, type_id, with_for_update=True)
    if kind is None or kind.is_removed:
        raise NotFound("campaign type", type_id)
    return kind
