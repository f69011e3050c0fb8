"""The protocol sends nothing twice while its assumptions hold, and we know which ones they are."""

from datetime import timedelta

import pytest

from campaigns.times import Times
from tests.chaos.model import Protocol, search

TICK = timedelta(seconds=10)


def test_the_model_has_the_times_of_the_engine() -> None:
    times, protocol = Times(), Protocol()

    assert times.lease == protocol.lease * TICK
    assert times.request_timeout == protocol.request * TICK
    assert times.leaves_within == protocol.leaves_within * TICK
    assert times.first_look == protocol.first_look * TICK
    assert times.second_look == protocol.second_look * TICK
    assert times.shown_within == protocol.visible_within * TICK
    may_leave_as_late_as = (protocol.leaves_within + protocol.frozen + protocol.request) * TICK
    assert times.listing_window_after > may_leave_as_late_as


def test_no_order_of_events_sends_twice_while_the_assumptions_hold() -> None:
    found = search(Protocol())

    assert found.duplicate is None
    assert found.states > 50_000  # it went through them all, with freezes up to two minutes


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(Protocol(visible_within=30), id="the provider shows it after 300 s"),
        pytest.param(Protocol(frozen=33), id="a process frozen for 330 s before it writes"),
        pytest.param(Protocol(frozen=13), id="frozen for 130 s: the edge of what we bear"),
        pytest.param(Protocol(retries_unknown=True), id="a time-out is tried again"),
        pytest.param(Protocol(looks=0), id="a lapsed lease is enough"),
        pytest.param(Protocol(looks=1, first_look=3), id="one look, after 30 s"),
    ],
)
def test_each_assumption_is_needed(broken: Protocol) -> None:
    assert search(broken).duplicate is not None


def test_never_repeat_holds_whatever_the_provider_and_our_processes_do() -> None:
    found = search(Protocol(visible_within=30, frozen=33, repeats=False))

    assert found.duplicate is None
    assert found.states > 50_000
