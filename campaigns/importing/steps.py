"""A file that came by a screen, step by step: columns, dry run, import.

Each step is a move of `models.states.IMPORT`; of two people who take it at once one is told so.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.errors import NotFound
from campaigns.importing.cells import Cell
from campaigns.importing.columns import place_columns
from campaigns.importing.errors import EmptyFile, NothingToImport
from campaigns.importing.files import Row, Table
from campaigns.importing.outcome import Outcome
from models.audit import Import, ImportKind
from models.states import IMPORT, ImportState

SAMPLE_ROWS = 20
_SAMPLE_CHARACTERS = 200  # of a cell
_OPEN = (ImportState.UPLOADED, ImportState.REHEARSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a person chose: a field for each column ("" leaves it out), and what fills gaps."""

    fields: tuple[str, ...]
    default_area: str | None = None  # of phones written without one
    administrator: str | None = None  # of rows that do not name theirs

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Setup":
        return cls(**{**raw, "fields": tuple(raw["fields"])})


def receive_file(
    session: Session,
    kind: ImportKind,
    table: Table,
    *,
    stored_as: str,
    by_id: int | None,
    now: datetime,
) -> tuple[int, bool]:
    """Record a file that waits for its columns; its import, and whether it is a new one.

    The same file of the same person, still waiting, is that import again: a form sent twice.

    Raises:
        FileRefused: it has no row under its header, or cannot be read that far.
    """
    again = session.scalars(
        select(Import.id)
        .where(
            Import.kind == kind,
            Import.file_hash == table.sha256,
            Import.by_id == by_id,
            Import.stored_as.is_not(None),
            Import.state.in_(_OPEN),
        )
        .order_by(Import.id.desc())
        .limit(1)
    ).one_or_none()
    if again is not None:
        return again, False
    record = Import(
        kind=kind,
        state=ImportState.UPLOADED,
        file_name=table.name,
        file_hash=table.sha256,
        stored_as=stored_as,
        header={"names": table.header, "detail": table.detail},
        sample=_sample(table),
        mapping={},
        by_id=by_id,
        started_at=now,
    )
    session.add(record)
    session.flush()
    note(session, "import.upload", record, by_id=by_id, file=table.name)
    return record.id, True


def choose_columns(session: Session, import_id: int, setup: Setup, *, by_id: int | None) -> None:
    """Settle which column is which, and let a worker rehearse.

    Raises:
        FileRefused: a field is missing, or has two columns.
        IllegalMove: it is at work already, or over.
    """
    record = _get(session, import_id)
    columns = place_columns(_names(record), record.kind, setup.fields)
    _move(
        session,
        record,
        ImportState.REHEARSING,
        setup=setup.as_json(),
        mapping=columns.mapping(),
        rehearsal=None,
        rows_seen=0,
        part_seen=0,
    )
    note(session, "import.rehearse", record, by_id=by_id)


def choose_again(session: Session, import_id: int, *, by_id: int | None) -> None:
    """Back to the columns; a dry run under way is dropped."""
    record = _get(session, import_id)
    _move(session, record, ImportState.UPLOADED, rehearsal=None)
    note(session, "import.choose_again", record, by_id=by_id)


def begin_writing(session: Session, import_id: int, *, by_id: int | None, now: datetime) -> None:
    """Let a worker write what the dry run found good.

    Raises:
        NothingToImport: no row would change anything.
        IllegalMove: somebody began it before, or it was not rehearsed.
    """
    record = _get(session, import_id)
    IMPORT.check(record.state, ImportState.IMPORTING)
    if not Outcome.from_json(record.rehearsal).to_write:
        raise NothingToImport("Ninguna fila cambiaría algo: no hay nada que importar.")
    _move(
        session,
        record,
        ImportState.IMPORTING,
        by_id=by_id,
        started_at=now,
        rows_seen=0,
        part_seen=0,
    )
    note(session, "import.write", record, by_id=by_id, file=record.file_name)


def cancel_import(session: Session, import_id: int, *, by_id: int | None, now: datetime) -> None:
    """Leave it; what was written by then stays.

    Raises:
        IllegalMove: it is over.
    """
    record = _get(session, import_id)
    _move(session, record, ImportState.CANCELLED, finished_at=now)
    note(session, "import.cancel", record, by_id=by_id)


def _get(session: Session, import_id: int) -> Import:
    record = session.get(Import, import_id)
    if record is None or record.stored_as is None:
        raise NotFound("import", import_id)
    return record


def _move(session: Session, record: Import, to: ImportState, **values: Any) -> None:
    """Raises: IllegalMove, also if somebody else moved it meanwhile."""
    moved = session.execute(
        update(Import)
        .where(Import.id == record.id, Import.state.in_(IMPORT.sources(to)))
        .values(state=to, **values)
        .returning(Import.id)
    ).one_or_none()
    if moved is None:
        session.refresh(record)
        IMPORT.check(record.state, to)


def _names(record: Import) -> Sequence[str]:
    return cast("dict[str, list[str]]", record.header or {})["names"]


def _sample(table: Table) -> list[dict[str, Any]]:
    rows = cast("Any", table.rows())  # a generator: closed, it closes the file
    with closing(rows):
        first: list[Row] = list(islice(rows, SAMPLE_ROWS))
    if not first:
        raise EmptyFile("tiene encabezado y ninguna fila debajo")
    width = len(table.header)
    return [
        {"line": line, "cells": [_shown(cell) for cell in cells[:width]]} for line, cells in first
    ]


def _shown(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).replace("\0", "")
    return text if len(text) <= _SAMPLE_CHARACTERS else f"{text[:_SAMPLE_CHARACTERS]}…"
