"""How fast the processor is just now, and who had how much of it."""

import os
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

USUAL_LOOP_MS = 400  # of `loop_ms`, on the office server that the budgets are for
_TICKS = os.sysconf("SC_CLK_TCK")


def loop_ms() -> float:
    """Ten million additions: rented processors are slowed down at times, to a third and less."""
    began = time.process_time()
    total = 0
    for each in range(10_000_000):
        total += each
    return (time.process_time() - began) * 1000


def seconds_of(roots: Mapping[str, int]) -> dict[str, float]:
    """Processor time so far, by name; what ended counts with who waited for it.

    ``roots`` are process ids; one that is below another counts for itself alone.
    """
    names = {pid: name for name, pid in roots.items()}
    spent: dict[int, float] = {}
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        parents[int(folder.name)] = int(fields[1])
        spent[int(folder.name)] = sum(map(int, fields[11:15])) / _TICKS
    total: defaultdict[str, float] = defaultdict(float)
    for pid in spent:
        above = pid
        while above and above not in names:
            above = parents.get(above, 0)
        if above:
            total[names[above]] += spent[pid]
    return dict(total)
