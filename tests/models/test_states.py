"""Every state machine, written out: what may become what, and that nothing else may."""

import enum
from itertools import pairwise
from typing import Any

import pytest

from models.states import (
    CAMPAIGN,
    CASE,
    COUPON,
    DELIVERY_RANK,
    IMPORT,
    MESSAGE,
    NEXT_ACTION,
    PAYABLE_COUPON,
    SENDING,
    SUBSCRIPTION,
    TEMPLATE_VERSION,
    CampaignState,
    CaseState,
    CouponState,
    IllegalMove,
    ImportState,
    Machine,
    MessageState,
    NextActionState,
    SendingState,
    SubscriptionState,
    TemplateState,
)

# Rows are where it is, with all that it may become; what stands on no row ends there.
CAMPAIGNS = """
draft      → scheduled running cancelled
scheduled  → draft running cancelled
running    → paused finished cancelled
paused     → running finished cancelled
finished   → archived running
cancelled  → archived
archived   → running
"""
SENDINGS = """
idle     → planning
planning → sending drained idle
sending  → drained planning idle
drained  → sending planning idle
"""
# In the order of a message's life; a callback may skip steps, and one of an earlier attempt may
# come after the message went back to planned, or was claimed again.
MESSAGES = """
planned     → claimed cancelled review           accepted sent delivered read failed undelivered
claimed     → sending planned cancelled          accepted sent delivered read failed undelivered
sending     → planned uncertain                  accepted sent delivered read failed undelivered
accepted    → planned                                     sent delivered read failed undelivered
sent        → planned                                          delivered read failed undelivered
delivered   →                                                            read
failed      →                                                  delivered read
undelivered →                                                  delivered read
uncertain   → planned cancelled review           accepted sent delivered read failed undelivered
review      → planned cancelled                  accepted sent delivered read failed undelivered
received    → attributed
attributed  → handled
"""
CASES = """
pending     → in_progress finished
in_progress → pending scheduled finished
scheduled   → in_progress finished
finished    → in_progress
"""
NEXT_ACTIONS = """
due → done rescheduled missed cancelled
"""
COUPONS = """
issued           → sent opened receipt_received paid expired void
sent             →      opened receipt_received paid expired void
opened           →             receipt_received paid expired void
receipt_received →                              paid expired void
expired          → issued                       paid         void
"""
TEMPLATES = """
draft     → submitted
submitted → approved rejected
approved  → paused disabled
paused    → approved disabled
"""
SUBSCRIPTIONS = """
active    → awarded completed resigned rescinded
awarded   → active delivered completed resigned rescinded
delivered → completed rescinded
"""
IMPORTS = """
uploaded   → rehearsing                              cancelled
rehearsing → uploaded rehearsed           failed     cancelled
rehearsed  → uploaded rehearsing importing           cancelled
importing  → done failed                             cancelled
"""
MACHINES: list[tuple[Machine[Any], type[enum.StrEnum], str]] = [
    (CAMPAIGN, CampaignState, CAMPAIGNS),
    (SENDING, SendingState, SENDINGS),
    (MESSAGE, MessageState, MESSAGES),
    (CASE, CaseState, CASES),
    (NEXT_ACTION, NextActionState, NEXT_ACTIONS),
    (COUPON, CouponState, COUPONS),
    (TEMPLATE_VERSION, TemplateState, TEMPLATES),
    (SUBSCRIPTION, SubscriptionState, SUBSCRIPTIONS),
    (IMPORT, ImportState, IMPORTS),
]


def _written(table: str) -> set[tuple[str, str]]:
    moves = set()
    for line in table.strip().splitlines():
        now, _, targets = line.partition("→")
        moves |= {(now.strip(), target) for target in targets.split()}
    return moves


EVERY_MOVE = [
    pytest.param(machine, now, tried, (now, tried) in moves, id=f"{machine.name}:{now}-{tried}")
    for machine, states, table in MACHINES
    for moves in [_written(table)]
    for now in states
    for tried in states
]


@pytest.mark.parametrize(("machine", "now", "tried", "legal"), EVERY_MOVE)
def test_a_move_is_legal_if_it_is_written_and_refused_if_not(
    machine: Machine[Any], now: enum.StrEnum, tried: enum.StrEnum, legal: bool
) -> None:
    assert machine.allows(now, tried) == legal
    if legal:
        machine.check(now, tried)
        return
    with pytest.raises(IllegalMove):
        machine.check(now, tried)


@pytest.mark.parametrize(
    ("machine", "states", "table"), MACHINES, ids=[machine.name for machine, _, _ in MACHINES]
)
def test_sources_and_ends_agree_with_the_table(
    machine: Machine[Any], states: type[enum.StrEnum], table: str
) -> None:
    moves = _written(table)

    for state in states:
        assert machine.sources(state) == {now for now, tried in moves if tried == state}
    assert machine.final() == set(states) - {now for now, _ in moves}


def test_a_refusal_says_what_was_tried_and_what_is_allowed() -> None:
    with pytest.raises(IllegalMove) as refused:
        CAMPAIGN.check(CampaignState.FINISHED, CampaignState.PAUSED)

    error = refused.value
    assert (error.machine, error.now, error.tried) == ("campaign", "finished", "paused")
    assert error.allowed == {"archived", "running"}
    assert str(error) == "campaign: from finished to paused; allowed: archived, running"


def test_where_nothing_is_allowed_the_refusal_says_so() -> None:
    with pytest.raises(IllegalMove, match="from read to sent; allowed: nothing"):
        MESSAGE.check(MessageState.READ, MessageState.SENT)


def test_only_an_uncertain_message_or_one_in_review_waits_for_proof() -> None:
    """Nothing that was sent may leave again without going through `planned`."""
    assert MESSAGE.sources(MessageState.SENDING) == {MessageState.CLAIMED}
    assert MESSAGE.sources(MessageState.UNCERTAIN) == {MessageState.SENDING}
    # of a restored backup, what was planned then may have left since
    assert MESSAGE.sources(MessageState.REVIEW) == {MessageState.UNCERTAIN, MessageState.PLANNED}
    assert MESSAGE.sources(MessageState.SKIPPED) == set()


def test_delivery_ranks_order_what_callbacks_say() -> None:
    ladder = [
        MessageState.SENDING,
        MessageState.ACCEPTED,
        MessageState.SENT,
        MessageState.FAILED,
        MessageState.DELIVERED,
        MessageState.READ,
    ]
    ranks = [DELIVERY_RANK[state] for state in ladder]

    assert ranks == sorted(set(ranks))
    assert DELIVERY_RANK[MessageState.FAILED] == DELIVERY_RANK[MessageState.UNDELIVERED]
    for lower, higher in pairwise(ladder):
        assert MESSAGE.allows(lower, higher)


def test_a_coupon_can_be_paid_while_it_is_issued_sent_opened_or_its_receipt_came() -> None:
    assert {"issued", "sent", "opened", "receipt_received"} == PAYABLE_COUPON
