"""The rows of a chunk as a table of the transaction, so that one statement serves them all."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.importing.staged import StagedRow

# `line` is unique in a chunk. No index: every statement reads all of it, and each update of a row
# would have to write the index too. The columns behind the row's own are filled in as the chunk is
# worked on; `refused` says why a row is not written after all.
_CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_rows (
    line bigint,
    is_primary boolean, identity text, name text, document text, customer_external_id text,
    email text, address text,
    phone text, match_key text, other_phone text, other_match_key text,
    administrator text, plan text, plan_model text, plan_term bigint, plan_kind text,
    subscription_key text, repeats boolean,
    group_code text, order_code text, contract_number text, external_id text,
    state text, instalments_paid bigint, instalments_overdue bigint, custom jsonb,
    instalment bigint, amount numeric(14, 2), currency text, amount_as_of date, due_date date,
    second_due_date date, payment_code text, payment_url text, coupon_external_id text,
    paid boolean, paid_on date,

    refused text, warned text,
    plan_id bigint, contact_id bigint, other_contact_id bigint,
    customer_id bigint, customer_is_new boolean DEFAULT false, guessed boolean DEFAULT false,
    subscription_id bigint, subscription_is_new boolean DEFAULT false,
    coupon_id bigint, pays boolean DEFAULT false,
    is_changed boolean DEFAULT false
) ON COMMIT DROP
"""


def stage(session: Session, rows: Sequence[StagedRow]) -> None:
    """Fill the chunk's table with these rows alone."""
    session.execute(text("SET LOCAL client_min_messages = warning"))
    session.execute(text(_CREATE))
    session.execute(text("TRUNCATE staged_rows"))
    driver = session.connection().connection.driver_connection
    assert driver is not None
    columns = ", ".join(StagedRow._fields)
    with driver.cursor() as cursor, cursor.copy(f"COPY staged_rows ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    # without figures the planner takes the table for tiny, and loops
    session.execute(text("ANALYZE staged_rows"))
