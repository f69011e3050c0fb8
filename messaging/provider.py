"""What leaves, and what a provider can answer: in our words, for any provider."""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.message import AttemptOutcome
from models.states import MessageState


class Fault(enum.StrEnum):
    """Whose problem a provider's code is, and so what happens next."""

    RETRY = "retry"  # proven not delivered: again later, a bounded number of times
    SLOW_DOWN = "slow_down"  # a rate or a cap: again, with a long delay
    PERMANENT = "permanent"  # this message, this recipient: never again
    TEMPLATE = "template"  # every campaign on this template must wait
    ACCOUNT = "account"  # the line or the account: hold it, do not burn the audience
    OPT_OUT = "opt_out"  # the recipient does not want it
    WINDOW = "window"  # needs a template: the 24 h are over
    AMBIGUOUS = "ambiguous"  # it may have been sent


class Delay(enum.StrEnum):
    """How long until it may be tried again; the figures are the engine's (`Times.wait_for`)."""

    AT_ONCE = "at_once"  # within a second, doubling
    MINUTE = "minute"  # a minute or more, doubling, a few times
    ONCE = "once"  # a minute or more, a single time
    QUEUE = "queue"  # the line's queue at the provider is full: it drains by the minute
    RATE = "rate"  # a rate, of the line or with this person, or a quota: hours
    DAY = "day"  # a cap per person: not within 24 hours, growing


class ByHand(enum.StrEnum):
    """How a message that the provider called failed may go out anew when a person asks for it."""

    AGAIN = "again"  # nothing of it was the recipient's or the message's fault
    NEXT_DAY = "next_day"  # a cap per person: a day after it failed
    OTHER_PHONE = "other_phone"  # only to a phone that was corrected since


@dataclass(frozen=True, slots=True)
class Advice:
    """What a code says beyond whose problem it is."""

    delay: Delay | None = None  # None: as its fault has it
    may_be_one_row: bool = False  # only a run of it speaks of the template or the line
    is_unknown: bool = False  # a code that is in no table of ours: somebody should know
    of_recipient: bool = False  # his address itself: any number of them say nothing of the line


NO_ADVICE = Advice()


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message of the ledger, ready to leave; tied to no session."""

    message_id: int
    attempt: int
    sender: str  # E.164
    to: str  # E.164 or BSUID
    content_sid: str | None = None
    variables: Mapping[str, str] | None = None
    body: str | None = None
    messaging_service_sid: str | None = None
    file_token: str | None = None  # what the provider fetches its file by


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """How one attempt ended. ``sid`` is set when and only when it was accepted."""

    message_id: int
    attempt: int
    outcome: AttemptOutcome
    sid: str | None = None
    http_status: int | None = None
    error_code: int | None = None
    fault: Fault | None = None  # None: accepted
    detail: str | None = None
    advice: Advice = NO_ADVICE


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """A message as the provider's listing shows it."""

    sid: str
    to: str
    sender: str
    is_inbound: bool
    state: MessageState | None  # None: a state that says nothing new
    body: str
    created_at: datetime  # 1 s resolution
    error_code: int | None = None
    fault: Fault | None = None
    advice: Advice = NO_ADVICE
    media_count: int = 0


class Listing(Protocol):
    """What we can ask a provider about the past. Raises ProviderUnavailable."""

    def sent_to(
        self, to: str, *, sender: str, since: datetime, until: datetime
    ) -> list[ProviderMessage]:
        """Outbound messages to one recipient, created within these times, oldest first."""
        ...

    def sent_from(self, sender: str, *, since: datetime) -> Iterator[ProviderMessage]:
        """Outbound messages of one line created since then, newest first; as many as there are."""
        ...

    def sent_between(
        self, sender: str, *, since: datetime, until: datetime
    ) -> Iterator[ProviderMessage]:
        """Messages of one line that went out to the network within these times, newest first.

        Those that are still in the provider's queue are not among them.
        """
        ...

    def fetch(self, sid: str) -> ProviderMessage | None:
        """One message by its sid; None if the provider does not know it."""
        ...

    def received(
        self, sender: str, *, since: datetime, until: datetime | None = None
    ) -> list[ProviderMessage]:
        """Inbound messages of one line, created within these times, oldest first."""
        ...

    def media_of(self, sid: str) -> list[tuple[str, str]]:
        """The files of one message: address and content type of each."""
        ...
