"""Imports to look at: one with all its figures, or the earlier ones in a list; plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.errors import NotFound
from campaigns.importing.columns import half_a_coupon, missing_fields
from campaigns.importing.guesses import Guess, Sureness, guess_columns
from campaigns.importing.outcome import Outcome
from campaigns.importing.record import remembered_mapping
from campaigns.importing.steps import Setup
from models.audit import Import, ImportKind
from models.people import User
from models.states import ImportState

_EXAMPLES = 3  # of a column's values


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """``from_screen``: its file was stored here; else somebody ran it from a terminal."""

    id: int
    kind: ImportKind
    state: ImportState
    file_name: str
    by: str | None
    started_at: datetime
    finished_at: datetime | None
    rows_read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    from_screen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    id: int
    kind: ImportKind
    state: ImportState
    problem: str | None
    file_name: str
    detail: str  # encoding and separator, or the sheet
    stored_as: str | None
    header: tuple[str, ...]
    sample: tuple[tuple[int, tuple[str, ...]], ...]  # line, cells
    setup: Setup | None
    rows_seen: int
    part_seen: float  # of the file, 0 to 1
    rehearsal: Outcome | None
    outcome: Outcome | None  # of the import itself, as far as it has come
    by: str | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The last import of this very file that came to its end."""

    id: int
    by: str | None
    finished_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """A column of a file, what it holds, and which field it is taken for."""

    place: int
    name: str
    examples: tuple[str, ...]
    field: str
    guess: Guess


def get_import(session: Session, import_id: int) -> ImportView:
    """Raises: NotFound."""
    row = session.execute(
        select(Import, User.name)
        .outerjoin(User, User.id == Import.by_id)
        .where(Import.id == import_id)
    ).one_or_none()
    if row is None:
        raise NotFound("import", import_id)
    record, by = row
    header = record.header or {"names": [], "detail": ""}
    return ImportView(
        id=record.id,
        kind=record.kind,
        state=record.state,
        problem=record.problem,
        file_name=record.file_name,
        detail=header["detail"],
        stored_as=record.stored_as,
        header=tuple(header["names"]),
        sample=tuple((each["line"], tuple(each["cells"])) for each in record.sample or ()),
        setup=Setup.from_json(record.setup) if record.setup else None,
        rows_seen=record.rows_seen,
        part_seen=record.part_seen / 1000,
        rehearsal=Outcome.from_json(record.rehearsal) if record.rehearsal else None,
        outcome=_outcome(record),
        by=by,
        started_at=record.started_at,
        finished_at=record.finished_at,
    )


def list_imports(
    session: Session, *, after: int | None = None, limit: int = 50
) -> tuple[Sequence[ImportLine], int | None]:
    """The newest first, and where the list goes on."""
    statement = (
        select(
            Import.id,
            Import.kind,
            Import.state,
            Import.file_name,
            User.name.label("by"),
            Import.started_at,
            Import.finished_at,
            Import.rows_read,
            Import.created,
            Import.updated,
            Import.unchanged,
            Import.refused,
            Import.stored_as.is_not(None).label("from_screen"),
        )
        .outerjoin(User, User.id == Import.by_id)
        .order_by(Import.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(Import.id < after)
    rows = session.execute(statement).mappings().all()
    lines = [ImportLine(**row) for row in rows[:limit]]
    return lines, lines[-1].id if len(rows) > limit else None


def find_earlier(session: Session, import_id: int) -> Earlier | None:
    """When the same bytes were imported before."""
    this = select(Import.kind, Import.file_hash).where(Import.id == import_id).subquery()
    row = session.execute(
        select(Import.id, User.name, Import.finished_at)
        .join(this, (this.c.kind == Import.kind) & (this.c.file_hash == Import.file_hash))
        .outerjoin(User, User.id == Import.by_id)
        .where(
            Import.id != import_id,
            Import.state == ImportState.DONE,
            Import.finished_at.is_not(None),
        )
        .order_by(Import.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.finished_at is None:
        return None
    return Earlier(id=row.id, by=row.name, finished_at=row.finished_at)


def column_choices(
    session: Session, view: ImportView, *, fields: Sequence[str] | None = None
) -> list[ColumnChoice]:
    """Each column with what is proposed, or with ``fields``, or with what was chosen before."""
    remembered = remembered_mapping(session, view.kind, view.header)
    guesses = guess_columns(view.header, view.kind, remembered=remembered)
    if fields is None and view.setup is not None:
        fields = view.setup.fields
    if fields is None:
        fields = ["" if g.sureness is Sureness.AMBIGUOUS else g.field for g in guesses]
    return [
        ColumnChoice(
            place=place,
            name=name,
            examples=_examples(view, place),
            field=fields[place] if place < len(fields) else "",
            guess=guesses[place],
        )
        for place, name in enumerate(view.header)
    ]


def gaps(fields: Sequence[str], kind: ImportKind) -> tuple[list[str], list[str]]:
    """Fields that every file needs and these lack; and half a coupon's, which are not used."""
    chosen = [field for field in fields if field]
    return missing_fields(chosen, kind), half_a_coupon(chosen, kind)


def _outcome(record: Import) -> Outcome | None:
    if record.report is not None:
        return Outcome.from_json(record.report)
    if record.stored_as is None or record.rows_read:  # from a terminal: counts are all there is
        return Outcome(
            rows_read=record.rows_read,
            created=record.created,
            updated=record.updated,
            unchanged=record.unchanged,
            refused=record.refused,
        )
    return None


def _examples(view: ImportView, place: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for _, cells in view.sample:
        if place < len(cells) and cells[place].strip():
            found.setdefault(cells[place].strip())
            if len(found) == _EXAMPLES:
                break
    return tuple(found)
