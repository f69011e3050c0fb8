"""The broker: it carries wake-ups, never meaning. Every figure here was measured; a test pins them.

With default settings a task of a killed worker came back after 71 to 2,697 s; with `host=` and
`port=` redis-py repeats a lost enqueue, and the task ran twice. The database is the truth: a
wake-up may be lost, repeated or late, and nothing is retried or delayed here.
"""

from urllib.parse import parse_qs, urlencode, urlsplit

import dramatiq
from dramatiq import broker as dramatiq_broker
from dramatiq.broker import Broker, get_broker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Middleware, Retries

HEARTBEAT_TIMEOUT = 15_000  # ms without a sign of life until a worker's messages go back
MAINTENANCE_CHANCE = 1_000_000  # out of a million: look for dead workers on every fetch
OLDEST_WAKE_UP = 900_000
"""Milliseconds. A wake-up's age is the difference of two machines' clocks: with a minute here, a
timetable whose clock was some minutes behind had every one of its jobs skipped for ever."""
SOCKET_TIMEOUT = 5.0  # seconds; a broker that hangs must not hang a worker
CONNECT_TIMEOUT = 2.0


def make_broker(redis_url: str, *middleware: Middleware) -> RedisBroker:
    """A broker with our settings; connects on its first command."""
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=_with_timeouts(redis_url),
        heartbeat_timeout=HEARTBEAT_TIMEOUT,
        maintenance_chance=MAINTENANCE_CHANCE,
        # no TimeLimit: it would raise in the middle of a send
        middleware=[AgeLimit(max_age=OLDEST_WAKE_UP), Retries(max_retries=0), *middleware],
    )


def ensure_broker(redis_url: str, *middleware: Middleware) -> Broker:
    """The process's broker, made once and before `workers.actors` is imported."""
    if dramatiq_broker.global_broker is None:  # asked for anew: an imported name stays None
        dramatiq.set_broker(make_broker(redis_url, *middleware))
    return get_broker()


def _with_timeouts(url: str) -> str:
    """RedisBroker drops connection parameters given beside a URL, so they go into it."""
    given = parse_qs(urlsplit(url).query)
    missing = {name: value for name, value in _TIMEOUTS.items() if name not in given}
    if not missing:
        return url
    return url + ("&" if given else "?") + urlencode(missing)


_TIMEOUTS = {"socket_timeout": SOCKET_TIMEOUT, "socket_connect_timeout": CONNECT_TIMEOUT}
