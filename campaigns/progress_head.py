"""What every page of a campaign says above its tabs: name, type, how it stands and why."""

import enum
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.orm import Session, aliased

from campaigns.errors import NotFound
from campaigns.pace import Pace
from campaigns.progress_parts import Account, Part
from campaigns.visibility import keep
from campaigns.waits import Wait, wait_rows
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignPace, CampaignStep, CampaignType
from models.message import SendSlice
from models.people import User
from models.states import CampaignState, SendingState
from models.template import Line, Template, TemplateVersion

STUCK_AFTER = timedelta(minutes=5)
"""Due messages and no move for so long: somebody should look."""

_BIGGEST_ID = 2**63 - 1


class Standing(enum.StrEnum):
    """How a campaign stands, as its pill says it: its state, and what keeps a running one."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PLANNING = "planning"
    RUNNING = "running"  # sending
    DRAINED = "drained"  # all is sent; replies are worked on
    HELD = "held"
    STUCK = "stuck"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Sending waits until a person lets it go on, or ``until`` then by itself.

    ``reason`` begins with an error code, if any; of one that ends by itself it is a word of
    `campaigns.guards`.
    """

    reason: str
    since: datetime | None
    of_line: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    id: int
    name: str
    type_id: int
    type_name: str
    priority: int
    state: CampaignState
    sending: SendingState
    is_standing: bool
    is_phone_only: bool
    line_id: int
    line_name: str
    template_id: int | None
    template: str | None
    starts_at: datetime | None
    ends_on: date | None
    launched_at: datetime | None
    launched_by: str | None
    finished_at: datetime | None
    refused: str | None  # of a draft: why it could not be launched at its time
    stalled_since: datetime | None  # since when the watchdog sees it stand still
    hold: Hold | None

    @property
    def is_sending(self) -> bool:
        """Whether its figures may move at any moment."""
        return self.state in (CampaignState.RUNNING, CampaignState.PAUSED)

    def standing(self, *, is_stuck: bool = False) -> Standing:
        if self.state is not CampaignState.RUNNING:
            return Standing(self.state.value)
        if self.hold is not None and self.sending is not SendingState.DRAINED:
            return Standing.HELD
        if is_stuck:
            return Standing.STUCK
        by_sending = {
            SendingState.PLANNING: Standing.PLANNING,
            SendingState.SENDING: Standing.RUNNING,
        }
        return by_sending.get(self.sending, Standing.DRAINED)


@cache
def _with_what_stands_around() -> Any:
    """Made once: every page of a campaign begins with it."""
    launcher = aliased(User)
    waits = wait_rows()
    return keep(
        select(
            Campaign,
            CampaignType.name,
            Line,
            Template.id,
            Template.name,
            launcher.name,
            waits.c.reason,
            waits.c.since,
            waits.c.until,
        )
        .join(CampaignType, CampaignType.id == Campaign.campaign_type_id)
        .join(Line, Line.id == Campaign.line_id)
        .outerjoin(
            CampaignStep,
            (CampaignStep.campaign_id == Campaign.id) & (CampaignStep.position == 1),
        )
        .outerjoin(TemplateVersion, TemplateVersion.id == CampaignStep.template_version_id)
        .outerjoin(Template, Template.id == TemplateVersion.template_id)
        .outerjoin(launcher, launcher.id == Campaign.launched_by_id)
        .outerjoin(waits, waits.c.campaign_id == Campaign.id)
        .where(Campaign.id == bindparam("campaign", type_=BigInteger))
    )


def head_of(
    session: Session, campaign_id: int, *, now: datetime | None = None
) -> tuple[Campaign, Head]:
    """The campaign's row and its head; ``now``: None, by the database's clock.

    Raises:
        NotFound: no such campaign, or it is out of this session's sight.
    """
    if campaign_id > _BIGGEST_ID:
        raise NotFound("campaign", campaign_id)
    asked = {"campaign": campaign_id, "waiting": [campaign_id], "waiting_at": now}
    row = session.execute(_with_what_stands_around(), asked).one_or_none()
    if row is None:
        raise NotFound("campaign", campaign_id)
    campaign, type_name, line, template_id, template, launched_by, *waiting = row
    wait = Wait(*waiting) if waiting[0] is not None else None
    is_draft = campaign.state is CampaignState.DRAFT
    return campaign, Head(
        id=campaign.id,
        name=campaign.name,
        type_id=campaign.campaign_type_id,
        type_name=type_name,
        priority=campaign.priority,
        state=campaign.state,
        sending=campaign.sending_state,
        is_standing=campaign.is_standing,
        is_phone_only=campaign.is_phone_only,
        line_id=line.id,
        line_name=line.name,
        template_id=template_id,
        template=template,
        starts_at=campaign.starts_at,
        ends_on=campaign.ends_on,
        launched_at=campaign.launched_at,
        launched_by=launched_by,
        finished_at=campaign.finished_at,
        refused=campaign.hold_reason if is_draft else None,
        stalled_since=campaign.stalled_since,
        hold=None if is_draft else _hold(session, campaign, line, wait),
    )


def _hold(session: Session, campaign: Campaign, line: Line, wait: Wait | None) -> Hold | None:
    if campaign.hold_reason is None and line.hold_reason is None:
        if wait is None or campaign.state is not CampaignState.RUNNING:
            return None
        return Hold(reason=wait.reason, since=wait.since, of_line=False, until=wait.until)
    if campaign.hold_reason is None:
        return Hold(
            reason=line.hold_reason or "",
            since=line.held_at,
            of_line=True,
            until=line.held_until,
        )
    since = session.scalar(
        select(AuditEvent.at)
        .where(
            AuditEvent.object_kind == "campaign",
            AuditEvent.object_id == campaign.id,
            AuditEvent.action == "campaign.hold",
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return Hold(reason=campaign.hold_reason, since=since, of_line=False)


def is_stuck(session: Session, head: Head, account: Account, pace: Pace, *, now: datetime) -> bool:
    """Whether messages are due on an open line, and nothing left for `STUCK_AFTER`.

    A campaign that waits for another one on its line is not stuck.
    """
    before = now - STUCK_AFTER
    if (
        head.state is not CampaignState.RUNNING
        or head.sending is not SendingState.SENDING
        or head.hold is not None
        or not account.parts.get(Part.QUEUED)
        or head.launched_at is None
        or head.launched_at > before
        or (pace.last_at is not None and pace.last_at > before)
    ):
        return False
    due_since = session.scalar(
        select(SendSlice.next_due_at)
        .where(SendSlice.campaign_id == head.id, SendSlice.next_due_at < before)
        .order_by(SendSlice.next_due_at)
        .limit(1)
    )
    if due_since is None:
        return False
    on_this_line = select(Campaign.id).where(Campaign.line_id == head.line_id)
    another = session.scalar(
        select(CampaignPace.id)
        .where(CampaignPace.campaign_id.in_(on_this_line), CampaignPace.minute > before)
        .limit(1)
    )
    return another is None
