"""Write one chunk of an audience: its cases, planned messages, coupon links and slices.

All by INSERT … SELECT over one temporary table, in one transaction: about 40 µs a subscription.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Integer,
    MetaData,
    Subquery,
    Table,
    Text,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from campaigns.audience import COVERED, Recipe
from campaigns.coupons import GRACE
from campaigns.times import Times
from models.campaign import Campaign, CampaignStep, SharedPhonePolicy

_chunk = Table(
    "planned_chunk",
    MetaData(),
    Column("subscription_id", BigInteger),
    Column("contact_point_id", BigInteger),
    Column("address", Text),
    Column("coupon_id", BigInteger),
    Column("expires_on", Date),
    Column("variables", JSONB),
    Column("reason", Text),
    Column("place", Integer),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


def write_chunk(
    session: Session,
    campaign: Campaign,
    recipe: Recipe,
    rows: Subquery,
    *,
    slice_rows: int,
    now: datetime,
    times: Times,
    zone: str,
) -> int:
    """Turn the candidates into rows; return how many cases are new.

    A subscription that has its case already is left alone. ``zone`` is where a coupon's day ends.
    """
    _chunk.create(session.connection())
    session.execute(
        insert(_chunk).from_select(
            list(_chunk.c.keys()), select(*(rows.c[c.name] for c in _chunk.c))
        )
    )
    session.execute(text("ANALYZE planned_chunk"))
    values: dict[str, Any] = {
        "campaign": campaign.id,
        "line": campaign.line_id,
        "now": now,
        "slice_rows": slice_rows,
        "spacing": times.pair_spacing,
        "zone": zone,
        "listed": COVERED,
        "days": GRACE.days + 1,
    }
    cases = int(session.execute(text(_CASES), values).scalar_one())
    if cases and recipe.sends:
        values["version"] = _version(session, campaign.id)
        values["blocks"] = _reserve(session, -(-cases // slice_rows))
        session.execute(text(_MESSAGES), values)
        if "coupon_link.token" in recipe.fields.values():
            session.execute(text(_LINKS), values)
        if recipe.shared_phone is SharedPhonePolicy.LIST:
            session.execute(text(_COVERED_BY), values)
        session.execute(text(_SLICES), values)
    return cases


def _version(session: Session, campaign_id: int) -> int:
    step = CampaignStep
    return session.execute(
        select(step.template_version_id).where(step.campaign_id == campaign_id, step.position == 1)
    ).scalar_one()


def _reserve(session: Session, blocks: int) -> list[int]:
    """First ids of as many blocks; a block that a crash leaves unused is only a gap."""
    found = session.execute(
        text("SELECT nextval('messages_id_seq') FROM generate_series(1, :blocks)"),
        {"blocks": blocks},
    )
    return list(found.scalars())


_CASES = """
WITH written AS (
    INSERT INTO cases (campaign_id, subscription_id, contact_point_id)
    SELECT :campaign, subscription_id, contact_point_id FROM planned_chunk
    ON CONFLICT (campaign_id, subscription_id) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM written
"""

# First messages of a phone before its second ones, skipped rows last: so a slice is dense work.
_MESSAGES = """
INSERT INTO messages (
    id, direction, state, line_id, contact_point_id, address, cause, case_id, campaign_id,
    sequence, template_version_id, variables, coupon_id, due_at, reason, created_at, state_at
)
SELECT (CAST(:blocks AS bigint[]))[n / :slice_rows + 1] + n % :slice_rows,
    'out', CASE WHEN reason IS NULL THEN 'planned' ELSE 'skipped' END,
    :line, contact_point_id, address, 'campaign', case_id, :campaign,
    1, :version, variables, coupon_id,
    CASE WHEN reason IS NULL THEN :now + (place - 1) * CAST(:spacing AS interval) END,
    reason, :now, :now
FROM (
    SELECT p.*, c.id AS case_id,
        row_number() OVER (ORDER BY p.reason IS NOT NULL, p.place, p.subscription_id) - 1 AS n
    FROM planned_chunk p
    JOIN cases c ON c.campaign_id = :campaign AND c.subscription_id = p.subscription_id
    WHERE NOT EXISTS (SELECT FROM messages m WHERE m.case_id = c.id AND m.direction = 'out')
) AS numbered
"""

_LINKS = """
INSERT INTO coupon_links (message_id, coupon_id, expires_at)
SELECT m.id, m.coupon_id, (p.expires_on + :days)::timestamp AT TIME ZONE :zone
FROM planned_chunk p
JOIN cases c ON c.campaign_id = :campaign AND c.subscription_id = p.subscription_id
JOIN messages m ON m.case_id = c.id AND m.direction = 'out' AND m.sequence = 1
WHERE m.state = 'planned' AND m.coupon_id IS NOT NULL
"""

_COVERED_BY = """
UPDATE messages m SET reason = :listed || ':' || first.id
FROM planned_chunk p, cases c, messages first
WHERE p.reason = :listed
    AND c.campaign_id = :campaign AND c.subscription_id = p.subscription_id
    AND m.case_id = c.id AND m.direction = 'out' AND m.sequence = 1
    AND first.contact_point_id = p.contact_point_id AND first.campaign_id = :campaign
    AND first.direction = 'out' AND first.sequence = 1 AND first.state = 'planned'
"""

_SLICES = """
INSERT INTO send_slices (id, last_id, line_id, campaign_id, is_reply, next_due_at, is_domestic)
SELECT block, block + :slice_rows - 1, :line, :campaign, false, min(m.due_at),
    bool_and(m.address LIKE '+54%')
FROM unnest(CAST(:blocks AS bigint[])) AS block
JOIN messages m ON m.id BETWEEN block AND block + :slice_rows - 1 AND m.state = 'planned'
GROUP BY block
"""
