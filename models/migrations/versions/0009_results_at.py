"""The results of a period, of all campaigns: counted in this index, without their rows."""

import sqlalchemy as sa
from alembic import op

revision = "0009_results_at"
down_revision = "0008_paid_on"


def upgrade() -> None:
    op.create_index(
        "ix_results_at",
        "results",
        ["at", "id"],
        postgresql_where=sa.text("revoked_at IS NULL"),
        postgresql_include=["campaign_id", "result_type_id", "by_id"],
    )
