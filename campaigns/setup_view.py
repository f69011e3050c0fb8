"""What was launched: audience, template, texts and rules of a campaign, to read."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audience_filter import AudienceFilter
from campaigns.follow_up import FollowUp, follow_up_of
from campaigns.sending_hours import Choice
from models.campaign import (
    Campaign,
    CampaignOperator,
    CampaignStep,
    SharedPhonePolicy,
    UncertainPolicy,
)
from models.message import Direction, Message
from models.people import User
from models.template import Line, Template, TemplateButton, TemplateCategory, TemplateVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class SentVersion:
    """The template version that goes out; ``values``: of the first message that was planned."""

    template_id: int
    name: str
    number: int
    category: TemplateCategory
    language: str
    body: str
    footer: str | None
    fields: Mapping[str, str]
    buttons: tuple[TemplateButton, ...]
    texts: Mapping[str, str]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    audience: AudienceFilter
    shared_phone: SharedPhonePolicy
    when_uncertain: UncertainPolicy
    own_hours: Choice
    line_hours: Choice
    operators: tuple[str, ...]
    version: SentVersion | None
    follow_up: FollowUp


def setup_of(session: Session, campaign: Campaign) -> Setup:
    operators = session.scalars(
        select(User.name)
        .join(CampaignOperator, CampaignOperator.user_id == User.id)
        .where(CampaignOperator.campaign_id == campaign.id)
        .order_by(User.name)
    )
    line = session.get_one(Line, campaign.line_id)
    return Setup(
        audience=AudienceFilter.from_json(campaign.audience),
        shared_phone=campaign.shared_phone,
        when_uncertain=campaign.when_uncertain,
        own_hours=(campaign.sending_window, campaign.sends_on_holidays),
        line_hours=(line.sending_window, line.sends_on_holidays),
        operators=tuple(operators),
        version=_version(session, campaign.id),
        follow_up=follow_up_of(session, campaign),
    )


def _version(session: Session, campaign_id: int) -> SentVersion | None:
    row = session.execute(
        select(CampaignStep, TemplateVersion, Template)
        .join(TemplateVersion, TemplateVersion.id == CampaignStep.template_version_id)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(CampaignStep.campaign_id == campaign_id, CampaignStep.position == 1)
    ).one_or_none()
    if row is None:
        return None
    step, version, template = row
    buttons = session.scalars(
        select(TemplateButton)
        .where(TemplateButton.template_version_id == version.id)
        .order_by(TemplateButton.position)
    )
    values = session.scalar(
        select(Message.variables)
        .where(
            Message.campaign_id == campaign_id,
            Message.direction == Direction.OUT,
            Message.sequence == 1,
        )
        .order_by(Message.id)
        .limit(1)
    )
    return SentVersion(
        template_id=template.id,
        name=template.name,
        number=version.number,
        category=template.category,
        language=template.language,
        body=version.body,
        footer=version.footer,
        fields=dict(version.fields),
        buttons=tuple(buttons),
        texts=dict(step.texts),
        values={key: str(value) for key, value in (values or version.samples).items()},
    )
