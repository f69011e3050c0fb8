"""A message that left twice: nobody saw the first, a second went out, then the first spoke up."""

from datetime import timedelta
from random import Random

from campaigns.outcomes import record_outcomes
from campaigns.slices import refresh_slices, slice_of
from messaging.provider import SendOutcome
from models.message import AttemptOutcome, Message
from models.states import MessageState
from tests.campaigns.builders_inbox import TIMES, a_sid
from tests.campaigns.builders_sending import Outbox


def twice(outbox: Outbox) -> tuple[Message, tuple[str, str]]:
    """The message, and both ids of the provider."""
    (message,) = outbox.sending()
    attempt = outbox.attempt(message)
    attempt.outcome, attempt.ended_at = AttemptOutcome.ABSENT, outbox.now
    message.state, message.reason, message.due_at = (
        MessageState.PLANNED, "proven_absent", outbox.now,
    )  # fmt: skip
    message.lease_owner = message.lease_until = None
    outbox.session.flush()
    refresh_slices(outbox.session, [slice_of(message.id)])
    later = outbox.now + timedelta(minutes=5)
    assert outbox.start(outbox.claim(at=later), at=later) == {message.id: 2}
    first, second = a_sid(), a_sid()
    accepted = SendOutcome(message.id, 2, AttemptOutcome.ACCEPTED, sid=second, http_status=201)
    record_outcomes(outbox.session, [accepted], now=outbox.now, times=TIMES, chance=Random(1))
    outbox.fresh()
    outbox.status(message, "delivered", sid=first, attempt=1)
    outbox.apply_statuses()
    outbox.fresh()
    return message, (first, second)
