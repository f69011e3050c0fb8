"""The day on which a coupon was paid, where a file says it."""

import sqlalchemy as sa
from alembic import op

revision = "0008_paid_on"
down_revision = "0007_procedures"


def upgrade() -> None:
    op.add_column("coupons", sa.Column("paid_on", sa.Date(), nullable=True))
