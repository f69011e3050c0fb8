"""`pregon import`: a file of subscriptions or coupons, from a terminal."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.exc import IntegrityError, OperationalError

from campaigns.importing import record
from campaigns.importing.chunks import CHUNK_ROWS, Chunk, read_chunks, write_chunk
from campaigns.importing.columns import map_columns
from campaigns.importing.errors import FileRefused
from campaigns.importing.files import open_table
from campaigns.importing.reports import RefusedRows, Report
from models.audit import ImportKind
from runtime.settings import Settings
from runtime.wiring import Runtime, build_runtime

_TRIES = 3  # of a chunk that crossed somebody else's write
_SHOWN = 10  # refused rows and warnings named on the terminal

Progress = Callable[[int, float], None]  # rows read so far, and the part of the file, 0 to 1


@dataclass(frozen=True, slots=True)
class Done:
    """What an import came to; ``refused_rows`` is where the refused rows are, if there are any."""

    import_id: int | None  # None: a dry run
    report: Report
    mapping: Mapping[str, str]
    unused_columns: tuple[str, ...]
    detail: str  # encoding and separator, or the sheet
    imported_before: str | None
    refused_rows: Path | None


def run_import(
    runtime: Runtime,
    kind: ImportKind,
    path: Path,
    *,
    file_name: str = "",
    chosen: Mapping[str, str] | None = None,
    administrator: str | None = None,
    refused_rows: Path | None = None,
    by_id: int | None = None,
    dry_run: bool = False,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> Done:
    """Import a file, a transaction for each chunk: killed, it is simply run again.

    ``chosen`` maps columns to fields where their names do not say it. Refused rows go to
    ``refused_rows``, a file made only if there are any. A dry run rolls every chunk back.

    Raises:
        FileRefused: nothing was taken, or, if its ``line`` is set, nothing from there on.
    """
    table = open_table(path, name=file_name)
    with runtime.sessions.begin() as session:
        columns = map_columns(
            table.header,
            kind,
            chosen=chosen,
            remembered=record.remembered_mapping(session, kind, table.header),
        )
        before = record.imported_before(session, kind, table.sha256)
        now = runtime.now(session)
        import_id = None
        if not dry_run:
            import_id = record.start_import(
                session,
                kind,
                file_name=table.name,
                file_hash=table.sha256,
                mapping=columns.mapping(),
                by_id=by_id,
                now=now,
            )
    total = Report()
    with ExitStack() as files:
        refused: RefusedRows | None = None
        for chunk in read_chunks(
            table,
            columns,
            default_area=runtime.settings.default_area,
            administrator=administrator,
            size=chunk_rows,
        ):
            report = _write(runtime, chunk, import_id)
            if report.refusals and refused_rows is not None:
                if refused is None:
                    stream = refused_rows.open("w", encoding="utf-8-sig", newline="")
                    refused = RefusedRows(files.enter_context(stream), table.header)
                refused.add(report.refusals)
            total.add(report)
            if progress is not None:
                progress(total.rows_read, table.fraction_read())
    if import_id is not None:
        with runtime.sessions.begin() as session:
            record.finish_import(session, import_id, now=runtime.now(session))
    return Done(
        import_id=import_id,
        report=total,
        mapping=columns.mapping(),
        unused_columns=columns.unused,
        detail=table.detail,
        imported_before=before.isoformat() if before else None,
        refused_rows=refused_rows if refused is not None else None,
    )


def _write(runtime: Runtime, chunk: Chunk, import_id: int | None) -> Report:
    for attempt in range(1, _TRIES + 1):
        try:
            with runtime.sessions() as session:
                now = runtime.now(session)
                today = now.astimezone(runtime.settings.timezone).date()
                report = write_chunk(session, chunk, now=now, today=today)
                if import_id is None:
                    session.rollback()
                else:
                    record.count_chunk(session, import_id, report)
                    session.commit()
                return report
        except (IntegrityError, OperationalError):
            if attempt == _TRIES:
                raise
    raise AssertionError("the last try returns or raises")


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
