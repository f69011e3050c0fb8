"""Restores, and what the provider has that a restored ledger has not."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_restore"
down_revision = "0003_queue"

_MOMENT = sa.DateTime(timezone=True)
_CLOCK = sa.text("clock_timestamp()")


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("restored_at", _MOMENT, server_default=_CLOCK, nullable=False),
        sa.Column("reconciled_at", _MOMENT, nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
    op.create_index(
        "ix_restores_open", "restores", ["id"], postgresql_where=sa.text("reconciled_at IS NULL")
    )
    op.create_table(
        "provider_finds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("restore_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=True),
        sa.Column("error_code", sa.BigInteger(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["restore_id"], ["restores.id"], name=op.f("fk_provider_finds_restore_id_restores")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["lines.id"], name=op.f("fk_provider_finds_line_id_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_finds")),
        sa.UniqueConstraint("restore_id", "sid", name=op.f("uq_provider_finds_restore_id_sid")),
    )
    op.create_index(
        "ix_provider_finds_address", "provider_finds", ["restore_id", "line_id", "address"]
    )
