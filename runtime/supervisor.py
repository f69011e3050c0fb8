"""Starts, watches, restarts and stops processes by command line; imports none of them.

    servers ─ready─▶ applications ─ready─▶ watch ──Ctrl-C──▶ applications end ─▶ servers end
                                           │ one died: back after 1, 2, 4 … 30 s

Everything is spawned from the main thread, because on Linux a child dies with the thread that
spawned it: killing the supervisor leaves nothing behind.
"""

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from runtime.errors import ServiceFailed
from runtime.processes import signal_group, spawn

Line = Callable[[str, str], None]  # (name of the service, a line of its output)

_TICK = 0.1
_LONGEST_BACKOFF = 30.0
_STEADY_AFTER = 60.0  # seconds up after which a crash counts as a first one again


@dataclass(frozen=True, kw_only=True)
class Service:
    """A process to keep alive."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None  # the whole environment; None: as ours
    cwd: Path | None = None
    ready: Callable[[], bool] | None = None  # asked again and again while it starts
    ready_within: float = 30.0  # seconds
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 45.0  # seconds before force; a request in flight may take 30
    hushed: Sequence[str] = ()  # lines containing one of these are not shown
    steps_back: bool = False  # where others want the processor too


@dataclass
class _Child:
    service: Service
    process: "subprocess.Popen[bytes] | None" = None
    reader: threading.Thread | None = None
    started_at: float = 0.0  # monotonic, like the next
    start_again_at: float = 0.0
    backoff: float = 0.0
    restarts: int = 0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=15))

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps services alive until told to stop. Use it from the main thread alone."""

    def __init__(
        self,
        *,
        show: Line | None = None,
        first_backoff: float = 1.0,
        steady_after: float = _STEADY_AFTER,
    ) -> None:
        self._show = show or _printed
        self._first_backoff = first_backoff
        self._steady_after = steady_after
        self._stages: list[list[_Child]] = []
        self._asked_to_stop = threading.Event()
        self._impatient = False

    def start(self, *services: Service) -> None:
        """Start these together and return when all are ready; they stop before earlier ones.

        Raises:
            ServiceFailed: one ended or was not ready in time. Call `stop` then.
        """
        stage = [_Child(service) for service in services]
        self._stages.append(stage)
        for child in stage:
            self._spawn(child)
        for child in stage:
            self._await_ready(child)

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name of service."""
        return {c.service.name: c.process.pid for c in self._children() if c.process and c.runs}

    def restarts(self) -> dict[str, int]:
        """How often each service had to be started again."""
        return {child.service.name: child.restarts for child in self._children()}

    @property
    def asked_to_stop(self) -> bool:
        """Whether somebody asked: a signal, `request_stop` or `stop`."""
        return self._asked_to_stop.is_set()

    def request_stop(self) -> None:
        """Make `wait` return; may be called from any thread or a signal handler."""
        self._asked_to_stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Watch and restart until asked to stop, or for ``seconds``; tell whether asked."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._asked_to_stop.is_set():
            self._tend()
            if deadline is not None and time.monotonic() >= deadline:
                break
            self._asked_to_stop.wait(_TICK)
        return self._asked_to_stop.is_set()

    def stop(self) -> None:
        """Stop the last started first, each in its own time, by force when that is over."""
        self._asked_to_stop.set()
        for stage in reversed(self._stages):
            living = [child for child in stage if child.process is not None]
            for child in living:
                if child.runs and child.process:
                    child.process.send_signal(child.service.stop_signal)
            asked_at = time.monotonic()
            for child in living:
                self._await_end(child, asked_at + child.service.stop_timeout)
        for child in self._children():
            if child.reader is not None:
                child.reader.join(1.0)
        self._stages.clear()

    def kill(self) -> None:
        """End every group by force at once; `stop` then only tidies up."""
        self._impatient = True
        for child in self._children():
            if child.process is not None:
                signal_group(child.process.pid, signal.SIGKILL)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Inside, the first Ctrl-C or SIGTERM asks to stop and the second kills every group."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            if self._asked_to_stop.is_set():
                self.kill()
            self._asked_to_stop.set()

        before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _children(self) -> list[_Child]:
        return [child for stage in self._stages for child in stage]

    def _spawn(self, child: _Child) -> None:
        service = child.service
        child.process = spawn(
            service.argv,
            output=subprocess.PIPE,
            env=service.env,
            cwd=service.cwd,
            dies_with=service.stop_signal,
            steps_back=service.steps_back,
        )
        child.started_at = time.monotonic()
        if child.process.stdout is not None:
            child.reader = threading.Thread(
                target=self._read, args=(child, child.process.stdout), daemon=True
            )
            child.reader.start()

    def _read(self, child: _Child, stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line = raw.decode(errors="replace").rstrip()
                child.last_lines.append(line)
                if line and not any(word in line for word in child.service.hushed):
                    self._show(child.service.name, line)

    def _await_ready(self, child: _Child) -> None:
        ready = child.service.ready
        deadline = child.started_at + child.service.ready_within
        while ready is not None and not ready():
            if not child.runs:
                if child.reader is not None:
                    child.reader.join(1.0)
                code = child.process.returncode if child.process else "?"
                raise ServiceFailed(child.service.name, f"it ended ({code})", child.last_lines)
            if time.monotonic() > deadline or self._asked_to_stop.is_set():
                why = "asked to stop" if self._asked_to_stop.is_set() else "not ready in time"
                raise ServiceFailed(child.service.name, why, child.last_lines)
            time.sleep(0.02)

    def _tend(self) -> None:
        """Start again what died and has waited long enough; notice what died just now."""
        now = time.monotonic()
        for child in self._children():
            if child.process is None:
                if now >= child.start_again_at:
                    child.restarts += 1
                    self._spawn(child)
            elif not child.runs:
                self._bury(child, now)

    def _bury(self, child: _Child, now: float) -> None:
        process = child.process
        assert process is not None
        signal_group(process.pid, signal.SIGKILL)  # what it had started must not meet the next one
        steady = now - child.started_at >= self._steady_after
        doubled = min(child.backoff * 2, _LONGEST_BACKOFF)
        child.backoff = self._first_backoff if steady or not child.backoff else doubled
        child.start_again_at = now + child.backoff
        child.process = None
        name, code = child.service.name, process.returncode
        self._show(name, f"ended ({code}), starting again in {child.backoff:g} s")

    def _await_end(self, child: _Child, deadline: float) -> None:
        process = child.process
        assert process is not None
        while process.poll() is None:
            if self._impatient or time.monotonic() > deadline:
                signal_group(process.pid, signal.SIGKILL)
            time.sleep(0.02)
        signal_group(process.pid, signal.SIGKILL)  # and whatever it left in its group
        child.process = None


def _printed(name: str, line: str) -> None:
    print(f"{name:>9} | {line}", flush=True)
