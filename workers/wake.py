"""Wake the workers. A wake-up may be lost: the sweep finds the work a second or two later."""

from types import ModuleType

import structlog
from dramatiq.errors import BrokerError
from redis.exceptions import RedisError

from models.message import EventKind
from runtime.wiring import Runtime
from workers.broker import ensure_broker

log = structlog.get_logger(__name__)


def wake_line(runtime: Runtime, line_id: int) -> None:
    """There may be something to send; call it after the commit."""
    _send(runtime, "send_line", line_id)


def wake_planning(runtime: Runtime, campaign_id: int, line_id: int) -> None:
    _send(runtime, "plan_campaign", campaign_id, line_id)


def wake_inbox(runtime: Runtime, kind: EventKind) -> None:
    _send(runtime, "apply_inbox", kind.value)


def _send(runtime: Runtime, name: str, *arguments: int | str) -> None:
    try:
        getattr(_actors(runtime), name).send(*arguments)
    except (BrokerError, RedisError) as error:
        log.warning("wake-up lost", actor=name, error=str(error))


def _actors(runtime: Runtime) -> ModuleType:
    ensure_broker(runtime.redis_url)
    from workers import actors  # only now: actors are declared on the broker that is set

    return actors
