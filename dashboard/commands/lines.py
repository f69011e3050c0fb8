"""`pregon line`: the WhatsApp numbers that messages leave from."""

import click
from sqlalchemy import select

from campaigns import holding
from campaigns.errors import NotFound
from campaigns.lines import add_line, set_line_hours, set_quota
from campaigns.sending_hours import BadHours, SendingHours
from dashboard.commands.tables import show
from models.template import Line
from runtime.wiring import current_runtime


@click.group()
def line() -> None:
    """Add and watch WhatsApp lines."""


@line.command()
@click.argument("name")
@click.argument("sender")
@click.option("--rate", default=80, show_default=True, type=click.IntRange(1, 1000))
@click.option("--portfolio", default="Principal", show_default=True, help="Shares its quota.")
@click.option("--messaging-service", help="Its sid, if messages leave through a service.")
def add(name: str, sender: str, rate: int, portfolio: str, messaging_service: str | None) -> None:
    """Add the number SENDER (+549…), which Twilio lets us send from."""
    runtime = current_runtime()
    with runtime.sessions.begin() as session:
        line_id = add_line(
            session,
            name=name,
            sender=sender,
            rate=rate,
            portfolio=portfolio,
            messaging_service_sid=messaging_service,
        )
    click.echo(f"line {line_id}: {name}")


@line.command("list")
def show_lines() -> None:
    """List the lines and what holds them."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        lines = session.scalars(select(Line).order_by(Line.id)).all()
    show(
        ["Línea", "Nombre", "Número", "Por segundo", "Detenida por"],
        (
            (each.id, each.name, each.sender, each.rate_per_second, each.hold_reason)
            for each in lines
        ),
        zone=runtime.settings.timezone,
        empty="No hay líneas: pregon line add NAME +549…",
    )


@line.command()
@click.argument("line_id", type=int)
@click.argument("recipients")
def quota(line_id: int, recipients: str) -> None:
    """Let LINE_ID's portfolio write to RECIPIENTS new people in 24 hours; none: no limit."""
    if recipients != "none" and not recipients.isdecimal():
        raise click.BadParameter("a number, or none", param_hint="RECIPIENTS")
    limit = None if recipients == "none" else int(recipients)
    runtime = current_runtime()
    with runtime.sessions.begin() as session:
        chosen = session.get(Line, line_id)
        if chosen is None:
            raise NotFound("line", line_id)
        set_quota(session, chosen.portfolio_id, limit, now=runtime.now(session))
    click.echo(f"quota: {recipients}")


@line.command()
@click.argument("line_id", type=int)
@click.argument("hours")
def hours(line_id: int, hours: str) -> None:
    """Set when campaigns write from it: "mon-fri 09:00-20:00, sat 09:00-13:00", always, usual."""
    try:
        chosen = None if hours == "usual" else SendingHours.parse(hours)
    except BadHours as error:
        raise click.BadParameter(str(error), param_hint="HOURS") from error
    runtime = current_runtime()
    with runtime.sessions.begin() as session:
        set_line_hours(session, line_id, chosen, now=runtime.now(session))
    click.echo(f"hours: {chosen or runtime.settings.sending_hours}")


@line.command()
@click.argument("line_id", type=int)
def release(line_id: int) -> None:
    """Send again on a line that was held."""
    with current_runtime().sessions.begin() as session:
        if session.get(Line, line_id) is None:
            raise NotFound("line", line_id)
        holding.release_line(session, line_id)
