"""The timetable: a loop that wakes the workers for periodic jobs.

Any number may run: each due job is taken by one of them (FOR UPDATE SKIP LOCKED), its next time
is committed, then a worker is woken. A wake-up that is lost costs one turn.
"""

import signal
import threading
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


def tick(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        due = take_due(session, now=runtime.now(session), speed=runtime.settings.time_speed)
        in_hold = restoring.is_held(session)
    for name in due:
        if JOBS[name].in_hold or not in_hold:
            wake_job(runtime, name)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    configure_logging()
    runtime = current_runtime()
    with runtime.sessions.begin() as session:
        install_jobs(session, now=runtime.now(session))
    while not stopping.wait(_TICK):
        try:
            tick(runtime)
        except OperationalError as error:
            log.warning("the database is away", error=str(error))


if __name__ == "__main__":
    main()
