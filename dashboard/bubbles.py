"""What the screens draw of a message: the one shape behind thread, preview and phone."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta


class Side(enum.StrEnum):
    OUT = "out"  # ours
    IN = "in"  # the customer's
    NOTE = "note"  # nobody outside sees it
    EVENT = "event"  # what happened, in the middle


class Tick(enum.StrEnum):
    """How far an outbound message got, as WhatsApp draws it."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class BubbleButton:
    title: str
    icon: str = "reply"  # "external-link" for a link
    result: str | None = None  # what a tap records


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Something that came with a message."""

    label: str  # "Foto", "Documento"
    icon: str = "image"
    href: str | None = None
    src: str | None = None  # shown in place when set
    form: str = ""  # image, audio, video, document; "" of what is not there
    about: str | None = None  # its size, or why it is not there
    medium_id: int | None = None
    may_retry: bool = False
    may_save: bool = False
    is_saved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message, note or event of a conversation, ready to be drawn."""

    side: Side
    text: str = ""
    id: int | None = None
    at: datetime | None = None
    author: str | None = None  # the person, the campaign, the system
    header: str | None = None
    footer: str | None = None
    buttons: tuple[BubbleButton, ...] = ()
    quoted: str | None = None  # the text it answers
    tapped: bool = False  # came from a button
    pictures: tuple[Picture, ...] = ()
    tick: Tick | None = None
    state: str | None = None  # the tick in words: "leído"
    problem: str | None = None  # why it failed, and what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """WhatsApp's 24 hours: free text goes out only while it is open."""

    is_open: bool
    left: timedelta | None = None
    ever: bool = True  # False: this person never wrote
