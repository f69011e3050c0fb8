"""What the screens show of a draft: itself, and what each of its steps may choose from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from campaigns.audience_filter import AudienceFilter
from campaigns.errors import NotFound
from campaigns.sending_hours import Choice, SendingHours, chosen_hours
from models.campaign import (
    Campaign,
    CampaignOperator,
    CampaignStep,
    CampaignType,
    ResultType,
    SharedPhonePolicy,
    UncertainPolicy,
)
from models.case import Case
from models.people import Purpose, Role, User
from models.states import CampaignState, CaseState, TemplateState
from models.template import Line, Template, TemplateCategory, TemplateVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The template version that a draft is to send."""

    version_id: int
    template_id: int
    name: str
    number: int
    category: TemplateCategory
    state: TemplateState
    fields: Mapping[str, str]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDraft:
    """A campaign as its five steps have it."""

    id: int
    name: str
    state: CampaignState
    type_id: int
    type_name: str
    type_is_active: bool
    priority: int
    audience: AudienceFilter
    is_audience_saved: bool  # a person has chosen it, if only to filter nobody out
    template: Chosen | None
    is_phone_only: bool
    shared_phone: SharedPhonePolicy
    line_id: int
    line_name: str
    sender: str  # the line's number
    rate: int
    line_hold: str | None
    operators: tuple[tuple[int, str], ...]  # id, name
    starts_at: datetime | None
    ends_on: date | None
    when_uncertain: UncertainPolicy
    hold_reason: str | None  # why its scheduled launch was refused
    own_hours: Choice
    line_hours: Choice

    @property
    def sends(self) -> bool:
        return not self.is_phone_only

    @property
    def has_own_hours(self) -> bool:
        return self.own_hours != (None, None)

    def hours(self, usual: SendingHours) -> SendingHours:
        """When its messages leave, where the installation has ``usual``."""
        return chosen_hours(usual, self.own_hours, self.line_hours)


def draft_of(session: Session, campaign_id: int) -> CampaignDraft:
    """A campaign of any state but a line's standing one; raises NotFound."""
    row = session.execute(
        select(Campaign, CampaignType, Line)
        .join(CampaignType, CampaignType.id == Campaign.campaign_type_id)
        .join(Line, Line.id == Campaign.line_id)
        .where(Campaign.id == campaign_id, ~Campaign.is_standing)
    ).one_or_none()
    if row is None:
        raise NotFound("campaign", campaign_id)
    campaign, kind, line = row.Campaign, row.CampaignType, row.Line
    operators = session.execute(
        select(User.id, User.name)
        .join(CampaignOperator, CampaignOperator.user_id == User.id)
        .where(CampaignOperator.campaign_id == campaign_id)
        .order_by(User.name, User.id)
    )
    return CampaignDraft(
        id=campaign.id,
        name=campaign.name,
        state=campaign.state,
        type_id=kind.id,
        type_name=kind.name,
        type_is_active=kind.is_active,
        priority=campaign.priority,
        audience=AudienceFilter.from_json(campaign.audience),
        is_audience_saved=bool(campaign.audience),
        template=_chosen(session, campaign_id),
        is_phone_only=campaign.is_phone_only,
        shared_phone=campaign.shared_phone,
        line_id=line.id,
        line_name=line.name,
        sender=line.sender,
        rate=line.rate_per_second,
        line_hold=line.stopped,
        operators=tuple((each.id, each.name) for each in operators),
        starts_at=campaign.starts_at,
        ends_on=campaign.ends_on,
        when_uncertain=campaign.when_uncertain,
        hold_reason=campaign.hold_reason,
        own_hours=(campaign.sending_window, campaign.sends_on_holidays),
        line_hours=(line.sending_window, line.sends_on_holidays),
    )


