"""The statements of `sending`."""

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL
from sqlalchemy.types import BigInteger

from campaigns import guards as holds
from campaigns import quota
from campaigns.restoring import IS_HELD

_OPEN = f"""
    l.hold_reason IS NULL AND NOT {IS_HELD}
    AND (s.is_reply OR (c.state = 'running' AND c.hold_reason IS NULL))
"""

LINES_WITH_WORK = (
    """
SELECT l.id FROM lines l WHERE EXISTS (
    SELECT FROM send_slices s LEFT JOIN campaigns c ON c.id = s.campaign_id
    WHERE s.line_id = l.id AND s.next_due_at <= :now
        AND (s.leased_until IS NULL OR s.leased_until < :now) AND """
    + _OPEN
    + ")"
)

TAKE = (
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
LOCK = """
SELECT FROM messages WHERE id BETWEEN :first AND :last AND state = 'planned'
ORDER BY id FOR NO KEY UPDATE
"""

CANCEL = """
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
CLAIM_ALL = _CLAIM.format(these="")
CLAIM_THESE = _CLAIM.format(these="AND m.id = ANY(CAST(:ids AS bigint[]))")

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

START = text(
    f"""
WITH ours AS ({_MAY_START}), started AS ({_SET_OUT.format(fits=_IS_FIRST)})
INSERT INTO attempts (message_id, number, owner, started_at)
SELECT id, attempts, :owner, :now FROM started
RETURNING message_id, number
"""
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

# The same, while new recipients fit into the quota: replies first, which may use all of it.
START_COUNTED = text(
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

RELEASE = text(
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

REAP = text(
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
