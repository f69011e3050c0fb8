"""The rate of a line, shared by every worker: a slice's worth of slots booked per call."""

import time
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# The line's next free slot moves on by what was booked; Valkey's own clock, so that workers with
# different clocks agree. The answer is how long until the first of our slots, in microseconds.
_BOOK = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local span = math.ceil(ARGV[1] * 1000000 / ARGV[2])
local keep = math.ceil((free + span - now) / 1000) + 60000
redis.call('SET', KEYS[1], string.format('%d', free + span), 'PX', keep)
return free - now
"""


@dataclass(frozen=True, slots=True)
class Slots:
    """When each of the booked messages may leave, on the monotonic clock."""

    first: float
    interval: float

    def at(self, place: int) -> float:
        return self.first + place * self.interval


class Pacer:
    """Books slots of a line. Without Valkey: a local share of the rate, never unlimited."""

    def __init__(self, redis: Redis, *, processes: int) -> None:
        self._redis = redis
        self._processes = processes
        self._book = redis.register_script(_BOOK)
        self._local: dict[str, float] = {}
        self._down_until = 0.0

    def book(self, key: str, *, rate: float, count: int) -> Slots:
        """Take the next ``count`` slots of a bucket filled at ``rate`` per second."""
        now = time.monotonic()
        if now >= self._down_until:
            try:
                wait = self._book(keys=[f"pregon:pace:{key}"], args=[count, rate])
                return Slots(time.monotonic() + int(wait) / 1e6, 1 / rate)
            except RedisError as error:
                # do not wait for a dead broker once per slice
                self._down_until = now + 5.0
                log.warning("pacing without the broker", error=str(error))
        share = rate / self._processes
        first = max(now, self._local.get(key, 0.0))
        self._local[key] = first + count / share
        return Slots(first, 1 / share)
