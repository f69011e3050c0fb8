"""Campaigns that share a line: by priority, and nobody starves."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from campaigns.sending import claim_slice, take_slice
from campaigns.turns import weight_of
from models.campaign import Campaign
from models.message import Cause, SendSlice
from models.states import CampaignState
from tests.campaigns.builders_sending import ANAS_WORKER, Outbox
from tests.conftest import NOON


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


def _turns(outbox: Outbox, number: int) -> list[int | None]:
    """Whose slices are claimed, one after the other."""
    taken = []
    for _ in range(number):
        slice_id = outbox.take()
        assert slice_id is not None
        assert claim_slice(
            outbox.session, slice_id, lease=ANAS_WORKER, now=NOON, guards=outbox.guards
        )
        outbox.fresh()
        taken.append(outbox.session.get_one(SendSlice, slice_id).campaign_id)
    return taken


def _with_slices(outbox: Outbox, campaign: Campaign, number: int, *, rows: int = 3) -> Campaign:
    for _ in range(number):
        outbox.planned(rows, campaign=campaign)
    return campaign


def test_weights_double_with_priority() -> None:
    assert [weight_of(priority) for priority in (1, 2, 3)] == [4, 2, 1]


def test_three_campaigns_share_a_line_four_to_two_to_one(outbox: Outbox) -> None:
    low, middle, high = (
        _with_slices(outbox, outbox.a_campaign(priority=priority), 30) for priority in (3, 2, 1)
    )

    shares = Counter(_turns(outbox, 35))

    assert shares == {high.id: 20, middle.id: 10, low.id: 5}


def test_messages_count_and_not_slices(outbox: Outbox) -> None:
    wide = _with_slices(outbox, outbox.a_campaign(), 4, rows=6)
    narrow = _with_slices(outbox, outbox.a_campaign(), 12, rows=2)

    shares = Counter(_turns(outbox, 12))

    assert shares == {wide.id: 3, narrow.id: 9}


def test_one_that_is_launched_meanwhile_is_next_and_no_more_than_its_share(
    outbox: Outbox,
) -> None:
    low = _with_slices(outbox, outbox.a_campaign(priority=3), 20)
    _turns(outbox, 8)

    urgent = _with_slices(outbox, outbox.a_campaign(priority=1), 20)
    after = _turns(outbox, 15)

    assert after[0] == urgent.id
    # but for one slice, which is as near as whole slices come
    assert Counter(after)[low.id] in (2, 3)
    assert low.id in after[:6]


def test_one_that_comes_back_does_not_catch_up_what_it_missed(outbox: Outbox) -> None:
    paused = _with_slices(outbox, outbox.a_campaign(), 20)
    other = _with_slices(outbox, outbox.a_campaign(), 30)
    _turns(outbox, 4)
    paused.state = CampaignState.PAUSED
    outbox.fresh()
    assert set(_turns(outbox, 10)) == {other.id}

    paused.state = CampaignState.RUNNING
    outbox.fresh()

    back = Counter(_turns(outbox, 10))
    assert abs(back[paused.id] - back[other.id]) <= 2  # five and five, but for one slice


def test_another_priority_counts_from_the_next_slice_on(outbox: Outbox) -> None:
    one = _with_slices(outbox, outbox.a_campaign(priority=3), 20)
    two = _with_slices(outbox, outbox.a_campaign(priority=3), 20)
    assert Counter(_turns(outbox, 6)) == {one.id: 3, two.id: 3}

    one.priority = 1
    outbox.fresh()

    assert Counter(_turns(outbox, 10)) == {one.id: 8, two.id: 2}


def test_replies_go_before_all_campaigns_and_use_up_no_turn(outbox: Outbox) -> None:
    campaign = _with_slices(outbox, outbox.a_campaign(priority=1), 4)
    answer = outbox.planned(cause=Cause.REPLY)[0]

    assert outbox.take() == answer.id
    assert _turns(outbox, 2) == [campaign.id, campaign.id]


def test_what_waits_takes_no_turn(outbox: Outbox) -> None:
    night = _with_slices(outbox, outbox.a_campaign(), 6)
    day = _with_slices(outbox, outbox.a_campaign(), 6)
    night.sending_window, night.sends_on_holidays = {"3": ["20:00", "22:00"]}, False
    outbox.fresh()

    assert outbox.claim() == []
    assert set(_turns(outbox, 4)) == {day.id}

    evening = NOON + timedelta(hours=8, minutes=30)
    first = take_slice(outbox.session, outbox.line.id, lease=ANAS_WORKER, now=evening)
    assert outbox.session.get_one(SendSlice, first).campaign_id == night.id
