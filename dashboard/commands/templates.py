"""`pregon template`: register message templates, have them approved, see where they stand."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import click

from campaigns.catalogue import install_catalogue
from campaigns.errors import TemplateRefused
from campaigns.template_registry import (
    add_version,
    get_version,
    list_versions,
)
from dashboard.commands.template_file import read_template
from messaging.templates import FIELDS
from models.states import TemplateState
from runtime.wiring import Runtime, current_runtime
from workers.template_reviews import provider, refresh_approvals, submit_version

_LOOK_EVERY = 5.0  # seconds, at the speed of real life


@click.group()
def template() -> None:
    """Register message templates and follow their approval."""


@template.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--type", "campaign_type", help="Campaign type whose results the buttons name.")
@click.option("--submit", is_flag=True, help="Have it reviewed at once.")
@click.option("--wait", is_flag=True, help="… and wait for the decision.")
@click.option("--timeout", default=600.0, show_default=True, help="Longest wait, in seconds.")
def add(file: Path, campaign_type: str | None, submit: bool, wait: bool, timeout: float) -> None:
    """Keep the template in FILE as its next version.

    The same file again changes nothing. What a FILE looks like: `pregon template format`.
    """
    runtime = current_runtime()
    try:
        spec = read_template(file, campaign_type=campaign_type)
        with runtime.sessions.begin() as session:
            install_catalogue(session)  # its buttons name results
            added = add_version(session, spec, public_url=runtime.settings.public_url)
    except TemplateRefused as error:
        lines = [f"{file}: {problem}" for problem in error.problems]
        raise click.ClickException("\n".join(lines)) from error
    news = "" if added.is_new else " (already there, unchanged)"
    click.echo(f"{spec.name} version {added.number}{news}")
    if submit or wait:
        state = submit_version(runtime, provider(runtime.settings), added.version_id)
        if wait and state is TemplateState.SUBMITTED:
            state = _await(runtime, added.version_id, timeout)
        _tell(runtime, added.version_id)
        if wait and state is not TemplateState.APPROVED:
            raise click.exceptions.Exit(1)


@template.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(as_json: bool) -> None:
    """List every version and where it stands."""
    with current_runtime().sessions() as session:
        versions = list_versions(session)
    if as_json:
        click.echo(json.dumps([asdict(version) for version in versions], indent=1))
        return
    if not versions:
        click.echo("No templates yet: pregon template add FILE.toml")
    for version in versions:
        reason = f"  {version.rejection_reason}" if version.rejection_reason else ""
        click.echo(
            f"{version.name:<32} v{version.number:<3} {version.language:<6} "
            f"{version.category:<10} {version.state:<10}{reason}".rstrip()
        )


@template.command("approve-refresh")
def refresh() -> None:
    """Ask the provider where every submitted version stands."""
    runtime = current_runtime()
    moved = refresh_approvals(runtime, provider(runtime.settings))
    for name in moved:
        click.echo(name)
    click.echo(f"{len(moved)} changed.")


@template.command()
def fields() -> None:
    """List what a variable may stand for."""
    for field in FIELDS.values():
        if not field.is_derived:
            click.echo(f"{field.key:<36}{field.name:<28}{field.sample}")


@template.command("format")
def show_format() -> None:
    """Show what a FILE looks like."""
    from dashboard.commands import template_file

    click.echo((template_file.__doc__ or "").strip())


def _await(runtime: Runtime, version_id: int, timeout: float) -> TemplateState:
    """Look until it is decided, or the time is over."""
    asked = provider(runtime.settings)
    pause = max(0.1, _LOOK_EVERY / runtime.settings.time_speed)
    deadline = time.monotonic() + timeout
    while True:
        refresh_approvals(runtime, asked)
        with runtime.sessions() as session:
            state = get_version(session, version_id).state
        if state is not TemplateState.SUBMITTED or time.monotonic() + pause > deadline:
            return state
        time.sleep(pause)


def _tell(runtime: Runtime, version_id: int) -> None:
    with runtime.sessions() as session:
        version = get_version(session, version_id)
    why = f": {version.rejection_reason}" if version.rejection_reason else ""
    click.echo(f"{version.name} v{version.number} is {version.state}{why}")
