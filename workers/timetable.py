"""The timetable: a loop that wakes the workers for periodic jobs.

Any number may run: each due job is taken by one of them (FOR UPDATE SKIP LOCKED), its next time
is committed, then a worker is woken. A wake-up that is lost on its way costs one turn; one that
the broker does not take is none: whoever took the job does it himself.
"""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from types import FrameType

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campaigns import restoring
from models.audit import PeriodicJob
from runtime.logs import configure_logging
from runtime.wiring import Runtime, current_runtime
from workers.periodic import JOBS
from workers.wake import wake_job

log = structlog.get_logger(__name__)

_TICK = 1.0


def install_jobs(session: Session, *, now: datetime) -> None:
    """A row for every job there is; those that are there keep their time."""
    session.execute(
        insert(PeriodicJob)
        .values([{"name": name, "next_at": now} for name in JOBS])
        .on_conflict_do_nothing()
    )


def take_due(session: Session, *, now: datetime, speed: float = 1.0) -> list[str]:
    """Names of the jobs that are due, each advanced by its period; nobody else takes them."""
    due = session.scalars(
        select(PeriodicJob)
        .where(PeriodicJob.next_at <= now, PeriodicJob.name.in_(JOBS))
        .order_by(PeriodicJob.next_at)
        .with_for_update(skip_locked=True)
    ).all()
    for job in due:
        job.next_at = now + JOBS[job.name].period(speed)
    return [job.name for job in due]


class Stopgap:
    """Does jobs in this process, while the broker is away."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        # the watchdog must not wait for a provider that is slow to answer
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="job")
        self._at_work: dict[str, Future[None]] = {}

    def do(self, name: str) -> None:
        """Returns at once; one that is still at it from its last turn is left to that."""
        running = self._at_work.get(name)
        if running is None or running.done():
            self._at_work[name] = self._pool.submit(self._do, name)

    def stop(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _do(self, name: str) -> None:
        try:
            JOBS[name].work(self._runtime)
        except Exception:  # the next turn must come
            log.exception("job failed", job=name)


def tick(runtime: Runtime, do_here: Callable[[str], None]) -> None:
    """Wake a worker for each due job; ``do_here`` is given what the broker does not take."""
    with runtime.sessions.begin() as session:
        due = take_due(session, now=runtime.now(session), speed=runtime.settings.time_speed)
        in_hold = restoring.is_held(session)
    is_away = False  # then nobody waits for it once more for each job
    for name in due:
        if in_hold and not JOBS[name].in_hold:
            continue
        is_away = is_away or not wake_job(runtime, name)
        if is_away:
            do_here(name)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    configure_logging()
    runtime = current_runtime()
    runtime.stopping = stopping.is_set
    stopgap = Stopgap(runtime)
    with runtime.sessions.begin() as session:
        install_jobs(session, now=runtime.now(session))
    while not stopping.wait(_TICK):
        try:
            tick(runtime, stopgap.do)
        except OperationalError as error:
            log.warning("the database is away", error=str(error))
    stopgap.stop()


if __name__ == "__main__":
    main()
