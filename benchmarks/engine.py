"""Messages per second with a record per message, beside a bare loop and the usual way.

A provider that takes 100 ms; two worker processes; PostgreSQL (durable), Valkey and the provider
on the same machine. Every guard and every attempt is on. Targets: at least 0.5 of the bare loop
and 8 times the usual way.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.world import STUB_PORT, World, a_campaign_of, stub_provider, workers, world
from campaigns import progress
from runtime import stack
from workers import jobs

PROCESSES = 2
IN_FLIGHT = 400  # per process
USUAL_THREADS = 16  # more would ask PostgreSQL for more connections than it has


def run(
    *, messages: int = 20_000, usual_messages: int = 2_000, latency_ms: float = 100, rounds: int = 3
) -> dict[str, Any]:
    """Each way in turn, ``rounds`` times; medians, and ratios of medians."""
    rates: dict[str, list[float]] = {"ours": [], "bare_1": [], "bare_2": [], "usual": []}
    with stub_provider(latency_ms):
        for _ in range(rounds):
            rates["bare_1"].append(_bare(messages, processes=1))
            rates["bare_2"].append(_bare(messages, processes=PROCESSES))
            rates["ours"].append(_ours(messages))
            rates["usual"].append(_usual(usual_messages))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "messages": messages,
        "latency_ms": latency_ms,
        "rounds": rounds,
        "messages_per_second": {name: round(rate) for name, rate in medians.items()},
        "all_rounds": {name: [round(rate) for rate in each] for name, each in rates.items()},
        "of_a_bare_loop": round(medians["ours"] / medians["bare_1"], 2),
        "of_bare_loops_in_as_many_processes": round(medians["ours"] / medians["bare_2"], 2),
        "times_the_usual_way": round(medians["ours"] / medians["usual"], 1),
        "targets": {"of_a_bare_loop": 0.5, "times_the_usual_way": 8},
    }


def _bare(messages: int, *, processes: int) -> float:
    share = messages // processes
    argv = [sys.executable, "-m", "benchmarks.bare_loop", str(share)]
    argv += [str(IN_FLIGHT), str(STUB_PORT)]
    running = [subprocess.Popen(argv, stdout=subprocess.PIPE) for _ in range(processes)]
    seconds = [float(process.communicate()[0]) for process in running]
    return share * processes / max(seconds)


def _ours(messages: int) -> float:
    with world(processes=PROCESSES, in_flight=IN_FLIGHT) as bench:
        campaign_id = _planned(bench, messages)
        with workers(bench):
            _await(bench, campaign_id)
        with bench.runtime.sessions() as session:
            account = progress.progress_of(session, campaign_id)
            assert {state.value: n for state, n in account.states.items()} == {
                "accepted": messages
            }, account.states
            return _per_second(bench, "attempts", "started_at", "ended_at")


def _usual(messages: int) -> float:
    with world(processes=PROCESSES, in_flight=IN_FLIGHT) as bench:
        campaign_id = _planned(bench, messages)
        # Dramatiq as it comes: our small prefetch is for wake-ups, and would slow this way down
        environment = {
            name: value
            for name, value in stack.environment(bench.settings).items()
            if not name.startswith("dramatiq_")
        } | {"PREGON_WORKER_THREADS": str(USUAL_THREADS)}
        _enqueue(bench, environment)
        argv = [sys.executable, "-m", "dramatiq", "benchmarks.usual_sender"]
        argv += ["-p", str(PROCESSES), "-t", str(USUAL_THREADS), "--skip-logging"]
        process = subprocess.Popen(argv, env=environment)
        try:
            _await(bench, campaign_id)
        finally:
            process.terminate()
            process.wait()
        return _per_second(bench, "messages", "state_at", "state_at")


def _enqueue(bench: World, environment: dict[str, str]) -> None:
    """By the sender's own module, in a process with its settings."""
    with bench.runtime.sessions() as session:
        ids = [str(each) for each in session.execute(text("SELECT id FROM messages")).scalars()]
    code = (
        "import sys; from benchmarks.usual_sender import send_one\n"
        "for line in sys.stdin: send_one.send(int(line))"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"PYTHONPATH": str(Path.cwd())},
        input="\n".join(ids),
        text=True,
        check=True,
    )


def _planned(bench: World, messages: int) -> int:
    return planned_at(bench, messages, rate=1_000_000)


def planned_at(bench: World, messages: int, *, rate: int) -> int:
    campaign_id = a_campaign_of(bench, messages, rate=rate)
    while jobs.plan(bench.runtime, campaign_id):
        pass
    with bench.runtime.engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    return campaign_id


def _await(bench: World, campaign_id: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with bench.runtime.sessions() as session:
            states = progress.counted_states(session, campaign_id)
        if not progress.IN_MOTION & states.keys():
            return
        time.sleep(0.3)
    raise TimeoutError(f"not drained: {states}")


def _per_second(bench: World, table: str, first: str, last: str) -> float:
    """From the first message's start to the last one's record, by the database's clock."""
    with bench.runtime.sessions() as session:
        count, began, ended = session.execute(
            text(f"SELECT count(*), min({first}), max({last}) FROM {table}")
        ).one()
    return float(count / (ended - began).total_seconds())
