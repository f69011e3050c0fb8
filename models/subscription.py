"""The plan a customer saves in, and his contract: the unit that campaigns work on."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json
from models.states import SubscriptionState

CONTRACT = "upper(subscriptions.contract_number)"  # as it is searched for


class Plan(Base):
    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("administrator", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    administrator: Mapped[str]  # or brand; '' when the file does not say
    name: Mapped[str]
    model: Mapped[str | None]
    term: Mapped[int | None]  # in instalments
    kind: Mapped[str | None]  # 100 %, 70/30, 80/20


class Subscription(Base):
    """Known by its contract number, else by administrator, group and order."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("administrator", "group_code", "order_code"),
        # a search by name comes by it to thousands of ids, which it has without their rows
        Index("ix_subscriptions_customer_id", "customer_id", postgresql_include=["id"]),
        Index("ix_subscriptions_plan_id", "plan_id"),
        Index("ix_subscriptions_group", "group_code", "order_code"),
        Index(
            "ix_subscriptions_contract",
            literal_column(CONTRACT.replace("subscriptions.", "")).label("contract"),
            postgresql_ops={"contract": "text_pattern_ops"},
        ),
        Index("ix_subscriptions_overdue", "instalments_overdue", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    administrator: Mapped[str]
    group_code: Mapped[str | None]  # grupo
    order_code: Mapped[str | None]  # orden
    contract_number: Mapped[str | None] = mapped_column(unique=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[SubscriptionState] = mapped_column(
        server_default=text(f"'{SubscriptionState.ACTIVE}'")
    )
    instalments_paid: Mapped[int | None]
    instalments_overdue: Mapped[int] = mapped_column(server_default=text("0"))
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
