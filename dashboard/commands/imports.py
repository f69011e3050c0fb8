"""`pregon import`: a file of subscriptions or coupons, from a terminal."""

import json
import sys
import time
from pathlib import Path

import click

from campaigns.importing.errors import FileRefused
from models.audit import ImportKind
from runtime.settings import Settings
from runtime.wiring import build_runtime
from workers.import_files import Done, Progress, run_import

_SHOWN = 10  # refused rows and warnings named on the terminal


@click.command("import")
@click.argument("kind", type=click.Choice([kind.value for kind in ImportKind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar='"COLUMN=FIELD"',
    help="Which field a column is, where its name does not say so; an empty FIELD leaves it out.",
)
@click.option("--administrator", help="Of rows that do not name theirs.")
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the refused rows go [default: FILE-rechazadas.csv].",
)
@click.option("--dry-run", is_flag=True, help="The same report, and nothing written.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def import_file(
    kind: str,
    file: Path,
    pairs: tuple[str, ...],
    administrator: str | None,
    errors: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read a FILE of subscriptions or coupons, CSV or XLSX.

    Run twice it changes nothing; interrupted it goes on where it was. Rows that cannot be taken
    come back in a CSV with their line and the reason; the others are in.
    """
    runtime = build_runtime(Settings.from_env())
    started = time.monotonic()
    try:
        done = run_import(
            runtime,
            ImportKind(kind),
            file,
            chosen=_chosen(pairs),
            administrator=administrator,
            refused_rows=errors or file.with_name(f"{file.stem}-rechazadas.csv"),
            dry_run=dry_run,
            progress=None if as_json else _shown_progress(),
        )
    except FileRefused as refusal:
        if as_json:
            click.echo(json.dumps({"refused": str(refusal)}, ensure_ascii=False))
            raise click.exceptions.Exit(1) from refusal
        raise click.ClickException(str(refusal)) from refusal
    finally:
        runtime.close()
    if as_json:
        click.echo(json.dumps(_as_json(done), ensure_ascii=False, indent=1))
    else:
        _tell(done, seconds=time.monotonic() - started, dry_run=dry_run)


def _chosen(pairs: tuple[str, ...]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals:
            raise click.BadParameter(f'"{pair}": write it as "Columna=field"', param_hint="--map")
        chosen[column.strip()] = field.strip()
    return chosen


def _shown_progress() -> Progress:
    """A line that is redrawn on a terminal; a line now and then elsewhere."""
    on_terminal = sys.stderr.isatty()
    last = [0]

    def show(rows: int, part: float) -> None:
        if on_terminal:
            bar = "#" * int(part * 30)
            click.echo(f"\r[{bar:<30}] {part:4.0%}  {rows} filas", err=True, nl=part >= 1)
        elif rows - last[0] >= 50_000:
            last[0] = rows
            click.echo(f"{rows} filas leídas ({part:.0%})", err=True)

    return show


def _tell(done: Done, *, seconds: float, dry_run: bool) -> None:
    report = done.report
    if dry_run:
        click.echo("Prueba: no se escribió nada.")
    if done.imported_before:
        click.echo(f"Este mismo archivo ya se importó ({done.imported_before}).")
    click.echo(f"{report.rows_read} filas leídas ({done.detail}) en {seconds:.1f} s")
    click.echo(
        f"  creadas {report.rows.created}  actualizadas {report.rows.updated}  "
        f"sin cambios {report.rows.unchanged}  rechazadas {report.refused}"
    )
    click.echo(
        f"  nuevos: {report.customers_created} clientes, {report.subscriptions_created} "
        f"suscripciones, {report.coupons_created} cupones"
    )
    if report.coupons_paid:
        click.echo(f"  pagados que no lo estaban: {report.coupons_paid} cupones")
    if done.unused_columns:
        click.echo(f"  columnas sin usar: {', '.join(done.unused_columns)}")
    for warned in report.warnings[:_SHOWN]:
        click.echo(f"  aviso, línea {warned.line}: {warned.text}")
    if report.warned > _SHOWN:
        click.echo(f"  … y {report.warned - _SHOWN} avisos más")
    for row in report.refusals[:_SHOWN]:
        click.echo(f"  rechazada, línea {row.line}: {row.reason}")
    if done.refused_rows is not None:
        click.echo(f"Las {report.refused} filas rechazadas, con su motivo: {done.refused_rows}")


def _as_json(done: Done) -> dict[str, object]:
    return {
        "import": done.import_id,
        **done.report.as_json(),
        "mapping": dict(done.mapping),
        "unused_columns": list(done.unused_columns),
        "read_as": done.detail,
        "imported_before": done.imported_before,
        "refused_rows": str(done.refused_rows) if done.refused_rows else None,
    }
