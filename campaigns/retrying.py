"""Send a campaign's failed messages anew: each by another row, and once for each.

The new row takes its case's place 1, by which a campaign's account and every list count; the one
that failed goes below zero. So a recipient is counted once, where his newest message stands. It is
an ordinary planned message: hours, quota, opt-outs, caps and the pair limit hold it like the first.
Wake the line's workers after the commit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns import guards, locks
from campaigns.audience import COVERED
from campaigns.audit import note
from campaigns.errors import NotReconciled
from campaigns.guards import ARRIVED_LATE
from campaigns.replied import refresh_replied
from campaigns.restoring import is_held
from campaigns.retrying_sql import (
    ADDRESSES,
    BEHIND,
    CHOSEN,
    COUNT,
    FRONT,
    LATE,
    LINKS,
    LISTED,
    LOCK,
    LOCK_FREE,
    REPEATS,
    RESERVE,
    ROWS,
    STANDING,
    TAKE_BACK,
)
from campaigns.slices import refresh_slices, slice_of
from campaigns.times import Times
from messaging.provider import ByHand
from models.audit import AuditEvent
from models.campaign import Campaign
from models.message import ID_BLOCK
from models.states import SENDING, CampaignState, IllegalMove, MessageState, SendingState

log = structlog.get_logger(__name__)

ARRIVED = frozenset({MessageState.DELIVERED, MessageState.READ})
MOST = 10_000
"""So many at a press: a launch above it asks for typing the number."""

_TIMES = Times()
_ENDS = ("campaign.finished", "campaign.cancelled", "campaign.archived")
_SENDS = frozenset({CampaignState.RUNNING, CampaignState.PAUSED})
_NOT_LEFT = frozenset({MessageState.PLANNED, MessageState.CLAIMED})
_MISSED = frozenset({MessageState.FAILED, MessageState.UNDELIVERED, MessageState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Failures:
    """Those of a campaign that failed for one reason until a moment, and how they may go anew.

    ``why``: as the account has it. ``through``: when the person looked; what failed later was not
    what he saw, nor is what he has retried and what failed again.
    """

    why: str
    by_hand: ByHand
    through: datetime


def count_retriable(session: Session, campaign_id: int, failures: Failures) -> int:
    """How many of them may go out anew, `MOST` at most."""
    if is_held(session) or has_ended(session, campaign_id):
        return 0
    bound = _bound(campaign_id, failures, at=failures.through, times=_TIMES)
    return int(session.execute(text(COUNT), bound).scalar_one())


def retry_failed(
    session: Session,
    campaign_id: int,
    failures: Failures,
    *,
    by_id: int,
    now: datetime,
    times: Times = _TIMES,
) -> int:
    """Write a new message for each that may go anew; how many. Pressed twice, it is once.

    Left out is whom somebody is writing about at this moment: he is still there to be retried.

    Raises:
        NotFound: no such campaign.
        IllegalMove: it is over, was over once, or has not begun: nothing of it is sent.
        NotReconciled: a backup was restored, and what is taken for failed may have arrived since.
    """
    locks.lock_campaign_exclusive(session, campaign_id)  # its cancel is before us, or after
    campaign = locks.locked_campaign(session, campaign_id)
    if campaign.state not in _SENDS or has_ended(session, campaign_id):
        raise IllegalMove("campaign", campaign.state, "retry", frozenset(map(str, _SENDS)))
    if is_held(session):
        raise NotReconciled(campaign.line_id)
    bound = _bound(campaign_id, failures, at=now, times=times)
    ids = session.execute(text(LOCK), bound).scalars().all()
    # in a later statement, which sees what was committed before they were locked
    chosen = session.execute(text(CHOSEN), {**bound, "ids": ids}).all()
    if not chosen:
        return 0
    old_ids = [row.id for row in chosen]
    wait = bound["wait"]
    new_ids = _reserve(session, len(chosen))
    pairs = {"old": old_ids, "new": new_ids, "now": now}
    session.execute(text(BEHIND), {"ids": old_ids})
    contacts = [row.contact_point_id for row in chosen]
    session.execute(text(ROWS), {**pairs, "contacts": contacts, "wait": wait})
    session.execute(text(REPEATS), pairs)
    session.execute(text(LINKS), pairs)
    session.execute(text(ADDRESSES), {"cases": [row.case_id for row in chosen], "to": contacts})
    _listed_by(session, zip(old_ids, new_ids, strict=True))
    _due(session, campaign, new_ids, waits=bool(wait), now=now)
    note(session, "campaign.retry", campaign, by_id=by_id, why=failures.why, count=len(chosen))
    session.flush()
    return len(chosen)


def has_ended(session: Session, campaign_id: int) -> bool:
    """Also one that was reopened since: desk work goes on in it, and nothing is sent."""
    ends = select(AuditEvent.id).where(
        AuditEvent.object_kind == "campaign",
        AuditEvent.object_id == campaign_id,
        AuditEvent.action.in_(_ENDS),
    )
    return session.execute(select(ends.exists())).scalar_one()


def _bound(campaign_id: int, failures: Failures, *, at: datetime, times: Times) -> dict[str, Any]:
    later = failures.by_hand is ByHand.NEXT_DAY
    return {
        "at": at,
        "wait": times.capped_wait if later else timedelta(0),
        "campaign": campaign_id,
        "why": failures.why,
        "through": failures.through,
        "elsewhere": failures.by_hand is ByHand.OTHER_PHONE,
        "most": MOST,
    }


def _reserve(session: Session, size: int) -> list[int]:
    """Ids in blocks of their own, so that a slice belongs to one campaign."""
    blocks = session.execute(text(RESERVE), {"blocks": -(-size // ID_BLOCK)}).scalars().all()
    return [blocks[place // ID_BLOCK] + place % ID_BLOCK for place in range(size)]


def _listed_by(session: Session, pairs: Iterable[tuple[int, int]]) -> None:
    """What a message told of other subscriptions, the one in its place tells, to the same phone."""
    told = list(pairs)
    session.execute(
        text(LISTED),
        {
            "were": [f"{COVERED}:{was}" for was, _ in told],
            "are": [f"{COVERED}:{now}" for _, now in told],
            "by": [now for _, now in told],
        },
    )


def _due(
    session: Session, campaign: Campaign, ids: Sequence[int], *, waits: bool, now: datetime
) -> None:
    slices = sorted({slice_of(each) for each in ids})
    refresh_slices(session, slices)
    if waits:
        guards.tried_later(session, slices, now=now)
    if campaign.sending_state is SendingState.DRAINED:  # or it would be finished over them
        SENDING.check(campaign.sending_state, SendingState.SENDING)
        campaign.sending_state = SendingState.SENDING


def give_way(session: Session, arrived: Sequence[int], *, now: datetime) -> None:
    """Messages that had failed and were replaced have arrived after all: undo what can be.

    What has not left in their place is taken back, and they count again. What has left is told of
    by `doubled`: he got both.
    """
    if is_held(session):
        return
    rows = session.execute(text(STANDING), {"ids": sorted(arrived)}).all()
    back = {row.case_id: row for row in rows if row.state in _NOT_LEFT | _MISSED}
    for row in rows:
        log.error("arrived after it was retried", message=row.old_id, retry=row.id, state=row.state)
    if not back:
        return
    taken = [row.id for row in back.values() if row.state in _NOT_LEFT]
    session.execute(text(TAKE_BACK), {"ids": taken, "reason": ARRIVED_LATE, "now": now})
    session.execute(text(BEHIND), {"ids": [row.id for row in back.values()]})
    session.execute(text(FRONT), {"ids": [row.old_id for row in back.values()]})
    _listed_by(session, [(row.id, row.old_id) for row in back.values()])
    refresh_slices(session, map(slice_of, taken), wait=False)
    refresh_replied(session, list(back))


def give_way_late(session: Session, *, now: datetime) -> int:
    """`give_way` for those whose retry was out when they arrived, and is not any more; how many.

    Nor did they while a restored ledger was held. Whom somebody is writing about waits for the
    next look.
    """
    rows = session.execute(text(LATE)).all()
    ids = sorted({each for row in rows for each in (row.old_id, row.id)})
    if not ids or is_held(session):
        return 0
    free = set(session.execute(text(LOCK_FREE), {"ids": ids}).scalars())
    arrived = [row.old_id for row in rows if {row.old_id, row.id} <= free]
    if arrived:
        give_way(session, arrived, now=now)
    return len(arrived)
