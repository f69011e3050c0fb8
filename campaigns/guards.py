"""What keeps a due message from leaving now, looked at in the claim: each hold ends by itself.

Whole slices wait for sending hours and for the portfolio's quota; single messages for their
recipient's hours, for the cap on unanswered messages and for the pair limit. Replies wait for
the quota alone. A person's holds, pauses and opt-outs are the claim's own (`campaigns.sending`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.limits import Guards
from campaigns.sending_hours import ARGENTINA, SendingHours, chosen_hours, zones_of

QUIET_HOURS = "quiet_hours"
QUOTA = "quota"
FATIGUE = "fatigue"
PAIR_LIMIT = "pair_limit"
TRIED_LATER = "tried_later"  # they failed in a way that ends by itself
"""Reasons of messages and slices that wait."""
NIGHT_IS_OVER = "night_is_over"
"""Of an automatic answer that did not leave before somebody was there again."""
ARRIVED_LATE = "arrived_late"
"""Of a retry: the message before it had arrived after all."""

Ends = Mapping[tuple[ZoneInfo, ...], datetime | None]
"""When hours that are open end, by the places that recipients live in; None: not within a week."""

_NEVER = timedelta(days=366)  # a window that never opens is looked at again after this
_FATIGUE_LOOK = timedelta(hours=1)  # an answer meanwhile lifts the cap: looked at again so often
_SETTLES = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceFacts:
    """A slice with what its campaign, line and portfolio say about sending it."""

    id: int
    last_id: int
    line_id: int
    campaign_id: int | None
    is_reply: bool
    is_domestic: bool
    put_off_reason: str | None
    purpose: str | None  # of its campaign
    priority: int | None
    campaign_window: Mapping[str, Any] | None
    campaign_holidays: bool | None
    line_window: Mapping[str, Any] | None
    line_holidays: bool | None
    portfolio_id: int
    quota: int | None  # None: unlimited

    def hours(self, guards: Guards) -> SendingHours:
        return chosen_hours(
            guards.hours,
            (self.campaign_window, self.campaign_holidays),
            (self.line_window, self.line_holidays),
        )


def facts_of(session: Session, slice_id: int) -> SliceFacts:
    row = session.execute(text(_FACTS), {"slice": slice_id}).one()
    return SliceFacts(**row._mapping)


def wait_for_hours(
    session: Session, facts: SliceFacts, guards: Guards, *, now: datetime
) -> Ends | None:
    """When the hours end for each place its recipients live in; None: the whole slice waits.

    Who lives where it is night is put off alone. Of a campaign whose recipients are all
    Argentine every due slice waits at once: its other slices need not be taken for that.
    """
    hours = facts.hours(guards)
    if facts.is_domestic:
        opens = _opens(hours, (ARGENTINA,), now)
        if opens > now:
            put_off(session, facts, QUIET_HOURS, until=opens, now=now, siblings=True)
            return None
        return {(ARGENTINA,): hours.closes_at(now, ARGENTINA)}
    places: defaultdict[tuple[ZoneInfo, ...], list[int]] = defaultdict(list)
    due = session.execute(text(_DUE), {"first": facts.id, "last": facts.last_id, "now": now})
    for message_id, address in due:
        places[zones_of(address, home=guards.zone)].append(message_id)
    opening = {zones: _opens(hours, zones, now) for zones in places}
    closed = {zones: opens for zones, opens in opening.items() if opens > now}
    if closed and len(closed) == len(places):
        put_off(session, facts, QUIET_HOURS, until=min(closed.values()), now=now)
        return None
    for zones, opens in closed.items():
        delay(session, facts, dict.fromkeys(places[zones], opens), QUIET_HOURS, now=now)
    return {zones: hours.closes_at(now, *zones) for zones in places if zones not in closed}


def _opens(hours: SendingHours, zones: tuple[ZoneInfo, ...], now: datetime) -> datetime:
    return hours.opens_at(now, *zones) or now + _NEVER


def look_at_people(
    session: Session, facts: SliceFacts, guards: Guards, *, now: datetime
) -> tuple[dict[int, str], dict[int, datetime], dict[int, datetime]]:
    """Of a campaign's due messages: who must not be written to at all, and who not yet.

    Message ids: why it is cancelled; until when it waits for the cap; for the pair limit.
    """
    values = {
        "first": facts.id,
        "last": facts.last_id,
        "now": now,
        "purpose": facts.purpose,
        **guards.people(now),
    }
    unwanted: dict[int, str] = {}
    tired: list[int] = []
    paired: dict[int, datetime] = {}
    for row in session.execute(text(_PEOPLE), values):
        if row.is_out:
            unwanted[row.id] = "opt_out"
        elif row.coupon_gone:
            unwanted[row.id] = "coupon_not_payable"
        elif row.night_is_over:
            unwanted[row.id] = NIGHT_IS_OVER
        elif row.arrived_before:
            unwanted[row.id] = ARRIVED_LATE
        else:
            if row.is_tired:
                tired.append(row.id)
            if row.last_at is not None:
                paired[row.id] = row.last_at + guards.pair_spacing
    return unwanted, _tired(session, tired, guards, now=now), paired


def _tired(
    session: Session, ids: Sequence[int], guards: Guards, *, now: datetime
) -> dict[int, datetime]:
    """Until when each of those waits that the cap really holds."""
    if not ids:
        return {}
    rows = session.execute(text(_TIRED), {"ids": list(ids), **guards.people(now)})
    return {
        message_id: min(oldest + guards.fatigue_span, now + _FATIGUE_LOOK) + _SETTLES
        for message_id, oldest in rows
    }


def put_off(
    session: Session,
    facts: SliceFacts,
    reason: str,
    *,
    until: datetime,
    now: datetime,
    siblings: bool = False,
) -> None:
    """Leave the slice alone until then, its messages untouched; ``siblings``: see above."""
    values = {"slice": facts.id, "reason": reason, "until": until, "now": now}
    if siblings and facts.campaign_id is not None:
        which = f"id = :slice OR campaign_id = :campaign AND is_domestic AND {_FREE_AND_DUE}"
        values["campaign"] = facts.campaign_id
    else:
        which = "id = :slice"
    session.execute(text(_PUT_OFF.format(which=which)), values)


def put_off_portfolio(
    session: Session, facts: SliceFacts, reason: str, *, until: datetime, now: datetime
) -> None:
    """Leave all campaigns on the portfolio's lines alone until then."""
    lines = "line_id IN (SELECT l.id FROM lines l WHERE l.portfolio_id = :portfolio)"
    which = f"id = :slice OR {lines} AND {_FREE_AND_DUE}"
    values = {
        "slice": facts.id,
        "portfolio": facts.portfolio_id,
        "reason": reason,
        "until": until,
        "now": now,
    }
    session.execute(text(_PUT_OFF.format(which=which)), values)


