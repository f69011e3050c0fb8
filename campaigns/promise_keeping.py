"""Remind of a promise before its day, and judge it after: what a periodic job does."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import next_actions
from campaigns.audit import note
from campaigns.case_values import fillings
from campaigns.cases import get_case
from campaigns.locks import lock_contact_exclusive
from campaigns.promises import take_back_reminders
from campaigns.reminders import talk_for, why_not, write_reminder
from campaigns.working_days import at, working_day
from models.campaign import Campaign, CampaignStep, Moment
from models.case import Case, NextAction, Promise
from models.coupon import Coupon
from models.message import Message
from models.states import (
    PROMISE,
    CampaignState,
    CaseState,
    CouponState,
    NextActionState,
    PromiseState,
    TemplateState,
)
from models.template import TemplateVersion

BROKEN = "Promesa incumplida"
"""What the agenda calls it."""

_OPENS = 9  # o'clock: when the next action of a broken promise is due


def due_reminders(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Promises to be reminded of now, of campaigns that go on, with a template that may go."""
    return list(
        session.scalars(
            select(Promise.id)
            .join(Case, Case.id == Promise.case_id)
            .join(Campaign, Campaign.id == Case.campaign_id)
            .join(CampaignStep, CampaignStep.campaign_id == Campaign.id)
            .join(TemplateVersion, TemplateVersion.id == CampaignStep.template_version_id)
            .where(
                CampaignStep.moment == Moment.PROMISE,
                TemplateVersion.state == TemplateState.APPROVED,
                Promise.state == PromiseState.OPEN,
                Promise.reminder_id.is_(None),
                Promise.remind_at <= now,
                Promise.settles_at > now,
                Campaign.state.in_((CampaignState.RUNNING, CampaignState.PAUSED)),
            )
            .order_by(Promise.id)
            .limit(limit)
        )
    )


def remind(session: Session, promise_id: int, *, now: datetime, zone: ZoneInfo) -> int | None:
    """Plan the reminder of a promise, once; the line to wake, None if nothing is to be sent.

    Who must not get it has his row, skipped with the reason. Safe to call twice.
    """
    promise = session.get(Promise, promise_id)
    step = _step(session, promise)
    if promise is None or step is None:
        return None
    version = session.get_one(TemplateVersion, step.template_version_id)
    talk = talk_for(session, session.get_one(Case, promise.case_id))
    if talk is not None:
        lock_contact_exclusive(session, talk.contact_point_id)  # before any row lock
    case = get_case(session, promise.case_id)
    promise = session.get_one(Promise, promise_id, with_for_update=True, populate_existing=True)
    if (
        promise.state is not PromiseState.OPEN
        or promise.reminder_id is not None
        or promise.remind_at is None
        or promise.remind_at > now
        or case.state is CaseState.FINISHED
        or version.state is not TemplateState.APPROVED  # looked at again until the day comes
    ):
        return None
    texts = {key: str(value) for key, value in step.texts.items()}
    fields = set(version.fields.values())
    filling = fillings(session, [case.id], fields, texts=texts, coupon_id=promise.coupon_id)[
        case.id
    ]
    filling = replace(filling, coupon_id=promise.coupon_id)
    reason = why_not(session, case, talk, filling.missing(version.fields))
    promise.reminder_id = write_reminder(
        session,
        case,
        talk,
        version,
        filling,
        now=now,
        zone=zone,
        coupon_id=promise.coupon_id,
        reason=reason,
    )
    session.flush()
    return talk.line_id if talk is not None and reason is None else None


def due_judgements(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Promises whose day is over."""
    return list(
        session.scalars(
            select(Promise.id)
            .where(Promise.state == PromiseState.OPEN, Promise.settles_at <= now)
            .order_by(Promise.settles_at, Promise.id)
            .limit(limit)
        )
    )


def judge(
    session: Session, promise_id: int, *, now: datetime, zone: ZoneInfo
) -> PromiseState | None:
    """Kept, broken or cancelled, as its coupon stands; None: somebody else has judged it.

    A broken one puts its case back on the desk, marked, with a next action for the morning.
    """
    found = session.get(Promise, promise_id)
    if found is None:
        return None
    if found.reminder_id is not None:
        contact_id = session.scalar(
            select(Message.contact_point_id).where(Message.id == found.reminder_id)
        )
        if contact_id is not None:
            lock_contact_exclusive(session, contact_id)
    case = get_case(session, found.case_id)
    promise = session.get_one(Promise, promise_id, with_for_update=True, populate_existing=True)
    if promise.state is not PromiseState.OPEN or promise.settles_at > now:
        return None
    state = {CouponState.PAID: PromiseState.KEPT, CouponState.VOID: PromiseState.CANCELLED}.get(
        session.scalars(select(Coupon.state).where(Coupon.id == promise.coupon_id)).one(),
        PromiseState.BROKEN,
    )
    PROMISE.check(promise.state, state)
    promise.state, promise.settled_at = state, now
    take_back_reminders(session, [promise.reminder_id], now=now)
    if state is PromiseState.BROKEN and case.state is not CaseState.FINISHED:
        _put_back_on_the_desk(session, case, promise, now=now, zone=zone)
    note(session, "case.promise", case, promise=promise.id, state=state.value)
    session.flush()
    return state


def campaign_of(session: Session, promise_id: int) -> int:
    """Whose screens change with this promise."""
    return session.scalars(
        select(Case.campaign_id)
        .join(Promise, Promise.case_id == Case.id)
        .where(Promise.id == promise_id)
    ).one()


def _put_back_on_the_desk(
    session: Session, case: Case, promise: Promise, *, now: datetime, zone: ZoneInfo
) -> None:
    """In the place of what was planned when it was promised, if that is still due."""
    case.broken_promise_at = now
    planned = session.scalars(
        select(NextAction)
        .where(NextAction.result_id == promise.result_id, NextAction.state == NextActionState.DUE)
        .order_by(NextAction.id)
        .with_for_update()
    ).first()
    if planned is not None:
        next_actions.settle(planned, NextActionState.RESCHEDULED, by_id=None, now=now)
        session.flush()
    action = next_actions.plan(
        session,
        case,
        BROKEN,
        at(working_day(now.astimezone(zone).date()), _OPENS, zone),
        now=now,
        result_id=promise.result_id,
    )
    action.replaces_id = planned.id if planned is not None else None
    case.active_at = now


def _step(session: Session, promise: Promise | None) -> CampaignStep | None:
    if promise is None:
        return None
    return session.scalars(
        select(CampaignStep)
        .join(Case, Case.campaign_id == CampaignStep.campaign_id)
        .where(Case.id == promise.case_id, CampaignStep.moment == Moment.PROMISE)
        .order_by(CampaignStep.position)
    ).first()
