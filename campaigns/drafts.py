"""A campaign before its launch: written step by step, in any order, and left for later.

Every function raises NotFound for a campaign that is not there, and IllegalMove for one that is
no longer a draft. What is still missing, and the launch itself: `draft_problems`, `draft_launch`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from campaigns.audience_filter import AudienceFilter
from campaigns.audit import note
from campaigns.errors import NotFound
from campaigns.launching import CAMPAIGN_TEXT
from campaigns.locks import locked_campaign
from campaigns.sending_hours import SendingHours
from models.campaign import (
    Campaign,
    CampaignOperator,
    CampaignStep,
    CampaignType,
    SharedPhonePolicy,
    UncertainPolicy,
)
from models.people import User
from models.states import CampaignState, IllegalMove
from models.template import Line, TemplateVersion

COPY = "(copia)"
MOST_NAME = 120


def create_draft(
    session: Session, *, name: str, type_id: int, priority: int = 2, by_id: int | None = None
) -> int:
    """Begin one, on the first line that is not held; return its id.

    Raises:
        NotFound: no such campaign type that is in use, or no line at all.
    """
    _expect_type(session, type_id)
    line_id = session.scalar(
        select(Line.id)
        .order_by(and_(Line.hold_reason.is_not(None), Line.held_until.is_(None)), Line.id)
        .limit(1)
    )
    if line_id is None:
        raise NotFound("line", "any")
    campaign = Campaign(
        name=name,
        campaign_type_id=type_id,
        priority=priority,
        line_id=line_id,
        created_by_id=by_id,
        state=CampaignState.DRAFT,
    )
    session.add(campaign)
    session.flush()
    note(session, "campaign.create", campaign, by_id=by_id, name=name)
    session.flush()
    return campaign.id


def locked_draft(session: Session, campaign_id: int, act: str) -> Campaign:
    """The campaign, for this transaction alone, if it is a draft."""
    campaign = locked_campaign(session, campaign_id)
    if campaign.is_standing:
        raise NotFound("campaign", campaign_id)
    if campaign.state is not CampaignState.DRAFT:
        allowed = frozenset({CampaignState.DRAFT.value})
        raise IllegalMove("campaign", campaign.state, act, allowed)
    return campaign


def save_type(
    session: Session, campaign_id: int, *, name: str, type_id: int, priority: int
) -> None:
    """Step 1. A type that was switched off may stay, not be chosen; raises NotFound."""
    campaign = locked_draft(session, campaign_id, "edit")
    if type_id != campaign.campaign_type_id:
        _expect_type(session, type_id)
    campaign.name, campaign.campaign_type_id, campaign.priority = name, type_id, priority
    session.flush()


def save_audience(session: Session, campaign_id: int, audience: AudienceFilter) -> None:
    """Step 2. One without filters is kept as the states it means: it was chosen too."""
    campaign = locked_draft(session, campaign_id, "edit")
    campaign.audience = audience.as_json() or {"states": [state.value for state in audience.states]}
    session.flush()


def save_template(
    session: Session,
    campaign_id: int,
    *,
    version_id: int | None,
    texts: Mapping[str, str],
    shared_phone: SharedPhonePolicy,
) -> None:
    """Step 3; without a version it is a campaign of phone calls.

    Of ``texts`` ({"campaign.text_1": "…"}) those are kept that the version asks for.
    """
    campaign = locked_draft(session, campaign_id, "edit")
    campaign.shared_phone = shared_phone
    campaign.is_phone_only = version_id is None
    step = _step(session, campaign_id)
    if version_id is None:
        if step is not None:
            session.delete(step)
    else:
        version = session.get(TemplateVersion, version_id)
        if version is None:
            raise NotFound("template version", version_id)
        if step is None:
            step = CampaignStep(campaign_id=campaign_id, position=1)
            session.add(step)
        step.template_version_id = version_id
        asked = {name for name in version.fields.values() if name.startswith(CAMPAIGN_TEXT)}
        step.texts = {name: text for name, text in texts.items() if name in asked and text}
    session.flush()


def save_team(
    session: Session,
    campaign_id: int,
    *,
    operator_ids: Iterable[int],
    line_id: int,
    starts_at: datetime | None,
    ends_on: date | None,
    when_uncertain: UncertainPolicy,
    hours: SendingHours | None,
) -> None:
    """Step 4; without ``starts_at`` it starts when it is launched, without ``hours`` it writes
    when its line does.

    Raises:
        NotFound: a user who is not active, or no such line.
    """
    campaign = locked_draft(session, campaign_id, "edit")
    if session.get(Line, line_id) is None:
        raise NotFound("line", line_id)
    wanted = set(operator_ids)
    found = set(session.scalars(select(User.id).where(User.id.in_(wanted), User.is_active)))
    if unknown := wanted - found:
        raise NotFound("user", min(unknown))
    campaign.line_id, campaign.starts_at, campaign.ends_on = line_id, starts_at, ends_on
    campaign.when_uncertain = when_uncertain
    campaign.sending_window = None if hours is None else hours.as_json()
    campaign.sends_on_holidays = None if hours is None else hours.on_holidays
    session.execute(delete(CampaignOperator).where(CampaignOperator.campaign_id == campaign_id))
    session.add_all(
        CampaignOperator(campaign_id=campaign_id, user_id=user_id) for user_id in sorted(wanted)
    )
    session.flush()


def duplicate(session: Session, campaign_id: int, *, by_id: int | None = None) -> int:
    """A new draft with everything that was chosen for a campaign in any state; return its id.

    Dates are left out: they have passed, or would be the same by accident.
    """
    source = session.get(Campaign, campaign_id)
    if source is None or source.is_standing:
        raise NotFound("campaign", campaign_id)
    step = _step(session, campaign_id)
    copy = Campaign(
        name=f"{source.name.removesuffix(COPY).rstrip()} {COPY}",
        campaign_type_id=source.campaign_type_id,
        line_id=source.line_id,
        priority=source.priority,
        # one that was launched without a template was one of phone calls
        is_phone_only=source.is_phone_only
        or (step is None and source.state is not CampaignState.DRAFT),
        shared_phone=source.shared_phone,
        when_uncertain=source.when_uncertain,
        audience=dict(source.audience),
        bulk_limit=source.bulk_limit,
        sending_window=source.sending_window,
        sends_on_holidays=source.sends_on_holidays,
        created_by_id=by_id,
        state=CampaignState.DRAFT,
    )
    session.add(copy)
    session.flush()
    for each in session.scalars(
        select(CampaignStep).where(CampaignStep.campaign_id == campaign_id)
    ).all():
        session.add(
            CampaignStep(
                campaign_id=copy.id,
                position=each.position,
                template_version_id=each.template_version_id,
                texts=dict(each.texts),
                moment=each.moment,
                days_before=each.days_before,
            )
        )
    operators = session.scalars(
        select(CampaignOperator.user_id)
        .join(User, User.id == CampaignOperator.user_id)
        .where(CampaignOperator.campaign_id == campaign_id, User.is_active)
    )
    session.add_all(CampaignOperator(campaign_id=copy.id, user_id=each) for each in operators)
    note(session, "campaign.create", copy, by_id=by_id, name=copy.name, copy_of=campaign_id)
    session.flush()
    return copy.id


def discard(session: Session, campaign_id: int, *, by_id: int | None = None) -> str:
    """Delete a draft: nothing has come of it; return the name it had."""
    campaign = locked_draft(session, campaign_id, "discard")
    note(session, "campaign.discard", campaign, by_id=by_id, name=campaign.name)
    session.flush()
    for table in (CampaignStep, CampaignOperator):
        session.execute(delete(table).where(table.campaign_id == campaign_id))
    name = campaign.name
    session.delete(campaign)
    session.flush()
    return name


def _expect_type(session: Session, type_id: int) -> None:
    kind = session.get(CampaignType, type_id)
    if kind is None or not kind.is_active or kind.is_standing:
        raise NotFound("campaign type", type_id)


def _step(session: Session, campaign_id: int) -> CampaignStep | None:
    return session.scalars(
        select(CampaignStep).where(
            CampaignStep.campaign_id == campaign_id, CampaignStep.position == 1
        )
    ).one_or_none()
