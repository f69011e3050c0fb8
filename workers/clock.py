"""The database's time without asking it for every statement."""

import time
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from runtime.wiring import Runtime

_KEPT = 2.0  # seconds
_AT_ONCE = 0.1  # seconds: an answer that took longer says nothing of the next statement


class DatabaseClock:
    """Asked every two seconds; in between this process's monotonic clock goes on from there.

    So leases and due times are the database's, whatever the machines' own clocks say. It is
    behind by the way of an answer and never ahead: what was written before something else
    must not be recorded as after it.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._told: datetime | None = None
        self._told_at = 0.0

    def now(self, session: Session) -> datetime:
        asked_at = time.monotonic()
        passed = asked_at - self._told_at
        if self._told is None or passed > _KEPT:
            told, answered_at = self._runtime.now(session), time.monotonic()
            # both or neither: an answer that never came must not set the clock back
            is_fresh = answered_at - asked_at <= _AT_ONCE
            self._told, self._told_at = told if is_fresh else None, answered_at
            return told
        return self._told + timedelta(seconds=passed)