def put_off_line(
    session: Session, line_id: int, reason: str, *, until: datetime, now: datetime
) -> None:
    """Leave all campaigns on the line alone until then; what people write goes out."""
    values = {"line": line_id, "reason": reason, "until": until, "now": now}
    which = f"line_id = :line AND {_FREE_AND_DUE}"
    session.execute(text(_PUT_OFF.format(which=which)), values)


def tried_later(session: Session, slice_ids: Iterable[int], *, now: datetime) -> None:
    """Say on slices whose messages are all tried again later what they wait for."""
    values = {"ids": sorted(set(slice_ids)), "reason": TRIED_LATER, "now": now}
    if values["ids"]:
        session.execute(text(_TRIED_LATER), values)


def delay(
    session: Session,
    facts: SliceFacts,
    until: Mapping[int, datetime],
    reason: str,
    *,
    now: datetime,
) -> None:
    """Put single messages of a slice off, each with its own time, and say so on the slice."""
    if not until:
        return
    ids = sorted(until)
    values = {"ids": ids, "dues": [until[each] for each in ids], "reason": reason}
    session.execute(text(_DELAY), values)
    session.execute(text(_SAY), {"slice": facts.id, "reason": reason, "now": now})


def went_on(session: Session, facts: SliceFacts, *, still_waits: bool) -> None:
    """Something of the slice goes out: what it waited for is over."""
    if facts.put_off_reason is not None and not still_waits:
        session.execute(text(_WENT_ON), {"slice": facts.id})


