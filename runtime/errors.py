"""Why a process, a server or an installation cannot run.

CannotRun               a person must do something; the text says what
├─ SettingsError        settings are missing or wrong
├─ AlreadyRunning       another process owns the folder
├─ PortTaken            somebody else listens where we were told to
├─ NoServer             no binary for this machine, or no way to run it
├─ NotReady             a server ended, or did not answer in time
├─ NotRunning           the embedded server we rely on is not up
├─ UnsafeFolder         the private socket folder is not ours alone
├─ ServiceFailed        a process under the supervisor did not start
└─ BackupRefused        a backup cannot be made, or not be put back
"""

from collections.abc import Sequence
from pathlib import Path


class CannotRun(Exception):
    """Nothing is wrong with the code: somebody must act, and the text says how."""


class SettingsError(CannotRun):
    """Settings are missing or wrong; ``names`` has all of them."""

    def __init__(self, names: list[str], lines: list[str]) -> None:
        count = "1 setting is" if len(lines) == 1 else f"{len(lines)} settings are"
        super().__init__("\n  ".join([f"{count} missing or wrong:", *lines]))
        self.names = names


class AlreadyRunning(CannotRun):
    """Another process owns the folder."""

    def __init__(self, folder: Path, owner: str) -> None:
        super().__init__(f"already running on {folder} (process {owner or 'unknown'})")
        self.folder = folder
        self.owner = owner


class PortTaken(CannotRun):
    """Somebody else listens where we were told to."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is in use: set PREGON_PORT to another port")
        self.port = port


class NoServer(CannotRun):
    """A server cannot be provided here: no binary for this machine, or no way to run it."""


class NotReady(CannotRun):
    """A server ended, or did not answer in time; the text has the end of its log."""


class NotRunning(CannotRun):
    """The embedded server this installation relies on is not up."""

    def __init__(self, server: str, setting: str) -> None:
        super().__init__(
            f"{server} is not running: start it with ./pregon up, or set {setting} to another one"
        )
        self.server = server


class UnsafeFolder(CannotRun):
    """The private socket folder exists, but it is not ours alone."""


class ServiceFailed(CannotRun):
    """A service ended or stayed silent while it was being started."""

    def __init__(self, name: str, why: str, last_lines: Sequence[str]) -> None:
        super().__init__("\n    ".join([f"{name} did not start: {why}", *last_lines]))
        self.name = name


class BackupRefused(CannotRun):
    """A backup cannot be made or put back here; nothing was changed."""