def _chosen(session: Session, campaign_id: int) -> Chosen | None:
    row = session.execute(
        select(CampaignStep, TemplateVersion, Template)
        .join(TemplateVersion, TemplateVersion.id == CampaignStep.template_version_id)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(CampaignStep.campaign_id == campaign_id, CampaignStep.position == 1)
    ).one_or_none()
    if row is None:
        return None
    step, version, template = row.CampaignStep, row.TemplateVersion, row.Template
    return Chosen(
        version_id=version.id,
        template_id=template.id,
        name=template.name,
        number=version.number,
        category=template.category,
        state=version.state,
        fields=dict(version.fields),
        texts=dict(step.texts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeChoice:
    """A campaign type as the first step offers it, with the first results of its own."""

    id: int
    name: str
    purpose: Purpose
    results: tuple[str, ...]


def type_choices(session: Session, *, and_also: int | None = None) -> list[TypeChoice]:
    """Types in use; ``and_also`` the one that a draft has, in use or not."""
    kinds = session.scalars(
        select(CampaignType)
        .where(or_(CampaignType.is_active, CampaignType.id == and_also), ~CampaignType.is_standing)
        .order_by(CampaignType.id)
    ).all()
    names: dict[int | None, list[str]] = {}
    for kind_id, name in session.execute(
        select(ResultType.campaign_type_id, ResultType.name)
        .where(ResultType.is_active, ~ResultType.by_system)
        .order_by(ResultType.position, ResultType.id)
    ):
        names.setdefault(kind_id, []).append(name)
    return [
        TypeChoice(
            id=kind.id,
            name=kind.name,
            purpose=kind.purpose,
            results=tuple(names.get(kind.id, ())[:_RESULTS_SHOWN]),
        )
        for kind in kinds
    ]


_RESULTS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChoice:
    id: int
    name: str
    sender: str
    rate: int
    hold: str | None
    hours: Choice


def line_choices(session: Session) -> list[LineChoice]:
    return [
        LineChoice(
            id=line.id,
            name=line.name,
            sender=line.sender,
            rate=line.rate_per_second,
            hold=line.stopped,
            hours=(line.sending_window, line.sends_on_holidays),
        )
        for line in session.scalars(select(Line).order_by(Line.name, Line.id))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChoice:
    """A template as the third step offers it: its newest approved version, else its newest."""

    version_id: int
    template_id: int
    name: str
    number: int
    category: TemplateCategory
    state: TemplateState
    why_not: str | None  # the provider's reason for refusing it
    body: str

    @property
    def can_go(self) -> bool:
        return self.state is TemplateState.APPROVED


def template_choices(session: Session) -> list[TemplateChoice]:
    """One per template, those that can go first, by name."""
    rows = session.execute(
        select(Template, TemplateVersion)
        .join(TemplateVersion, TemplateVersion.template_id == Template.id)
        .order_by(
            Template.id,
            TemplateVersion.state != TemplateState.APPROVED,
            TemplateVersion.number.desc(),
        )
        .ext(distinct_on(Template.id))
    ).all()
    choices = [
        TemplateChoice(
            version_id=version.id,
            template_id=template.id,
            name=template.name,
            number=version.number,
            category=template.category,
            state=version.state,
            why_not=version.rejection_reason,
            body=version.body,
        )
        for template, version in rows
    ]
    return sorted(choices, key=lambda each: (not each.can_go, each.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Someone who may be given cases."""

    id: int
    name: str
    role: Role
    open_cases: int


def workers_of(session: Session) -> list[Worker]:
    """Active users, operators first, each with the open cases he holds."""
    held = (
        select(Case.operator_id, func.count().label("open_cases"))
        .where(Case.operator_id.is_not(None), Case.state != CaseState.FINISHED)
        .group_by(Case.operator_id)
        .subquery()
    )
    rows = session.execute(
        select(User, func.coalesce(held.c.open_cases, 0).label("open_cases"))
        .outerjoin(held, held.c.operator_id == User.id)
        .where(User.is_active)
        .order_by(User.role != Role.OPERATOR, User.name, User.id)
    )
    return [
        Worker(id=row.User.id, name=row.User.name, role=row.User.role, open_cases=row.open_cases)
        for row in rows
    ]
