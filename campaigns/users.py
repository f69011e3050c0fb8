"""People who work here: added, corrected, given a role, deactivated.

What changes what a person may do, or how he proves who he is, signs him out; his name and his
e-mail do not.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.errors import AlreadyThere, LastAdministrator, NotFound
from campaigns.signing_in import Attempt, end_sessions, genuine, living_sessions
from models.people import Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A line of the list of users."""

    id: int
    name: str
    email: str
    role: Role
    is_active: bool
    has_password: bool
    sessions: int  # browsers he is signed in with
    created_at: datetime


def list_people(session: Session, *, now: datetime) -> list[Person]:
    """Everybody; who works here first, then by name."""
    living = living_sessions(session, now=now)
    rows = session.scalars(select(User).order_by(User.is_active.desc(), User.name, User.id))
    return [_person(user, living) for user in rows]


def get_person(session: Session, user_id: int, *, now: datetime) -> Person:
    """Raises: NotFound."""
    return _person(_get(session, user_id), living_sessions(session, now=now))


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    password_hash: str | None = None,
    must_change_password: bool = False,
    by_id: int | None = None,
) -> int:
    """A new person; without a password he can be assigned, and cannot sign in.

    Raises:
        AlreadyThere: somebody has this e-mail.
    """
    _one_at_a_time(session)
    user = User(
        email=_address(email),
        name=_plain(name),
        role=role,
        password_hash=password_hash,
        must_change_password=must_change_password,
    )
    _expect_free(session, user.email)
    session.add(user)
    session.flush()
    audit.note(session, "user.add", user, by_id=by_id, role=role.value)
    return user.id


def correct_person(session: Session, user_id: int, *, name: str, email: str, by_id: int) -> None:
    """His name and e-mail as they should be; from then on he enters with the new e-mail.

    Raises:
        NotFound: no such person.
        AlreadyThere: somebody else has this e-mail.
    """
    _one_at_a_time(session)
    user = _get(session, user_id)
    told = {"name": _plain(name), "email": _address(email)}
    before = {key: getattr(user, key) for key, value in told.items() if getattr(user, key) != value}
    if not before:
        return
    _expect_free(session, told["email"], besides=user.id)
    user.name, user.email = told["name"], told["email"]
    session.flush()
    after = {key: told[key] for key in before}
    audit.note(session, "user.correct", user, by_id=by_id, before=before, after=after)


def change_role(session: Session, user_id: int, role: Role, *, by_id: int) -> None:
    """Another role, from the next sign-in on.

    Raises:
        NotFound: no such person.
        LastAdministrator: he is the only one left.
    """
    _one_at_a_time(session)
    user = _get(session, user_id)
    if user.role is role:
        return
    _keep_an_administrator(session, user)
    audit.note(session, "user.role", user, by_id=by_id, before=user.role.value, after=role.value)
    user.role = role
    end_sessions(session, user.id)


def deactivate(session: Session, user_id: int, *, by_id: int) -> None:
    """He cannot sign in any more; what he did stays his.

    Raises:
        NotFound: no such person.
        LastAdministrator: he is the only one left.
    """
    _one_at_a_time(session)
    user = _get(session, user_id)
    if not user.is_active:
        return
    _keep_an_administrator(session, user)
    user.is_active = False
    end_sessions(session, user.id)
    audit.note(session, "user.deactivate", user, by_id=by_id)


def reactivate(session: Session, user_id: int, *, by_id: int) -> None:
    """Raises: NotFound."""
    user = _get(session, user_id)
    if user.is_active:
        return
    user.is_active = True
    audit.note(session, "user.reactivate", user, by_id=by_id)


def replace_password(
    session: Session, user_id: int, password_hash: str, *, by_id: int | None
) -> None:
    """Somebody else gave him a new password: he is signed out, and has to change it.

    Raises: NotFound.
    """
    user = _get(session, user_id)
    user.password_hash = password_hash
    user.must_change_password = True
    end_sessions(session, user.id)
    audit.note(session, "user.new_password", user, by_id=by_id)


def change_own_password(session: Session, attempt: Attempt, new_hash: str) -> None:
    """His own, after `signing_in.check` of the one before; all his sessions end.

    Raises:
        SignInRefused: it was changed, or he was deactivated, in the meantime.
    """
    user = genuine(session, attempt)
    user.password_hash = new_hash
    user.must_change_password = False
    end_sessions(session, user.id)
    audit.note(session, "user.own_password", user, by_id=user.id)


def sign_out_everywhere(session: Session, user_id: int, *, by_id: int) -> int:
    """End all sessions of a person; how many there were. Raises: NotFound."""
    user = _get(session, user_id)
    ended = end_sessions(session, user.id)
    audit.note(session, "user.end_sessions", user, by_id=by_id, sessions=ended)
    return ended


def find_user(session: Session, email: str) -> User:
    """Raises: NotFound."""
    user = session.scalar(select(User).where(User.email == _address(email)))
    if user is None:
        raise NotFound("user", email)
    return user


def set_password(session: Session, user_id: int, password_hash: str) -> None:
    """From the command line, by who may do anything here anyway; he need not change it.

    Raises: NotFound.
    """
    replace_password(session, user_id, password_hash, by_id=None)
    _get(session, user_id).must_change_password = False


def _address(email: str) -> str:
    return email.strip().lower()


def _plain(name: str) -> str:
    return " ".join(name.split())


def _expect_free(session: Session, address: str, *, besides: int | None = None) -> None:
    owner = session.scalar(select(User.id).where(User.email == address))
    if owner not in (None, besides):
        raise AlreadyThere("user", address)


def _one_at_a_time(session: Session) -> None:
    """Two at once must not take each other's role away, nor give one e-mail to two people."""
    session.execute(select(func.pg_advisory_xact_lock(0x73746166)))


def _get(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound("user", user_id)
    return user


def _keep_an_administrator(session: Session, user: User) -> None:
    if user.role is not Role.ADMINISTRATOR or not user.is_active:
        return
    others = session.scalar(
        select(func.count()).where(
            User.role == Role.ADMINISTRATOR, User.is_active, User.id != user.id
        )
    )
    if not others:
        raise LastAdministrator


def _person(user: User, living: dict[int, int]) -> Person:
    return Person(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        is_active=user.is_active,
        has_password=user.password_hash is not None,
        sessions=living.get(user.id, 0),
        created_at=user.created_at,
    )
