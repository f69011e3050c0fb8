"""What becomes of a message after an attempt: by proof, and without burning an audience."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.code_alarms import unknown_codes
from campaigns.holding import release_campaign, release_line
from campaigns.outcomes import record_outcomes
from campaigns.slices import slice_of
from campaigns.verdicts import judge
from messaging.provider import Advice, Delay, Fault, SendOutcome
from models.campaign import CampaignStep
from models.message import AttemptOutcome, Message, SendSlice
from models.people import OptOut
from models.states import CouponState, MessageState
from tests.campaigns.builders_inbox import ANA, TIMES, a_sid
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


class NoJitter(Random):
    def uniform(self, _low: float, _high: float) -> float:
        return 1.0


def _record(outbox: Outbox, *outcomes: SendOutcome, now: datetime = NOON) -> None:
    record_outcomes(outbox.session, outcomes, now=now, times=TIMES, chance=NoJitter())
    outbox.fresh()


def _accepted(message: Message, sid: str | None = None, attempt: int = 1) -> SendOutcome:
    return SendOutcome(
        message.id, attempt, AttemptOutcome.ACCEPTED, sid=sid or a_sid(), http_status=201
    )


def _refused(message: Message, fault: Fault, code: int, status: int = 400) -> SendOutcome:
    return SendOutcome(
        message.id,
        1,
        AttemptOutcome.REJECTED,
        http_status=status,
        error_code=code,
        fault=fault,
        detail="no",
    )


def _not_sent(attempt: int, status: int | None) -> SendOutcome:
    return SendOutcome(1, attempt, AttemptOutcome.NOT_SENT, http_status=status, fault=Fault.RETRY)


# Decided without I/O


def test_a_429_waits_a_tenth_of_a_second_doubling_to_thirty_at_most_eight_times() -> None:
    verdicts = [judge(_not_sent(number, 429), TIMES, NoJitter()) for number in range(1, 9)]

    waits = [each.due_in.total_seconds() for each in verdicts if each.due_in]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4]
    assert (verdicts[-1].state, verdicts[-1].reason) == (MessageState.FAILED, "tried_too_often")
    assert TIMES.throttled_cap == timedelta(seconds=30)


def test_a_refused_connection_waits_five_seconds_doubling_to_five_minutes() -> None:
    verdicts = [judge(_not_sent(number, None), TIMES, NoJitter()) for number in range(1, 9)]

    waits = [each.due_in.total_seconds() for each in verdicts if each.due_in]
    assert waits == [5, 10, 20, 40, 80, 160, 300]
    assert verdicts[-1].state is MessageState.FAILED


def test_waits_are_spread() -> None:
    chance = Random(1)
    waits = [judge(_not_sent(1, None), TIMES, chance).due_in for _ in range(200)]

    seconds = [wait.total_seconds() for wait in waits if wait]
    assert 2.5 <= min(seconds) < 3 < 7 < max(seconds) <= 7.5


def test_what_is_unknown_is_never_tried_again_by_itself() -> None:
    told = judge(
        SendOutcome(1, 1, AttemptOutcome.UNKNOWN, http_status=500, fault=Fault.AMBIGUOUS),
        TIMES,
        NoJitter(),
    )

    assert (told.state, told.due_in) == (MessageState.UNCERTAIN, None)
    assert told.look_in == timedelta(seconds=120)


# Written


def test_an_accepted_message_has_its_sid_and_its_coupon_is_sent(outbox: Outbox) -> None:
    coupon = outbox.a_coupon()
    (message,) = outbox.planned(coupon=coupon)
    outbox.start(outbox.claim())
    sid = a_sid()

    _record(outbox, _accepted(message, sid))

    assert (message.state, message.provider_sid) == (MessageState.ACCEPTED, sid)
    assert (message.lease_owner, message.lease_until) == (None, None)
    attempt = outbox.attempt(message)
    assert (attempt.outcome, attempt.provider_sid) == (AttemptOutcome.ACCEPTED, sid)
    assert (attempt.http_status, attempt.ended_at) == (201, NOON)
    assert coupon.state is CouponState.SENT


def test_a_batch_is_written_together(outbox: Outbox) -> None:
    good, bad, unknown, later = outbox.sending(4)

    _record(
        outbox,
        SendOutcome(later.id, 1, AttemptOutcome.NOT_SENT, http_status=429, fault=Fault.RETRY),
        SendOutcome(unknown.id, 1, AttemptOutcome.UNKNOWN, fault=Fault.AMBIGUOUS),
        _refused(bad, Fault.PERMANENT, 21211),
        _accepted(good),
    )

    assert [each.state for each in (good, bad, unknown, later)] == [
        MessageState.ACCEPTED,
        MessageState.FAILED,
        MessageState.UNCERTAIN,
        MessageState.PLANNED,
    ]
    assert bad.error_code == 21211
    assert unknown.look_at == NOON + timedelta(seconds=120)
    assert later.due_at == NOON + timedelta(seconds=0.1)
    assert outbox.session.get_one(SendSlice, slice_of(later.id)).next_due_at == later.due_at


def test_nothing_to_record_is_nothing(outbox: Outbox) -> None:
    _record(outbox)


def test_a_message_tried_again_is_accepted_as_its_second_attempt(outbox: Outbox) -> None:
    (message,) = outbox.sending()
    _record(
        outbox,
        SendOutcome(message.id, 1, AttemptOutcome.NOT_SENT, http_status=429, fault=Fault.RETRY),
    )
    soon = NOON + timedelta(seconds=100)

    assert outbox.start(outbox.claim(at=soon), at=soon) == {message.id: 2}
    _record(outbox, _accepted(message, attempt=2), now=soon)

    assert message.state is MessageState.ACCEPTED
    assert outbox.attempt(message, 1).outcome is AttemptOutcome.NOT_SENT
    assert outbox.attempt(message, 2).outcome is AttemptOutcome.ACCEPTED


def test_an_account_fault_holds_the_line_and_keeps_the_audience(outbox: Outbox) -> None:
    messages, waiting = outbox.sending(3), outbox.planned(2)

    _record(outbox, *(_refused(each, Fault.ACCOUNT, 20003, 401) for each in messages))

    assert outbox.line.hold_reason == "20003: no"
    assert outbox.line.held_at == NOON
    assert {each.state for each in messages + waiting} == {MessageState.PLANNED}
    assert {each.reason for each in messages} == {"line_held"}
    assert outbox.claim(at=NOON + timedelta(minutes=5)) == []

    release_line(outbox.session, outbox.line.id)
    outbox.fresh()
    later = NOON + timedelta(minutes=10)
    assert len(outbox.claim(at=later) + outbox.claim(at=later)) == 5


def test_a_template_fault_holds_every_campaign_on_that_version(outbox: Outbox) -> None:
    beside, apart = outbox.a_campaign(), outbox.a_campaign()
    other = outbox.a_version([])
    for campaign, version in (
        (outbox.campaign, outbox.version),
        (beside, outbox.version),
        (apart, other),
    ):
        outbox.session.add(
            CampaignStep(campaign_id=campaign.id, position=1, template_version_id=version.id)
        )
    (message,) = outbox.sending()

    _record(outbox, _refused(message, Fault.TEMPLATE, 21655))

    assert [each.hold_reason for each in (outbox.campaign, beside, apart)] == [
        "21655: no",
        "21655: no",
        None,
    ]
    assert (message.state, message.reason) == (MessageState.PLANNED, "template_held")
    assert outbox.line.hold_reason is None
    assert outbox.claim(at=NOON + timedelta(minutes=5)) == []


def test_who_opted_out_at_the_provider_is_left_alone(outbox: Outbox) -> None:
    (message,) = outbox.planned(phones=[ANA])
    outbox.start(outbox.claim())
    (next_one,) = outbox.planned(phones=[ANA])

    _record(outbox, _refused(message, Fault.OPT_OUT, 21610))

    assert (message.state, message.reason) == (MessageState.FAILED, "opted_out")
    assert next_one.state is MessageState.CANCELLED
    (told,) = outbox.session.scalars(select(OptOut))
    assert (told.contact_point_id, told.evidence) == (message.contact_point_id, "provider: 21610")


def test_a_full_queue_waits_long(outbox: Outbox) -> None:
    (message,) = outbox.sending()

    full = replace(_refused(message, Fault.SLOW_DOWN, 21611, 429), advice=Advice(Delay.QUEUE))
    _record(outbox, full)

    assert message.state is MessageState.PLANNED
    assert message.due_at == NOON + timedelta(minutes=5)


def test_a_full_queue_is_waited_for_by_the_hour_at_most_eight_times() -> None:
    waits = [TIMES.wait_for(Delay.QUEUE, Fault.SLOW_DOWN, before) for before in range(9)]

    minutes = [wait / timedelta(minutes=1) for wait in waits if wait]
    assert minutes == [5, 10, 20, 40, 60, 60, 60, 60]
    assert waits[-1] is None


# One bad row, or all


def _bad_row(message: Message, code: int = 21656, fault: Fault = Fault.TEMPLATE) -> SendOutcome:
    return replace(_refused(message, fault, code), advice=Advice(may_be_one_row=True))


def _step(outbox: Outbox) -> None:
    outbox.session.add(
        CampaignStep(
            campaign_id=outbox.campaign.id,
            position=1,
            template_version_id=outbox.version.id,
        )
    )
    outbox.fresh()


def test_one_bad_row_fails_alone_and_holds_nothing(outbox: Outbox) -> None:
    _step(outbox)
    messages = outbox.sending(20)

    _record(outbox, _bad_row(messages[4]), _bad_row(messages[9]), *map(_accepted, messages[10:]))

    assert [messages[4].state, messages[9].state] == [MessageState.FAILED] * 2
    assert messages[4].error_code == 21656
    assert outbox.campaign.hold_reason is None


def test_a_run_of_bad_rows_holds_the_template_and_burns_none_of_its_batch(outbox: Outbox) -> None:
    _step(outbox)
    messages = outbox.sending(20)

    _record(outbox, *map(_bad_row, messages[:3]), *map(_accepted, messages[3:]))

    assert outbox.campaign.hold_reason == "21656: no"
    assert {each.state for each in messages[:3]} == {MessageState.PLANNED}


def test_a_run_may_come_one_by_one_in_any_order(outbox: Outbox) -> None:
    _step(outbox)
    messages = outbox.sending(20)
    _record(outbox, *map(_accepted, messages[:3] + messages[4:9] + messages[10:15]))

    _record(outbox, _bad_row(messages[15]))
    _record(outbox, _bad_row(messages[9]))
    assert outbox.campaign.hold_reason is None
    _record(outbox, _bad_row(messages[3]))

    assert outbox.campaign.hold_reason == "21656: no"


def test_bad_rows_far_apart_are_no_run(outbox: Outbox) -> None:
    _step(outbox)
    messages = outbox.sending(60)
    bad = [messages[0], messages[25], messages[50]]

    _record(outbox, *(_bad_row(each) if each in bad else _accepted(each) for each in messages))

    assert outbox.campaign.hold_reason is None
    assert {each.state for each in bad} == {MessageState.FAILED}


def test_what_failed_before_a_person_let_go_counts_no_more(outbox: Outbox) -> None:
    _step(outbox)
    messages = outbox.sending(20)
    _record(outbox, _bad_row(messages[0]))
    _record(outbox, _bad_row(messages[1]))
    _record(outbox, _bad_row(messages[2]))
    assert outbox.campaign.hold_reason is not None
    release_campaign(outbox.session, outbox.campaign.id)
    outbox.fresh()

    _record(outbox, _bad_row(messages[3]))

    assert outbox.campaign.hold_reason is None


def test_one_foreign_number_does_not_hold_the_line_but_a_run_does(outbox: Outbox) -> None:
    messages = outbox.sending(10)

    _record(outbox, _bad_row(messages[0], 21408, Fault.ACCOUNT))
    assert outbox.line.hold_reason is None

    _record(outbox, *(_bad_row(each, 21408, Fault.ACCOUNT) for each in messages[1:3]))
    assert outbox.line.hold_reason == "21408: no"


def test_a_code_that_nobody_knows_is_told_once_a_day(outbox: Outbox) -> None:
    odd = [
        replace(_refused(each, Fault.PERMANENT, 77777), advice=Advice(is_unknown=True))
        for each in outbox.sending(3)
    ]

    _record(outbox, *odd[:2])
    _record(outbox, odd[2], now=NOON + timedelta(hours=1))

    (told,) = unknown_codes(outbox.session, since=NOON - timedelta(days=1))
    assert (told.code, told.last_at, told.detail, told.messages) == (77777, NOON, "no", 3)


# What the database refuses


def test_one_outcome_that_cannot_be_written_leaves_the_others_alone(outbox: Outbox) -> None:
    first, bad, last = outbox.sending(3)
    taken = outbox.a_message(ANA).provider_sid

    _record(outbox, _accepted(first), _accepted(bad, taken), _accepted(last))

    assert [each.state for each in (first, bad, last)] == [
        MessageState.ACCEPTED,
        MessageState.UNCERTAIN,
        MessageState.ACCEPTED,
    ]
    assert bad.provider_sid is None
    assert bad.look_at == NOON + timedelta(seconds=120)
    attempt = outbox.attempt(bad)
    assert attempt.outcome is AttemptOutcome.UNKNOWN
    assert str(taken) in (attempt.detail or "")


def test_a_text_that_the_database_cannot_hold_costs_only_its_own_message(outbox: Outbox) -> None:
    good, bad = outbox.sending(2)

    _record(
        outbox,
        replace(_refused(bad, Fault.PERMANENT, 21211), detail="no\x00"),
        _refused(good, Fault.PERMANENT, 21211),
    )

    assert (good.state, bad.state) == (MessageState.FAILED, MessageState.UNCERTAIN)


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(
            lambda message: SendOutcome(message.id, 1, AttemptOutcome.UNKNOWN), id="time-out"
        ),
        pytest.param(
            lambda message: SendOutcome(message.id, 1, AttemptOutcome.NOT_SENT, fault=Fault.RETRY),
            id="not sent",
        ),
        pytest.param(lambda message: _refused(message, Fault.PERMANENT, 21211), id="refused"),
    ],
)
def test_an_outcome_after_the_callback_changes_nothing(
    outbox: Outbox, late: Callable[[Message], SendOutcome]
) -> None:
    (message,) = outbox.sending()
    sid = a_sid()
    outbox.status(message, "delivered", sid=sid)
    outbox.apply_statuses()

    _record(outbox, late(message))

    assert (message.state, message.provider_sid) == (MessageState.DELIVERED, sid)
    attempt = outbox.attempt(message)
    assert (attempt.outcome, attempt.provider_sid) == (AttemptOutcome.ACCEPTED, sid)


def test_the_outcome_of_an_older_attempt_leaves_the_message_alone(outbox: Outbox) -> None:
    (message,) = outbox.sending()
    _record(
        outbox,
        SendOutcome(message.id, 1, AttemptOutcome.NOT_SENT, http_status=429, fault=Fault.RETRY),
    )
    soon = NOON + timedelta(seconds=100)
    outbox.start(outbox.claim(at=soon), at=soon)

    _record(outbox, SendOutcome(message.id, 1, AttemptOutcome.UNKNOWN), now=soon)

    assert (message.state, message.attempts) == (MessageState.SENDING, 2)


def test_two_sids_for_one_attempt_are_both_kept(outbox: Outbox) -> None:
    (message,) = outbox.sending()
    first, second = a_sid(), a_sid()
    outbox.status(message, "sent", sid=first)
    outbox.apply_statuses()

    _record(outbox, _accepted(message, second))

    attempt = outbox.attempt(message)
    assert (attempt.provider_sid, attempt.other_sids) == (first, [second])
    assert (message.state, message.provider_sid) == (MessageState.SENT, first)


def test_a_lapsed_attempt_whose_201_comes_late_is_accepted(outbox: Outbox) -> None:
    (message,) = outbox.sending()
    message.state = MessageState.UNCERTAIN
    message.look_at = NOON + timedelta(seconds=120)
    outbox.fresh()

    _record(outbox, _accepted(message))

    assert message.state is MessageState.ACCEPTED
    assert message.look_at is None


@pytest.mark.parametrize(
    ("state", "reason", "taken"),
    [
        (MessageState.PLANNED, "proven_absent", True),
        (MessageState.REVIEW, "several_at_the_provider", True),
        (MessageState.REVIEW, "never_repeat", True),
        (MessageState.PLANNED, "reported_failure", False),  # the provider itself said it failed
    ],
)
def test_a_201_that_comes_after_the_message_was_given_up_keeps_it_from_leaving_again(
    outbox: Outbox, state: MessageState, reason: str, taken: bool
) -> None:
    (message,) = outbox.sending()
    message.state, message.reason, message.due_at = state, reason, NOON
    message.lease_owner = message.lease_until = None
    outbox.fresh()
    late = _accepted(message)

    _record(outbox, late)

    outbox.fresh()
    assert message.state is (MessageState.ACCEPTED if taken else state)
    assert (message.provider_sid == late.sid) is taken
