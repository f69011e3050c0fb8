"""The rules of an installation that messages are held back by: `campaigns.guards` applies them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.sending_hours import ARGENTINA, USUAL, SendingHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The installation's own rules, under those of a line and a campaign."""

    hours: SendingHours = USUAL
    zone: ZoneInfo = ARGENTINA  # of whoever's address says no other
    fatigue_messages: int = 2  # unanswered campaign messages to one person …; 0: no cap
    fatigue_span: timedelta = timedelta(days=7)  # … within this
    pair_spacing: timedelta = timedelta(seconds=6)  # between two messages to one recipient
    reserve_share: float = 0.05  # of a quota, for replies and tests alone …
    reserve_least: int = 10  # … and at least so many recipients
    service_window: timedelta = timedelta(hours=23, minutes=55)  # an answer in it costs no quota

    def campaign_quota(self, limit: int) -> int:
        """What campaigns may use of a portfolio's ``limit``."""
        return max(0, limit - max(self.reserve_least, int(limit * self.reserve_share)))

    def people(self, now: datetime) -> dict[str, Any]:
        """What the statements ask about a message's recipient."""
        return {
            "cap": self.fatigue_messages,
            "tired_since": now - self.fatigue_span,
            "pair_since": now - self.pair_spacing,
        }
