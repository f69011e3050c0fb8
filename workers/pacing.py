"""The rate of a line, shared by every worker: slots, booked a moment before they are used.

A slot is a moment at which one message may leave; all slots of a line stand a message's time
apart. Whoever falls behind, because the database or a whole process stands, uses his slots later,
but never more in any second than had their moment in it or just before: so bursts do not add up
between senders, and who is behind is soon no longer. A slot that waits for longer than its sender
is used to being away is lost, and so is time that nobody booked; the line makes up for it a little
at a time, `CATCH_UP` faster.

A sender's first messages come in late, since connections are opened for them, and those after them
do not: so he begins with a tenth fewer, or the line's first second had too many at the other end.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

GRACE = 0.01  # seconds that a line nobody books saves up
_GOOD_FOR = 0.03, 1.0  # seconds, least and most: a slot that was not used by then is lost; …
_TIMES_AWAY = 4  # … between them, so many times as long as its sender usually is away
_USUAL = 1.0  # seconds that say what is usual; nobody knows at first
_BEFORE = 0.006  # seconds before a second whose slots may be used in it too
_BEGINS_IN = 1.0  # seconds in which connections are opened: …
_LEFT_OUT = 10  # … of so many slots one is left out
CATCH_UP = 1.007  # times the rate, while a line is behind what it might have sent
_MOST_BEHIND = 2.0  # seconds that are made up for at most
_IDLE_AFTER = 1.0  # seconds without a booking: nobody had anything to send, nothing was lost
_AT_ONCE = 0.05  # seconds of slots booked by one call …
_MOST_AHEAD = 0.5  # … or more, by a process that comes by less often

# The line's next free slot moves on by what was booked; Valkey's own clock, so that workers with
# different clocks agree. Never before the caller's own last slot: should Valkey have forgotten
# the line, what was booked before stands. `due` is where the line would be had nothing been lost.
# The answer: how long until the first of our slots, and from each to the next, in microseconds.
_BOOK = """
local count, rate, own, lost = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local stored = tonumber(redis.call('GET', KEYS[1]) or 0)
local free = math.max(now - GRACE, stored, now + tonumber(own))
if tonumber(count) == 0 then return {free - now, 0} end
local due = tonumber(redis.call('GET', KEYS[2]) or free) - lost * 1000000 / rate
if stored < now - IDLE_AFTER or due > free then due = free end
due = math.max(due, free - MOST_BEHIND)
local every = 1000000 / rate
if free - due > every then every = every / CATCH_UP end
local span = math.ceil(count * every)
local keep = math.ceil((free + span - now) / 1000) + 60000
redis.call('SET', KEYS[1], string.format('%d', free + span), 'PX', keep)
redis.call('SET', KEYS[2], string.format('%d', due + count * 1000000 / rate), 'PX', keep)
return {free - now, math.floor(every)}
"""
for _name, _value in {
    "GRACE": int(GRACE * 1e6),
    "IDLE_AFTER": int(_IDLE_AFTER * 1e6),
    "MOST_BEHIND": int(_MOST_BEHIND * 1e6),
    "CATCH_UP": CATCH_UP,
}.items():
    _BOOK = _BOOK.replace(_name, str(_value))


@dataclass(frozen=True, slots=True)
class Slots:
    """When each of the booked messages may leave, on the monotonic clock."""

    first: float
    interval: float

    def at(self, place: int) -> float:
        return self.first + place * self.interval


class Pacer:
    """Books slots of a line. Without Valkey: a local share of the rate, never unlimited."""

    def __init__(
        self, redis: Redis, *, processes: int, counted: Callable[[], int] = lambda: 0
    ) -> None:
        """``processes``: that share the rate on this machine at least; ``counted``: on all of
        them, as far as somebody else knows."""
        self._redis = redis
        self.processes = processes
        self._counted = counted
        self._sharing = processes
        self._book = redis.register_script(_BOOK)
        self._local: dict[str, float] = {}
        self._down_until = float("-inf")

    def book(
        self, key: str, *, rate: float, count: int, after: float | None = None, lost: int = 0
    ) -> Slots:
        """Take the next ``count`` slots of a bucket filled at ``rate`` per second.

        ``after``: when the caller's own last slot ends. ``lost``: how many of his he has lost.
        """
        now = time.monotonic()
        if now >= self._down_until:
            try:
                own = -1e9 if after is None else (after - now) * 1e6
                wait, every = self._book(
                    keys=[f"pregon:pace:{key}", f"pregon:pace:{key}:due"],
                    args=[count, rate, int(own), lost],
                )
                return Slots(time.monotonic() + int(wait) / 1e6, int(every) / 1e6)
            except RedisError as error:
                # do not wait for a dead broker at every call
                self._down_until = now + 5.0
                self._sharing = max(self.processes, self._counted())
                log.warning("pacing without the broker", error=str(error), share=self._sharing)
        share = rate / self._sharing
        first = max(now - GRACE, self._local.get(key, now - GRACE), after or now - GRACE)
        self._local[key] = first + count / share
        return Slots(first, 1 / share)


class Pace:
    """One sender's slots of one line: booked a few at a time, used in order or lost."""

    def __init__(self, pacer: Pacer, bucket: str) -> None:
        self._pacer = pacer
        self._bucket = bucket
        self._slots: deque[float] = deque()  # not used yet
        self._coming: deque[float] = deque()  # every slot whose moment has not come …
        self._passed: deque[float] = deque()  # … or came within a second and a bit, used or not
        self._left: deque[float] = deque()  # when messages left, within the last second
        self._end: float | None = None  # of the last slot that was ours
        self._lost = 0
        self._booked = 0
        self._began = self._looked_at = time.monotonic()
        self._usually_away = _GOOD_FOR[1] / _TIMES_AWAY

    def free_at(self) -> float:
        """When the line's next slot is that nobody has booked."""
        return self._pacer.book(self._bucket, rate=1, count=0, after=self._end).first

    def reserve(self, messages: int, *, rate: float) -> None:
        """Have slots for so many messages that are ready, or for the first of them."""
        now = time.monotonic()
        self._go_on(now)
        ahead = self._until_next_look(now)
        wanted = messages - len(self._slots)
        if wanted <= 0 or (self._slots and self._slots[-1] > now + ahead):
            return
        count = min(wanted, max(1, int(rate * ahead)))
        slots = self._pacer.book(
            self._bucket, rate=rate, count=count, after=self._end, lost=self._lost
        )
        places: Sequence[int] = range(count)
        if slots.first < self._began + _BEGINS_IN:
            places = [place for place in places if (self._booked + place + 1) % _LEFT_OUT]
        booked = [slots.at(place) for place in places]
        self._booked += count
        self._lost = count - len(booked)
        self._slots.extend(booked)
        self._coming.extend(booked)
        self._end = slots.at(count)

    def spend(self, now: float) -> bool:
        """Whether a message may leave now; it has used a slot then."""
        self._go_on(now)
        if not self._slots or self._slots[0] > now:
            return False
        if len(self._left) >= len(self._passed):
            return False
        self._slots.popleft()
        self._left.append(now)
        return True

    def next_at(self, now: float) -> float:
        """When the next message may leave, or slots should be reserved for it."""
        if not self._slots:
            return now
        if self._slots[0] > now or not self._left:
            return self._slots[0]
        # this second has had its share: until it has one slot more, or one message less
        return min(self._left[0] + 1.0, self._coming[0] if self._coming else math.inf)

    def _until_next_look(self, now: float) -> float:
        """How far to book: as long as we were away last, on a machine that lets us wait."""
        away, self._looked_at = now - self._looked_at, now
        self._usually_away += (away - self._usually_away) * min(1.0, away / _USUAL)
        return min(_MOST_AHEAD, max(_AT_ONCE, away))

    def _go_on(self, now: float) -> None:
        while self._coming and self._coming[0] <= now:
            self._passed.append(self._coming.popleft())
        for times, seconds in ((self._passed, 1.0 + _BEFORE), (self._left, 1.0)):
            while times and times[0] <= now - seconds:
                times.popleft()
        least, most = _GOOD_FOR
        good_for = min(most, max(least, self._usually_away * _TIMES_AWAY))
        while self._slots and self._slots[0] < now - good_for:
            self._slots.popleft()
            self._lost += 1
