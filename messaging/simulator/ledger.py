"""What the simulator accepted, in SQLite: the truth that judges read, and it survives a restart."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from messaging.simulator.formats import new_sid

SCHEMA = """
CREATE TABLE IF NOT EXISTS posts (
    id INTEGER PRIMARY KEY, at REAL, phone TEXT, outcome TEXT, status INTEGER, code INTEGER,
    sid TEXT, form TEXT);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, sid TEXT UNIQUE, direction TEXT, sender TEXT, recipient TEXT,
    phone TEXT, ordinal INTEGER, body TEXT, service_sid TEXT, content_sid TEXT, variables TEXT,
    fallback_keys TEXT, unknown_keys TEXT, unknown_parameters TEXT, buttons TEXT, status TEXT,
    error_code INTEGER, price TEXT, status_callback TEXT, visible_at REAL, created_at REAL,
    sent_at REAL, updated_at REAL, kind TEXT, reply TEXT, num_media INTEGER DEFAULT 0,
    acknowledged_at REAL, deleted INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS messages_recipient ON messages (recipient);
CREATE INDEX IF NOT EXISTS messages_sender ON messages (sender);
CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY, message_id INTEGER, at REAL, status TEXT, error_code INTEGER);
CREATE INDEX IF NOT EXISTS history_message ON history (message_id);
CREATE TABLE IF NOT EXISTS media (
    sid TEXT PRIMARY KEY, message_id INTEGER, content_type TEXT, source TEXT, created_at REAL);
CREATE INDEX IF NOT EXISTS media_message ON media (message_id);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, due_at REAL, kind TEXT, delivery INTEGER, message_id INTEGER,
    status TEXT, error_code INTEGER, token TEXT, attempt INTEGER DEFAULT 0, first_at REAL,
    taken INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS events_due ON events (delivery, due_at) WHERE taken = 0;
CREATE INDEX IF NOT EXISTS events_message ON events (message_id);
CREATE TABLE IF NOT EXISTS contents (
    id INTEGER PRIMARY KEY, sid TEXT UNIQUE, friendly_name TEXT, language TEXT, variables TEXT,
    types TEXT, created_at REAL, updated_at REAL, approval_name TEXT, category TEXT,
    approval TEXT DEFAULT 'unsubmitted', rejection_reason TEXT DEFAULT '',
    allow_category_change INTEGER DEFAULT 1);
CREATE TABLE IF NOT EXISTS customers (
    phone TEXT, sender TEXT, last_inbound_at REAL, opted_out INTEGER DEFAULT 0,
    PRIMARY KEY (phone, sender));
CREATE TABLE IF NOT EXISTS uploads (media_sid TEXT PRIMARY KEY, content BLOB);
CREATE TABLE IF NOT EXISTS by_hand (phone TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value INTEGER);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER);
"""

# Kinds of event: those below are requests to the product; the others change only this ledger.
CALLBACK, INBOUND, FETCH = "callback", "inbound", "fetch"
STATUS, REPLY, REVIEW = "status", "reply", "review"
DELIVERIES = (CALLBACK, INBOUND, FETCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    kind: str
    due_at: float
    message_id: int
    status: str | None = None
    error_code: int | None = None
    token: str | None = None
    attempt: int = 0
    first_at: float | None = None
    id: int = 0


Row = sqlite3.Row
Database = sqlite3.Connection


class Ledger:
    """One connection behind one lock: a write is committed before anybody is answered."""

    def __init__(self, file: Path | None) -> None:
        self.lock = threading.RLock()  # one for all, so that nobody can wait in a circle
        self._db = sqlite3.connect(
            str(file) if file else ":memory:", isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        # A commit reaches the system, not the disk: it survives our death, not a power cut.
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")
        self._db.executescript(SCHEMA)
        self._db.execute("UPDATE events SET taken = 0")

    @contextmanager
    def write(self) -> Iterator[Database]:
        with self.lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        with self.lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Row | None:
        with self.lock:
            found: Row | None = self._db.execute(sql, values).fetchone()
            return found

    @property
    def version(self) -> int:
        """Another one after every change, in this run."""
        return self._db.total_changes

    def teach(self, name: str, function: Callable[[str], str]) -> None:
        """Let statements call ``function``, which must always say the same of the same text."""
        with self.lock:
            self._db.create_function(name, 1, function, deterministic=True)

    def close(self) -> None:
        with self.lock:
            self._db.close()

    def take_due(self, now: float, *, delivery: bool, limit: int) -> list[Event]:
        """Claim what is due, earliest first; a claim ends with `finish`, `postpone` or the run."""
        with self.write() as db:
            found = db.execute(
                "SELECT * FROM events WHERE taken = 0 AND delivery = ? AND due_at <= ?"
                " ORDER BY due_at, id LIMIT ?",
                (delivery, now, limit),
            ).fetchall()
            if found:
                db.executemany(
                    "UPDATE events SET taken = 1 WHERE id = ?", [(r["id"],) for r in found]
                )
        return [_event(row) for row in found]

    def next_due(self, *, delivery: bool) -> float | None:
        row = self.row(
            "SELECT due_at FROM events WHERE taken = 0 AND delivery = ? ORDER BY due_at LIMIT 1",
            (delivery,),
        )
        return row["due_at"] if row else None


def insert(db: Database, table: str, values: Mapping[str, Any]) -> int:
    """Column names come from our own code, never from a request."""
    columns = ", ".join(values)
    marks = ", ".join("?" * len(values))
    cursor = db.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
        tuple(values.values()),
    )
    return int(cursor.lastrowid or 0)


def schedule(db: Database, events: Iterable[Event]) -> None:
    db.executemany(
        "INSERT INTO events (due_at, kind, delivery, message_id, status, error_code, token,"
        " attempt, first_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                e.due_at,
                e.kind,
                e.kind in DELIVERIES,
                e.message_id,
                e.status,
                e.error_code,
                e.token,
                e.attempt,
                e.first_at,
            )
            for e in events
        ],
    )


def finish(db: Database, event: Event) -> None:
    db.execute("DELETE FROM events WHERE id = ?", (event.id,))


def postpone(db: Database, event: Event, *, due_at: float, attempt: int, first_at: float) -> None:
    db.execute(
        "UPDATE events SET due_at = ?, attempt = ?, first_at = ?, taken = 0 WHERE id = ?",
        (due_at, attempt, first_at, event.id),
    )


def count(db: Database, name: str, by: int = 1) -> None:
    db.execute(
        "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + ?",
        (name, by, by),
    )


def add_media(
    db: Database, message_id: int, kind: str, source: str, now: float, *, content: bytes = b""
) -> None:
    """``content`` empty: it is at ``source``, or drawn when it is asked for."""
    sid = new_sid("ME")
    values = {"message_id": message_id, "content_type": kind, "source": source, "created_at": now}
    insert(db, "media", {"sid": sid, **values})
    if content:
        insert(db, "uploads", {"media_sid": sid, "content": content})


def _event(row: Row) -> Event:
    return Event(
        id=row["id"],
        kind=row["kind"],
        due_at=row["due_at"],
        message_id=row["message_id"],
        status=row["status"],
        error_code=row["error_code"],
        token=row["token"],
        attempt=row["attempt"],
        first_at=row["first_at"],
    )
