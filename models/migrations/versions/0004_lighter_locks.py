"""What we learn of a row later is no key of it: to write it waits for nobody who points there."""

import sqlalchemy as sa
from alembic import op

revision = "0004_lighter_locks"
down_revision = "0003_replies"

_LEARNT = (("contact_points", "bsuid"), ("messages", "provider_sid"))


def upgrade() -> None:
    for table, column in _LEARNT:
        name = f"uq_{table}_{column}"
        op.drop_constraint(name, table, type_="unique")
        op.create_index(
            name,
            table,
            [column],
            unique=True,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
