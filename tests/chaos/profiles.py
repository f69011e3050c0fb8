"""How big a run is, what its provider does, and how often each kind of fault strikes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.judge import Bounds

PROVIDER: Mapping[str, Any] = {
    "name": "chaos",
    "latency": [0.05, 0.8],
    "throttled": 0.02,
    "refusals": {"21211": 0.005},
    "accepted_then_500": 0.07,
    "accepted_then_dropped": 0.06,
    "accepted_then_late": 0.03,
    "refused_with_500": 0.03,
    "refused_with_drop": 0.03,
    "visible_after": 50.0,  # the engine counts on 60
    "failed": {"63024": 0.02},
    "undelivered": {"63003": 0.01},
    "transient": {"63012": 0.03},
    "stuck_at_sent": 0.02,
    "read_without_delivered": 0.2,
    "reports_sending": 0.3,
    "callback_lost": 0.34,  # early ones are never lost: it is 30 % of all and more
    "callback_doubled": 0.35,  # … of those not lost: 20 % of all and more
    "callback_reordered": 0.25,
    "callback_early": 0.1,
    "inbound_lost": 0.05,
    "inbound_doubled": 0.15,
    "two_taps": 0.1,
    "quotes": 0.2,
    "reply_delay": [5, 100],
}
"""Seconds are of real time: the simulator divides them by the speed, as the engine does its own."""

KINDS: Mapping[str, int] = {
    "kill_worker_process": 4,
    "kill_worker_command": 3,
    "kill_web": 3,
    "kill_timetable": 2,
    "freeze_worker": 2,
    "stop_worker": 3,
    "flush_broker": 4,
    "kill_broker": 2,
    "broker_black_hole": 2,
    "cut_broker": 2,
    "restart_database": 3,
    "cut_database": 3,
    "commit_answer_lost": 5,
    "commit_not_heard": 5,
    "database_black_hole": 2,
    "provider_refuses": 3,
    "provider_black_hole": 2,
    "provider_answers_lost": 4,
    "cut_provider": 3,
    "throttle_storm": 2,
    "crash_after_claim": 2,
    "crash_before_post": 2,
    "crash_after_post": 2,
    "crash_before_commit": 2,
    "crash_after_commit": 2,
    "odd_callbacks": 2,
    "web_black_hole": 2,
    "pause": 2,
    "opt_outs": 5,
    "payments": 4,
    "cancel": 1,
}
"""Kind of fault → how often in a run of the short size."""


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    rows: int
    rate: int  # of the line, messages a second
    speed: float
    faults: int  # times the table above
    gap: tuple[float, float]  # seconds between two faults
    most_seconds: float
    bounds: Bounds


PROFILES = {
    "short": Profile(
        name="short",
        rows=2_350,
        rate=10,
        speed=10,
        faults=1,
        gap=(1.0, 2.4),
        most_seconds=720,
        bounds=Bounds(messages=2_000, faults=50, kinds=8, ambiguous=300, callbacks=5_000),
    ),
    # a quarter of the long one: four seeds make an hour and 20,000 messages
    "long": Profile(
        name="long",
        rows=5_800,
        rate=7,
        speed=10,
        faults=3,  # more than there is time for: they last as long as there is something to send
        gap=(2.0, 5.0),
        most_seconds=2_000,
        bounds=Bounds(messages=5_000, faults=120, kinds=25, ambiguous=800, callbacks=12_000),
    ),
    # to see that everything turns: proves nothing
    "try": Profile(
        name="try",
        rows=240,
        rate=8,
        speed=10,
        faults=1,
        gap=(0.1, 0.4),
        most_seconds=240,
        bounds=Bounds(messages=150, faults=8, kinds=5, ambiguous=10, callbacks=300),
    ),
}
