"""How many answered the campaign before it: what a supervisor holds a campaign against."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, bindparam, false, select
from sqlalchemy.orm import Session

from campaigns.progress_parts import Account, Part
from campaigns.visibility import keep
from models.campaign import Campaign

ENOUGH = 50  # messages that left: a share of fewer says little


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The last campaign of the same type that was launched before, and its share of answers."""

    id: int
    name: str
    replied: float


def campaign_before(session: Session, campaign: Campaign) -> Campaign | None:
    """The one to hold it against, if this session sees any; calls are held against nothing."""
    if campaign.launched_at is None or campaign.is_phone_only:
        return None
    asked = {
        "id": campaign.id,
        "type": campaign.campaign_type_id,
        "launched_at": campaign.launched_at,
    }
    return session.scalars(_before(), asked).one_or_none()


@cache
def _before() -> Any:
    """Made once."""
    return keep(
        select(Campaign)
        .where(
            Campaign.campaign_type_id == bindparam("type", type_=BigInteger),
            Campaign.launched_at < bindparam("launched_at", type_=DateTime(timezone=True)),
            Campaign.id != bindparam("id", type_=BigInteger),
            Campaign.is_phone_only == false(),
        )
        .order_by(Campaign.launched_at.desc(), Campaign.id.desc())
        .limit(1)
    )


def compared(campaign: Campaign, account: Account) -> Before | None:
    """What there is to say of the earlier one; None: too few of it left."""
    if account.left < ENOUGH:
        return None
    share = account.of(Part.REPLIED) / account.left
    return Before(id=campaign.id, name=campaign.name, replied=share)
