"""Read a file into the database, a transaction for each chunk: killed, it is simply run again."""

from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from campaigns.importing import record
from campaigns.importing.chunks import CHUNK_ROWS, Chunk, read_chunks, write_chunk
from campaigns.importing.columns import map_columns
from campaigns.importing.errors import FileRefused
from campaigns.importing.files import open_table
from campaigns.importing.reports import RefusedRows, Report
from models.audit import ImportKind
from runtime.wiring import Runtime
from workers.payments import mark_payments

log = structlog.get_logger(__name__)

_TRIES = 3  # of a chunk that crossed somebody else's write

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
    import_id = None
    with runtime.sessions.begin() as session:
        columns = map_columns(
            table.header,
            kind,
            chosen=chosen,
            remembered=record.remembered_mapping(session, kind, table.header),
        )
        before = record.imported_before(session, kind, table.sha256)
        now = runtime.now(session)
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
    with ExitStack() as files, _told_if_refused(runtime, import_id):
        refused: RefusedRows | None = None
        chunks = read_chunks(
            table,
            columns,
            default_area=runtime.settings.default_area,
            administrator=administrator,
            size=chunk_rows,
        )
        for chunk in files.enter_context(closing(one_ahead(chunks))):
            report = write_one(runtime, chunk, partial(_count, import_id))
            if import_id is not None:
                mark_payments(runtime, report.payments, import_id=import_id, by_id=by_id)
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
        take_stock(runtime)
    return Done(
        import_id=import_id,
        report=total,
        mapping=columns.mapping(),
        unused_columns=columns.unused,
        detail=table.detail,
        imported_before=before.isoformat() if before else None,
        refused_rows=refused_rows if refused is not None else None,
    )


@contextmanager
def _told_if_refused(runtime: Runtime, import_id: int | None) -> Iterator[None]:
    """The record of an import that stops half way says why."""
    try:
        yield
    except FileRefused as refusal:
        if import_id is not None:
            with runtime.sessions.begin() as session:
                now = runtime.now(session)
                record.fail_import(session, import_id, str(refusal), now=now)
        raise


def take_stock(runtime: Runtime) -> None:
    """`record.take_stock`, which no import fails for."""
    try:
        with runtime.sessions.begin() as session:
            record.take_stock(session)
    except DBAPIError as error:
        log.warning("no stock taken after an import", error=str(error.orig))


def one_ahead(chunks: Iterator[Chunk]) -> Generator[Chunk, None, None]:
    """Check the next chunk while PostgreSQL, on another core, writes this one."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import") as pool:
        coming = pool.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, chunks, None)
            yield chunk


def _count(import_id: int | None, session: Session, report: Report) -> bool:
    if import_id is not None:
        record.count_chunk(session, import_id, report)
    return import_id is not None


def write_one(runtime: Runtime, chunk: Chunk, keep: Callable[[Session, Report], bool]) -> Report:
    """Write a chunk, again if it crossed somebody else's write; ``keep`` says whether to commit."""
    for attempt in range(1, _TRIES + 1):
        try:
            with runtime.sessions() as session:
                now = runtime.now(session)
                today = now.astimezone(runtime.settings.timezone).date()
                report = write_chunk(session, chunk, now=now, today=today)
                if keep(session, report):
                    session.commit()
                else:
                    session.rollback()
                return report
        except (IntegrityError, OperationalError):
            if attempt == _TRIES:
                raise
    raise AssertionError("the last try returns or raises")
