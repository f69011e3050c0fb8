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

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from campaigns import guards as holds
from campaigns import locks, quota, turns
from campaigns.guards import Ends, SliceFacts
from campaigns.limits import Guards
from campaigns.restoring import IS_HELD
from campaigns.sending_hours import zones_of
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
    found = session.execute(text(_LINES_WITH_WORK), {"now": now})
    return list(found.scalars())


def take_slice(
    session: Session, line_id: int, *, lease: Lease, now: datetime, only_replies: bool = False
) -> int | None:
    """Lease the next slice of a line: replies first, then campaigns by turns. None: no work."""
    return session.execute(
        text(_TAKE),
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
        session.execute(text(_LOCK), {"first": facts.id, "last": facts.last_id})
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
        rows = session.execute(text(_CLAIM_ALL), values)
    else:
        rows = session.execute(text(_CLAIM_THESE), {**values, "ids": fit})
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
        session.execute(text(_CANCEL), values)


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
        rows = session.execute(_START, values)
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
    started = session.execute(_START_COUNTED, values).all()
    contacts = [row.contact_point_id for row in started if row.is_outside]
    quota.book(session, portfolio_id, contacts, now=now)
    return {row.message_id: row.number for row in started}


def release(
    session: Session, ids: Sequence[int], *, lease: Lease, due_at: datetime | None = None
) -> None:
    """Give claims back: nothing has left. ``due_at`` puts them off."""
    session.execute(_RELEASE, {"ids": list(ids), "owner": lease.owner, "due": due_at})


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
    rows = session.execute(_REAP, {"now": now, "first_look": first_look}).all()
    refresh_slices(session, [row.id for row in rows])
    return sum(row.back for row in rows), sum(row.doubtful for row in rows)


_OPEN = f"""
    l.hold_reason IS NULL AND NOT {IS_HELD}
    AND (s.is_reply OR (c.state = 'running' AND c.hold_reason IS NULL))
"""

_LINES_WITH_WORK = (
    """
SELECT l.id FROM lines l WHERE EXISTS (
    SELECT FROM send_slices s LEFT JOIN campaigns c ON c.id = s.campaign_id
    WHERE s.line_id = l.id AND s.next_due_at <= :now
        AND (s.leased_until IS NULL OR s.leased_until < :now) AND """
    + _OPEN
    + ")"
)

_TAKE = (
    """
UPDATE send_slices SET leased_until = :until, reap_at = least(reap_at, :until) WHERE id = (
    SELECT s.id
    FROM send_slices s
    JOIN lines l ON l.id = s.line_id
    LEFT JOIN campaigns c ON c.id = s.campaign_id
    LEFT JOIN send_turns t ON t.line_id = :line AND t.campaign_id = s.campaign_id
    LEFT JOIN send_turns place ON place.line_id = :line AND place.campaign_id = 0
    WHERE s.line_id = :line AND s.next_due_at <= :now AND (s.is_reply OR NOT :only_replies)
        AND (s.leased_until IS NULL OR s.leased_until < :now) AND """
    + _OPEN
    + """
    ORDER BY s.is_reply DESC,
        CASE WHEN NOT s.is_reply THEN greatest(t.had, place.had, 0) END, c.priority, s.id
    LIMIT 1
    FOR UPDATE OF s SKIP LOCKED
)
RETURNING id
"""
)

# In order of ids, as everybody who holds several: however the table is read.
_LOCK = """
SELECT FROM messages WHERE id BETWEEN :first AND :last AND state = 'planned'
ORDER BY id FOR NO KEY UPDATE
"""

_CANCEL = """
UPDATE messages m SET state = 'cancelled', state_at = :now, reason = u.reason
FROM unnest(CAST(:ids AS bigint[]), CAST(:reasons AS text[])) AS u (id, reason)
WHERE m.id = u.id AND m.state = 'planned'
"""

_CLAIM = """
UPDATE messages m SET
    state = 'claimed', state_at = :now, lease_owner = :owner, lease_until = :until
FROM (
    SELECT m.id FROM messages m
    WHERE m.id BETWEEN :first AND :last AND m.state = 'planned' AND m.due_at <= :now
    {these}
    ORDER BY m.id FOR NO KEY UPDATE
) AS ready
WHERE m.id = ready.id
RETURNING m.id, m.contact_point_id, m.campaign_id, m.coupon_id, m.address,
    m.template_version_id, m.variables, m.body,
    coalesce(jsonb_typeof(m.media) = 'array', false)
"""
_CLAIM_ALL = _CLAIM.format(these="")
_CLAIM_THESE = _CLAIM.format(these="AND m.id = ANY(CAST(:ids AS bigint[]))")

# Only an opt-out of what the campaign is for stops it, any stops an automatic answer; an operator's
# answer may still go out, and needs not wait after the one before. Whom one look says to have had
# enough is counted exactly.
_MAY_START = f"""
    SELECT m.id, m.line_id, m.contact_point_id, m.cause,
        row_number() OVER (PARTITION BY m.line_id, m.contact_point_id ORDER BY m.id) AS place
    FROM messages m
    JOIN lines l ON l.id = m.line_id
    LEFT JOIN campaigns c ON c.id = m.campaign_id
    LEFT JOIN campaign_types t ON t.id = c.campaign_type_id
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(d.line_id = m.line_id
                AND d.state IN ('sending', 'uncertain')), false) AS is_doubtful,
            coalesce(bool_or(d.line_id = m.line_id
                AND d.state_at > :pair_since), false) AS is_fresh,
            count(*) FILTER (WHERE d.cause IN ('campaign', 'reminder')
                AND d.state_at > :tired_since) AS recent
        FROM messages d
        WHERE d.contact_point_id = m.contact_point_id AND d.id <> m.id AND d.direction = 'out'
            AND d.state IN {holds.HAS_LEFT}
    ) AS seen
    WHERE m.id = ANY(:ids)
        AND m.state = 'claimed' AND m.lease_owner = :owner AND m.lease_until > :now
        AND l.hold_reason IS NULL
        AND NOT seen.is_doubtful
        AND coalesce((
            SELECT k.state NOT IN ('paid', 'expired', 'void') FROM coupons k
            WHERE k.id = m.coupon_id
        ), true)
        AND (m.cause <> 'automatic' OR (
            SELECT 1 FROM opt_outs o
            WHERE o.contact_point_id = m.contact_point_id AND o.revoked_at IS NULL LIMIT 1
        ) IS NULL)
        AND (m.cause NOT IN ('campaign', 'reminder') OR (
            c.state = 'running' AND c.hold_reason IS NULL AND NOT seen.is_fresh
            AND (
                SELECT 1 FROM opt_outs o
                WHERE o.contact_point_id = m.contact_point_id AND o.revoked_at IS NULL
                    AND o.purpose IN ('all', t.purpose) LIMIT 1
            ) IS NULL
            AND CASE WHEN :cap > 0 AND seen.recent >= :cap
                THEN {holds.TIRED_SINCE} IS NULL ELSE true END
        ))
"""

_SET_OUT = """
    UPDATE messages m SET
        state = 'sending', state_at = :now, attempts = m.attempts + 1, lease_until = :until
    FROM ours
    WHERE m.id = ours.id AND {fits} AND m.state = 'claimed' AND m.lease_owner = :owner
    RETURNING m.id, m.attempts
"""
_IS_FIRST = "ours.place = 1"
_FITS = """(NOT (ours.is_outside AND ours.is_unknown)
        OR ours.used <= CASE WHEN ours.is_reply THEN :reply_room ELSE :campaign_room END)"""

_START = text(
    f"""
WITH ours AS ({_MAY_START}), started AS ({_SET_OUT.format(fits=_IS_FIRST)})
INSERT INTO attempts (message_id, number, owner, started_at)
SELECT id, attempts, :owner, :now FROM started
RETURNING message_id, number
"""
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

# The same, while new recipients fit into the quota: replies first, which may use all of it.
_START_COUNTED = text(
    f"""
WITH may AS ({_MAY_START}), outside AS (
    SELECT m.*, {quota.IS_OUTSIDE} AS is_outside, {quota.IS_NEW} AS is_unknown,
        m.cause NOT IN ('campaign', 'reminder') AS is_reply
    FROM may m WHERE m.place = 1
), ours AS (
    SELECT o.*, sum(CASE WHEN is_outside AND is_unknown THEN 1 ELSE 0 END)
        OVER (ORDER BY is_reply DESC, id) AS used
    FROM outside o
), started AS ({_SET_OUT.format(fits=_FITS)}), made AS (
    INSERT INTO attempts (message_id, number, owner, started_at)
    SELECT id, attempts, :owner, :now FROM started
    RETURNING message_id, number
)
SELECT made.message_id, made.number, ours.contact_point_id, ours.is_outside
FROM made JOIN ours ON ours.id = made.message_id
"""
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

_RELEASE = text(
    """
UPDATE messages m SET
    state = 'planned', lease_owner = NULL, lease_until = NULL,
    due_at = greatest(m.due_at, coalesce(CAST(:due AS timestamptz), m.due_at))
FROM (
    SELECT id FROM messages
    WHERE id = ANY(:ids) AND state = 'claimed' AND lease_owner = :owner
    ORDER BY id FOR NO KEY UPDATE
) AS ours
WHERE m.id = ours.id
"""
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

_REAP = text(
    """
WITH lapsed AS (
    SELECT id, last_id FROM send_slices WHERE reap_at < :now
    ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
), free AS (
    -- whom somebody else is at is left to the next sweep: we hold slices, and wait for nobody
    SELECT m.id, s.id AS slice FROM lapsed s
    JOIN messages m ON m.id BETWEEN s.id AND s.last_id
    WHERE m.lease_until < :now AND m.state IN ('claimed', 'sending')
    ORDER BY m.id FOR UPDATE OF m SKIP LOCKED
), freed AS (
    UPDATE messages m SET
        state = CASE WHEN m.state = 'sending' THEN 'uncertain' ELSE 'planned' END,
        state_at = :now, lease_owner = NULL, lease_until = NULL,
        look_at = CASE WHEN m.state = 'sending' THEN coalesce((
            SELECT a.started_at FROM attempts a
            WHERE a.message_id = m.id AND a.number = m.attempts
        ), :now) + :first_look END,
        looks = 0
    FROM free
    WHERE m.id = free.id
    RETURNING free.slice AS id, m.state
)
SELECT s.id, count(*) FILTER (WHERE f.state = 'planned') AS back,
    count(*) FILTER (WHERE f.state = 'uncertain') AS doubtful
FROM lapsed s LEFT JOIN freed f ON f.id = s.id GROUP BY s.id
"""
).bindparams(bindparam("first_look", type_=INTERVAL))
