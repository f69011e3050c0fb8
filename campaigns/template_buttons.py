"""What the buttons of a template record when they are tapped."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campaigns.result_values import value_of_tap
from campaigns.template_specs import ButtonSpec, TemplateSpec
from messaging.errors import TemplateError
from messaging.templates import Draft
from models.campaign import CampaignType, ResultType
from models.template import ButtonKind, TemplateButton


@dataclass(frozen=True, slots=True)
class Tie:
    """A button's result type, and what the tap says where that one asks for a value."""

    result_type_id: int | None = None
    value: str | None = None
    is_opt_out: bool = False


def ties_of(session: Session, spec: TemplateSpec, problems: list[TemplateError]) -> list[Tie]:
    """The tie of each button; what cannot be found is added to ``problems``."""
    its_type = (
        select(CampaignType.id).where(CampaignType.code == spec.campaign_type).scalar_subquery()
    )
    rows = session.execute(
        select(ResultType, its_type.label("type_id"))
        .where(
            or_(ResultType.campaign_type_id.is_(None), ResultType.campaign_type_id == its_type),
            ResultType.is_active,
        )
        .order_by(ResultType.campaign_type_id.nulls_first())  # a type's own wins
    ).all()
    if spec.campaign_type is not None and all(row.type_id is None for row in rows):
        problems.append(TemplateError("type", f"{spec.campaign_type!r} is no campaign type"))
    known = {row.ResultType.code: row.ResultType for row in rows}
    found = []
    for position, button in enumerate(spec.buttons, start=1):
        kind = known.get(button.result or "")
        problems += _problems(button, f"buttons[{position}]", kind, known)
        found.append(Tie() if kind is None else Tie(kind.id, button.value, kind.is_opt_out))
    return found


def _problems(
    button: ButtonSpec, where: str, kind: ResultType | None, known: dict[str, ResultType]
) -> list[TemplateError]:
    if button.result is None:
        return []
    if button.kind is ButtonKind.URL:
        return [TemplateError(f"{where}.result", "a link records none: its visits are counted")]
    if kind is None:
        codes = ", ".join(sorted(known))
        return [TemplateError(f"{where}.result", f"{button.result!r} is none of {codes}")]
    if button.value is not None and value_of_tap(kind, button.value).is_empty:
        told = f"{button.value!r} is no value that {kind.code} takes from a button"
        return [TemplateError(f"{where}.value", told)]
    return []


def buttons_of(version_id: int, draft: Draft, ties: Sequence[Tie]) -> list[TemplateButton]:
    """The rows of a draft's buttons."""
    return [
        TemplateButton(
            template_version_id=version_id,
            position=position,
            kind=button.kind,
            title=button.title,
            payload=button.payload,
            url=button.url,
            result_type_id=tie.result_type_id,
            value=tie.value,
        )
        for position, (button, tie) in enumerate(zip(draft.buttons, ties, strict=True), 1)
    ]


def stored_buttons(session: Session, version_id: int) -> Sequence[TemplateButton]:
    """A version's buttons, in order."""
    return session.scalars(
        select(TemplateButton)
        .where(TemplateButton.template_version_id == version_id)
        .order_by(TemplateButton.position)
    ).all()
