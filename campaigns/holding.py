"""Hold a line or a template before an audience is burnt; a person lets go."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.locks import NO_KEY, locked_campaign
from campaigns.restoring import refuse_in_hold
from models.campaign import Campaign, CampaignStep
from models.states import CampaignState
from models.template import Line


def hold_line(session: Session, line_id: int, reason: str, *, now: datetime) -> None:
    """Nothing goes out on this line until a person opens it again."""
    line = session.get_one(Line, line_id, with_for_update=NO_KEY)
    if line.hold_reason is None:
        line.hold_reason, line.held_at = reason, now
        note(session, "line.hold", line, reason=reason)


def hold_template(session: Session, version_id: int, reason: str) -> None:
    """Hold every campaign that sends this version."""
    campaigns = session.scalars(
        select(Campaign)
        .join(CampaignStep, CampaignStep.campaign_id == Campaign.id)
        .where(
            CampaignStep.template_version_id == version_id,
            Campaign.state.in_((CampaignState.RUNNING, CampaignState.PAUSED)),
        )
        .with_for_update(of=Campaign, key_share=True)
    )
    for campaign in campaigns:
        if campaign.hold_reason is None:
            campaign.hold_reason = reason
            note(session, "campaign.hold", campaign, reason=reason)


def release_line(session: Session, line_id: int, *, by_id: int | None = None) -> None:
    """A person lets go; raises NotReconciled after a restore, which lets go by itself."""
    refuse_in_hold(session, line_id)
    line = session.get_one(Line, line_id, with_for_update=NO_KEY)
    if line.hold_reason is not None:
        note(session, "line.release", line, by_id=by_id, held_for=line.hold_reason)
        line.hold_reason = line.held_at = None


def release_campaign(session: Session, campaign_id: int, *, by_id: int | None = None) -> None:
    campaign = locked_campaign(session, campaign_id)
    if campaign.hold_reason is not None:
        note(session, "campaign.release", campaign, by_id=by_id, held_for=campaign.hold_reason)
        campaign.hold_reason = None
