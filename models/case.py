"""One subscription in one campaign, and what was done about it."""

import enum
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json
from models.message import Basis
from models.states import CaseState, NextActionState, PromiseState


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
        Index("ix_cases_campaign_id", "campaign_id", "id"),
        Index(
            "ix_cases_waiting",
            "campaign_id",
            "waiting_since",
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            "ix_cases_held",
            "campaign_id",
            "operator_id",
            postgresql_where=text("operator_id IS NOT NULL"),
        ),
        Index(
            "ix_cases_desk",
            "operator_id",
            "active_at",
            postgresql_where=text("state <> 'finished' AND active_at IS NOT NULL"),
        ),
        Index(
            "ix_cases_broken_promise",
            "campaign_id",
            "broken_promise_at",
            postgresql_where=text("broken_promise_at IS NOT NULL"),
        ),
        # replies that nobody took for an hour, and cases that a colleague passed on
        Index(
            "ix_cases_escalated",
            "escalated_at",
            postgresql_where=text("escalated_at IS NOT NULL"),
        ),
        Index(
            "ix_cases_passed",
            "operator_id",
            postgresql_where=text("passed_by_id IS NOT NULL"),
        ),
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
    person_asked_at: Mapped[datetime | None]  # he asked for a person, and none has answered
    # when its customer or a person last did something in it; None: nothing yet, and so not on
    # the desk
    active_at: Mapped[datetime | None]
    read_through: Mapped[int | None]  # the last message of the customer that a person has seen
    is_late: Mapped[bool] = mapped_column(server_default=text("false"))  # respuesta tardía
    # since when a promise is broken that nobody has seen to: a person's next result does
    broken_promise_at: Mapped[datetime | None]
    # its reply waits and nobody took it: it is the supervisor's concern since then
    escalated_at: Mapped[datetime | None]
    # the colleague who handed it to its holder, until the holder does something in it
    passed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class Note(Base):
    """What one colleague leaves for another in a case; the customer never sees it."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: the system
    body: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Channel(enum.StrEnum):
    WHATSAPP = "whatsapp"
    PHONE = "phone"
    IN_PERSON = "in_person"
    EMAIL = "email"
    COUPON_PAGE = "coupon_page"
    SYSTEM = "system"


class Party(enum.StrEnum):
    """Who began: domain.md's direction of a result."""

    US = "us"
    CUSTOMER = "customer"


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
        Index("ix_results_campaign_id", "campaign_id", "id"),
        # what a month of all campaigns is counted by, without a look at the rows themselves
        Index(
            "ix_results_at",
            "at",
            "id",
            postgresql_where=text("revoked_at IS NULL"),
            postgresql_include=["campaign_id", "result_type_id", "by_id"],
        ),
        UniqueConstraint("supersedes_id"),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_has_currency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))  # its case's
    result_type_id: Mapped[int] = mapped_column(ForeignKey("result_types.id"))
    value_date: Mapped[date | None]
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None]
    value_integer: Mapped[int | None]
    value_text: Mapped[str | None]  # text, or the code of a choice
    channel: Mapped[Channel]
    began: Mapped[Party | None]  # of a call or a visit: who called whom; None: not said
    note: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: by the system
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    evidence_message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    evidence_visit_id: Mapped[int | None] = mapped_column(ForeignKey("coupon_visits.id"))
    evidence_attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))
    basis: Mapped[Basis | None]
    # what was suggested to the person who recorded it: result, message, values, and if it was used
    suggestion: Mapped[Json | None]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("results.id"))
    revoked_at: Mapped[datetime | None]  # superseded by nothing: a person took it back
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # of a procedure that was asked for: when it was done, and who said so
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class NextAction(Base):
    __tablename__ = "next_actions"
    __table_args__ = (
        Index("ix_next_actions_due", "due_at", postgresql_where=text("state = 'due'")),
        Index("ix_next_actions_case_id", "case_id"),
        Index(
            "ix_next_actions_operator_id",
            "operator_id",
            "due_at",
            postgresql_where=text("state = 'due'"),
        ),
        Index("ix_next_actions_replaces_id", "replaces_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    result_id: Mapped[int | None] = mapped_column(ForeignKey("results.id"))
    what: Mapped[str]
    due_at: Mapped[datetime]
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[NextActionState] = mapped_column(server_default=text(f"'{NextActionState.DUE}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("next_actions.id"))  # put off, again
    settled_at: Mapped[datetime | None]  # when it stopped being due …
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: by the system


class Promise(Base):
    """A promise of payment that is watched: kept or broken, as its coupon's state says."""

    __tablename__ = "promises"
    __table_args__ = (
        UniqueConstraint("result_id"),
        Index("ix_promises_case_id", "case_id"),
        Index("ix_promises_coupon_id", "coupon_id"),
        Index("ix_promises_open", "settles_at", postgresql_where=text("state = 'open'")),
        Index(
            "ix_promises_remind_at",
            "remind_at",
            postgresql_where=text("state = 'open' AND reminder_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("results.id"))  # has the day and the amount
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupons.id"))  # the one that is watched
    state: Mapped[PromiseState] = mapped_column(server_default=text(f"'{PromiseState.OPEN}'"))
    settles_at: Mapped[datetime]  # the end of the promised day, or of the working day after it
    remind_at: Mapped[datetime | None]  # None: nothing is sent before
    reminder_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BulkSend(Base):
    """One press of *Enviar a N*: its token says that a second press is the same one."""

    __tablename__ = "bulk_sends"
    __table_args__ = (UniqueConstraint("token"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    token: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    template_version_id: Mapped[int] = mapped_column(ForeignKey("template_versions.id"))
    written: Mapped[int] = mapped_column(server_default=text("0"))  # messages in the ledger
    left_out: Mapped[int] = mapped_column(server_default=text("0"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
