"""`pregon backup`, `restore` and `reconcile`: a copy of everything, and the way back from it."""

import json
from pathlib import Path

import click

from runtime import backup as backups
from runtime.settings import Settings


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the database and the files people sent in to FILE; everything may go on meanwhile.

    Settings and secrets are not in it: keep PREGON_SECRET_KEY with care, and elsewhere.
    """
    manifest = backups.back_up(Settings.from_env(), file)
    size = file.stat().st_size / 1e6
    click.echo(f"{file}: database at {manifest.revision}, {manifest.files} files, {size:.1f} MB")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="What the database holds now may go.")
def restore(file: Path, replace: bool) -> None:
    """Put back what `pregon backup` wrote to FILE; nothing is sent until `pregon reconcile`.

    Stop web, workers and timetable first, on every machine.
    """
    manifest = backups.restore(Settings.from_env(), file, replace=replace)
    click.echo(f"restored as of {manifest.taken_at}")
    click.echo("In hold: start everything, then run pregon reconcile. Nothing is sent before.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def reconcile(as_json: bool) -> None:
    """After a restore: find out at the provider what was sent and received since, then release."""
    from runtime.wiring import build_runtime
    from workers.jobs import listing
    from workers.reconciling import reconcile as run

    runtime = build_runtime(Settings.from_env())
    try:
        report = run(runtime, listing(runtime), tell=lambda line: click.echo(line, err=as_json))
    finally:
        runtime.close()
    if as_json:
        click.echo(json.dumps(report))
        return
    for word, meaning in _WORDS.items():
        if report.get(word):
            click.echo(f"{report[word]:>9,}  {meaning}")
    click.echo("Released: sending goes on.")


_WORDS = {
    "listed": "messages that the provider has since the backup",
    "callback": "tied to their message by its callback",
    "text": "tied to their message by recipient, text and time",
    "review": "may be one of several messages: those wait for a person (Sin confirmar)",
    "recovered": "written after the backup: kept in their conversations, known by text alone",
    "inbound": "messages of customers applied",
}
