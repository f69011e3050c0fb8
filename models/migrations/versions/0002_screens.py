"""What the screens need: sessions, drafts of campaigns, the desk, templates, imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_MOMENT = sa.DateTime(timezone=True)
_CLOCK = sa.text("clock_timestamp()")


def upgrade() -> None:
    _sign_in()
    _imports()
    _campaign_setup()
    _desk()
    _templates()
    _engine()


def _sign_in() -> None:
    """Who is signed in where, and who tried."""
    op.add_column(
        "users",
        sa.Column(
            "must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reference_hash", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_CLOCK, nullable=False),
        sa.Column("last_seen_at", _MOMENT, server_default=_CLOCK, nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("reference_hash", name=op.f("uq_user_sessions_reference_hash")),
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["user_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_hash", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_account_hash", "sign_in_failures", ["account_hash", "at"])
    op.create_index("ix_sign_in_failures_ip", "sign_in_failures", ["ip", "at"])
    # what an operator sees hangs on these
    op.create_index("ix_campaign_operators_user_id", "campaign_operators", ["user_id"])


def _imports() -> None:
    """Imports made on a screen, and what people search subscriptions by."""
    text, json = sa.Text(), postgresql.JSONB(astext_type=sa.Text())
    op.add_column(
        "imports",
        sa.Column("state", sa.String(length=32), server_default="importing", nullable=False),
    )
    op.execute("UPDATE imports SET state = 'done' WHERE finished_at IS NOT NULL")
    for name, kind in (
        ("problem", text),
        ("stored_as", text),
        ("header", json),
        ("sample", json),
        ("setup", json),
        ("rehearsal", json),
        ("report", json),
    ):
        op.add_column("imports", sa.Column(name, kind, nullable=True))
    for name in ("rows_seen", "part_seen", "refused_bytes"):
        op.add_column(
            "imports",
            sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        )
    op.create_index(
        "ix_imports_at_work",
        "imports",
        ["id"],
        postgresql_where=sa.text("state IN ('rehearsing', 'importing')"),
    )
    op.create_index(
        "ix_customers_words",
        "customers",
        [
            sa.text(
                "to_tsvector('simple'::regconfig, regexp_replace(lower(translate(name, "
                "'ÁÀÂÄÃÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇáàâäãéèêëíìîïóòôöõúùûüñç', "
                "'aaaaaeeeeiiiiooooouuuuncaaaaaeeeeiiiiooooouuuunc')), "
                "'[^a-z0-9]+', ' ', 'g'))"
            )
        ],
        postgresql_using="gin",
    )
    op.create_index(
        "ix_customers_document",
        "customers",
        ["document"],
        postgresql_ops={"document": "text_pattern_ops"},
    )
    op.create_index(
        "ix_customers_dni", "customers", [sa.text("substr(document, 3, 8) text_pattern_ops")]
    )
    op.create_index(
        "ix_contact_points_backwards",
        "contact_points",
        [sa.text("(reverse(match_key)) text_pattern_ops")],
    )
    op.create_index("ix_subscriptions_group", "subscriptions", ["group_code", "order_code"])
    op.create_index(
        "ix_subscriptions_contract",
        "subscriptions",
        [sa.text("(upper(contract_number)) text_pattern_ops")],
    )
    op.create_index("ix_subscriptions_overdue", "subscriptions", ["instalments_overdue", "id"])


def _campaign_setup() -> None:
    """What a campaign's draft holds, and its activity."""
    op.add_column(
        "campaigns",
        sa.Column("is_phone_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute(
        "UPDATE campaigns SET is_phone_only = true WHERE NOT is_standing AND NOT EXISTS"
        " (SELECT FROM campaign_steps s WHERE s.campaign_id = campaigns.id)"
    )
    op.add_column("users", sa.Column("test_phone", sa.Text(), nullable=True))
    _campaign_page()


# What is counted, as in 0001, now with who answered and why the rest did not get there.
COUNTED = """campaign_id, coalesce(sequence = 1, false) AS is_first, state,
        replied_at IS NOT NULL AS is_replied,
        CASE WHEN state IN ('skipped', 'cancelled', 'failed', 'undelivered') THEN
            coalesce(nullif(split_part(reason, ':', 1), ''), error_code::text, 'unknown')
        END AS why"""
COUNT_INSERTED = f"""
CREATE OR REPLACE FUNCTION count_inserted_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign_counts (campaign_id, is_first, state, is_replied, why, delta)
    SELECT {COUNTED}, count(*)
    FROM new_rows
    WHERE campaign_id IS NOT NULL AND direction = 'out'
    GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$
"""  # noqa: S608
COUNT_UPDATED = f"""
CREATE OR REPLACE FUNCTION count_updated_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign_counts (campaign_id, is_first, state, is_replied, why, delta)
    SELECT campaign_id, is_first, state, is_replied, why, sum(delta)
    FROM (
        SELECT {COUNTED}, 1 AS delta FROM new_rows
        WHERE campaign_id IS NOT NULL AND direction = 'out'
        UNION ALL
        SELECT {COUNTED}, -1 FROM old_rows
        WHERE campaign_id IS NOT NULL AND direction = 'out'
    ) AS moved
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(delta) <> 0;
    RETURN NULL;
END $$
"""  # noqa: S608
COUNT_ANEW = f"""
INSERT INTO campaign_counts (campaign_id, is_first, state, is_replied, why, delta)
SELECT {COUNTED}, count(*) FROM messages
WHERE campaign_id IS NOT NULL AND direction = 'out'
GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608
MARK_REPLIED = """
UPDATE messages m SET replied_at = a.at
FROM (
    SELECT case_id, min(at) AS at FROM attributions WHERE replaced_at IS NULL GROUP BY case_id
) AS a
WHERE m.case_id = a.case_id AND m.direction = 'out' AND m.sequence = 1
"""


def _campaign_page() -> None:
    """Who answered and who did not get it, counted; the pace of sending; what waits."""
    op.add_column("messages", sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "campaign_counts",
        sa.Column("is_replied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("campaign_counts", sa.Column("why", sa.Text(), nullable=True))
    op.create_table(
        "campaign_paces",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_paces")),
    )
    op.create_index("ix_campaign_paces_campaign_id", "campaign_paces", ["campaign_id", "minute"])
    op.create_index("ix_cases_campaign_id", "cases", ["campaign_id", "id"])
    op.create_index(
        "ix_cases_waiting",
        "cases",
        ["campaign_id", "waiting_since"],
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_held",
        "cases",
        ["campaign_id", "operator_id"],
        postgresql_where=sa.text("operator_id IS NOT NULL"),
    )
    op.execute(COUNT_INSERTED)
    op.execute(COUNT_UPDATED)
    op.execute(MARK_REPLIED)
    op.execute("DELETE FROM campaign_counts")
    op.execute(COUNT_ANEW)
    _looked_up_by_campaign()


# During a deploy, workers of the version before record results without it.
FILL_CAMPAIGN_OF_RESULTS = """
CREATE FUNCTION fill_results_campaign_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT campaign_id INTO NEW.campaign_id FROM cases WHERE id = NEW.case_id;
    RETURN NEW;
END $$
"""


def _looked_up_by_campaign() -> None:
    """What a campaign's pages count and list without reading all of its cases and messages."""
    op.add_column("results", sa.Column("campaign_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE results r SET campaign_id = c.campaign_id FROM cases c WHERE c.id = r.case_id"
    )
    op.execute(FILL_CAMPAIGN_OF_RESULTS)
    op.execute(
        "CREATE TRIGGER fill_results_campaign_id BEFORE INSERT ON results FOR EACH ROW"
        " WHEN (NEW.campaign_id IS NULL) EXECUTE FUNCTION fill_results_campaign_id()"
    )
    op.alter_column("results", "campaign_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_results_campaign_id"), "results", "campaigns", ["campaign_id"], ["id"]
    )
    op.create_index("ix_results_campaign_id", "results", ["campaign_id", "id"])
    op.create_index(
        "ix_messages_explained",
        "messages",
        ["campaign_id", "id"],
        postgresql_where=sa.text("reason IS NOT NULL OR error_code IS NOT NULL"),
    )
    op.create_index(
        "ix_messages_replied",
        "messages",
        ["campaign_id", "id"],
        postgresql_where=sa.text("replied_at IS NOT NULL"),
    )
    op.create_index(
        "ix_messages_case_id",
        "messages",
        ["case_id"],
        postgresql_where=sa.text("sequence IS NULL"),
    )
    op.create_index(
        "ix_messages_answers",
        "messages",
        ["campaign_id", "case_id"],
        postgresql_where=sa.text("author_id IS NOT NULL"),
    )


def _desk() -> None:
    """Notes between colleagues; what was read; the order of the desk."""
    op.create_table(
        "notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notes_case_id")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_notes_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_case_id", "notes", ["case_id"])
    op.add_column("cases", sa.Column("active_at", _MOMENT, nullable=True))
    op.add_column("cases", sa.Column("read_through", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE cases SET active_at = coalesce(waiting_since, created_at) WHERE"
        " waiting_since IS NOT NULL OR operator_id IS NOT NULL"
        " OR state IN ('in_progress', 'scheduled')"
    )
    op.create_index(
        "ix_cases_desk",
        "cases",
        ["operator_id", "active_at"],
        postgresql_where=sa.text("state <> 'finished' AND active_at IS NOT NULL"),
    )


def _templates() -> None:
    """Templates and catalogue edited on screens."""
    op.add_column("template_versions", sa.Column("header", sa.Text(), nullable=True))
    op.add_column("template_versions", sa.Column("submit_due_at", _MOMENT, nullable=True))
    op.add_column("template_versions", sa.Column("submit_problem", sa.Text(), nullable=True))
    for table in ("campaign_types", "result_types"):
        op.add_column(
            table,
            sa.Column("is_removed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        )


def _engine() -> None:
    """What the sending engine keeps for itself."""
    _guards()
    _pollers()


def _pollers() -> None:
    """What was asked of the provider because it may not have told us; campaigns that stand still."""
    op.add_column("lines", sa.Column("inbound_polled_to", _MOMENT, nullable=True))
    op.add_column("lines", sa.Column("inbound_poll_at", _MOMENT, nullable=True))
    op.add_column(
        "webhook_events",
        sa.Column("is_polled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("send_slices", sa.Column("stuck_at", _MOMENT, nullable=True))
    op.create_index(
        "ix_send_slices_stuck_at",
        "send_slices",
        ["stuck_at"],
        postgresql_where=sa.text("stuck_at IS NOT NULL"),
    )
    # what is on its way while this is installed is looked after too
    op.execute("UPDATE send_slices SET stuck_at = now()")
    op.add_column("campaigns", sa.Column("stalled_since", _MOMENT, nullable=True))


def _guards() -> None:
    """Sending hours, quota, turns, and what a slice waits for."""
    json = postgresql.JSONB(astext_type=sa.Text())
    for table in ("campaigns", "lines"):
        op.add_column(table, sa.Column("sending_window", json, nullable=True))
        op.add_column(table, sa.Column("sends_on_holidays", sa.Boolean(), nullable=True))
    op.add_column(
        "send_slices",
        sa.Column("is_domestic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("send_slices", sa.Column("put_off_reason", sa.Text(), nullable=True))
    op.add_column("send_slices", sa.Column("put_off_at", _MOMENT, nullable=True))
    op.add_column("send_slices", sa.Column("put_off_until", _MOMENT, nullable=True))
    op.create_table(
        "send_turns",
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("had", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", "campaign_id", name=op.f("pk_send_turns")),
    )
    op.create_table(
        "quota_uses",
        sa.Column("portfolio_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_point_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["portfolio_id"], ["portfolios.id"], name=op.f("fk_quota_uses_portfolio_id")
        ),
        sa.PrimaryKeyConstraint("portfolio_id", "contact_point_id", name=op.f("pk_quota_uses")),
    )
    op.create_index("ix_quota_uses_minute", "quota_uses", ["minute"])
    op.create_table(
        "quota_counts",
        sa.Column("portfolio_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", _MOMENT, nullable=False),
        sa.Column("recipients", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portfolio_id"], ["portfolios.id"], name=op.f("fk_quota_counts_portfolio_id")
        ),
        sa.PrimaryKeyConstraint("portfolio_id", "minute", name=op.f("pk_quota_counts")),
    )
