"""What becomes of an accepted message: a pure function of profile, seed, recipient and count."""

from dataclasses import dataclass

from messaging.simulator.behaviour import Profile
from messaging.simulator.chance import Chance


@dataclass(frozen=True, slots=True)
class Step:
    after: float  # seconds since the message was accepted
    status: str
    error_code: int | None = None


def steps_of(profile: Profile, chance: Chance, phone: str, ordinal: int) -> list[Step]:
    """The statuses a message will go through, in order of time.

    A number that is not on WhatsApp stays so; what is transient is drawn for each message.
    """
    at = chance.between(profile.queue_delay, "queue", phone, ordinal)
    steps: list[Step] = []
    if chance.happens(profile.reports_sending, "sending", phone, ordinal):
        steps.append(Step(at / 2, "sending"))
    code = chance.one_of(profile.failed, "failed", phone)
    if code is None:
        code = chance.one_of(profile.transient, "transient", phone, ordinal)
    if code is not None:
        return [*steps, Step(at, "failed", int(code))]
    steps.append(Step(at, "sent"))
    at += chance.between(profile.delivery_delay, "delivery", phone, ordinal)
    code = chance.one_of(profile.undelivered, "undelivered", phone)
    if code is not None:
        return [*steps, Step(at, "undelivered", int(code))]
    if chance.happens(profile.stuck_at_sent, "stuck", phone):
        return steps
    is_read = chance.happens(profile.read, "read", phone, ordinal)
    silent = is_read and chance.happens(profile.read_without_delivered, "skip", phone, ordinal)
    if not silent:
        steps.append(Step(at, "delivered"))
    if is_read:
        at += chance.between(profile.read_delay, "reading", phone, ordinal)
        steps.append(Step(at, "read"))
    return steps


def failing_steps(
    profile: Profile, chance: Chance, phone: str, ordinal: int, code: int
) -> list[Step]:
    """The message was taken and cannot go out, for a reason that is in the message."""
    return [Step(chance.between(profile.queue_delay, "queue", phone, ordinal), "failed", code)]
