"""The work queue: who is away, saved views, cases passed on and replies that nobody took."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_queue"
down_revision = "0003_composer"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("users", sa.Column("away_since", _MOMENT, nullable=True))
    op.add_column(
        "users",
        sa.Column("plays_sound", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "users",
        sa.Column("has_single_keys", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.add_column("cases", sa.Column("escalated_at", _MOMENT, nullable=True))
    op.add_column("cases", sa.Column("passed_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_cases_passed_by_id"), "cases", "users", ["passed_by_id"], ["id"])
    op.create_index(
        "ix_cases_escalated",
        "cases",
        ["escalated_at"],
        postgresql_where=sa.text("escalated_at IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_passed",
        "cases",
        ["operator_id"],
        postgresql_where=sa.text("passed_by_id IS NOT NULL"),
    )
    op.alter_column("notes", "author_id", nullable=True)
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_views_user_id_name")),
    )
