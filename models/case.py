"""One subscription in one campaign, and what was done about it."""

import enum
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.message import Basis
from models.states import CaseState, NextActionState


class Case(Base):
    """Unique per campaign and subscription; in a standing campaign, one open per contact point."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("campaign_id", "subscription_id"),
        Index(
            "uq_cases_standing_open",
            "campaign_id",
            "contact_point_id",
            unique=True,
            postgresql_where=text("subscription_id IS NULL AND state <> 'finished'"),
        ),
        Index("ix_cases_contact_point_id", "contact_point_id"),
        Index("ix_cases_subscription_id", "subscription_id"),
        CheckConstraint(
            "subscription_id IS NOT NULL OR contact_point_id IS NOT NULL", name="is_about_someone"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id"))
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_points.id"))
    state: Mapped[CaseState] = mapped_column(server_default=text(f"'{CaseState.PENDING}'"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    waiting_since: Mapped[datetime | None]  # an inbound that nobody has handled
    is_late: Mapped[bool] = mapped_column(server_default=text("false"))  # respuesta tardía
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class Channel(enum.StrEnum):
    WHATSAPP = "whatsapp"
    PHONE = "phone"
    IN_PERSON = "in_person"
    EMAIL = "email"
    COUPON_PAGE = "coupon_page"
    SYSTEM = "system"


class Result(Base):
    """A typed result record (gestión). Never overwritten, never deleted, only superseded."""

    __tablename__ = "results"
    __table_args__ = (
        # one tap, one result, however often its webhook comes
        Index(
            "uq_results_evidence_message",
            "evidence_message_id",
            "result_type_id",
            unique=True,
            postgresql_where=text("by_id IS NULL"),
        ),
        Index(
            "uq_results_evidence_visit",
            "evidence_visit_id",
            unique=True,
            postgresql_where=text("by_id IS NULL"),
        ),
        Index("ix_results_case_id", "case_id"),
        UniqueConstraint("supersedes_id"),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_has_currency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    result_type_id: Mapped[int] = mapped_column(ForeignKey("result_types.id"))
    value_date: Mapped[date | None]
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None]
    value_integer: Mapped[int | None]
    value_text: Mapped[str | None]  # text, or the code of a choice
    channel: Mapped[Channel]
    note: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: by the system
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    evidence_message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    evidence_visit_id: Mapped[int | None] = mapped_column(ForeignKey("coupon_visits.id"))
    basis: Mapped[Basis | None]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("results.id"))
    revoked_at: Mapped[datetime | None]  # superseded by nothing: a person took it back
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class NextAction(Base):
    __tablename__ = "next_actions"
    __table_args__ = (
        Index("ix_next_actions_due", "due_at", postgresql_where=text("state = 'due'")),
        Index("ix_next_actions_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("results.id"))
    what: Mapped[str]
    due_at: Mapped[datetime]
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[NextActionState] = mapped_column(server_default=text(f"'{NextActionState.DUE}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
