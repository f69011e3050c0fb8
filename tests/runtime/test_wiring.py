"""A process's connections: UTC, bounded statements, and nothing shared over a fork."""

import os
import time
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from runtime.errors import NotRunning
from runtime.settings import Settings
from runtime.wiring import Runtime, build_runtime, current_runtime, make_engine


def test_a_statement_that_runs_away_is_ended(database_url: str) -> None:
    engine = make_engine(database_url, statement_timeout=timedelta(milliseconds=50), pool_size=1)

    with engine.connect() as connection, pytest.raises(OperationalError, match="timeout"):
        connection.execute(text("SELECT pg_sleep(5)"))
    engine.dispose()


def test_connections_speak_utc_and_keep_the_addresss_own_options(database_url: str) -> None:
    engine = make_engine(f"{database_url}&options=-c%20work_mem%3D5MB", pool_size=1)

    with engine.connect() as connection:
        told = [connection.scalar(text(f"SHOW {name}")) for name in ("timezone", "work_mem")]
    engine.dispose()

    assert told == ["UTC", "5MB"]


def test_time_is_the_databases_and_aware(runtime: Runtime, session: Session) -> None:
    assert runtime.now(session).tzinfo is UTC


def test_a_forked_child_opens_connections_of_its_own(runtime: Runtime) -> None:
    ours = _backend(runtime.sessions)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            theirs = current_runtime()
            os.write(writing, f"{theirs is runtime} {_backend(theirs.sessions)}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    told = os.read(reading, 100).decode().split()
    os.close(reading)

    assert told[0] == "False"
    assert int(told[1]) != ours
    assert _backend(runtime.sessions) == ours


def _backend(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_the_redis_client_never_repeats_a_command_and_never_waits_for_ever(
    runtime: Runtime,
) -> None:
    options = runtime.redis.connection_pool.connection_kwargs

    assert options["socket_timeout"] == 5.0
    assert options["retry"].get_retries() == 0


def test_without_its_embedded_database_a_process_says_how_to_start_it(settings: Settings) -> None:
    with pytest.raises(NotRunning, match=r"\./pregon up"):
        build_runtime(replace(settings, database_url=None))


def test_a_connection_that_ended_while_it_lay_idle_is_not_used(
    runtime: Runtime, database_url: str
) -> None:
    """PostgreSQL was restarted, or a firewall forgot us: nobody's request pays for it."""
    ended = [_backend(sessions) for sessions in (runtime.sessions, runtime.lookups)]
    killer = make_engine(database_url, pool_size=1)
    with killer.connect() as connection:
        for each in ended:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": each})
    killer.dispose()
    time.sleep(1.2)

    now = [_backend(sessions) for sessions in (runtime.sessions, runtime.lookups)]
    assert not set(now) & set(ended)


def test_a_lookup_is_no_transaction_and_keeps_its_plan(runtime: Runtime) -> None:
    with runtime.lookups() as session:
        first, second = (
            session.execute(text("SELECT transaction_timestamp(), pg_sleep(0.01)")).scalar_one()
            for _ in range(2)
        )
        mode = session.execute(text("SHOW plan_cache_mode")).scalar_one()
    assert first < second
    assert mode == "force_generic_plan"
