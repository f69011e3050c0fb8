"""Where each message of an audience stands, in the words of the campaign page.

The parts exclude each other. A count and the list behind it come from the same definition: the
counts from the campaign's account, the lists by `in_parts`.
"""

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from campaigns.visibility import keep
from models.campaign import Campaign, CampaignCount
from models.message import Message
from models.states import CampaignState, MessageState


class Part(enum.StrEnum):
    """What became of one first message. An answer counts more than a tick."""

    REPLIED = "replied"
    READ = "read"
    DELIVERED = "delivered"
    SENT = "sent"  # the provider has it
    UNSURE = "unsure"  # it may have left and nobody has said so
    FAILED = "failed"
    QUEUED = "queued"
    UNSENT = "unsent"  # it was not to be sent, or was taken back


STATES: Mapping[Part, frozenset[MessageState]] = {
    Part.READ: frozenset({MessageState.READ}),
    Part.DELIVERED: frozenset({MessageState.DELIVERED}),
    Part.SENT: frozenset({MessageState.ACCEPTED, MessageState.SENT}),
    Part.UNSURE: frozenset({MessageState.UNCERTAIN, MessageState.REVIEW}),
    Part.FAILED: frozenset({MessageState.FAILED, MessageState.UNDELIVERED}),
    Part.QUEUED: frozenset({MessageState.PLANNED, MessageState.CLAIMED, MessageState.SENDING}),
    Part.UNSENT: frozenset({MessageState.SKIPPED, MessageState.CANCELLED}),
}
_PART_OF = {state: part for part, states in STATES.items() for state in states}

LEFT = (Part.REPLIED, Part.READ, Part.DELIVERED, Part.SENT, Part.UNSURE, Part.FAILED)
BAR = (*LEFT, Part.QUEUED)
"""In the order of the bar: what it shows sums to the audience without what was not sent."""

GROUPS: Mapping[str, frozenset[Part]] = {
    **{part.value: frozenset({part}) for part in Part},
    "arrived": frozenset({Part.REPLIED, Part.READ, Part.DELIVERED}),
    "seen": frozenset({Part.REPLIED, Part.READ}),
    "left": frozenset(LEFT),
    "missed": frozenset({Part.FAILED, Part.UNSENT}),
}
"""What a screen may ask for, by the word in its address."""

_OVER = frozenset({CampaignState.CANCELLED, CampaignState.FINISHED, CampaignState.ARCHIVED})


def part_of(state: MessageState, *, is_replied: bool) -> Part:
    part = _PART_OF[state]
    return Part.REPLIED if is_replied and part is not Part.UNSENT else part


def in_parts(parts: Collection[Part]) -> ColumnElement[bool]:
    """Of a first message in a query: it is in one of these parts."""
    conditions: list[ColumnElement[bool]] = []
    plain = {state for part in parts if part is not Part.UNSENT for state in STATES.get(part, ())}
    if Part.REPLIED in parts:
        conditions.append(
            and_(Message.replied_at.is_not(None), Message.state.not_in(STATES[Part.UNSENT]))
        )
    if plain:
        conditions.append(and_(Message.replied_at.is_(None), Message.state.in_(plain)))
    if Part.UNSENT in parts:
        conditions.append(Message.state.in_(STATES[Part.UNSENT]))
    return or_(false(), *conditions)


def in_doubt(campaign_id: int) -> ColumnElement[bool]:
    """Of a message in a query: nobody knows whether it left. Found by index, not among them all.

    What is uncertain has its next look, and what a person decides about the reason: whoever
    writes one of these states writes that with it.
    """
    looked_up = select(Message.id).where(
        Message.campaign_id == campaign_id,
        Message.state == MessageState.UNCERTAIN,
        Message.look_at.is_not(None),
    )
    put_before_a_person = select(Message.id).where(
        Message.campaign_id == campaign_id,
        Message.state == MessageState.REVIEW,
        or_(Message.reason.is_not(None), Message.error_code.is_not(None)),
    )
    return Message.id.in_(union_all(looked_up, put_before_a_person))


UNKNOWN = "unknown"
"""Why, where neither a reason nor an error code was told."""

