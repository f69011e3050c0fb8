"""Days on which people here work: all but Sundays and Argentine holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.sending_hours import holidays_of

_SUNDAY = 6


def is_working(day: date) -> bool:
    return day.weekday() != _SUNDAY and day not in holidays_of(day.year)


def working_day(day: date) -> date:
    """``day``, else the next on which people work."""
    while not is_working(day):
        day += timedelta(days=1)
    return day


def at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """A clock's hour on a day in ``zone``, in UTC."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Midnight after ``day`` in ``zone``, in UTC."""
    return at(day + timedelta(days=1), 0, zone)
