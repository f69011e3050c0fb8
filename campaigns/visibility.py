"""Which rows a person may see: one mechanism for pages, search, exports, live parts and actions.

Supervisors and administrators see all. An operator sees the campaigns he is assigned to with
all their cases; of a visible case the subscription, its customer, and what hangs on them; of a
visible subscription the results of all campaigns; of a contact point with which he has a visible
case the whole conversation. What `campaigns.visibility_rules` does not name he does not see.

It narrows ORM statements (`select(Case.id)`, however deep the entity stands in them). Statements
written as text know nothing of it: reach the record they are about first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    SelectBase,
    Table,
    event,
    false,
    inspect,
    select,
)
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import SelectState
from sqlalchemy.sql.util import ClauseAdapter

from campaigns.errors import NotFound
from campaigns.visibility_rules import FOR_ALL, NAMED, RULES, Viewer
from models.base import Base

Model = TypeVar("Model", bound=Base)
Statement = TypeVar("Statement", bound=Executable)
_BIGGEST_ID = 2**63 - 1
_NAMING = "names_through_visible_rows"
_OF_SEEN = "of_rows_that_were_seen"


class Unscoped(TypeError):
    """A select of plain tables in a restricted session: it would show every row."""


def visible(statement: Statement, viewer: Viewer) -> Statement:
    """The statement, of the rows that ``viewer`` may see; run it with his `Viewer.values`.

    Raises:
        Unscoped: it cannot be narrowed.
    """
    if viewer.sees_all:
        return statement
    kept = _kept.get(id(statement))
    if kept is None:
        return _narrowed(statement)
    if kept.narrowed is None:
        kept.narrowed = _narrowed(statement)
    return cast(Statement, kept.narrowed)


@dataclass(slots=True)
class _Kept:
    statement: Executable  # for ever, so that its id is nobody else's
    narrowed: Executable | None = None


_kept: dict[int, _Kept] = {}


def keep(statement: Statement) -> Statement:
    """A statement that is made once, its values given as it is run: it is narrowed once, too.

    To look for all that stands in a long one takes longer than to run it.
    """
    _kept[id(statement)] = _Kept(statement)
    return statement


def _narrowed(statement: Statement) -> Statement:
    named = statement.get_execution_options().get(_NAMING, ())
    criteria = _criteria()
    options = [criteria[e] for e in _entities(statement) if e in criteria and e not in named]
    return statement.options(*options) if options else statement


def naming(statement: Statement, *entities: type[Base]) -> Statement:
    """Let the statement join ``entities`` of foreign campaigns, to name them beside visible rows.

    A result of another campaign is visible with its subscription; the name of that campaign is
    read through it. Only columns of ``entities`` that name (id, name, state, dates) may be shown.
    """
    return statement.execution_options(**names(*entities))


def names(*entities: type[Base]) -> dict[str, Any]:
    """The execution options that `naming` gives a statement."""
    if not set(entities) <= NAMED:
        raise Unscoped(f"only {', '.join(sorted(each.__name__ for each in NAMED))} can be named")
    return {_NAMING: frozenset(entities)}


def of_seen(statement: Statement) -> Statement:
    """Let the statement through as it is: it completes rows that were found visible just before.

    It may name rows only by ids that a narrowed statement of this session has found (those of a
    campaign, say, by the campaign's), and read of them what the rules show together with them: to
    say so again of every table takes longer than to read fifty rows.
    """
    return statement.execution_options(**{_OF_SEEN: True})


def restrict(session: Session, viewer: Viewer) -> None:
    """Let every ORM select of this session see only what ``viewer`` may see."""
    if viewer.sees_all:
        return

    @event.listens_for(session, "do_orm_execute")
    def narrow(state: ORMExecuteState) -> None:
        if state.is_select and not state.is_column_load and _OF_SEEN not in state.execution_options:
            state.statement = visible(state.statement, viewer)
            given = cast(dict[str, Any], state.parameters or {})  # of one run, not of many
            state.parameters = {**given, **viewer.values}


def reach(session: Session, model: type[Model], row_id: int, viewer: Viewer) -> Model:
    """The row with this id, if ``viewer`` may see it.

    Raises:
        NotFound: there is none, or it is not his to see: nobody learns which.
    """
    key = inspect(model).primary_key[0]
    row: Model | None = None
    if 0 < row_id <= _BIGGEST_ID:
        row = session.scalar(visible(select(model).where(key == row_id), viewer), viewer.values)
    if row is None:
        raise NotFound(model.__name__.lower(), row_id)
    return row


def reach_all(session: Session, model: type[Model], ids: Sequence[int], viewer: Viewer) -> None:
    """See that ``viewer`` may see every one of these rows; raises NotFound as `reach` does."""
    key = getattr(model, inspect(model).primary_key[0].name)
    wanted = [each for each in ids if 0 < each <= _BIGGEST_ID]
    asked = visible(select(key).where(key.in_(wanted)), viewer)
    found = set(session.scalars(asked, viewer.values))
    for each in ids:
        if each not in found:
            raise NotFound(model.__name__.lower(), each)


@cache
def _criteria() -> dict[type[Base], LoaderCriteriaOption]:
    """What each kind of row has to fulfil; what no rule speaks of, nobody's."""
    made: dict[type[Base], LoaderCriteriaOption] = {}
    for mapper in Base.registry.mappers:
        entity: type[Base] = mapper.class_
        if entity in FOR_ALL:
            continue
        made[entity] = _Rule(entity, RULES.get(entity, false()), include_aliases=True)
    return made


@cache
def _ruled() -> frozenset[type[Base]]:
    """The records that not everybody sees."""
    return frozenset(mapper.class_ for mapper in Base.registry.mappers) - FOR_ALL


class _Rule(LoaderCriteriaOption):
    """As SQLAlchemy's own, which forgets an alias that is joined by a condition of ours."""

    __slots__ = ()
    _traverse_internals = LoaderCriteriaOption._traverse_internals  # what tells two of them apart

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        criterion = super()._resolve_where_criteria(ext_info)
        if ext_info.is_aliased_class:
            criterion = ClauseAdapter(ext_info.selectable).traverse(criterion)
        return criterion


def _entities(statement: Any) -> set[type[Base]]:
    """Every record that stands in the statement, at whatever depth.

    Raises:
        Unscoped: one stands where SQLAlchemy narrows nothing: a plain table
            (`select(Case.__table__)`), or an entity in a select that begins with none.
    """
    parts = [statement, *visitors.iterate(statement)]
    tables = _tables()
    found = {tables[part] for part in parts if isinstance(part, Table) and part in tables}
    selects = [part for part in parts if isinstance(part, SelectBase)]
    narrowed = [part for part in selects if "compile_state_plugin" in part._propagate_attrs]
    if narrowed and statement not in narrowed:
        raise Unscoped("begin with an entity: select(select(Case.id).where(…).exists())")
    for part in selects:
        if isinstance(part, Select) and "compile_state_plugin" not in part._propagate_attrs:
            for source in _sources(part):
                if tables.get(source) in _ruled():
                    raise Unscoped(f"select {source} by its class")
    return found


def _sources(part: Select[Any]) -> Iterator[Any]:
    """What it selects from, and the sides of its joins; `get_final_froms` compiles it to say so."""
    compiler: Any = None  # not looked at before it is compiled
    for source in SelectState(part, compiler).froms:
        yield from source._from_objects


@cache
def _tables() -> dict[Any, type[Base]]:
    return {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
