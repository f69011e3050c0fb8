"""Read the messages that callbacks name, locked; write what became of them, in bulk."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.delivery import AttemptNow, MessageNow
from models.message import AttemptOutcome, Direction
from models.states import MessageState


@dataclass(frozen=True, slots=True)
class Target:
    """A message with what a callback must agree with, and what its failure is about."""

    now: MessageNow
    address: str
    bsuid: str | None
    contact_point_id: int
    line_id: int
    template_version_id: int | None
    campaign_id: int | None
    case_id: int | None
    is_talk: bool  # somebody wrote it at the desk
    is_replaced: bool  # it had failed, and another was sent in its place


@dataclass(slots=True)
class Known:
    targets: dict[int, Target] = field(default_factory=dict)
    inbound: set[int] = field(default_factory=set)  # ids that are no message of ours to anybody
    # sid → its message and attempt; no attempt: only the message has it
    owners: dict[str, tuple[int, int | None]] = field(default_factory=dict)


def gather(session: Session, *, paths: Collection[int], sids: Collection[str]) -> Known:
    """Lock the messages in the order of their ids, then read them and their attempts.

    What was sent in the place of one of them is locked with them, not read: one that arrives after
    all takes it back, and two batches that locked it afterwards would wait for each other.
    """
    known = Known()
    wanted = list(sids)
    named = {*paths, *(message_id for message_id, _ in _owners(session, wanted).values())}
    if not named:
        return known
    repeats = session.execute(text(_REPEATS), {"ids": list(named)}).scalars()
    # While we hold the rows nobody moves them, so what is decided on them in Python stays true.
    rows = session.execute(text(_LOCK), {"ids": sorted(named.union(repeats))}).all()
    # A later statement: it sees what was committed while we waited for the locks.
    known.owners = _owners(session, wanted)
    for row in rows:
        if row.id not in named:
            continue
        if row.direction != Direction.OUT or row.contact_point_id is None:
            known.inbound.add(row.id)
            continue
        known.targets[row.id] = Target(
            MessageNow(
                id=row.id,
                state=MessageState(row.state),
                provider_sid=row.provider_sid,
                error_code=row.error_code,
                reason=row.reason,
                due_at=row.due_at,
                reported_failures=row.reported_failures,
            ),
            address=row.address,
            bsuid=row.bsuid,
            contact_point_id=row.contact_point_id,
            line_id=row.line_id,
            template_version_id=row.template_version_id,
            campaign_id=row.campaign_id,
            case_id=row.case_id,
            is_talk=row.sequence is None,
            is_replaced=(row.sequence or 0) < 0,
        )
    for row in session.execute(text(_ATTEMPTS), {"ids": list(known.targets)}):
        known.targets[row.message_id].now.attempts[row.number] = AttemptNow(
            number=row.number,
            provider_sid=row.provider_sid,
            outcome=AttemptOutcome(row.outcome) if row.outcome else None,
            error_code=row.error_code if row.outcome == AttemptOutcome.ACCEPTED else None,
            detail=row.detail,
            other_sids=list(row.other_sids),
        )
    return known


def write(session: Session, known: Known, *, now: datetime) -> None:
    """Write every message and attempt that changed: one statement each.

    The join is on the primary key alone: with a guard on the state in the WHERE, and statistics
    from the launch, the planner may scan the whole ledger. None is needed: the rows are locked.
    """
    messages = [target.now for target in known.targets.values() if target.now.changed]
    if messages:
        session.execute(
            text(_WRITE_MESSAGES),
            {
                "now": now,
                "ids": [each.id for each in messages],
                "states": [each.state.value for each in messages],
                "sids": [each.provider_sid for each in messages],
                "codes": [each.error_code for each in messages],
                "reasons": [each.reason for each in messages],
                "dues": [each.due_at for each in messages],
                "failures": [each.reported_failures for each in messages],
            },
        )
    if out := [each.id for each in messages if each.newly_out]:
        session.execute(text(_COUPONS), {"ids": out, "now": now})
    _write_attempts(
        session,
        [
            (target.now.id, attempt)
            for target in known.targets.values()
            for attempt in target.now.attempts.values()
            if attempt.changed
        ],
        now=now,
    )


def _write_attempts(
    session: Session, changed: Iterable[tuple[int, AttemptNow]], *, now: datetime
) -> None:
    attempts = list(changed)
    if not attempts:
        return
    session.execute(
        text(_WRITE_ATTEMPTS),
        {
            "now": now,
            "ids": [message_id for message_id, _ in attempts],
            "numbers": [each.number for _, each in attempts],
            "sids": [each.provider_sid for _, each in attempts],
            "outcomes": [each.outcome.value if each.outcome else None for _, each in attempts],
            "codes": [each.error_code for _, each in attempts],
            "details": [each.detail for _, each in attempts],
            # arrays of unequal length do not unnest side by side; a sid has no comma
            "others": [",".join(each.other_sids) for _, each in attempts],
        },
    )


def _owners(session: Session, sids: list[str]) -> dict[str, tuple[int, int | None]]:
    """Whose each sid is; an attempt says more than its message, and comes last."""
    rows = session.execute(text(_OWNERS), {"sids": sids})
    return {sid: (message_id, number) for sid, message_id, number, _place in rows}


# The sids as one array: a list of another length would be another statement, planned anew.
_OWNERS = """
SELECT provider_sid, id, CAST(NULL AS bigint) AS number, 0 AS place FROM messages
WHERE provider_sid = ANY(CAST(:sids AS text[]))
UNION ALL
SELECT provider_sid, message_id, number, 1 FROM attempts
WHERE provider_sid = ANY(CAST(:sids AS text[]))
ORDER BY place
"""

_REPEATS = """
WITH RECURSIVE repeats AS (
    SELECT repeat_id FROM message_repeats WHERE message_id = ANY(CAST(:ids AS bigint[]))
    UNION
    SELECT r.repeat_id FROM message_repeats r JOIN repeats e ON r.message_id = e.repeat_id
)
SELECT repeat_id FROM repeats
"""

_LOCK = """
SELECT m.id, m.direction, m.state, m.provider_sid, m.error_code, m.reason, m.due_at,
    m.reported_failures, m.address, m.contact_point_id, m.line_id, m.template_version_id,
    m.campaign_id, m.case_id, m.sequence, c.bsuid
