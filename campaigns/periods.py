"""A span of days in one zone, and the parts that its figures are told by: days, or months."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.working_days import at, end_of

MOST_DAYS = 31
"""A longer period is told by months: each opens its days."""


@dataclass(frozen=True, slots=True)
class Period:
    """``first`` and ``last`` are in it."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        return at(self.first, 0, self.zone)

    @property
    def until(self) -> datetime:
        """The first instant that is not in it any more."""
        return end_of(self.last, self.zone)

    @property
    def is_long(self) -> bool:
        return (self.last - self.first).days >= MOST_DAYS

    def parts(self) -> list["Period"]:
        """Its days, or the months of a long one, as far as they are in it."""
        if not self.is_long:
            days = (self.last - self.first).days + 1
            every = [self.first + timedelta(days=away) for away in range(days)]
            return [Period(day, day, self.zone) for day in every]
        found, first = [], self.first
        while first <= self.last:
            last = min(_end_of_month(first), self.last)
            found.append(Period(first, last, self.zone))
            first = last + timedelta(days=1)
        return found


def month_of(day: date, zone: ZoneInfo) -> Period:
    """The whole month that has ``day``."""
    return Period(day.replace(day=1), _end_of_month(day), zone)


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
