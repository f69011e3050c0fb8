"""Files: what came with a message, went with one, or was laid beside a subscription."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class StoredFile(Base):
    """Bytes in the data folder, under a random name; looked at before they were kept.

    One row however many messages and attachments point at it, so that erasing a person's files
    is said in one place: `erased_at` set, the bytes gone, the row and what it counts kept.
    """

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(primary_key=True)
    stored_as: Mapped[str] = mapped_column(unique=True)  # its name in the data folder
    small_as: Mapped[str | None]  # of a picture: a smaller one
    name: Mapped[str]  # what its sender called it, fit to be shown
    content_type: Mapped[str]  # by its bytes, never by what anybody said
    size: Mapped[int]  # in bytes, as stored
    sha256: Mapped[str]  # as stored
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    erased_at: Mapped[datetime | None]


class MediumState(enum.StrEnum):
    WAITING = "waiting"  # to be fetched at `due_at`
    STORED = "stored"
    FAILED = "failed"  # `problem` says why; a person may have it tried again


class Medium(Base):
    """One file of a message. A customer's is fetched by a worker, one of ours is there at once."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("message_id", "position"),
        Index("ix_media_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_media_file_id", "file_id"),
        CheckConstraint("(state = 'stored') = (file_id IS NOT NULL)", name="stored_has_file"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    position: Mapped[int]
    provider_sid: Mapped[str | None]
    declared_type: Mapped[str]  # what the provider calls it: a hint for words alone
    state: Mapped[MediumState] = mapped_column(server_default=text(f"'{MediumState.WAITING}'"))
    due_at: Mapped[datetime | None]  # the next try; while one is under way, when it has lapsed
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    problem: Mapped[str | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))


class Source(enum.StrEnum):
    """Where an attachment came from."""

    DESK = "desk"
    SUBSCRIPTION = "subscription"  # its own page
    MESSAGE = "message"  # the customer sent it
    COUPON_PAGE = "coupon_page"  # the customer uploaded it


class Attachment(Base):
    """A file on a subscription. Taken away it stays, with who did so, and can be put back."""

    __tablename__ = "attachments"
    __table_args__ = (
        # saving the same medium twice is saving it once
        Index(
            "uq_attachments_standing",
            "subscription_id",
            "file_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_attachments_file_id", "file_id"),
        Index("ix_attachments_subscription_id", "subscription_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupons.id"))
    source: Mapped[Source]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: the customer
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
