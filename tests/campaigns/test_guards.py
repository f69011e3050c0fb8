"""Whom a campaign leaves in peace for now: too many messages, or two at once."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns import guards as holds
from campaigns.limits import Guards
from campaigns.sending import end_slice
from campaigns.sending_hours import ALWAYS
from campaigns.waits import waits_of
from models.campaign import Campaign
from models.message import Cause, Direction, Message, SendSlice
from models.states import CouponState, MessageState
from tests.campaigns.builders_inbox import ANA, BEN, TIMES
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


def _wrote(
    outbox: Outbox,
    phone: str = ANA,
    *,
    ago: timedelta,
    campaign: Campaign | None = None,
    cause: Cause = Cause.CAMPAIGN,
    state: MessageState = MessageState.DELIVERED,
    sequence: int = 1,
) -> Message:
    """A message that a campaign of its own sent, unless told."""
    return outbox.a_message(
        phone,
        at=NOON - ago,
        campaign=campaign or outbox.a_campaign(),
        cause=cause,
        state=state,
        sequence=sequence,
    )


def _was_answered(outbox: Outbox, *, ago: timedelta, phone: str = ANA) -> None:
    outbox.session.add(
        Message(
            direction=Direction.IN,
            state=MessageState.RECEIVED,
            line_id=outbox.line.id,
            contact_point_id=outbox.contact(phone).id,
            address=phone,
            body="Hola",
            created_at=NOON - ago,
        )
    )
    outbox.session.commit()


# Fatigue


def test_a_third_unanswered_message_waits_until_the_first_is_a_week_old(outbox: Outbox) -> None:
    _wrote(outbox, ago=7 * DAY - timedelta(minutes=30))
    _wrote(outbox, ago=DAY)
    (to_ana,) = outbox.planned(phones=[ANA])
    (to_ben,) = outbox.planned(phones=[BEN])

    assert outbox.claim() == []

    assert (to_ana.state, to_ana.reason) == (MessageState.PLANNED, holds.FATIGUE)
    later = NOON + timedelta(minutes=30, seconds=1)
    assert to_ana.due_at == later
    assert [each.id for each in outbox.claim()] == [to_ben.id]
    assert [each.id for each in outbox.claim(at=later)] == [to_ana.id]


def test_two_unanswered_messages_are_not_too_many(outbox: Outbox) -> None:
    _wrote(outbox, ago=DAY)
    outbox.planned(phones=[ANA])

    claimed = outbox.claim()

    assert len(claimed) == 1
    assert len(outbox.start(claimed)) == 1


def test_an_answer_makes_a_new_start(outbox: Outbox) -> None:
    _wrote(outbox, ago=3 * DAY)
    _wrote(outbox, ago=2 * DAY)
    _was_answered(outbox, ago=DAY)
    outbox.planned(phones=[ANA])

    claimed = outbox.claim()

    assert len(outbox.start(claimed)) == 1


def test_who_answers_while_it_waits_gets_it_within_the_hour(outbox: Outbox) -> None:
    _wrote(outbox, ago=3 * DAY)
    _wrote(outbox, ago=2 * DAY)
    (message,) = outbox.planned(phones=[ANA])
    assert outbox.claim() == []
    assert message.due_at is not None
    assert message.due_at <= NOON + timedelta(hours=1, seconds=1)

    _was_answered(outbox, ago=-timedelta(minutes=5))

    assert [each.id for each in outbox.claim(at=message.due_at)] == [message.id]


@pytest.mark.parametrize(
    "earlier",
    [
        {"cause": Cause.REPLY},
        {"cause": Cause.TEST},
        {"state": MessageState.FAILED},
        {"state": MessageState.UNDELIVERED},
        {"state": MessageState.CANCELLED},
        {"ago": 8 * DAY},
    ],
    ids=["a reply", "a test", "failed", "undelivered", "cancelled", "long ago"],
)
def test_what_does_not_tire(outbox: Outbox, earlier: dict[str, object]) -> None:
    _wrote(outbox, ago=DAY)
    _wrote(outbox, **{"ago": 2 * DAY, **earlier})  # type: ignore[arg-type]
    outbox.planned(phones=[ANA])

    claimed = outbox.claim()

    assert len(outbox.start(claimed)) == 1


def test_a_message_read_long_after_it_was_sent_counts_from_when_it_was_sent(
    outbox: Outbox,
) -> None:
    _wrote(outbox, ago=DAY)
    old = _wrote(outbox, ago=9 * DAY, state=MessageState.READ)
    old.state_at = NOON - DAY
    outbox.planned(phones=[ANA])
    outbox.fresh()

    claimed = outbox.claim()

    assert len(outbox.start(claimed)) == 1


def test_several_subscriptions_of_one_phone_are_one_occasion(outbox: Outbox) -> None:
    for _ in range(3):
        _wrote(outbox, ago=DAY, campaign=outbox.campaign)
    outbox.planned(phones=[ANA], campaign=outbox.a_campaign())

    assert len(outbox.claim()) == 1


def test_reminders_are_occasions_of_their_own(outbox: Outbox) -> None:
    other = outbox.a_campaign()
    _wrote(outbox, ago=2 * DAY, campaign=other, sequence=1)
    _wrote(outbox, ago=DAY, campaign=other, sequence=2, cause=Cause.REMINDER)
    outbox.planned(phones=[ANA])

    assert outbox.claim() == []


def test_an_operators_answer_is_not_held_by_what_campaigns_wrote(outbox: Outbox) -> None:
    _wrote(outbox, ago=2 * DAY)
    _wrote(outbox, ago=DAY)
    outbox.planned(phones=[ANA], cause=Cause.REPLY)

    claimed = outbox.claim()

    assert len(outbox.start(claimed)) == 1


def test_the_cap_may_be_another_or_none(outbox: Outbox) -> None:
    for days in (1, 2, 3):
        _wrote(outbox, ago=days * DAY)
    outbox.planned(phones=[ANA])

    for cap, sends in ((3, 0), (4, 1)):
        outbox.guards = Guards(hours=ALWAYS, fatigue_messages=cap)
        assert len(outbox.claim(at=NOON + 2 * timedelta(hours=cap))) == sends
    outbox.guards = Guards(hours=ALWAYS, fatigue_messages=0)
    outbox.planned(phones=[ANA], campaign=outbox.a_campaign())
    assert len(outbox.claim(at=NOON + timedelta(hours=9))) == 1


def test_of_two_campaigns_at_once_the_cap_holds_the_second_at_its_attempt(outbox: Outbox) -> None:
    _wrote(outbox, ago=DAY)
    outbox.planned(phones=[ANA])
    outbox.planned(phones=[ANA], campaign=outbox.a_campaign(priority=3))
    one, two = outbox.claim(), outbox.claim()  # neither has left when the other is claimed
    later = NOON + TIMES.pair_spacing

    assert len(outbox.start(one)) == 1
    one_message = outbox.session.get_one(Message, one[0].id)
    one_message.state = MessageState.ACCEPTED
    outbox.fresh()

    assert outbox.start(two, at=later) == {}


# The pair limit


def test_two_messages_to_one_person_are_spaced(outbox: Outbox) -> None:
    _wrote(outbox, ago=timedelta(seconds=2))
    (second,) = outbox.planned(phones=[ANA])

    assert outbox.claim() == []

    assert (second.reason, second.due_at) == (holds.PAIR_LIMIT, NOON + timedelta(seconds=4))
    assert [each.id for each in outbox.claim(at=NOON + timedelta(seconds=4))] == [second.id]


def test_the_pair_limit_is_looked_at_again_at_the_attempt(outbox: Outbox) -> None:
    (message,) = outbox.planned(phones=[ANA])
    claimed = outbox.claim()
    _wrote(outbox, ago=timedelta(seconds=1), cause=Cause.REPLY)

    assert outbox.start(claimed) == {}
    assert outbox.start(claimed, at=NOON + timedelta(seconds=5)) == {message.id: 1}


def test_another_line_is_another_pair(outbox: Outbox, session: Session) -> None:
    wrote = _wrote(outbox, ago=timedelta(seconds=2))
    (message,) = outbox.planned(phones=[ANA])
    session.execute(
        text(
            "WITH l AS (INSERT INTO lines (id, portfolio_id, name, sender)"
            " SELECT 99999, portfolio_id, 'Otra', '+5491150000099' FROM lines LIMIT 1 RETURNING id)"
            " UPDATE messages SET line_id = l.id FROM l WHERE messages.id = :id"
        ),
        {"id": wrote.id},
    )
    outbox.fresh()

    assert [each.id for each in outbox.claim()] == [message.id]


def test_an_operator_may_write_twice_in_a_row(outbox: Outbox) -> None:
    _wrote(outbox, ago=timedelta(seconds=1), cause=Cause.REPLY)
    outbox.planned(phones=[ANA], cause=Cause.REPLY)

    claimed = outbox.claim()

    assert len(outbox.start(claimed)) == 1


def test_what_is_due_later_is_never_pulled_forward(outbox: Outbox) -> None:
    for days in (1, 2):
        _wrote(outbox, ago=days * DAY)
    now, later = outbox.planned(phones=[ANA, ANA])
    later.due_at = NOON + 5 * DAY
    outbox.fresh()

    assert outbox.claim() == []
    assert now.due_at < later.due_at == NOON + 5 * DAY


# What is said of it


def test_people_who_wait_are_said_when_nothing_else_is_left(outbox: Outbox) -> None:
    for days in (1, 2):
        _wrote(outbox, ago=days * DAY)
    tired, fresh = outbox.planned(phones=[ANA, BEN])
    campaign_id = outbox.campaign.id

    assert [each.id for each in outbox.claim()] == [fresh.id]
    end_slice(outbox.session, tired.id)
    outbox.fresh()

    wait = waits_of(outbox.session, [campaign_id], now=NOON)[campaign_id]
    assert (wait.reason, wait.since, wait.until) == (holds.FATIGUE, NOON, tired.due_at)
    outbox.planned(1)
    assert waits_of(outbox.session, [campaign_id], now=NOON) == {}  # something may go


def test_a_slice_forgets_why_it_waited_once_it_goes_on(outbox: Outbox) -> None:
    _wrote(outbox, ago=timedelta(seconds=2))
    (message,) = outbox.planned(phones=[ANA])
    outbox.claim()
    assert outbox.session.get_one(SendSlice, message.id).put_off_reason == holds.PAIR_LIMIT

    outbox.claim(at=NOON + timedelta(seconds=4))

    assert outbox.session.get_one(SendSlice, message.id).put_off_reason is None


# How it is looked up


_LEDGER = """
INSERT INTO messages (direction, state, line_id, contact_point_id, address, cause,
    campaign_id, template_version_id, due_at, attempts)
