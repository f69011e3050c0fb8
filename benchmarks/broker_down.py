"""The broker stopped in the middle of a campaign: sending goes on, and how fast.

Two worker processes, unpaced, a provider that takes 100 ms; when two fifths are sent, Valkey is
stopped and stays away. Target: at least half the speed of before, from that very moment on.
"""

import os
import time
from datetime import datetime
from typing import Any

from sqlalchemy import text

from benchmarks.engine import IN_FLIGHT, PROCESSES, planned_at
from benchmarks.world import World, stub_provider, workers, world
from campaigns import progress
from models.states import MessageState

MESSAGES = 30_000
BEFORE = 0.4  # of them are sent with the broker
TARGET = 0.5


def run(*, messages: int = MESSAGES, latency_ms: float = 100) -> dict[str, Any]:
    """Messages a second before and after, by the database's clock."""
    with (
        stub_provider(latency_ms),
        world(processes=PROCESSES, in_flight=IN_FLIGHT) as bench,
    ):
        campaign_id = planned_at(bench, messages, rate=1_000_000)
        with workers(bench):
            _await(bench, campaign_id, at_least=int(messages * BEFORE))
            stopped_at = bench.runtime.now()
            bench.valkey.stop()
            _await(bench, campaign_id, at_least=messages)
        load = os.getloadavg()[0]
        before, after = _rates(bench, stopped_at)
    return {
        "messages": messages,
        "per_second_with_the_broker": round(before),
        "per_second_without": round(after),
        "of_before": round(after / before, 2),
        "load_of_the_machine": round(load, 1),
        "target": TARGET,
        "kept": after / before >= TARGET,
    }


def _await(bench: World, campaign_id: int, *, at_least: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with bench.runtime.sessions() as session:
            states = progress.counted_states(session, campaign_id)
        if states.get(MessageState.ACCEPTED, 0) >= at_least:
            return
        time.sleep(0.1)
    raise TimeoutError(f"not there yet: {states}")


def _rates(bench: World, stopped_at: datetime) -> tuple[float, float]:
    with bench.runtime.sessions() as session:
        row = session.execute(text(_RATES), {"at": stopped_at}).one()
    return (
        row.before / (stopped_at - row.began).total_seconds(),
        row.after / (row.ended - stopped_at).total_seconds(),
    )


_RATES = """
SELECT count(*) FILTER (WHERE ended_at <= :at) AS before, min(started_at) AS began,
    count(*) FILTER (WHERE ended_at > :at) AS after, max(ended_at) AS ended
FROM attempts
"""
