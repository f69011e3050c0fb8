"""`pregon up`: one command starts everything, one Ctrl-C stops it, killing it leaves nothing."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.settings import child_environment, project_folder
from runtime.stack import free_port

pytestmark = [
    pytest.mark.story,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ("dashboard.wsgi", "workers.main"))),
        reason="web and workers are not written yet",
    ),
]


@contextmanager
def started(data: Path) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """`pregon up` with nothing configured, and the address it printed."""
    unset = {name: "" for name in os.environ if name.startswith(("PREGON_", "TWILIO_"))}
    changes = {"PREGON_DATA_DIR": str(data), "PREGON_PORT": str(free_port("127.0.0.1", 18000))}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "dashboard.cli", "up"],
        env=child_environment(unset | changes),
        cwd=project_folder(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"Pregón is at (\S+)", line):
                yield process, found[1]
                return
        pytest.fail("".join(said))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def with_data_in(data: Path) -> set[int]:
    """The processes that were told to work on this folder, by command line or environment."""
    mark = str(data).encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if mark in told:
            found.add(int(folder.name))
    return found


def test_one_command_starts_everything_and_ctrl_c_stops_it(tmp_path: Path) -> None:
    with started(tmp_path) as (process, address):
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            assert answer.status == 200
        kept = json.loads((tmp_path / "demo.json").read_text())
        assert address.endswith(f":{kept['port']}")
        assert len(with_data_in(tmp_path)) > 5

        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)

        assert process.returncode == 0
        assert with_data_in(tmp_path) == set()


def test_killing_it_leaves_nothing_behind(tmp_path: Path) -> None:
    with started(tmp_path) as (process, _):
        process.kill()

    deadline = time.monotonic() + 60
    while with_data_in(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert with_data_in(tmp_path) == set()
