"""Migrations and models say the same, and run once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from models.base import Base
from runtime import migrations
from runtime.embedded import EmbeddedPostgres
from runtime.wiring import make_engine


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    migrations.preload()  # every model is known after it
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, Base.metadata)

    assert differences == []
    assert migrations.pending(engine) == []


def test_processes_that_start_together_migrate_once(
    postgres: EmbeddedPostgres, make_database: Callable[[], str]
) -> None:
    engine = make_engine(postgres.create_database("started_together"))
    before = migrations.pending(engine)

    with ThreadPoolExecutor(3) as starters:
        list(starters.map(migrations.upgrade, [engine] * 3))

    assert before != []
    assert migrations.pending(engine) == []
    engine.dispose()


def test_a_database_a_newer_version_migrated_lacks_nothing(
    make_database: Callable[[], str],
) -> None:
    engine = make_engine(make_database())
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))

    assert migrations.pending(engine) == []
    engine.dispose()
