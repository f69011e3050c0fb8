"""Files that came by a screen: rehearsed, and then written, chunk by chunk by whoever is free.

A worker that dies leaves its import where its last chunk was committed; the next sweep goes on
from there. The files lie in the data folder, so workers on other machines must share it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import structlog
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from campaigns.importing import at_work, record
from campaigns.importing.at_work import Task
from campaigns.importing.chunks import CHUNK_ROWS, Chunk, read_chunks
from campaigns.importing.columns import place_columns
from campaigns.importing.errors import FileRefused
from campaigns.importing.files import Table, open_table
from campaigns.importing.outcome import Outcome
from campaigns.importing.reports import RefusedRows, Report
from runtime import live
from runtime.settings import Settings
from runtime.wiring import Runtime
from workers.import_files import one_ahead, take_stock, write_one
from workers.payments import mark_payments

log = structlog.get_logger(__name__)

KEPT = timedelta(days=30)
"""How long a file that nobody goes on with, and a finished one's refused rows, are kept."""

_LOCK = 0x1A90_0271  # with the import's id: who is at work on it
_GONE = "El archivo ya no está en el servidor: subilo de nuevo."
_OURS = "Algo falló de nuestro lado al leer el archivo, y quedó registrado. Probá de nuevo."


def topic(import_id: int) -> str:
    """What a screen that watches this import polls."""
    return f"import:{import_id}"


def folder(settings: Settings) -> Path:
    """Where stored files lie; only this installation's user reads them."""
    place = settings.data_dir / "imports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def refused_rows_file(settings: Settings, stored_as: str, *, rehearsal: bool) -> Path:
    """The file of the rows that a run refused."""
    return folder(settings) / f"{stored_as}.{'rehearsal' if rehearsal else 'refused'}.csv"


def work(
    runtime: Runtime,
    import_id: int,
    *,
    stopping: Callable[[], bool] = lambda: False,
    chunk_rows: int = CHUNK_ROWS,
) -> None:
    """Do what an import waits for. Nothing, if another worker is at it or it is over.

    ``chunk_rows`` has to be the same from start to end of one import: written rows are known by
    their chunk.
    """
    with _alone(runtime, import_id) as alone:
        if not alone:
            return
        with runtime.sessions() as session:
            task = at_work.find_task(session, import_id)
        if task is None:
            return
        try:
            _run(runtime, task, stopping, chunk_rows)
        except FileRefused as refusal:
            _fail(runtime, task, str(refusal))
        except FileNotFoundError:
            _fail(runtime, task, _GONE)
        except (OperationalError, InterfaceError):
            raise  # the database is away: the sweep tries again
        except Exception:
            log.exception("import failed", import_id=import_id)
            _fail(runtime, task, _OURS)
        live.touch(runtime.redis, topic(import_id))


def forget_old_files(runtime: Runtime) -> None:
    """Files hold people's data: they go when nobody needs them."""
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        needed = at_work.forget_files(session, now=now, after=KEPT)
    for file in folder(runtime.settings).iterdir():
        stored_as, *_ = file.name.partition(".")
        age = now.timestamp() - file.stat().st_mtime
        if stored_as not in needed and age > timedelta(days=1).total_seconds():
            file.unlink(missing_ok=True)  # younger ones may be on their way in


def _run(runtime: Runtime, task: Task, stopping: Callable[[], bool], chunk_rows: int) -> None:
    path = folder(runtime.settings) / task.stored_as
    table = open_table(path, name=task.file_name)
    columns = place_columns(table.header, task.kind, task.setup.fields)
    chunks = read_chunks(
        table,
        columns,
        default_area=task.setup.default_area or runtime.settings.default_area,
        administrator=task.setup.administrator,
        size=chunk_rows,
    )
    already = task.outcome.rows_read
    seen = 0
    with ExitStack() as open_files:
        refused = _Refused(runtime.settings, task, table, open_files)
        for chunk in open_files.enter_context(closing(one_ahead(chunks))):
            seen += len(chunk)
            if seen < already:
                continue  # written before this import was stopped
            if seen == already:  # written, but its payments may not be marked
                if not _mark_again(runtime, task, chunk, stopping):
                    return
                continue
            if stopping():
                return
            if task.is_rehearsal:
                if not _rehearse(runtime, task, table, chunk, refused):
                    return
            elif not _write(runtime, task, table, chunk, refused, stopping):
                return
            live.touch(runtime.redis, topic(task.import_id))
    with runtime.sessions.begin() as session:
        if task.is_rehearsal:
            at_work.finish_rehearsal(session, task.import_id, task.outcome)
            return
        at_work.finish_writing(session, task.import_id, now=runtime.now(session))
    take_stock(runtime)
    path.unlink(missing_ok=True)


