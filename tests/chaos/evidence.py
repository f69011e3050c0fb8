"""What the judge reads: the provider's ledger and our database, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.states import MessageState
from tests.chaos import witness

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """An outbound message of a campaign as it ended."""

    id: int
    campaign_id: int
    state: MessageState
    provider_sid: str | None
    put_off: bool = False  # planned, and due much later, as a rule wants it


@dataclass(frozen=True, slots=True)
class Tried:
    message_id: int
    number: int
    provider_sid: str | None
    other_sids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    message_id: int
    before: MessageState
    after: MessageState
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """An attempt's commit."""

    message_id: int
    number: int
    cause: str
    contact_point_id: int | None
    campaign_id: int | None
    coupon_id: int | None
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """The commit of what must keep attempts from following: or, `opt_in`, of its end."""

    kind: str  # opt_out, opt_in, cancel, payment
    record_id: int
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class Sample:
    """A campaign at one moment: the frozen audience, our account of it, the ledger itself."""

    audience: int
    counted: Mapping[str, int]
    true: Mapping[str, int]
    is_planned: bool  # all of its messages are written


@dataclass(frozen=True, slots=True)
class Graceful:
    """A worker that was asked to stop, and the attempts that it left without an outcome."""

    pids: tuple[int, ...]
    left_open: int
    ended: bool = True


@dataclass(kw_only=True)
class Evidence:
    audience: dict[int, int]
    messages: list[Sent]
    attempts: list[Tried]
    moves: list[Move]
    starts: list[Start]
    stops: list[Stop]
    inbound: dict[str, int]  # how often a message of a customer is here, by sid
    failed_events: list[str]
    ledger: Sequence[Record]
    replies: Sequence[Record]
    posts: Sequence[Record]
    callbacks: Mapping[str, int]
    samples: list[Sample] = field(default_factory=list)
    graceful: list[Graceful] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    read_at: float = 0.0  # when, by the clock of the provider's ledger
    patience: float = 0.0  # seconds after which the engine has asked about what fell silent

    @property
    def ambiguous(self) -> int:
        """Posts whose answer proved nothing, by the provider's own word."""
        return sum(
            "_then_" in each["outcome"] or "_with_" in each["outcome"] for each in self.posts
        )


def sample(session: Session) -> list[Sample]:
    """Every launched campaign now; one statement, so that it is one moment."""
    rows = session.execute(text(_SAMPLE))
    return [Sample(row.audience, row.counted, row.true, row.is_planned) for row in rows]


def gather(
    session: Session,
    *,
    ledger: Sequence[Record],
    replies: Sequence[Record],
    posts: Sequence[Record],
    callbacks: Mapping[str, int],
) -> Evidence:
    """Everything at the end of a run; ``session``'s database must have the witness."""

    def rows(sql: str) -> Any:
        return session.execute(text(sql))

    return Evidence(
        audience={row.id: row.audience_size for row in rows(_AUDIENCE)},
        messages=[
            Sent(row.id, row.campaign_id, MessageState(row.state), row.provider_sid, row.put_off)
            for row in rows(_MESSAGES)
        ],
        attempts=[
            Tried(row.message_id, row.number, row.provider_sid, tuple(row.other_sids))
            for row in rows("SELECT message_id, number, provider_sid, other_sids FROM attempts")
        ],
        moves=[
            Move(row.message_id, MessageState(row.before), MessageState(row.after), row.reason)
            for row in rows(witness.MOVES)
        ],
        starts=[Start(*row) for row in rows(witness.STARTS)],
        stops=[Stop(*row) for row in rows(witness.STOPS)],
        inbound={row.provider_sid: row.count for row in rows(_INBOUND)},
        failed_events=[f"{row.id}: {row.note}" for row in rows(_FAILED)],
        ledger=ledger,
        replies=replies,
        posts=posts,
        callbacks=callbacks,
    )


_SAMPLE = """
SELECT c.audience_size AS audience, c.sending_state <> 'planning' AS is_planned,
    (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM (
        SELECT state, sum(delta)::int AS n FROM campaign_counts
        WHERE campaign_id = c.id AND is_first GROUP BY state HAVING sum(delta) <> 0
    ) AS counted) AS counted,
    (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM (
        SELECT state, count(*)::int AS n FROM messages
        WHERE campaign_id = c.id AND sequence = 1 GROUP BY state
    ) AS told) AS true
FROM campaigns c WHERE c.audience_size IS NOT NULL ORDER BY c.id
"""
_AUDIENCE = "SELECT id, audience_size FROM campaigns WHERE audience_size IS NOT NULL"
_MESSAGES = """
SELECT id, campaign_id, state, provider_sid,
    state = 'planned' AND due_at > clock_timestamp() + interval '30 minutes' AS put_off
FROM messages WHERE direction = 'out' AND campaign_id IS NOT NULL AND sequence = 1
"""
_INBOUND = """
SELECT provider_sid, count(*) AS count FROM messages WHERE direction = 'in' GROUP BY 1
"""
_FAILED = "SELECT id, note FROM webhook_events WHERE state = 'failed'"
