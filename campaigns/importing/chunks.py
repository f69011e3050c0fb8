"""A file in chunks: each is read and checked here, then written in a transaction of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from sqlalchemy.orm import Session

from campaigns.importing.cells import Cell
from campaigns.importing.columns import Columns
from campaigns.importing.errors import FileRefused
from campaigns.importing.files import Table
from campaigns.importing.reports import Refusal, Report, Warned
from campaigns.importing.rows import RowReader
from campaigns.importing.staged import StagedRow
from campaigns.importing.writing import write_rows
from models.audit import ImportKind

CHUNK_ROWS = 5_000


@dataclass(slots=True)
class Chunk:
    """Rows of one file: those to write, and those refused already."""

    kind: ImportKind
    good: list[tuple[StagedRow, Sequence[Cell]]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.good) + len(self.refused)


def read_chunks(
    table: Table,
    columns: Columns,
    *,
    default_area: str = "11",
    administrator: str | None = None,
    size: int = CHUNK_ROWS,
) -> Iterator[Chunk]:
    """Check the file's rows, ``size`` at a time; touches no database.

    Raises:
        FileRefused: past some line the file cannot be read. The chunks before it are good.
    """
    reader = RowReader(columns, default_area=default_area, administrator=administrator)
    chunk = Chunk(columns.kind)
    unreadable: FileRefused | None = None
    rows = table.rows()
    while unreadable is None:
        try:
            for line, cells in islice(rows, size):
                row = reader.read(line, cells)
                if isinstance(row, Refusal):
                    chunk.refused.append(row)
                else:
                    chunk.good.append((row, cells))
        except FileRefused as refusal:
            unreadable = refusal
        if not len(chunk):
            break
        chunk.warnings, reader.warnings = reader.warnings, []
        yield chunk
        chunk = Chunk(columns.kind)
    if unreadable is not None:
        raise unreadable


def write_chunk(session: Session, chunk: Chunk, *, now: datetime, today: date) -> Report:
    """Write the good rows and report on all of them, by line. Repeating it changes nothing.

    Raises:
        sqlalchemy.exc.IntegrityError: somebody else wrote one of these records meanwhile. Roll
            back and write the chunk again.
    """
    report = write_rows(session, chunk.kind, chunk.good, now=now, today=today)
    report.rows_read += len(chunk.refused)
    report.refused += len(chunk.refused)
    report.refusals = sorted([*chunk.refused, *report.refusals], key=lambda row: row.line)
    report.warnings = sorted([*chunk.warnings, *report.warnings], key=lambda row: row.line)
    report.warned = len(report.warnings)
    return report
