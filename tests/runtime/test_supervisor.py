"""The supervisor: order, restarts, and nothing left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.errors import AlreadyRunning, ServiceFailed
from runtime.processes import FolderLock, spawn
from runtime.settings import project_folder
from runtime.supervisor import Service, Supervisor

Lines = list[tuple[str, str]]


@pytest.fixture
def lines() -> Lines:
    return []


@pytest.fixture
def supervisor(lines: Lines) -> Iterator[Supervisor]:
    supervisor = Supervisor(show=lambda *line: lines.append(line), first_backoff=0.05)
    yield supervisor
    supervisor.stop()


def script(name: str, code: str, ready: Callable[[], bool] | None = None) -> Service:
    return Service(name=name, argv=[sys.executable, "-u", "-c", code], ready=ready, stop_timeout=5)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until(condition: Callable[[], bool], within: float = 10) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def obedient(name: str, ledger: Path) -> str:
    """A process that writes down its start and its end."""
    return f"""
import signal, sys, time
def note(what):
    with open({str(ledger)!r}, "a") as f: f.write(f"{name} {{what}}\\n")
def end(*_):
    note("stopped"); sys.exit()
signal.signal(signal.SIGTERM, end)
note("started")
time.sleep(60)
"""


def test_servers_start_first_and_stop_last(supervisor: Supervisor, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"

    def noted(line: str) -> Callable[[], bool]:
        return lambda: ledger.exists() and line in ledger.read_text()

    supervisor.start(script("server", obedient("server", ledger), noted("server started")))
    supervisor.start(script("app", obedient("app", ledger), noted("app started")))
    supervisor.stop()

    assert ledger.read_text().split("\n")[:4] == [
        "server started",
        "app started",
        "app stopped",
        "server stopped",
    ]


def test_a_crashing_process_comes_back_after_longer_and_longer_waits(
    supervisor: Supervisor, lines: Lines
) -> None:
    supervisor.start(script("worker", "print('hello'); raise SystemExit(3)"))

    asked = supervisor.wait(1.0)

    waits = [line for _, line in lines if line.startswith("ended")]
    assert not asked
    assert waits[:2] == [
        "ended (3), starting again in 0.05 s",
        "ended (3), starting again in 0.1 s",
    ]
    assert supervisor.restarts()["worker"] >= 2
    assert ("worker", "hello") in lines


def test_what_a_dead_process_had_started_does_not_meet_the_next_one(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    note = tmp_path / "child"
    code = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open({str(note)!r}, "w").write(str(child.pid))
time.sleep(60)
"""
    supervisor.start(script("worker", code, lambda: note.exists() and note.read_text() != ""))
    child, first = int(note.read_text()), supervisor.pids()["worker"]

    os.kill(first, signal.SIGKILL)
    supervisor.wait(0.3)

    assert until(lambda: not alive(child))
    assert supervisor.pids()["worker"] != first


def test_a_start_that_fails_says_why(supervisor: Supervisor) -> None:
    with pytest.raises(ServiceFailed, match=r"web did not start: it ended \(1\)\n.*no such page"):
        supervisor.start(script("web", "raise SystemExit('no such page')", lambda: False))


def test_a_process_that_ignores_the_request_is_ended_by_force(supervisor: Supervisor) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    service = Service(name="deaf", argv=[sys.executable, "-u", "-c", deaf], stop_timeout=0.2)
    supervisor.start(service)
    pid = supervisor.pids()["deaf"]
    time.sleep(0.2)

    supervisor.stop()

    assert not alive(pid)


def test_what_nobody_waits_for_steps_back(supervisor: Supervisor) -> None:
    idle = "import time; time.sleep(60)"
    first = replace(script("first", idle), steps_back=True)
    supervisor.start(first, script("other", idle))
    behind, beside = (child.process.pid for child in supervisor._children() if child.process)

    assert os.getpriority(os.PRIO_PROCESS, behind) == 5
    assert os.getpriority(os.PRIO_PROCESS, beside) == os.getpriority(os.PRIO_PROCESS, 0)
    group = Path(f"/proc/{behind}/autogroup")
    if group.exists() and group.read_text():  # where the kernel shares among sessions
        assert group.read_text().split()[-1] == "5"


def test_children_are_spawned_from_the_main_thread_only() -> None:
    refusals: list[RuntimeError] = []

    def elsewhere() -> None:
        try:
            spawn(["true"], output=subprocess.DEVNULL)
        except RuntimeError as error:
            refusals.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()

    assert len(refusals) == 1


def test_a_folder_has_one_owner_until_that_one_ends(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path / "lock"), FolderLock(tmp_path / "lock")
    first.acquire()

    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        second.acquire()
    first.release()
    second.acquire()

    second.release()


_WHOLE_SUPERVISOR = """
import sys
from pathlib import Path
from runtime.embedded import EmbeddedPostgres, EmbeddedValkey
from runtime.stack import server_service
from runtime.supervisor import Service, Supervisor
data = Path(sys.argv[1])
servers = [EmbeddedPostgres(data), EmbeddedValkey(data)]
supervisor = Supervisor()
with supervisor.signals():
    for server in servers:
        server.prepare()
    supervisor.start(*map(server_service, servers))
    sleeper = [sys.executable, "-c", "import time; time.sleep(99)"]
    supervisor.start(Service(name="app", argv=sleeper))
    print(*supervisor.pids().values(), flush=True)
    supervisor.wait()
    supervisor.stop()
    for server in servers:
        server.stop()
"""


@contextlib.contextmanager
def whole_supervisor(data: Path) -> "Iterator[tuple[subprocess.Popen[str], list[int]]]":
    process = subprocess.Popen(
        [sys.executable, "-c", _WHOLE_SUPERVISOR, str(data)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=project_folder(),
    )
    try:
        assert process.stdout is not None
        yield process, [int(word) for word in process.stdout.readline().split()]
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.story
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal")
def test_killing_the_supervisor_leaves_nothing_behind_and_the_next_one_starts(
    tmp_path: Path,
) -> None:
    with whole_supervisor(tmp_path) as (process, pids):
        assert len(pids) == 3
        process.kill()

        assert until(lambda: not any(map(alive, pids)))

    with whole_supervisor(tmp_path) as (process, pids):
        assert len(pids) == 3
        process.send_signal(signal.SIGINT)

        assert process.wait(20) == 0
        assert not any(map(alive, pids))
