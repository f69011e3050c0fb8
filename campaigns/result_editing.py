"""The results of the catalogue as supervisors make them.

What the system itself records (`by_system`) keeps its behaviour: code names it. What was
recorded stays readable: it is switched off instead of removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.catalogue_rules import (
    check_key,
    check_result_name,
    clean_choices,
    clean_key,
    clean_name,
    is_shipped,
    new_code,
    of_type,
    templates_with,
)
from campaigns.desk_texts import check_body
from campaigns.errors import CatalogueRefused, InUse, NotFound, Protected
from messaging.named_texts import AGREED
from models.campaign import Campaign, CampaignType, ResultType, ValueKind
from models.case import Case, Result
from models.template import TemplateButton

MAX_REPLY = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSpec:
    """A result type as a person writes it; fields mean what they mean in `ResultType`."""

    name: str
    is_effective: bool = False
    closes_case: bool = False
    proposes_next_action: bool = False
    value_kind: ValueKind = ValueKind.NONE
    min_value: int | None = None
    max_value: int | None = None
    choices: Sequence[tuple[str, str]] = field(default=())  # (code or "" for a new one, label)
    is_opt_out: bool = False
    stops_sends: bool = False
    key: str | None = None
    reply_text: str | None = None  # what may be answered with it


def add_result(
    session: Session, type_id: int | None, spec: ResultSpec, *, by_id: int | None = None
) -> int:
    """A new result at the end of a type's own, or of those of all types (None); its id.

    Raises:
        NotFound: no such type.
        CatalogueRefused: its name, key, range or choices.
        AlreadyThere: the type, or all types, have a result of this name.
    """
    if type_id is not None:
        kind_of = session.get(CampaignType, type_id)
        if kind_of is None or kind_of.is_removed:
            raise NotFound("campaign type", type_id)
    name = clean_name(spec.name)
    check_result_name(session, name, type_id, besides=None)
    siblings = session.scalars(select(ResultType).where(of_type(type_id))).all()
    kind = ResultType(
        campaign_type_id=type_id,
        code=new_code(name, {each.code for each in siblings}),
        position=max((each.position for each in siblings), default=0) + 1,
    )
    _write(session, kind, spec, name=name)
    session.add(kind)
    session.flush()
    note(session, "result_type.create", kind, by_id=by_id, name=name)
    session.flush()
    return kind.id


def edit_result(
    session: Session, result_id: int, spec: ResultSpec, *, by_id: int | None = None
) -> None:
    """Change a result; one that the system records only in its name.

    Raises what `add_result` does, and
        InUse: results were recorded with a kind of value or a choice that would be gone.
    """
    kind = _result(session, result_id)
    name = clean_name(spec.name)
    check_result_name(session, name, kind.campaign_type_id, besides=result_id)
    was = kind.name
    if kind.by_system:
        kind.name = name
    else:
        _check_recorded(session, kind, spec)
        _write(session, kind, spec, name=name)
    note(session, "result_type.edit", kind, by_id=by_id, name=name, was=was)
    session.flush()


def move_result(session: Session, result_id: int, *, up: bool, by_id: int | None = None) -> bool:
    """One place up or down among its siblings; False at the end of the list."""
    kind = _result(session, result_id)
    siblings = list(
        session.scalars(
            select(ResultType)
            .where(of_type(kind.campaign_type_id), ~ResultType.is_removed)
            .order_by(ResultType.position, ResultType.id)
            .with_for_update()
        )
    )
    now = siblings.index(kind)
    then = now - 1 if up else now + 1
    if not 0 <= then < len(siblings):
        return False
    siblings[now], siblings[then] = siblings[then], siblings[now]
    for position, each in enumerate(siblings, start=1):
        each.position = position
    note(session, "result_type.move", kind, by_id=by_id, position=then + 1)
    session.flush()
    return True


def switch_result(
    session: Session, result_id: int, *, active: bool, by_id: int | None = None
) -> None:
    """Offer it on the desk, or no more; what was recorded with it stands.

    Raises:
        NotFound: no such result.
        Protected: the system records it.
        CatalogueRefused: another result has its key by now.
    """
    kind = _result(session, result_id)
    if kind.by_system:
        raise Protected("result type", kind.name)
    if kind.is_active != active:
        if active:
            check_key(session, kind.key, kind.campaign_type_id, besides=kind.id)
        kind.is_active = active
        act = "result_type.activate" if active else "result_type.deactivate"
        note(session, act, kind, by_id=by_id, name=kind.name)
    session.flush()


def remove_result(session: Session, result_id: int, *, by_id: int | None = None) -> None:
    """Remove a result that was never recorded and that no button names.

    Raises:
        NotFound: no such result.
        Protected: the system records it.
        InUse: campaigns with such results, templates with such buttons.
    """
    kind = _result(session, result_id)
    if kind.by_system:
        raise Protected("result type", kind.name)
    campaigns = session.scalars(
        select(Campaign.name)
        .where(
            Campaign.id.in_(
                select(Case.campaign_id)
                .join(Result, Result.case_id == Case.id)
                .where(Result.result_type_id == result_id)
            )
        )
        .order_by(Campaign.name)
    ).all()
    templates = session.scalars(templates_with(TemplateButton.result_type_id == result_id)).all()
    if campaigns or templates:
        raise InUse("result type", kind.name, campaigns=campaigns, templates=templates)
    note(session, "result_type.remove", kind, by_id=by_id, name=kind.name, code=kind.code)
    if is_shipped(session, kind):
        kind.is_active, kind.is_removed = False, True
    else:
        session.delete(kind)
    session.flush()


def _write(session: Session, kind: ResultType, spec: ResultSpec, *, name: str) -> None:
    key = clean_key(spec.key)
    with session.no_autoflush:
        check_key(session, key, kind.campaign_type_id, besides=kind.id)
    least, most = spec.min_value, spec.max_value
    if spec.value_kind is not ValueKind.INTEGER:
        least = most = None
    elif least is None or most is None:
        raise CatalogueRefused("range", "missing")
    elif least >= most:
        raise CatalogueRefused("range", "order")
    kind.name, kind.key, kind.reply_text = name, key, _reply(spec.reply_text)
    kind.is_effective, kind.closes_case = spec.is_effective, spec.closes_case
    kind.proposes_next_action = spec.proposes_next_action and not spec.closes_case
    kind.value_kind, kind.min_value, kind.max_value = spec.value_kind, least, most
    kind.choices = clean_choices(spec.choices) if spec.value_kind is ValueKind.CHOICE else None
    kind.is_opt_out = spec.is_opt_out
    kind.stops_sends = spec.stops_sends or spec.is_opt_out


def _reply(text: str | None) -> str | None:
    if not (text or "").strip():
        return None
    return check_body(text or "", longest=MAX_REPLY, more=AGREED, field="reply_text")


def _check_recorded(session: Session, kind: ResultType, spec: ResultSpec) -> None:
    """What was recorded must stay readable: the kind of value, and the choices taken."""
    lost = set((kind.choices or {}).keys()) - {code for code, label in spec.choices if label}
    if spec.value_kind is kind.value_kind and not (kind.value_kind is ValueKind.CHOICE and lost):
        return
    recorded = select(Result.case_id).where(Result.result_type_id == kind.id)
    if spec.value_kind is kind.value_kind:
        recorded = recorded.where(Result.value_text.in_(lost))
    elif kind.value_kind is ValueKind.NONE:
        return  # nothing was asked for so far, so nothing is lost
    campaigns = session.scalars(
        select(Campaign.name)
        .where(Campaign.id.in_(select(Case.campaign_id).where(Case.id.in_(recorded))))
        .order_by(Campaign.name)
    ).all()
    if campaigns:
        raise InUse("value", kind.name, campaigns=campaigns)


def _result(session: Session, result_id: int) -> ResultType:
    kind = session.get(ResultType, result_id, with_for_update=True)
    if kind is None or kind.is_removed:
        raise NotFound("result type", result_id)
    return kind
