"""A worker of a fault test dies where it is told to, once; anywhere else the points do nothing."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import SettingsError
from runtime.settings import CRASH_POINTS, Settings, child_environment, project_folder
from tests.runtime.test_settings import installation
from workers.crash_points import CrashPoints, mark

_CHILD = """
import sys
from pathlib import Path
from workers.crash_points import CrashPoints
points = CrashPoints(["after_claim"], Path(sys.argv[1]))
points.reach("before_post")
points.reach("after_claim")
"""


def _child(folder: Path) -> int:
    argv = [sys.executable, "-c", _CHILD, str(folder)]
    done = subprocess.run(argv, cwd=project_folder(), env=child_environment({}), check=False)
    return done.returncode


def test_a_process_dies_at_an_armed_point_as_by_kill_9_and_only_once(tmp_path: Path) -> None:
    assert _child(tmp_path) == -signal.SIGKILL
    assert _child(tmp_path) == 0

    mark(tmp_path, "after_claim").unlink()

    assert _child(tmp_path) == -signal.SIGKILL


def test_without_the_setting_every_point_is_passed(tmp_path: Path) -> None:
    points = CrashPoints(Settings.from_env(installation(tmp_path)).crash_at, tmp_path)

    for name in CRASH_POINTS:
        points.reach(name)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("provider", ["", "https://api.twilio.example", "http://10.0.0.1:8001"])
def test_it_is_refused_unless_the_provider_is_on_this_machine(
    tmp_path: Path, provider: str
) -> None:
    changes = {"PREGON_CRASH_AT": "after_claim", "PREGON_TWILIO_BASE_URL": provider}

    with pytest.raises(SettingsError) as refusal:
        Settings.from_env(installation(tmp_path, **changes))

    assert "PREGON_CRASH_AT" in refusal.value.names


def test_with_a_stub_on_this_machine_the_points_are_taken_and_handed_on(tmp_path: Path) -> None:
    changes = {
        "PREGON_CRASH_AT": "after_claim, before_commit",
        "PREGON_TWILIO_BASE_URL": "http://127.0.0.1:8001",
    }

    settings = Settings.from_env(installation(tmp_path, **changes))

    assert settings.crash_at == ("after_claim", "before_commit")
    assert Settings.from_env(settings.to_env()) == settings


def test_a_point_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    changes = {"PREGON_CRASH_AT": "anywhere", "PREGON_TWILIO_BASE_URL": "http://127.0.0.1:8001"}

    with pytest.raises(SettingsError):
        Settings.from_env(installation(tmp_path, **changes))
