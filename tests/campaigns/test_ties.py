"""Five hundred situations by seed: which case a reply answers; what nobody can know is asked."""

from collections import Counter
from random import Random

import pytest
from sqlalchemy.orm import Session

from tests.campaigns.builders_ties import Life, Town, happen, received_count, settle_in
from tests.campaigns.tie_situations import KINDS, situations
from tests.conftest import NOON

SEED = 20261118
SITUATIONS = 500
PARTS = 5


@pytest.fixture
def town(session: Session) -> Town:
    return Town(session, NOON)


def _wrong(lives: list[Life]) -> list[str]:
    return [mistake for life in lives for mistake in life.mistakes()]


def test_every_kind_of_situation_occurs_often() -> None:
    told = Counter(each.kind for each in situations(SITUATIONS, SEED))

    assert set(told) == set(KINDS)
    assert min(told.values()) >= 25


@pytest.mark.parametrize("part", range(PARTS))
def test_every_reply_is_tied_right_and_alike_in_any_order(town: Town, part: int) -> None:
    """Once as they come; once doubled and shuffled, callbacks and our own 201 among them."""
    told = situations(SITUATIONS, SEED)[part::PARTS]
    draw = Random(SEED + part)

    plain = settle_in(town, told)
    happen(town, plain, draw, shuffled=False)
    town.now = NOON
    shuffled = settle_in(town, told, first=SITUATIONS)
    happen(town, shuffled, draw, shuffled=True)

    assert _wrong(plain) == [], f"seed {SEED}"
    assert _wrong(shuffled) == [], f"seed {SEED}"
    words = sum(len(each.words) for each in told)
    assert received_count(town, plain) == received_count(town, shuffled) == words
    alike = [
        (one.heard[0], other.heard[0])
        for one, other in zip(plain, shuffled, strict=True)
        if len(one.told.words) == 1
    ]
    assert len(alike) >= len(told) / 2
    assert [pair for pair in alike if pair[0] != pair[1]] == []
