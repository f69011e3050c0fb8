"""What a worker asks and tells of the imports that wait for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.importing.outcome import Outcome
from campaigns.importing.steps import Setup
from models.audit import Import, ImportKind
from models.states import IMPORT, ImportState

_AT_WORK = (ImportState.REHEARSING, ImportState.IMPORTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A stored file to read; ``outcome`` is what the import has come to before it was stopped."""

    import_id: int
    kind: ImportKind
    is_rehearsal: bool
    stored_as: str
    file_name: str
    setup: Setup
    by_id: int | None
    outcome: Outcome
    refused_bytes: int  # of the refused rows' file: what belongs to `outcome`


def imports_at_work(session: Session) -> Sequence[int]:
    """Those with a stored file to rehearse or to write, the oldest first."""
    return session.scalars(
        select(Import.id)
        .where(Import.state.in_(_AT_WORK), Import.stored_as.is_not(None))
        .order_by(Import.id)
    ).all()


def find_task(session: Session, import_id: int) -> Task | None:
    """What there is to do for it; None when somebody did or cancelled it."""
    record = session.get(Import, import_id)
    if record is None or record.state not in _AT_WORK:
        return None
    if record.stored_as is None or record.setup is None:
        return None
    rehearsal = record.state is ImportState.REHEARSING
    return Task(
        import_id=record.id,
        kind=record.kind,
        is_rehearsal=rehearsal,
        stored_as=record.stored_as,
        file_name=record.file_name,
        setup=Setup.from_json(record.setup),
        by_id=record.by_id,
        outcome=Outcome() if rehearsal else Outcome.from_json(record.report),
        refused_bytes=0 if rehearsal else record.refused_bytes,
    )


def tell_progress(session: Session, import_id: int, *, rows: int, part: float) -> bool:
    """How far a dry run is; False when it is no longer wanted."""
    return _still(
        session, import_id, ImportState.REHEARSING, rows_seen=rows, part_seen=round(part * 1000)
    )


def count_written(
    session: Session,
    import_id: int,
    outcome: Outcome,
    *,
    part: float,
    refused_bytes: int,
) -> bool:
    """What all chunks up to this one came to, in its transaction; False: cancelled, roll back."""
    return _still(
        session,
        import_id,
        ImportState.IMPORTING,
        rows_seen=outcome.rows_read,
        part_seen=round(part * 1000),
        rows_read=outcome.rows_read,
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        refused=outcome.refused,
        report=outcome.as_json(),
        refused_bytes=refused_bytes,
    )


def finish_rehearsal(session: Session, import_id: int, outcome: Outcome) -> None:
    _still(
        session,
        import_id,
        ImportState.REHEARSING,
        state=ImportState.REHEARSED,
        rehearsal=outcome.as_json(),
        rows_seen=outcome.rows_read,
        part_seen=1000,
    )


def finish_writing(session: Session, import_id: int, *, now: datetime) -> None:
    _still(
        session,
        import_id,
        ImportState.IMPORTING,
        state=ImportState.DONE,
        part_seen=1000,
        finished_at=now,
    )


def forget_files(session: Session, *, now: datetime, after: timedelta) -> set[str]:
    """Leave what nobody went on with; return the stored names that are still needed."""
    session.execute(
        update(Import)
        .where(
            Import.state.in_(IMPORT.sources(ImportState.CANCELLED) - frozenset(_AT_WORK)),
            Import.stored_as.is_not(None),
            Import.started_at < now - after,
        )
        .values(state=ImportState.CANCELLED, finished_at=now)
    )
    needed = session.scalars(
        select(Import.stored_as).where(
            Import.stored_as.is_not(None),
            Import.finished_at.is_(None) | (Import.finished_at > now - after),
        )
    )
    return set(cast("Sequence[str]", needed.all()))


def _still(session: Session, import_id: int, was: ImportState, **values: object) -> bool:
    """Write this if it ``was`` still in that state; whether so."""
    found = session.execute(
        update(Import)
        .where(Import.id == import_id, Import.state == was)
        .values(**values)
        .returning(Import.id)
    ).one_or_none()
    return found is not None