def _rehearse(
    runtime: Runtime, task: Task, table: Table, chunk: Chunk, refused: "_Refused"
) -> bool:
    """Write it and roll back; False when nobody wants to know any more."""
    report = write_one(runtime, chunk, lambda _session, _report: False)
    task.outcome.add(report)
    refused.add(report)
    refused.settle()
    with runtime.sessions.begin() as session:
        return at_work.tell_progress(
            session, task.import_id, rows=task.outcome.rows_read, part=table.fraction_read()
        )


def _write(
    runtime: Runtime,
    task: Task,
    table: Table,
    chunk: Chunk,
    refused: "_Refused",
    stopping: Callable[[], bool],
) -> bool:
    """Write it, and what the import has come to with it; False when it was stopped or cancelled."""
    wanted = True
    before = task.outcome.as_json()

    def keep(session: Session, report: Report) -> bool:
        nonlocal wanted
        outcome = Outcome.from_json(before)  # a second try of the chunk counts it once
        outcome.add(report)
        refused.add(report)
        wanted = at_work.count_written(
            session,
            task.import_id,
            outcome,
            part=table.fraction_read(),
            refused_bytes=refused.size,
        )
        return wanted

    report = write_one(runtime, chunk, keep)
    refused.settle()
    task.outcome.add(report)
    return wanted and _mark(runtime, task, report, stopping)


def _mark(runtime: Runtime, task: Task, report: Report, stopping: Callable[[], bool]) -> bool:
    return mark_payments(
        runtime, report.payments, import_id=task.import_id, by_id=task.by_id, stopping=stopping
    )


def _mark_again(runtime: Runtime, task: Task, chunk: Chunk, stopping: Callable[[], bool]) -> bool:
    """Look at the last chunk again, writing nothing: what of it is not marked yet is marked."""
    if not any(row.paid for row, _cells in chunk.good):
        return True
    report = write_one(runtime, chunk, lambda _session, _report: False)
    return _mark(runtime, task, report, stopping)


class _Refused:
    """The file of refused rows, made for the first; whatever was not committed is cut off."""

    def __init__(self, settings: Settings, task: Task, table: Table, files: ExitStack) -> None:
        self._path = refused_rows_file(settings, task.stored_as, rehearsal=task.is_rehearsal)
        self._header = table.header
        self._files = files
        self._stream: TextIO | None = None
        self._rows: RefusedRows | None = None
        self._kept = task.refused_bytes
        self.size = task.refused_bytes
        if not self._kept:
            self._path.unlink(missing_ok=True)

    def add(self, report: Report) -> None:
        """Append this chunk's, in place of what an earlier try of it left."""
        self.size = self._kept
        if not report.refusals:
            return
        stream, rows = self._opened()
        stream.seek(self._kept)
        stream.truncate()
        rows.add(report.refusals)
        stream.flush()
        self.size = stream.tell()

    def settle(self) -> None:
        """The chunk is committed, and its refused rows with it."""
        self._kept = self.size

    def _opened(self) -> tuple[TextIO, RefusedRows]:
        if self._stream is None or self._rows is None:
            new = not self._kept
            stream = self._path.open("w+" if new else "r+", encoding="utf-8", newline="")
            self._stream = self._files.enter_context(stream)
            if new:
                self._stream.write("\ufeff")  # by which a spreadsheet knows the accents
            self._rows = RefusedRows(self._stream, self._header, titled=not new)
            if new:
                self._kept = self._stream.tell()
        return self._stream, self._rows


@contextmanager
def _alone(runtime: Runtime, import_id: int) -> Iterator[bool]:
    """Whether nobody else is at work on this import; the database forgets it with our death."""
    key = {"lock": _LOCK, "import": import_id % 2**31}
    with runtime.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        got = connection.scalar(text("SELECT pg_try_advisory_lock(:lock, :import)"), key)
        try:
            yield bool(got)
        finally:
            if got:
                connection.execute(text("SELECT pg_advisory_unlock(:lock, :import)"), key)


def _fail(runtime: Runtime, task: Task, problem: str) -> None:
    with runtime.sessions.begin() as session:
        record.fail_import(session, task.import_id, problem, now=runtime.now(session))
