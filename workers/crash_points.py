"""Named points at which a worker of a fault test kills itself as `kill -9` would.

They exist only while `PREGON_CRASH_AT` names some, and settings refuse that unless the provider
is a stub on this machine. Each point is reached once: a mark in the data folder says that it
was; whoever removes the mark arms it anew.

    claim ─ after_claim ─ attempt committed ─ before_post ─ the request leaves, is answered
        ─ after_post ─ outcome written ─ before_commit ─ outcome committed ─ after_commit
"""

import os
import signal
from collections.abc import Collection
from pathlib import Path


class CrashPoints:
    def __init__(self, names: Collection[str], folder: Path) -> None:
        self._names = names
        self._folder = folder

    def reach(self, name: str) -> None:
        """Die here if this point is armed."""
        if name not in self._names:
            return
        try:
            mark(self._folder, name).touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def mark(folder: Path, name: str) -> Path:
    """The file that says a point was reached."""
    return folder / f"crashed-{name}"
