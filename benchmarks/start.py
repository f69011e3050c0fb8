"""From `git clone` to a first page with a campaign in motion, and from a second start.

Caches are empty: what is measured includes every download. Needs git and the network.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runtime.settings import child_environment, project_folder
from runtime.stack import free_port

MOST_SECONDS_COLD = 90
MOST_SECONDS_AGAIN = 8
_GIVEN_UP_AFTER = 600


def run() -> dict[str, Any]:
    """Seconds since the command was typed."""
    with tempfile.TemporaryDirectory(prefix="pregon-start-") as name:
        folder = Path(name)
        began = time.monotonic()
        subprocess.run(
            ["git", "clone", "-q", str(project_folder()), str(folder / "pregon")], check=True
        )
        cloned = round(time.monotonic() - began, 1)
        with _up(folder, until="campaña lanzada") as cold:
            pass
        with _up(folder, until="Pregón is at") as again:
            pass
    return {
        "git_clone": cloned,
        "cold": cold,
        "again": again,
        "within_budget": cloned + cold["ready"] <= MOST_SECONDS_COLD
        and again["ready"] <= MOST_SECONDS_AGAIN,
    }


@contextmanager
def _up(folder: Path, *, until: str) -> Iterator[dict[str, float]]:
    """`./pregon up` with nothing configured; when it says what."""
    unset = {key: "" for key in os.environ if key.startswith(("PREGON_", "TWILIO_"))}
    began = time.monotonic()
    process = subprocess.Popen(
        [folder / "pregon" / "pregon", "up"],
        env=child_environment(
            unset
            | {
                "UV_CACHE_DIR": str(folder / "uv-cache"),
                "PIP_CACHE_DIR": str(folder / "pip-cache"),
                "PREGON_PORT": str(free_port("127.0.0.1", 18_700)),
            }
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    times: dict[str, float] = {}
    said = []
    try:
        for line in process.stdout:
            passed = round(time.monotonic() - began, 1)
            said.append(line)
            if "setting up .venv" in line:
                times["first_line"] = passed
            if re.search(r"^ *(valkey|postgres)", line) and "installed" not in times:
                times["installed"] = passed
            if "Pregón is at" in line:
                times["page"] = passed
            if until in line:
                times["ready"] = passed
                break
            if passed > _GIVEN_UP_AFTER:
                break
        if "ready" not in times:
            raise RuntimeError("it did not start:\n" + "".join(said[-20:]))
        yield times
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stdout.close()
