"""How soon sending goes on after kill -9: of every worker, and of everything.

Of the workers, in the worst case: all that waits is claimed by the dead, so nothing can leave
before their lease ends. Of everything with 200,000 messages waiting: PostgreSQL replays its log,
and `./pregon up` starts as its user would start it. By the database's clock, in real time.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.world import STUB_PORT, World, a_campaign_of, stub_provider, workers, world
from campaigns.sending_hours import ALWAYS
from campaigns.times import Times
from runtime import embedded, stack
from runtime.settings import Settings
from runtime.wiring import Runtime
from workers import jobs

AFTER_THE_LEASE = 5.0  # seconds
AFTER_THE_START = 15.0
_LATENCY_MS = 100
_PATIENCE = 600.0


def run(*, waiting: int = 200_000, rounds: int = 3) -> dict[str, Any]:
    """Each kill ``rounds`` times; medians and worst, and their share of what is allowed."""
    lease = Times().lease.total_seconds()
    with stub_provider(_LATENCY_MS):
        claimed = [_workers_killed() for _ in range(rounds)]
        everything = _everything_killed(waiting, rounds)
    return {
        "rounds": rounds,
        "load_average": round(os.getloadavg()[0], 1),  # what else this machine had to do
        "all_workers_killed": _told(claimed, lease + AFTER_THE_LEASE) | {"lease": lease},
        "everything_killed": _told(everything, AFTER_THE_START) | {"waiting": waiting},
    }


def _told(seconds: list[float], allowed: float) -> dict[str, Any]:
    median = statistics.median(seconds)
    return {
        "seconds_to_first_send": [round(each, 1) for each in seconds],
        "median": round(median, 1),
        "worst": round(max(seconds), 1),
        "allowed": allowed,
        "median_of_allowed": round(median / allowed, 2),
        "met": max(seconds) <= allowed,
    }


def _workers_killed() -> float:
    """A slice is under way, and nothing waits outside it."""
    with world(processes=2, in_flight=100) as bench:
        campaign_id = a_campaign_of(bench, 300, rate=20)
        while jobs.plan(bench.runtime, campaign_id):
            pass
        with workers(bench) as command:
            _await(bench, "SELECT count(*) >= 20 FROM messages WHERE state = 'accepted'")
            assert _is(bench, _ALL_IS_CLAIMED), "some waits unclaimed: a milder case"
            killed_at = bench.runtime.now()
            _kill(command)
        with workers(bench):
            return _first_send(bench, after=killed_at)


def _everything_killed(waiting: int, rounds: int) -> list[float]:
    found = []
    with _installation() as bench:
        with _up(bench):
            _await(bench, "SELECT count(*) > 0 FROM campaign_types")
            a_campaign_of(bench, waiting + 5_000, rate=20)
            _await(bench, f"SELECT count(*) >= {waiting + 5_000} FROM messages")
            _await(bench, "SELECT count(*) >= 100 FROM attempts")
        for _ in range(rounds):
            started_at = datetime.now().astimezone()  # the database's machine is this one
            with _up(bench):
                found.append(_first_send(bench, after=started_at))
                assert _is(bench, f"SELECT count(*) >= {waiting} FROM messages WHERE {_WAITS}")
    return found


@contextmanager
def _installation() -> Iterator[World]:
    """Its own folder and servers, and the stub for a provider."""
    with tempfile.TemporaryDirectory(prefix="pregon-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL steps down to another user
        port = stack.free_port("127.0.0.1", 18_410)
        settings = Settings(
            data_dir=folder,
            public_url=f"http://127.0.0.1:{port}",
            port=port,
            secret_key="benchmark" * 6,
            twilio_account_sid="AC" + "0" * 32,
            twilio_auth_token="0" * 32,
            twilio_base_url=f"http://127.0.0.1:{STUB_PORT}",
            sending_hours=ALWAYS,
        )
        runtime = Runtime(
            settings,
            database_url=embedded.postgres_url(folder),
            redis_url=embedded.valkey_url(folder),
            statement_timeout=timedelta(minutes=5),  # people by the hundred thousand
        )
        yield World(
            runtime, folder, embedded.EmbeddedPostgres(folder), embedded.EmbeddedValkey(folder)
        )
        runtime.close()


@contextmanager
def _up(bench: World) -> Iterator[None]:
    """`./pregon up`, killed with all that it started."""
    said = bench.folder / "up.log"
    with said.open("ab") as log:
        command = subprocess.Popen(
            [sys.executable, "-P", "-m", "dashboard.cli", "up"],
            env=stack.environment(bench.settings),
            stdout=log,
            stderr=log,
        )
    try:
        yield
        if command.poll() is not None:
            raise RuntimeError(f"up has ended: {said.read_text(errors='replace')[-2000:]}")
    finally:
        _kill(command)
        bench.runtime.engine.dispose()


def _kill(command: "subprocess.Popen[bytes]") -> None:
    """With kill -9 and at once; it is stopped first, or it would start its children again."""
    command.send_signal(signal.SIGSTOP)
    for pid in (*_descendants(command.pid), command.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    command.wait()


def _descendants(pid: int) -> list[int]:
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(word) for word in (task / "children").read_text().split()]
    return [each for child in found for each in (child, *_descendants(child))]


def _first_send(bench: World, *, after: datetime) -> float:
    """Seconds until the first attempt that began since then."""
    _await(bench, "SELECT count(*) > 0 FROM attempts WHERE started_at > :after", after=after)
    with bench.runtime.sessions() as session:
        first: datetime = session.execute(
            text("SELECT min(started_at) FROM attempts WHERE started_at > :after"),
            {"after": after},
        ).scalar_one()
    return (first - after).total_seconds()


def _await(bench: World, question: str, **values: object) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _is(bench, question, **values):
        if time.monotonic() > deadline:
            raise TimeoutError(question)
        time.sleep(0.5)  # what is told are the database's times, so nothing hangs on ours


def _is(bench: World, question: str, **values: object) -> bool:
    """False while the database is away as well."""
    try:
        with bench.runtime.sessions() as session:
            return bool(session.execute(text(question), values).scalar_one())
    except SQLAlchemyError:
        return False


_WAITS = "state IN ('planned', 'claimed')"
_ALL_IS_CLAIMED = "SELECT count(*) = 0 FROM messages WHERE state = 'planned'"
