"""Every state machine: its states, and the moves that are legal. Any other raises IllegalMove."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

StateT = TypeVar("StateT", bound=enum.StrEnum)


class IllegalMove(Exception):
    """A move that the machine does not have; says what was tried and what is allowed."""

    def __init__(self, machine: str, now: str | None, tried: str, allowed: frozenset[str]) -> None:
        self.machine = machine
        self.now = now
        self.tried = tried
        self.allowed = allowed
        can = ", ".join(sorted(allowed)) or "nothing"
        super().__init__(f"{machine}: from {now or 'nowhere'} to {tried}; allowed: {can}")


@dataclass(frozen=True)
class Machine(Generic[StateT]):
    """A table of moves: from a state to the states it may become."""

    name: str
    moves: Mapping[StateT, frozenset[StateT]]

    def allows(self, now: StateT, tried: StateT) -> bool:
        return tried in self.moves[now]

    def check(self, now: StateT, tried: StateT) -> None:
        """Raise IllegalMove unless ``now`` may become ``tried``."""
        if tried not in self.moves[now]:
            allowed = frozenset(state.value for state in self.moves[now])
            raise IllegalMove(self.name, now.value, tried.value, allowed)

    def sources(self, target: StateT) -> frozenset[StateT]:
        """The states that may become ``target``: what an UPDATE names in its WHERE."""
        return frozenset(state for state, targets in self.moves.items() if target in targets)

    def final(self) -> frozenset[StateT]:
        return frozenset(state for state, targets in self.moves.items() if not targets)


def _machine(name: str, moves: Mapping[StateT, str], kind: type[StateT]) -> Machine[StateT]:
    """``moves`` in words: ``{DRAFT: "scheduled running"}``; a state left out is final."""
    return Machine(
        name,
        {state: frozenset(kind(word) for word in moves.get(state, "").split()) for state in kind},
    )


class CampaignState(enum.StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


CAMPAIGN = _machine(
    "campaign",
    {
        CampaignState.DRAFT: "scheduled running cancelled",
        CampaignState.SCHEDULED: "draft running cancelled",
        CampaignState.RUNNING: "paused finished cancelled",
        CampaignState.PAUSED: "running finished cancelled",
        CampaignState.FINISHED: "archived running",  # running: reopened, nothing is sent
        CampaignState.CANCELLED: "archived",
        CampaignState.ARCHIVED: "running",
    },
    CampaignState,
)


class SendingState(enum.StrEnum):
    """How far the sending of a running campaign has come; a hold is kept beside it."""

    IDLE = "idle"
    PLANNING = "planning"
    SENDING = "sending"
    DRAINED = "drained"


SENDING = _machine(
    "sending",
    {
        SendingState.IDLE: "planning",
        SendingState.PLANNING: "sending drained idle",
        SendingState.SENDING: "drained planning idle",
        SendingState.DRAINED: "sending planning idle",
    },
    SendingState,
)


class MessageState(enum.StrEnum):
    PLANNED = "planned"  # written, due at `due_at`
    CLAIMED = "claimed"  # a worker holds a lease; nothing has left
    SENDING = "sending"  # an attempt is committed; the request may have left
    ACCEPTED = "accepted"  # the provider answered with its id
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    SKIPPED = "skipped"  # decided at planning, with a reason
    CANCELLED = "cancelled"  # opt-out, payment, campaign cancelled, expired
    FAILED = "failed"  # the provider refused it, at once or later
    UNDELIVERED = "undelivered"  # the channel refused it later
    UNCERTAIN = "uncertain"  # it may have left and nobody has said so
    REVIEW = "review"  # a person must decide
    RECEIVED = "received"  # inbound, from here on
    ATTRIBUTED = "attributed"
    HANDLED = "handled"


MESSAGE = _machine(
    "message",
    {
        # an earlier attempt may turn out to have arrived after all, and so it must not leave again
        MessageState.PLANNED: (
            "claimed cancelled accepted sent delivered read failed undelivered"
            " review"  # of a restored backup: it may have left since
        ),
        MessageState.CLAIMED: (
            "sending planned cancelled accepted sent delivered read failed undelivered"
        ),
        MessageState.SENDING: ("accepted sent delivered read failed undelivered uncertain planned"),
        MessageState.ACCEPTED: "sent delivered read failed undelivered planned",
        MessageState.SENT: "delivered read failed undelivered planned",
        MessageState.DELIVERED: "read",
        MessageState.FAILED: "delivered read",  # callbacks come in any order: the rank decides
        MessageState.UNDELIVERED: "delivered read",
        MessageState.UNCERTAIN: (
            "accepted sent delivered read failed undelivered planned cancelled review"
        ),
        MessageState.REVIEW: "accepted sent delivered read failed undelivered cancelled planned",
        MessageState.RECEIVED: "attributed",
        MessageState.ATTRIBUTED: "handled",
    },
    MessageState,
)

# Ranks only go up: a late `sent` after `delivered` changes nothing.
DELIVERY_RANK: dict[MessageState, int] = {
    MessageState.PLANNED: 0,
    MessageState.CLAIMED: 0,
    MessageState.SENDING: 0,
    MessageState.UNCERTAIN: 0,
    MessageState.REVIEW: 0,
    MessageState.ACCEPTED: 1,
    MessageState.SENT: 2,
    MessageState.FAILED: 3,
    MessageState.UNDELIVERED: 3,
    MessageState.DELIVERED: 4,
    MessageState.READ: 5,
}


class CaseState(enum.StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    SCHEDULED = "scheduled"  # has a next action
    FINISHED = "finished"


CASE = _machine(
    "case",
    {
        CaseState.PENDING: "in_progress finished",
        CaseState.IN_PROGRESS: "pending scheduled finished",
        CaseState.SCHEDULED: "in_progress finished",
        CaseState.FINISHED: "in_progress",
    },
    CaseState,
)


class NextActionState(enum.StrEnum):
    DUE = "due"
    DONE = "done"
    RESCHEDULED = "rescheduled"
    MISSED = "missed"
    CANCELLED = "cancelled"


NEXT_ACTION = _machine(
    "next action",
    {NextActionState.DUE: "done rescheduled missed cancelled"},
    NextActionState,
)


class PromiseState(enum.StrEnum):
    """Of a promise of payment, judged by the coupon that it is about."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"  # its day is over and nobody has told of a payment
    CANCELLED = "cancelled"  # corrected, revoked, promised anew, or the case was closed


