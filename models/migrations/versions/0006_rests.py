"""A line may rest until a moment, and goes on by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0006_rests"
down_revision = "0005_lists"


def upgrade() -> None:
    op.add_column("lines", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
