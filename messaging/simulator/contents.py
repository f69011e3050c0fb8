"""The account's content templates and where their review stands."""

import json
from typing import Any

from messaging.simulator.errors import Refused
from messaging.simulator.formats import new_sid
from messaging.simulator.ledger import Ledger, Row, insert
from messaging.simulator.templates import compiled

APPROVALS = ("unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled")


class Contents:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._cache: dict[str, dict[str, Any]] = {}

    def find(self, sid: str) -> dict[str, Any] | None:
        known = self._cache.get(sid)
        if known is not None:
            return known
        with self._ledger.lock:
            row = self._ledger.row("SELECT * FROM contents WHERE sid = ?", (sid,))
            if row is None:
                return None
            content = self._cache[sid] = _content(row)
            return content

    def get(self, sid: str) -> dict[str, Any]:
        content = self.find(sid)
        if content is None:
            raise Refused(20404, f"/Content/{sid}")
        return content

    def by_id(self, content_id: int) -> dict[str, Any] | None:
        row = self._ledger.row("SELECT sid FROM contents WHERE id = ?", (content_id,))
        return self.find(row["sid"]) if row else None

    def all(self) -> list[dict[str, Any]]:
        """Newest first."""
        return [
            _content(row) for row in self._ledger.rows("SELECT * FROM contents ORDER BY id DESC")
        ]

    def create(self, draft: dict[str, Any], *, now: float) -> dict[str, Any]:
        sid = new_sid("HX")
        with self._ledger.write() as db:
            insert(
                db,
                "contents",
                {
                    "sid": sid,
                    "friendly_name": draft["friendly_name"],
                    "language": draft["language"],
                    "variables": json.dumps(draft["variables"], ensure_ascii=False),
                    "types": json.dumps(draft["types"], ensure_ascii=False),
                    "created_at": now,
                    "updated_at": now,
                },
            )
        return self.get(sid)

    def update(self, sid: str, changes: dict[str, Any], *, now: float) -> None:
        """Only the columns named; a caller's keys are our own column names."""
        columns = ", ".join(f"{name} = :{name}" for name in changes)
        with self._ledger.lock:
            with self._ledger.write() as db:
                db.execute(
                    f"UPDATE contents SET {columns}, updated_at = :now WHERE sid = :sid",  # noqa: S608
                    {**changes, "now": now, "sid": sid},
                )
            self._cache.pop(sid, None)

    def delete(self, sid: str) -> None:
        self.get(sid)
        with self._ledger.lock:
            with self._ledger.write() as db:
                db.execute("DELETE FROM contents WHERE sid = ?", (sid,))
            self._cache.pop(sid, None)


def _content(row: Row) -> dict[str, Any]:
    content = dict(row)
    content["variables"] = json.loads(content["variables"])
    content["types"] = json.loads(content["types"])
    return compiled(content)