FROM messages m
LEFT JOIN contact_points c ON c.id = m.contact_point_id
WHERE m.id = ANY(CAST(:ids AS bigint[]))
ORDER BY m.id
FOR NO KEY UPDATE OF m
"""

_ATTEMPTS = """
SELECT message_id, number, provider_sid, outcome, error_code, detail, other_sids
FROM attempts WHERE message_id = ANY(CAST(:ids AS bigint[]))
"""

_WRITE_MESSAGES = """
UPDATE messages m SET
    state = v.state,
    state_at = :now,
    provider_sid = v.sid,
    error_code = v.code,
    reason = v.reason,
    due_at = v.due,
    reported_failures = v.failures,
    lease_owner = NULL,
    lease_until = NULL,
    look_at = NULL
FROM unnest(
    CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:sids AS text[]),
    CAST(:codes AS bigint[]), CAST(:reasons AS text[]), CAST(:dues AS timestamptz[]),
    CAST(:failures AS bigint[])
) AS v (id, state, sid, code, reason, due, failures)
WHERE m.id = v.id
"""

_COUPONS = """
UPDATE coupons k SET state = 'sent', updated_at = :now
FROM (
    SELECT id FROM coupons
    WHERE id IN (SELECT coupon_id FROM messages WHERE id = ANY(CAST(:ids AS bigint[])))
        AND state = 'issued'
    ORDER BY id FOR NO KEY UPDATE
) AS these
WHERE k.id = these.id
"""

_WRITE_ATTEMPTS = """
UPDATE attempts a SET
    provider_sid = v.sid,
    outcome = v.outcome,
    error_code = v.code,
    detail = coalesce(v.detail, a.detail),
    other_sids = string_to_array(v.others, ','),
    ended_at = coalesce(a.ended_at, :now)
FROM unnest(
    CAST(:ids AS bigint[]), CAST(:numbers AS bigint[]), CAST(:sids AS text[]),
    CAST(:outcomes AS text[]), CAST(:codes AS bigint[]), CAST(:details AS text[]),
    CAST(:others AS text[])
) AS v (id, number, sid, outcome, code, detail, others)
WHERE a.message_id = v.id AND a.number = v.number
"""
