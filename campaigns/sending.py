"""Take work and hold it: slices, leases, attempts. What came of an attempt: `outcomes`.

The order that keeps a message from being sent twice, or lost:

1. `take_slice` leases a range, so that workers do not stand in each other's way;
2. `claim_slice` leases its messages: nothing has left, a lapsed claim is free again;
3. `start_attempts` commits an `Attempt` for a small group, all guards checked last;
4. the request leaves, with no transaction open;
5. `outcomes.record_outcomes`, in bulk. A lease that lapses in between is *uncertain*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns import guards as holds
from campaigns import locks, quota, turns
from campaigns.guards import Ends, SliceFacts
from campaigns.limits import Guards
from campaigns.sending_hours import zones_of
from campaigns.sending_sql import (
    CANCEL,
    CLAIM_ALL,
    CLAIM_THESE,
    LINES_WITH_WORK,
    LOCK,
    REAP,
    RELEASE,
    START,
    START_COUNTED,
    TAKE,
)
from campaigns.slices import refresh_slices

_GUARDS = Guards()


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds it, and for how long from now."""

    owner: str
    span: timedelta


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message under our lease, with what its request needs."""

    id: int
    contact_point_id: int
    campaign_id: int | None
    coupon_id: int | None
    address: str
    template_version_id: int | None
    variables: Mapping[str, str] | None
    body: str | None
    has_file: bool = False
    not_after: datetime | None = None  # when its recipient's sending hours end
    portfolio_id: int | None = None  # whose quota it counts in
    quota: int | None = None  # None: there is no limit
    is_reply: bool = False  # somebody looks at its talk


def lines_with_work(session: Session, *, now: datetime) -> list[int]:
    """Lines on which some message may go out now."""
    found = session.execute(text(LINES_WITH_WORK), {"now": now})
    return list(found.scalars())


def take_slice(
    session: Session, line_id: int, *, lease: Lease, now: datetime, only_replies: bool = False
) -> int | None:
    """Lease the next slice of a line: replies first, then campaigns by turns. None: no work."""
    return session.execute(
        text(TAKE),
        {
            "line": line_id,
            "now": now,
            "until": now + lease.span,
            "only_replies": only_replies,
        },
    ).scalar_one_or_none()


def claim_slice(
    session: Session, slice_id: int, *, lease: Lease, now: datetime, guards: Guards = _GUARDS
) -> list[Claimed]:
    """Take every message of the slice that may go out now, for this lease alone.

    What must not go out any more is cancelled on the way, and what may not go yet is put off,
    each with its reason. Let it be the last write of its transaction (see `turns.charge`).
    """
    facts = holds.facts_of(session, slice_id)
    ends: Ends = {}
    unwanted, tired, paired = holds.look_at_people(session, facts, guards, now=now)
    if unwanted or tired or paired:  # some are written before the rest is claimed: lock all first
        session.execute(text(LOCK), {"first": facts.id, "last": facts.last_id})
    _cancel(session, unwanted, now=now)
    if not facts.is_reply:
        open_now = holds.wait_for_hours(session, facts, guards, now=now)
        if open_now is None:
            return []
        ends = open_now
        holds.delay(session, facts, paired, holds.PAIR_LIMIT, now=now)
        holds.delay(session, facts, tired, holds.FATIGUE, now=now)
    fit = _within_quota(session, facts, guards, now=now)
    values = {
        "first": facts.id,
        "last": facts.last_id,
        "now": now,
        "owner": lease.owner,
        "until": now + lease.span,
    }
    if fit is None:
        rows = session.execute(text(CLAIM_ALL), values)
    else:
        rows = session.execute(text(CLAIM_THESE), {**values, "ids": fit})
    portfolio_id = None if facts.quota is None else facts.portfolio_id
    the_end = next(iter(ends.values())) if len(ends) == 1 else None
    claimed = [
        Claimed(  # type: ignore[call-arg]
            *row,
            the_end if len(ends) < 2 else ends.get(zones_of(row.address, home=guards.zone)),
            portfolio_id,
            facts.quota,
            facts.is_reply,
        )
        for row in rows
    ]
    if claimed:
        holds.went_on(session, facts, still_waits=bool(paired or tired) or fit is not None)
        if not facts.is_reply and facts.campaign_id is not None:
            turns.charge(
                session,
                line_id=facts.line_id,
                campaign_id=facts.campaign_id,
                priority=facts.priority or 2,
                messages=len(claimed),
            )
    return sorted(claimed, key=lambda each: each.id)


def _cancel(session: Session, unwanted: Mapping[int, str], *, now: datetime) -> None:
    if unwanted:
        ids = sorted(unwanted)
        values = {"ids": ids, "reasons": [unwanted[each] for each in ids], "now": now}
        session.execute(text(CANCEL), values)


def _within_quota(
    session: Session, facts: SliceFacts, guards: Guards, *, now: datetime
) -> list[int] | None:
    """Which messages fit into the portfolio's quota, the rest put off; None: all of them."""
    if facts.quota is None:
        return None
    room = quota.room_of(session, facts.portfolio_id, facts.quota, guards, now=now)
    left = room.replies if facts.is_reply else room.campaigns
    if left > facts.last_id - facts.id:
        return None
    fit, waiting = quota.fitting(
        session,
        portfolio_id=facts.portfolio_id,
        first=facts.id,
        last=facts.last_id,
        room=left,
        guards=guards,
        now=now,
    )
    if not waiting:
        return None
    if fit or facts.is_reply:
        holds.put_off(session, facts, holds.QUOTA, until=room.frees_at, now=now)
    else:
        holds.put_off_portfolio(session, facts, holds.QUOTA, until=room.frees_at, now=now)
    return fit


