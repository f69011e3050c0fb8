"""A message that went out twice is seen, told once, and forgotten if one of the two failed."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.doubled import Doubled, count_doubled, doubled_of, note_doubled
from models.audit import AuditEvent
from models.states import MessageState
from tests.campaigns.builders_inbox import a_sid
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON
from tests.twice import twice


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


def test_the_first_attempt_turns_out_to_have_left_after_the_second(outbox: Outbox) -> None:
    message, sids = twice(outbox)

    assert message.state is MessageState.DELIVERED
    (told,) = note_doubled(outbox.session, turn=0)
    assert told == Doubled(message.id, outbox.campaign.id, sids)
    assert doubled_of(outbox.session, outbox.campaign.id) == [told]
    assert count_doubled(outbox.session) == 1


def test_each_is_told_once(outbox: Outbox) -> None:
    message, _sids = twice(outbox)
    assert len(note_doubled(outbox.session, turn=0)) == 1

    assert note_doubled(outbox.session, turn=1) == []

    acts = outbox.session.scalars(select(AuditEvent.action).order_by(AuditEvent.action)).all()
    assert acts.count("message.doubled") == acts.count("campaign.doubled") == 1
    assert message.id > 0


def test_two_ids_of_one_attempt_count_too(outbox: Outbox) -> None:
    message = outbox.a_message()
    outbox.status(message, "delivered", sid=(other := a_sid()))
    outbox.apply_statuses()
    outbox.fresh()

    (told,) = note_doubled(outbox.session, turn=0)

    assert told.sids == (message.provider_sid, other)


@pytest.mark.parametrize("which", ["of the first attempt", "of the second attempt"])
def test_what_the_provider_calls_failed_arrived_once(outbox: Outbox, which: str) -> None:
    message, sids = twice(outbox)
    note_doubled(outbox.session, turn=0)
    number = 1 if which == "of the first attempt" else 2

    outbox.status(message, "undelivered", sid=sids[number - 1], attempt=number, code=63024)
    outbox.apply_statuses()
    outbox.fresh()

    assert doubled_of(outbox.session, outbox.campaign.id) == []
    assert count_doubled(outbox.session) == 0


def test_another_id_of_the_same_attempt_that_failed_is_none(outbox: Outbox) -> None:
    message = outbox.a_message()
    outbox.status(message, "undelivered", sid=a_sid(), code=63024)
    outbox.apply_statuses()
    outbox.fresh()

    assert note_doubled(outbox.session, turn=0) == []


def test_sent_again_after_a_failure_is_sent_once(outbox: Outbox) -> None:
    outbox.a_message()
    (message,) = outbox.sending()
    outbox.status(message, "failed", sid=a_sid(), code=63018)
    outbox.apply_statuses()
    outbox.fresh()

    assert note_doubled(outbox.session, turn=0) == []
