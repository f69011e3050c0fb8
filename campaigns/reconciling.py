"""Which message of a restored ledger each one is that left after its backup.

The provider's listing shows sid, recipient, text and time and no id of ours (Twilio's OpenAPI
document of the 2010 API, Message: no callback address). So, best first: a stored callback, whose
path names message and attempt; the text, when exactly one message to that person reads so and
could have left by then; else nobody knows, and a person decides. What is none of ours was written
after the backup: it is kept in its conversation.
"""

import enum
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.message import Attempt, AttemptOutcome
from models.states import DELIVERY_RANK, MessageState


class Basis(enum.StrEnum):
    """How we know which message a find is."""

    CALLBACK = "callback"  # its callback's path named it
    TEXT = "text"  # recipient, text and time fit one message alone
    REVIEW = "review"  # it may be one of several, or of a text that we cannot compare
    RECOVERED = "recovered"  # none of ours: written after the backup


SLACK = timedelta(seconds=2)
"""The provider's times are whole seconds."""

DEAD = frozenset({MessageState.FAILED, MessageState.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class Found:
    """What the provider has and the ledger has not."""

    id: int
    sid: str
    body: str
    created_at: datetime
    state: MessageState | None

    @property
    def is_dead(self) -> bool:
        return self.state in DEAD


@dataclass(frozen=True, slots=True)
class Open:
    """A message to the same person that may have left since the backup."""

    id: int
    text: str  # as the customer reads it
    version_id: int | None  # None: free text, which the provider shows as it was written
    not_before: datetime | None  # it cannot have left earlier; None: it may have

    def may_be(self, found: Found) -> bool:
        return self.not_before is None or self.not_before <= found.created_at + SLACK

    def reads(self, found: Found) -> bool:
        """Of a template the provider may show more: its header, its footer."""
        ours, theirs = _plain(self.text), _plain(found.body)
        return ours == theirs or bool(self.version_id and len(ours) > 20 and ours in theirs)


@dataclass(slots=True)
class Pairs:
    """What one look at one person's messages came to."""

    tied: dict[int, list[Found]] = field(default_factory=dict)  # message id → its tries, in order
    doubtful: dict[int, list[Found]] = field(default_factory=dict)  # what each may be
    left: list[Found] = field(default_factory=list)  # nothing reads like these


def pair(found: Sequence[Found], messages: Sequence[Open]) -> Pairs:
    """Tie by text what is unique; the same text twice to one person is nobody's to tell apart.

    Several finds of one message are its tries if all but one are known to have failed.
    """
    pairs = Pairs()
    groups: dict[tuple[int, ...], list[Found]] = defaultdict(list)
    for each in sorted(found, key=lambda one: (one.created_at, one.id)):
        like = [one.id for one in messages if one.may_be(each) and one.reads(each)]
        if like:
            groups[tuple(like)].append(each)
        else:
            pairs.left.append(each)
    claimed: dict[int, int] = defaultdict(int)
    for candidates in groups:
        for message_id in candidates:
            claimed[message_id] += 1
    for candidates, group in groups.items():
        alive = [each for each in group if not each.is_dead]
        first = candidates[0]
        if len(candidates) == 1 and claimed[first] == 1 and len(alive) <= 1:
            pairs.tied[first] = sorted(group, key=lambda one: (not one.is_dead, one.created_at))
        else:
            for message_id in candidates:
                pairs.doubtful.setdefault(message_id, []).extend(group)
    return pairs


def suspects(
    left: Sequence[Found], messages: Iterable[Open], *, readable: Collection[int]
) -> dict[int, list[Found]]:
    """Messages that may be one of ``left`` although none reads so.

    ``readable``: versions whose text the provider is known to show as we fill it. Free text it
    always does.
    """
    return {
        each.id: those
        for each in messages
        if each.version_id is not None
        and each.version_id not in readable
        and (those := [one for one in left if each.may_be(one)])
    }


def number_of_try(
    attempts: Mapping[int, Attempt], found: Found, *, taken: Collection[int] = ()
) -> int:
    """Which attempt a find is whose callback nobody has: the one in doubt, else the first free.

    One that the backup saw begin, and whose outcome it does not know, is that try. ``taken`` are
    the numbers that callbacks name.
    """
    last = max(attempts, default=0)
    if last and last not in taken:
        begun = attempts[last]
        is_open = begun.provider_sid is None and begun.outcome in (None, AttemptOutcome.UNKNOWN)
        if is_open and begun.started_at <= found.created_at + SLACK:
            return last
    return next(number for number in itertools.count(1) if number not in {*attempts, *taken})


def state_of(message: MessageState, finds: Sequence[Found]) -> MessageState:
    """Accepted at least; what was told beyond that goes the road of every status."""
    if DELIVERY_RANK.get(message, 0) < DELIVERY_RANK[MessageState.ACCEPTED] and finds:
        return MessageState.ACCEPTED
    return message


def _plain(text: str) -> str:
    return " ".join(text.split())
