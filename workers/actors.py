"""The actors: a story of domain calls each, safe to lose, to repeat and to run twice.

Arguments are ids. Nothing is retried or delayed by the broker: due times are columns.
"""

import dramatiq

from models.message import EventKind
from runtime.wiring import current_runtime
from workers import jobs
from workers.periodic import JOBS
from workers.process import this_process
from workers.wake import wake_line


@dramatiq.actor(queue_name="send", max_retries=0)
def send_line(line_id: int) -> None:
    """There may be work on this line."""
    this_process().lines.drain(line_id)


@dramatiq.actor(queue_name="plan", max_retries=0)
def plan_campaign(campaign_id: int) -> None:
    """Write a launched campaign's cases and messages; sending begins with the first chunk."""
    runtime = current_runtime()
    while (line_id := jobs.plan(runtime, campaign_id)) and not this_process().stopping:
        wake_line(runtime, line_id)


@dramatiq.actor(queue_name="inbox", max_retries=0)
def apply_inbox(kind: str) -> None:
    """Events of this kind have come in."""
    jobs.apply_inbox(current_runtime(), EventKind(kind))


@dramatiq.actor(queue_name="periodic", max_retries=0)
def run_job(name: str) -> None:
    """A periodic job is due."""
    JOBS[name].work(current_runtime())
