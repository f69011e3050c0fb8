"""A selection of cases before anything is done to it: who is left out, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from campaigns.audience import MISSING_VARIABLE, NO_VALID_PHONE, OPTED_OUT
from campaigns.case_values import Filling, fillings, texts_of
from campaigns.desk_rows import filled
from campaigns.follow_up import USUAL_LIMIT
from campaigns.talks import Talk
from messaging.templates import COUPON_LINK_TOKEN
from models.campaign import Campaign, CampaignType
from models.case import Case
from models.message import Attribution, Direction, Message
from models.people import ContactPoint, Customer, CustomerContact, OptOut, Purpose, User
from models.states import CampaignState, CaseState
from models.subscription import Subscription
from models.template import TemplateVersion

# Why one of a selection is left out, beside the words of planning.
FINISHED = "case_finished"
HELD = "held_by_another"
CAMPAIGN_OVER = "campaign_over"
NO_COUPON = "no_coupon"
SAME_PHONE = "same_phone"  # another one of the selection is written to
TO_NOBODY = "unidentified"  # no subscription, and so no values


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One of a selection, and why it is left out; None: it is not."""

    case_id: int
    name: str
    campaign_id: int
    campaign: str
    talk: Talk | None
    why: str | None
    what: str | None  # whose it is, or which fields it lacks


def limit_of(session: Session, case_ids: Sequence[int]) -> int:
    """How many a person may write to at once: the least of the campaigns they are of."""
    least = session.scalar(
        select(func.min(func.coalesce(Campaign.bulk_limit, USUAL_LIMIT)))
        .join(Case, Case.campaign_id == Campaign.id)
        .where(Case.id.in_(case_ids))
    )
    return least if least is not None else USUAL_LIMIT


def look_at(
    session: Session,
    case_ids: Sequence[int],
    version: TemplateVersion | None,
    *,
    by_id: int,
    oversees: bool = False,
) -> tuple[Chosen, ...]:
    """Who of a selection would get a template and who not; without one, who may be acted on.

    In the order of the selection; a few queries, whatever its size.
    """
    rows = session.execute(facts_of(case_ids)).all()
    filled = filled_for(session, rows, version) if version is not None else {}
    found = {row.id: row for row in rows}
    chosen = []
    phones: set[int] = set()
    for case_id in dict.fromkeys(case_ids):
        if (row := found.get(case_id)) is None:
            continue
        why, what = _why_not(row, by_id=by_id, oversees=oversees)
        if why is None and version is not None:
            why, what = _why_silent(row, version, filled[row.id])
            if why is None and row.contact_point_id in phones:
                why = SAME_PHONE
            if why is None:
                phones.add(row.contact_point_id)
        talk = Talk(row.line_id, row.contact_point_id) if row.contact_point_id else None
        chosen.append(
            Chosen(
                case_id=row.id,
                name=row.customer or row.profile_name or row.address or "?",
                campaign_id=row.campaign_id,
                campaign=row.campaign,
                talk=talk,
                why=why,
                what=what,
            )
        )
    return tuple(chosen)


def facts_of(case_ids: Sequence[int]) -> Any:
    """Of each case, what decides: whose it is, its state, whom one would write to, by what line."""
    wrote = (
        select(Message.line_id, Message.contact_point_id)
        .join(Attribution, Attribution.message_id == Message.id)
        .where(
            Attribution.case_id == Case.id,
            Attribution.replaced_at.is_(None),
            Message.contact_point_id.is_not(None),
        )
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Case)
        .lateral("wrote")
    )
    written_to = (
        select(Message.contact_point_id)
        .where(
            Message.case_id == Case.id,
            Message.direction == Direction.OUT,
            Message.sequence.is_not(None),
            Message.contact_point_id.is_not(None),
        )
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )
    preferred = (
        select(CustomerContact.contact_point_id)
        .where(CustomerContact.customer_id == Subscription.customer_id)
        .order_by(CustomerContact.preferred.desc(), CustomerContact.contact_point_id)
        .limit(1)
        .correlate(Subscription)
        .scalar_subquery()
    )
    contact_id = func.coalesce(
        wrote.c.contact_point_id, Case.contact_point_id, written_to, preferred
    )
    out = (
        select(OptOut.id)
        .where(
            OptOut.contact_point_id == ContactPoint.id,
            OptOut.revoked_at.is_(None),
            or_(OptOut.purpose == Purpose.ALL, OptOut.purpose == CampaignType.purpose),
        )
        .correlate(ContactPoint, CampaignType)
        .exists()
    )
    return (
        select(
            Case.id,
            Case.state,
            Case.operator_id,
            Case.subscription_id,
            Case.campaign_id,
            Campaign.name.label("campaign"),
            Campaign.state.label("campaign_state"),
            User.name.label("operator"),
            Customer.name.label("customer"),
            ContactPoint.profile_name,
            func.coalesce(ContactPoint.phone, ContactPoint.bsuid).label("address"),
            ContactPoint.id.label("contact_point_id"),
            ContactPoint.is_valid,
            func.coalesce(wrote.c.line_id, Campaign.line_id).label("line_id"),
            out.label("is_out"),
        )
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(CampaignType, CampaignType.id == Campaign.campaign_type_id)
        .outerjoin(wrote, true())
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .outerjoin(ContactPoint, ContactPoint.id == contact_id)
        .outerjoin(User, User.id == Case.operator_id)
        .where(Case.id.in_(case_ids))
    )


def filled_for(
    session: Session, rows: Sequence[Any], version: TemplateVersion
) -> dict[int, Filling]:
    """Case → values; each campaign says its own texts."""
    by_campaign: dict[int, list[int]] = {}
    for row in rows:
        by_campaign.setdefault(row.campaign_id, []).append(row.id)
    fields = set(version.fields.values())
    filled: dict[int, Filling] = {}
    for campaign_id, its in by_campaign.items():
        texts = texts_of(session, campaign_id)
        filled |= fillings(session, its, fields, texts=texts)
    return filled


def as_read_by(session: Session, chosen: Chosen, version: TemplateVersion) -> str:
    """A template's text as one of the selection would read it."""
    rows = session.execute(facts_of([chosen.case_id])).all()
    filling = filled_for(session, rows, version)[chosen.case_id]
    return filled(version.body, filling.variables(version.fields))


def _why_not(row: Any, *, by_id: int, oversees: bool) -> tuple[str | None, str | None]:
    """Why nothing may be done in a case by this person."""
    if row.state is CaseState.FINISHED:
        return FINISHED, None
    if not oversees and row.operator_id not in (None, by_id):
        return HELD, row.operator
    if row.campaign_state not in (CampaignState.RUNNING, CampaignState.PAUSED):
        return CAMPAIGN_OVER, None
    return None, None


def _why_silent(
    row: Any, version: TemplateVersion, filling: Filling
) -> tuple[str | None, str | None]:
    """Why nothing may be written to whom a case is about."""
    if row.contact_point_id is None or not row.is_valid:
        return NO_VALID_PHONE, None
    if row.is_out:
        return OPTED_OUT, None
    if row.subscription_id is None and version.fields:
        return TO_NOBODY, None
    missing = filling.missing(version.fields)
    if any(name.startswith("coupon") for name in missing) and filling.coupon_id is None:
        return NO_COUPON, None
    if missing:
        return MISSING_VARIABLE, ", ".join(name for name in missing if name != COUPON_LINK_TOKEN)
    return None, None
