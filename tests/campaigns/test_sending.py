"""Claims, leases and attempts: who may send a message, and when."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from campaigns.opt_outs import opt_out
from campaigns.sending import (
    Lease,
    claim_slice,
    end_slice,
    lines_with_work,
    reap_leases,
    release,
    take_slice,
)
from campaigns.slices import slice_of
from models.message import Attempt, Cause, Message, SendSlice
from models.people import OptOut, Purpose
from models.states import CampaignState, CouponState, MessageState
from tests.campaigns.builders_inbox import ANA, BEN, TIMES
from tests.campaigns.builders_sending import ANAS_WORKER, BENS_WORKER, Outbox
from tests.conftest import NOON
from tests.doubts import put_in

LATER = NOON + timedelta(seconds=91)


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


def _reap(outbox: Outbox, now: object = LATER) -> tuple[int, int]:
    freed = reap_leases(outbox.session, now=now, first_look=TIMES.first_look)  # type: ignore[arg-type]
    outbox.fresh()
    return freed


# Claiming


def test_two_workers_never_claim_the_same_message(outbox: Outbox) -> None:
    messages = outbox.planned(3)

    first = outbox.claim(ANAS_WORKER)
    second = outbox.claim(BENS_WORKER)
    same = claim_slice(outbox.session, slice_of(messages[0].id), lease=BENS_WORKER, now=NOON)

    assert [each.id for each in first] == [message.id for message in messages]
    assert (second, same) == ([], [])


def test_workers_at_once_share_the_slices(outbox: Outbox, sessions: sessionmaker[Session]) -> None:
    messages = [message for _ in range(12) for message in outbox.planned(5)]
    claimed: list[int] = []
    together = threading.Barrier(4)

    def work(name: str) -> None:
        lease = Lease(name, timedelta(seconds=90))
        together.wait(10)
        while True:
            with sessions.begin() as session:
                slice_id = take_slice(session, outbox.line.id, lease=lease, now=NOON)
                if slice_id is None:
                    return
                claimed.extend(
                    each.id for each in claim_slice(session, slice_id, lease=lease, now=NOON)
                )

    threads = [threading.Thread(target=work, args=[f"w{number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(claimed) == [message.id for message in messages]


def test_what_is_not_due_stays(outbox: Outbox) -> None:
    outbox.planned(2, due_at=NOON + timedelta(minutes=1))

    assert lines_with_work(outbox.session, now=NOON) == []
    assert outbox.claim() == []
    assert len(outbox.claim(at=NOON + timedelta(minutes=1))) == 2


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.CANCELLED])
def test_a_campaign_that_does_not_run_is_not_started(outbox: Outbox, state: CampaignState) -> None:
    outbox.planned()
    outbox.campaign.state = state
    outbox.fresh()

    assert lines_with_work(outbox.session, now=NOON) == []
    assert outbox.claim() == []


def test_a_held_campaign_or_line_is_not_started(outbox: Outbox) -> None:
    outbox.planned()
    outbox.campaign.hold_reason = "63041"
    outbox.fresh()
    assert outbox.claim() == []

    outbox.campaign.hold_reason, outbox.line.hold_reason = None, "20003"
    outbox.planned(cause=Cause.REPLY)
    assert lines_with_work(outbox.session, now=NOON) == []
    assert outbox.claim() == []

    outbox.line.hold_reason = None
    outbox.fresh()
    assert lines_with_work(outbox.session, now=NOON) == [outbox.line.id]
    assert len(outbox.claim()) == 1


def test_replies_go_first_then_campaigns_by_priority(outbox: Outbox) -> None:
    low = outbox.planned(campaign=outbox.a_campaign(priority=3))
    high = outbox.planned(campaign=outbox.a_campaign(priority=1))
    reply = outbox.planned(cause=Cause.REPLY)

    order = [outbox.claim()[0].id for _ in range(3)]

    assert order == [reply[0].id, high[0].id, low[0].id]


def test_replies_go_out_while_their_campaign_is_paused(outbox: Outbox) -> None:
    outbox.planned()
    (reply,) = outbox.planned(cause=Cause.REPLY)
    outbox.campaign.state = CampaignState.PAUSED
    outbox.fresh()

    claimed = outbox.claim()

    assert [each.id for each in claimed] == [reply.id]
    assert outbox.start(claimed) == {reply.id: 1}


def test_only_replies_leaves_campaigns_alone(outbox: Outbox) -> None:
    outbox.planned()
    assert outbox.take(only_replies=True) is None

    (reply,) = outbox.planned(cause=Cause.REPLY)
    assert outbox.take(only_replies=True) == slice_of(reply.id)


def test_the_opted_out_and_the_paid_are_cancelled_in_the_claim(outbox: Outbox) -> None:
    (ana,) = outbox.planned(phones=[ANA])
    (ben,) = outbox.planned(phones=[BEN])
    (paid,) = outbox.planned(coupon=outbox.a_coupon(CouponState.PAID))
    (payable,) = outbox.planned(coupon=outbox.a_coupon())
    for message, purpose in ((ana, Purpose.ALL), (ben, Purpose.MARKETING)):
        # written beside the message: as an import of opt-outs might, cancelling nothing
        outbox.session.add(
            OptOut(
                contact_point_id=message.contact_point_id,
                purpose=purpose,
                evidence="import",
            )
        )
    outbox.session.commit()

    claimed = [each.id for _ in range(4) for each in outbox.claim()]

    # a campaign of arrears is not marketing
    assert claimed == [ben.id, payable.id]
    assert (ana.state, ana.reason) == (MessageState.CANCELLED, "opt_out")
    assert (paid.state, paid.reason) == (MessageState.CANCELLED, "coupon_not_payable")


# Attempts


def test_an_attempt_is_written_before_anything_leaves(outbox: Outbox) -> None:
    (message,) = outbox.planned()

    assert outbox.start(outbox.claim()) == {message.id: 1}

    attempt = outbox.attempt(message)
    assert (attempt.owner, attempt.started_at, attempt.outcome) == ("ana", NOON, None)
    assert (message.state, message.attempts) == (MessageState.SENDING, 1)


def test_a_lapsed_or_foreign_claim_starts_nothing(outbox: Outbox) -> None:
    outbox.planned(2)
    claimed = outbox.claim(ANAS_WORKER)

    assert outbox.start(claimed, BENS_WORKER) == {}
    assert outbox.start(claimed, ANAS_WORKER, at=LATER) == {}
    assert outbox.session.scalars(select(Attempt)).all() == []


def test_an_attempt_is_started_once(outbox: Outbox) -> None:
    (message,) = outbox.planned()
    claimed = outbox.claim()

    assert outbox.start(claimed) == {message.id: 1}
    assert outbox.start(claimed) == {}


def test_what_stops_after_the_claim_stops_the_attempt(outbox: Outbox) -> None:
    coupon = outbox.a_coupon()
    other = outbox.a_campaign(priority=3)
    (free,) = outbox.planned()
    (ana,) = outbox.planned(phones=[ANA])
    outbox.planned(coupon=coupon)
    outbox.planned(campaign=other)
    claimed = [each for _ in range(4) for each in outbox.claim()]
    assert len(claimed) == 4
    assert ana.contact_point_id is not None
    opt_out(outbox.session, ana.contact_point_id, Purpose.ALL, "word: baja", now=NOON)
    coupon.state = CouponState.PAID
    other.state = CampaignState.PAUSED
    outbox.fresh()

    assert outbox.start(claimed) == {free.id: 1}


def test_a_line_held_after_the_claim_starts_nothing(outbox: Outbox) -> None:
    outbox.planned()
    claimed = outbox.claim()
    outbox.line.hold_reason = "20003"
    outbox.fresh()

    assert outbox.start(claimed) == {}


def test_a_second_message_waits_while_the_first_is_doubtful(outbox: Outbox) -> None:
    (first,) = outbox.planned(phones=[ANA])
    (second,) = outbox.planned(phones=[ANA], campaign=outbox.a_campaign(priority=3))
    one, two = outbox.claim(), outbox.claim()
    assert outbox.start(one) == {first.id: 1}
    assert outbox.start(two) == {}

    put_in(first, MessageState.UNCERTAIN)
    outbox.fresh()
    assert outbox.start(two) == {}

    first.state = MessageState.ACCEPTED
    outbox.fresh()
    assert outbox.start(two) == {}  # the pair limit
    assert outbox.start(two, at=NOON + TIMES.pair_spacing) == {second.id: 1}


def test_of_two_messages_to_one_person_in_a_group_one_starts(outbox: Outbox) -> None:
    first, _second = outbox.planned(phones=[ANA, ANA])

    assert outbox.start(outbox.claim()) == {first.id: 1}


def test_another_lines_doubt_holds_nobody_up(outbox: Outbox) -> None:
    (first,) = outbox.planned(phones=[ANA])
    outbox.start(outbox.claim())
    other = type(outbox.line)(
        portfolio_id=outbox.line.portfolio_id, name="Línea 2", sender="+5491150000002"
    )
    outbox.session.add(other)
    outbox.session.flush()
    first.line_id = other.id
    outbox.fresh()
    (second,) = outbox.planned(phones=[ANA])

    assert outbox.start(outbox.claim()) == {second.id: 1}


# Giving back


def test_a_claim_given_back_is_free_at_once_or_later(outbox: Outbox) -> None:
    now_free, put_off = outbox.planned(2)
    outbox.claim()
    later = NOON + timedelta(seconds=6)
    release(outbox.session, [now_free.id], lease=ANAS_WORKER)
    release(outbox.session, [put_off.id], lease=ANAS_WORKER, due_at=later)
    end_slice(outbox.session, slice_of(now_free.id))
    outbox.fresh()

    assert [each.id for each in outbox.claim(BENS_WORKER)] == [now_free.id]
    assert put_off.due_at == later


def test_only_ones_own_claims_without_an_attempt_are_given_back(outbox: Outbox) -> None:
    claimed, foreign = outbox.planned(), outbox.planned()
    outbox.start(outbox.claim(ANAS_WORKER))
    outbox.claim(BENS_WORKER)

    release(outbox.session, [claimed[0].id, foreign[0].id], lease=ANAS_WORKER)
    outbox.fresh()

    assert claimed[0].state is MessageState.SENDING
    assert foreign[0].state is MessageState.CLAIMED


def test_a_lapsed_claim_goes_back_and_a_lapsed_attempt_is_doubtful(outbox: Outbox) -> None:
    started, waiting = outbox.planned(2)
    first, _ = outbox.claim()
    outbox.start([first], at=NOON + timedelta(seconds=5))

    assert _reap(outbox, NOON + timedelta(seconds=89)) == (0, 0)
    assert _reap(outbox, NOON + timedelta(seconds=92)) == (1, 0)
    assert _reap(outbox, NOON + timedelta(seconds=96)) == (0, 1)

    assert (waiting.state, waiting.lease_owner, waiting.attempts) == (MessageState.PLANNED, None, 0)
    assert started.state is MessageState.UNCERTAIN
    assert started.look_at == NOON + timedelta(seconds=125)  # 120 s after its attempt
    assert started.looks == 0


def test_a_message_that_somebody_is_writing_waits_for_the_next_sweep(
    outbox: Outbox, sessions: sessionmaker[Session]
) -> None:
    """The sweep holds slices; whoever writes a message wants its slice next: nobody may wait."""
    held, free = outbox.planned(2)
    outbox.claim()
    outbox.session.commit()

    with sessions.begin() as writer:
        writer.execute(select(Message.id).where(Message.id == held.id).with_for_update())
        assert _reap(outbox) == (1, 0)
        outbox.session.commit()
    assert free.state is MessageState.PLANNED
    assert held.state is MessageState.CLAIMED

    assert _reap(outbox) == (1, 0)
    assert held.state is MessageState.PLANNED


def test_what_went_back_is_sent_by_another(outbox: Outbox) -> None:
    messages = outbox.planned(3)
    outbox.claim(ANAS_WORKER)
    _reap(outbox)

    claimed = outbox.claim(BENS_WORKER, at=LATER)

    assert [each.id for each in claimed] == [message.id for message in messages]
    assert len(outbox.start(claimed, BENS_WORKER, at=LATER)) == 3


def test_a_slice_taken_by_a_worker_that_died_comes_back(outbox: Outbox) -> None:
    outbox.planned()
    assert outbox.take(ANAS_WORKER) is not None

    assert outbox.take(BENS_WORKER, at=NOON + timedelta(seconds=89)) is None
    assert outbox.take(BENS_WORKER, at=LATER) is not None


def test_a_slice_that_is_through_is_due_no_more(outbox: Outbox) -> None:
    (message,) = outbox.sending()
    message.state, message.lease_until = MessageState.ACCEPTED, None
    outbox.session.flush()
    end_slice(outbox.session, slice_of(message.id))
    outbox.fresh()

    slice_ = outbox.session.get_one(SendSlice, slice_of(message.id))
    assert (slice_.next_due_at, slice_.leased_until, slice_.reap_at) == (None, None, None)
    assert lines_with_work(outbox.session, now=LATER) == []
