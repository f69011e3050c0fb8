"""Which first messages were answered: kept on the ledger, so that the account counts them."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session


def refresh_replied(session: Session, case_ids: Collection[int]) -> None:
    """Note on each case's first message when the case was first answered, if it was.

    Call it last in a transaction: it locks messages, in the order of their ids as everybody does.
    """
    if not case_ids:
        return
    session.flush()
    locked = {row.case_id: row.id for row in session.execute(text(_LOCK), _of(case_ids))}
    if passed_by := set(case_ids) - locked.keys():
        # another message may have become a case's first while we waited: a later look sees it
        locked |= {row.case_id: row.id for row in session.execute(text(_LOCK), _of(passed_by))}
    if locked:
        session.execute(text(_REFRESH), {"ids": sorted(locked.values())})


def _of(case_ids: Collection[int]) -> dict[str, list[int]]:
    return {"cases": sorted(case_ids)}


_LOCK = """
SELECT case_id, id FROM messages
WHERE case_id = ANY(CAST(:cases AS bigint[])) AND direction = 'out' AND sequence = 1
ORDER BY id
FOR NO KEY UPDATE
"""

_REFRESH = """
UPDATE messages m SET replied_at = a.at
FROM (
    SELECT m.id, min(a.at) AS at FROM messages m
    LEFT JOIN attributions a ON a.case_id = m.case_id AND a.replaced_at IS NULL
    WHERE m.id = ANY(CAST(:ids AS bigint[]))
    GROUP BY m.id
) AS a
WHERE m.id = a.id AND m.replied_at IS DISTINCT FROM a.at
"""
