"""A run of failures that are nobody's own brakes the line before an audience is burnt."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import holding
from campaigns.outcomes import record_outcomes
from campaigns.progress_head import head_of
from campaigns.template_registry import record_approval
from campaigns.waits import waits_of
from messaging.provider import NO_ADVICE, Advice, Delay, Fault, SendOutcome
from messaging.templates import Approval
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignStep
from models.message import AttemptOutcome, Cause, Message
from models.states import MessageState, TemplateState
from models.template import Line
from tests.campaigns.builders_inbox import TIMES, World, a_sid
from tests.campaigns.builders_sending import Outbox
from tests.campaigns.test_outcomes import NoJitter
from tests.conftest import NOON

RATE = Advice(delay=Delay.RATE)


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


def _record(outbox: Outbox, *outcomes: SendOutcome, now: datetime = NOON) -> None:
    record_outcomes(outbox.session, outcomes, now=now, times=TIMES, chance=NoJitter())
    outbox.fresh()


def _ended(
    message: Message,
    outcome: AttemptOutcome,
    fault: Fault | None = None,
    *,
    status: int | None = None,
    code: int | None = None,
    attempt: int = 1,
    advice: Advice = NO_ADVICE,
) -> SendOutcome:
    sid = a_sid() if outcome is AttemptOutcome.ACCEPTED else None
    return SendOutcome(
        message.id, attempt, outcome, sid=sid, http_status=status, error_code=code, fault=fault,
        detail="no", advice=advice,
    )  # fmt: skip


def _no_answer(messages: Sequence[Message], *, attempt: int = 1) -> list[SendOutcome]:
    return [
        _ended(each, AttemptOutcome.NOT_SENT, Fault.RETRY, attempt=attempt) for each in messages
    ]


def _accepted(messages: Sequence[Message]) -> list[SendOutcome]:
    return [_ended(each, AttemptOutcome.ACCEPTED, status=201) for each in messages]


def _line(world: World) -> Line:
    world.session.expire_all()
    return world.session.get_one(Line, world.line.id)


def test_a_line_whose_provider_does_not_answer_rests_and_goes_on_by_itself(outbox: Outbox) -> None:
    messages = outbox.sending(20)
    outbox.planned(5)

    _record(outbox, *_accepted(messages[:6]), *_no_answer(messages[6:]))

    line = _line(outbox)
    assert (line.hold_reason, line.held_at) == ("no_answer", NOON)
    assert line.held_until == NOON + TIMES.rest_first
    assert line.stopped is None
    assert outbox.take() is None

    assert holding.end_rests(outbox.session, now=NOON + TIMES.rest_first / 2) == []
    assert holding.end_rests(outbox.session, now=NOON + TIMES.rest_first) == [line.id]
    outbox.fresh()
    assert _line(outbox).hold_reason is None
    assert outbox.take(at=NOON + TIMES.rest_first) is not None


def test_some_that_get_no_answer_among_others_say_nothing(outbox: Outbox) -> None:
    messages = outbox.sending(20)

    _record(outbox, *_accepted(messages[:10]), *_no_answer(messages[10:]))

    assert _line(outbox).hold_reason is None


def test_what_failed_beside_them_before_counts_and_a_look_takes_them_one_by_one(
    outbox: Outbox,
) -> None:
    for message in outbox.sending(14):
        assert _line(outbox).hold_reason is None
        _record(outbox, _ended(message, AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, status=503))

    assert _line(outbox).hold_reason == "no_answer"


def test_nobody_is_given_up_while_nobody_answers(outbox: Outbox) -> None:
    messages = outbox.sending(20)

    _record(outbox, *_no_answer(messages, attempt=1))
    for each in messages:
        each.attempts, each.state = 8, MessageState.SENDING
    outbox.fresh()
    _record(outbox, *_no_answer(messages, attempt=8))

    assert {each.state for each in messages} == {MessageState.PLANNED}
    assert {each.due_at for each in messages} == {NOON + TIMES.refused_cap}


def test_each_rest_soon_after_another_is_twice_as_long_up_to_a_most(outbox: Outbox) -> None:
    now, spans = NOON, []
    for _ in range(6):
        holding.rest_line(
            outbox.session, outbox.line.id, "no_answer", now=now,
            first=TIMES.rest_first, most=TIMES.rest_cap,
        )  # fmt: skip
        outbox.fresh()
        until = _line(outbox).held_until
        assert until is not None
        spans.append(until - now)
        now = until
        holding.end_rests(outbox.session, now=now)
    event = outbox.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()

    assert [each.total_seconds() for each in spans] == [30, 60, 120, 240, 300, 300]
    assert event is not None
    assert (event.action, event.details) == ("line.rest", {"reason": "no_answer", "seconds": 300.0})


def test_the_same_refusal_for_everybody_stops_the_line_for_a_person(outbox: Outbox) -> None:
    messages = outbox.sending(20)

    odd = [
        _ended(each, AttemptOutcome.REJECTED, Fault.PERMANENT, status=400, code=77777)
        for each in messages
    ]
    _record(outbox, *odd)

    line = _line(outbox)
    assert (line.hold_reason, line.held_until) == ("77777: no", None)
    assert {each.state for each in messages} == {MessageState.PLANNED}


def test_a_404_without_a_code_for_everybody_holds_the_line_too(outbox: Outbox) -> None:
    messages = outbox.sending(6)
    alone = Advice(may_be_one_row=True)

    lost = [
        _ended(each, AttemptOutcome.REJECTED, Fault.ACCOUNT, status=404, advice=alone)
        for each in messages
    ]
    _record(outbox, *lost)

    assert (_line(outbox).hold_reason or "").startswith("404")
    assert {each.state for each in messages} == {MessageState.PLANNED}


def test_any_number_of_bad_addresses_say_nothing_of_the_line(outbox: Outbox) -> None:
    messages = outbox.sending(20)
    his = Advice(of_recipient=True)

    _record(outbox, *(
        _ended(each, AttemptOutcome.REJECTED, Fault.PERMANENT, status=400, code=21211, advice=his)
        for each in messages
    ))  # fmt: skip

    assert _line(outbox).hold_reason is None
    assert {each.state for each in messages} == {MessageState.FAILED}


def test_a_full_queue_at_the_provider_makes_the_campaigns_wait_and_counts_no_try(
    outbox: Outbox,
) -> None:
    messages = outbox.sending(20)
    outbox.planned(5)
    full = Advice(delay=Delay.QUEUE)
    for each in messages:
        each.attempts = 9  # more than its tries
    outbox.fresh()

    _record(outbox, *(
        _ended(each, AttemptOutcome.REJECTED, Fault.SLOW_DOWN, status=400, code=30001,
               attempt=9, advice=full)
        for each in messages
    ))  # fmt: skip

    assert {each.state for each in messages} == {MessageState.PLANNED}
    waits = waits_of(outbox.session, [outbox.campaign.id], now=NOON)
    assert waits[outbox.campaign.id].reason in ("too_fast", "tried_later")
    assert _line(outbox).held_until == NOON + TIMES.rest_first


def test_a_rate_told_later_makes_the_campaigns_wait_an_hour_and_answers_go_out(
    outbox: Outbox,
) -> None:
    refused = outbox.sending(12)
    _record(outbox, *_accepted(refused))
    outbox.planned(5)
    (answer,) = outbox.planned(cause=Cause.REPLY)
    for each in refused:
        outbox.status(each, "failed", code=63018)

    outbox.apply_statuses()
    outbox.fresh()

    line = _line(outbox)
    assert (line.hold_reason, line.held_until) == ("too_fast", NOON + TIMES.rest_first)
    assert {each.state for each in refused} == {MessageState.PLANNED}
    assert {each.reported_failures for each in refused} == {0}
    soon = NOON + TIMES.rest_first
    holding.end_rests(outbox.session, now=soon)
    assert [each.id for each in outbox.claim(at=soon)] == [answer.id]
    assert outbox.claim(at=soon) == []
    assert outbox.take(at=NOON + TIMES.rate_wait) is not None


def test_a_few_that_the_rate_caught_are_tried_again_and_count(outbox: Outbox) -> None:
    messages = outbox.sending(12)
    _record(outbox, *_accepted(messages))
    for each in messages[:5]:
        outbox.status(each, "failed", code=63018)

    outbox.apply_statuses()
    outbox.fresh()

    assert _line(outbox).hold_reason is None
    assert [each.reported_failures for each in messages[:5]] == [1] * 5


def test_a_template_that_is_refused_to_an_operator_fails_and_does_not_go_round(
    outbox: Outbox,
) -> None:
    (answer,) = outbox.planned(cause=Cause.REPLY)
    outbox.start(outbox.claim())

    _record(
        outbox,
        _ended(answer, AttemptOutcome.REJECTED, Fault.TEMPLATE, status=400, code=21655),
    )

    assert (answer.state, answer.error_code) == (MessageState.FAILED, 21655)
    assert outbox.take() is None


def test_who_waits_for_another_try_says_so(outbox: Outbox) -> None:
    (message,) = outbox.sending(1)

    _record(outbox, *_no_answer([message]))

    wait = waits_of(outbox.session, [outbox.campaign.id], now=NOON)[outbox.campaign.id]
    assert (wait.reason, wait.since) == ("tried_later", NOON)
    assert wait.until == NOON + timedelta(seconds=5)


def test_a_campaign_on_a_line_that_rests_says_why_and_until_when(outbox: Outbox) -> None:
    _record(outbox, *_no_answer(outbox.sending(20)))

    _campaign, head = head_of(outbox.session, outbox.campaign.id, now=NOON)

    assert head.hold is not None
    assert (head.hold.reason, head.hold.of_line) == ("no_answer", True)
    assert head.hold.until == NOON + TIMES.rest_first
    assert outbox.session.get_one(Campaign, outbox.campaign.id).hold_reason is None


def test_a_template_that_is_paused_holds_its_campaigns_until_it_is_approved_again(
    outbox: Outbox,
) -> None:
    outbox.session.add(
        CampaignStep(
            campaign_id=outbox.campaign.id, position=1, template_version_id=outbox.version.id
        )
    )
    outbox.session.commit()

    def held_after(state: TemplateState) -> str:
        assert record_approval(outbox.session, outbox.version.id, Approval(state))
        outbox.fresh()
        return outbox.session.get_one(Campaign, outbox.campaign.id).hold_reason or ""

    assert held_after(TemplateState.PAUSED).startswith("63041")
    assert outbox.take() is None
    assert held_after(TemplateState.APPROVED) == ""

    holding.hold_template(outbox.session, outbox.version.id, "63013: a person has to see to it")
    outbox.session.commit()
    held_after(TemplateState.PAUSED)
    assert held_after(TemplateState.APPROVED).startswith("63013")


def test_a_person_need_not_let_go_what_rests_but_may(outbox: Outbox) -> None:
    _record(outbox, *_no_answer(outbox.sending(20)))

    holding.release_line(outbox.session, outbox.line.id)
    outbox.fresh()

    line = _line(outbox)
    assert (line.hold_reason, line.held_at, line.held_until) == (None, None, None)


def test_a_fault_that_needs_a_person_takes_the_place_of_a_rest(outbox: Outbox) -> None:
    _record(outbox, *_no_answer(outbox.sending(20)))

    holding.hold_line(outbox.session, outbox.line.id, "63051: bloqueada", now=NOON)
    outbox.fresh()

    line = _line(outbox)
    assert (line.stopped, line.held_until) == ("63051: bloqueada", None)
    assert holding.end_rests(outbox.session, now=NOON + timedelta(days=1)) == []