def start_attempts(
    session: Session,
    group: Sequence[Claimed],
    *,
    lease: Lease,
    now: datetime,
    guards: Guards = _GUARDS,
) -> dict[int, int]:
    """Commit-to-be of one attempt for each message that may still go out: id → attempt number.

    Left out: a claim that lapsed, a campaign that is no longer running, a contact point that
    opted out, a coupon that was paid, hours that ended, a quota or a cap that somebody else has
    used up, and a second message to someone whose first has just left or is still doubtful: with
    two, a listing could not tell which of them it shows. The locks make opt-out, cancel and
    payment, and other senders to the same person, wait for our commit or us see theirs: no
    attempt is committed after they are.
    """
    group = [each for each in group if each.not_after is None or now < each.not_after]
    if not group:
        return {}
    locks.lock_for_attempts(
        session,
        contacts=[each.contact_point_id for each in group],
        coupons=[each.coupon_id for each in group if each.coupon_id is not None],
        campaigns=[each.campaign_id for each in group if each.campaign_id is not None],
    )
    values = {
        "ids": [each.id for each in group],
        "owner": lease.owner,
        "now": now,
        "until": now + lease.span,
        **guards.people(now),
    }
    limits = {each.portfolio_id: each.quota for each in group if each.quota is not None}
    if not limits:
        rows = session.execute(START, values)
        return {row.message_id: row.number for row in rows}
    portfolio_id, limit = limits.popitem()  # all are of one line, and so of one portfolio
    assert portfolio_id is not None
    assert limit is not None
    assert not limits
    locks.lock_portfolio_exclusive(session, portfolio_id)
    room = quota.room_of(session, portfolio_id, limit, guards, now=now)
    values |= {
        "portfolio": portfolio_id,
        "since": quota.counted_since(now),
        "window": now - guards.service_window,
        "campaign_room": room.campaigns,
        "reply_room": room.replies,
    }
    started = session.execute(START_COUNTED, values).all()
    contacts = [row.contact_point_id for row in started if row.is_outside]
    quota.book(session, portfolio_id, contacts, now=now)
    return {row.message_id: row.number for row in started}


def release(
    session: Session, ids: Sequence[int], *, lease: Lease, due_at: datetime | None = None
) -> None:
    """Give claims back: nothing has left. ``due_at`` puts them off."""
    session.execute(RELEASE, {"ids": list(ids), "owner": lease.owner, "due": due_at})


def end_slice(session: Session, slice_id: int) -> None:
    """Give the slice back; it is due again when the earliest message left in it is."""
    session.execute(
        text("UPDATE send_slices SET leased_until = NULL WHERE id = :slice"), {"slice": slice_id}
    )
    refresh_slices(session, [slice_id])


def reap_leases(session: Session, *, now: datetime, first_look: timedelta) -> tuple[int, int]:
    """Free what a dead worker held: (claims given back, attempts that became uncertain).

    A claim without an attempt goes back to `planned`; a message whose request may have left is
    looked for at the provider ``first_look`` after its attempt.
    """
    rows = session.execute(REAP, {"now": now, "first_look": first_look}).all()
    refresh_slices(session, [row.id for row in rows])
    return sum(row.back for row in rows), sum(row.doubtful for row in rows)
