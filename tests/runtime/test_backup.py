"""A backup in one file, put back in one transaction, and held until it is reconciled."""

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from campaigns.restoring import HOLD_REASON, IDS_SKIPPED, is_held
from models.message import ID_BLOCK
from models.template import Line, Portfolio
from runtime import backup, migrations, server_binaries
from runtime.embedded import EmbeddedPostgres
from runtime.errors import BackupRefused, NoServer
from runtime.settings import Settings
from runtime.wiring import make_engine


@pytest.fixture
def database(postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[str]:
    """Migrated, with two lines, one of them held by a person."""
    url = postgres.create_database(f"backup_{abs(hash(tmp_path))}")
    engine = make_engine(url, pool_size=1)
    migrations.upgrade(engine)
    with Session(engine) as session, session.begin():
        portfolio = Portfolio(name="Principal")
        session.add(portfolio)
        session.flush()
        session.add_all(
            [
                Line(portfolio_id=portfolio.id, name="Abierta", sender="+5491150000001"),
                Line(
                    portfolio_id=portfolio.id,
                    name="Detenida",
                    sender="+5491150000002",
                    hold_reason="63007: x",
                ),
            ]
        )
    engine.dispose()
    return url


@pytest.fixture
def installation(settings: Settings, database: str, tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    for name in ("imports/1.csv", "postgres/base", "simulator/simulator.sqlite3"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    return replace(settings, data_dir=data, database_url=database)


@pytest.fixture
def asked(database: str) -> Iterator[Callable[[str], list[object]]]:
    """Ask the database; no connection stays."""
    engine = make_engine(database, pool_size=1)

    def ask(statement: str) -> list[object]:
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement))
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    yield ask
    engine.dispose()


Asked = Callable[[str], list[object]]


def test_what_came_after_the_backup_is_gone_and_every_line_is_held(
    installation: Settings, asked: Asked, tmp_path: Path
) -> None:
    file = tmp_path / "copy.tar"
    backup.back_up(installation, file)
    asked("UPDATE lines SET name = 'Otra'; SELECT nextval('messages_id_seq')")
    (installation.data_dir / "imports/1.csv").write_text("changed")

    backup.restore(installation, file, replace=True)

    assert asked("SELECT name, hold_reason FROM lines ORDER BY id") == [
        ("Abierta", HOLD_REASON),
        ("Detenida", "63007: x"),
    ]
    assert asked("SELECT reconciled_at FROM restores") == [(None,)]
    assert (installation.data_dir / "imports/1.csv").read_text() == "imports/1.csv"
    engine = make_engine(installation.database_url or "", pool_size=1)
    with Session(engine) as session:
        assert is_held(session)
    assert migrations.pending(engine) == []
    engine.dispose()


def test_ids_that_may_be_in_customers_links_are_not_handed_out_again(
    installation: Settings, asked: Asked, tmp_path: Path
) -> None:
    backup.back_up(installation, tmp_path / "copy.tar")
    ((before,),) = asked("SELECT last_value FROM messages_id_seq")  # type: ignore[misc]

    backup.restore(installation, tmp_path / "copy.tar", replace=True)

    ((after,),) = asked("SELECT nextval('messages_id_seq')")  # type: ignore[misc]
    assert after >= before + IDS_SKIPPED
    assert after % ID_BLOCK == 0


def test_servers_and_the_simulator_are_no_part_of_a_backup(
    installation: Settings, tmp_path: Path
) -> None:
    manifest = backup.back_up(installation, tmp_path / "copy.tar")

    with tarfile.open(tmp_path / "copy.tar") as archive:
        assert archive.getnames() == ["manifest.json", "database.dump", "files/imports/1.csv"]
    assert manifest.files == 1
    assert (tmp_path / "copy.tar").stat().st_mode & 0o077 == 0


def test_a_database_that_holds_something_is_replaced_only_if_that_is_said(
    installation: Settings, asked: Asked, tmp_path: Path
) -> None:
    backup.back_up(installation, tmp_path / "copy.tar")

    with pytest.raises(BackupRefused, match="--replace"):
        backup.restore(installation, tmp_path / "copy.tar")

    assert asked("SELECT count(*) FROM restores") == [(0,)]


def test_nothing_is_restored_under_the_feet_of_processes_that_run(
    installation: Settings, database: str, tmp_path: Path
) -> None:
    backup.back_up(installation, tmp_path / "copy.tar")
    engine = make_engine(database, pool_size=1)

    with engine.connect() as held_open:
        held_open.execute(text("SELECT 1"))
        with pytest.raises(BackupRefused, match="stop web, workers and timetable"):
            backup.restore(installation, tmp_path / "copy.tar", replace=True)
    engine.dispose()


def test_a_dump_that_ends_too_soon_changes_nothing(
    installation: Settings, asked: Asked, tmp_path: Path
) -> None:
    backup.back_up(installation, tmp_path / "copy.tar")
    whole, cut = tmp_path / "dump", tmp_path / "cut.tar"
    with tarfile.open(tmp_path / "copy.tar") as archive:
        archive.extractall(tmp_path / "taken apart")
    whole = tmp_path / "taken apart" / "database.dump"
    whole.write_bytes(whole.read_bytes()[:-3_000])
    with tarfile.open(cut, "w") as archive:
        archive.add(tmp_path / "taken apart" / "manifest.json", "manifest.json")
        archive.add(whole, "database.dump")

    with pytest.raises(BackupRefused, match="nothing was changed"):
        backup.restore(installation, cut, replace=True)

    assert asked("SELECT name, hold_reason FROM lines ORDER BY id")[0] == ("Abierta", None)


def test_a_file_that_exists_is_not_written_over(installation: Settings, tmp_path: Path) -> None:
    (tmp_path / "copy.tar").write_text("mine")

    with pytest.raises(BackupRefused, match="exists"):
        backup.back_up(installation, tmp_path / "copy.tar")

    assert (tmp_path / "copy.tar").read_text() == "mine"


def test_what_is_no_backup_is_refused(installation: Settings, tmp_path: Path) -> None:
    (tmp_path / "copy.tar").write_text("no tar at all")

    with pytest.raises(BackupRefused, match="no backup"):
        backup.restore(installation, tmp_path / "copy.tar", replace=True)


def test_a_backup_of_a_later_version_is_left_to_that_version(
    installation: Settings, asked: Asked, tmp_path: Path
) -> None:
    asked("UPDATE alembic_version SET version_num = 'from_the_future'")
    backup.back_up(installation, tmp_path / "copy.tar")

    with pytest.raises(BackupRefused, match="later version"):
        backup.restore(installation, tmp_path / "copy.tar", replace=True)


def test_a_name_that_leads_out_of_the_data_folder_is_refused(
    installation: Settings, tmp_path: Path
) -> None:
    backup.back_up(installation, tmp_path / "copy.tar")
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "copy.tar", "a") as archive:
        archive.add(tmp_path / "evil", "files/../../evil.txt")

    with pytest.raises(BackupRefused, match="leads out"):
        backup.restore(installation, tmp_path / "copy.tar", replace=True)


def test_programs_of_another_version_than_the_servers_are_refused_by_name() -> None:
    with pytest.raises(NoServer, match=r"PostgreSQL 11.*postgresql-client-11"):
        server_binaries.client_programs(11)


def test_an_engine_is_not_needed_to_find_the_wheels_programs(engine: Engine) -> None:
    with engine.connect() as connection:
        number = int(connection.execute(text("SHOW server_version_num")).scalar_one())

    assert (server_binaries.client_programs(number // 10_000) / "pg_restore").exists()