def due_again(
    session: Session, campaign_ids: Iterable[int], *, now: datetime, reason: str = QUIET_HOURS
) -> None:
    """What waits for hours, or for the quota, is looked at anew: somebody has changed them."""
    values = {"campaigns": sorted(campaign_ids), "now": now, "reason": reason}
    session.execute(text(_EACH_DUE), values)
    session.execute(text(_DUE_AGAIN), values)


_FREE_AND_DUE = (
    "NOT is_reply AND next_due_at <= :now AND (leased_until IS NULL OR leased_until < :now)"
)

_FACTS = """
SELECT s.id, s.last_id, s.line_id, s.campaign_id, s.is_reply, s.is_domestic, s.put_off_reason,
    t.purpose, c.priority,
    c.sending_window AS campaign_window, c.sends_on_holidays AS campaign_holidays,
    l.sending_window AS line_window, l.sends_on_holidays AS line_holidays,
    p.id AS portfolio_id, p.daily_recipients AS quota
FROM send_slices s
JOIN lines l ON l.id = s.line_id
JOIN portfolios p ON p.id = l.portfolio_id
LEFT JOIN campaigns c ON c.id = s.campaign_id
LEFT JOIN campaign_types t ON t.id = c.campaign_type_id
WHERE s.id = :slice
"""

_DUE = """
SELECT id, address FROM messages
WHERE id BETWEEN :first AND :last AND state = 'planned' AND due_at <= :now
"""

# What has left, or may have. When is told by `state_at`, which is never before it: that lets in
# a few too many, and `TIRED_SINCE` counts those exactly.
HAS_LEFT = "('sending', 'accepted', 'sent', 'delivered', 'read', 'uncertain')"

# Of a campaign's message `m`: the oldest of as many occasions as the cap allows on which a campaign
# wrote to its recipient, who has not written since; null where there were fewer. Several
# subscriptions of one phone in one step of a campaign are one occasion.
TIRED_SINCE = f"""(
    SELECT max(a.started_at)
    FROM messages d
    JOIN attempts a ON a.message_id = d.id
    WHERE d.contact_point_id = m.contact_point_id AND d.direction = 'out'
        AND d.cause IN ('campaign', 'reminder') AND d.state IN {HAS_LEFT}
        AND (d.campaign_id, coalesce(d.sequence, 0)) <> (m.campaign_id, coalesce(m.sequence, 0))
        AND a.started_at > :tired_since
        AND a.started_at > coalesce((
            SELECT max(i.created_at) FROM messages i
            WHERE i.contact_point_id = m.contact_point_id AND i.direction = 'in'
        ), :tired_since)
    GROUP BY d.campaign_id, d.sequence
    ORDER BY 1 DESC
    OFFSET greatest(:cap, 1) - 1 LIMIT 1
)"""  # noqa: S608

