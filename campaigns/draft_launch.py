"""A draft goes: at once, or at its time. The number that was read out is the number that goes."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.draft_problems import look_over
from campaigns.drafts import locked_draft
from campaigns.errors import AudienceGrew, DraftNotReady
from campaigns.launching import launch_campaign
from models.states import CAMPAIGN, CampaignState


@dataclass(frozen=True, slots=True)
class Launched:
    recipients: int  # messages; cases, of a campaign of phone calls
    starts_at: datetime | None  # None: it has begun


def launch_draft(
    session: Session,
    campaign_id: int,
    *,
    named: int,
    now: datetime,
    zone: ZoneInfo,
    by_id: int | None = None,
) -> Launched:
    """Launch it, or schedule it when it has a time; wake the planning after the commit.

    ``named`` is how many recipients the person agreed to: more are refused, fewer are not.

    Raises:
        NotFound: no such campaign.
        IllegalMove: it is no draft any more; of two racing callers one gets this.
        DraftNotReady: something keeps it from its launch: `problems`.
        AudienceGrew: more people would get it now than were named.
        LaunchRefused: as `launch_campaign` does.
    """
    campaign = locked_draft(session, campaign_id, "launch")
    seen = look_over(session, campaign_id, now=now, zone=zone)
    if not seen.may_go:
        blocking = [problem for problem in seen.problems if problem.blocks]
        raise DraftNotReady(campaign_id, [problem.trouble.value for problem in blocking])
    if seen.reach.recipients > named:
        raise AudienceGrew(campaign_id, named, seen.reach.recipients)
    campaign.hold_reason = None
    if campaign.starts_at is not None:
        CAMPAIGN.check(campaign.state, CampaignState.SCHEDULED)
        campaign.state = CampaignState.SCHEDULED
        note(
            session,
            "campaign.scheduled",
            campaign,
            by_id=by_id,
            starts_at=campaign.starts_at.isoformat(),
            recipients=seen.reach.recipients,
        )
        session.flush()
        return Launched(seen.reach.recipients, campaign.starts_at)
    launch_campaign(session, campaign_id, now=now, zone=zone.key, by_id=by_id)
    return Launched(seen.reach.recipients, None)
