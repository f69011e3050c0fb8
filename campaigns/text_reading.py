"""A customer's words read with the results that his campaign's type offers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.desk_choices import ResultOption, result_options
from campaigns.sending_hours import ARGENTINA
from campaigns.suggesting.rules import shipped_phrases
from campaigns.suggestions import Offer, Phrasing, Suggestion, suggest
from campaigns.text_rules import changed
from models.campaign import Campaign, CampaignType

PERSON = "pide_una_persona"
"""The code of the result *Pide hablar con una persona*."""


def read_text(
    text: str,
    type_code: str,
    options: Sequence[ResultOption],
    *,
    now: datetime,
    zone: ZoneInfo = ARGENTINA,
    due: Decimal | None = None,
) -> Suggestion | None:
    """What it may mean, by the phrases that we ship for the type, as its supervisors changed them.

    ``due``: the amount that "the whole of it" is.
    """
    return suggest(
        text,
        type_code,
        [offer(option) for option in options],
        now=now,
        zone=zone,
        due=due,
        phrasing=_phrasing(type_code, options),
    )


def asks_for_person(session: Session, campaign_id: int, text: str, *, now: datetime) -> bool:
    """Whether these words say, above all, that somebody wants to talk to a person."""
    kind = session.execute(
        select(CampaignType.id, CampaignType.code)
        .join(Campaign, Campaign.campaign_type_id == CampaignType.id)
        .where(Campaign.id == campaign_id)
    ).one()
    found = read_text(text, kind.code, result_options(session, kind.id), now=now)
    return found is not None and found.code == PERSON


def offer(option: ResultOption) -> Offer:
    return Offer(
        code=option.code,
        value_kind=option.value_kind,
        min_value=option.min_value,
        max_value=option.max_value,
    )


def _phrasing(type_code: str, options: Iterable[ResultOption]) -> Phrasing:
    shipped = shipped_phrases(type_code)
    own = {
        option.code: changed(shipped.get(option.code, ()), option.phrase_changes)
        for option in options
        if option.phrase_changes
    }
    return {**shipped, **own} if own else shipped
