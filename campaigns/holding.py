"""Hold a line or a template before an audience is burnt; a person lets go, or the clock."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.locks import NO_KEY, locked_campaign
from campaigns.restoring import refuse_in_hold
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignStep
from models.states import CampaignState, TemplateState
from models.template import Line


def hold_line(session: Session, line_id: int, reason: str, *, now: datetime) -> None:
    """Nothing goes out on this line until a person opens it again."""
    line = session.get_one(Line, line_id, with_for_update=NO_KEY)
    if line.hold_reason is None or line.held_until is not None:
        line.hold_reason, line.held_at, line.held_until = reason, now, None
        note(session, "line.hold", line, reason=reason)


def rest_line(
    session: Session, line_id: int, reason: str, *, now: datetime, first: timedelta, most: timedelta
) -> None:
    """Nothing goes out on this line for a while, twice as long each time soon after another."""
    line = session.get_one(Line, line_id, with_for_update=NO_KEY)
    if line.hold_reason is not None:
        return
    span = first
    before = session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.object_kind == "line",
            AuditEvent.object_id == line_id,
            AuditEvent.action == "line.rest",
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).first()
    if before is not None and before.details.get("reason") == reason:
        rested = timedelta(seconds=before.details["seconds"])
        if now - before.at < rested * 2 + most:
            span = min(rested * 2, most)
    line.hold_reason, line.held_at, line.held_until = reason, now, now + span
    note(session, "line.rest", line, reason=reason, seconds=span.total_seconds())


def end_rests(session: Session, *, now: datetime) -> list[int]:
    """Lines whose rest is over go on; return which."""
    over = session.scalars(
        select(Line)
        .where(Line.held_until <= now)
        .with_for_update(key_share=True, skip_locked=True)
        .order_by(Line.id)
    ).all()
    for line in over:
        line.hold_reason = line.held_at = line.held_until = None
    return [line.id for line in over]


def hold_template(session: Session, version_id: int, reason: str) -> None:
    """Hold every campaign that sends this version."""
    for campaign in session.scalars(_campaigns_with(version_id)):
        if campaign.hold_reason is None:
            campaign.hold_reason = reason
            note(session, "campaign.hold", campaign, reason=reason)


def heed_review(
    session: Session, version_id: int, *, was: TemplateState, now: TemplateState
) -> None:
    """The provider paused or disabled a version: hold its campaigns; it let go: they go on."""
    if now in _STOPPED:
        hold_template(session, version_id, _STOPPED[now])
    elif now is TemplateState.APPROVED and was is TemplateState.PAUSED:
        for campaign in session.scalars(_campaigns_with(version_id)):
            if (campaign.hold_reason or "").startswith(PAUSED):
                note(session, "campaign.release", campaign, held_for=campaign.hold_reason)
                campaign.hold_reason = None


PAUSED = "63041"
"""Twilio's code of a template that Meta has paused for some hours: it ends by itself."""

_STOPPED = {
    TemplateState.PAUSED: f"{PAUSED}: WhatsApp pausó la plantilla",
    TemplateState.DISABLED: "63042: WhatsApp deshabilitó la plantilla",
}


def _campaigns_with(version_id: int) -> Select[Campaign]:
    return (
        select(Campaign)
        .join(CampaignStep, CampaignStep.campaign_id == Campaign.id)
        .where(
            CampaignStep.template_version_id == version_id,
            Campaign.state.in_((CampaignState.RUNNING, CampaignState.PAUSED)),
        )
        .order_by(Campaign.id)
        .with_for_update(of=Campaign, key_share=True)
    )


def release_line(session: Session, line_id: int, *, by_id: int | None = None) -> None:
    """A person lets go; raises NotReconciled after a restore, which lets go by itself."""
    refuse_in_hold(session, line_id)
    line = session.get_one(Line, line_id, with_for_update=NO_KEY)
    if line.hold_reason is not None:
        note(session, "line.release", line, by_id=by_id, held_for=line.hold_reason)
        line.hold_reason = line.held_at = line.held_until = None


def release_campaign(session: Session, campaign_id: int, *, by_id: int | None = None) -> None:
    campaign = locked_campaign(session, campaign_id)
    if campaign.hold_reason is not None:
        note(session, "campaign.release", campaign, by_id=by_id, held_for=campaign.hold_reason)
        campaign.hold_reason = None