SELECT 'out', 'planned', line_id, contact_point_id + n % 3, address, cause,
    campaign_id, template_version_id, due_at, 1
FROM messages, generate_series(1, 50000) AS n WHERE id = :id
"""
_COUPONS = """
INSERT INTO coupons (subscription_id, instalment, amount, due_date)
SELECT subscription_id, n, 1, current_date FROM coupons, generate_series(100, 50000) AS n
"""


def test_the_claim_scans_neither_the_ledger_nor_the_coupons(
    outbox: Outbox, session: Session
) -> None:
    """A slice of 500 among 50,000: whatever the planner believes of states, by indexes alone."""
    for phone in ("+549111", "+549112", "+549113"):
        outbox.contact(phone)
    (message,) = outbox.planned(phones=["+549111"], coupon=outbox.a_coupon(CouponState.ISSUED))
    session.execute(text(_LEDGER), {"id": message.id})
    session.execute(
        text("INSERT INTO attempts (message_id, number, owner) SELECT id, 1, 'w' FROM messages")
    )
    session.execute(text(_COUPONS))
    session.execute(text("ANALYZE messages; ANALYZE coupons; ANALYZE opt_outs; ANALYZE attempts"))
    values = {
        "first": message.id, "last": message.id + 499, "now": NOON, "purpose": "account",
        **outbox.guards.people(NOON),
    }  # fmt: skip
    plan = "\n".join(session.scalars(text("EXPLAIN " + holds._PEOPLE), values))
    tired = "\n".join(
        session.scalars(
            text("EXPLAIN " + holds._TIRED), {"ids": [message.id], **outbox.guards.people(NOON)}
        )
    )

    for shown in (plan, tired):
        assert "Seq Scan on messages" not in shown
        assert "Seq Scan on attempts" not in shown
    assert "Seq Scan on coupons" not in plan
    assert "hashed SubPlan" not in plan
