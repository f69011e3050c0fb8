"""Who is there: as each says of himself, and as the sessions of his browsers show."""

import enum
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, column, func, literal, select, table
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.errors import NotFound
from campaigns.signing_in import IDLE, LONGEST
from models.base import UtcDateTime
from models.campaign import CampaignOperator
from models.people import User


class Presence(enum.StrEnum):
    AVAILABLE = "available"
    AWAY = "away"
    OFF = "off"  # signed in nowhere


# A plain table: of a colleague's sessions nothing is shown but that there is one.
_sessions = table(
    "user_sessions",
    column("user_id"),
    column("last_seen_at", UtcDateTime),
    column("created_at", UtcDateTime),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    user_id: int
    name: str
    presence: Presence


def choose(session: Session, user_id: int, *, away: bool, now: datetime) -> None:
    """Say of oneself that one is away, or back. Raises NotFound."""
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound("user", user_id)
    if away == (user.away_since is not None):
        return
    user.away_since = now if away else None
    audit.note(session, "user.away" if away else "user.back", user, by_id=user_id)
    session.flush()


def is_signed_in(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Of the users of a query: whether a browser of theirs has a living session."""
    living = (
        select(literal(1))
        .select_from(_sessions)
        .where(
            _sessions.c.user_id == User.id,
            _sessions.c.last_seen_at > now - IDLE,
            _sessions.c.created_at > now - LONGEST,
        )
    )
    return living.correlate(User).exists()


def presence_at(now: datetime | ColumnElement[datetime]) -> ColumnElement[str]:
    """A column for a query of users: their `Presence`."""
    return case(
        (~is_signed_in(now), Presence.OFF.value),
        (User.away_since.is_not(None), Presence.AWAY.value),
        else_=Presence.AVAILABLE.value,
    )


def _works_on(campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    """Whoever is not assigned would never see the case that he is given."""
    assigned = select(CampaignOperator.user_id).where(CampaignOperator.campaign_id == campaign_id)
    return User.is_active.is_(True), User.id.in_(assigned)


def is_colleague(session: Session, user_id: int, campaign_id: int) -> bool:
    """Whether this person may be given a case of this campaign."""
    which = select(User.id).where(User.id == user_id, *_works_on(campaign_id))
    return session.scalar(which) is not None


def colleagues(session: Session, campaign_id: int, *, now: datetime) -> tuple[Colleague, ...]:
    """Who may be given a case of this campaign: who is assigned to it."""
    presence = presence_at(now).label("presence")
    rows = session.execute(
        select(User.id, User.name, presence)
        .where(*_works_on(campaign_id))
        .order_by(presence != Presence.AVAILABLE.value, func.lower(User.name), User.id)
    )
    return tuple(
        Colleague(user_id=row.id, name=row.name, presence=Presence(row.presence)) for row in rows
    )
