"""When messages may leave: hours by weekday in the recipient's time, holidays or not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ARGENTINA = ZoneInfo("America/Argentina/Buenos_Aires")
"""One zone for the whole country: every number that begins with +54."""

Hours = tuple[int, int]
"""From and to, in minutes of the day: 540 is 9:00, 1440 its end."""

Choice = tuple[Mapping[str, Any] | None, bool | None]
"""What a campaign or a line says of its own: hours as they are stored, holidays; None: nothing."""

_WHOLE_DAY = (0, 24 * 60)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD = 370  # days: hours that do not come within a year never do
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)\Z")
_RANGE = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? +(\S+?)-(\S+)\Z")


class BadHours(ValueError):
    """This says no hours: ``what`` is the part that does not."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"no sending hours: {what!r}")


@dataclass(frozen=True, slots=True)
class SendingHours:
    """One span per weekday, Monday first; None: nothing leaves on that day."""

    days: tuple[Hours | None, ...]
    on_holidays: bool = False

    def __post_init__(self) -> None:
        if len(self.days) != 7 or not any(self.days):
            raise BadHours(str(self.days))
        for span in self.days:
            if span is not None and not 0 <= span[0] < span[1] <= _WHOLE_DAY[1]:
                raise BadHours(str(span))

    def __str__(self) -> str:
        """As `parse` reads it."""
        if self == ALWAYS:
            return "always"
        said = [
            f"{day} {_clock(span[0])}-{_clock(span[1])}"
            for day, span in zip(_DAYS, self.days, strict=True)
            if span is not None
        ]
        return ", ".join([*said, "holidays"] if self.on_holidays else said)

    @classmethod
    def parse(cls, said: str) -> "SendingHours":
        """From ``mon-fri 09:00-20:00, sat 09:00-13:00``, with ``holidays`` too, or ``always``.

        Raises:
            BadHours: it cannot be read.
        """
        if said.strip().lower() == "always":
            return ALWAYS
        days: list[Hours | None] = [None] * 7
        on_holidays = False
        for part in said.lower().split(","):
            if part.strip() == "holidays":
                on_holidays = True
                continue
            found = _RANGE.match(part.strip())
            if found is None:
                raise BadHours(part.strip())
            first, last, begins, ends = found.groups()
            if first not in _DAYS or (last or first) not in _DAYS:
                raise BadHours(part.strip())
            for place in range(_DAYS.index(first), _DAYS.index(last or first) + 1):
                days[place] = (_minutes(begins), _minutes(ends))
        return cls(tuple(days), on_holidays)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], *, on_holidays: bool = False) -> "SendingHours":
        """From ``{"1": ["09:00", "20:00"], …}``, 1 is Monday. Raises BadHours."""
        days: list[Hours | None] = [None] * 7
        for key, span in stored.items():
            if key not in {"1", "2", "3", "4", "5", "6", "7"} or len(span) != 2:
                raise BadHours(f"{key}: {span}")
            days[int(key) - 1] = (_minutes(span[0]), _minutes(span[1]))
        return cls(tuple(days), on_holidays)

    def as_json(self) -> dict[str, list[str]]:
        """Without the holidays, which have a column of their own."""
        return {
            str(place): [_clock(span[0]), _clock(span[1])]
            for place, span in enumerate(self.days, start=1)
            if span is not None
        }

    def opens_at(self, now: datetime, *zones: ZoneInfo) -> datetime | None:
        """``now`` where it is open in all ``zones``, else when it is next; None: not in a year."""
        at, last = now, now + timedelta(days=_LOOK_AHEAD)
        while at <= last:
            later = [self._opens_in(at, zone) for zone in zones]
            if None in later:
                return None
            if max(map(_known, later)) == at:
                return at
            at = max(map(_known, later))
        return None

    def closes_at(self, now: datetime, *zones: ZoneInfo) -> datetime | None:
        """When the hours that are open at ``now`` end in the first of them; None: not in a week."""
        return min(filter(None, (self._closes_in(now, zone) for zone in zones)), default=None)

    def done_at(self, now: datetime, span: timedelta, zone: ZoneInfo) -> datetime | None:
        """When work of ``span`` is done that goes on in these hours alone; None: not in a year."""
        at, left = self.opens_at(now, zone), span
        while at is not None:
            ends = self._closes_in(at, zone)
            if ends is None or at + left <= ends:
                return at + left
            left -= ends - at
            at = self.opens_at(ends, zone)
        return None

    def beyond(self, limit: "SendingHours") -> list[int]:
        """The weekdays, 0 is Monday, on which it is open while ``limit`` is not."""
        return [
            place
            for place, (span, most) in enumerate(zip(self.days, limit.days, strict=True))
            if span is not None and (most is None or span[0] < most[0] or span[1] > most[1])
        ]

    def worked_since(self, now: datetime, span: timedelta, zone: ZoneInfo) -> datetime | None:
        """The latest moment since which these hours were open for ``span``; None: not in a year.

        What has waited since then has waited so long in hours in which somebody works.
        """
        left, day = span, now.astimezone(zone).date()
        for _ in range(_LOOK_AHEAD):
            if (hours := self._of(day)) is not None:
                begins, ends = (_moment(day, minute, zone) for minute in hours)
                open_until = min(now, ends)
                if open_until - begins >= left:
                    return open_until - left
                left -= max(open_until - begins, timedelta(0))
            day -= timedelta(days=1)
        return None

    def _opens_in(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        local = now.astimezone(zone)
        for ahead in range(_LOOK_AHEAD):
            day = local.date() + timedelta(days=ahead)
            if (span := self._of(day)) is None:
                continue
            if now < _moment(day, span[1], zone):
                return max(now, _moment(day, span[0], zone))
        return None

    def _closes_in(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        day = now.astimezone(zone).date()
        for _ in range(7):
            span = self._of(day)
            midnight = _moment(day, 0, zone)
            if span is None or (span[0] and midnight > now):
                return midnight
            if span[1] < _WHOLE_DAY[1]:
                return _moment(day, span[1], zone)
            day += timedelta(days=1)
        return None

    def _of(self, day: date) -> Hours | None:
        if not self.on_holidays and day in holidays_of(day.year):
            return None
        return self.days[day.weekday()]


USUAL = SendingHours(((9 * 60, 20 * 60),) * 5 + ((9 * 60, 13 * 60), None))
"""Monday to Friday 9 to 20, Saturday 9 to 13, no holidays."""

ALWAYS = SendingHours((_WHOLE_DAY,) * 7, on_holidays=True)
"""Around the clock: for rehearsals and demonstrations, where nobody is woken."""


def chosen_hours(usual: SendingHours, *choices: Choice) -> SendingHours:
    """The first of the ``choices`` that says something, its hours and its holidays apart.

    A campaign's own before its line's before the installation's.
    """
    stored = next((hours for hours, _ in choices if hours is not None), None)
    said = next((holidays for _, holidays in choices if holidays is not None), None)
    on_holidays = usual.on_holidays if said is None else said
    if stored is None:
        return replace(usual, on_holidays=on_holidays)
    return SendingHours.from_json(stored, on_holidays=on_holidays)


@lru_cache(maxsize=16)
def holidays_of(year: int) -> frozenset[date]:
    """Argentina's, those that move included."""
    import holidays  # half a second, which a command that asks for none need not pay

    return frozenset(holidays.country_holidays("AR", years=year))


def load_holidays() -> None:
    """For a process that will ask for them: now, not in the middle of a page or a reply."""
    holidays_of(2026)  # any year: it is the code that takes long


@lru_cache(maxsize=8192)
def zones_of(address: str, *, home: ZoneInfo) -> tuple[ZoneInfo, ...]:
    """Where the owner of an address may live, by its country and area.

    One zone for Argentina; all that the number may be in elsewhere, so that nobody is woken;
    ``home`` if it does not say.
    """
    if is_domestic(address):
        return (ARGENTINA,)
    if not address.startswith("+"):
        return (home,)
    import phonenumbers
    from phonenumbers import timezone

    try:
        parsed = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return (home,)
    # some mobile numbers belong to no area; the country may still have one zone
    for names in (
        timezone.time_zones_for_number(parsed),
        timezone.time_zones_for_geographical_number(parsed),
    ):
        if known := tuple(filter(None, map(_zone, names))):
            return known
    return (home,)


def is_domestic(address: str) -> bool:
    """An Argentine number; SQL says it as ``address LIKE '+54%'``."""
    return address.startswith("+54")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None  # what the library does not know it calls Etc/Unknown


def _known(at: datetime | None) -> datetime:
    assert at is not None
    return at


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """By the clock on the wall: where clocks change, nine is nine."""
    days, rest = divmod(minutes, _WHOLE_DAY[1])
    wall = datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=zone)
    return wall + timedelta(days=days)


def _minutes(clock: str) -> int:
    found = _CLOCK.match(clock) if isinstance(clock, str) else None
    if found is None or int(found.group(2)) > 59:
        raise BadHours(str(clock))
    return int(found.group(1)) * 60 + int(found.group(2))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
