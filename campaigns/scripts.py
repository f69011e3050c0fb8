"""What is said in a case: the campaign's own script, else its type's."""

from dataclasses import dataclass

from sqlalchemy import ScalarSelect, or_, select
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.case_values import payable_coupon, values_of_case
from campaigns.desk_texts import check_body
from campaigns.errors import NotFound
from campaigns.locks import NO_KEY
from messaging.named_texts import fields_in, fill
from models.campaign import Campaign, CampaignType
from models.case import Case
from models.desk_texts import Script

MAX_SCRIPT = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSheet:
    """A script as it is edited. ``inherited``: what is said as long as a campaign has none."""

    name: str  # of the type or the campaign
    type_id: int
    body: str = ""
    inherited: str = ""


def script_of_type(session: Session, type_id: int) -> ScriptSheet:
    """Raises NotFound."""
    kind = session.get(CampaignType, type_id)
    if kind is None or kind.is_removed:
        raise NotFound("campaign type", type_id)
    own = select(Script.body).where(Script.campaign_type_id == type_id)
    return ScriptSheet(name=kind.name, type_id=type_id, body=session.scalar(own) or "")


def script_of_campaign(session: Session, campaign_id: int) -> ScriptSheet:
    """Raises NotFound."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("campaign", campaign_id)
    bodies = _bodies(session, campaign_id)
    return ScriptSheet(
        name=campaign.name,
        type_id=campaign.campaign_type_id,
        body=bodies.get(True, ""),
        inherited=bodies.get(False, ""),
    )


def keep_script(
    session: Session,
    body: str,
    *,
    type_id: int | None = None,
    campaign_id: int | None = None,
    by_id: int | None = None,
) -> None:
    """Write the script of a type or of a campaign; an empty one is taken away.

    Raises:
        NotFound: no such type or campaign.
        CatalogueRefused: it is too long, or names what we do not know.
    """
    owner: CampaignType | Campaign | None
    if campaign_id is not None:
        owner = session.get(Campaign, campaign_id, with_for_update=NO_KEY)
        its = Script.campaign_id == campaign_id
    else:
        owner = session.get(CampaignType, type_id, with_for_update=True)
        its = Script.campaign_type_id == type_id
    if owner is None:
        raise NotFound("campaign", campaign_id or type_id or 0)
    script = session.scalar(select(Script).where(its))
    was = script.body if script else None
    if not body.strip():
        if script is not None:
            session.delete(script)
    elif script is None:
        checked = check_body(body, longest=MAX_SCRIPT)
        session.add(Script(campaign_type_id=type_id, campaign_id=campaign_id, body=checked))
    else:
        script.body = check_body(body, longest=MAX_SCRIPT)
    note(session, "script.edit", owner, by_id=by_id, was=was)
    session.flush()


def fill_script(session: Session, case: Case, body: str | None) -> str | None:
    """As it is said in this case: with its values, and a blank for what is missing."""
    if not body:
        return None
    fields = fields_in(body)
    coupon_id = payable_coupon(session, case.subscription_id) if fields else None
    return fill(body, values_of_case(session, case, fields, coupon_id)).text


def script_of_case() -> ScalarSelect[str]:
    """The body, as a part of a statement that selects from cases and campaigns."""
    return (
        select(Script.body)
        .where(
            or_(
                Script.campaign_id == Campaign.id,
                Script.campaign_type_id == Campaign.campaign_type_id,
            )
        )
        .order_by(Script.campaign_id.is_(None))
        .limit(1)
        .correlate(Campaign)
        .scalar_subquery()
    )


def _bodies(session: Session, campaign_id: int) -> dict[bool, str]:
    """The campaign's own under True, its type's under False."""
    rows = session.execute(
        select(Script.campaign_id, Script.body)
        .join(
            Campaign,
            (Campaign.id == Script.campaign_id)
            | (Campaign.campaign_type_id == Script.campaign_type_id),
        )
        .where(Campaign.id == campaign_id)
    )
    return {row.campaign_id is not None: row.body for row in rows}
