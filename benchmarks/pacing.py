"""Does a line keep its pace: at 80 and at 1,000 a second, seen from where the messages come in.

A campaign has 90 % of its line. Two worker processes share the line; the provider notes when each
message comes in. Targets: the average within 1 % of the campaign's share, and in no second,
wherever it begins, more than 1.05 times the share.

The average is of all but the last second: in it one of the two processes has nothing left, and the
other may not send more than its own slots at once. `average_to_the_last` has that second too.
"""

import os
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

from benchmarks.engine import planned_at
from benchmarks.world import stub_provider, workers, world
from campaigns import progress

PROCESSES = 2
SECONDS = 60
RATES = (80, 1_000)
LATENCY_MS = 100.0
AVERAGE_WITHIN, WORST_SECOND = 0.01, 1.05


def run(*, seconds: int = SECONDS, rates: tuple[int, ...] = RATES) -> dict[str, Any]:
    """Each rate for a minute, with the load of the machine while it ran."""
    measured = {f"{rate}_per_second": _at(rate, seconds) for rate in rates}
    return {
        **measured,
        "seconds_each": seconds,
        "targets": {"average_within": AVERAGE_WITHIN, "worst_second_at_most": WORST_SECOND},
        "kept": all(one["kept"] for one in measured.values()),
    }


def _at(rate: int, seconds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "arrivals"
        with world(processes=PROCESSES, in_flight=400) as bench:
            share = rate * bench.settings.campaign_share
            campaign_id = planned_at(bench, int(share * seconds), rate=rate)
            with stub_provider(LATENCY_MS, arrivals=file), workers(bench):
                deadline = time.monotonic() + 2 * seconds + 60
                while time.monotonic() < deadline:
                    with bench.runtime.sessions() as session:
                        states = progress.counted_states(session, campaign_id)
                    if not progress.IN_MOTION & states.keys():
                        break
                    time.sleep(0.5)
                load = os.getloadavg()[0]
        moments = array("d")
        moments.frombytes(file.read_bytes())
    return _verdict(sorted(moments), share, load)


def _verdict(moments: list[float], share: float, load: float) -> dict[str, Any]:
    flowing = [moment for moment in moments if moment <= moments[-1] - 1.0]
    average = (len(flowing) - 1) / (flowing[-1] - flowing[0])
    to_the_last = (len(moments) - 1) / (moments[-1] - moments[0])
    worst = worst_second(moments)
    return {
        "messages": len(moments),
        "share": share,
        "average": round(average, 2),
        "average_of_share": round(average / share, 4),
        "average_to_the_last": round(to_the_last, 2),
        "worst_second": worst,
        "worst_second_of_share": round(worst / share, 3),
        "load_of_the_machine": round(load, 1),
        "kept": abs(average / share - 1) <= AVERAGE_WITHIN and worst <= share * WORST_SECOND,
    }


def worst_second(moments: list[float]) -> int:
    """The most within any second; ``moments`` in order."""
    worst = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        worst = max(worst, last - first + 1)
    return worst
