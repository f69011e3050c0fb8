"""How many new people a portfolio may write to in 24 hours, over all its lines.

Counted is who is written to outside an open service window, once however often, from the last
time on. By the minute: a use ends up to a minute late, so we never have more than the provider
allows. Every minute's count stands in a row of its own, so a limit of 100,000 is not counted.

The claim estimates, so that no more is claimed than may go; `start_attempts` counts, under the
portfolio's lock. So the limit holds exactly, however many workers and lines there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns import locks
from campaigns.limits import Guards

SPAN = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Room:
    """How many more people may be written to now, by campaigns and by replies and tests."""

    campaigns: int
    replies: int
    frees_at: datetime  # when there may be more


def counted_since(now: datetime) -> datetime:
    """Uses of this minute, and later ones, count."""
    return (now - SPAN).replace(second=0, microsecond=0)


def room_of(
    session: Session, portfolio_id: int, limit: int, guards: Guards, *, now: datetime
) -> Room:
    """Exact under `locks.lock_portfolio_exclusive`, else an estimate."""
    used, first = session.execute(
        text(_USED), {"portfolio": portfolio_id, "since": counted_since(now)}
    ).one()
    frees_at = now + _MINUTE
    if first is not None:
        frees_at = max(frees_at, first + SPAN + _MINUTE)
    return Room(guards.campaign_quota(limit) - int(used), limit - int(used), frees_at)


def used_now(session: Session, portfolio_id: int, *, now: datetime) -> int:
    """How many people the portfolio has written to within 24 hours."""
    values = {"portfolio": portfolio_id, "since": counted_since(now)}
    return int(session.execute(text(_USED), values).one()[0])


def fitting(
    session: Session,
    *,
    portfolio_id: int,
    first: int,
    last: int,
    room: int,
    guards: Guards,
    now: datetime,
) -> tuple[list[int], int]:
    """Due messages of a slice that fit into ``room``, and how many do not."""
    values = {
        "portfolio": portfolio_id,
        "first": first,
        "last": last,
        "room": room,
        "now": now,
        "since": counted_since(now),
        "window": now - guards.service_window,
    }
    rows = session.execute(text(_FITTING), values).all()
    fit = [row.id for row in rows if row.fits]
    return fit, len(rows) - len(fit)


def book(session: Session, portfolio_id: int, contacts: Sequence[int], *, now: datetime) -> None:
    """These are written to now, outside a service window. Hold the portfolio's lock."""
    if contacts:
        minute = now.replace(second=0, microsecond=0)
        values = {"portfolio": portfolio_id, "contacts": list(contacts), "minute": minute}
        session.execute(text(_BOOK), values)


def begin_counting(session: Session, portfolio_id: int, *, now: datetime) -> None:
    """Count what was sent while the portfolio had no limit: it uses the new one up too."""
    locks.lock_portfolio_exclusive(session, portfolio_id)
    values = {"portfolio": portfolio_id, "since": counted_since(now)}
    session.execute(text(_ANEW_USES), values)
    session.execute(text("DELETE FROM quota_counts WHERE portfolio_id = :portfolio"), values)
    session.execute(text(_ANEW_COUNTS), values)


def forget_old(session: Session, *, now: datetime) -> None:
    """Nothing older than two days is asked for again."""
    before = {"before": now - 2 * SPAN}
    session.execute(text("DELETE FROM quota_uses WHERE minute < :before"), before)
    session.execute(text("DELETE FROM quota_counts WHERE minute < :before"), before)


# Whether a message `m` is written outside a window that its recipient opened by writing to us …
IS_OUTSIDE = """(
    SELECT 1 FROM messages i
    WHERE i.contact_point_id = m.contact_point_id AND i.line_id = m.line_id
        AND i.direction = 'in' AND i.created_at > :window
    LIMIT 1
) IS NULL"""
# … and whether its recipient is counted already.
IS_NEW = """(
    SELECT 1 FROM quota_uses u
    WHERE u.portfolio_id = :portfolio AND u.contact_point_id = m.contact_point_id
        AND u.minute >= :since
) IS NULL"""

_USED = """
SELECT coalesce(sum(recipients), 0), min(minute) FILTER (WHERE recipients > 0)
FROM quota_counts WHERE portfolio_id = :portfolio AND minute >= :since
"""

_FITTING = f"""
SELECT id, NOT is_new OR sum(CASE WHEN is_new THEN 1 ELSE 0 END) OVER (ORDER BY id) <= :room AS fits
FROM (
    SELECT m.id, {IS_NEW} AND {IS_OUTSIDE} AS is_new
    FROM messages m
    WHERE m.id BETWEEN :first AND :last AND m.state = 'planned' AND m.due_at <= :now
) AS looked
"""  # noqa: S608

_BOOK = """
WITH before AS (
    SELECT u.contact_point_id, u.minute FROM quota_uses u
    WHERE u.portfolio_id = :portfolio AND u.contact_point_id = ANY(CAST(:contacts AS bigint[]))
        AND u.minute <> :minute
), written AS (
    INSERT INTO quota_uses AS u (portfolio_id, contact_point_id, minute)
    SELECT DISTINCT :portfolio, contact, CAST(:minute AS timestamptz)
    FROM unnest(CAST(:contacts AS bigint[])) AS contact
    ON CONFLICT (portfolio_id, contact_point_id) DO UPDATE SET minute = excluded.minute
        WHERE u.minute <> excluded.minute
    RETURNING u.contact_point_id
)
INSERT INTO quota_counts AS c (portfolio_id, minute, recipients)
SELECT :portfolio, minute, sum(moved) FROM (
    SELECT minute, -1 AS moved FROM before
    UNION ALL
    SELECT CAST(:minute AS timestamptz), 1 FROM written
) AS changes
GROUP BY minute
ON CONFLICT (portfolio_id, minute) DO UPDATE SET recipients = c.recipients + excluded.recipients
"""

_ANEW_USES = """
INSERT INTO quota_uses AS u (portfolio_id, contact_point_id, minute)
SELECT l.portfolio_id, m.contact_point_id, date_trunc('minute', max(a.started_at))
FROM attempts a
JOIN messages m ON m.id = a.message_id
JOIN lines l ON l.id = m.line_id
WHERE l.portfolio_id = :portfolio AND a.started_at >= :since
    AND (m.cause IN ('campaign', 'reminder') OR m.template_version_id IS NOT NULL)
GROUP BY 1, 2
ON CONFLICT (portfolio_id, contact_point_id)
    DO UPDATE SET minute = greatest(u.minute, excluded.minute)
"""

_ANEW_COUNTS = """
INSERT INTO quota_counts (portfolio_id, minute, recipients)
SELECT portfolio_id, minute, count(*) FROM quota_uses
WHERE portfolio_id = :portfolio GROUP BY 1, 2
"""
