"""Passwords: what may be one, and how it is kept."""

import secrets
import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from campaigns.common_passwords import is_common
from campaigns.errors import WeakPassword

SHORTEST = 12
LONGEST = 128

# Read aloud without mistakes: no l 1 I, no o 0.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4  # 79 bits


class Passwords:
    """Hashes and checks; argon2id, 64 MiB and three passes unless a test asks for less.

    One is computed at once in a process, the others wait: it takes 64 MiB and a core for 0.2 s.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
        self._room = threading.BoundedSemaphore(1)

    def hash(self, password: str) -> str:
        with self._room:
            return self._hasher.hash(password)

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether this is the password; without one kept, "no" after the same time."""
        genuine = kept is not None
        with self._room:
            try:
                right = self._hasher.verify(kept or self._nobodys, password[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return right and genuine

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(32))


def check_strength(password: str, *, email: str, name: str) -> None:
    """Refuse what is guessed first: short, common, or made of the person's own names.

    Raises:
        WeakPassword: ``why`` is short, long, common or personal.
    """
    if len(password) < SHORTEST:
        raise WeakPassword("short")
    if len(password) > LONGEST:
        raise WeakPassword("long")
    if is_common(password):
        raise WeakPassword("common")
    said = password.casefold()
    for word in (email.partition("@")[0], email, *name.split()):
        if len(word) >= 4 and word.casefold() in said and len(said) - len(word) < 8:
            raise WeakPassword("personal")


def first_password() -> str:
    """One that a person can read out over the telephone: ``k7mw-...``, four groups of four."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
