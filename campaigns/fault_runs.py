"""One bad row or a bad template: told apart by the messages that left beside it.

Some of the provider's codes may be about a single row (a variable of his, a foreign number) or
about everything that would leave after it. One such failure says nothing; a run of them does.
"""

import enum
from collections.abc import Collection, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.message import ID_BLOCK

OF = 20
"""So many neighbours are looked at …"""
RUN = 3
"""… and so many of them with the same code are a run."""
_REACH = 4 * ID_BLOCK


class Alike(enum.StrEnum):
    """What makes two failures the same."""

    CODE = "code"  # the provider gave both this code, or none
    NO_ANSWER = "no_answer"  # it gave no answer that says what became of them


def is_run(same: Sequence[bool], run: int = RUN) -> bool:
    """Whether any `OF` neighbours in a row hold ``run`` that failed alike."""
    return any(sum(same[at : at + OF]) >= run for at in range(max(1, len(same) - OF + 1)))


def ends_a_run(
    session: Session,
    message_id: int,
    code: int | None,
    *,
    failing: Collection[int] = (),
    beside: Collection[int] = (),
    run: int = RUN,
    alike: Alike = Alike.CODE,
) -> bool:
    """Whether the failure of this message is one of a run in its campaign.

    ``beside`` are messages whose outcome came with it and is not written yet, ``failing`` those
    of them that failed with this code. A campaign sends in the
    order of its ids, near enough, so neighbours by id left within seconds of each other, and an
    index finds them in any ledger. What failed before a person last let the line or the campaign
    go counts no more.
    """
    if not failing and code is None and alike is Alike.CODE:
        return False  # told later, and without a code: nothing says that they are the same
    rows = session.execute(
        text(_NEIGHBOURS.format(same=_SAME[alike], tried=_TRIED[alike])),
        {
            "id": message_id,
            "code": code,
            "failing": list(failing),
            "beside": list(beside),
            "of": OF,
            "reach": _REACH,
        },
    )
    return is_run([same for (same,) in rows], run)


_TOLD = "m.state IN ('accepted', 'sent', 'delivered', 'read', 'failed', 'undelivered')"
_SAME = {
    Alike.CODE: """(
        t.state IN ('failed', 'undelivered') AND (t.error_code IS NOT NULL OR t.reason IS NULL)
        OR t.reason IN ('reported_failure', 'slow_down')
    ) AND t.error_code IS NOT DISTINCT FROM CAST(:code AS bigint)""",
    Alike.NO_ANSWER: "t.state = 'uncertain' OR t.reason IN ('not_sent', 'tried_too_often')",
}

# `sending` is no news of anybody, and neither is what never left or was not tried yet.
_TRIED = {
    Alike.CODE: f"""({_TOLD}
        OR m.state = 'planned' AND m.reason IN ('reported_failure', 'slow_down'))""",
    Alike.NO_ANSWER: f"""({_TOLD} OR m.state = 'uncertain'
        OR m.state = 'planned' AND m.reason = 'not_sent')""",
}

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
        SELECT m.id, m.state, m.error_code, m.reason, m.state_at FROM messages m
        WHERE m.campaign_id = one.campaign_id AND m.id BETWEEN one.id - :reach AND one.id
            AND m.template_version_id IS NOT DISTINCT FROM one.template_version_id
            AND (m.id = ANY(CAST(:beside AS bigint[])) OR {tried})
        ORDER BY m.id DESC LIMIT :of
    ) AS n)
    UNION ALL
    (SELECT n.* FROM one, LATERAL (
        SELECT m.id, m.state, m.error_code, m.reason, m.state_at FROM messages m
        WHERE m.campaign_id = one.campaign_id
            AND m.id > one.id AND m.id <= one.id + :reach
            AND m.template_version_id IS NOT DISTINCT FROM one.template_version_id
            AND (m.id = ANY(CAST(:beside AS bigint[])) OR {tried})
        ORDER BY m.id LIMIT :of
    ) AS n)
)
SELECT t.id = ANY(CAST(:failing AS bigint[])) OR t.id = one.id OR coalesce(
    ({same}) AND t.state_at > one.released_at, false
)
FROM tried t, one ORDER BY t.id
"""
