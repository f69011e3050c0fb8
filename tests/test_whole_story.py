"""From a file to typed results on real processes, with the worst that may happen on the way."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from campaigns import progress
from campaigns.progress import Progress
from dashboard.rehearsal import rehearsal as stage
from dashboard.rehearsal.rehearsal import Rehearsal
from models.states import MessageState
from tests.own_ports import remember_own_ports

pytestmark = pytest.mark.story

SUBSCRIPTIONS = 2_000
SPEED = 20
PROFILE = ("--profile", "demo", "--seed", "11")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Rehearsal]:
    remember_own_ports(tmp_path / "data")
    with stage.installation(tmp_path / "data", speed=SPEED, simulator_options=PROFILE) as rehearsal:
        yield rehearsal


class Saboteur:
    """Kills a worker process -9, flushes the broker, then kills the whole worker command -9."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._acts = [
            (0.15, self._kill_a_worker_process),
            (0.30, self._flush_the_broker),
            (0.45, self._kill_the_worker_command),
        ]
        self.done: list[str] = []

    def __call__(self, rehearsal: Rehearsal, account: Progress) -> None:
        sent = sum(account.states.get(state, 0) for state in _LEFT)
        while self._acts and sent >= self._acts[0][0] * self._size:
            _, act = self._acts.pop(0)
            act(rehearsal)
            self.done.append(act.__name__)

    def _kill_a_worker_process(self, rehearsal: Rehearsal) -> None:
        os.kill(_children(rehearsal.supervisor.pids()["worker"])[0], signal.SIGKILL)

    def _flush_the_broker(self, rehearsal: Rehearsal) -> None:
        with Redis.from_url(rehearsal.runtime.redis_url) as broker:
            broker.flushall()

    def _kill_the_worker_command(self, rehearsal: Rehearsal) -> None:
        command = rehearsal.supervisor.pids()["worker"]
        for pid in (*_children(command), command):
            os.kill(pid, signal.SIGKILL)


_LEFT = (
    MessageState.ACCEPTED,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.READ,
    MessageState.FAILED,
    MessageState.UNDELIVERED,
)


def _children(pid: int) -> list[int]:
    """The worker processes that a worker command forked; Linux keeps them by thread."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(word) for word in (task / "children").read_text().split()]
    workers = [child for child in found if b"workers.main" in _command(child)]
    assert workers, "the worker command has no worker processes"
    return workers


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.timeout(420)
def test_nothing_is_lost_or_sent_twice_though_workers_die_and_the_broker_forgets(
    installation: Rehearsal,
) -> None:
    file = stage.sample_file(installation, rows=SUBSCRIPTIONS, seed=11)
    told: list[str] = []
    stage.prepare(installation, file, rate=200, tell=told.append)
    size = stage.launch(installation, tell=told.append)
    saboteur = Saboteur(size)

    quiet = stage.run_until_quiet(installation, within=360, watch=saboteur)

    assert quiet, "it never came to rest"
    assert len(saboteur.done) == 3
    assert installation.supervisor.restarts()["worker"] >= 2
    assert stage.open_some_coupons(installation) == stage.COUPONS_OPENED
    checks = stage.verdict(installation)
    assert [(check.promise, check.faults) for check in checks if not check.kept] == []
    with installation.runtime.sessions() as session:
        account = progress.progress_of(session, installation.campaign_id)
    assert account.audience == size == SUBSCRIPTIONS - 3
    assert account.states[MessageState.READ] > size / 3
