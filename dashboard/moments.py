"""When to do something next: the moments that are proposed, on days on which people work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.sending_hours import holidays_of
from campaigns.working_days import at, working_day
from campaigns.written import read_day, read_moment
from dashboard import formats
from dashboard.language import _

_MORNING = 10


@dataclass(frozen=True, slots=True)
class Proposal:
    """``moved`` says so where the day that was meant is no working day."""

    code: str
    text: str
    at: datetime
    moved: str | None = None


def proposals(now: datetime, zone: ZoneInfo) -> Sequence[Proposal]:
    """Tomorrow at ten, in three days, and the next working day where tomorrow is none."""
    today = now.astimezone(zone).date()
    tomorrow, third = today + timedelta(days=1), today + timedelta(days=3)
    found = [
        _proposal("tomorrow", _("Mañana 10:00"), tomorrow, zone),
        _proposal("days", _("En 3 días"), third, zone),
        _proposal("working", _("Día hábil siguiente"), working_day(tomorrow), zone),
    ]
    if found[0].at == found[2].at:
        return found[:2] if found[0].moved is None else found[1:]
    return found


def proposed(code: str, now: datetime, zone: ZoneInfo) -> Proposal | None:
    """What one of those codes means now, whether it is shown or not."""
    today = now.astimezone(zone).date()
    ahead = {"tomorrow": 1, "days": 3, "working": 1}.get(code)
    if ahead is None:
        return None
    text = {"tomorrow": _("Mañana 10:00"), "days": _("En 3 días")}.get(code, "")
    return _proposal(code, text, today + timedelta(days=ahead), zone)


def read_when(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """A moment as people write it, ``5/12 10:30``; of a day alone, ``viernes``, at ten."""
    if (moment := read_moment(text, now=now, zone=zone)) is not None:
        return moment
    day = read_day(text, today=now.astimezone(zone).date())
    return None if day is None else at(day, _MORNING, zone)


def why_moved(day: date) -> str | None:
    """Why nobody works on a day, in words; None where people do."""
    if day in holidays_of(day.year):
        return _("%(day)s es feriado") % {"day": formats.short_day(day)}
    if working_day(day) != day:
        return _("%(day)s es domingo") % {"day": formats.short_day(day)}
    return None


def _proposal(code: str, text: str, day: date, zone: ZoneInfo) -> Proposal:
    real = working_day(day)
    moved = why_moved(day)
    if moved is not None:
        text = _("%(day)s, 10:00 (%(why)s)") % {"day": formats.short_day(real), "why": moved}
    elif code != "tomorrow":
        text = f"{text}: {formats.short_day(real)}"
    return Proposal(code, text, at(real, _MORNING, zone), moved)
