"""A person's own names for the desk's list narrowed in a certain way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from campaigns.errors import AlreadyThere, EnoughOfThem, InvalidText, NotFound
from models.access import SavedView

MOST = 20
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    id: int
    name: str
    query: Mapping[str, Any]


def views_of(session: Session, user_id: int) -> tuple[View, ...]:
    """By name."""
    rows = session.scalars(
        select(SavedView)
        .where(SavedView.user_id == user_id)
        .order_by(func.lower(SavedView.name), SavedView.id)
    )
    return tuple(View(id=row.id, name=row.name, query=row.query) for row in rows)


def views_as_json(user_id: int | ColumnElement[int]) -> ScalarSelect[Any]:
    """The same as a part of another statement, for `read_views`."""
    one = func.jsonb_build_object(
        "id", SavedView.id, "name", SavedView.name, "query", SavedView.query
    )
    in_order = aggregate_order_by(one, func.lower(SavedView.name), SavedView.id)
    return select(func.jsonb_agg(in_order)).where(SavedView.user_id == user_id).scalar_subquery()


def read_views(given: Sequence[Mapping[str, Any]] | None) -> tuple[View, ...]:
    return tuple(View(**each) for each in given or ())


def save(session: Session, user_id: int, name: str, query: Mapping[str, Any]) -> SavedView:
    """Keep ``query`` under a name; under one that he has, in the place of what it was.

    Raises:
        InvalidText: no name, or too long a one.
        EnoughOfThem: he has as many as there may be.
    """
    name = _name(name)
    found = session.scalar(
        select(SavedView).where(SavedView.user_id == user_id, SavedView.name == name)
    )
    if found is None:
        have = select(func.count()).where(SavedView.user_id == user_id).select_from(SavedView)
        if session.scalars(have).one() >= MOST:
            raise EnoughOfThem("saved view", MOST)
        found = SavedView(user_id=user_id, name=name, query={})
        session.add(found)
    found.query = {key: value for key, value in query.items() if value is not None}
    session.flush()
    return found


def rename(session: Session, user_id: int, view_id: int, name: str) -> None:
    """Raises NotFound, InvalidText, and AlreadyThere if another one of his has the name."""
    view, name = _own(session, user_id, view_id), _name(name)
    taken = select(SavedView.id).where(
        SavedView.user_id == user_id, SavedView.name == name, SavedView.id != view_id
    )
    if session.scalar(taken) is not None:
        raise AlreadyThere("saved view", name)
    view.name = name
    session.flush()


def remove(session: Session, user_id: int, view_id: int) -> None:
    """Raises NotFound."""
    session.delete(_own(session, user_id, view_id))
    session.flush()


def _own(session: Session, user_id: int, view_id: int) -> SavedView:
    view = session.get(SavedView, view_id)
    if view is None or view.user_id != user_id:
        raise NotFound("saved view", view_id)
    return view


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidText(len(name), LONGEST_NAME)
    return name
