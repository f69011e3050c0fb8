"""Who did what, and which files came in."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json, JsonList
from models.states import ImportState


class AuditEvent(Base):
    """Append only."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_object", "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: the system
    action: Mapped[str]  # "campaign.launch"
    object_kind: Mapped[str]
    object_id: Mapped[int]
    details: Mapped[Json] = mapped_column(server_default=text("'{}'"))


class ImportKind(enum.StrEnum):
    SUBSCRIPTIONS = "subscriptions"
    COUPONS = "coupons"


class Import(Base):
    """A file that came in, and what became of its rows.

    One that came by a screen is kept in the data folder under a random name until it is done;
    one from a terminal stays where it was.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index(
            "ix_imports_at_work",
            "id",
            postgresql_where=text("state IN ('rehearsing', 'importing')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind]
    state: Mapped[ImportState] = mapped_column(server_default=text(f"'{ImportState.IMPORTING}'"))
    problem: Mapped[str | None]  # why it failed, a sentence for its sender
    file_name: Mapped[str]
    file_hash: Mapped[str]  # SHA-256, hex
    stored_as: Mapped[str | None]  # its name in the data folder
    header: Mapped[Json | None]  # {"names": [...], "detail": …}: as it was read
    sample: Mapped[JsonList | None]  # [{"line": 2, "cells": [...]}]: the first rows
    setup: Mapped[Json | None]  # what a person chose: a field for each column, area, administrator
    mapping: Mapped[Json]  # {"column of the file": "field"}
    rows_seen: Mapped[int] = mapped_column(server_default=text("0"))  # by the run under way
    part_seen: Mapped[int] = mapped_column(server_default=text("0"))  # of the file, in thousandths
    rows_read: Mapped[int] = mapped_column(server_default=text("0"))
    created: Mapped[int] = mapped_column(server_default=text("0"))
    updated: Mapped[int] = mapped_column(server_default=text("0"))
    unchanged: Mapped[int] = mapped_column(server_default=text("0"))
    refused: Mapped[int] = mapped_column(server_default=text("0"))
    rehearsal: Mapped[Json | None]  # what the dry run came to
    report: Mapped[Json | None]  # what the import came to, so far
    refused_bytes: Mapped[int] = mapped_column(
        server_default=text("0")
    )  # of the refused rows' file
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class PeriodicJob(Base):
    """When each periodic job is due next; any number of timetables share these rows."""

    __tablename__ = "periodic_jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
