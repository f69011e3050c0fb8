"""What the longest lists read: found without reading the rows themselves.

Who answered, what people wrote back, and whose a subscription is, is in the index whole.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_lists"
down_revision = "0004_lighter_locks"


def upgrade() -> None:
    op.drop_index("ix_messages_replied", "messages")
    op.create_index(
        "ix_messages_replied",
        "messages",
        ["campaign_id", "id"],
        postgresql_where=sa.text("replied_at IS NOT NULL"),
        postgresql_include=["case_id", "direction", "sequence", "replied_at"],
    )
    op.drop_index("ix_messages_answers", "messages")
    op.create_index(
        "ix_messages_answers",
        "messages",
        ["campaign_id", "case_id"],
        postgresql_where=sa.text("author_id IS NOT NULL"),
        postgresql_include=["author_id", "cause", "created_at"],
    )
    op.drop_index("ix_subscriptions_customer_id", "subscriptions")
    op.create_index(
        "ix_subscriptions_customer_id",
        "subscriptions",
        ["customer_id"],
        postgresql_include=["id"],
    )
