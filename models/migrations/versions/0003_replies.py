"""Free text suggests results: phrases of supervisors, and what was suggested beside a result."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_replies"
down_revision = "0003_restore"


def upgrade() -> None:
    op.create_table(
        "text_rules",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("result_type_id", sa.BigInteger(), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_type_id"],
            ["result_types.id"],
            name=op.f("fk_text_rules_result_type_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_rules")),
        sa.UniqueConstraint(
            "result_type_id", "phrase", name=op.f("uq_text_rules_result_type_id_phrase")
        ),
    )
    op.add_column("results", sa.Column("suggestion", postgresql.JSONB(), nullable=True))
