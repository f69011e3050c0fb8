"""Who is asking, what his role may do, and which rows he may see.

A view says who may use it with `public` or `requires`; one that says nothing is not registered,
and the application does not start. Its only sessions are `reading`, `looking_up` and `acting`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask
from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import event
from sqlalchemy.orm import Session

from campaigns import visibility
from campaigns.signing_in import LONGEST, Visitor, find_visitor, renew
from campaigns.visibility_rules import Viewer
from campaigns.working_days import end_of
from dashboard.pages import is_fragment
from models.base import Base
from models.people import Role
from runtime.wiring import STANDING_CLOCK, current_runtime

View = TypeVar("View", bound=Callable[..., object])
Model = TypeVar("Model", bound=Base)

_RANKS = {Role.OPERATOR: 1, Role.SUPERVISOR: 2, Role.ADMINISTRATOR: 3}
_UNMARKED = object()


class UnmarkedView(TypeError):
    """A view that does not say who may use it."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a request."""

    id: int
    name: str
    email: str
    role: Role
    session_id: int = 0
    must_change_password: bool = False
    is_away: bool = False
    plays_sound: bool = False
    has_single_keys: bool = True
    campaigns: tuple[int, ...] = ()  # that an operator is assigned to

    def may(self, least: Role) -> bool:
        """Whether his role is ``least`` or above it."""
        return _RANKS[self.role] >= _RANKS[least]

    @property
    def viewer(self) -> Viewer:
        """What decides which rows he sees."""
        return Viewer(user_id=self.id, role=self.role, campaigns=self.campaigns)


def public(view: View) -> View:
    """Anybody may use this view; say why in its docstring."""
    view.access = None  # type: ignore[attr-defined]
    return view


def requires(least: Role) -> Callable[[View], View]:
    """Whoever has this role, or one above it."""

    def mark(view: View) -> View:
        view.access = least  # type: ignore[attr-defined]
        return view

    return mark


def current_user() -> SignedIn:
    """Who asks; only in views that `requires` somebody."""
    user: SignedIn | None = g.get("user")
    if user is None:
        abort(403)
    return user


@contextmanager
def reading() -> Iterator[Session]:
    """A session that sees only what the person may see, and cannot write."""
    user = current_user()
    with current_runtime().sessions() as session:
        visibility.restrict(session, user.viewer)
        session.connection(execution_options={"postgresql_readonly": True})
        _read_once(session)
        yield session
        session.commit()  # nothing was written; but a rollback throws the prepared statements away


@contextmanager
def looking_up() -> Iterator[Session]:
    """As `reading`, for one question by key, asked so often that a transaction would cost more."""
    with current_runtime().lookups() as session:
        visibility.restrict(session, current_user().viewer)
        yield session


def _read_once(session: Session) -> None:
    """One page, one instant: the clock stands, and a row that was read is not read again."""
    session.info[STANDING_CLOCK] = None
    kept: list[object] = []

    @event.listens_for(session, "loaded_as_persistent")
    def keep(_session: Session, row: object) -> None:
        kept.append(row)  # the identity map alone would let it go


@contextmanager
def acting() -> Iterator[Session]:
    """A session that commits at the end. Reach every row named by the request with `reach`."""
    with current_runtime().sessions.begin() as session:
        yield session


def reach(session: Session, model: type[Model], row_id: int) -> Model:
    """The row, if the person may see it; a foreign one is as absent as one that never was.

    Raises:
        NotFound: he sees no such row.
    """
    return visibility.reach(session, model, row_id, current_user().viewer)


def reach_all(session: Session, model: type[Model], ids: Sequence[int]) -> None:
    """See that the person may see every one of these rows; raises NotFound as `reach` does."""
    visibility.reach_all(session, model, ids, current_user().viewer)


def access_of(view: Callable[..., Any]) -> Role | None:
    """The least role of a view; None for a public one.

    Raises:
        UnmarkedView: it does not say.
    """
    access = getattr(view, "access", _UNMARKED)
    if access is not None and not isinstance(access, Role):
        name = f"{view.__module__}.{view.__qualname__}"
        raise UnmarkedView(f"{name} says neither public nor requires")
    return access


