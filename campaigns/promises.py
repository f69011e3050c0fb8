"""Promises of payment are watched: each is about one coupon, whose state says what came of it.

A result with a day and an amount that leaves its case open is a promise, if there is a coupon to
pay. `campaigns.promise_keeping` reminds of it before and judges it after.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import case as either
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.cancelling import cancel_messages
from campaigns.sending_hours import ARGENTINA
from campaigns.working_days import at, end_of, working_day
from models.campaign import CampaignStep, Moment, ResultType, ValueKind
from models.case import Case, Promise, Result
from models.coupon import Coupon
from models.message import Message
from models.states import PAYABLE_COUPON, PROMISE, PromiseState

GRACE = timedelta(days=3)
"""How long after it was judged a payment still makes a promise kept: banks tell of it late."""

SETTLED = "promise_settled"
"""The `reason` of a reminder that there is nothing left to remind of."""

_HOUR = 10  # of the day on which a reminder is due


def watch_promise(
    session: Session, case: Case, kind: ResultType, result: Result, *, now: datetime
) -> Promise | None:
    """Watch what this result promises, in the place of what the case had promised before.

    None: it is no promise, its day is over, or the subscription has no coupon to pay.
    """
    if kind.value_kind is not ValueKind.DATE_AMOUNT or kind.closes_case:
        return None
    day = result.value_date
    if day is None or day < now.astimezone(ARGENTINA).date():
        return None
    coupon_id = _coupon_of(session, case)
    if coupon_id is None:
        return None
    cancel_promises(session, case.id, now=now)
    promise = Promise(
        result_id=result.id,
        case_id=case.id,
        coupon_id=coupon_id,
        settles_at=end_of(working_day(day), ARGENTINA),
        remind_at=remind_at(day, _days_before(session, case.campaign_id), now=now),
        created_at=now,
    )
    session.add(promise)
    session.flush()
    return promise


def remind_at(day: date, days_before: int | None, *, now: datetime) -> datetime | None:
    """When to remind of what was promised for ``day``; None: not at all.

    So many days before, at ten; if that day has begun, on the promised day itself, but never on
    the day of the promise.
    """
    if days_before is None:
        return None
    today = now.astimezone(ARGENTINA).date()
    wanted = day - timedelta(days=days_before)
    if wanted <= today:
        wanted = day
    return at(wanted, _HOUR, ARGENTINA) if wanted > today else None


def cancel_promises(
    session: Session, case_id: int, *, now: datetime, result_id: int | None = None
) -> int:
    """No longer watch what a case promised, or what this result of it did; how many that was.

    Where a reminder is planned (`has_reminder`), hold its recipient's lock before the case's row.
    """
    which = [Promise.case_id == case_id, Promise.state == PromiseState.OPEN]
    if result_id is not None:
        which = [
            Promise.result_id == result_id,
            Promise.state.in_(PROMISE.sources(PromiseState.CANCELLED)),
        ]
    rows = session.execute(
        update(Promise)
        .where(*which)
        .values(state=PromiseState.CANCELLED, settled_at=now)
        .returning(Promise.reminder_id)
    ).all()
    take_back_reminders(session, [row.reminder_id for row in rows], now=now)
    return len(rows)


def keep_promises(
    session: Session, coupon_id: int, *, now: datetime, paid_on: date | None = None
) -> list[int]:
    """The coupon was paid: what was promised of it is kept; the cases' ids.

    A broken promise too, within `GRACE`; or whenever we hear of it, if we hear that it was paid
    in time. Hold the coupon's lock, and the cases' rows.
    """
    since = now - GRACE if paid_on is None else min(now - GRACE, at(paid_on, 0, ARGENTINA))
    late = (Promise.state == PromiseState.BROKEN) & (Promise.settles_at > since)
    rows = session.execute(
        update(Promise)
        .where(Promise.coupon_id == coupon_id, (Promise.state == PromiseState.OPEN) | late)
        .values(state=PromiseState.KEPT, settled_at=now)
        .returning(Promise.case_id)
    ).scalars()
    kept = sorted(set(rows))
    session.execute(update(Case).where(Case.id.in_(kept)).values(broken_promise_at=None))
    return kept


def promised_cases(session: Session, coupon_id: int) -> list[int]:
    """Cases in which this coupon's payment is still watched, or was until a few days ago."""
    watched = PROMISE.sources(PromiseState.KEPT)
    return list(
        session.scalars(
            select(Promise.case_id)
            .where(Promise.coupon_id == coupon_id, Promise.state.in_(watched))
            .distinct()
        )
    )


def withhold_reminders(session: Session, case_id: int) -> None:
    """Remind of nothing more in this case, where nothing was sent yet: he says that he paid."""
    session.execute(
        update(Promise)
        .where(
            Promise.case_id == case_id,
            Promise.state == PromiseState.OPEN,
            Promise.reminder_id.is_(None),
        )
        .values(remind_at=None)
    )


def has_reminder(session: Session, case_id: int) -> bool:
    """Whether a reminder of this case may still have to be taken back."""
    planned = select(Promise.id).where(
        Promise.case_id == case_id,
        Promise.state == PromiseState.OPEN,
        Promise.reminder_id.is_not(None),
    )
    return session.execute(select(planned.exists())).scalar_one()


def take_back_reminders(
    session: Session, message_ids: list[int | None], *, now: datetime
) -> list[int]:
    """Cancel those that have not left."""
    ids = [each for each in message_ids if each is not None]
    return cancel_messages(session, [Message.id.in_(ids)], reason=SETTLED, now=now) if ids else []


def _coupon_of(session: Session, case: Case) -> int | None:
    """The coupon that the case wrote of last, if it can be paid; else the oldest that can."""
    if case.subscription_id is None:
        return None
    wrote = (
        select(Message.coupon_id)
        .where(Message.case_id == case.id, Message.coupon_id.is_not(None))
        .order_by(Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return session.scalar(
        select(Coupon.id)
        .where(Coupon.subscription_id == case.subscription_id, Coupon.state.in_(PAYABLE_COUPON))
        .order_by(either((Coupon.id == wrote, 0), else_=1), Coupon.due_date, Coupon.id)
        .limit(1)
    )


def _days_before(session: Session, campaign_id: int) -> int | None:
    return session.scalar(
        select(CampaignStep.days_before).where(
            CampaignStep.campaign_id == campaign_id, CampaignStep.moment == Moment.PROMISE
        )
    )
