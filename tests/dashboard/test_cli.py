"""The `pregon` command: exit codes, one sentence per refusal, a quick start."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner, Result
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from campaigns.code_alarms import alarm_unknown
from dashboard.cli import COMMANDS, Commands, main, sentence
from runtime.errors import PortTaken
from runtime.settings import Settings, project_folder
from tests.campaigns.builders_sending import Outbox
from tests.twice import twice


@pytest.fixture
def pregon(monkeypatch: pytest.MonkeyPatch, settings: Settings, valkey: Redis) -> "Pregon":
    """The command in the environment of the test's installation."""
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    return Pregon(monkeypatch)


class Pregon:
    """Runs `pregon` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set = monkeypatch.setenv

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="pregon")


def test_a_command_that_does_not_exist_is_wrong_use(pregon: Pregon) -> None:
    result = pregon("fly")

    assert result.exit_code == 2
    assert "No such command" in result.stderr


def test_wrong_settings_are_refused_with_all_their_names(pregon: Pregon) -> None:
    pregon.set("PREGON_PORT", "none")
    pregon.set("PREGON_SECRET_KEY", "")

    result = pregon("migrate")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: 2 settings are missing or wrong:")
    assert "PREGON_PORT" in result.stderr
    assert "PREGON_SECRET_KEY" in result.stderr


def test_a_database_that_is_not_running_is_refused_with_what_to_do(pregon: Pregon) -> None:
    pregon.set("PREGON_DATABASE_URL", "")

    result = pregon("migrate")

    assert result.exit_code == 1
    assert "./pregon up" in result.stderr


def test_a_migrated_database_needs_nothing(pregon: Pregon) -> None:
    assert pregon("migrate").output == "The database is up to date.\n"


def test_the_doctor_finds_a_sound_installation(pregon: Pregon) -> None:
    result = pregon("doctor", "--json")

    assert result.exit_code == 0
    assert {line["check"]: line["ok"] for line in json.loads(result.stdout)} == {
        "settings": True,
        "public URL": True,
        "database": True,
        "migrations": True,
        "broker": True,
        "codes": True,
        "twice": True,
    }


def test_the_doctor_names_codes_that_nobody_knows(pregon: Pregon, session: Session) -> None:
    alarm_unknown(session, 77777, "odd", now=datetime.now(UTC))
    alarm_unknown(session, 63049, "known by now", now=datetime.now(UTC))
    session.commit()

    result = pregon("doctor")

    assert result.exit_code == 1
    assert "unknown: 77777 (0 messages)" in result.stdout
    assert "63049" not in result.stdout


def test_the_doctor_counts_what_may_have_arrived_twice(pregon: Pregon, session: Session) -> None:
    twice(Outbox(session, datetime.now(UTC)))

    result = pregon("doctor")

    assert result.exit_code == 1
    assert "1 messages may have arrived twice" in result.stdout


def test_the_doctor_says_what_is_wrong_and_what_to_do(pregon: Pregon) -> None:
    pregon.set("PREGON_REDIS_URL", "unix:///nowhere/valkey.sock")
    pregon.set("PREGON_TWILIO_BASE_URL", "")
    pregon.set("PREGON_PUBLIC_URL", "http://127.0.0.1:8000")

    result = pregon("doctor")

    assert result.exit_code == 1
    assert "cannot be reached by Twilio" in result.stdout
    assert "look at PREGON_REDIS_URL" in result.stdout


def test_the_doctor_names_what_a_database_lacks(pregon: Pregon, engine: Engine) -> None:
    pregon.set("PREGON_DATABASE_URL", _without_tables(engine))

    result = pregon("doctor")

    assert result.exit_code == 1
    assert "run ./pregon migrate" in result.stdout


def _without_tables(engine: Engine) -> str:
    return engine.url.set(database="template1").render_as_string(hide_password=False)


def test_the_demo_is_refused_to_other_machines_unless_they_are_meant(pregon: Pregon) -> None:
    pregon.set("PREGON_DEMO", "1")

    result = pregon("up", "--host", "0.0.0.0")

    assert result.exit_code == 1
    assert "PREGON_DEMO=lan" in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_there_explains_itself(name: str) -> None:
    group = main
    assert isinstance(group, Commands)

    command = group.get_command(click.Context(group), name)

    assert command is not None
    assert command.help


def test_help_starts_quickly_because_it_loads_no_command() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _LOADED],
        cwd=project_folder(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.split() == []


_LOADED = """
import contextlib, io, sys
from dashboard.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
print(*sorted({"sqlalchemy", "flask", "dramatiq", "redis", "twilio", "alembic"} & set(sys.modules)))
"""


def test_a_refusal_is_a_sentence() -> None:
    assert sentence(PortTaken("127.0.0.1", 80)).startswith("127.0.0.1:80 is in use")
