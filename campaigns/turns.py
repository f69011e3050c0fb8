"""Which campaign of a line is next: shares by priority, 4 : 2 : 1, and nobody starves.

Start-time fair queueing. Each campaign's row says how much it has had, in messages over its
weight; whoever has had least is next. The line's own row says where the line has come to: a
campaign that is new, or comes back from a pause, begins there and not at what it missed.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session


def weight_of(priority: int) -> int:
    """Alta 4, Media 2, Baja 1."""
    return 1 << max(0, 3 - priority)


def charge(
    session: Session, *, line_id: int, campaign_id: int, priority: int, messages: int
) -> None:
    """Note that a campaign had its turn; let it be the transaction's last statement.

    The rows are the same for all workers of a line: a lock on them is held for the commit alone.
    """
    session.execute(
        text(_CHARGE),
        {"line": line_id, "campaign": campaign_id, "cost": messages / weight_of(priority)},
    )


# The line comes first, always: two workers never wait for each other.
_CHARGE = """
WITH place AS (
    SELECT coalesce(max(had) FILTER (WHERE campaign_id = 0), 0) AS line,
        coalesce(max(had), 0) AS turn
    FROM send_turns WHERE line_id = :line AND campaign_id IN (0, :campaign)
)
INSERT INTO send_turns AS t (line_id, campaign_id, had)
SELECT :line, campaign_id, had FROM (
    SELECT 1 AS nth, 0 AS campaign_id, turn AS had FROM place
    UNION ALL
    SELECT 2, CAST(:campaign AS bigint), line + :cost FROM place
) AS both_rows
ORDER BY nth
ON CONFLICT (line_id, campaign_id) DO UPDATE SET had = CASE
    WHEN t.campaign_id = 0 THEN greatest(t.had, excluded.had)
    ELSE greatest(t.had + :cost, excluded.had)
END
"""
