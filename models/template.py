"""The lines we write from, and the templates we write with."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json
from models.states import TemplateState


class Portfolio(Base):
    """Shares one rolling 24 h quota of new recipients between its lines."""

    __tablename__ = "portfolios"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    daily_recipients: Mapped[int | None]  # None: unlimited


class QuotaUse(Base):
    """When a portfolio last wrote to somebody who had not written to it within a day."""

    __tablename__ = "quota_uses"
    __table_args__ = (Index("ix_quota_uses_minute", "minute"),)

    portfolio_id: Mapped[int] = mapped_column(ForeignKey("portfolios.id"), primary_key=True)
    contact_point_id: Mapped[int] = mapped_column(primary_key=True)
    minute: Mapped[datetime]  # its beginning


class QuotaCount(Base):
    """How many of a portfolio's `QuotaUse` there are of each minute, so that nobody counts them."""

    __tablename__ = "quota_counts"

    portfolio_id: Mapped[int] = mapped_column(ForeignKey("portfolios.id"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    recipients: Mapped[int]


class Line(Base):
    """A WhatsApp sender number."""

    __tablename__ = "lines"
    __table_args__ = (CheckConstraint("rate_per_second > 0", name="rate_is_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    portfolio_id: Mapped[int] = mapped_column(ForeignKey("portfolios.id"))
    name: Mapped[str]
    sender: Mapped[str] = mapped_column(unique=True)  # E.164
    messaging_service_sid: Mapped[str | None]
    rate_per_second: Mapped[int] = mapped_column(server_default=text("80"))
    hold_reason: Mapped[str | None]  # None: open
    held_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]  # it goes on by itself then; None: a person lets go
    inbound_polled_to: Mapped[datetime | None]  # what came in until then was listed
    inbound_poll_at: Mapped[datetime | None]  # when it is listed next; None: at once
    # for campaigns that say nothing themselves; None: as the installation has it
    sending_window: Mapped[Json | None]
    sends_on_holidays: Mapped[bool | None]
    # what who writes outside those hours is told; None: nothing
    night_text: Mapped[str | None]
    answers_at_night: Mapped[bool] = mapped_column(server_default=text("false"))

    @property
    def stopped(self) -> str | None:
        """Why only a person lets it go on; one that rests goes on by itself, and takes work."""
        return self.hold_reason if self.held_until is None else None


class TemplateCategory(enum.StrEnum):
    MARKETING = "MARKETING"
    UTILITY = "UTILITY"


class Template(Base):
    __tablename__ = "templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)  # lower case, digits, underscore: Meta's rule
    language: Mapped[str] = mapped_column(server_default=text("'es_AR'"))
    category: Mapped[TemplateCategory]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TemplateVersion(Base):
    """What was submitted. Immutable once it left `draft`; an edit makes the next number."""

    __tablename__ = "template_versions"
    __table_args__ = (UniqueConstraint("template_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("templates.id"))
    number: Mapped[int]
    header: Mapped[str | None]  # a line above, in bold; without variables
    body: Mapped[str]  # with {{1}} … {{n}}
    footer: Mapped[str | None]
    fields: Mapped[Json]  # {"1": "customer.first_name", …}: messaging.templates.FIELDS
    samples: Mapped[Json]  # {"1": "Ana", …}
    content_sid: Mapped[str | None] = mapped_column(unique=True)  # the provider's id
    state: Mapped[TemplateState] = mapped_column(server_default=text(f"'{TemplateState.DRAFT}'"))
    rejection_reason: Mapped[str | None]
    # asked for on a screen: when a worker tries (again) to submit it; why it could not
    submit_due_at: Mapped[datetime | None]
    submit_problem: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ButtonKind(enum.StrEnum):
    QUICK_REPLY = "quick_reply"
    URL = "url"  # the coupon link


class TemplateButton(Base):
    """A button of a version. A quick reply may be mapped to the result that a tap records."""

    __tablename__ = "template_buttons"
    __table_args__ = (
        UniqueConstraint("template_version_id", "position"),
        CheckConstraint("kind = 'url' OR payload IS NOT NULL", name="quick_reply_has_payload"),
        Index("ix_template_buttons_result_type_id", "result_type_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    template_version_id: Mapped[int] = mapped_column(ForeignKey("template_versions.id"))
    position: Mapped[int]  # 1 is the first
    kind: Mapped[ButtonKind]
    title: Mapped[str]
    payload: Mapped[str | None]  # the id given to the provider, e.g. "b1_{{5}}"
    url: Mapped[str | None]  # ends in a variable: "https://…/c/{{6}}"
    result_type_id: Mapped[int | None] = mapped_column(ForeignKey("result_types.id"))
    value: Mapped[str | None]  # what a tap says where the result asks: "4", the code of a choice
