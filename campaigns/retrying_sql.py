"""The statements of `retrying`.

Scalar subqueries: each is looked up by an index for each row, whatever the planner believes.
"""

# He is written to where a campaign would write to him now, as when it was planned. No attempt may
# have arrived: none with a second id, with one that nobody called failed, or without an outcome.
_RETRIABLE = """
FROM messages m
JOIN cases c ON c.id = m.case_id
JOIN campaigns k ON k.id = m.campaign_id
JOIN template_versions v ON v.id = m.template_version_id
JOIN subscriptions s ON s.id = c.subscription_id
LEFT JOIN customer_contacts cc ON cc.customer_id = s.customer_id AND cc.preferred
JOIN contact_points p ON p.id = coalesce(cc.contact_point_id, m.contact_point_id)
WHERE m.campaign_id = :campaign AND m.direction = 'out' AND m.sequence = 1
    AND m.state IN ('failed', 'undelivered') AND m.replied_at IS NULL
    AND (m.reason IS NOT NULL OR m.error_code IS NOT NULL)
    AND coalesce(nullif(split_part(m.reason, ':', 1), ''), m.error_code::text) = :why
    AND m.state_at <= :through
    AND k.state IN ('running', 'paused') AND v.state = 'approved' AND c.state <> 'finished'
    AND p.is_valid AND coalesce(p.phone, p.bsuid) IS NOT NULL
    AND (p.id <> m.contact_point_id OR NOT :elsewhere)
    AND (
        SELECT 1 FROM opt_outs o
        WHERE o.contact_point_id = p.id AND o.revoked_at IS NULL
            AND o.purpose IN ('all', (
                SELECT t.purpose FROM campaign_types t WHERE t.id = k.campaign_type_id
            )) LIMIT 1
    ) IS NULL
    AND coalesce((
        SELECT q.state NOT IN ('paid', 'expired', 'void') FROM coupons q WHERE q.id = m.coupon_id
    ), true)
    AND coalesce((
        SELECT l.expires_at > greatest(:at, m.state_at + CAST(:wait AS interval))
        FROM coupon_links l WHERE l.message_id = m.id
    ), true)
    AND (
        SELECT 1 FROM results r
        JOIN result_types rt ON rt.id = r.result_type_id
        WHERE r.case_id = c.id AND rt.stops_sends AND r.revoked_at IS NULL
            AND (SELECT 1 FROM results n WHERE n.supersedes_id = r.id LIMIT 1) IS NULL LIMIT 1
    ) IS NULL
    AND (SELECT 1 FROM message_repeats a WHERE a.message_id = m.id) IS NULL
    AND (
        SELECT 1 FROM attempts a
        WHERE a.message_id = m.id AND (
            cardinality(a.other_sids) > 0
            OR a.provider_sid IS DISTINCT FROM m.provider_sid AND a.provider_sid IS NOT NULL
                AND a.error_code IS NULL
            OR a.provider_sid IS NULL AND coalesce(a.outcome, 'unknown') = 'unknown'
        ) LIMIT 1
    ) IS NULL
    AND (
        SELECT 1 FROM messages e
        WHERE e.case_id = c.id AND e.direction = 'out' AND e.sequence < 0
            AND e.state IN ('delivered', 'read') LIMIT 1
    ) IS NULL
    AND (
        SELECT 1 FROM messages e  -- after a backup: what was sent since may have been a retry
        WHERE e.contact_point_id IN (p.id, m.contact_point_id) AND e.line_id = m.line_id
            AND e.direction = 'out' AND e.cause = 'recovered' AND e.created_at >= m.created_at
        LIMIT 1
    ) IS NULL
    AND (p.id = m.contact_point_id OR k.shared_phone = 'each' OR (
        SELECT 1 FROM messages e
        WHERE e.contact_point_id = p.id AND e.campaign_id = m.campaign_id AND e.direction = 'out'
            AND e.state NOT IN ('failed', 'undelivered', 'skipped', 'cancelled') LIMIT 1
    ) IS NULL)
"""

COUNT = f"SELECT count(*) FROM (SELECT m.id {_RETRIABLE} LIMIT :most) AS these"

# The case too: who records that nothing more is to be sent waits for us, or is seen. What somebody
# holds is passed over: nobody is waited for in a circle.
LOCK = f"SELECT m.id {_RETRIABLE} ORDER BY m.id LIMIT :most FOR NO KEY UPDATE OF m, c SKIP LOCKED"

