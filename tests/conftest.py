"""The world every test lives in: real PostgreSQL and Valkey, made once, emptied for each test.

Each process of pytest (xdist's too) has servers of its own, started when a test first asks.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dramatiq.broker
import pytest
from redis import Redis
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker
from xdist.scheduler.loadfile import LoadFileScheduling

from campaigns.sending_hours import ALWAYS
from runtime import migrations, wiring
from runtime.embedded import EmbeddedPostgres, EmbeddedValkey, postgres_url
from runtime.settings import Settings
from runtime.wiring import Runtime, make_engine, set_runtime

NOON = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Buenos Aires

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "the-token-of-no-account"
_TEMPLATE = "pregon_template"
BROWSER = "tests/browser/"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--no-browser` and `--update-screenshots`, read by the browser stories."""
    parser.addoption(
        "--no-browser", action="store_true", help="leave the browser stories out on purpose"
    )
    parser.addoption(
        "--update-screenshots", action="store_true", help="take the README's picture anew"
    )


class OneOffice(LoadFileScheduling):
    """A file to a process, all browser stories to one: their office takes half a minute to open."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return BROWSER if scope.startswith(BROWSER) else scope


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Of `--dist loadfile`; another that somebody asks for is xdist's own."""
    return OneOffice(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A running PostgreSQL that forgets durability."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("pg"), durable=False)
    server.start()
    try:
        server.wait_ready()
        _leave_statistics_alone(server)
        yield server
    finally:
        server.stop()
        shutil.move(server.log, server.data_dir.parent / f"{server.data_dir.name}.log")
        shutil.rmtree(server.data_dir)  # 60 MB that pytest would keep for three runs


def _leave_statistics_alone(server: EmbeddedPostgres) -> None:
    """A test that has figures of another's tables, by chance of the minute, has other plans."""
    engine = make_engine(postgres_url(server.data_dir, "postgres"), pool_size=1)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("ALTER SYSTEM SET autovacuum = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres) -> str:
    """The name of a database with every migration applied, to copy from and never to touch."""
    url = postgres.create_database(_TEMPLATE)
    engine = make_engine(url, pool_size=1)
    migrations.upgrade(engine)
    _teach_to_empty_itself(engine)
    engine.dispose()
    return _TEMPLATE


_numbers = count(1)


@pytest.fixture(scope="session")
def make_database(postgres: EmbeddedPostgres, migrated_template: str) -> Callable[[], str]:
    """Call it for the address of one more migrated database (about 30 ms)."""
    return lambda: postgres.create_database(f"world_{next(_numbers)}", migrated_template)


@pytest.fixture(scope="session")
def _world_engine(make_database: Callable[[], str]) -> Iterator[Engine]:
    engine = make_engine(make_database(), pool_size=16)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(_world_engine: Engine) -> Engine:
    """The test's database: migrated, and empty but for what the migrations themselves insert."""
    with _world_engine.begin() as connection:
        # What an earlier test left locked is that test's fault: say so instead of hanging.
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(text("SELECT pristine.empty_the_world()"))
    return _world_engine


@pytest.fixture
def database_url(engine: Engine) -> str:
    """The address of the test's database, for processes of its own."""
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions that really commit; two of them see each other as two processes would."""
    return sessionmaker(engine, expire_on_commit=False)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One session; commit it for others to see, what is left open is rolled back."""
    with sessions() as session:
        yield session


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A running Valkey."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("vk"))
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture
def valkey(valkey_server: EmbeddedValkey) -> Iterator[Redis]:
    """A client of an empty Valkey."""
    client = Redis.from_url(valkey_server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def settings(tmp_path: Path, database_url: str, valkey_server: EmbeddedValkey) -> Settings:
    """An installation aimed at this test's database and Valkey, and at no provider."""
    return Settings(
        data_dir=tmp_path / "data",
        public_url="https://pregon.example",
        secret_key="k" * 48,
        database_url=database_url,
        redis_url=valkey_server.url,
        timezone=ZoneInfo("America/Argentina/Buenos_Aires"),
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        twilio_base_url="http://127.0.0.1:9",  # the discard port: nobody answers
        sending_hours=ALWAYS,  # where a test has no clock of its own, it may be night
    )


@pytest.fixture(scope="session")
def _kept_engines() -> Callable[..., Engine]:
    """What `make_engine` makes, once for the same: its compiled statements serve the next test."""
    return cache(make_engine)


@pytest.fixture
def runtime(
    settings: Settings, valkey: Redis, _kept_engines: Callable[..., Engine]
) -> Iterator[Runtime]:
    """A wired process, also what `current_runtime` gives while the test runs."""
    assert settings.database_url is not None
    assert settings.redis_url is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "make_engine", _kept_engines)
        runtime = Runtime(
            settings, database_url=settings.database_url, redis_url=settings.redis_url, pool_size=16
        )
    set_runtime(runtime)
    # a broker that an earlier test left points at servers that may be gone
    dramatiq.broker.global_broker = None
    yield runtime
    set_runtime(None)
    with contextlib.suppress(Exception):
        runtime.close()


def _teach_to_empty_itself(engine: Engine) -> None:
    """Give the template a function that deletes every row and puts the migrations' own back.

    DELETE in one call takes about a millisecond for 40 tables; TRUNCATE fifty. In the replica
    role neither foreign keys nor append-only triggers object. Figures that a test had made of its
    tables go too: another test's plans would hang on them.
    """
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA pristine"))
        steps = []
        for table, columns in connection.execute(text(_TABLES)).all():
            steps.append(f"DELETE FROM public.{table};")
            if connection.execute(text(f"SELECT 1 FROM public.{table} LIMIT 1")).first():
                connection.execute(
                    text(f"CREATE TABLE pristine.{table} AS SELECT {columns} FROM public.{table}")
                )
                steps.append(
                    f"INSERT INTO public.{table} ({columns}) OVERRIDING SYSTEM VALUE"
                    f" SELECT {columns} FROM pristine.{table};"
                )
        connection.exec_driver_sql(
            "CREATE FUNCTION pristine.empty_the_world() RETURNS void LANGUAGE plpgsql AS $$\n"
            "BEGIN\nSET LOCAL session_replication_role = replica;\n"
            + "\n".join(steps)
            + _FORGET_FIGURES
            + "\nSET LOCAL session_replication_role = origin;\nEND $$"
        )


_FORGET_FIGURES = """
DELETE FROM pg_statistic s USING pg_class c
    WHERE c.oid = s.starelid AND c.relnamespace = 'public'::regnamespace;
UPDATE pg_class SET reltuples = -1, relpages = 0
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND reltuples >= 0;
"""

_TABLES = """
SELECT quote_ident(t.table_name), string_agg(quote_ident(c.column_name), ', ')
FROM information_schema.tables t
JOIN information_schema.columns c
  ON c.table_schema = t.table_schema AND c.table_name = t.table_name
WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'
  AND t.table_name <> 'alembic_version' AND c.is_generated = 'NEVER'
GROUP BY 1 ORDER BY 1
"""
