"""The launcher `./pregon`, with an interpreter that only writes down what it is asked."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.settings import project_folder

Launch = Callable[..., "subprocess.CompletedProcess[str]"]

# It plays python3 (venv, pip) and every program inside the .venv it makes.
_PLAYED = """#!/bin/sh
echo "${0##*/} $*" >>"$LEDGER"
case "$*" in
-m\\ venv*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*install\\ uv*) cp "$0" .venv/bin/uv ;;
-q\\ pip\\ install*) exit "$UV_FAILS" ;;
*dashboard.cli*|*pytest*) echo "$PWD" ; for word; do echo "<$word>"; done ; exit "$FAILS" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose path has spaces."""
    folder = tmp_path / "my own projects" / "pregón"
    folder.mkdir(parents=True)
    for name in ("pregon", "pyproject.toml", "requirements.lock"):
        shutil.copy(project_folder() / name, folder / name)
    python = tmp_path / "python3"
    python.write_text(_PLAYED)
    python.chmod(0o755)
    return folder


@pytest.fixture
def launch(checkout: Path, tmp_path: Path) -> Launch:
    def run(
        *arguments: str, uv_fails: int = 0, fails: int = 0
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(checkout / "pregon"), *arguments],
            cwd=tmp_path,
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHON": str(tmp_path / "python3"),
                "LEDGER": str(tmp_path / "ledger"),
                "UV_FAILS": str(uv_fails),
                "FAILS": str(fails),
                "HOME": "/nonexistent",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_first_call_installs_and_the_second_does_not(launch: Launch, tmp_path: Path) -> None:
    launch("doctor")
    ledger = tmp_path / "ledger"
    first = ledger.read_text()
    ledger.write_text("")
    launch("doctor")

    assert "uv -q pip install --python .venv/bin/python -r requirements.lock" in first
    assert ledger.read_text().splitlines() == ["python -P -m dashboard.cli doctor"]


def test_arguments_and_the_callers_folder_reach_the_command(launch: Launch, tmp_path: Path) -> None:
    done = launch("import", "a file.csv", "*")

    assert done.stdout.splitlines() == [
        str(tmp_path),
        *("<-P>", "<-m>", "<dashboard.cli>", "<import>", "<a file.csv>", "<*>"),
    ]


def test_without_arguments_it_is_up(launch: Launch) -> None:
    assert launch().stdout.splitlines()[-1] == "<up>"


def test_tests_run_in_the_checkout_with_all_further_arguments(
    launch: Launch, checkout: Path
) -> None:
    done = launch("test", "-k", "two words", fails=3)

    assert done.stdout.splitlines() == [
        str(checkout),
        *("<-m>", "<pytest>", "<-n>", "<2>", "<--dist>", "<loadfile>", "<-k>", "<two words>"),
    ]
    assert done.returncode == 3


def test_where_uv_cannot_install_pip_does(launch: Launch, tmp_path: Path) -> None:
    done = launch("doctor", uv_fails=1)

    assert done.returncode == 0
    assert "taking pip" in done.stderr
    assert "python -m pip -q --disable-pip-version-check install -r requirements.lock" in (
        (tmp_path / "ledger").read_text()
    )


def test_a_moved_checkout_is_set_up_anew(launch: Launch, checkout: Path, tmp_path: Path) -> None:
    launch("doctor")
    (checkout / ".venv" / "old").touch()
    (checkout / ".venv" / ".root").write_text("/elsewhere\n")
    for stamp in (checkout / ".venv").glob(".ok-*"):
        stamp.unlink()

    launch("doctor")

    assert not (checkout / ".venv" / "old").exists()
