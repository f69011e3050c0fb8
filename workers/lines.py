"""Who drains which line in this process: one sender per line, and one for replies beside it."""

import threading
from collections import defaultdict

from sqlalchemy.exc import DBAPIError

from runtime.wiring import Runtime, count_workers
from workers.pacing import Pacer
from workers.sender import Sender


class Lines:
    """Shared by the actors' threads and the sweep."""

    def __init__(self, runtime: Runtime) -> None:
        self.stopping = threading.Event()
        self._runtime = runtime
        self._pacer = Pacer(
            runtime.redis,
            processes=runtime.settings.worker_processes,
            counted=self._count_workers,
        )
        self._draining: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._replying: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def drain(self, line_id: int) -> int:
        """Send what is due on a line, in this thread; how many messages were worked on.

        While another thread drains it, only replies go out here: they never wait for a
        campaign's slice.
        """
        if self._draining[line_id].acquire(blocking=False):
            try:
                return self._send(line_id, only_replies=False)
            finally:
                self._draining[line_id].release()
        if self._replying[line_id].acquire(blocking=False):
            try:
                return self._send(line_id, only_replies=True)
            finally:
                self._replying[line_id].release()
        return 0

    def _count_workers(self) -> int:
        """On every machine, by the database: asked for while the broker is away."""
        try:
            with self._runtime.sessions() as session:
                return count_workers(session)
        except DBAPIError:
            return 0

    def _send(self, line_id: int, *, only_replies: bool) -> int:
        sender = Sender(
            self._runtime,
            line_id,
            self._pacer,
            only_replies=only_replies,
            stopping=self.stopping.is_set,
        )
        return sender.run()
