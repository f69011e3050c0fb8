"""Who is signed in where, and who tried in vain."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json


class UserSession(Base):
    """A browser that somebody signed in with. Deleting the row signs it out, at once."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reference_hash: Mapped[str] = mapped_column(unique=True)  # SHA-256 of the cookie, hex
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ip: Mapped[str]
    user_agent: Mapped[str | None]


class SignInFailure(Base):
    """A password that was wrong, or is being checked right now; a right one deletes it.

    Kept in the database: what forgets (a cache, a restart) would let a guesser start anew.
    """

    __tablename__ = "sign_in_failures"
    __table_args__ = (
        Index("ix_sign_in_failures_account_hash", "account_hash", "at"),
        Index("ix_sign_in_failures_ip", "ip", "at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    account_hash: Mapped[str]  # of the e-mail as typed: people type passwords there
    ip: Mapped[str]
    at: Mapped[datetime]


class SavedView(Base):
    """A person's own name for the desk's list narrowed in a certain way."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    query: Mapped[Json]  # what stands behind the question mark of the desk's address
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
