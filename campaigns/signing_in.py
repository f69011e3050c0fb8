"""Signing in and out: the throttle, and the sessions that can be ended at any moment.

Checking a password takes a fifth of a second, so it happens between two transactions: one
counts the attempt as a failure, the other takes that back if it was none. A thousand guesses
at once are thus counted before the first of them is checked.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    ScalarSelect,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.agenda import due_before
from campaigns.desk_list import waiting_of
from campaigns.errors import SignInRefused, SignInTooSoon
from campaigns.passwords import Passwords
from models.access import SignInFailure, UserSession
from models.base import UtcDateTime
from models.campaign import CampaignOperator
from models.people import Role, User

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
RENEW_AFTER = timedelta(minutes=1)

FREE_FAILURES = 5  # of one account, before it has to wait
FIRST_WAIT = timedelta(seconds=15)  # doubled by each further failure …
LONGEST_WAIT = timedelta(minutes=15)  # … up to this: an account is never closed for good
FORGOTTEN_AFTER = timedelta(days=1)
PER_IP = 30  # failures
IP_SPAN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in that is being checked: counted as a failure until it is known to be none."""

    failure_id: int
    email: str
    account_hash: str
    user_id: int | None
    password_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whose browser it is, as far as its session says."""

    session_id: int
    user_id: int
    name: str
    email: str
    role: Role
    must_change_password: bool
    is_away: bool
    plays_sound: bool
    has_single_keys: bool
    is_stale: bool  # `renew` it, if this is something a person did
    campaigns: tuple[int, ...]  # that an operator is assigned to
    waiting: int = 0  # cases of his that wait for an answer …
    due: int = 0  # … and next actions, where it was asked for


def begin_attempt(session: Session, email: str, *, ip: str, now: datetime) -> Attempt:
    """Count an attempt, and say what to compare the password with.

    Raises:
        SignInTooSoon: this account or this address has to wait; nothing is to be checked.
    """
    address = email.strip().lower()
    account = hashlib.sha256(address.encode()).hexdigest()
    for key in sorted((f"sign-in ip {ip}", f"sign-in account {account}")):
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
        session.execute(lock, {"key": key})
    wait = max(_wait_of_account(session, account, now), _wait_of_ip(session, ip, now))
    if wait > timedelta(0):
        raise SignInTooSoon(wait)
    failure = SignInFailure(account_hash=account, ip=ip, at=now)
    session.add(failure)
    session.flush()
    found = session.execute(
        select(User.id, User.password_hash).where(User.email == address, User.is_active)
    ).one_or_none()
    return Attempt(
        failure_id=failure.id,
        email=address,
        account_hash=account,
        user_id=found.id if found else None,
        password_hash=found.password_hash if found else None,
    )


def check(attempt: Attempt, password: str, passwords: Passwords) -> str | None:
    """The hash to keep from now on, when the password is right and its hash outdated.

    Outside any transaction: it takes its time, the same one for a person we do not know.

    Raises:
        SignInRefused: it is not his password, or nobody's.
    """
    if not passwords.matches(password, attempt.password_hash):
        raise SignInRefused
    assert attempt.password_hash is not None
    return passwords.hash(password) if passwords.is_outdated(attempt.password_hash) else None


def complete(
    session: Session,
    attempt: Attempt,
    *,
    new_hash: str | None,
    ip: str,
    user_agent: str | None,
    now: datetime,
) -> str:
    """Forget the failures of the account and open a session; its reference, for the cookie.

    Raises:
        SignInRefused: the person was deactivated, or his password changed, while we checked.
    """
    user = genuine(session, attempt)
    if new_hash is not None:
        user.password_hash = new_hash
    _sweep(session, now)
    reference = open_session(session, user.id, ip=ip, user_agent=user_agent, now=now)
    audit.note(session, "user.sign_in", user, by_id=user.id, ip=ip)
    return reference


def genuine(session: Session, attempt: Attempt) -> User:
    """The person whose password was right, his failures forgotten.

    Raises:
        SignInRefused: he was deactivated, or his password changed, while it was checked.
    """
    user = session.scalar(
        select(User)
        .where(
            User.id == attempt.user_id,
            User.is_active,
            User.password_hash == attempt.password_hash,
        )
        .with_for_update()
    )
    if user is None:
        raise SignInRefused
    session.execute(delete(SignInFailure).where(SignInFailure.account_hash == attempt.account_hash))
    return user


def open_session(
    session: Session, user_id: int, *, ip: str, user_agent: str | None, now: datetime
) -> str:
    """A new session; only the hash of the reference is kept."""
    reference = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            user_id=user_id,
            reference_hash=_hash(reference),
            created_at=now,
            last_seen_at=now,
            ip=ip,
            user_agent=(user_agent or "")[:300] or None,
        )
    )
    session.flush()
    return reference


def find_visitor(
    session: Session, reference: str, *, counting_until: datetime | None = None
) -> Visitor | None:
    """Who holds this reference; None when it is unknown, ended, idle too long or too old.

    With ``counting_until`` what waits for him comes along, and what he has to do before then.
    """
    counts = counting_until is not None
    row = session.execute(
        _visitor(counts=counts), {"hash": _hash(reference), "until": counting_until}
    ).one_or_none()
    if row is None:
        return None
    return Visitor(
        session_id=row.id,
        user_id=row.user_id,
        name=row.name,
        email=row.email,
        role=row.role,
        must_change_password=row.must_change_password,
        is_away=row.is_away,
        plays_sound=row.plays_sound,
        has_single_keys=row.has_single_keys,
        is_stale=row.is_stale,
        campaigns=tuple(row.campaigns),
        waiting=row[-2] if counts else 0,
        due=row[-1] if counts else 0,
    )


def _assigned() -> ScalarSelect[int]:
    return (
        select(CampaignOperator.campaign_id)
        .where(CampaignOperator.user_id == User.id)
        .order_by(CampaignOperator.campaign_id)
        .scalar_subquery()
    )


@cache
def _visitor(*, counts: bool) -> Any:
    """Made once: every request asks it, and to make it takes longer than to ask."""
    statement: Any = (
        select(
            UserSession.id,
            UserSession.user_id,
            User.name,
            User.email,
            User.role,
            User.must_change_password,
            User.away_since.is_not(None).label("is_away"),
            User.plays_sound,
            User.has_single_keys,
            (UserSession.last_seen_at < func.clock_timestamp() - RENEW_AFTER).label("is_stale"),
            case(
                (User.role == Role.OPERATOR, func.array(_assigned())),
                else_=literal([], ARRAY(BigInteger)),
            ).label("campaigns"),
        )
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.reference_hash == bindparam("hash"), User.is_active)
        .where(*_lives(func.clock_timestamp()))
    )
    if not counts:
        return statement
    me, supervises = UserSession.user_id, User.role != Role.OPERATOR
    return statement.add_columns(
        waiting_of(me, is_supervisor=supervises),
        due_before(me, bindparam("until", type_=UtcDateTime())),
    )


def renew(session: Session, session_id: int, *, now: datetime) -> None:
    """The person did something: the half hour begins anew."""
    session.execute(
        update(UserSession).where(UserSession.id == session_id).values(last_seen_at=now)
    )


def end_session(session: Session, session_id: int, *, by_id: int) -> None:
    """Sign one browser out."""
    gone = session.scalar(
        delete(UserSession).where(UserSession.id == session_id).returning(UserSession.user_id)
    )
    if gone is not None:
        audit.note(session, "user.sign_out", session.get_one(User, gone), by_id=by_id)


def end_sessions(session: Session, user_id: int, *, but: int | None = None) -> int:
    """Sign a person out everywhere, ``but`` in this session; how many sessions that ended."""
    ended = session.execute(
        delete(UserSession)
        .where(UserSession.user_id == user_id, UserSession.id != (but or 0))
        .returning(UserSession.id)
    )
    return len(ended.all())


def living_sessions(session: Session, *, now: datetime) -> dict[int, int]:
    """How many browsers each person is signed in with."""
    rows = session.execute(
        select(UserSession.user_id, func.count().label("n"))
        .where(*_lives(now))
        .group_by(UserSession.user_id)
    )
    return {row.user_id: row.n for row in rows}


def _lives(now: datetime | ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    return (UserSession.last_seen_at > now - IDLE, UserSession.created_at > now - LONGEST)


def _wait_of_account(session: Session, account: str, now: datetime) -> timedelta:
    failures, last = session.execute(
        select(func.count(), func.max(SignInFailure.at)).where(
            SignInFailure.account_hash == account, SignInFailure.at > now - FORGOTTEN_AFTER
        )
    ).one()
    if failures < FREE_FAILURES:
        return timedelta(0)
    doubled = min(failures - FREE_FAILURES, 10)
    wait = min(FIRST_WAIT * 2**doubled, LONGEST_WAIT)
    left: timedelta = last + wait - now
    return max(left, timedelta(0))


def _wait_of_ip(session: Session, ip: str, now: datetime) -> timedelta:
    times = session.scalars(
        select(SignInFailure.at)
        .where(SignInFailure.ip == ip, SignInFailure.at > now - IP_SPAN)
        .order_by(SignInFailure.at.desc())
        .limit(PER_IP)
    ).all()
    if len(times) < PER_IP:
        return timedelta(0)
    return times[-1] + IP_SPAN - now


def _sweep(session: Session, now: datetime) -> None:
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - FORGOTTEN_AFTER))
    session.execute(
        delete(UserSession).where(
            (UserSession.last_seen_at < now - IDLE) | (UserSession.created_at < now - LONGEST)
        )
    )


def _hash(reference: str) -> str:
    return hashlib.sha256(reference.encode()).hexdigest()
