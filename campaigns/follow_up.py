"""What a campaign does after its first message: the reminder of a promise, and how many at once.

A supervisor may change it in any state of the campaign: it concerns only what comes after.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import promises
from campaigns.audit import note
from campaigns.errors import NotFound
from campaigns.launching import CAMPAIGN_TEXT
from campaigns.locks import locked_campaign
from models.campaign import Campaign, CampaignStep, Moment
from models.case import Case, Promise, Result
from models.states import PromiseState, TemplateState
from models.template import Template, TemplateVersion

USUAL_LIMIT = 50
"""Cases that one person may write to at once, where a supervisor has said no other number."""

MOST_LIMIT = 500
MOST_DAYS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    version_id: int | None  # of the reminder; None: nobody is reminded
    template: str | None
    days_before: int
    bulk_limit: int


def follow_up_of(session: Session, campaign: Campaign) -> FollowUp:
    row = session.execute(
        select(CampaignStep, Template.name)
        .join(TemplateVersion, TemplateVersion.id == CampaignStep.template_version_id)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(CampaignStep.campaign_id == campaign.id, CampaignStep.moment == Moment.PROMISE)
        .order_by(CampaignStep.position)
    ).first()
    step = row[0] if row else None
    return FollowUp(
        version_id=step.template_version_id if step else None,
        template=row[1] if row else None,
        days_before=step.days_before if step else 1,
        bulk_limit=campaign.bulk_limit or USUAL_LIMIT,
    )


def reminder_choices(session: Session) -> list[tuple[int, str]]:
    """Approved templates that fill themselves: what a campaign would have to say is not asked."""
    rows = session.execute(
        select(TemplateVersion, Template.name)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(TemplateVersion.state == TemplateState.APPROVED)
        .order_by(Template.name, TemplateVersion.number.desc())
    )
    newest: dict[str, int] = {}
    for version, name in rows:
        if not any(_is_asked(field) for field in version.fields.values()):
            newest.setdefault(name, version.id)
    return [(version_id, name) for name, version_id in newest.items()]


def save_follow_up(
    session: Session,
    campaign_id: int,
    *,
    version_id: int | None,
    days_before: int,
    bulk_limit: int,
    now: datetime,
    by_id: int,
) -> None:
    """Promises that are open are reminded of accordingly, where that has not happened yet.

    Raises:
        NotFound: no such campaign, or no such template to choose.
    """
    campaign = locked_campaign(session, campaign_id)
    known = {each for each, _ in reminder_choices(session)}
    step = session.scalars(
        select(CampaignStep).where(
            CampaignStep.campaign_id == campaign_id, CampaignStep.moment == Moment.PROMISE
        )
    ).first()
    had = step.template_version_id if step else None
    if version_id is not None and version_id not in known | {had}:
        raise NotFound("template version", version_id)
    if version_id is None:
        if step is not None:
            session.delete(step)
    else:
        if step is None:
            step = CampaignStep(
                campaign_id=campaign_id,
                position=_next_position(session, campaign_id),
                moment=Moment.PROMISE,
            )
            session.add(step)
        step.template_version_id, step.days_before = version_id, days_before
    campaign.bulk_limit = bulk_limit
    session.flush()
    _apply(session, campaign_id, days_before if version_id is not None else None, now=now)
    note(
        session,
        "campaign.follow_up",
        campaign,
        by_id=by_id,
        reminder=version_id,
        days_before=days_before,
        bulk_limit=bulk_limit,
    )


def _apply(session: Session, campaign_id: int, days_before: int | None, *, now: datetime) -> None:
    rows = session.execute(
        select(Promise, Result.value_date)
        .join(Result, Result.id == Promise.result_id)
        .join(Case, Case.id == Promise.case_id)
        .where(
            Case.campaign_id == campaign_id,
            Promise.state == PromiseState.OPEN,
            Promise.reminder_id.is_(None),
        )
        .order_by(Promise.id)
        .with_for_update(of=Promise)
    )
    for promise, day in rows:
        if day is not None:
            promise.remind_at = promises.remind_at(day, days_before, now=now)
    session.flush()


def _next_position(session: Session, campaign_id: int) -> int:
    last = session.scalar(
        select(func.max(CampaignStep.position)).where(CampaignStep.campaign_id == campaign_id)
    )
    return max(last or 1, 1) + 1


def _is_asked(field: str) -> bool:
    return field.startswith(CAMPAIGN_TEXT) or field == "subscription.list"
