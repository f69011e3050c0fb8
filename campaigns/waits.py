"""What running campaigns wait for by themselves: read off their slices, so it ends with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Subquery, Text, column, select, text
from sqlalchemy.orm import Session

from models.base import UtcDateTime


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing of a campaign may leave before ``until``; ``reason`` is one of `campaigns.guards`."""

    reason: str
    since: datetime
    until: datetime


def waits_of(
    session: Session, campaign_ids: Iterable[int], *, now: datetime | None = None
) -> dict[int, Wait]:
    """Of those campaigns all of whose work is put off, what they wait for first.

    ``now``: None, by the database's clock.
    """
    ids = sorted(set(campaign_ids))
    if not ids:
        return {}
    rows = session.execute(select(wait_rows()), {"waiting": ids, "waiting_at": now})
    return {row.campaign_id: Wait(row.reason, row.since, row.until) for row in rows}


def wait_rows() -> Subquery:
    """The same to join with: columns campaign_id, reason, since, until.

    Run it with ``waiting``, a list of campaigns' ids, and ``waiting_at``, a datetime or None.
    """
    return (
        text(_WAITS)
        .columns(
            column("campaign_id", BigInteger),
            column("reason", Text),
            column("since", UtcDateTime),
            column("until", UtcDateTime),
        )
        .subquery()
    )


_WAITS = """
SELECT campaign_id, (array_agg(put_off_reason ORDER BY next_due_at))[1] AS reason,
    min(put_off_at) AS since, min(next_due_at) AS until
FROM send_slices
WHERE campaign_id = ANY(CAST(:waiting AS bigint[])) AND NOT is_reply AND next_due_at IS NOT NULL
GROUP BY campaign_id
HAVING bool_and(next_due_at > coalesce(CAST(:waiting_at AS timestamptz), clock_timestamp())
    AND put_off_reason IS NOT NULL)
"""
