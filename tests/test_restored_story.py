"""A backup put back in the middle of a campaign: the time in between is found at the provider."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from campaigns import progress
from campaigns.progress import Progress
from campaigns.restoring import HOLD_REASON
from dashboard.rehearsal import rehearsal as stage
from dashboard.rehearsal.rehearsal import Rehearsal
from models.states import MessageState
from runtime.settings import Settings, project_folder
from runtime.stack import environment
from tests.own_ports import remember_own_ports

pytestmark = pytest.mark.story

SUBSCRIPTIONS = 200
RATE = 20
SPEED = 10
PROFILE = ("--profile", "demo", "--seed", "23")
_LEFT = frozenset(MessageState) - {
    MessageState.PLANNED, MessageState.CLAIMED, MessageState.SKIPPED, MessageState.CANCELLED,
}  # fmt: skip

# What a listing cannot tell: which button was tapped (the reply is there, its result is a
# person's), and how many attempts there had been.
_NOT_LISTED = {
    "every button answer is one standing result, mapped type, right case",
    "every sid of the provider is bound to the attempt it names",
}


def _pregon(settings: Settings, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dashboard.cli", *arguments],
        cwd=project_folder(),
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _account(rehearsal: Rehearsal) -> Progress:
    with rehearsal.runtime.sessions() as session:
        return progress.progress_of(session, rehearsal.campaign_id)


def _until(rehearsal: Rehearsal, reached: Callable[[], bool], within: float = 150) -> None:
    deadline = time.monotonic() + within
    while not reached():
        assert time.monotonic() < deadline, _account(rehearsal)
        rehearsal.supervisor.wait(0.1)


def _has_left(rehearsal: Rehearsal, share: float) -> Callable[[], bool]:
    def reached() -> bool:
        states = _account(rehearsal).states
        return sum(states.get(each, 0) for each in _LEFT) >= share * SUBSCRIPTIONS

    return reached


def _accepted(rehearsal: Rehearsal) -> int:
    """How many messages the provider has taken."""
    return len(rehearsal.simulator.ledger())


@pytest.mark.timeout(900)
def test_nobody_gets_a_message_twice_because_a_backup_was_restored(tmp_path: Path) -> None:
    folder, copy = tmp_path / "data", tmp_path / "copy.tar"
    remember_own_ports(folder)
    with stage.installation(folder, speed=SPEED, simulator_options=PROFILE) as before:
        file = stage.sample_file(before, rows=SUBSCRIPTIONS, seed=23)
        stage.prepare(before, file, rate=RATE, tell=lambda _: None)
        stage.launch(before, tell=lambda _: None)
        _until(before, _has_left(before, 0.3))
        _pregon(before.settings, "backup", str(copy))
        _until(before, _has_left(before, 0.6))
        campaign_id, settings = before.campaign_id, before.settings
        sent_before = _accepted(before)
        replied_before = len(before.simulator.replies())

    _pregon(settings, "restore", str(copy), "--replace")

    with stage.installation(folder, speed=SPEED, simulator_options=PROFILE) as after:
        after.campaign_id = campaign_id
        restored = sum(_account(after).states.get(each, 0) for each in _LEFT)
        assert restored < sent_before  # the time in between is forgotten
        _until(after, lambda: _sweeps(after))
        assert set(_held_lines(after)) == {HOLD_REASON}
        in_hold = _accepted(after)
        told = _pregon(after.settings, "reconcile")
        assert "Released" in told
        assert _held_lines(after) == [None]
        assert _account(after).states.get(MessageState.REVIEW, 0) == 0
        quiet = stage.run_until_quiet(after, within=400, watch=lambda *_: None)

        assert quiet, "it never came to rest"
        assert sent_before <= in_hold < _accepted(after)
        assert len(after.simulator.replies()) > replied_before > 0
        checks = stage.verdict(after)
        kept = {each.promise: each.faults for each in checks if each.promise not in _NOT_LISTED}
        assert {promise: faults for promise, faults in kept.items() if faults} == {}
        assert len(kept) == len(checks) - len(_NOT_LISTED)
        assert _bound(after) == {
            entry["sid"]: entry["message"] for entry in after.simulator.ledger()
        }
        assert _account(after).audience == SUBSCRIPTIONS - 3
        assert _never_tried(after) == 0


def _never_tried(rehearsal: Rehearsal) -> int:
    """What still waits. (After 63049 a message that was tried waits for a day: that is no loss.)"""
    with rehearsal.runtime.sessions() as session:
        return int(
            session.execute(
                text("SELECT count(*) FROM messages WHERE state = 'planned' AND attempts = 0")
            ).scalar_one()
        )


def _bound(rehearsal: Rehearsal) -> dict[str, str]:
    """Every sid we know, and the message it is."""
    with rehearsal.runtime.sessions() as session:
        rows = session.execute(
            text("SELECT provider_sid, message_id FROM attempts WHERE provider_sid IS NOT NULL")
        )
        return {sid: str(message_id) for sid, message_id in rows}


def _held_lines(rehearsal: Rehearsal) -> list[str | None]:
    with rehearsal.runtime.sessions() as session:
        return list(session.execute(text("SELECT hold_reason FROM lines")).scalars())


def _sweeps(rehearsal: Rehearsal) -> bool:
    """Whether workers have been at it: what the backup saw leased is free by then."""
    with rehearsal.runtime.sessions() as session:
        leased = session.execute(
            text("SELECT count(*) FROM messages WHERE state IN ('claimed', 'sending')")
        ).scalar_one()
    return not leased
