"""Seeded chance: what happens to a customer depends on the seed and on him, not on the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

Key = str | int


@dataclass(frozen=True, slots=True)
class Chance:
    """Draws that depend on the seed and a key alone, so threads may come in any order."""

    seed: int

    def draw(self, *key: Key) -> float:
        """A number in [0, 1) that is always the same for this key."""
        text = f"{self.seed}|{'|'.join(map(str, key))}"
        digest = blake2b(text.encode(), digest_size=7).digest()
        return int.from_bytes(digest) / 2**56

    def happens(self, share: float, *key: Key) -> bool:
        return share > 0 and self.draw(*key) < share

    def between(self, span: Sequence[float], *key: Key) -> float:
        """From the short end to the long one, long ones rare (uniform in the logarithm)."""
        low, high = span
        if low <= 0:
            return low + (high - low) * self.draw(*key)
        return float(low * (high / low) ** self.draw(*key))

    def pick(self, options: Sequence[str], *key: Key) -> str:
        return options[int(self.draw(*key) * len(options))]

    def one_of(self, shares: Mapping[str, float], *key: Key) -> str | None:
        """The name the draw falls on; None in what the shares leave free."""
        if not shares:
            return None
        left = self.draw(*key)
        for name, share in shares.items():
            left -= share
            if left < 0:
                return name
        return None
