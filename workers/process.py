"""What one worker process holds: its lines and its sweeper, from boot to shutdown."""

import os
import signal
from dataclasses import dataclass

from dramatiq import Broker, Worker
from dramatiq.middleware import Middleware

from campaigns.sending_hours import load_holidays
from runtime.processes import die_with_parent, keep_what_is_loaded
from runtime.wiring import current_runtime
from workers.lines import Lines
from workers.sweeper import Sweeper


@dataclass(frozen=True)
class Process:
    pid: int
    lines: Lines
    sweeper: Sweeper

    @property
    def stopping(self) -> bool:
        return self.lines.stopping.is_set()


_process: Process | None = None


def this_process() -> Process:
    """Made on first use, and anew after a fork."""
    global _process
    if _process is None or _process.pid != os.getpid():
        runtime = current_runtime()
        lines = Lines(runtime)
        runtime.stopping = lines.stopping.is_set
        _process = Process(os.getpid(), lines, Sweeper(runtime, lines))
    return _process


class Sweeping(Middleware):
    """Starts the sweep with a worker, and lets the lines end in order before it goes."""

    def after_process_boot(self, broker: Broker) -> None:  # noqa: ARG002
        """Were the worker command killed, its processes would go on unwatched: end in order."""
        die_with_parent(signal.SIGTERM)

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        process = this_process()
        load_holidays()
        keep_what_is_loaded()
        process.sweeper.start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002
        process = this_process()
        process.lines.stopping.set()
        process.sweeper.stop()
