"""What a status callback does to its message, on PostgreSQL."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from campaigns.code_alarms import unknown_codes
from campaigns.inbox import apply_statuses
from campaigns.slices import slice_of
from messaging.twilio.webhooks import parse_status_callback
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignStep
from models.message import Attempt, AttemptOutcome, EventState, SendSlice
from models.people import ContactPoint, OptOut
from models.states import MessageState
from models.template import Line
from tests.campaigns.builders_inbox import ANA, BEN, TIMES, World, a_sid
from tests.conftest import NOON


@pytest.fixture
def world(session: Session) -> World:
    return World(session, NOON)


def _attempt(world: World, message_id: int, number: int = 1) -> Attempt:
    return world.session.get_one(Attempt, (message_id, number))


def test_a_callback_moves_its_message_forward(world: World) -> None:
    message = world.a_message(state=MessageState.ACCEPTED)
    world.status(message, "delivered")

    applied = world.apply_statuses()

    assert (applied.taken, applied.applied) == (1, 1)
    assert message.state is MessageState.DELIVERED
    assert message.state_at == NOON


def test_a_late_sent_after_read_changes_nothing(world: World) -> None:
    message = world.a_message(state=MessageState.READ)
    world.status(message, "sent")

    assert world.apply_statuses().applied == 1
    assert message.state is MessageState.READ


@pytest.mark.parametrize("status", ["queued", "sent", "delivered", "read"])
def test_a_callback_before_our_commit_of_the_201_settles_the_message(
    world: World, status: str
) -> None:
    message = world.a_message(state=MessageState.SENDING)
    message.lease_owner, message.lease_until = "w1", NOON + timedelta(seconds=90)
    sid = a_sid()
    world.status(message, status, sid=sid)

    world.apply_statuses()

    assert message.state == ("accepted" if status == "queued" else status)
    assert (message.provider_sid, message.lease_owner) == (sid, None)
    attempt = _attempt(world, message.id)
    assert (attempt.provider_sid, attempt.outcome) == (sid, AttemptOutcome.ACCEPTED)


def test_an_uncertain_message_is_settled_by_its_callback(world: World) -> None:
    message = world.a_message(state=MessageState.UNCERTAIN)
    message.look_at = NOON
    attempt = _attempt(world, message.id)
    attempt.outcome, attempt.error_code, attempt.http_status = AttemptOutcome.UNKNOWN, 20500, 500
    sid = a_sid()
    world.status(message, "queued", sid=sid)
    world.status(message, "sent", sid=sid)

    world.apply_statuses()

    assert message.state is MessageState.SENT
    assert (message.provider_sid, message.look_at) == (sid, None)


def test_a_message_due_again_is_not_sent_once_its_first_attempt_shows_up(world: World) -> None:
    message = world.a_message(state=MessageState.PLANNED)
    _attempt(world, message.id).outcome = AttemptOutcome.ABSENT
    world.status(message, "sent", sid=a_sid())

    world.apply_statuses()

    assert message.state is MessageState.SENT


def test_a_retryable_failure_makes_the_message_due_again_and_wakes_its_slice(
    world: World,
) -> None:
    message = world.a_message(state=MessageState.SENT)
    sid = message.provider_sid
    world.status(message, "failed", code=63012)
    world.status(message, "failed", code=63012)
    world.status(message, "sent")

    applied = world.apply_statuses()

    assert applied.woken == (slice_of(message.id),)
    assert message.state is MessageState.PLANNED
    assert message.due_at == NOON + TIMES.reported_failure_wait
    assert (message.provider_sid, message.reported_failures) == (None, 1)
    attempt = _attempt(world, message.id)
    assert (attempt.provider_sid, attempt.error_code) == (sid, 63012)
    slice_ = world.session.get_one(SendSlice, slice_of(message.id))
    assert (slice_.next_due_at, slice_.last_id) == (message.due_at, message.id)


def test_what_the_provider_caps_waits_a_day(world: World) -> None:
    message = world.a_message()
    world.status(message, "undelivered", code=63049)

    world.apply_statuses()

    assert message.due_at == NOON + TIMES.capped_wait


def test_it_is_tried_again_three_times_and_then_failed(world: World) -> None:
    message = world.a_message()
    message.reported_failures = TIMES.reported_failure_tries
    world.status(message, "failed", code=63012)

    world.apply_statuses()

    assert (message.state, message.error_code) == (MessageState.FAILED, 63012)


def test_a_failure_of_an_earlier_attempt_does_not_touch_the_one_in_flight(world: World) -> None:
    message = world.a_message(state=MessageState.SENDING, attempts=2)
    first = _attempt(world, message.id, 1)
    first.provider_sid, first.outcome = a_sid(), AttemptOutcome.ACCEPTED
    event_id = world.status(message, "failed", sid=first.provider_sid, code=63012)

    world.apply_statuses()

    assert message.state is MessageState.SENDING
    assert world.event(event_id).note == "es de un intento anterior"


def test_delivered_after_a_reported_failure_stops_the_next_try(world: World) -> None:
    message = world.a_message()
    sid = message.provider_sid
    world.status(message, "failed", code=63012)
    world.status(message, "delivered")

    world.apply_statuses()

    assert (message.state, message.provider_sid) == (MessageState.DELIVERED, sid)
    assert world.session.get_one(SendSlice, slice_of(message.id)).next_due_at is None


def test_a_second_sid_for_one_attempt_is_kept_counted_and_said(world: World) -> None:
    message = world.a_message(state=MessageState.SENT)
    first, second = message.provider_sid, a_sid()
    event_id = world.status(message, "sent", sid=second)
    world.status(message, "failed", sid=second, code=63024)

    with capture_logs() as said:
        applied = world.apply_statuses()

    assert applied.extra_sids == 2
    attempt = _attempt(world, message.id)
    assert (attempt.provider_sid, attempt.other_sids) == (first, [second])
    assert (message.state, message.provider_sid) == (MessageState.SENT, first)
    assert "otro sid" in (world.event(event_id).note or "")
    assert [(each["log_level"], each["sid"]) for each in said] == [("error", second)] * 2


def test_a_sid_of_another_message_on_a_forged_path_changes_nothing(world: World) -> None:
    ana = world.a_message(ANA, state=MessageState.SENT)
    ben = world.a_message(BEN, state=MessageState.SENDING)
    event_id = world.status(ben, "read", sid=ana.provider_sid)

    assert world.apply_statuses().ignored == 1
    assert (ana.state, ben.state) == (MessageState.SENT, MessageState.SENDING)
    assert world.event(event_id).state is EventState.IGNORED
    assert _attempt(world, ben.id).provider_sid is None


def test_a_recipient_that_is_not_the_messages_own_changes_nothing(world: World) -> None:
    message = world.a_message(ANA, state=MessageState.SENDING)
    event_id = world.status(message, "read", sid=a_sid(), to=BEN)

    world.apply_statuses()

    assert message.state is MessageState.SENDING
    assert world.event(event_id).state is EventState.IGNORED


def test_a_sid_that_is_ours_counts_however_its_recipient_is_written(world: World) -> None:
    message = world.a_message()
    world.session.get_one(ContactPoint, message.contact_point_id).bsuid = "AR.9f8e7d"
    world.status(message, "delivered", to="+54911******01")

    world.apply_statuses()

    assert message.state is MessageState.DELIVERED


@pytest.mark.parametrize("to", ["+541155550001", "+5491155550001", "AR.9f8e7d"])
def test_another_form_of_the_same_address_is_the_same(world: World, to: str) -> None:
    message = world.a_message(ANA, state=MessageState.SENDING)
    world.status(message, "read", sid=a_sid(), to=to)

    world.apply_statuses()

    assert message.state is MessageState.READ


def test_a_path_that_names_nothing_waits_and_then_is_left_with_its_reason(world: World) -> None:
    event_id = world.status(None, "sent", path_id=987_000)

    assert world.apply_statuses().parked == 1
    assert world.apply_statuses().taken == 0  # not yet due again
    world.now = NOON + TIMES.unknown_sid_wait
    assert world.apply_statuses().ignored == 1
    assert "ningún mensaje" in (world.event(event_id).note or "")


def test_a_sid_without_a_path_finds_its_message_when_that_appears(world: World) -> None:
    sid = a_sid()
    world.status(None, "delivered", sid=sid)
    assert world.apply_statuses().parked == 1
    message = world.a_message(sid=sid)
    world.now = NOON + TIMES.unknown_sid_wait / 2

    assert world.apply_statuses().applied == 1
    assert message.state is MessageState.DELIVERED


def test_a_failure_that_means_opt_out_silences_the_address(world: World) -> None:
    message = world.a_message(state=MessageState.SENT)
    waiting = world.a_message(state=MessageState.PLANNED, attempts=0)
    world.status(message, "undelivered", code=63014)

    world.apply_statuses()

    assert (message.state, waiting.state) == (MessageState.UNDELIVERED, MessageState.CANCELLED)
    assert waiting.reason == "opt_out"
    opt_out = world.session.scalars(select(OptOut)).one()
    assert (opt_out.evidence, opt_out.message_id) == ("provider: 63014", message.id)


def test_an_address_without_whatsapp_is_marked(world: World) -> None:
    message = world.a_message()
    world.status(message, "undelivered", code=63024)

    world.apply_statuses()

    contact = world.session.get_one(ContactPoint, message.contact_point_id)
    assert (contact.is_valid, contact.invalid_reason) == (False, "63024")


def test_a_paused_template_holds_its_campaigns(world: World) -> None:
    world.session.add(
        CampaignStep(
            campaign_id=world.campaign.id, position=1, template_version_id=world.version.id
        )
    )
    message = world.a_message()
    world.status(message, "failed", code=63041)

    world.apply_statuses()

    campaign = world.session.get_one(Campaign, world.campaign.id)
    assert (campaign.hold_reason or "").startswith("63041")
    assert world.session.scalars(select(AuditEvent.action)).all() == ["campaign.hold"]


def test_one_row_that_the_channel_refuses_does_not_hold_its_template_but_a_run_does(
    world: World,
) -> None:
    world.session.add(
        CampaignStep(
            campaign_id=world.campaign.id, position=1, template_version_id=world.version.id
        )
    )
    messages = [world.a_message(f"+549115555{number:04d}") for number in range(6)]
    world.status(messages[0], "undelivered", code=63013)
    world.status(messages[2], "undelivered", code=63013)

    world.apply_statuses()

    assert world.session.get_one(Campaign, world.campaign.id).hold_reason is None
    world.status(messages[4], "undelivered", code=63013)
    world.apply_statuses()
    held = world.session.get_one(Campaign, world.campaign.id).hold_reason
    assert (held or "").startswith("63013")


def test_a_code_that_nobody_knows_is_permanent_and_on_record(world: World) -> None:
    first, second = world.a_message(), world.a_message(BEN)
    world.status(first, "failed", code=77777)
    world.status(second, "failed", code=77777)

    world.apply_statuses()

    assert {first.state, second.state} == {MessageState.FAILED}
    (told,) = unknown_codes(world.session, since=NOON)
    assert (told.code, told.messages) == (77777, 2)


def test_a_rate_waits_an_hour_and_a_cap_per_person_a_day(world: World) -> None:
    rate, cap = world.a_message(), world.a_message(BEN)
    world.status(rate, "failed", code=63018)
    world.status(cap, "undelivered", code=63049)

    world.apply_statuses()

    assert rate.due_at == NOON + timedelta(hours=1)
    assert cap.due_at == NOON + timedelta(hours=24)


def test_a_blocked_account_holds_the_line(world: World) -> None:
    message = world.a_message()
    world.status(message, "failed", code=63051)

    world.apply_statuses()

    line = world.session.get_one(Line, world.line.id)
    assert (line.hold_reason or "").startswith("63051")
    assert line.held_at == NOON


def test_a_form_that_cannot_be_read_is_failed_and_the_rest_goes_on(world: World) -> None:
    message = world.a_message(state=MessageState.ACCEPTED)
    bad = world.status(message, "")
    world.status(message, "sent")

    applied = world.apply_statuses()

    assert (applied.failed, applied.applied) == (1, 1)
    assert world.event(bad).note == "the webhook has no MessageStatus"
    assert message.state is MessageState.SENT


def test_two_appliers_never_take_the_same_events(
    world: World, sessions: sessionmaker[Session]
) -> None:
    message = world.a_message(state=MessageState.ACCEPTED)
    world.status(message, "sent")

    with sessions() as first, sessions() as second:
        one = apply_statuses(first, parse=parse_status_callback, now=NOON, times=TIMES)
        other = apply_statuses(second, parse=parse_status_callback, now=NOON, times=TIMES)

    assert (one.taken, other.taken) == (1, 0)


def test_the_campaigns_account_follows(world: World) -> None:
    message = world.a_message(state=MessageState.ACCEPTED)
    world.status(message, "delivered")

    world.apply_statuses()

    counts = world.session.execute(
        text("SELECT state, sum(delta) FROM campaign_counts GROUP BY 1 HAVING sum(delta) <> 0")
    ).all()
    assert [tuple(row) for row in counts] == [("delivered", 1)]
