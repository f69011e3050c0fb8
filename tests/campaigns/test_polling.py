"""What the provider does not tell us we ask for: which line, which messages, and how often."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from campaigns.inbox import store_event
from campaigns.polling import (
    InboundPoll,
    end_inbound_poll,
    look_after,
    take_inbound_poll,
    take_silent,
)
from campaigns.slices import forgotten_slices, slice_of
from messaging.twilio.webhooks import parse_inbound
from models.case import Result
from models.message import (
    Attribution,
    Basis,
    Confidence,
    Direction,
    EventKind,
    EventState,
    Message,
    SendSlice,
)
from models.people import OptOut
from models.states import MessageState
from tests.campaigns.builders_inbox import ANA, LINE, SIGNER, TIMES, a_sid
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)
GRACE = TIMES.inbound_grace


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


# Replies


def _poll(outbox: Outbox, now: datetime) -> InboundPoll | None:
    taken = take_inbound_poll(outbox.session, now=now, times=TIMES)
    outbox.fresh()
    return taken


def _polled(outbox: Outbox, now: datetime) -> InboundPoll:
    poll = _poll(outbox, now)
    assert poll is not None
    end_inbound_poll(outbox.session, poll, now=now, times=TIMES)
    outbox.fresh()
    return poll


def test_a_line_is_listed_once_a_minute_by_one_of_all_who_ask(outbox: Outbox) -> None:
    assert _poll(outbox, NOON) is not None
    assert _poll(outbox, NOON) is None
    assert _poll(outbox, NOON + timedelta(seconds=59)) is None
    assert _poll(outbox, NOON + MINUTE) is not None


def test_each_poll_looks_ten_minutes_back_again_and_leaves_the_last_moments_to_webhooks(
    outbox: Outbox,
) -> None:
    first = _polled(outbox, NOON)
    second = _polled(outbox, NOON + MINUTE)

    assert first.sender == LINE
    assert first.until == NOON - GRACE
    assert second.until == NOON + MINUTE - GRACE
    assert second.since == first.until - timedelta(minutes=10)


def test_a_poll_that_failed_is_made_up_for(outbox: Outbox) -> None:
    first = _polled(outbox, NOON)
    assert _poll(outbox, NOON + MINUTE) is not None  # and never ended

    third = _polled(outbox, NOON + 2 * MINUTE)

    assert third.since == first.until - timedelta(minutes=10)


def test_after_an_outage_all_of_it_is_listed_stretch_by_stretch(outbox: Outbox) -> None:
    before = _polled(outbox, NOON).until
    back = NOON + timedelta(hours=5)

    polls = []
    while (poll := _poll(outbox, back)) is not None:
        end_inbound_poll(outbox.session, poll, now=back, times=TIMES)
        outbox.fresh()
        polls.append(poll)

    assert polls[0].since == before - timedelta(minutes=10)
    for earlier, later in pairwise(polls):
        assert later.since <= earlier.until
    assert polls[-1].until >= back - GRACE - MINUTE
    assert len(polls) < 50


def test_a_worst_case_reply_is_stored_within_ninety_seconds() -> None:
    """It misses one poll by a hair, as too young, and waits for the next."""
    assert TIMES.inbound_poll + TIMES.inbound_grace + TIMES.sweep <= timedelta(seconds=90)


# A reply known from a listing first


def _listed(outbox: Outbox, sid: str, body: str) -> int:
    form = {"MessageSid": sid, "From": f"whatsapp:{ANA}", "To": f"whatsapp:{LINE}", "Body": body}
    event_id = store_event(
        outbox.session,
        EventKind.INBOUND,
        list(form.items()),
        now=outbox.now,
        provider_sid=sid,
        reply=parse_inbound(form),
        signer=SIGNER,
        is_polled=True,
    )
    outbox.fresh()
    return event_id


def _standing(outbox: Outbox) -> Attribution:
    return outbox.session.scalars(
        select(Attribution).where(Attribution.replaced_at.is_(None))
    ).one()


def test_a_listed_reply_is_tied_by_what_was_sent(outbox: Outbox) -> None:
    sent = outbox.a_message(ANA)
    event_id = _listed(outbox, a_sid(), "Ya pagué")

    outbox.apply_inbound()

    assert outbox.event(event_id).is_polled
    assert (_standing(outbox).case_id, _standing(outbox).basis) == (sent.case_id, Basis.SINGLE)


def test_its_webhook_later_is_no_second_message_and_says_which_button_it_was(
    outbox: Outbox,
) -> None:
    sent = outbox.a_message(ANA, at=NOON - timedelta(days=1))
    outbox.a_message(ANA)
    sid = a_sid()
    _listed(outbox, sid, "Ya pagué")
    outbox.apply_inbound()
    assert _standing(outbox).confidence is Confidence.LOW  # one of two

    outbox.inbound(
        "Ya pagué",
        MessageSid=sid,
        ButtonPayload=outbox.payload(sent, 1),
        ButtonText="Ya pagué",
        OriginalRepliedMessageSid=sent.provider_sid or "",
    )
    outbox.apply_inbound()

    count = select(func.count()).where(Message.direction == Direction.IN)
    assert outbox.session.scalar(count) == 1
    assert (_standing(outbox).case_id, _standing(outbox).basis) == (sent.case_id, Basis.PAYLOAD)
    (result,) = outbox.session.scalars(select(Result))
    assert (result.case_id, result.basis) == (sent.case_id, Basis.PAYLOAD)
    assert outbox.received().state is MessageState.HANDLED


def test_a_webhook_later_with_nothing_new_changes_nothing(outbox: Outbox) -> None:
    outbox.a_message(ANA)
    sid = a_sid()
    _listed(outbox, sid, "hola")
    outbox.apply_inbound()
    tied = _standing(outbox).id

    event_id = outbox.inbound("hola", MessageSid=sid)
    outbox.apply_inbound()

    assert outbox.event(event_id).state is EventState.APPLIED
    assert _standing(outbox).id == tied


def test_a_button_that_means_opt_out_is_obeyed_though_the_listing_came_first(
    outbox: Outbox,
) -> None:
    sent = outbox.a_message(ANA)
    sid = a_sid()
    _listed(outbox, sid, "Prefiero que no")
    assert outbox.session.scalars(select(OptOut)).all() == []

    outbox.inbound("Prefiero que no", MessageSid=sid, ButtonPayload=outbox.payload(sent, 3))

    (told,) = outbox.session.scalars(select(OptOut))
    assert told.evidence == "button"


def test_an_opt_out_word_in_a_listing_is_obeyed_at_once(outbox: Outbox) -> None:
    outbox.a_message(ANA)

    _listed(outbox, a_sid(), "BAJA")

    (told,) = outbox.session.scalars(select(OptOut))
    assert told.evidence == "word: baja"


# Messages of which nothing is heard


def _accepted(outbox: Outbox, number: int = 1) -> list[Message]:
    messages = outbox.planned(number)
    for message in messages:
        message.state, message.provider_sid = MessageState.ACCEPTED, a_sid()
        message.state_at = NOON
    look_after(outbox.session, [each.id for each in messages], now=NOON, times=TIMES)
    outbox.fresh()
    return messages


def _silent(outbox: Outbox, after: timedelta, limit: int = 100) -> list[int]:
    found = take_silent(outbox.session, now=NOON + after, times=TIMES, limit=limit)
    outbox.fresh()
    return [each.message_id for each in found]


def test_nothing_is_asked_before_fifteen_minutes_of_silence(outbox: Outbox) -> None:
    (message,) = _accepted(outbox)

    assert _silent(outbox, 14 * MINUTE) == []
    assert _silent(outbox, 15 * MINUTE) == [message.id]
    assert _silent(outbox, 15 * MINUTE) == []


def test_who_stays_silent_is_asked_about_at_twice_the_silence_for_a_day(outbox: Outbox) -> None:
    (message,) = _accepted(outbox)

    asked = [at for at in range(0, 33 * 60, 5) if _silent(outbox, at * MINUTE)]

    assert asked == [15, 30, 60, 120, 240, 480, 960]
    assert outbox.session.get_one(SendSlice, slice_of(message.id)).stuck_at is None


def test_what_a_callback_told_of_is_left_alone(outbox: Outbox) -> None:
    heard, failed, silent = _accepted(outbox, 3)
    heard.state, failed.state = MessageState.DELIVERED, MessageState.FAILED
    outbox.fresh()

    assert _silent(outbox, 15 * MINUTE) == [silent.id]


def test_sent_and_then_silent_counts_from_what_was_last_heard(outbox: Outbox) -> None:
    (message,) = _accepted(outbox)
    message.state, message.state_at = MessageState.SENT, NOON + 10 * MINUTE
    outbox.fresh()

    assert _silent(outbox, 15 * MINUTE) == []
    assert _silent(outbox, 24 * MINUTE) == []
    assert _silent(outbox, 25 * MINUTE) == [message.id]


def test_a_turn_asks_for_whole_slices_until_it_has_enough(outbox: Outbox) -> None:
    slices = [{each.id for each in _accepted(outbox, 3)} for _ in range(3)]

    first = _silent(outbox, 15 * MINUTE, limit=4)
    second = _silent(outbox, 15 * MINUTE, limit=4)

    assert len(first) == 6
    assert len(second) == 3
    assert set(first) | set(second) == set.union(*slices)


def test_silence_is_found_by_an_index_of_slices_and_a_range_of_ids(outbox: Outbox) -> None:
    _accepted(outbox, 3)
    outbox.session.execute(select(1))
    outbox.session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = outbox.session.connection().exec_driver_sql(
        "EXPLAIN SELECT id FROM send_slices WHERE stuck_at <= now() ORDER BY stuck_at LIMIT 1"
    )

    assert "ix_send_slices_stuck_at" in "\n".join(row[0] for row in plan)


def test_forgotten_messages_are_found_a_part_of_the_ledger_at_a_time(outbox: Outbox) -> None:
    (message,) = outbox.planned()
    outbox.session.execute(update(SendSlice).values(next_due_at=None))
    outbox.fresh()
    parts = message.id // 100_000 + 1

    found = [forgotten_slices(outbox.session, turn=turn) for turn in range(parts)]

    assert found == [[]] * (parts - 1) + [[slice_of(message.id)]]
    assert forgotten_slices(outbox.session, turn=2 * parts - 1) == [slice_of(message.id)]
