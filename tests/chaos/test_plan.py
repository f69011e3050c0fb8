"""The seed is the whole plan; every kind strikes, and there is an act for each."""

from collections import Counter

from tests.chaos.plan import plan
from tests.chaos.profiles import KINDS, PROFILES
from tests.chaos.saboteur import Saboteur


def test_the_same_seed_gives_the_same_plan_and_another_another() -> None:
    def told(seed: int) -> list[object]:
        return list(plan(seed, KINDS, times=1, gap=(1, 2)))

    assert told(7) == told(7)
    assert told(7) != told(8)


def test_each_kind_strikes_once_before_any_strikes_twice_and_as_often_as_told() -> None:
    faults = plan(7, KINDS, times=2, gap=(1, 2))

    assert {fault.kind for fault in faults[: len(KINDS)]} == KINDS.keys()
    wanted = {kind: number * 2 for kind, number in KINDS.items()} | {"cancel": 1}
    assert Counter(fault.kind for fault in faults) == wanted


def test_the_plans_are_long_enough_for_their_bounds() -> None:
    for profile in PROFILES.values():
        faults = plan(7, KINDS, times=profile.faults, gap=profile.gap)

        assert len(faults) > profile.bounds.faults
        assert len(KINDS) >= profile.bounds.kinds


def test_there_is_an_act_for_every_kind() -> None:
    for kind in KINDS:
        assert kind.startswith("crash_") or hasattr(Saboteur, f"_{kind}")