PROMISE = _machine(
    "promise",
    {
        PromiseState.OPEN: "kept broken cancelled",
        PromiseState.BROKEN: "kept cancelled",  # a payment is told of late
    },
    PromiseState,
)


class CouponState(enum.StrEnum):
    ISSUED = "issued"
    SENT = "sent"
    OPENED = "opened"
    RECEIPT_RECEIVED = "receipt_received"
    PAID = "paid"
    EXPIRED = "expired"
    VOID = "void"


COUPON = _machine(
    "coupon",
    {
        CouponState.ISSUED: "sent opened receipt_received paid expired void",
        CouponState.SENT: "opened receipt_received paid expired void",
        CouponState.OPENED: "receipt_received paid expired void",
        CouponState.RECEIPT_RECEIVED: "paid expired void",
        CouponState.EXPIRED: "paid void issued",  # paid late; issued again with later dates
    },
    CouponState,
)
PAYABLE_COUPON = frozenset(
    {CouponState.ISSUED, CouponState.SENT, CouponState.OPENED, CouponState.RECEIPT_RECEIVED}
)


class TemplateState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PAUSED = "paused"
    DISABLED = "disabled"
    REJECTED = "rejected"


TEMPLATE_VERSION = _machine(
    "template version",
    {
        TemplateState.DRAFT: "submitted",
        TemplateState.SUBMITTED: "approved rejected",
        TemplateState.APPROVED: "paused disabled",
        TemplateState.PAUSED: "approved disabled",
    },
    TemplateState,
)


class SubscriptionState(enum.StrEnum):
    ACTIVE = "active"
    AWARDED = "awarded"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    RESIGNED = "resigned"
    RESCINDED = "rescinded"


SUBSCRIPTION = _machine(
    "subscription",
    {
        SubscriptionState.ACTIVE: "awarded completed resigned rescinded",
        SubscriptionState.AWARDED: "delivered active completed resigned rescinded",
        SubscriptionState.DELIVERED: "completed rescinded",
    },
    SubscriptionState,
)


class ImportState(enum.StrEnum):
    """Of a file that comes in: a screen walks all of it, a terminal begins at `importing`."""

    UPLOADED = "uploaded"  # waits for a person to say which column is which
    REHEARSING = "rehearsing"  # read and checked by a worker; nothing is written
    REHEARSED = "rehearsed"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"  # the file could not be read, or not to its end: `problem` says why
    CANCELLED = "cancelled"  # what was in by then stays


IMPORT = _machine(
    "import",
    {
        ImportState.UPLOADED: "rehearsing cancelled",
        ImportState.REHEARSING: "rehearsed uploaded failed cancelled",
        ImportState.REHEARSED: "importing uploaded rehearsing cancelled",
        ImportState.IMPORTING: "done failed cancelled",
    },
    ImportState,
)
