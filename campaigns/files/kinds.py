"""The kinds of files we keep, and how their bytes tell them: what people call them is no matter.

A short list, each with a signature where its standard puts it. What is not on it, scripts and
pages among it, is not kept: so nothing that a browser would run is ever served.
"""

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass

MIB = 1024 * 1024
LARGEST = 16 * MIB
"""Source: Twilio docs, media of a WhatsApp message."""


class Form(enum.StrEnum):
    """How a screen shows it."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Kind:
    content_type: str
    extensions: tuple[str, ...]  # the first is what it is called when we name it
    form: Form
    begins: Callable[[bytes], bool]
    pillow: str | None = None  # its format there: such a file is drawn anew
    # what WhatsApp takes of it; None: nothing. Source: Meta docs, supported media types.
    most_sent: int | None = LARGEST


def _starts(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    """The major brand of an ISO base media file."""
    return lambda head: head[4:8] == b"ftyp" and head[8:12].startswith(brands)


_MP3_FRAME = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xe7]", re.DOTALL)
_AAC_FRAME = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]", re.DOTALL)

KINDS = (
    Kind("image/jpeg", ("jpg", "jpeg"), Form.IMAGE, _starts(b"\xff\xd8\xff"), "JPEG", 5 * MIB),
    Kind("image/png", ("png",), Form.IMAGE, _starts(b"\x89PNG\r\n\x1a\n"), "PNG", 5 * MIB),
    Kind(
        "image/webp",
        ("webp",),
        Form.IMAGE,
        lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP",
        "WEBP",
        None,
    ),
    Kind("application/pdf", ("pdf",), Form.DOCUMENT, _starts(b"%PDF-")),
    Kind("audio/ogg", ("ogg", "oga", "opus"), Form.AUDIO, _starts(b"OggS")),
    Kind(
        "audio/mpeg",
        ("mp3",),
        Form.AUDIO,
        lambda head: head.startswith(b"ID3") or _MP3_FRAME.match(head) is not None,
    ),
    Kind("audio/aac", ("aac",), Form.AUDIO, lambda head: _AAC_FRAME.match(head) is not None),
    Kind("audio/amr", ("amr",), Form.AUDIO, _starts(b"#!AMR")),
    Kind("audio/mp4", ("m4a",), Form.AUDIO, _brand(b"M4A", b"M4B")),
    Kind("video/3gpp", ("3gp",), Form.VIDEO, _brand(b"3gp")),
    Kind("video/mp4", ("mp4",), Form.VIDEO, _brand(b"isom", b"iso2", b"mp4", b"avc1", b"MSNV")),
)
_BY_TYPE = {kind.content_type: kind for kind in KINDS}
ACCEPT = ",".join(dict.fromkeys([*_BY_TYPE, *(f".{e}" for k in KINDS for e in k.extensions)]))
"""For a picker; it hints, the bytes decide."""

_HEAD = 32


def kind_of(content: bytes) -> Kind | None:
    """What these bytes are; None: nothing that we keep."""
    head = content[:_HEAD]
    return next((kind for kind in KINDS if kind.begins(head)), None)


def kind_called(content_type: str) -> Kind | None:
    return _BY_TYPE.get(content_type)


def form_called(content_type: str) -> Form:
    """Of whatever a provider calls it, for words alone."""
    main = content_type.partition("/")[0]
    return Form(main) if main in set(Form) else Form.DOCUMENT
