"""How fast a campaign goes out: what the provider took, by the minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select, text
from sqlalchemy.orm import Session

from campaigns.visibility import keep
from models.campaign import CampaignPace

SHOWN = 48
"""Minutes of the pace that a screen shows."""

_RATE_OVER = timedelta(minutes=5)
_minute = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """``minutes``: taken in each of the last `SHOWN` minutes, the current one last."""

    minutes: tuple[int, ...] = (0,) * SHOWN
    per_minute: int = 0
    last_at: datetime | None = None  # the beginning of the last minute in which something left

    def ends_at(self, queued: int, *, now: datetime) -> datetime | None:
        """When the queue is through at this rate; None if nothing moves."""
        if not queued or not self.per_minute:
            return None
        return now + _minute * (queued / self.per_minute)


def note_pace(session: Session, message_ids: Sequence[int], *, now: datetime) -> None:
    """The provider took these; one row per campaign among them."""
    session.execute(text(_NOTE), {"ids": list(message_ids), "now": now})


def pace_of(session: Session, campaign_id: int, *, now: datetime) -> Pace:
    minute = now.replace(second=0, microsecond=0)
    since = minute - _minute * (SHOWN - 1)
    rows = session.execute(_by_minute(), {"campaign": campaign_id, "since": since})
    sent = {at: int(count) for at, count in rows}
    return Pace(
        minutes=tuple(sent.get(since + _minute * place, 0) for place in range(SHOWN)),
        per_minute=_rate(sent, now=now),
        last_at=max(sent, default=None),
    )


@cache
def _by_minute() -> Any:
    """Made once."""
    return keep(
        select(CampaignPace.minute, func.sum(CampaignPace.sent))
        .where(
            CampaignPace.campaign_id == bindparam("campaign", type_=BigInteger),
            CampaignPace.minute >= bindparam("since"),
        )
        .group_by(CampaignPace.minute)
        .order_by(CampaignPace.minute)
    )


def _rate(sent: dict[datetime, int], *, now: datetime) -> int:
    """Per minute, over the last minutes in which it was under way without a break."""
    recent = sorted(at for at in sent if at > now - _RATE_OVER)
    if not recent:
        return 0
    elapsed = max(now - recent[0], timedelta(seconds=15))
    return round(sum(sent[at] for at in recent) / (elapsed / _minute))


def fold_pace(session: Session, *, now: datetime) -> None:
    """One row per campaign and minute that is over; nothing of what is older than two days."""
    minute = now.replace(second=0, microsecond=0)
    session.execute(text(_FORGET), {"before": now - timedelta(days=2)})
    session.execute(text(_FOLD), {"minute": minute, "since": minute - timedelta(minutes=10)})


_NOTE = """
INSERT INTO campaign_paces (campaign_id, minute, sent)
SELECT campaign_id, date_trunc('minute', CAST(:now AS timestamptz)), count(*) FROM messages
WHERE id = ANY(CAST(:ids AS bigint[])) AND campaign_id IS NOT NULL AND sequence IS NOT NULL
GROUP BY 1
"""

_FORGET = "DELETE FROM campaign_paces WHERE minute < :before"

_FOLD = """
WITH taken AS (
    DELETE FROM campaign_paces WHERE id IN (
        SELECT id FROM campaign_paces WHERE minute >= :since AND minute < :minute
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    RETURNING campaign_id, minute, sent
)
INSERT INTO campaign_paces (campaign_id, minute, sent)
SELECT campaign_id, minute, sum(sent) FROM taken GROUP BY 1, 2
"""
