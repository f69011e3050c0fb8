"""`pregon user`: people who work here."""

import click
from sqlalchemy import select

from campaigns.errors import AlreadyThere
from dashboard.commands.tables import show
from models.people import Role, User
from runtime.wiring import current_runtime


@click.group()
def user() -> None:
    """Add and list people."""


@user.command()
@click.argument("email")
@click.argument("name")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.OPERATOR.value
)
def add(email: str, name: str, role: str) -> None:
    """Add a person; campaigns can then be assigned to EMAIL."""
    address = email.strip().lower()
    if "@" not in address:
        raise click.BadParameter("an e-mail address is wanted", param_hint="EMAIL")
    with current_runtime().sessions.begin() as session:
        if session.scalar(select(User.id).where(User.email == address)) is not None:
            raise AlreadyThere("user", address)
        session.add(User(email=address, name=name.strip(), role=Role(role)))
    click.echo(f"{address} ({role})")


@user.command("list")
def show_users() -> None:
    """List everybody."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        people = session.scalars(select(User).order_by(User.email)).all()
    show(
        ["Correo", "Nombre", "Rol", "Activo"],
        ((each.email, each.name, each.role.value, each.is_active) for each in people),
        zone=runtime.settings.timezone,
        empty="No hay usuarios.",
    )
