"""The broker's figures are pinned, and a wake-up that is lost harms nobody."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dramatiq
import pytest
from dramatiq import broker as dramatiq_broker
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Retries, TimeLimit
from redis import Redis

from models.message import EventKind
from runtime.settings import project_folder
from runtime.wiring import Runtime
from workers import wake
from workers.broker import ensure_broker, make_broker
from workers.process import Sweeping

WAKES: dict[str, Callable[[Runtime], None]] = {
    "send_line": lambda runtime: wake.wake_line(runtime, 7),
    "plan_campaign": lambda runtime: wake.wake_planning(runtime, 7),
    "apply_inbox": lambda runtime: wake.wake_inbox(runtime, EventKind.INBOUND),
    "run_job": lambda runtime: wake.wake_job(runtime, "stuck"),
}
ARGUMENTS = {"send_line": 7, "plan_campaign": 7, "apply_inbox": "inbound", "run_job": "stuck"}


@pytest.fixture
def no_broker() -> Iterator[None]:
    before = dramatiq_broker.global_broker
    dramatiq_broker.global_broker = None
    yield
    dramatiq_broker.global_broker = before


def _of(broker: RedisBroker, kind: type) -> list[object]:
    return [each for each in broker.middleware if isinstance(each, kind)]


def test_every_figure_is_the_measured_one() -> None:
    broker = make_broker("redis://127.0.0.1:1/0")

    assert broker.heartbeat_timeout == 15_000
    assert broker.maintenance_chance == 1_000_000
    (retries,) = _of(broker, Retries)
    assert isinstance(retries, Retries)
    assert retries.max_retries == 0
    (age,) = _of(broker, AgeLimit)
    assert isinstance(age, AgeLimit)
    assert age.max_age == 900_000
    assert _of(broker, TimeLimit) == []  # it would raise in the middle of a send


def test_clocks_five_minutes_wrong_either_way_skip_no_wake_up(no_broker: None) -> None:
    broker = make_broker("redis://127.0.0.1:1/0")
    (age,) = _of(broker, AgeLimit)
    assert isinstance(age, AgeLimit)
    job = dramatiq.actor(lambda _name: None, actor_name="job", broker=broker)
    sent = job.message("mark drained")
    late = MessageProxy(sent.copy(message_timestamp=sent.message_timestamp - 600_000))

    age.before_process_message(broker, late)

    assert not late.failed


@pytest.mark.parametrize(
    ("url", "timeouts"),
    [
        ("redis://127.0.0.1:1/0", (5.0, 2.0)),
        ("unix:///tmp/nobody.sock", (5.0, 2.0)),
        ("redis://127.0.0.1:1/0?db=3", (5.0, 2.0)),
        ("redis://127.0.0.1:1/0?socket_timeout=9", (9.0, 2.0)),
        ("redis://127.0.0.1:1/0?socket_timeout=9&socket_connect_timeout=1", (9.0, 1.0)),
    ],
)
def test_a_broker_that_hangs_does_not_hang_us(url: str, timeouts: tuple[float, float]) -> None:
    options = make_broker(url).client.connection_pool.connection_kwargs

    assert (options["socket_timeout"], options["socket_connect_timeout"]) == timeouts


def test_a_process_has_one_broker(no_broker: None) -> None:
    sweeping = Sweeping()
    first = ensure_broker("redis://127.0.0.1:1/0", sweeping)

    assert ensure_broker("redis://127.0.0.1:1/0") is first
    assert dramatiq.get_broker() is first
    assert sweeping in first.middleware


_ACTORS = """
import json
from workers.broker import ensure_broker
broker = ensure_broker("redis://127.0.0.1:1/0")
from workers import actors
each = broker.actors.values()
print(json.dumps({actor.actor_name: [actor.queue_name, actor.options] for actor in each}))
"""


def test_no_actor_is_tried_again_and_each_has_the_queue_it_is_woken_by() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _ACTORS],
        cwd=project_folder(),
        capture_output=True,
        text=True,
        check=True,
    )
    actors = json.loads(told.stdout)

    assert {name: queue for name, (queue, _) in actors.items()} == wake.QUEUES
    assert [options["max_retries"] for _, options in actors.values()] == [0] * len(actors)


def test_nothing_is_delayed_by_the_broker() -> None:
    sources = sorted((project_folder() / "workers").rglob("*.py"))
    assert len(sources) > 10

    assert [found for source in sources for found in _delays(source)] == []


def _delays(source: Path) -> list[str]:
    return [
        f"{source.name}:{node.lineno}"
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and any(keyword.arg in ("delay", "eta") for keyword in node.keywords)
    ]


@pytest.mark.parametrize("actor", WAKES)
def test_a_wake_up_reaches_its_queue(
    runtime: Runtime, valkey: Redis, no_broker: None, actor: str
) -> None:
    WAKES[actor](runtime)

    queued = valkey.hvals(f"dramatiq:{wake.QUEUES[actor]}.msgs")
    assert isinstance(queued, list)
    (message,) = map(json.loads, queued)
    assert message["actor_name"] == actor
    assert message["args"] == [ARGUMENTS[actor]]
    assert valkey.keys("dramatiq:*.DQ*") == []


@pytest.mark.parametrize("actor", WAKES)
@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///tmp/no-valkey-here.sock"])
def test_a_wake_up_never_fails(runtime: Runtime, no_broker: None, url: str, actor: str) -> None:
    runtime.redis_url = url

    WAKES[actor](runtime)


def test_a_valkey_that_comes_back_is_used_again(
    runtime: Runtime, valkey: Redis, no_broker: None
) -> None:
    wake.wake_line(runtime, 1)
    valkey.client_kill_filter(_type="normal", skipme=True)

    wake.wake_line(runtime, 2)
    wake.wake_line(runtime, 3)

    queued = valkey.hvals("dramatiq:send.msgs")
    assert isinstance(queued, list)
    assert {json.loads(each)["args"][0] for each in queued} >= {1, 3}
