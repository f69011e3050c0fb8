"""Where files lie: in the data folder, under random names, none of them as anybody called it.

A file is on the disk before its row is committed. What a process that died left without a row is
swept up later; a row without its file there never is.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campaigns.files.taking import Taken
from models.files import StoredFile

_NAME = 32  # hex digits


def folder(data_dir: Path) -> Path:
    """Only this installation's user reads it; back it up together with the database."""
    place = data_dir / "files"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def path_of(place: Path, stored_as: str) -> Path:
    """Spread over 256 folders, which no file system minds."""
    return place / stored_as[:2] / stored_as


def keep(session: Session, place: Path, taken: Taken) -> StoredFile:
    """Write the file to the disk and its row into the session; commit soon."""
    small_as = _write(place, taken.small) if taken.small is not None else None
    file = StoredFile(
        stored_as=_write(place, taken.content),
        small_as=small_as,
        name=taken.name,
        content_type=taken.kind.content_type,
        size=len(taken.content),
        sha256=taken.sha256,
    )
    session.add(file)
    session.flush()
    return file


def sweep(session: Session, place: Path, *, older_than: float) -> int:
    """Delete what no row names and was written before ``older_than`` (a time stamp); how many."""
    swept = 0
    for names in _in_batches(place, older_than):
        known: set[str | None] = set()
        rows = session.execute(
            select(StoredFile.stored_as, StoredFile.small_as).where(
                or_(StoredFile.stored_as.in_(names), StoredFile.small_as.in_(names))
            )
        )
        for row in rows:
            known.update(row)
        for name in set(names) - known:
            path_of(place, name).unlink(missing_ok=True)
            swept += 1
    return swept


def _write(place: Path, content: bytes) -> str:
    name = secrets.token_hex(_NAME // 2)
    path = path_of(place, name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return name


def _in_batches(place: Path, older_than: float, size: int = 500) -> Iterator[list[str]]:
    batch: list[str] = []
    for path in place.glob("??/*"):
        if path.stat().st_mtime < older_than:
            batch.append(path.name)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
