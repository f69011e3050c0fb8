"""Campaigns that should be sending and are not: flagged once, and free again by themselves."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.locks import NO_KEY
from campaigns.pace import pace_of
from campaigns.progress_head import head_of, is_stuck
from campaigns.progress_parts import account_of
from models.campaign import Campaign
from models.states import CampaignState, SendingState


def watch(session: Session, *, now: datetime) -> list[int]:
    """Flag the campaigns that stand still with work due and no hold; return those that changed.

    One audit event when it begins and one when it ends, however long it lasts.
    """
    sending = (
        (Campaign.state == CampaignState.RUNNING)
        & (Campaign.sending_state == SendingState.SENDING)
        & ~Campaign.is_standing
    )
    ids = session.scalars(
        select(Campaign.id)
        .where(or_(sending, Campaign.stalled_since.is_not(None)))
        .order_by(Campaign.id)
    ).all()
    return [campaign_id for campaign_id in ids if _look(session, campaign_id, now=now)]


def _look(session: Session, campaign_id: int, *, now: datetime) -> bool:
    campaign, head = head_of(session, campaign_id, now=now)
    pace = pace_of(session, campaign_id, now=now)
    stands = is_stuck(session, head, account_of(session, campaign), pace, now=now)
    if stands == (campaign.stalled_since is not None):
        return False
    # only now a lock: a look that finds all well waits for nobody
    session.refresh(campaign, with_for_update=NO_KEY)
    if stands == (campaign.stalled_since is not None):
        return False
    if stands:
        campaign.stalled_since = now
        last_at = pace.last_at.isoformat() if pace.last_at else None
        note(session, "campaign.stalled", campaign, last_sent_at=last_at)
    else:
        since = campaign.stalled_since
        campaign.stalled_since = None
        note(session, "campaign.moves_again", campaign, since=since.isoformat() if since else None)
    session.flush()
    return True