# Scalar subqueries: each is looked up by an index for each of the rows, whatever the planner
# believes about how many there are. An EXISTS here was once turned into a scan of all coupons.
_PEOPLE = f"""
SELECT * FROM (
    SELECT m.id,
        m.cause IN ('campaign', 'reminder', 'automatic') AND (
            SELECT 1 FROM opt_outs o
            WHERE o.contact_point_id = m.contact_point_id AND o.revoked_at IS NULL
                AND (m.cause = 'automatic' OR o.purpose IN ('all', :purpose)) LIMIT 1
        ) IS NOT NULL AS is_out,
        coalesce((
            SELECT k.state IN ('paid', 'expired', 'void') FROM coupons k WHERE k.id = m.coupon_id
        ), false) AS coupon_gone,
        m.cause = 'automatic' AND coalesce((
            SELECT n.opens_at <= :now FROM night_answers n
            WHERE n.contact_point_id = m.contact_point_id AND n.line_id = m.line_id
                AND n.message_id = m.id
        ), false) AS night_is_over,
        m.sequence = 1 AND (
            SELECT 1 FROM messages e
            WHERE e.case_id = m.case_id AND e.direction = 'out' AND e.sequence < 0
                AND e.state IN ('delivered', 'read') LIMIT 1
        ) IS NOT NULL AS arrived_before,
        m.due_at <= :now AND m.cause IN ('campaign', 'reminder')
            AND :cap > 0 AND seen.recent >= :cap AS is_tired,
        CASE WHEN m.due_at <= :now AND m.cause IN ('campaign', 'reminder')
            THEN seen.last_at END AS last_at
    FROM messages m
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE d.cause IN ('campaign', 'reminder')
                AND d.state_at > :tired_since) AS recent,
            max(d.state_at) FILTER (WHERE d.line_id = m.line_id
                AND d.state_at > :pair_since) AS last_at
        FROM messages d
        WHERE d.contact_point_id = m.contact_point_id AND d.id <> m.id AND d.direction = 'out'
            AND d.state IN {HAS_LEFT}
    ) AS seen
    WHERE m.id BETWEEN :first AND :last AND m.state = 'planned'
) AS looked
WHERE is_out OR coupon_gone OR night_is_over OR arrived_before OR is_tired OR last_at IS NOT NULL
"""  # noqa: S608

_TIRED = f"""
SELECT id, since FROM (
    SELECT m.id, {TIRED_SINCE} AS since FROM messages m
    WHERE m.id = ANY(CAST(:ids AS bigint[]))
) AS looked
WHERE since IS NOT NULL
"""  # noqa: S608

_PUT_OFF = """
UPDATE send_slices s SET
    put_off_at = CASE WHEN s.put_off_reason = :reason THEN s.put_off_at ELSE :now END,
    put_off_reason = :reason, put_off_until = :until, next_due_at = :until
FROM (SELECT id FROM send_slices WHERE {which} FOR UPDATE SKIP LOCKED) AS these
WHERE s.id = these.id
"""

_DELAY = """
UPDATE messages m SET due_at = greatest(m.due_at, d.due), reason = :reason
FROM unnest(CAST(:ids AS bigint[]), CAST(:dues AS timestamptz[])) AS d (id, due)
WHERE m.id = d.id AND m.state = 'planned'
"""

_SAY = """
UPDATE send_slices SET
    put_off_at = CASE WHEN put_off_reason = :reason THEN put_off_at ELSE :now END,
    put_off_reason = :reason, put_off_until = NULL
WHERE id = :slice
"""

_TRIED_LATER = """
UPDATE send_slices SET put_off_at = :now, put_off_reason = :reason
WHERE id = ANY(CAST(:ids AS bigint[])) AND put_off_reason IS NULL AND next_due_at > :now
"""

_WENT_ON = """
UPDATE send_slices SET put_off_reason = NULL, put_off_at = NULL, put_off_until = NULL
WHERE id = :slice
"""

_EACH_DUE = """
UPDATE messages m SET due_at = :now
FROM (
    SELECT id FROM messages
    WHERE campaign_id = ANY(CAST(:campaigns AS bigint[]))
        AND state = 'planned' AND reason = :reason AND due_at > :now
    ORDER BY id FOR NO KEY UPDATE
) AS these
WHERE m.id = these.id
"""

_DUE_AGAIN = """
UPDATE send_slices SET next_due_at = :now, put_off_until = NULL
WHERE campaign_id = ANY(CAST(:campaigns AS bigint[])) AND put_off_reason = :reason
    AND next_due_at > :now
"""
