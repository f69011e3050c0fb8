"""What a customer can send besides text: a file somebody chose, or a picture ready to go."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from messaging.simulator import pictures, tickets
from messaging.simulator.phone.spanish import local

READY = {"transfer": "Transferencia", "ticket": "Ticket", "unreadable": "Foto ilegible"}
LARGEST = 5_000_000  # WhatsApp takes images up to 5 MB
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
)
_AMOUNT = re.compile(r"\$\s?(\d{1,3}(?:\.\d{3})*,\d{2})")


@dataclass(frozen=True, slots=True)
class Photo:
    content: bytes
    media_type: str


def kind_of(content: bytes) -> str | None:
    """By what is in it: JPEG, PNG, PDF or a voice note."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    return None


def ready_made(name: str, *, phone: str, heard: Sequence[str], now: float) -> Photo | None:
    """The amount on it is the last one that ``heard``, the latest texts to him, speaks of."""
    amounts = [found.group(1) for text in heard if (found := _AMOUNT.search(text))]
    amount, day = (amounts or ["45.300,50"])[0], f"{local(now):%d/%m/%Y}"
    if name == "transfer":
        return Photo(tickets.transfer(amount=amount, day=day, key=phone), "image/png")
    if name == "ticket":
        return Photo(tickets.ticket(amount=amount, day=day, key=phone), "image/png")
    return Photo(pictures.receipt(phone), "image/jpeg") if name == "unreadable" else None
