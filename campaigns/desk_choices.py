"""What may be chosen at the desk: a result with what suggests it, and a campaign to see alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Row, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from campaigns.visibility import keep
from models.campaign import Campaign, CampaignType, ResultType, ValueKind
from models.states import CampaignState
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
    kinds = session.execute(_choosable(), {"campaign_type_id": campaign_type_id})
    return tuple(_option(kind, rules or ()) for kind, rules in kinds)


@cache
def _choosable() -> Any:
    """Made once: to make it takes longer than to run it."""
    one = func.jsonb_build_array(TextRule.phrase, TextRule.is_withdrawn)
    changes = (
        select(func.jsonb_agg(aggregate_order_by(one, TextRule.id)))
        .where(TextRule.result_type_id == ResultType.id)
        .correlate(ResultType)
        .scalar_subquery()
    )
    return keep(
        select(ResultType, changes)
        .where(
            or_(
                ResultType.campaign_type_id == bindparam("campaign_type_id", type_=BigInteger),
                ResultType.campaign_type_id.is_(None),
            ),
            ResultType.is_active,
            ~ResultType.by_system,
        )
        .order_by(ResultType.campaign_type_id.is_(None), ResultType.position, ResultType.id)
    )


def _option(kind: ResultType, rules: Iterable[tuple[str, bool]]) -> ResultOption:
    return ResultOption(
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
        phrase_changes=tuple((phrase, out) for phrase, out in rules),
    )


CampaignChoice = Row[int, str, CampaignState, int, str]
"""Its id, name and state, its type's id and name."""


def campaign_choices(session: Session, *, only_active: bool) -> Sequence[CampaignChoice]:
    """By name. An operator has late replies of ended ones too; of all that there are, 100 do."""
    return session.execute(_campaigns(only_active)).all()


@cache
def _campaigns(only_active: bool) -> Any:
    statement = (
        select(
            Campaign.id,
            Campaign.name,
            Campaign.state,
            CampaignType.id.label("type_id"),
            CampaignType.name.label("type_name"),
        )
        .join(CampaignType, CampaignType.id == Campaign.campaign_type_id)
        .order_by(Campaign.name)
    )
    if only_active:
        active = Campaign.state.in_((CampaignState.RUNNING, CampaignState.PAUSED))
        statement = statement.where(active).limit(100)
    return keep(statement)
