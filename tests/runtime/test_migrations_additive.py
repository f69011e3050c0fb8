"""During a deploy the code before and the code after share one database: what old code says works.

From each migration to the next: every table and column stays, with its type, and no less may be
written to it. Then the one before can go on inserting, updating and reading as it did.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from runtime import migrations
from runtime.embedded import EmbeddedPostgres
from runtime.wiring import make_engine


def _revisions() -> list[str]:
    script = ScriptDirectory.from_config(migrations._config())
    return [each.revision for each in reversed(list(script.walk_revisions()))]


_ROOT = Path(__file__).parents[2]
STEPS = list(itertools.pairwise(_revisions()))
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Column:
    kind: str
    is_nullable: bool
    fills_itself: bool


Tables = dict[tuple[str, str], Column]
"""By table and column."""


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    engine = make_engine(postgres.create_database(f"additive_{next(_numbers)}"))
    yield engine
    engine.dispose()


def _upgrade(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _tables(connection: Connection) -> Tables:
    return {
        (row.table_name, row.column_name): Column(
            row.kind, row.is_nullable, row.fills_itself or row.is_nullable
        )
        for row in connection.execute(text(_COLUMNS))
    }


@dataclass(frozen=True)
class Rule:
    definition: str
    columns: frozenset[str]


def _rules(connection: Connection) -> dict[tuple[str, str], Rule]:
    found = connection.execute(text(_RULES)).all()
    return {
        (row.table_name, row.name): Rule(row.definition, frozenset(row.columns or ()))
        for row in found
    }


def refused(before: Tables, after: Tables) -> list[str]:
    """What the code before would stumble over."""
    wrong = [f"{table}.{name} is gone" for table, name in before if (table, name) not in after]
    for (table, name), new in after.items():
        old = before.get((table, name))
        if old is not None and old.kind != new.kind:
            wrong.append(f"{table}.{name} was {old.kind} and is {new.kind}")
        if old is not None and old.fills_itself and not new.fills_itself:
            wrong.append(f"{table}.{name} must be given now")
        if old is not None and old.is_nullable and not new.is_nullable:
            wrong.append(f"{table}.{name} may no longer be null")
        if old is None and _has(before, table) and not new.fills_itself:
            wrong.append(f"{table}.{name} is new, and old code cannot give it")
    return wrong


def _has(tables: Tables, table: str) -> bool:
    return any(each == table for each, _ in tables)


def _is_about_new(old: Tables, table: str, rule: Rule) -> bool:
    """Old code never fills these columns: what it writes has nulls or defaults there."""
    return bool(rule.columns) and all((table, each) not in old for each in rule.columns)


def _takes_the_same(old: Rule | None, new: Rule) -> bool:
    """Unique where there is something, as before: only an `ON CONFLICT` that names it misses it."""
    if old is None:
        return False
    column = re.search(r"\((\w+)\)$", old.definition)
    return column is not None and new.definition == (
        f"{old.definition} WHERE ({column[1]} IS NOT NULL)"
    )


def test_no_statement_names_what_is_unique_in_part() -> None:
    sources = [
        *(_ROOT / "campaigns").rglob("*.py"),
        *(_ROOT / "workers").rglob("*.py"),
        *(_ROOT / "dashboard").rglob("*.py"),
    ]
    assert len(sources) > 200
    named = re.compile(
        r"ON CONFLICT \((bsuid|provider_sid)\)|index_elements=\[\"(bsuid|provider_sid)\"\]"
    )
    assert [each for each in sources if named.search(each.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_what_old_code_writes_is_taken_by_the_new_tables(
    empty: Engine, before: str, after: str
) -> None:
    _upgrade(empty, before)
    with empty.connect() as connection:
        old, old_rules = _tables(connection), _rules(connection)

    _upgrade(empty, after)

    with empty.connect() as connection:
        new, new_rules = _tables(connection), _rules(connection)
    assert len(old) > 100
    assert refused(old, new) == []
    stricter = [
        each
        for each, rule in new_rules.items()
        if _has(old, each[0])
        and old_rules.get(each) != rule
        and not _takes_the_same(old_rules.get(each), rule)
        and not _is_about_new(old, each[0], rule)
    ]
    assert stricter == []
    # `ON CONFLICT` names columns: the old unique index must still be there
    assert [each for each in old_rules if each not in new_rules] == []


CHANGES: dict[str, tuple[Callable[[Tables], Tables], str]] = {
    "a column dropped": (
        lambda tables: {key: each for key, each in tables.items() if key != ("messages", "state")},
        "messages.state is gone",
    ),
    "a column that must be given": (
        lambda tables: {**tables, ("messages", "new"): Column("text", False, False)},
        "messages.new is new, and old code cannot give it",
    ),
    "a default dropped": (
        lambda tables: {**tables, ("messages", "state"): Column("text", False, False)},
        "messages.state must be given now",
    ),
    "another type": (
        lambda tables: {**tables, ("messages", "state"): Column("bigint", False, True)},
        "messages.state was text and is bigint",
    ),
}


@pytest.mark.parametrize(("change", "complaint"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_that_is_not_additive_is_found(
    change: Callable[[Tables], Tables], complaint: str
) -> None:
    before = {("messages", "state"): Column("text", False, True)}

    assert refused(before, before) == []
    assert refused({**before, ("messages", "id"): Column("bigint", False, True)}, {
        **change(before), ("messages", "id"): Column("bigint", False, True),
    }) == [complaint]  # fmt: skip


_COLUMNS = """
SELECT table_name, column_name, is_nullable = 'YES' AS is_nullable,
    data_type || coalesce('(' || character_maximum_length || ')', '') AS kind,
    column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'
        OR EXISTS (  -- by a trigger that is named after it
            SELECT FROM pg_trigger t WHERE t.tgrelid = format('public.%I', table_name)::regclass
            AND t.tgname = 'fill_' || table_name || '_' || column_name
            AND t.tgtype & 7 = 7  -- before insert, each row
            AND t.tgenabled = 'O'
        ) AS fills_itself
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""

_RULES = """
SELECT cl.relname AS table_name, c.conname AS name, pg_get_constraintdef(c.oid) AS definition,
    (SELECT array_agg(a.attname::text) FROM pg_attribute a
        WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)) AS columns
FROM pg_constraint c JOIN pg_class cl ON cl.oid = c.conrelid
WHERE c.connamespace = 'public'::regnamespace AND c.contype <> 'n'  -- seen with the columns
UNION ALL
SELECT tablename, indexname, indexdef, '{}'::text[] FROM pg_indexes
WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'
"""
