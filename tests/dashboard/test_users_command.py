"""`pregon user`: the first administrator comes in by the terminal."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.passwords import Passwords
from dashboard.cli import main
from models.people import Role, User
from runtime.wiring import Runtime

GOOD = "una que nadie adivina"


@pytest.fixture(autouse=True)
def _wired(runtime: Runtime) -> None:
    """The commands find this test's database."""


def _pregon(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=given, prog_name="pregon")


def _user(session: Session, email: str) -> User:
    return session.scalars(select(User).where(User.email == email)).one()


def test_an_administrator_with_a_password(session: Session) -> None:
    result = _pregon(
        *("user", "add", "Lucia@x.example", "Lucía Paz", "--role", "administrator"),
        "--password-stdin",
        given=f"{GOOD}\n",
    )

    lucia = _user(session, "lucia@x.example")
    assert result.exit_code == 0, result.output
    assert GOOD not in result.output
    assert lucia.role is Role.ADMINISTRATOR
    assert Passwords().matches(GOOD, lucia.password_hash)
    assert not lucia.must_change_password


def test_without_a_terminal_nobody_is_asked(session: Session) -> None:
    result = _pregon("user", "add", "ben@x.example", "Ben")

    assert "no password yet" in result.output
    assert _user(session, "ben@x.example").password_hash is None


@pytest.mark.parametrize("weak", ["", "corta", "contraseña123"])
def test_a_weak_password_is_refused_and_nobody_added(weak: str, session: Session) -> None:
    result = _pregon("user", "add", "ben@x.example", "Ben", "--password-stdin", given=f"{weak}\n")

    assert result.exit_code == 1
    assert "12 characters" in result.output
    assert session.scalars(select(User)).all() == []


def test_a_password_is_replaced(session: Session) -> None:
    _pregon("user", "add", "ben@x.example", "Ben")

    done = _pregon("user", "password", "ben@x.example", "--password-stdin", given=f"{GOOD}\n")
    unknown = _pregon("user", "password", "eva@x.example", "--password-stdin", given=f"{GOOD}\n")

    assert done.exit_code == 0, done.output
    assert Passwords().matches(GOOD, _user(session, "ben@x.example").password_hash)
    assert unknown.exit_code == 1


def test_one_e_mail_one_person_and_all_are_listed(session: Session) -> None:
    _pregon("user", "add", "ben@x.example", "Ben")

    again = _pregon("user", "add", "BEN@x.example", "Ben")

    assert again.exit_code == 1
    assert "ben@x.example" in _pregon("user", "list").output
