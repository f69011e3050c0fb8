"""A database that was put back: until it is reconciled with the provider, nothing is sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json
from models.states import MessageState


class Restore(Base):
    """One restore of a backup. While `reconciled_at` is None the installation is in hold."""

    __tablename__ = "restores"
    __table_args__ = (
        Index("ix_restores_open", "id", postgresql_where=text("reconciled_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    taken_at: Mapped[datetime]  # of the backup, by its database's clock
    restored_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    reconciled_at: Mapped[datetime | None]
    report: Mapped[Json | None]  # what the reconciliation came to, for people


class ProviderFind(Base):
    """A message that left after the backup: the provider has it, the restored ledger has not."""

    __tablename__ = "provider_finds"
    __table_args__ = (
        UniqueConstraint("restore_id", "sid"),
        Index("ix_provider_finds_address", "restore_id", "line_id", "address"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    restore_id: Mapped[int] = mapped_column(ForeignKey("restores.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    sid: Mapped[str]
    address: Mapped[str]  # as the provider writes it
    body: Mapped[str]
    created_at: Mapped[datetime]
    state: Mapped[MessageState | None]  # None: on its way
    error_code: Mapped[int | None]
    basis: Mapped[str | None]  # of `campaigns.reconciling.Basis`; None: not looked at yet
    message_id: Mapped[int | None]  # the message it is, or may be
