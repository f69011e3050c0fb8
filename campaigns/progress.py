"""How a campaign stands: counts as frozen data, from its account and not from its ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, aliased

from campaigns.errors import NotFound
from models.campaign import Campaign, CampaignCount, ResultType
from models.case import Case, Result
from models.message import Message
from models.states import SENDING, CampaignState, MessageState, SendingState

IN_MOTION = frozenset(
    {
        MessageState.PLANNED,
        MessageState.CLAIMED,
        MessageState.SENDING,
        MessageState.UNCERTAIN,
    }
)
"""States that the engine still has to do something about."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The account of a campaign: `audience` is the sum of `states` and `not_planned`, always."""

    campaign_id: int
    name: str
    state: CampaignState
    sending: SendingState
    hold_reason: str | None
    audience: int
    not_planned: int
    states: Mapping[MessageState, int]  # of first messages; those with none left out

    @property
    def adds_up(self) -> bool:
        return self.audience == self.not_planned + sum(self.states.values())


def progress_of(session: Session, campaign_id: int) -> Progress:
    """Raises NotFound."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("campaign", campaign_id)
    states = counted_states(session, campaign_id)
    planned = sum(states.values())
    audience = max(campaign.audience_size or 0, planned)
    return Progress(
        campaign_id,
        campaign.name,
        campaign.state,
        campaign.sending_state,
        campaign.hold_reason,
        audience,
        audience - planned,
        states,
    )


def counted_states(session: Session, campaign_id: int) -> dict[MessageState, int]:
    """First messages by state, from the account: under a millisecond at any size."""
    rows = session.execute(
        select(CampaignCount.state, func.sum(CampaignCount.delta))
        .where(CampaignCount.campaign_id == campaign_id, CampaignCount.is_first)
        .group_by(CampaignCount.state)
    )
    return {MessageState(state): int(count) for state, count in rows if count}


def true_states(session: Session, campaign_id: int) -> dict[MessageState, int]:
    """The same from the ledger itself: what the account must agree with."""
    rows = session.execute(
        select(Message.state, func.count())
        .where(Message.campaign_id == campaign_id, Message.sequence == 1)
        .group_by(Message.state)
    )
    return {state: int(count) for state, count in rows}


def reasons(session: Session, campaign_id: int) -> dict[tuple[MessageState, str], int]:
    """Who did not get it, and why: (state, reason or error code) → how many."""
    why = func.coalesce(
        func.split_part(Message.reason, ":", 1), func.cast(Message.error_code, Message.body.type)
    )
    rows = session.execute(
        select(Message.state, why, func.count())
        .where(
            Message.campaign_id == campaign_id,
            Message.sequence == 1,
            Message.state.in_(
                (
                    MessageState.SKIPPED,
                    MessageState.CANCELLED,
                    MessageState.FAILED,
                    MessageState.UNDELIVERED,
                )
            ),
        )
        .group_by(Message.state, why)
    )
    return {(state, reason or "unknown"): count for state, reason, count in rows}


def results_by_type(session: Session, campaign_id: int) -> dict[str, int]:
    """Standing results: not superseded, not revoked; by the name of their type."""
    later = aliased(Result)
    rows = session.execute(
        select(ResultType.name, func.count())
        .join(Result, Result.result_type_id == ResultType.id)
        .join(Case, Case.id == Result.case_id)
        .where(
            Case.campaign_id == campaign_id,
            Result.revoked_at.is_(None),
            ~select(later.id).where(later.supersedes_id == Result.id).exists(),
        )
        .group_by(ResultType.name)
        .order_by(func.count().desc(), ResultType.name)
    )
    return {name: count for name, count in rows}  # noqa: C416 - rows are not pairs to mypy


def fold_counts(session: Session) -> None:
    """Keep the account short: many small changes of a campaign become one row per state."""
    session.execute(text(_FOLD))


@dataclass(frozen=True, slots=True)
class Difference:
    campaign_id: int
    state: str
    counted: int
    true: int
    is_replied: bool = False
    why: str | None = None


def repair_counts(session: Session) -> list[Difference]:
    """Compare every campaign's account with its ledger, and correct what differs.

    A difference is a fault of ours: report it.
    """
    # two at once would both add what is missing; inserts go on
    session.execute(text("LOCK TABLE campaign_counts IN SHARE UPDATE EXCLUSIVE MODE"))
    wrong = [Difference(*row) for row in session.execute(text(_DIFFERENCES))]
    for one in wrong:
        session.add(
            CampaignCount(
                campaign_id=one.campaign_id,
                is_first=True,
                state=one.state,
                is_replied=one.is_replied,
                why=one.why,
                delta=one.true - one.counted,
            )
        )
    session.flush()
    return wrong


def mark_drained(session: Session) -> list[int]:
    """Note which running campaigns have nothing left to send, and which have again."""
    changed = []
    campaigns = session.scalars(
        select(Campaign)
        .where(
            Campaign.state.in_((CampaignState.RUNNING, CampaignState.PAUSED)),
            Campaign.sending_state.in_((SendingState.SENDING, SendingState.DRAINED)),
        )
        .with_for_update(skip_locked=True)
    )
    for campaign in campaigns:
        busy = IN_MOTION & counted_states(session, campaign.id).keys()
        now = SendingState.SENDING if busy else SendingState.DRAINED
        if campaign.sending_state is not now:
            SENDING.check(campaign.sending_state, now)
            campaign.sending_state = now
            changed.append(campaign.id)
    return changed


# One statement, so one snapshot: the trigger writes both in one transaction.
_DIFFERENCES = """
SELECT coalesce(a.campaign_id, l.campaign_id), coalesce(a.state, l.state),
    coalesce(a.n, 0), coalesce(l.n, 0), coalesce(a.is_replied, l.is_replied),
    nullif(coalesce(a.why, l.why), '')
FROM (
    SELECT campaign_id, state, is_replied, coalesce(why, '') AS why, sum(delta)::bigint AS n
    FROM campaign_counts
    WHERE is_first GROUP BY 1, 2, 3, 4
) AS a
FULL JOIN (
    SELECT campaign_id, state, replied_at IS NOT NULL AS is_replied,
        CASE WHEN state IN ('skipped', 'cancelled', 'failed', 'undelivered') THEN
            coalesce(nullif(split_part(reason, ':', 1), ''), error_code::text, 'unknown')
        ELSE '' END AS why,
        count(*) AS n
    FROM messages
    WHERE campaign_id IS NOT NULL AND direction = 'out' AND sequence = 1 GROUP BY 1, 2, 3, 4
) AS l USING (campaign_id, state, is_replied, why)
WHERE coalesce(a.n, 0) <> coalesce(l.n, 0)
"""

_FOLD = """
WITH taken AS (
    DELETE FROM campaign_counts WHERE id IN (
        SELECT id FROM campaign_counts ORDER BY id LIMIT 50000 FOR UPDATE SKIP LOCKED
    )
    RETURNING campaign_id, is_first, state, is_replied, why, delta
)
INSERT INTO campaign_counts (campaign_id, is_first, state, is_replied, why, delta)
SELECT campaign_id, is_first, state, is_replied, why, sum(delta) FROM taken
GROUP BY 1, 2, 3, 4, 5 HAVING sum(delta) <> 0
"""
