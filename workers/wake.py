"""Wake the workers. A wake-up may be lost: the sweep finds the work a second or two later."""

import structlog
from dramatiq import Message
from dramatiq.errors import BrokerError
from redis.exceptions import RedisError

from models.message import EventKind
from runtime.wiring import Runtime
from workers.broker import ensure_broker

log = structlog.get_logger(__name__)

QUEUES = {
    "send_line": "send",
    "plan_campaign": "plan",
    "apply_inbox": "inbox",
    "run_job": "periodic",
    "begin_import": "plan",
    "submit_template": "periodic",
    "fetch_media": "inbox",
}
"""Actor → queue. By name, so that who wakes need not import who works."""


def wake_line(runtime: Runtime, line_id: int) -> None:
    """There may be something to send; call it after the commit."""
    _send(runtime, "send_line", line_id)


def wake_planning(runtime: Runtime, campaign_id: int) -> None:
    """A campaign was launched."""
    _send(runtime, "plan_campaign", campaign_id)


def wake_import(runtime: Runtime, import_id: int) -> None:
    """A file waits to be rehearsed or written."""
    _send(runtime, "begin_import", import_id)


def wake_inbox(runtime: Runtime, kind: EventKind) -> None:
    """Events of this kind were stored."""
    _send(runtime, "apply_inbox", kind.value)


def wake_submission(runtime: Runtime, version_id: int) -> None:
    """Somebody asked to have a version of a template reviewed."""
    _send(runtime, "submit_template", version_id)


def wake_media(runtime: Runtime, message_id: int = 0) -> None:
    """A file of a message waits to be fetched."""
    _send(runtime, "fetch_media", message_id)


def wake_job(runtime: Runtime, name: str) -> bool:
    """It is time for a periodic job; False: no worker will hear of it."""
    return _send(runtime, "run_job", name)


def _send(runtime: Runtime, actor: str, argument: int | str) -> bool:
    queue = QUEUES[actor]
    try:
        broker = ensure_broker(runtime.redis_url)
        broker.declare_queue(queue)
        broker.enqueue(
            Message(queue_name=queue, actor_name=actor, args=(argument,), kwargs={}, options={})
        )
    except (BrokerError, RedisError) as error:
        log.warning("wake-up lost", actor=actor, error=str(error))
        return False
    return True
