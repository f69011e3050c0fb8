"""What a campaign type and a result type must be: names, keys, choices, and who needs them."""

import re
import unicodedata
from collections.abc import Container, Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from campaigns import catalogue
from campaigns.errors import AlreadyThere, CatalogueRefused
from models.campaign import CampaignType, ResultType
from models.template import Template, TemplateButton, TemplateVersion

MAX_NAME = 60
MAX_CHOICES = 20
DESK_KEYS = frozenset("gjkmrntuaepxvify0?/")
"""Keys that the desk has for itself."""


def clean_name(text: str) -> str:
    """Raises CatalogueRefused: missing, or too long."""
    name = " ".join(text.split())
    if not name:
        raise CatalogueRefused("name", "missing")
    if len(name) > MAX_NAME:
        raise CatalogueRefused("name", "long")
    return name


def clean_key(text: str | None) -> str | None:
    """A letter or digit in lower case; None for none."""
    return (text or "").strip().lower() or None


def new_code(name: str, taken: Container[str]) -> str:
    """What code and files call something of this name."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50] or "tipo"
    code, number = base, 2
    while code in taken:
        code, number = f"{base}_{number}", number + 1
    return code


def clean_choices(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Code → label, in order; a new label gets a code of its own."""
    labels = [(code, " ".join(label.split())) for code, label in given if label.strip()]
    if len(labels) < 2:
        raise CatalogueRefused("choices", "few")
    if len(labels) > MAX_CHOICES:
        raise CatalogueRefused("choices", "many")
    said = [label.casefold() for _, label in labels]
    if len(set(said)) < len(said):
        raise CatalogueRefused("choices", "twice")
    choices: dict[str, str] = {}
    kept = {code for code, _ in labels if code}
    for code, label in labels:
        choices[code or new_code(label, kept | choices.keys())] = label
    return choices


def check_key(
    session: Session, key: str | None, type_id: int | None, *, besides: int | None
) -> None:
    """Raises CatalogueRefused: no key, the desk\'s own, or taken on the same desk."""
    if key is None:
        return
    if len(key) != 1 or not key.isalnum() or not key.isascii():
        raise CatalogueRefused("key", "form")
    if key in DESK_KEYS:
        raise CatalogueRefused("key", "desk")
    holders = select(ResultType).where(beside(type_id), ResultType.key == key, ResultType.is_active)
    for other in session.scalars(holders):
        if other.id != besides:
            raise CatalogueRefused("key", "taken", other=other.name)


def check_type_name(session: Session, name: str, *, besides: int | None) -> None:
    """Raises AlreadyThere."""
    same = select(CampaignType.id).where(
        func.lower(CampaignType.name) == name.lower(), ~CampaignType.is_removed
    )
    if any(found != besides for found in session.scalars(same)):
        raise AlreadyThere("campaign type", name)


def check_result_name(
    session: Session, name: str, type_id: int | None, *, besides: int | None
) -> None:
    """Raises AlreadyThere: on some desk two would have this name."""
    same = select(ResultType.id).where(
        beside(type_id), func.lower(ResultType.name) == name.lower(), ~ResultType.is_removed
    )
    if any(found != besides for found in session.scalars(same)):
        raise AlreadyThere("result type", name)


def of_type(type_id: int | None) -> ColumnElement[bool]:
    """A type's own results, or those of all types (None)."""
    if type_id is None:
        return ResultType.campaign_type_id.is_(None)
    return ResultType.campaign_type_id == type_id


def beside(type_id: int | None) -> ColumnElement[bool]:
    """Those that stand beside it on a desk: a common one stands beside all."""
    if type_id is None:
        return ResultType.id.is_not(None)
    return or_(ResultType.campaign_type_id == type_id, ResultType.campaign_type_id.is_(None))


def templates_with(buttons: ColumnElement[bool]) -> Select[str]:
    """Names of the templates that have such buttons."""
    return (
        select(Template.name)
        .where(
            Template.id.in_(
                select(TemplateVersion.template_id)
                .join(TemplateButton, TemplateButton.template_version_id == TemplateVersion.id)
                .where(buttons)
            )
        )
        .order_by(Template.name)
    )


def is_shipped(session: Session, kind: ResultType) -> bool:
    """Whether `install_catalogue` would bring it back."""
    if kind.campaign_type_id is None:
        return any(entry.code == kind.code for entry in catalogue.COMMON_RESULTS)
    code = session.get_one(CampaignType, kind.campaign_type_id).code
    return any(
        result.code == kind.code
        for entry in catalogue.TYPES
        if entry.code == code
        for result in entry.results
    )
