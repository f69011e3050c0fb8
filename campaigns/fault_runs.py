"""One bad row or a bad template: told apart by the messages that left beside it.

Some of the provider's codes may be about a single row (a variable of his, a foreign number) or
about everything that would leave after it. One such failure says nothing; a run of them does.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.message import ID_BLOCK

OF = 20
"""So many neighbours are looked at …"""
RUN = 3
"""… and so many of them with the same code are a run."""
_REACH = 4 * ID_BLOCK


def is_run(same: Sequence[bool]) -> bool:
    """Whether any `OF` neighbours in a row hold `RUN` that failed alike."""
    return any(sum(same[at : at + OF]) >= RUN for at in range(max(1, len(same) - OF + 1)))


def ends_a_run(
    session: Session,
    message_id: int,
    code: int | None,
    *,
    failing: Collection[int] = (),
    beside: Collection[int] = (),
) -> bool:
    """Whether the failure of this message is one of a run in its campaign.

    ``beside`` are messages whose outcome came with it and is not written yet, ``failing`` those
    of them that failed with this code. A campaign sends in the
    order of its ids, near enough, so neighbours by id left within seconds of each other, and an
    index finds them in any ledger. What failed before a person last let the line or the campaign
    go counts no more.
    """
    if code is None:
        return False
    rows = session.execute(
        text(_NEIGHBOURS),
        {
            "id": message_id,
            "code": code,
            "failing": list(failing),
            "beside": list(beside),
            "of": OF,
            "reach": _REACH,
        },
    )
    return is_run([same for (same,) in rows])


# `sending` and `uncertain` are no news of anybody, and neither is what never left
_NEIGHBOURS = """
WITH one AS (
    SELECT m.id, m.campaign_id, m.template_version_id, coalesce((
        SELECT max(e.at) FROM audit_events e
        WHERE (e.object_kind = 'campaign' AND e.object_id = m.campaign_id
                AND e.action = 'campaign.release')
            OR (e.object_kind = 'line' AND e.object_id = m.line_id AND e.action = 'line.release')
    ), '-infinity') AS released_at
    FROM messages m WHERE m.id = :id
), tried AS (
    (SELECT n.* FROM one, LATERAL (
        SELECT m.id, m.state, m.error_code, m.state_at FROM messages m
        WHERE m.campaign_id = one.campaign_id AND m.id BETWEEN one.id - :reach AND one.id
            AND m.template_version_id IS NOT DISTINCT FROM one.template_version_id
            AND (m.id = ANY(CAST(:beside AS bigint[])) OR m.state IN
                ('accepted', 'sent', 'delivered', 'read', 'failed', 'undelivered'))
        ORDER BY m.id DESC LIMIT :of
    ) AS n)
    UNION ALL
    (SELECT n.* FROM one, LATERAL (
        SELECT m.id, m.state, m.error_code, m.state_at FROM messages m
        WHERE m.campaign_id = one.campaign_id
            AND m.id > one.id AND m.id <= one.id + :reach
            AND m.template_version_id IS NOT DISTINCT FROM one.template_version_id
            AND (m.id = ANY(CAST(:beside AS bigint[])) OR m.state IN
                ('accepted', 'sent', 'delivered', 'read', 'failed', 'undelivered'))
        ORDER BY m.id LIMIT :of
    ) AS n)
)
SELECT t.id = ANY(CAST(:failing AS bigint[])) OR t.id = one.id OR (
    t.state IN ('failed', 'undelivered') AND t.error_code = :code AND t.state_at > one.released_at
)
FROM tried t, one ORDER BY t.id
"""
