"""`pregon user`: people who work here, and their passwords."""

import sys

import click
from sqlalchemy import select

from campaigns import users
from campaigns.errors import WeakPassword
from campaigns.passwords import SHORTEST, Passwords, check_strength
from dashboard.commands.tables import show
from models.people import Role, User
from runtime.wiring import current_runtime

_FROM_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of the input."
)


@click.group()
def user() -> None:
    """Add and list people, and give them passwords."""


@user.command()
@click.argument("email")
@click.argument("name")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.OPERATOR.value
)
@_FROM_STDIN
def add(email: str, name: str, role: str, password_stdin: bool) -> None:
    """Add a person; campaigns can then be assigned to EMAIL.

    On a terminal it asks for a password; somebody without one cannot sign in.
    """
    address = email.strip().lower()
    if "@" not in address:
        raise click.BadParameter("an e-mail address is wanted", param_hint="EMAIL")
    password = _password(address, name, from_stdin=password_stdin, may_be_none=True)
    with current_runtime().sessions.begin() as session:
        users.add_user(
            session,
            email=address,
            name=name,
            role=Role(role),
            password_hash=Passwords().hash(password) if password else None,
        )
    click.echo(f"{address} ({role}{'' if password else ', no password yet'})")


@user.command()
@click.argument("email")
@_FROM_STDIN
def password(email: str, password_stdin: bool) -> None:
    """Give EMAIL another password; signs him out everywhere."""
    with current_runtime().sessions.begin() as session:
        person = users.find_user(session, email)
        new = _password(person.email, person.name, from_stdin=password_stdin)
        users.set_password(session, person.id, Passwords().hash(new or ""))
    click.echo(f"{person.email}: password changed")


@user.command("list")
def show_users() -> None:
    """List everybody."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        people = session.scalars(select(User).order_by(User.email)).all()
    show(
        ["Correo", "Nombre", "Rol", "Activo", "Contraseña"],
        (
            (
                each.email,
                each.name,
                each.role.value,
                each.is_active,
                each.password_hash is not None,
            )
            for each in people
        ),
        zone=runtime.settings.timezone,
        empty="No hay usuarios.",
    )


def _password(email: str, name: str, *, from_stdin: bool, may_be_none: bool = False) -> str | None:
    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        note = f"Password ({SHORTEST} characters or more{'; empty: none' if may_be_none else ''})"
        given = click.prompt(
            note, hide_input=True, confirmation_prompt=True, default="", show_default=False
        )
    else:
        given = ""
    if not given and may_be_none and not from_stdin:
        return None
    try:
        check_strength(given, email=email, name=name)
    except WeakPassword as error:
        raise click.ClickException(
            f"this password is too {error.why}: {SHORTEST} characters or more, nothing well known"
        ) from error
    return str(given)
