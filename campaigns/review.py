"""Messages of which nobody can prove whether they left: the evidence, and a person's decision."""

import enum
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campaigns import locks
from campaigns.audit import note
from campaigns.doubled import doubled_of
from campaigns.errors import AlreadyThere, NoReason, NotFound
from campaigns.events import first_values
from campaigns.polling import look_after
from campaigns.progress_parts import in_doubt
from campaigns.settling import candidates_of
from campaigns.slices import refresh_slices, slice_of
from campaigns.times import Times
from models.campaign import Campaign, CampaignCount
from models.case import Case
from models.message import Attempt, AttemptOutcome, EventKind, Message, WebhookEvent
from models.people import Customer
from models.states import MESSAGE, CampaignState, IllegalMove, MessageState
from models.subscription import Subscription

DECIDED = "decided"
"""The `reason` of a message that a person decided about."""

LONGEST_REASON = 500
_MAY_SEND = (CampaignState.RUNNING, CampaignState.PAUSED)


class Decision(enum.StrEnum):
    """What becomes of a message in `review`."""

    ACCEPTED = "accepted"  # it left
    CANCELLED = "cancelled"  # whatever it was, it is not sent again
    PLANNED = "planned"  # it did not leave: send it


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A status that the provider told of one of its ids, whether posted or asked for."""

    at: datetime
    status: str
    error_code: str | None
    is_polled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt, with every id of the provider that it may be and what was told of each."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: AttemptOutcome | None
    http_status: int | None
    error_code: int | None
    detail: str | None
    own_sids: tuple[str, ...]  # that are surely this attempt's
    candidates: tuple[str, ...]  # that the listing showed and nobody of ours has
    told: tuple[tuple[str, Told], ...]  # (sid, what was told), oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    message_id: int
    case_id: int | None
    customer: str | None
    address: str | None
    state: MessageState
    reason: str | None
    since: datetime
    looks: int  # listings that did not have it
    look_at: datetime | None  # of an uncertain one: the next listing
    tries: tuple[Try, ...]

    @property
    def candidates(self) -> tuple[str, ...]:
        """What it may be at the provider, for the person to choose from."""
        return tuple(dict.fromkeys(sid for each in self.tries for sid in each.candidates))


def count_review(session: Session, campaign_id: int) -> dict[MessageState, int]:
    """How many wait for a person, and how many for the next listing: from the account."""
    rows = session.execute(
        select(CampaignCount.state, func.sum(CampaignCount.delta))
        .where(CampaignCount.campaign_id == campaign_id, CampaignCount.state.in_(_UNSURE))
        .group_by(CampaignCount.state)
    )
    counted = {MessageState(state): int(count) for state, count in rows}
    return {state: counted.get(state, 0) for state in _UNSURE}


def list_review(
    session: Session,
    campaign_id: int,
    *,
    limit: int,
    after: int | None = None,
    state: MessageState = MessageState.REVIEW,
) -> list[ReviewRow]:
    """Messages that wait for a person, or with ``state`` uncertain ones, oldest id first."""
    which = [Message.campaign_id == campaign_id, Message.state == state, in_doubt(campaign_id)]
    if after is not None:
        which.append(Message.id > after)
    return _rows(session, which, limit=limit)


def list_doubled(
    session: Session, campaign_id: int, *, limit: int, after: int | None = None
) -> tuple[list[ReviewRow], int]:
    """Messages that may have arrived twice, oldest id first, and how many there are."""
    ids = [each.message_id for each in doubled_of(session, campaign_id)]
    which = [Message.id.in_(ids), Message.campaign_id == campaign_id]
    if after is not None:
        which.append(Message.id > after)
    return _rows(session, which, limit=limit), len(ids)


def _rows(session: Session, which: Sequence[ColumnElement[bool]], *, limit: int) -> list[ReviewRow]:
    rows = session.execute(
        select(Message, Customer.name)
        .outerjoin(Case, Case.id == Message.case_id)
        .outerjoin(Subscription, Subscription.id == Case.subscription_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .where(*which)
        .order_by(Message.id)
        .limit(limit)
    ).all()
    tries = _tries(session, [message.id for message, _name in rows])
    return [
        ReviewRow(
            message_id=message.id,
            case_id=message.case_id,
            customer=name,
            address=message.address,
            state=message.state,
            reason=message.reason,
            since=message.state_at,
            looks=message.looks,
            look_at=message.look_at,
            tries=tuple(tries.get(message.id, ())),
        )
        for message, name in rows
    ]


def decide_review(
    session: Session,
    message_id: int,
    decision: Decision,
    *,
    why: str,
    by_id: int,
    now: datetime,
    times: Times,
    sid: str | None = None,
) -> Message:
    """A person decides about a message in `review`; of two who do, the second is refused.

    ``sid``: with `accepted`, which of the provider's messages it is, so that what is told of
    that one counts for it from now on.

    Raises:
        NoReason: ``why`` is empty or too long.
        NotFound: no such message.
        IllegalMove: it is not in `review`, or its campaign is over and would not send it.
        AlreadyThere: ``sid`` is another message's.
    """
    why = why.strip()
    if not 1 <= len(why) <= LONGEST_REASON:
        raise NoReason(LONGEST_REASON)
    _lock(session, message_id)
    message = session.get(Message, message_id, with_for_update=True, populate_existing=True)
    if message is None:
        raise NotFound("message", message_id)
    if message.state is not MessageState.REVIEW:
        allowed = MESSAGE.moves[message.state]
        raise IllegalMove("message", message.state, f"decide {decision}", allowed)
    attempt = session.get_one(Attempt, (message.id, message.attempts))
    match decision:
        case Decision.ACCEPTED:
            _accept(session, message, attempt, sid, now=now)
        case Decision.CANCELLED:
            _move(message, MessageState.CANCELLED, now=now)
        case Decision.PLANNED:
            _may_still_send(session, message)
            attempt.outcome = AttemptOutcome.ABSENT
            attempt.ended_at = now
            message.due_at = now
            message.looks = 0
            _move(message, MessageState.PLANNED, now=now)
    _note(session, message, decision, why=why, sid=sid, by_id=by_id)
    session.flush()
    if decision is Decision.ACCEPTED and message.provider_sid is not None:
        look_after(session, [message.id], now=now, times=times)
    refresh_slices(session, [slice_of(message.id)])
    return message


def _lock(session: Session, message_id: int) -> None:
    """Whoever cancels the campaign or stops sends to the person goes before us, or after."""
    row = session.execute(
        select(Message.campaign_id, Message.contact_point_id).where(Message.id == message_id)
    ).one_or_none()
    if row is None:
        raise NotFound("message", message_id)
    if row.campaign_id is not None:
        locks.lock_campaign_exclusive(session, row.campaign_id)
    if row.contact_point_id is not None:
        locks.lock_contact_exclusive(session, row.contact_point_id)


def _may_still_send(session: Session, message: Message) -> None:
    """Guards of the claim are looked at there: opt-out, coupon, hours, holds."""
    if message.campaign_id is None:
        return
    state = session.scalar(select(Campaign.state).where(Campaign.id == message.campaign_id))
    if state not in _MAY_SEND:
        raise IllegalMove("campaign", state, "send again", frozenset(each for each in _MAY_SEND))


def _accept(
    session: Session, message: Message, attempt: Attempt, sid: str | None, *, now: datetime
) -> None:
    if sid is not None:
        taken = select(Attempt.message_id).where(
            Attempt.provider_sid == sid,
            (Attempt.message_id != attempt.message_id) | (Attempt.number != attempt.number),
        )
        if session.execute(select(taken.exists())).scalar_one():
            raise AlreadyThere("message", sid)
        attempt.provider_sid = message.provider_sid = sid
    attempt.outcome = AttemptOutcome.ACCEPTED
    attempt.ended_at = now
    _move(message, MessageState.ACCEPTED, now=now)


def _move(message: Message, state: MessageState, *, now: datetime) -> None:
    MESSAGE.check(message.state, state)
    message.state = state
    message.state_at = now
    message.reason = None if state is MessageState.ACCEPTED else DECIDED
    message.look_at = None


def _note(
    session: Session, message: Message, decision: Decision, *, why: str, sid: str | None, by_id: int
) -> None:
    details = {"decision": decision.value, "why": why, "sid": sid}
    note(session, "message.reviewed", message, by_id=by_id, **details)
    if message.campaign_id is not None:
        campaign = session.get_one(Campaign, message.campaign_id)
        note(session, "campaign.reviewed", campaign, by_id=by_id, message_id=message.id, **details)


def _tries(session: Session, message_ids: Sequence[int]) -> dict[int, list[Try]]:
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.message_id.in_(message_ids))
        .order_by(Attempt.message_id, Attempt.number)
    ).all()
    own = {
        (each.message_id, each.number): tuple(filter(None, (each.provider_sid, *each.other_sids)))
        for each in attempts
    }
    possible = {(each.message_id, each.number): candidates_of(each.detail) for each in attempts}
    told = _told(session, {sid for sids in (*own.values(), *possible.values()) for sid in sids})
    tries: dict[int, list[Try]] = defaultdict(list)
    for each in attempts:
        key = (each.message_id, each.number)
        tries[each.message_id].append(
            Try(
                number=each.number,
                started_at=each.started_at,
                ended_at=each.ended_at,
                outcome=each.outcome,
                http_status=each.http_status,
                error_code=each.error_code,
                detail=None if possible[key] else each.detail,
                own_sids=own[key],
                candidates=possible[key],
                told=tuple(
                    (sid, one) for sid in (*own[key], *possible[key]) for one in told.get(sid, ())
                ),
            )
        )
    return tries


def _told(session: Session, sids: set[str]) -> dict[str, list[Told]]:
    rows = session.scalars(
        select(WebhookEvent)
        .where(WebhookEvent.provider_sid.in_(sids), WebhookEvent.kind == EventKind.STATUS)
        .order_by(WebhookEvent.id)
    )
    told: dict[str, list[Told]] = defaultdict(list)
    for event in rows:
        form = first_values(event.form)
        told[event.provider_sid or ""].append(
            Told(
                at=event.received_at,
                status=form.get("MessageStatus", ""),
                error_code=form.get("ErrorCode"),
                is_polled=event.is_polled,
            )
        )
    return told


_UNSURE = (MessageState.REVIEW, MessageState.UNCERTAIN)
