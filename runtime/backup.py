"""A backup in one file, and putting it back: the database, and the files that people sent in.

The file is a tar: `manifest.json`, `database.dump` (pg_dump's own format) and `files/…`, the data
folder's folders but those of the servers, of the simulator and of other installations. Settings
and secrets are not in it.

A restore is one transaction: what was there goes, what was saved comes, and the hold of
`campaigns.restoring` with it. There is no moment in which old data could be sent from.
"""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import IO

from sqlalchemy import URL, Engine, make_url, text
from sqlalchemy.orm import Session

from campaigns import restoring
from runtime import embedded, migrations
from runtime.embedded import EmbeddedPostgres
from runtime.errors import BackupRefused
from runtime.processes import FolderLock
from runtime.server_binaries import client_programs
from runtime.settings import Settings, child_environment
from runtime.wiring import make_engine

FORMAT = 1
_OTHERS = frozenset(
    {"postgres", "postgres.new", "valkey", "simulator", "demo", "chaos", "screenshots"}
)
"""Folders of the data folder that are no part of an installation's own files."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in a backup; ``taken_at`` is by the database's clock, before anything was read."""

    format: int
    pregon: str
    revision: str  # of the migrations
    postgres: int  # major version
    taken_at: str
    files: int


@contextmanager
def database_of(settings: Settings) -> Iterator[str]:
    """The installation's database; the embedded one is started for us alone if it is down.

    Raises:
        AlreadyRunning: the installation is starting or stopping.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    if embedded.postgres_runs(settings.data_dir):
        yield embedded.postgres_url(settings.data_dir)
        return
    lock = FolderLock(settings.data_dir / "lock")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock.acquire()
    server = EmbeddedPostgres(settings.data_dir)
    try:
        server.start()
        server.wait_ready()
        yield server.url
    finally:
        server.stop()
        lock.release()


def back_up(settings: Settings, file: Path) -> Manifest:
    """Write ``file``: while everything runs, and as of one moment.

    Raises:
        BackupRefused: the file exists, or the database could not be read.
        NoServer: no pg_dump of the server's version.
    """
    if file.exists():
        raise BackupRefused(f"{file} exists: name another file")
    with database_of(settings) as url, tempfile.TemporaryDirectory(dir=file.parent) as name:
        engine = make_engine(url, pool_size=1)
        try:
            major, taken_at, revision = _facts(engine)
        finally:
            engine.dispose()
        if not revision:
            raise BackupRefused("the database has no tables yet: there is nothing to back up")
        dump = Path(name) / "database.dump"
        _dump(url, dump, major)
        files = _own_files(settings.data_dir)
        manifest = Manifest(
            format=FORMAT,
            pregon=version("pregon"),
            revision=revision,
            postgres=major,
            taken_at=taken_at.isoformat(),
            files=len(files),
        )
        whole = Path(name) / "whole"
        _pack(whole, manifest, dump, files, settings.data_dir)
        whole.rename(file)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """Raises BackupRefused: it is no backup of ours, or of a later version."""
    try:
        with tarfile.open(file) as archive:
            member = archive.extractfile("manifest.json")
            assert member is not None
            manifest = Manifest(**json.load(member))
    except (OSError, tarfile.TarError, KeyError, ValueError, TypeError, AssertionError) as error:
        raise BackupRefused(f"{file} is no backup that can be read: {error}") from error
    if manifest.format != FORMAT:
        raise BackupRefused(f"{file} has format {manifest.format}; this version reads {FORMAT}")
    return manifest


def restore(settings: Settings, file: Path, *, replace: bool = False) -> Manifest:
    """Put a backup in the place of what the database has, held; then bring its tables up to date.

    Raises:
        BackupRefused: no backup; the database has tables and ``replace`` does not say that they
            may go; something is connected to it; or it could not be read back. Nothing is changed.
        NoServer: no pg_restore and psql of the server's version.
    """
    manifest = read_manifest(file)
    if manifest.revision not in migrations.known_revisions():
        raise BackupRefused(
            f"{file} was made by a later version ({manifest.pregon}, {manifest.revision}): "
            "restore it with that one"
        )
    with database_of(settings) as url, tempfile.TemporaryDirectory() as name:
        engine = make_engine(url, statement_timeout=timedelta(0), pool_size=1)
        try:
            major = _may_be_replaced(engine, manifest, replace=replace)
            dump = Path(name) / "database.dump"
            _unpack(file, dump, settings.data_dir)
            _put_back(url, dump, major)
            migrations.upgrade(engine)
            with Session(engine) as session, session.begin():
                taken_at = datetime.fromisoformat(manifest.taken_at)
                restoring.begin_hold(session, taken_at=taken_at)
        finally:
            engine.dispose()
    return manifest


def _facts(engine: Engine) -> tuple[int, datetime, str]:
    with engine.connect() as connection:
        row = connection.execute(text(_FACTS)).one()
        revision = ""
        if row.has_tables:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            revision = str(found or "")
        return row.number // 10_000, row.now.astimezone(UTC), revision


def _may_be_replaced(engine: Engine, manifest: Manifest, *, replace: bool) -> int:
    """The server's major version, if the backup may go there."""
    major, _now, revision = _facts(engine)
    if major < manifest.postgres:
        raise BackupRefused(
            f"the backup is of PostgreSQL {manifest.postgres}, the server is {major}: "
            "restore it to the same version or a newer one"
        )
    if revision and not replace:
        raise BackupRefused(
            "the database has tables: what it holds would be lost (--replace says that it may be)"
        )
    with engine.connect() as connection:
        others = connection.execute(text(_OTHERS_CONNECTED)).scalar_one()
    if others:
        raise BackupRefused(
            f"{others} connections to the database are open: stop web, workers and timetable first"
        )
    return major


