"""`./pregon chaos`: real processes under faults, and a judge that reads only the two ledgers.

`--profile short` takes about eight minutes on an idle machine; `--profile long --seed N` is a
quarter of the long run: four seeds make the hour. Each run is appended to the results. `--sum`
adds them up. Its last line is the verdict: kept (exit 0), BROKEN (1), or CUT OFF by its clock (3).
"""

import argparse
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from runtime.settings import project_folder
from tests.chaos import report
from tests.chaos.profiles import PROFILES
from tests.chaos.run import run

RESULTS = project_folder() / "var" / "chaos" / "results.jsonl"


def main() -> int:
    """0 only if every promise was kept; 3 if the run did not come to rest in its time."""
    parser = argparse.ArgumentParser(prog="pregon chaos", description=__doc__)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="short")
    parser.add_argument("--seed", type=int, help="reproduces the plan of faults")
    parser.add_argument("--results", type=Path, default=RESULTS, help="JSON, a line for each run")
    parser.add_argument("--sum", action="store_true", help="add up the results and stop")
    given = parser.parse_args()
    if given.sum:
        return _sum_up(given.results)
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    profile = PROFILES[given.profile]
    _tell(f"profile {profile.name}, seed {seed}, commit {report.commit()}")
    began = time.monotonic()
    done = run(profile, seed, tell=lambda line: _tell(f"{time.monotonic() - began:5.0f} s  {line}"))
    report.show(done, _tell)
    report.keep(done, given.results)
    again = f"./pregon chaos --profile {profile.name} --seed {seed}"
    for line in report.closing(done):
        _tell(line)
    if done.passed:
        shutil.rmtree(done.folder, ignore_errors=True)
        return 0
    _tell(f"  {again} repeats the plan; everything is left in {done.folder}")
    return 1 if done.broken else 3


def _sum_up(file: Path) -> int:
    records = [record for record in report.kept(file) if record["profile"] != "try"]
    for record in records:
        _tell(
            f"{record['at']} {record['commit']} {record['profile']:<6} seed {record['seed']:<7}"
            f"{record['at_the_provider']:>7} messages {record['faults']:>4} faults "
            f"{record['ambiguous_posts']:>5} ambiguous  lost {record['lost']}"
            f"  twice {record['sent_twice']}  unlinked {record['unlinked']}"
            f"  {report.verdict_of(record)}"
        )
    _tell(report.bound(records))
    return 0 if records and all(record["passed"] for record in records) else 1


def _tell(line: str) -> None:
    print(line, flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
