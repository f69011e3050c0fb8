"""Next actions with their chain, watched promises, calls, procedures, sending to a selection."""

import sqlalchemy as sa
from alembic import op

revision = "0003_agenda"
down_revision = "0002"

_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def upgrade() -> None:
    _next_actions()
    _promises()
    _bulk_sends()
    op.add_column("results", sa.Column("began", sa.String(length=32), nullable=True))
    # what is asked for, and when: until now its text alone
    op.execute(
        "UPDATE result_types SET value_kind = 'date_text'"
        " WHERE code = 'tramite_solicitado' AND campaign_type_id IS NULL AND value_kind = 'text'"
    )


def _next_actions() -> None:
    op.add_column("next_actions", sa.Column("replaces_id", sa.BigInteger(), nullable=True))
    op.add_column("next_actions", sa.Column("settled_at", _MOMENT, nullable=True))
    op.add_column("next_actions", sa.Column("settled_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_next_actions_replaces_id"),
        "next_actions",
        "next_actions",
        ["replaces_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_next_actions_settled_by_id"), "next_actions", "users", ["settled_by_id"], ["id"]
    )
    op.create_index("ix_next_actions_replaces_id", "next_actions", ["replaces_id"])
    op.create_index(
        "ix_next_actions_operator_id",
        "next_actions",
        ["operator_id", "due_at"],
        postgresql_where=sa.text("state = 'due'"),
    )


def _promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("result_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="open", nullable=False),
        sa.Column("settles_at", _MOMENT, nullable=False),
        sa.Column("remind_at", _MOMENT, nullable=True),
        sa.Column("reminder_id", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name=op.f("fk_promises_result_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_promises_case_id")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name=op.f("fk_promises_coupon_id")),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["messages.id"], name=op.f("fk_promises_reminder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint("result_id", name=op.f("uq_promises_result_id")),
    )
    op.create_index("ix_promises_case_id", "promises", ["case_id"])
    op.create_index("ix_promises_coupon_id", "promises", ["coupon_id"])
    op.create_index(
        "ix_promises_open", "promises", ["settles_at"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "ix_promises_remind_at",
        "promises",
        ["remind_at"],
        postgresql_where=sa.text("state = 'open' AND reminder_id IS NULL"),
    )
    op.add_column("cases", sa.Column("broken_promise_at", _MOMENT, nullable=True))
    op.create_index(
        "ix_cases_broken_promise",
        "cases",
        ["campaign_id", "broken_promise_at"],
        postgresql_where=sa.text("broken_promise_at IS NOT NULL"),
    )
    op.add_column(
        "campaign_steps",
        sa.Column("moment", sa.String(length=32), server_default="launch", nullable=False),
    )
    op.add_column(
        "campaign_steps",
        sa.Column("days_before", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )


def _bulk_sends() -> None:
    op.create_table(
        "bulk_sends",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("template_version_id", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("left_out", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", _MOMENT, server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_bulk_sends_by_id")),
        sa.ForeignKeyConstraint(
            ["template_version_id"],
            ["template_versions.id"],
            name=op.f("fk_bulk_sends_template_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_sends")),
        sa.UniqueConstraint("token", name=op.f("uq_bulk_sends_token")),
    )
    op.add_column("campaigns", sa.Column("bulk_limit", sa.BigInteger(), nullable=True))
