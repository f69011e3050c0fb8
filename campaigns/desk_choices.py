"""What may be recorded in a case, and what suggests it."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from models.campaign import ResultType, ValueKind
from models.text_rule import TextRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultOption:
    id: int
    code: str
    name: str
    key: str | None
    is_own: bool  # of the campaign's type; others are common to all
    closes: bool
    proposes_next_action: bool
    value_kind: ValueKind
    min_value: int | None
    max_value: int | None
    choices: tuple[tuple[str, str], ...]
    reply_text: str | None  # what may be answered with it
    is_opt_out: bool
    phrase_changes: tuple[tuple[str, bool], ...]  # of what suggests it: phrase, taken out


def result_options(session: Session, campaign_type_id: int) -> tuple[ResultOption, ...]:
    """What a person may choose: the type's own, in their order, then those common to all."""
    one = func.jsonb_build_array(TextRule.phrase, TextRule.is_withdrawn)
    changes = (
        select(func.jsonb_agg(aggregate_order_by(one, TextRule.id)))
        .where(TextRule.result_type_id == ResultType.id)
        .correlate(ResultType)
        .scalar_subquery()
    )
    kinds = session.execute(
        select(ResultType, changes)
        .where(
            or_(
                ResultType.campaign_type_id == campaign_type_id,
                ResultType.campaign_type_id.is_(None),
            ),
            ResultType.is_active,
            ~ResultType.by_system,
        )
        .order_by(ResultType.campaign_type_id.is_(None), ResultType.position, ResultType.id)
    )
    return tuple(
        ResultOption(
            id=kind.id,
            code=kind.code,
            name=kind.name,
            key=kind.key,
            is_own=kind.campaign_type_id is not None,
            closes=kind.closes_case,
            proposes_next_action=kind.proposes_next_action,
            value_kind=kind.value_kind,
            min_value=kind.min_value,
            max_value=kind.max_value,
            choices=tuple((kind.choices or {}).items()),
            reply_text=kind.reply_text,
            is_opt_out=kind.is_opt_out,
            phrase_changes=tuple((phrase, out) for phrase, out in rules or ()),
        )
        for kind, rules in kinds
    )
