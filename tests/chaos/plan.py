"""Which fault strikes when: everything follows from the seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Fault:
    number: int
    kind: str
    after: float  # seconds since the one before ended
    seed: int  # of its own choices: which process, whom

    @property
    def chance(self) -> Random:
        return Random(self.seed)


def plan(
    seed: int, kinds: Mapping[str, int], *, times: int, gap: tuple[float, float]
) -> list[Fault]:
    """Each kind as often as its number, ``times`` over, in an order of chance.

    One of each comes before any second one: a run that ends early has seen them all. The cancel
    comes early, while most of that campaign still waits.
    """
    chance = Random(seed)
    first = list(kinds)
    rest = [kind for kind, number in kinds.items() for _ in range(number * times - 1)]
    rest = [kind for kind in rest if kind != "cancel"]  # a campaign is cancelled once
    chance.shuffle(first)
    chance.shuffle(rest)
    first.remove("cancel")
    first.insert(3, "cancel")
    return [
        Fault(number, kind, chance.uniform(*gap), chance.getrandbits(32))
        for number, kind in enumerate(first + rest)
    ]
