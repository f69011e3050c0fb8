"""Bring a database to the tables this code expects, once, however many processes start.

`python -m runtime.migrations "what changes"` drafts the next migration from the models, against
a database made for it; read the draft before it is committed.
"""

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

import models
from runtime.embedded import EmbeddedPostgres
from runtime.wiring import make_engine

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x70726567  # "preg": any fixed number, the same in every version of this code


def upgrade(engine: Engine) -> None:
    """Run every migration the database has not seen, in one transaction, one process at a time.

    Give an engine without a statement time-out when tables may be large.
    """
    from alembic import command

    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def upgrade_url(database_url: str) -> None:
    """The same for an address, with connections of its own."""
    engine = make_engine(database_url, pool_size=1)
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def preload() -> None:
    """Do the slow imports now, while something else is waited for."""
    importlib.import_module("alembic.command")
    for module in pkgutil.iter_modules(models.__path__):
        if not module.ispkg:
            importlib.import_module(f"models.{module.name}")


def pending(engine: Engine) -> list[str]:
    """The migrations the database still lacks, oldest first; empty means ready to serve."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    with engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    known = {revision.revision for revision in script.walk_revisions()}
    seen = {
        revision.revision
        for head in heads
        if head in known  # a newer version migrated it already: additive, so nothing is missing
        for revision in script.iterate_revisions(head, "base")
    }
    if heads and not seen:
        return []
    return [
        f"{revision.revision} {revision.doc}"
        for revision in reversed(list(script.walk_revisions()))
        if revision.revision not in seen
    ]


def known_revisions() -> set[str]:
    """What this code can bring up to date."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    return {revision.revision for revision in script.walk_revisions()}


def draft(message: str) -> list[Path]:
    """Write the next migration from the difference between models and migrations."""
    from alembic import command

    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder), durable=False)
        server.start()
        try:
            server.wait_ready()
            upgrade_url(server.url)
            engine = make_engine(server.url, pool_size=1)
            with engine.begin() as connection:
                config = _config()
                config.attributes["connection"] = connection
                made = command.revision(config, message, autogenerate=True)
            engine.dispose()
        finally:
            server.stop()
    scripts = made if isinstance(made, list) else [made]
    return [Path(script.path) for script in scripts if script is not None]


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).resolve().parent.parent / "models" / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


if __name__ == "__main__":
    for path in draft(" ".join(sys.argv[1:]) or "change"):
        print(path)
