"""Which templates an operator can send in a case, each filled with that case's own values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.case_holding import hold
from campaigns.case_values import Filling, fillings, texts_of, wants_coupon
from campaigns.desk_rows import filled
from campaigns.errors import NotFound
from campaigns.locks import lock_contact_exclusive
from campaigns.single_messages import write_template
from campaigns.talks import talk_of
from messaging.templates import COUPON_LINK_TOKEN
from models.case import Case
from models.message import Cause
from models.states import TemplateState
from models.template import ButtonKind, Template, TemplateButton, TemplateCategory, TemplateVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOffer:
    """An approved version as this customer would read it."""

    version_id: int
    name: str
    category: TemplateCategory
    text: str
    footer: str | None
    buttons: tuple[tuple[str, bool], ...]  # (title, is a link)
    variables: Mapping[str, str]
    coupon_id: int | None
    has_link: bool  # to the coupon
    missing: tuple[str, ...]  # fields that this case has no value for: it cannot go


def template_offers(session: Session, case: Case) -> tuple[TemplateOffer, ...]:
    """All approved templates in the order of their names, their last approved version each."""
    versions = session.execute(
        select(TemplateVersion, Template)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(TemplateVersion.state == TemplateState.APPROVED)
        .order_by(Template.name, TemplateVersion.number.desc())
    ).all()
    newest: dict[int, tuple[TemplateVersion, Template]] = {}
    for version, template in versions:
        newest.setdefault(template.id, (version, template))
    fields = {field for version, _ in newest.values() for field in version.fields.values()}
    texts = texts_of(session, case.campaign_id)
    filling = fillings(session, [case.id], fields, texts=texts)[case.id]
    buttons = _buttons(session, [version.id for version, _ in newest.values()])
    return tuple(
        _offer(version, template, filling, buttons.get(version.id, ()))
        for version, template in newest.values()
    )


def send_template(
    session: Session,
    case_id: int,
    version_id: int,
    *,
    by_id: int,
    now: datetime,
    zone: ZoneInfo,
    seen_message_id: int | None = None,
) -> int:
    """Send an approved template in a case, filled with its values; the message's id.

    What the customer wrote after ``seen_message_id`` goes on waiting.

    Raises:
        NotFound: no such case, or no such template to choose.
        CaseHeld: somebody else holds the case.
        MessageRefused, TemplateNotApproved, MissingVariables, BadVariable: as `write_template`.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound("case", case_id)
    offer = next((o for o in template_offers(session, case) if o.version_id == version_id), None)
    if offer is None:
        raise NotFound("template version", version_id)
    talk = talk_of(session, case)
    lock_contact_exclusive(session, talk.contact_point_id)
    hold(session, case_id, by_id=by_id, now=now)
    return write_template(
        session,
        line_id=talk.line_id,
        contact_point_id=talk.contact_point_id,
        version=session.get_one(TemplateVersion, version_id),
        variables=offer.variables,
        cause=Cause.REPLY,
        author_id=by_id,
        now=now,
        case_id=case_id,
        coupon_id=offer.coupon_id,
        zone=zone,
        seen_message_id=seen_message_id,
    )


def _offer(
    version: TemplateVersion,
    template: Template,
    filling: Filling,
    buttons: tuple[tuple[str, bool], ...],
) -> TemplateOffer:
    variables = filling.variables(version.fields)
    return TemplateOffer(
        version_id=version.id,
        name=template.name,
        category=template.category,
        text=filled(version.body, variables),
        footer=version.footer,
        buttons=buttons,
        variables=variables,
        coupon_id=filling.coupon_id if wants_coupon(version.fields) else None,
        has_link=COUPON_LINK_TOKEN in version.fields.values(),
        missing=filling.missing(version.fields),
    )


def _buttons(session: Session, version_ids: list[int]) -> dict[int, tuple[tuple[str, bool], ...]]:
    found: dict[int, tuple[tuple[str, bool], ...]] = {}
    for button in session.scalars(
        select(TemplateButton)
        .where(TemplateButton.template_version_id.in_(version_ids))
        .order_by(TemplateButton.template_version_id, TemplateButton.position)
    ):
        version_id = button.template_version_id
        one = (button.title, button.kind is ButtonKind.URL)
        found[version_id] = (*found.get(version_id, ()), one)
    return found
