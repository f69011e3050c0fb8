"""A campaign's life beside its launch: create, pause, resume, cancel, finish, archive, reopen."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from campaigns import locks
from campaigns.audience_filter import AudienceFilter
from campaigns.audit import note
from campaigns.cancelling import cancel_messages
from campaigns.errors import NotFound
from campaigns.guards import due_again
from campaigns.sending_hours import SendingHours
from models.campaign import (
    Campaign,
    CampaignCount,
    CampaignOperator,
    CampaignStep,
    CampaignType,
    SharedPhonePolicy,
    UncertainPolicy,
)
from models.case import Case
from models.message import Cause, Message
from models.people import User
from models.states import (
    CAMPAIGN,
    CampaignState,
    CaseState,
    IllegalMove,
    MessageState,
    SendingState,
)
from models.template import Line, Template, TemplateVersion

CANCELLED = "campaign_cancelled"
FINISHED = "campaign_finished"
"""Reasons of messages that left the ledger with their campaign."""


def create_campaign(
    session: Session,
    *,
    name: str,
    type_code: str,
    line_id: int,
    audience: AudienceFilter,
    template: str | None = None,
    texts: Mapping[str, str] | None = None,
    priority: int = 2,
    shared_phone: SharedPhonePolicy = SharedPhonePolicy.EACH,
    when_uncertain: UncertainPolicy = UncertainPolicy.SETTLE,
    operators: Sequence[str] = (),
    ends_on: date | None = None,
    hours: SendingHours | None = None,
    by_id: int | None = None,
) -> Campaign:
    """Write a draft; without a template it is a campaign of phone calls.

    ``template`` is a template's name: its newest version is taken. ``texts`` fill its
    `campaign.text_n` variables. ``operators`` are e-mail addresses. ``hours``: None, as its line
    has them.

    Raises:
        NotFound: no such campaign type, line, template or user.
    """
    kind = session.scalar(
        select(CampaignType.id).where(CampaignType.code == type_code, CampaignType.is_active)
    )
    if kind is None:
        raise NotFound("campaign type", type_code)
    if session.get(Line, line_id) is None:
        raise NotFound("line", line_id)
    campaign = Campaign(
        name=name,
        campaign_type_id=kind,
        line_id=line_id,
        priority=priority,
        is_phone_only=template is None,
        audience=audience.as_json(),
        shared_phone=shared_phone,
        when_uncertain=when_uncertain,
        ends_on=ends_on,
        sending_window=None if hours is None else hours.as_json(),
        sends_on_holidays=None if hours is None else hours.on_holidays,
        created_by_id=by_id,
        state=CampaignState.DRAFT,
    )
    session.add(campaign)
    session.flush()
    if template is not None:
        version_id = _newest_version(session, template)
        session.add(
            CampaignStep(
                campaign_id=campaign.id,
                position=1,
                template_version_id=version_id,
                texts=dict(texts or {}),
            )
        )
    for email in operators:
        user_id = session.scalar(select(User.id).where(User.email == email.lower()))
        if user_id is None:
            raise NotFound("user", email)
        session.add(CampaignOperator(campaign_id=campaign.id, user_id=user_id))
    note(session, "campaign.create", campaign, by_id=by_id, name=name)
    session.flush()
    return campaign


def _newest_version(session: Session, template: str) -> int:
    version_id = session.scalar(
        select(TemplateVersion.id)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(Template.name == template)
        .order_by(TemplateVersion.number.desc())
        .limit(1)
    )
    if version_id is None:
        raise NotFound("template", template)
    return version_id


def set_hours(
    session: Session,
    campaign_id: int,
    hours: SendingHours | None,
    *,
    now: datetime,
    by_id: int | None = None,
) -> None:
    """When it may write, in its recipients' time; None: as its line has it. Raises NotFound.

    What waits for hours is looked at anew.
    """
    campaign = locks.locked_campaign(session, campaign_id)
    campaign.sending_window = None if hours is None else hours.as_json()
    campaign.sends_on_holidays = None if hours is None else hours.on_holidays
    said = None if hours is None else str(hours)
    note(session, "campaign.hours", campaign, by_id=by_id, hours=said)
    session.flush()
    due_again(session, [campaign_id], now=now)


def pause(session: Session, campaign_id: int, *, by_id: int | None = None) -> None:
    """Stop sending; what is in flight is recorded, replies are worked on.

    No attempt is committed after this is; what workers hold comes back within a slice.

    This and the others raise NotFound, and IllegalMove when the campaign's state forbids it.
    """
    locks.lock_campaign_exclusive(session, campaign_id)
    _move(session, campaign_id, CampaignState.PAUSED, by_id=by_id)


def resume(session: Session, campaign_id: int, *, by_id: int | None = None) -> Campaign:
    """Go on sending. From finished and archived, `reopen` leads to the same state: nothing goes."""
    _expect(session, campaign_id, "resume", CampaignState.PAUSED)
    return _move(session, campaign_id, CampaignState.RUNNING, by_id=by_id)


def cancel(session: Session, campaign_id: int, *, now: datetime, by_id: int | None = None) -> int:
    """Take back everything that has not left; return how many messages that were.

    No attempt is committed after this is. What was never planned stays counted as not planned.
    """
    locks.lock_campaign_exclusive(session, campaign_id)
    campaign = _move(session, campaign_id, CampaignState.CANCELLED, by_id=by_id)
    campaign.finished_at = now
    campaign.sending_state = SendingState.IDLE
    return _take_back(session, campaign_id, CANCELLED, now=now)


def finish(session: Session, campaign_id: int, *, now: datetime, by_id: int | None = None) -> int:
    """Send nothing more and close the cases that never answered; return how many those were."""
    locks.lock_campaign_exclusive(session, campaign_id)
    campaign = _move(session, campaign_id, CampaignState.FINISHED, by_id=by_id)
    campaign.finished_at = now
    campaign.sending_state = SendingState.DRAINED
    _take_back(session, campaign_id, FINISHED, now=now)
    return close_silent_cases(session, campaign_id, now=now)


def archive(session: Session, campaign_id: int, *, by_id: int | None = None) -> None:
    _move(session, campaign_id, CampaignState.ARCHIVED, by_id=by_id)


def reopen(session: Session, campaign_id: int, *, now: datetime, by_id: int | None = None) -> None:
    """Desk work goes on until a person finishes it again; nothing is sent."""
    locks.lock_campaign_exclusive(session, campaign_id)
    _expect(session, campaign_id, "reopen", CampaignState.FINISHED, CampaignState.ARCHIVED)
    # an attempt that was in flight at the end may have come back to planned since
    _take_back(session, campaign_id, FINISHED, now=now)
    campaign = _move(session, campaign_id, CampaignState.RUNNING, by_id=by_id)
    campaign.sending_state = SendingState.DRAINED
    campaign.finished_at = campaign.ends_on = None


def _take_back(session: Session, campaign_id: int, reason: str, *, now: datetime) -> int:
    which = [
        Message.campaign_id == campaign_id,
        Message.cause.in_((Cause.CAMPAIGN, Cause.REMINDER)),
    ]
    return len(cancel_messages(session, which, reason=reason, now=now))


def close_silent_cases(session: Session, campaign_id: int, *, now: datetime) -> int:
    """Close, by a system result, every case that nobody has answered or worked on.

    *No entregado* where nothing arrived, *Informado* where the campaign's type is content with a
    delivered message, else *Sin respuesta*, also where nothing was to be sent. A message that is
    still in doubt keeps its case open.
    """
    # The lock first, the look in a later statement: a reply that is being applied is seen. What
    # somebody is at is left to the next look, a minute later: nobody is waited for in a circle.
    ids = session.scalars(
        select(Case.id)
        .where(Case.campaign_id == campaign_id, Case.state == CaseState.PENDING)
        .order_by(Case.id)
        .with_for_update(skip_locked=True)
    ).all()
    closed = session.execute(text(_CLOSE), {"campaign": campaign_id, "now": now, "ids": ids})
    return int(closed.scalar_one())


def unschedule(
    session: Session, campaign_id: int, *, reason: str | None = None, by_id: int | None = None
) -> None:
    """Back to draft; ``reason`` when it could not be launched at its time."""
    campaign = _move(session, campaign_id, CampaignState.DRAFT, by_id=by_id)
    campaign.hold_reason = reason


def ended(session: Session, *, today: date) -> list[int]:
    """Running campaigns that are drained, past their end date and without an open case."""
    open_case = select(Case.id).where(
        Case.campaign_id == Campaign.id,
        Case.state != CaseState.FINISHED,
        or_(Case.waiting_since.is_not(None), Case.state != CaseState.PENDING),
    )
    return list(
        session.scalars(
            select(Campaign.id).where(
                Campaign.state == CampaignState.RUNNING,
                Campaign.sending_state == SendingState.DRAINED,
                Campaign.ends_on < today,
                ~open_case.exists(),
            )
        )
    )


def take_back_returned(session: Session, *, now: datetime) -> int:
    """Cancel messages that became due again after their campaign had ended; how many.

    What was in flight or in doubt when it ended may turn out not to have been sent.
    """
    returned = session.execute(
        select(CampaignCount.campaign_id, Campaign.state)
        .join(Campaign, Campaign.id == CampaignCount.campaign_id)
        .where(Campaign.state.in_(_ENDED), CampaignCount.state == MessageState.PLANNED.value)
        .group_by(CampaignCount.campaign_id, Campaign.state)
        .having(func.sum(CampaignCount.delta) > 0)
    ).all()
    taken = 0
    for campaign_id, state in returned:
        locks.lock_campaign_exclusive(session, campaign_id)
        reason = CANCELLED if state is CampaignState.CANCELLED else FINISHED
        taken += _take_back(session, campaign_id, reason, now=now)
    return taken


_ENDED = (CampaignState.FINISHED, CampaignState.CANCELLED, CampaignState.ARCHIVED)


def finished_with_open_cases(session: Session) -> list[int]:
    open_case = select(Case.id).where(
        Case.campaign_id == Campaign.id, Case.state == CaseState.PENDING
    )
    return list(
        session.scalars(
            select(Campaign.id).where(Campaign.state == CampaignState.FINISHED, open_case.exists())
        )
    )


def _expect(session: Session, campaign_id: int, act: str, *states: CampaignState) -> None:
    """Tell apart acts that lead to one state from different ones."""
    campaign = locks.locked_campaign(session, campaign_id)
    if campaign.state not in states:
        allowed = frozenset(state.value for state in states)
        raise IllegalMove("campaign", campaign.state, act, allowed)


def _move(session: Session, campaign_id: int, to: CampaignState, *, by_id: int | None) -> Campaign:
    campaign = locks.locked_campaign(session, campaign_id)
    CAMPAIGN.check(campaign.state, to)
    note(session, f"campaign.{to}", campaign, by_id=by_id, was=campaign.state)
    campaign.state = to
    session.flush()
    return campaign


_CLOSE = """
WITH silent AS (
    SELECT c.id AS case_id,
        CASE
            WHEN m.state IN ('delivered', 'read') AND t.informing_is_enough THEN 'informado'
            WHEN m.id IS NULL OR m.state IN ('accepted', 'sent', 'delivered', 'read')
                THEN 'sin_respuesta'
            ELSE 'no_entregado'
        END AS code,
        k.campaign_type_id
    FROM cases c
    JOIN campaigns k ON k.id = c.campaign_id
    JOIN campaign_types t ON t.id = k.campaign_type_id
    LEFT JOIN messages m ON m.case_id = c.id AND m.direction = 'out' AND m.sequence = 1
    WHERE c.campaign_id = :campaign AND c.state = 'pending' AND c.waiting_since IS NULL
        AND c.id = ANY(CAST(:ids AS bigint[]))
        AND (m.id IS NULL
            OR m.state NOT IN ('planned', 'claimed', 'sending', 'uncertain', 'review'))
        AND NOT EXISTS (SELECT FROM results r WHERE r.case_id = c.id)
        AND NOT EXISTS (SELECT FROM attributions a WHERE a.case_id = c.id)
), closed AS (
    UPDATE cases c SET state = 'finished', finished_at = :now
    FROM silent s WHERE c.id = s.case_id
    RETURNING c.id
)
, recorded AS (
    INSERT INTO results (case_id, campaign_id, result_type_id, channel, at)
    SELECT s.case_id, :campaign, r.id, 'system', :now
    FROM silent s
    JOIN closed ON closed.id = s.case_id
    JOIN LATERAL (
        SELECT id FROM result_types r
        WHERE r.code = s.code
            AND (r.campaign_type_id = s.campaign_type_id OR r.campaign_type_id IS NULL)
        ORDER BY r.campaign_type_id NULLS LAST
        LIMIT 1
    ) AS r ON true
    RETURNING 1
)
SELECT count(*) FROM recorded
"""
