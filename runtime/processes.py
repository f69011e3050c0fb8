"""Children that never outlive us, and folders with one owner at a time."""

import contextlib
import ctypes
import fcntl
import functools
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from runtime.errors import AlreadyRunning

_BEHIND = 5  # niceness: a weight of 335 beside 1024. Source: kernel/sched/core.c
_PR_SET_PDEATHSIG = 1


def keep_what_is_loaded() -> None:
    """Code, mappings and tables stay as long as this process: the collector need not look again.

    It took 70 to 85 ms each time, between two messages or in the middle of a page.
    """
    gc.collect()
    gc.freeze()


class FolderLock:
    """Ownership of a folder, given up by the kernel when the process ends in any way."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take it.

        Raises:
            AlreadyRunning: a living process has it.
        """
        if self._file is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip()
            file.close()
            raise AlreadyRunning(self._path.parent, owner) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give it up; the file stays, because removing it would race with the next owner."""
        if self._file is not None:
            self._file.close()
            self._file = None


def spawn(
    argv: Sequence[str],
    *,
    output: int | IO[bytes],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    dies_with: signal.Signals = signal.SIGTERM,
    steps_back: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own, so a terminal's Ctrl-C does not reach it before us.

    On Linux the kernel sends it ``dies_with`` when the *thread* that called this ends, hence
    the main thread only. With ``steps_back`` it gets a third of the processor where another
    wants it too.

    Raises:
        RuntimeError: called from another thread.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children must be spawned from the main thread")
    child = subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=None if env is None else dict(env),
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_dies_with_parent(dies_with),
    )
    if steps_back:
        _step_back(child.pid)
    return child


def _step_back(pid: int) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, pid, _BEHIND)
    # Linux may share the processor among sessions first, and heeds niceness only inside of each.
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(f"{_BEHIND}\n")


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send us ``number`` when our parent's thread ends; on Linux only."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, int(number))


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal the child and everything it started; nothing happens if all are gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_orphan(pid_file: Path, *, mark: str, number: signal.Signals, within: float = 20) -> None:
    """Stop the server a killed predecessor left behind, if one still runs.

    Only a process whose command line contains ``mark`` (its own data folder) is touched, so a
    number reused by something else is safe.

    Raises:
        TimeoutError: it did not end in time.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    if pid <= 1 or mark not in _command_line(pid):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    deadline = time.monotonic() + within
    while mark in _command_line(pid):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid}, left behind in {mark}, does not stop")
        time.sleep(0.05)


def forget_the_dead(pid_file: Path, *, folder: Path, within: float = 5) -> None:
    """Wait until a killed server's number is free; remove the file if nobody frees it.

    A process that was killed keeps its number until its parent takes note of it, which the first
    process of a container may do late or never; PostgreSQL then takes itself for running. The
    file stays if anything still works in ``folder``.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    deadline = time.monotonic() + within
    while _is_dead(pid):
        if time.monotonic() > deadline:
            if not _works_in(folder):
                pid_file.unlink(missing_ok=True)
            return
        time.sleep(0.05)


def _is_dead(pid: int) -> bool:
    """It has ended, and its number is still taken. Linux alone says so."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in ("Z", "X") or not _command_line(pid)


def _works_in(folder: Path) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder:
                return True
    return False


def _command_line(pid: int) -> str:
    if sys.platform == "linux":
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace")
    listing = subprocess.run(
        ["/bin/ps", "-p", str(pid), "-o", "args="],
        capture_output=True,
        text=True,
        check=False,
    )
    return listing.stdout


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _dies_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None  # macOS has no such thing: `end_orphan` makes up for it at the next start
    prctl = _libc().prctl  # looked up here: after the fork only the call itself is safe
    parent = os.getpid()
    code = int(number)

    def arm() -> None:
        prctl(_PR_SET_PDEATHSIG, code)
        if os.getppid() != parent:  # the parent died between fork and here
            os._exit(1)

    return arm
