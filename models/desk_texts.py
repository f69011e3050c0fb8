"""What operators paste, say and send again, and what is answered while nobody is there."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class QuickText(Base):
    """A text to paste into an answer. Without a campaign type it serves all of them."""

    __tablename__ = "quick_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)  # of a shipped one, so that it comes once
    campaign_type_id: Mapped[int | None] = mapped_column(ForeignKey("campaign_types.id"))
    name: Mapped[str]
    body: Mapped[str]  # with {{nombre}}: messaging.template_names.NAMES
    position: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class Script(Base):
    """What is said in a case: of one campaign, or of all campaigns of a type."""

    __tablename__ = "scripts"
    __table_args__ = (
        UniqueConstraint("campaign_type_id"),
        UniqueConstraint("campaign_id"),
        CheckConstraint(
            "(campaign_type_id IS NULL) <> (campaign_id IS NULL)", name="is_of_one_thing"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_type_id: Mapped[int | None] = mapped_column(ForeignKey("campaign_types.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    body: Mapped[str]


class NightAnswer(Base):
    """That somebody was told nobody is there: once while a line is closed, whoever asks again."""

    __tablename__ = "night_answers"

    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_points.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"), primary_key=True)
    opens_at: Mapped[datetime] = mapped_column(primary_key=True)  # when the line is open again
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))


class MessageRepeat(Base):
    """Which message was sent in the place of one that failed; pressed twice, it is one."""

    __tablename__ = "message_repeats"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id"), primary_key=True, autoincrement=False
    )
    repeat_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
