"""Look at a file before it is kept: what it is by its bytes, how big, and what it is called."""

from dataclasses import dataclass
from hashlib import sha256

from campaigns.files.errors import FileNotTaken, Why
from campaigns.files.kinds import LARGEST, Kind, kind_of
from campaigns.files.names import fit_name
from campaigns.files.pictures import draw_anew


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it is to be kept."""

    content: bytes
    small: bytes | None
    kind: Kind
    name: str

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def take(content: bytes, name: str) -> Taken:
    """Check a file that somebody gave us, and draw it anew if it is a picture.

    Raises:
        FileNotTaken: says why not.
    """
    if not content:
        raise FileNotTaken(Why.EMPTY)
    if len(content) > LARGEST:
        raise FileNotTaken(Why.TOO_BIG)
    kind = kind_of(content)
    if kind is None:
        raise FileNotTaken(Why.KIND)
    small = None
    if kind.pillow is not None:
        drawn = draw_anew(content, kind)
        content, kind, small = drawn.content, drawn.kind, drawn.small
    return Taken(content, small, kind, fit_name(name, kind))


def check_sendable(taken: Taken) -> None:
    """Raises FileNotTaken for what the channel would refuse."""
    most = taken.kind.most_sent
    if most is None:
        raise FileNotTaken(Why.CHANNEL)
    if len(taken.content) > most:
        raise FileNotTaken(Why.TOO_BIG)
