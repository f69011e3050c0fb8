"""The bulk write of callbacks never scans the ledger, whatever statistics say of its states."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns import delivery_rows
from tests.campaigns.builders_inbox import World
from tests.conftest import NOON

_LEDGER = """
INSERT INTO messages (direction, state, line_id, contact_point_id, address, cause,
    campaign_id, template_version_id, due_at, attempts)
SELECT 'out', 'planned', line_id, contact_point_id, address, cause,
    campaign_id, template_version_id, due_at, 0
FROM messages, generate_series(1, 30000)
"""
_ATTEMPTS = """
INSERT INTO attempts (message_id, number, owner) SELECT id, 1, 'w1' FROM messages
ON CONFLICT DO NOTHING
"""


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        (delivery_rows._WRITE_MESSAGES, "messages"),
        (delivery_rows._WRITE_ATTEMPTS, "attempts"),
        (delivery_rows._LOCK, "messages"),
    ],
    ids=["messages", "attempts", "lock"],
)
def test_a_batch_is_found_by_primary_key(session: Session, statement: str, table: str) -> None:
    World(session, NOON).a_message()
    session.execute(text(_LEDGER))
    session.execute(text(_ATTEMPTS))
    session.execute(text("ANALYZE messages; ANALYZE attempts"))  # every row says `planned`
    ids = list(session.scalars(text("SELECT id FROM messages ORDER BY id LIMIT 50")))
    session.execute(text("UPDATE messages SET state = 'sent' WHERE id = ANY(:ids)"), {"ids": ids})
    empty = [None] * len(ids)
    values = {
        "now": NOON,
        "ids": ids,
        "numbers": [1] * len(ids),
        "states": ["delivered"] * len(ids),
        "outcomes": ["accepted"] * len(ids),
        "failures": [0] * len(ids),
        "others": [""] * len(ids),
        **dict.fromkeys(("sids", "codes", "reasons", "dues", "details"), empty),
    }
    wanted = {name: value for name, value in values.items() if f":{name}" in statement}

    plan = "\n".join(session.scalars(text("EXPLAIN " + statement), wanted))

    assert f"Seq Scan on {table}" not in plan
    assert f"pk_{table}" in plan
