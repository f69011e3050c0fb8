"""What customers write is applied a few at a time: a lost connection costs only a few."""

from sqlalchemy.orm import Session

from campaigns.inbox import apply_inbound
from messaging.twilio.webhooks import parse_inbound
from tests.campaigns.builders_inbox import SIGNER, TIMES, World
from tests.conftest import NOON


def test_a_backlog_is_taken_in_small_transactions_oldest_first(session: Session) -> None:
    world = World(session, NOON)
    events = [world.inbound(f"hola {number}") for number in range(30)]

    def apply() -> int:
        applied = apply_inbound(session, parse=parse_inbound, signer=SIGNER, now=NOON, times=TIMES)
        session.commit()
        return applied.taken

    assert apply() == 25
    assert world.event(events[24]).applied_at is not None
    assert world.event(events[25]).applied_at is None
    assert apply() == 5
    assert apply() == 0