WHY: ColumnElement[str] = func.coalesce(
    func.nullif(func.split_part(Message.reason, ":", 1), ""),
    cast(Message.error_code, Text),
    UNKNOWN,
)
"""Why a message did not get there, as the account's trigger says it."""

NOT_PLANNED = "not_planned"
"""Why, of those whose campaign ended before they had a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """So many did not get it, for this reason: a word of ours, or the provider's error code."""

    part: Part  # FAILED or UNSENT
    why: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The first messages of a campaign: `audience` is the sum of `parts`, at every moment."""

    audience: int = 0
    not_planned: int = 0  # counted as queued, or as unsent once the campaign is over
    parts: Mapping[Part, int] = field(default_factory=dict)
    missed: tuple[Missed, ...] = ()  # most first

    def count(self, parts: Iterable[Part]) -> int:
        return sum(self.parts.get(part, 0) for part in parts)

    def of(self, group: str) -> int:
        return self.count(GROUPS[group])

    @property
    def never_planned(self) -> int:
        """Part of those who did not get it; the campaign ended first: no message to list."""
        return sum(missed.count for missed in self.missed if missed.why == NOT_PLANNED)

    def listed(self, group: str) -> int:
        """How many messages there are to list: `of` without those who were never planned."""
        return self.of(group) - (self.never_planned if Part.UNSENT in GROUPS[group] else 0)

    @property
    def messages(self) -> int:
        """What the bar sums to: the audience without what was not sent."""
        return self.audience - self.parts.get(Part.UNSENT, 0)

    @property
    def left(self) -> int:
        return self.count(LEFT)

    @property
    def adds_up(self) -> bool:
        return self.audience == sum(self.parts.values())


def accounts_of(session: Session, campaigns: Collection[Campaign]) -> dict[int, Account]:
    """The account of each, in one query that never reads the ledger."""
    if not campaigns:
        return {}
    rows = session.execute(_counts(), {"campaigns": [campaign.id for campaign in campaigns]})
    counted: dict[int, list[tuple[Part, str | None, int]]] = {}
    for campaign_id, state, is_replied, why, count in rows:
        part = part_of(MessageState(state), is_replied=is_replied)
        counted.setdefault(campaign_id, []).append((part, why, int(count)))
    return {campaign.id: _account(campaign, counted.get(campaign.id, [])) for campaign in campaigns}


@cache
def _counts() -> Any:
    """Made once."""
    which = (
        CampaignCount.campaign_id,
        CampaignCount.state,
        CampaignCount.is_replied,
        CampaignCount.why,
    )
    return keep(
        select(*which, func.sum(CampaignCount.delta))
        .where(
            CampaignCount.campaign_id.in_(bindparam("campaigns", expanding=True)),
            CampaignCount.is_first,
        )
        .group_by(*which)
    )


def account_of(session: Session, campaign: Campaign) -> Account:
    return accounts_of(session, [campaign])[campaign.id]


def _account(campaign: Campaign, counted: list[tuple[Part, str | None, int]]) -> Account:
    parts = dict.fromkeys(Part, 0)
    missed: dict[tuple[Part, str], int] = {}
    for part, why, count in counted:
        parts[part] += count
        if part in GROUPS["missed"]:
            missed[part, why or UNKNOWN] = missed.get((part, why or UNKNOWN), 0) + count
    planned = sum(parts.values())
    audience = max(campaign.audience_size or 0, planned)
    not_planned = audience - planned
    if campaign.is_phone_only:
        audience, not_planned = 0, 0  # nothing is to be sent: its cases are all there is
    elif campaign.state in _OVER:
        parts[Part.UNSENT] += not_planned
        missed[Part.UNSENT, NOT_PLANNED] = not_planned
    else:
        parts[Part.QUEUED] += not_planned
    return Account(
        audience=audience,
        not_planned=not_planned,
        parts=parts,
        missed=tuple(
            Missed(part=part, why=why, count=count)
            for (part, why), count in sorted(missed.items(), key=lambda one: (-one[1], one[0]))
            if count
        ),
    )
