"""The bulk write of outcomes never scans the ledger, whatever statistics say of its states."""

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from campaigns import outcomes
from tests.campaigns.builders_inbox import World
from tests.conftest import NOON

_LEDGER = """
INSERT INTO messages (direction, state, line_id, contact_point_id, address, cause,
    campaign_id, template_version_id, due_at, attempts)
SELECT 'out', 'planned', line_id, contact_point_id, address, cause,
    campaign_id, template_version_id, due_at, 1
FROM messages, generate_series(1, 50000)
"""
_ATTEMPTS = """
INSERT INTO attempts (message_id, number, owner) SELECT id, 1, 'w1' FROM messages
ON CONFLICT DO NOTHING
"""


# The planner multiplies what statistics say by what it finds on disk: so it takes them for more.
_MILLION = """
UPDATE pg_class SET reltuples = 1000000 WHERE oid IN ('messages'::regclass, 'attempts'::regclass)
"""


@pytest.mark.parametrize(
    "is_million", [False, True], ids=["50,000 rows", "a million by statistics"]
)
@pytest.mark.parametrize(
    ("statement", "table"),
    [(outcomes._MESSAGES, "messages"), (outcomes._ATTEMPTS, "attempts")],
    ids=["messages", "attempts"],
)
def test_a_batch_of_outcomes_is_found_by_primary_key(
    session: Session, statement: TextClause, table: str, is_million: bool
) -> None:
    World(session, NOON).a_message()
    session.execute(text("SET LOCAL statement_timeout = 0"))  # the filling may take its time
    session.execute(text(_LEDGER))
    session.execute(text(_ATTEMPTS))
    session.execute(text("ANALYZE messages; ANALYZE attempts"))  # every row says `planned`
    if is_million:
        session.execute(text(_MILLION))
    ids = list(session.scalars(text("SELECT id FROM messages ORDER BY id LIMIT 100")))
    session.execute(
        text("UPDATE messages SET state = 'sending' WHERE id = ANY(:ids)"), {"ids": ids}
    )
    empty = [None] * len(ids)
    values = {
        "now": NOON,
        "ids": ids,
        "attempts": [1] * len(ids),
        "states": ["accepted"] * len(ids),
        "outcomes": ["accepted"] * len(ids),
        "statuses": [201] * len(ids),
        **dict.fromkeys(("sids", "codes", "reasons", "dues", "looks", "details"), empty),
    }
    explain = text("EXPLAIN " + statement.text).bindparams(*statement._bindparams.values())
    wanted = {name: value for name, value in values.items() if name in statement._bindparams}

    plan = "\n".join(session.scalars(explain, wanted))

    assert f"Seq Scan on {table}" not in plan
    assert f"pk_{table}" in plan
