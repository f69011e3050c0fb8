"""Signed, derivable tokens: which message a button or a coupon link belongs to.

A token is ``key version (1 byte) | message id (8) | position (1) | HMAC-SHA256, first 16 bytes``,
url-safe base64 without padding: 35 characters of ``[A-Za-z0-9_-]``. Nothing about a person is in
it, nothing secret is stored, and the kind is part of what is signed: a link is no button.
"""

import base64
import enum
import hashlib
import hmac
import struct
from dataclasses import dataclass, field

_HEAD = struct.Struct(">BQB")
_MAC_BYTES = 16


class TokenKind(enum.StrEnum):
    BUTTON = "button"
    COUPON_LINK = "coupon-link"
    FILE = "file"  # of a message: the provider fetches it


@dataclass(frozen=True, slots=True)
class Token:
    message_id: int
    position: int  # of the button; 0 for a link


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with ``key``; still reads what ``previous`` signed, while keys are rotated."""

    key: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)

    def sign(self, kind: TokenKind, message_id: int, position: int = 0) -> str:
        head = _HEAD.pack(_version(self.key), message_id, position)
        token = head + _mac(self.key, kind, head)
        return base64.urlsafe_b64encode(token).rstrip(b"=").decode()

    def read(self, kind: TokenKind, text: str) -> Token | None:
        """The token's content, or None if we did not sign it for this kind."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        if len(raw) != _HEAD.size + _MAC_BYTES:
            return None
        head, mac = raw[: _HEAD.size], raw[_HEAD.size :]
        version, message_id, position = _HEAD.unpack(head)
        for key in (self.key, self.previous):
            if key and _version(key) == version and hmac.compare_digest(mac, _mac(key, kind, head)):
                return Token(message_id, position)
        return None


def _version(key: str) -> int:
    """One byte that tells two keys apart in most cases; the MAC decides."""
    return hashlib.sha256(b"version:" + key.encode()).digest()[0]


def _mac(key: str, kind: TokenKind, head: bytes) -> bytes:
    signed = kind.value.encode() + b"\0" + head
    return hmac.new(key.encode(), signed, hashlib.sha256).digest()[:_MAC_BYTES]
