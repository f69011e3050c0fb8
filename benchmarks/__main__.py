"""`./pregon bench --only engine,pages`: a table on the screen, JSON beside this file."""

import argparse
import importlib
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BENCHMARKS = (
    "engine",
    "pacing",
    "broker_down",
    "intake",
    "imports",
    "pages",
    "desk",
    "browser",
    "start",
    "resume",
)
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="pregon bench", description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help=f"of {', '.join(BENCHMARKS)}")
    chosen = parser.parse_args().only.split(",")
    if unknown := [name for name in chosen if name not in BENCHMARKS]:
        parser.error(
            f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}"
        )
    RESULTS.mkdir(exist_ok=True)
    for name in chosen:
        print(f"{name} …", flush=True)
        measured = importlib.import_module(f"benchmarks.{name}").run()
        _show(measured)
        record = {
            "benchmark": name,
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": _commit(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "result": measured,
        }
        (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=1, default=str) + "\n")


def _show(measured: dict[str, Any], indent: str = "  ") -> None:
    for key, value in measured.items():
        if isinstance(value, dict):
            print(f"{indent}{key}:")
            _show(value, indent + "  ")
        else:
            print(f"{indent}{key:<34} {value}")


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=RESULTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip()


if __name__ == "__main__":
    main()
