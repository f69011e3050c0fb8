"""Read side of templates: the list, one with its versions, and what an editor starts from."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.catalogue_reading import CampaignName
from campaigns.errors import NotFound
from campaigns.template_registry import may_change
from campaigns.template_specs import COUPON_PATH
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignStep, CampaignType, ResultType
from models.people import User
from models.states import TemplateState
from models.template import (
    ButtonKind,
    Template,
    TemplateButton,
    TemplateCategory,
    TemplateVersion,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonLine:
    kind: ButtonKind
    title: str
    url: str | None  # of a link to another page than ours, before the token
    result: str | None  # code of what a tap records
    result_name: str | None
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    id: int
    number: int
    state: TemplateState
    header: str | None
    body: str
    footer: str | None
    fields: dict[str, str]
    samples: dict[str, str]
    buttons: tuple[ButtonLine, ...]
    campaign_type: str | None  # whose results its buttons name
    rejection_reason: str | None
    is_being_submitted: bool
    submit_problem: str | None
    may_change: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLine:
    """A template as the list shows it: by its newest version."""

    id: int
    name: str
    language: str
    category: TemplateCategory
    body: str
    fields: dict[str, str]
    number: int
    state: TemplateState
    is_being_submitted: bool
    approved_number: int | None  # what campaigns send meanwhile
    campaigns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePage:
    id: int
    name: str
    language: str
    category: TemplateCategory
    versions: tuple[VersionPage, ...]  # newest first
    campaigns: tuple[CampaignName, ...]
    edited_at: datetime | None
    edited_by: str | None

    @property
    def newest(self) -> VersionPage:
        return self.versions[0]

    @property
    def is_fixed(self) -> bool:
        """Name, category and language were submitted: they stay."""
        return not (self.newest.number == 1 and self.newest.may_change)


def list_templates(session: Session) -> list[TemplateLine]:
    """By name."""
    versions: dict[int, list[TemplateVersion]] = defaultdict(list)
    for version in session.scalars(select(TemplateVersion).order_by(TemplateVersion.number)):
        versions[version.template_id].append(version)
    used = dict(
        session.execute(
            select(TemplateVersion.template_id, func.count(CampaignStep.campaign_id.distinct()))
            .join(CampaignStep, CampaignStep.template_version_id == TemplateVersion.id)
            .group_by(TemplateVersion.template_id)
        ).all()
    )
    lines = []
    for template in session.scalars(select(Template).order_by(Template.name)):
        own = versions.get(template.id)
        if not own:
            continue
        approved = [each.number for each in own if each.state is TemplateState.APPROVED]
        lines.append(
            TemplateLine(
                id=template.id,
                name=template.name,
                language=template.language,
                category=template.category,
                body=own[-1].body,
                fields=own[-1].fields,
                number=own[-1].number,
                state=own[-1].state,
                is_being_submitted=own[-1].submit_due_at is not None,
                approved_number=max(approved, default=None),
                campaigns=used.get(template.id, 0),
            )
        )
    return lines


def get_template(session: Session, template_id: int) -> TemplatePage:
    """Raises NotFound."""
    rows = session.execute(
        select(Template, TemplateVersion)
        .join(TemplateVersion, TemplateVersion.template_id == Template.id)
        .where(Template.id == template_id)
        .order_by(TemplateVersion.number.desc())
    ).all()
    if not rows:
        raise NotFound("template", template_id)
    template, versions = rows[0].Template, [row.TemplateVersion for row in rows]
    buttons: dict[int, list[tuple[TemplateButton, ResultType | None, str | None]]]
    buttons = defaultdict(list)
    for button, result, type_code in session.execute(
        select(TemplateButton, ResultType, CampaignType.code)
        .outerjoin(ResultType, ResultType.id == TemplateButton.result_type_id)
        .outerjoin(CampaignType, CampaignType.id == ResultType.campaign_type_id)
        .where(TemplateButton.template_version_id.in_([each.id for each in versions]))
        .order_by(TemplateButton.position)
    ):
        buttons[button.template_version_id].append((button, result, type_code))
    edit = session.execute(
        select(AuditEvent.at, User.name)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(
            AuditEvent.object_kind == "template",
            AuditEvent.object_id == template_id,
            AuditEvent.action.in_(("template.create", "template.save")),
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).first()
    return TemplatePage(
        id=template.id,
        name=template.name,
        language=template.language,
        category=template.category,
        versions=tuple(_version(each, buttons[each.id]) for each in versions),
        campaigns=tuple(_campaigns(session, [each.id for each in versions])),
        edited_at=edit.at if edit else None,
        edited_by=edit.name if edit else None,
    )


def _version(
    version: TemplateVersion,
    buttons: list[tuple[TemplateButton, ResultType | None, str | None]],
) -> VersionPage:
    return VersionPage(
        id=version.id,
        number=version.number,
        state=version.state,
        header=version.header,
        body=version.body,
        footer=version.footer,
        fields=version.fields,
        samples=version.samples,
        buttons=tuple(
            ButtonLine(
                kind=button.kind,
                title=button.title,
                url=_other_page(button.url),
                result=None if result is None else result.code,
                result_name=None if result is None else result.name,
                value=button.value,
            )
            for button, result, _ in buttons
        ),
        campaign_type=next((code for _, _, code in buttons if code is not None), None),
        rejection_reason=version.rejection_reason,
        is_being_submitted=version.submit_due_at is not None,
        submit_problem=version.submit_problem,
        may_change=may_change(version),
        created_at=version.created_at,
    )


def _other_page(url: str | None) -> str | None:
    base = (url or "").partition("{{")[0]
    return None if not base or base.endswith(COUPON_PATH) else base


def _campaigns(session: Session, version_ids: list[int]) -> list[CampaignName]:
    return [
        CampaignName(id=row.id, name=row.name, state=row.state)
        for row in session.scalars(
            select(Campaign)
            .where(
                Campaign.id.in_(
                    select(CampaignStep.campaign_id).where(
                        CampaignStep.template_version_id.in_(version_ids)
                    )
                )
            )
            .order_by(Campaign.id.desc())
        )
    ]