def _dump(url: str, dump: Path, major: int) -> None:
    program = client_programs(major) / "pg_dump"
    options = ["--format=custom", "--no-owner", "--no-privileges", "--no-publications"]
    where, environment = _connection(url)
    _run([program, *options, "--no-subscriptions", "-f", dump, "-d", where], environment)


def _put_back(url: str, dump: Path, major: int) -> None:
    """All of it or nothing: COMMIT is sent once pg_restore has read the dump to its end."""
    programs = client_programs(major)
    where, environment = _connection(url)
    psql = subprocess.Popen(
        [programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-d", where],
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    reader = subprocess.Popen(
        [programs / "pg_restore", "--no-owner", "--no-privileges", "-f", "-", dump],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert psql.stdin is not None
    assert reader.stdout is not None
    is_whole = False
    try:
        psql.stdin.write(b"BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n")
        shutil.copyfileobj(reader.stdout, psql.stdin, _CHUNK)
        is_whole = reader.wait() == 0
        if is_whole:
            psql.stdin.write(f"{restoring.HOLD}\nCOMMIT;\n".encode())
    except BrokenPipeError:
        pass  # psql has given up, and says why
    _end(psql, reader, is_whole=is_whole)


def _end(
    psql: "subprocess.Popen[bytes]", reader: "subprocess.Popen[bytes]", *, is_whole: bool
) -> None:
    _, said = psql.communicate()
    if reader.poll() is None:
        reader.kill()
    _, why = reader.communicate()
    if psql.returncode or not is_whole:
        told = (said or why).decode(errors="replace").strip()[-800:]
        raise BackupRefused(f"the backup could not be put back, nothing was changed: {told}")


def _connection(url: str) -> tuple[str, dict[str, str]]:
    """The address for PostgreSQL's own programs; its password goes by the environment alone."""
    parts: URL = make_url(url)
    secret = {"PGPASSWORD": str(parts.password)} if parts.password else {}
    plain = parts.set(drivername="postgresql", password=None)
    return plain.render_as_string(hide_password=False), child_environment(secret)


def _run(argv: list[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupRefused(f"{Path(argv[0]).name} failed: {done.stderr.strip()[-800:]}")


def _own_files(data_dir: Path) -> list[Path]:
    folders = [each for each in data_dir.glob("*") if each.is_dir() and each.name not in _OTHERS]
    return sorted(
        each for folder in folders for each in folder.rglob("*")
        if each.is_file() and not each.is_symlink()
    )  # fmt: skip


def _pack(whole: Path, manifest: Manifest, dump: Path, files: list[Path], data_dir: Path) -> None:
    told = whole.with_name("manifest.json")
    told.write_text(json.dumps(asdict(manifest), indent=1))
    whole.touch(mode=0o600)  # people's data
    with tarfile.open(whole, "w") as archive:
        archive.add(told, "manifest.json")
        archive.add(dump, "database.dump")
        for each in files:
            try:
                archive.add(each, f"files/{each.relative_to(data_dir).as_posix()}")
            except FileNotFoundError:
                continue  # an import was done with it meanwhile


def _unpack(file: Path, dump: Path, data_dir: Path) -> None:
    """The dump, and the files to where they were; names that lead elsewhere are refused."""
    with tarfile.open(file) as archive:
        for member in archive:
            if member.name == "database.dump":
                target = dump
            elif member.isfile() and member.name.startswith("files/"):
                target = (data_dir / member.name.removeprefix("files/")).resolve()
                if data_dir.resolve() not in target.parents:
                    raise BackupRefused(f"{member.name} leads out of the data folder")
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            else:
                continue
            content: IO[bytes] | None = archive.extractfile(member)
            assert content is not None
            with target.open("wb") as written:
                shutil.copyfileobj(content, written, _CHUNK)
            target.chmod(0o600)
    if not dump.exists():
        raise BackupRefused(f"{file} has no database in it")


_FACTS = """
SELECT current_setting('server_version_num')::int AS number, clock_timestamp() AS now,
    to_regclass('public.alembic_version') IS NOT NULL AS has_tables
"""

_OTHERS_CONNECTED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
