"""A payable instalment, the link that shows it, and the visits of that link."""

import enum
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.states import CouponState


class Coupon(Base):
    """One instalment of one subscription. Its amount moves with the price of the car."""

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("subscription_id", "instalment"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index("ix_coupons_due_date", "due_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    instalment: Mapped[int]
    external_id: Mapped[str | None] = mapped_column(unique=True)
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(server_default=text("'ARS'"))  # ISO 4217
    amount_as_of: Mapped[date | None]
    due_date: Mapped[date]
    second_due_date: Mapped[date | None]
    payment_code: Mapped[str | None]
    payment_url: Mapped[str | None]
    paid_on: Mapped[date | None]  # as a file said; None: unpaid, or nobody said when
    state: Mapped[CouponState] = mapped_column(server_default=text(f"'{CouponState.ISSUED}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CouponLink(Base):
    """One per message, with the message's own id: so its token can be derived when it is sent."""

    __tablename__ = "coupon_links"
    __table_args__ = (Index("ix_coupon_links_coupon_id", "coupon_id"),)

    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id"), primary_key=True, autoincrement=False
    )
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupons.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class VisitKind(enum.StrEnum):
    FETCH = "fetch"  # any GET: robots do that
    PREVIEW = "preview"  # HEAD, or an agent known to draw previews
    OPEN = "open"  # the button was pressed: the only one reported as an opening


class CouponVisit(Base):
    __tablename__ = "coupon_visits"
    __table_args__ = (
        # pressing the button twice is one opening
        Index(
            "uq_coupon_visits_open",
            "message_id",
            unique=True,
            postgresql_where=text("kind = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("coupon_links.message_id"))
    kind: Mapped[VisitKind]
    user_agent: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