# One to a phone at a time, but where the campaign writes of each subscription.
CHOSEN = f"""
SELECT id, case_id, contact_point_id FROM (
    SELECT m.id, m.case_id, p.id AS contact_point_id, k.shared_phone = 'each' AS each,
        row_number() OVER (PARTITION BY p.id ORDER BY m.id) AS place {_RETRIABLE}
        AND m.id = ANY(CAST(:ids AS bigint[]))
) AS these
WHERE these.each OR these.place = 1
ORDER BY id
"""

RESERVE = "SELECT nextval('messages_id_seq') FROM generate_series(1, :blocks)"

BEHIND = """
UPDATE messages m SET sequence = least((
    SELECT min(e.sequence) FROM messages e
    WHERE e.case_id = m.case_id AND e.direction = 'out' AND e.sequence IS NOT NULL
), 0) - 1
WHERE m.id = ANY(CAST(:ids AS bigint[]))
"""

FRONT = "UPDATE messages SET sequence = 1 WHERE id = ANY(CAST(:ids AS bigint[]))"

ROWS = """
INSERT INTO messages (
    id, direction, state, line_id, contact_point_id, address, cause, case_id, campaign_id,
    sequence, template_version_id, variables, coupon_id, due_at, created_at, state_at
)
SELECT n.id, 'out', 'planned', m.line_id, p.id, coalesce(p.phone, p.bsuid), m.cause, m.case_id,
    m.campaign_id, 1, m.template_version_id, m.variables, m.coupon_id,
    greatest(:now, m.state_at + CAST(:wait AS interval)), :now, :now
FROM unnest(
    CAST(:old AS bigint[]), CAST(:new AS bigint[]), CAST(:contacts AS bigint[])
) AS n (old_id, id, contact_point_id)
JOIN messages m ON m.id = n.old_id
JOIN contact_points p ON p.id = n.contact_point_id
"""

REPEATS = """
INSERT INTO message_repeats (message_id, repeat_id)
SELECT * FROM unnest(CAST(:old AS bigint[]), CAST(:new AS bigint[]))
"""

LINKS = """
INSERT INTO coupon_links (message_id, coupon_id, expires_at)
SELECT n.id, l.coupon_id, l.expires_at
FROM unnest(CAST(:old AS bigint[]), CAST(:new AS bigint[])) AS n (old_id, id)
JOIN coupon_links l ON l.message_id = n.old_id
"""

ADDRESSES = """
UPDATE cases c SET contact_point_id = n.contact_point_id
FROM unnest(CAST(:cases AS bigint[]), CAST(:to AS bigint[])) AS n (id, contact_point_id)
WHERE c.id = n.id AND c.contact_point_id <> n.contact_point_id
"""

STANDING = """
SELECT old.id AS old_id, m.id, m.state, m.case_id
FROM messages old
JOIN messages m ON m.case_id = old.case_id AND m.direction = 'out' AND m.sequence = 1
WHERE old.id = ANY(CAST(:ids AS bigint[])) AND old.sequence < 0
ORDER BY m.id, old.id DESC
FOR NO KEY UPDATE OF m
"""

TAKE_BACK = """
UPDATE messages SET state = 'cancelled', state_at = :now, reason = :reason,
    lease_owner = NULL, lease_until = NULL
WHERE id = ANY(CAST(:ids AS bigint[])) AND state IN ('planned', 'claimed')
"""

# Of a message that lists several subscriptions: the cases beside its own, skipped for it.
LISTED = """
UPDATE messages m SET reason = n.now_by, contact_point_id = n.contact_point_id
FROM (
    SELECT e.id, u.now_by, t.contact_point_id
    FROM unnest(
        CAST(:were AS text[]), CAST(:are AS text[]), CAST(:by AS bigint[])
    ) AS u (was_by, now_by, id)
    JOIN messages t ON t.id = u.id
    JOIN messages e ON e.campaign_id = t.campaign_id AND e.reason = u.was_by
        AND e.state = 'skipped'
    ORDER BY e.id
    FOR NO KEY UPDATE OF e
) AS n
WHERE m.id = n.id
"""

LATE = """
SELECT old.id AS old_id, m.id
FROM message_repeats r
JOIN messages old ON old.id = r.message_id
JOIN messages m ON m.case_id = old.case_id AND m.direction = 'out' AND m.sequence = 1
WHERE old.sequence < 0 AND old.state IN ('delivered', 'read')
    AND m.state IN ('planned', 'failed', 'undelivered', 'cancelled')
ORDER BY old.id
"""

LOCK_FREE = """
SELECT id FROM messages WHERE id = ANY(CAST(:ids AS bigint[]))
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
