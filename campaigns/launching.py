"""Launch a campaign: freeze its audience, then write its cases and messages chunk by chunk."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import planning
from campaigns.audience import Recipe, candidates, members
from campaigns.audience_filter import AudienceFilter
from campaigns.audit import note
from campaigns.errors import CampaignIncomplete, EmptyAudience, TemplateNotApproved
from campaigns.locks import locked_campaign
from campaigns.times import Times
from models.campaign import Campaign, CampaignStep, CampaignType
from models.case import Case
from models.message import ID_BLOCK
from models.states import (
    SENDING,
    CampaignState,
    IllegalMove,
    SendingState,
    TemplateState,
)
from models.template import Line, Template, TemplateVersion

CAMPAIGN_TEXT = "campaign.text_"
"""Fields that a campaign says itself, once for all of its messages, begin like this."""

CHUNK = 20_000
"""Subscriptions planned in one transaction: about a second."""


def recipe_of(session: Session, campaign: Campaign, *, now: datetime, zone: str) -> Recipe:
    """What decides who gets what; raises CampaignIncomplete if a text it needs is missing.

    ``zone`` is where days begin and end, here and below: that of the coupons' due dates.
    """
    recipe = unchecked_recipe(session, campaign, now=now, zone=zone)
    if recipe.sends and not has_template(session, campaign.id):
        raise CampaignIncomplete(campaign.id, "template")
    if missing := missing_texts(recipe.fields, recipe.texts):
        raise CampaignIncomplete(campaign.id, f"text for {missing[0]}")
    return recipe


def missing_texts(fields: Mapping[str, str], texts: Mapping[str, str]) -> list[str]:
    """Which of the campaign's own texts a template asks for and does not have."""
    wanted = sorted({name for name in fields.values() if name.startswith(CAMPAIGN_TEXT)})
    return [name for name in wanted if not texts.get(name, "").strip()]


def unchecked_recipe(session: Session, campaign: Campaign, *, now: datetime, zone: str) -> Recipe:
    """The recipe of a draft as it stands, its texts given or not."""
    purpose = session.execute(
        select(CampaignType.purpose).where(CampaignType.id == campaign.campaign_type_id)
    ).scalar_one()
    step = _first_step(session, campaign.id)
    version = None if step is None else session.get_one(TemplateVersion, step.template_version_id)
    texts: dict[str, str] = {} if step is None else dict(step.texts)
    return Recipe(
        campaign_id=campaign.id,
        purpose=purpose,
        shared_phone=campaign.shared_phone,
        audience=AudienceFilter.from_json(campaign.audience),
        fields=version.fields if version else {},
        texts=texts,
        sends=version is not None or not campaign.is_phone_only,
        today=now.astimezone(ZoneInfo(zone)).date(),
    )


def launch_campaign(
    session: Session, campaign_id: int, *, now: datetime, zone: str, by_id: int | None = None
) -> int:
    """Freeze the audience and start planning; return how many subscriptions it holds.

    Raises:
        NotFound: no campaign has this id.
        IllegalMove: it was launched before; of two racing callers one gets this.
        TemplateNotApproved: the provider would refuse every message.
        CampaignIncomplete: a text that its template needs was not given.
        EmptyAudience: no subscription passes its filter.
    """
    campaign = locked_campaign(session, campaign_id)
    if campaign.state not in (CampaignState.DRAFT, CampaignState.SCHEDULED):
        # `running` is reached from elsewhere too, by resume and reopen: those are no launch
        raise IllegalMove("campaign", campaign.state, "launch", frozenset({"draft", "scheduled"}))
    _check_template(session, campaign_id)
    recipe = recipe_of(session, campaign, now=now, zone=zone)
    eligible = members(recipe).subquery()
    size, high_water = session.execute(
        select(func.count(), func.max(eligible.c.id)).select_from(eligible)
    ).one()
    if not size:
        raise EmptyAudience(campaign_id)
    campaign.state = CampaignState.RUNNING
    campaign.sending_state = SendingState.PLANNING
    campaign.hold_reason = None  # of an earlier launch that was refused
    campaign.audience = recipe.audience.as_json()
    campaign.audience_size = size
    campaign.audience_high_water = high_water
    campaign.planned_through = 0
    campaign.launched_at = now
    campaign.launched_by_id = by_id
    note(session, "campaign.launch", campaign, by_id=by_id, audience=size)
    session.flush()
    return int(size)


