"""What comes back, in our words."""

from dataclasses import dataclass, field

from messaging.provider import NO_ADVICE, Advice, Fault
from models.states import MessageState


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A status callback. ``state`` is None for steps that say nothing new (queued, sending)."""

    sid: str
    state: MessageState | None
    to: str | None = None  # E.164 or BSUID
    error_code: int | None = None
    fault: Fault | None = None
    detail: str | None = None  # the channel's own words: the best diagnostic
    bad_address: bool = False  # the failure says that nothing will ever reach this address
    advice: Advice = NO_ADVICE


@dataclass(frozen=True, slots=True)
class Media:
    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message from a customer. Bodies, names and payloads are hostile text."""

    sid: str
    sender: str  # the customer: E.164 or BSUID
    line: str  # E.164 of the line it was written to
    body: str
    kind: str  # text, button, image, …: an open set
    button_payload: str | None = None
    button_text: str | None = None
    quoted_sid: str | None = None
    opt_out: str | None = None  # STOP, START or HELP: the provider's own classification
    profile_name: str | None = None
    wa_id: str | None = None  # digits
    bsuid: str | None = None
    media: tuple[Media, ...] = field(default=())
