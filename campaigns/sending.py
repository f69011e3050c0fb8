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

from campaigns import locks
from campaigns.slices import refresh_slices


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


def lines_with_work(session: Session, *, now: datetime) -> list[int]:
    """Lines on which some message may go out now."""
    found = session.execute(text(_LINES_WITH_WORK), {"now": now})
    return list(found.scalars())


def take_slice(
    session: Session, line_id: int, *, lease: Lease, now: datetime, only_replies: bool = False
) -> int | None:
    """Lease the next slice of a line: replies first, then campaigns by priority. None: no work."""
    return session.execute(
        text(_TAKE),
        {
            "line": line_id,
            "now": now,
            "until": now + lease.span,
            "only_replies": only_replies,
        },
    ).scalar_one_or_none()


def claim_slice(session: Session, slice_id: int, *, lease: Lease, now: datetime) -> list[Claimed]:
    """Take every message of the slice that may go out now, for this lease alone.

    What must not go out any more is cancelled on the way, with its reason.
    """
    values = {"slice": slice_id, "now": now, "owner": lease.owner, "until": now + lease.span}
    session.execute(text(_CANCEL_UNWANTED), values)
    rows = session.execute(text(_CLAIM), values)
    return sorted((Claimed(*row) for row in rows), key=lambda claimed: claimed.id)


def start_attempts(
    session: Session, group: Sequence[Claimed], *, lease: Lease, now: datetime
) -> dict[int, int]:
    """Commit-to-be of one attempt for each message that may still go out: id → attempt number.

    Left out: a claim that lapsed, a campaign that is no longer running, a contact point that
    opted out, a coupon that was paid, and a second message to someone whose first is still
    doubtful: with two, a listing could not tell which of them it shows. The locks make opt-out,
    cancel and payment, and other senders to the same person, wait for our commit or us see
    theirs: no attempt is committed after they are.
    """
    locks.lock_for_attempts(
        session,
        contacts=[each.contact_point_id for each in group],
        coupons=[each.coupon_id for each in group if each.coupon_id is not None],
        campaigns=[each.campaign_id for each in group if each.campaign_id is not None],
    )
    rows = session.execute(
        _START,
        {
            "ids": [each.id for each in group],
            "owner": lease.owner,
            "now": now,
            "until": now + lease.span,
        },
    )
    return {row.message_id: row.number for row in rows}


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


_OPEN = """
    l.hold_reason IS NULL
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
    WHERE s.line_id = :line AND s.next_due_at <= :now AND (s.is_reply OR NOT :only_replies)
        AND (s.leased_until IS NULL OR s.leased_until < :now) AND """
    + _OPEN
    + """
    ORDER BY s.is_reply DESC, c.priority, s.id
    LIMIT 1
    FOR UPDATE OF s SKIP LOCKED
)
RETURNING id
"""
)

# Only an opt-out of what the campaign is for stops it; an operator's answer may still go out.
_OPTED_OUT = """
    SELECT FROM opt_outs o
    JOIN campaigns oc ON oc.id = m.campaign_id
    JOIN campaign_types ot ON ot.id = oc.campaign_type_id
    WHERE o.contact_point_id = m.contact_point_id AND o.revoked_at IS NULL
        AND o.purpose IN ('all', ot.purpose) AND m.cause IN ('campaign', 'reminder')
"""
_COUPON_GONE = """
    SELECT FROM coupons k
    WHERE k.id = m.coupon_id AND k.state IN ('paid', 'expired', 'void')
"""

_CANCEL_UNWANTED = (
    """
UPDATE messages m SET
    state = 'cancelled', state_at = :now,
    reason = CASE WHEN EXISTS ("""
    + _OPTED_OUT
    + """) THEN 'opt_out' ELSE 'coupon_not_payable' END
FROM send_slices s
WHERE s.id = :slice AND m.id BETWEEN s.id AND s.last_id AND m.state = 'planned'
    AND (EXISTS ("""
    + _OPTED_OUT
    + ") OR EXISTS ("
    + _COUPON_GONE
    + "))"
)

_CLAIM = """
UPDATE messages m SET
    state = 'claimed', state_at = :now, lease_owner = :owner, lease_until = :until
FROM send_slices s
WHERE s.id = :slice AND m.id BETWEEN s.id AND s.last_id
    AND m.state = 'planned' AND m.due_at <= :now
RETURNING m.id, m.contact_point_id, m.campaign_id, m.coupon_id, m.address,
    m.template_version_id, m.variables, m.body
"""

_START = text(
    """
WITH ours AS (
    SELECT m.id,
        row_number() OVER (PARTITION BY m.line_id, m.contact_point_id ORDER BY m.id) AS place
    FROM messages m
    LEFT JOIN campaigns c ON c.id = m.campaign_id
    JOIN lines l ON l.id = m.line_id
    WHERE m.id = ANY(:ids)
        AND m.state = 'claimed' AND m.lease_owner = :owner AND m.lease_until > :now
        AND l.hold_reason IS NULL
        AND (m.cause NOT IN ('campaign', 'reminder')
            OR (c.state = 'running' AND c.hold_reason IS NULL))
        AND NOT EXISTS ("""
    + _OPTED_OUT
    + ") AND NOT EXISTS ("
    + _COUPON_GONE
    + """)
        AND NOT EXISTS (
            SELECT FROM messages d
            WHERE d.line_id = m.line_id AND d.contact_point_id = m.contact_point_id
                AND d.state IN ('sending', 'uncertain') AND d.id <> m.id
        )
), started AS (
    UPDATE messages m SET
        state = 'sending', state_at = :now, attempts = m.attempts + 1, lease_until = :until
    FROM ours
    WHERE m.id = ours.id AND ours.place = 1 AND m.state = 'claimed' AND m.lease_owner = :owner
    RETURNING m.id, m.attempts
)
INSERT INTO attempts (message_id, number, owner, started_at)
SELECT id, attempts, :owner, :now FROM started
RETURNING message_id, number
"""
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

_RELEASE = text(
    """
UPDATE messages SET
    state = 'planned', lease_owner = NULL, lease_until = NULL,
    due_at = greatest(due_at, coalesce(CAST(:due AS timestamptz), due_at))
WHERE id = ANY(:ids) AND state = 'claimed' AND lease_owner = :owner
"""
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

_REAP = text(
    """
WITH lapsed AS (
    SELECT id, last_id FROM send_slices WHERE reap_at < :now
    ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
), freed AS (
    UPDATE messages m SET
        state = CASE WHEN m.state = 'sending' THEN 'uncertain' ELSE 'planned' END,
        state_at = :now, lease_owner = NULL, lease_until = NULL,
        look_at = CASE WHEN m.state = 'sending' THEN coalesce((
            SELECT a.started_at FROM attempts a
            WHERE a.message_id = m.id AND a.number = m.attempts
        ), :now) + :first_look END,
        looks = 0
    FROM lapsed s
    WHERE m.id BETWEEN s.id AND s.last_id
        AND m.lease_until < :now AND m.state IN ('claimed', 'sending')
    RETURNING s.id, m.state
)
SELECT s.id, count(*) FILTER (WHERE f.state = 'planned') AS back,
    count(*) FILTER (WHERE f.state = 'uncertain') AS doubtful
FROM lapsed s LEFT JOIN freed f ON f.id = s.id GROUP BY s.id
"""
).bindparams(bindparam("first_look", type_=INTERVAL))
