"""One commit for everything that came in while the one before was being written.

Status callbacks come by the hundred a second, each in a thread of its own, and each must be
committed before it is answered. The first thread to arrive writes at once; those that arrive
meanwhile wait, and one of them then writes for all, after a moment in which some more may come.
Alone, nobody waits for anybody.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")

_MOST = 500  # items in one commit
_BUSY = 0.03  # seconds since the last one: more will come …
_GATHERING = 0.015  # … within these


class _Waiting(Generic[ItemT]):
    """An item, its thread's bell, and how it went."""

    __slots__ = ("bell", "done", "error", "item")

    def __init__(self, item: ItemT) -> None:
        self.item = item
        self.bell = threading.Event()
        self.done = False
        self.error: BaseException | None = None


class GroupCommit(Generic[ItemT]):
    """Hands items to ``write``, which commits them or raises, for one caller or for many."""

    def __init__(self, write: Callable[[Sequence[ItemT]], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._queue: list[_Waiting[ItemT]] = []
        self._writing = False
        self._wrote_at = float("-inf")

    def store(self, item: ItemT) -> None:
        """Return once the item is committed; raise what ``write`` raised if it is not."""
        mine = _Waiting(item)
        with self._lock:
            self._queue.append(mine)
            if not self._writing:
                self._writing = True
                mine.bell.set()
        mine.bell.wait()
        if not mine.done:  # rung to write, not because it is written
            self._write_all_waiting()
        if mine.error is not None:
            raise mine.error

    def _write_all_waiting(self) -> None:
        if time.monotonic() - self._wrote_at < _BUSY:
            time.sleep(_GATHERING)
        with self._lock:
            batch, self._queue = self._queue[:_MOST], self._queue[_MOST:]
        error: BaseException | None = None
        try:
            self._write([each.item for each in batch])
        except BaseException as raised:
            error = raised
        with self._lock:
            self._wrote_at = time.monotonic()
            for each in batch:
                each.done, each.error = True, error
            # Somebody who came meanwhile writes next, so that no request works for others long.
            if self._queue:
                self._queue[0].bell.set()
            else:
                self._writing = False
        for each in batch:
            each.bell.set()
