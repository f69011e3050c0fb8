"""Files of messages and subscriptions; what customers sent before this is fetched too."""

import sqlalchemy as sa
from alembic import op

revision = "0003_files"
down_revision = "0003_agenda"

_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("stored_as", sa.Text(), nullable=False),
        sa.Column("small_as", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_files_stored_as")),
    )
    _media()
    _attachments()
    op.add_column("results", sa.Column("evidence_attachment_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_results_evidence_attachment_id"),
        "results",
        "attachments",
        ["evidence_attachment_id"],
        ["id"],
    )


def _media() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("provider_sid", sa.Text(), nullable=True),
        sa.Column("declared_type", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="waiting", nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'stored') = (file_id IS NOT NULL)", name=op.f("ck_media_stored_has_file")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_media_message_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_media_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("message_id", "position", name=op.f("uq_media_message_id_position")),
    )
    op.create_index(
        "ix_media_due_at", "media", ["due_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("ix_media_file_id", "media", ["file_id"])
    op.execute(
        """
        INSERT INTO media (message_id, position, provider_sid, declared_type, due_at)
        SELECT m.id, each.place - 1,
            substring(each.file ->> 'url' FROM '/Media/(ME[0-9a-fA-F]{32})$'),
            coalesce(each.file ->> 'content_type', ''), now()
        FROM messages m
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(m.media) WHEN 'array' THEN m.media ELSE '[]' END
        ) WITH ORDINALITY AS each (file, place)
        WHERE m.direction = 'in' AND m.media IS NOT NULL
        """
    )


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("coupon_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("removed_at", _MOMENT, nullable=True),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_attachments_{column}")
            )
            for column, table in (
                ("subscription_id", "subscriptions"),
                ("file_id", "files"),
                ("case_id", "cases"),
                ("message_id", "messages"),
                ("coupon_id", "coupons"),
                ("by_id", "users"),
                ("removed_by_id", "users"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(
        "uq_attachments_standing",
        "attachments",
        ["subscription_id", "file_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index("ix_attachments_file_id", "attachments", ["file_id"])
    op.create_index("ix_attachments_subscription_id", "attachments", ["subscription_id", "id"])
