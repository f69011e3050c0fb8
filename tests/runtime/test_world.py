"""The test world itself keeps its promises."""

from collections.abc import Callable

from redis import Redis
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from runtime.wiring import Runtime, current_runtime
from tests.conftest import NOON


def test_a_committed_row_is_seen_by_another_session(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as one:
        one.execute(text("CREATE TEMP TABLE nothing (x int)"))
    with sessions() as two:
        assert two.scalar(text("SELECT 1")) == 1


def test_the_runtime_tells_the_databases_time(runtime: Runtime, session: Session) -> None:
    before = runtime.now()

    after = runtime.now(session)

    assert before.utcoffset() == NOON.utcoffset()
    assert before < after
    assert current_runtime() is runtime


def test_valkey_is_empty_at_the_start_of_a_test(valkey: Redis) -> None:
    assert valkey.keys() == []

    valkey.set("ana", "1")


def test_one_more_database_has_the_tables_too(
    engine: Engine, make_database: Callable[[], str]
) -> None:
    assert make_database() != make_database()