def has_template(session: Session, campaign_id: int) -> bool:
    return _first_step(session, campaign_id) is not None


def _check_template(session: Session, campaign_id: int) -> None:
    unapproved = session.execute(
        select(Template.name, TemplateVersion.state)
        .join(TemplateVersion, TemplateVersion.template_id == Template.id)
        .join(CampaignStep, CampaignStep.template_version_id == TemplateVersion.id)
        .where(
            CampaignStep.campaign_id == campaign_id,
            TemplateVersion.state != TemplateState.APPROVED,
        )
    ).first()
    if unapproved is not None:
        raise TemplateNotApproved(unapproved.name, unapproved.state)


def plan_chunk(
    session: Session,
    campaign_id: int,
    *,
    now: datetime,
    times: Times,
    share: float,
    zone: str,
    size: int = CHUNK,
) -> int | None:
    """Write the next cases, messages and slices; return the line, None when all is written.

    Safe to run twice and by several workers: the campaign's row is locked, and a subscription
    has one case per campaign. A campaign that is paused goes on being planned, one that is
    cancelled or finished does not: what is left stays counted as not planned.
    """
    campaign = locked_campaign(session, campaign_id)
    if campaign.sending_state is not SendingState.PLANNING or campaign.state not in (
        CampaignState.RUNNING,
        CampaignState.PAUSED,
    ):
        return None
    recipe = recipe_of(session, campaign, now=now, zone=zone)
    line = session.get_one(Line, campaign.line_id)
    start, through = campaign.planned_through, campaign.audience_high_water
    ids = members(recipe, after=start, through=through).limit(size).subquery()
    end = session.execute(select(func.max(ids.c.id))).scalar_one()
    if end is None:
        _planned(session, campaign)
        return None
    chunk = members(recipe, after=start, through=end, siblings_through=through)
    planning.write_chunk(
        session,
        campaign,
        recipe,
        candidates(recipe, chunk, now=now),
        slice_rows=slice_rows(line, times, share),
        now=now,
        times=times,
        zone=zone,
    )
    campaign.planned_through = end
    return line.id


def slice_rows(line: Line, times: Times, share: float) -> int:
    """Rows of a slice: what the line sends in `slice_span`, so that none outlives its lease."""
    paced = int(line.rate_per_second * share * times.slice_span.total_seconds())
    return max(1, min(times.slice_rows, paced, ID_BLOCK))


def _planned(session: Session, campaign: Campaign) -> None:
    """Planning is over: data that changed meanwhile shows as a corrected audience, in words."""
    cases = session.execute(
        select(func.count()).select_from(Case).where(Case.campaign_id == campaign.id)
    ).scalar_one()
    if cases != campaign.audience_size:
        note(session, "campaign.audience_changed", campaign, was=campaign.audience_size, now=cases)
        campaign.audience_size = cases
    after = SendingState.SENDING if _first_step(session, campaign.id) else SendingState.DRAINED
    SENDING.check(campaign.sending_state, after)
    campaign.sending_state = after


def _first_step(session: Session, campaign_id: int) -> CampaignStep | None:
    return session.execute(
        select(CampaignStep).where(
            CampaignStep.campaign_id == campaign_id, CampaignStep.position == 1
        )
    ).scalar_one_or_none()


def campaigns_to_plan(session: Session) -> list[int]:
    """Launched campaigns of which some subscriptions are not planned yet."""
    return list(
        session.scalars(
            select(Campaign.id)
            .where(
                Campaign.sending_state == SendingState.PLANNING,
                Campaign.state.in_((CampaignState.RUNNING, CampaignState.PAUSED)),
            )
            .order_by(Campaign.priority, Campaign.id)
        )
    )
