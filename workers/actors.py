"""The actors: a story of domain calls each, safe to lose, to repeat and to run twice.

Arguments are ids. Nothing is retried or delayed by the broker: due times are columns.
"""

import dramatiq

from models.message import EventKind
from runtime.wiring import current_runtime
from workers import jobs
from workers.periodic import JOBS
from workers.process import this_process
from workers.template_reviews import submit_asked
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


@dramatiq.actor(queue_name="plan", max_retries=0)
def begin_import(import_id: int) -> None:
    """A file waits; the sweeper's own thread reads it, for a big one takes minutes."""
    this_process().sweeper.begin_import(import_id)


@dramatiq.actor(queue_name="inbox", max_retries=0)
def apply_inbox(kind: str) -> None:
    """Events of this kind have come in, and files with some of them."""
    jobs.apply_inbox(current_runtime(), EventKind(kind))
    if kind == EventKind.INBOUND:
        this_process().sweeper.fetch_media()


@dramatiq.actor(queue_name="inbox", max_retries=0)
def fetch_media(_message_id: int) -> None:
    """A file of a message is to be fetched; the sweeper's own threads do it."""
    this_process().sweeper.fetch_media()


@dramatiq.actor(queue_name="periodic", max_retries=0)
def submit_template(version_id: int) -> None:
    """Somebody asked to have a version of a template reviewed."""
    submit_asked(current_runtime(), version_id)


@dramatiq.actor(queue_name="periodic", max_retries=0)
def run_job(name: str) -> None:
    """A periodic job is due."""
    JOBS[name].work(current_runtime())
