"""The row of an import: opened before its first chunk, brought up to date with each.

Files that come by a screen are walked through their states in `steps`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from campaigns.importing.reports import Report
from models.audit import Import, ImportKind
from models.states import IMPORT, ImportState

_LOOKED_AT = 50  # earlier imports in which a mapping for the same header is looked for


def start_import(
    session: Session,
    kind: ImportKind,
    *,
    file_name: str,
    file_hash: str,
    mapping: Mapping[str, str],
    by_id: int | None = None,
    now: datetime,
) -> int:
    """Open the record; return its id."""
    record = Import(
        kind=kind,
        state=ImportState.IMPORTING,
        file_name=file_name,
        file_hash=file_hash,
        mapping=dict(mapping),
        by_id=by_id,
        started_at=now,
    )
    session.add(record)
    session.flush()
    return record.id


def count_chunk(session: Session, import_id: int, chunk: Report) -> None:
    """Add a chunk's figures, in its own transaction: a killed import has told the truth."""
    session.execute(
        update(Import)
        .where(Import.id == import_id)
        .values(
            rows_read=Import.rows_read + chunk.rows_read,
            created=Import.created + chunk.rows.created,
            updated=Import.updated + chunk.rows.updated,
            unchanged=Import.unchanged + chunk.rows.unchanged,
            refused=Import.refused + chunk.refused,
        )
    )


def take_stock(session: Session) -> None:
    """Let PostgreSQL look at what came in.

    Until it does so by itself, a minute later, it plans for the tables as they were: with the
    figures of an empty database a preview of 250 people ran into its time limit. In a transaction
    of its own: what was written stays written if this fails.
    """
    session.execute(text("SET LOCAL statement_timeout = '2min'"))
    session.execute(
        text("ANALYZE plans, customers, contact_points, customer_contacts, subscriptions, coupons")
    )


def finish_import(session: Session, import_id: int, *, now: datetime) -> None:
    session.execute(
        update(Import).where(Import.id == import_id).values(state=ImportState.DONE, finished_at=now)
    )


def fail_import(session: Session, import_id: int, problem: str, *, now: datetime) -> None:
    """It could not be read, or not to its end; what was in by then stays."""
    session.execute(
        update(Import)
        .where(Import.id == import_id, Import.state.in_(IMPORT.sources(ImportState.FAILED)))
        .values(state=ImportState.FAILED, problem=problem, finished_at=now)
    )


def imported_before(session: Session, kind: ImportKind, file_hash: str) -> datetime | None:
    """When this very file was last imported to its end."""
    return session.scalars(
        select(Import.finished_at)
        .where(
            Import.kind == kind,
            Import.file_hash == file_hash,
            Import.state == ImportState.DONE,
        )
        .order_by(Import.id.desc())
        .limit(1)
    ).one_or_none()


def remembered_mapping(session: Session, kind: ImportKind, header: Sequence[str]) -> dict[str, str]:
    """How the newest earlier file with all these columns was mapped; empty if there was none."""
    columns = set(header)
    earlier = session.scalars(
        select(Import.mapping)
        .where(Import.kind == kind)
        .order_by(Import.id.desc())
        .limit(_LOOKED_AT)
    )
    for mapping in earlier:
        if mapping and set(mapping) <= columns:
            return {str(column): str(field) for column, field in mapping.items()}
    return {}
