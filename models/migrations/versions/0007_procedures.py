"""A procedure that was asked for is done by itself: when, and by whom; not with its case alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007_procedures"
down_revision = "0006_rests"


def upgrade() -> None:
    op.add_column("results", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("results", sa.Column("done_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_results_done_by_id"), "results", "users", ["done_by_id"], ["id"])
    # until now it ended with its case: what was over stays so
    op.execute(
        "UPDATE results SET done_at = coalesce(cases.finished_at, results.at)"
        " FROM cases, result_types WHERE cases.id = results.case_id"
        " AND result_types.id = results.result_type_id"
        " AND result_types.value_kind = 'date_text' AND cases.state = 'finished'"
    )
