"""A deploy in the middle of a campaign: workers of an earlier version and of this one together.

The earlier code is the repository's own, as it stood before a migration was added; it runs on a
database that has every migration. Both drain one campaign, and the provider's ledger is the judge.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.rehearsal import rehearsal as stage
from dashboard.rehearsal.rehearsal import Rehearsal
from runtime import migrations
from runtime.processes import signal_group
from runtime.settings import project_folder
from runtime.stack import environment, worker_argv
from tests.own_ports import remember_own_ports

pytestmark = pytest.mark.story

SUBSCRIPTIONS = 400
RATE = 40
SPEED = 10
PROFILE = ("--profile", "demo", "--seed", "31")
MIGRATIONS = Path("models/migrations/versions")


def _git(*arguments: str) -> bytes:
    done = subprocess.run(
        ["git", *arguments], cwd=project_folder(), capture_output=True, check=False
    )
    if done.returncode:
        pytest.fail(f"the repository's history is needed here: git {arguments}: {done.stderr!r}")
    return done.stdout


def _newest() -> str:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrations._config())
    head = script.get_current_head()
    assert head is not None
    return Path(script.get_revision(head).path).name


def _before(migration: str) -> str:
    """The commit that did not have it yet; the last one, while it is not committed at all."""
    added = _git("log", "--diff-filter=A", "--format=%H", "--", str(MIGRATIONS / migration))
    commits = added.decode().split()
    if not commits:
        return "HEAD"
    if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        pytest.fail("this is a shallow clone: git fetch --unshallow")
    return f"{commits[-1]}^"


def _checked_out(commit: str, folder: Path) -> Path:
    folder.mkdir()
    archive = _git("archive", "--format=tar", commit)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    assert (folder / "workers" / "main.py").exists()
    return folder


@contextmanager
def _workers_of(code: Path, rehearsal: Rehearsal) -> Iterator[int]:
    """The worker command as that version ships it, for this installation; its pid."""
    env = environment(rehearsal.settings) | {"PYTHONPATH": str(code)}
    command = [sys.executable, *worker_argv(rehearsal.settings)[1:]]
    process = subprocess.Popen(command, cwd=code, env=env, start_new_session=True)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            signal_group(process.pid, signal.SIGKILL)


def _forked_by(pid: int) -> set[str]:
    """The processes that a worker command has forked."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= set((task / "children").read_text().split())
    return found


def _tell(pids: set[str], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(int(pid), number)


def _owners(rehearsal: Rehearsal) -> dict[str, int]:
    """Process id → attempts it committed."""
    with rehearsal.runtime.sessions() as session:
        rows = session.execute(
            text("SELECT split_part(owner, ':', 2), count(*) FROM attempts GROUP BY 1")
        )
        return {row[0]: row[1] for row in rows}


def _no_double_taps(folder: Path) -> tuple[str, ...]:
    """For workers that did not yet look which of two taps had come in first."""
    file = folder / "profile.json"
    file.write_text(json.dumps({"two_taps": 0}))
    return ("--profile-file", str(file))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("migration", sorted({"0002_screens.py", _newest()}))
def test_workers_of_two_versions_drain_one_campaign_and_nothing_is_lost_or_sent_twice(
    migration: str, tmp_path: Path
) -> None:
    old_code = _checked_out(_before(migration), tmp_path / "before")
    assert migration == _newest() or not (old_code / MIGRATIONS / migration).exists()
    remember_own_ports(tmp_path / "data")
    profile = PROFILE if migration == _newest() else (*PROFILE, *_no_double_taps(tmp_path))
    with stage.installation(tmp_path / "data", speed=SPEED, simulator_options=profile) as rehearsal:
        file = stage.sample_file(rehearsal, rows=SUBSCRIPTIONS, seed=31)
        stage.prepare(rehearsal, file, rate=RATE, tell=lambda _: None)
        with _workers_of(old_code, rehearsal) as old_command:
            assert Path(f"/proc/{old_command}/cwd").readlink() == old_code
            # the earlier version first: until it has sent something this one stands still
            new = _forked_by(rehearsal.supervisor.pids()["worker"])
            _tell(new, signal.SIGSTOP)
            stage.launch(rehearsal, tell=lambda _: None)
            deadline = time.monotonic() + 120
            while not _owners(rehearsal):
                assert time.monotonic() < deadline, "the earlier version does not send"
                rehearsal.supervisor.wait(0.1)
            old = _forked_by(old_command)
            _tell(new, signal.SIGCONT)

            quiet = stage.run_until_quiet(rehearsal, within=400, watch=lambda *_: None)

            assert quiet, "it never came to rest"
            owners = _owners(rehearsal)
        checks = stage.verdict(rehearsal)

    assert [(check.promise, check.faults) for check in checks if not check.kept] == []
    assert sum(owners[pid] for pid in owners if pid in old) > 0
    assert sum(owners[pid] for pid in owners if pid not in old) > 0
