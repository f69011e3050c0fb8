"""Quick texts, scripts, the answer out of hours, answers bound to results, what is sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0003_composer"
down_revision = "0003_files"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _texts()
    _nights()
    op.add_column("result_types", sa.Column("reply_text", sa.Text(), nullable=True))
    op.add_column("cases", sa.Column("person_asked_at", _MOMENT, nullable=True))
    op.create_table(
        "message_repeats",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repeat_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_repeats_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["repeat_id"], ["messages.id"], name=op.f("fk_message_repeats_repeat_id")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_repeats")),
    )


def _texts() -> None:
    op.create_table(
        "quick_texts",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("campaign_type_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_type_id"],
            ["campaign_types.id"],
            name=op.f("fk_quick_texts_campaign_type_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_texts")),
        sa.UniqueConstraint("code", name=op.f("uq_quick_texts_code")),
    )
    op.create_table(
        "scripts",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("campaign_type_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(campaign_type_id IS NULL) <> (campaign_id IS NULL)",
            name=op.f("ck_scripts_is_of_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_type_id"], ["campaign_types.id"], name=op.f("fk_scripts_campaign_type_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_scripts_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scripts")),
        sa.UniqueConstraint("campaign_type_id", name=op.f("uq_scripts_campaign_type_id")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_scripts_campaign_id")),
    )


def _nights() -> None:
    op.add_column("lines", sa.Column("night_text", sa.Text(), nullable=True))
    op.add_column(
        "lines",
        sa.Column(
            "answers_at_night", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.create_table(
        "night_answers",
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_point_id", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", _MOMENT, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_night_answers_line_id")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_points.id"],
            name=op.f("fk_night_answers_contact_point_id"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_night_answers_message_id")
        ),
        sa.PrimaryKeyConstraint(
            "contact_point_id", "line_id", "opens_at", name=op.f("pk_night_answers")
        ),
    )