def register(app: Flask) -> None:
    """Let nobody in who may not, before any view runs."""

    @app.before_request
    def guard() -> ResponseReturnValue | None:
        g.user = None
        if request.endpoint is None or request.endpoint == "static":
            if request.endpoint is None:
                g.user = find_user()  # the page that says "no such page" stands in the shell
            return None
        least = access_of(current_app.view_functions[request.endpoint])
        if least is None:
            return None
        g.user = find_user()
        if g.user is None:
            return _to_sign_in()
        if g.user.must_change_password and request.endpoint not in _WITH_FIRST_PASSWORD:
            return leave_for(url_for("me.show"))
        if not g.user.may(least):
            abort(403)
        return None


# all that somebody may do who still has the password that another person made
_WITH_FIRST_PASSWORD = frozenset({"me.show", "me.change_password", "sign_in.leave"})


def find_user() -> SignedIn | None:
    """Whom the cookie names, if his session lives; asked of the database every time."""
    reference = request.cookies.get(cookie_name())
    if not reference:
        return None
    runtime = current_runtime()
    with runtime.lookups() as session:
        visitor = find_visitor(session, reference, counting_until=_counting_until())
    if visitor is not None and visitor.is_stale and not _is_poll():
        with runtime.sessions.begin() as session:
            renew(session, visitor.session_id, now=runtime.now(session))
    if visitor is None:
        return None
    g.counters = {"waiting": visitor.waiting, "due": visitor.due}
    return _signed_in(visitor)


def _counting_until() -> datetime | None:
    """Midnight, for a page, whose navigation counts what is to be done; a part of one has none."""
    if is_fragment():
        return None
    zone = current_runtime().settings.timezone
    return end_of(datetime.fromtimestamp(time.time(), zone).date(), zone)


def cookie_name() -> str:
    """`__Host-` binds it to this host and to https; only the demo works without."""
    return "sid" if current_runtime().settings.is_demo else "__Host-sid"


def give_cookie(response: Response, reference: str) -> None:
    """Sign this browser in."""
    response.set_cookie(
        cookie_name(),
        reference,
        max_age=int(LONGEST.total_seconds()),
        secure=not current_runtime().settings.is_demo,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def take_cookie(response: Response) -> None:
    """Sign this browser out."""
    response.delete_cookie(
        cookie_name(),
        secure=not current_runtime().settings.is_demo,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def after_signing_out() -> Response:
    """To the door, with nothing left of the person in this browser."""
    flask.session.clear()
    response = leave_for(url_for("sign_in.show"))
    take_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def local_path(given: str | None) -> str | None:
    """``given`` if it is a path of this site: what comes after signing in must not lead away."""
    if not given or not given.startswith("/") or given.startswith(("//", "/\\")):
        return None
    if any(ord(char) < 33 for char in given) or "\\" in given:
        return None
    parts = urlsplit(given)
    return None if parts.scheme or parts.netloc else given


def leave_for(url: str) -> Response:
    """Go elsewhere: a page is redirected, a fragment says so to htmx."""
    if is_fragment():
        return Response(status=401, headers={"HX-Redirect": url, "Cache-Control": "no-store"})
    response = redirect(url, 303)
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def _to_sign_in() -> Response:
    """Back to the same page afterwards: of a fragment or a post, the page that it was made on."""
    here = request.full_path.rstrip("?")
    if is_fragment() or request.method not in ("GET", "HEAD"):
        parts = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
        here = parts.path + (f"?{parts.query}" if parts.query else "")
    after = local_path(here)
    return leave_for(url_for("sign_in.show", next=after if after != "/" else None))


def _is_poll() -> bool:
    """Live figures ask by themselves (`?v=`): no sign that anybody is there."""
    return is_fragment() and request.method == "GET" and "v" in request.args


def _signed_in(visitor: Visitor) -> SignedIn:
    return SignedIn(
        id=visitor.user_id,
        name=visitor.name,
        email=visitor.email,
        role=visitor.role,
        session_id=visitor.session_id,
        must_change_password=visitor.must_change_password,
        is_away=visitor.is_away,
        plays_sound=visitor.plays_sound,
        has_single_keys=visitor.has_single_keys,
        campaigns=visitor.campaigns,
    )
