"""Whoever writes several messages takes them in the order of their ids: nobody is locked out.

Each trial forces the wrong order to hurt. Somebody holds the first message; who stops the campaign
waits for it; a writer comes behind. Had the writer begun with a later one, the two would now wait
for each other as soon as the first is let go.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from campaigns import guards, lifecycle, locks
from campaigns.contacts import adopt_bsuid
from campaigns.holding import hold_line
from campaigns.opt_outs import opt_out
from campaigns.sending import claim_slice, release
from models.campaign import Campaign
from models.message import Message
from models.people import Purpose
from models.states import MessageState
from tests.campaigns.beside import Beside
from tests.campaigns.builders_inbox import ANA
from tests.campaigns.builders_sending import ANAS_WORKER, Outbox
from tests.conftest import NOON

PAIRED = Outbox.guards


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


Writer = Callable[[Session], object]


def _whoever_claims_with_one_to_put_off(outbox: Outbox) -> tuple[list[Message], Writer]:
    messages = outbox.planned(3)
    recent = outbox.a_message(messages[-1].address or "", state=MessageState.SENT)
    recent.state_at = NOON - timedelta(seconds=1)
    taken = outbox.take()
    assert taken is not None
    return messages, lambda session: claim_slice(
        session, taken, lease=ANAS_WORKER, now=NOON, guards=PAIRED
    )


def _whoever_claims_with_one_to_cancel(outbox: Outbox) -> tuple[list[Message], Writer]:
    messages = outbox.planned(3)
    last = messages[-1].contact_point_id
    assert last is not None
    opt_out(outbox.session, last, Purpose.ACCOUNT, "word: baja", now=NOON)
    outbox.session.execute(
        text("UPDATE messages SET state = 'planned', reason = NULL WHERE id = :id"),
        {"id": messages[-1].id},
    )
    outbox.session.commit()
    taken = outbox.take()
    assert taken is not None
    return messages, lambda session: claim_slice(
        session, taken, lease=ANAS_WORKER, now=NOON, guards=PAIRED
    )


def _whoever_gives_claims_back(outbox: Outbox) -> tuple[list[Message], Writer]:
    messages = outbox.planned(3)
    ids = [message.id for message in messages]
    assert len(outbox.claim()) == len(ids)
    return messages, lambda session: release(session, ids, lease=ANAS_WORKER)


def _whoever_changes_the_hours(outbox: Outbox) -> tuple[list[Message], Writer]:
    messages = outbox.planned(3, due_at=NOON + timedelta(hours=9))
    for message in messages:
        message.reason = guards.QUIET_HOURS
    outbox.session.commit()
    campaigns = [outbox.campaign.id]
    return messages, lambda session: guards.due_again(session, campaigns, now=NOON)


WRITERS = [
    _whoever_claims_with_one_to_put_off,
    _whoever_claims_with_one_to_cancel,
    _whoever_gives_claims_back,
    _whoever_changes_the_hours,
]


@pytest.mark.parametrize("writer", WRITERS, ids=lambda each: each.__name__.strip("_"))
def test_whoever_writes_messages_does_not_lock_out_whoever_stops_them(
    outbox: Outbox,
    sessions: sessionmaker[Session],
    beside: Beside,
    writer: Callable[[Outbox], tuple[list[Message], Writer]],
) -> None:
    messages, write = writer(outbox)
    campaign: Campaign = outbox.campaign
    # its newest version now stands behind the others': a scan of the table comes to it last
    _touch(sessions, messages[0].id)

    with sessions() as holder:
        holder.execute(
            text("SELECT FROM messages WHERE id = :id FOR UPDATE"), {"id": messages[0].id}
        )
        beside.start(lambda session: lifecycle.cancel(session, campaign.id, now=NOON))
        assert beside.blocked(1)
        beside.start(write)
        assert beside.blocked(2)
        holder.rollback()
    beside.end()

    outbox.fresh()
    assert {message.state for message in messages} == {MessageState.CANCELLED}


# What many rows point to


def _twice_on_a_slice(outbox: Outbox) -> Writer:
    """A second write of one row in a transaction looks again at what it points to."""
    outbox.planned(1)
    slices = text("UPDATE send_slices SET put_off_reason = 'x'")

    def write(session: Session) -> None:
        session.execute(slices)
        session.execute(slices)

    return write


def _a_message_of_the_campaign(outbox: Outbox) -> Writer:
    contact, case = outbox.contact(ANA).id, outbox.a_case()
    outbox.session.commit()
    values = {"line": outbox.line.id, "contact": contact, "case": case.id}
    return lambda session: session.execute(
        text(
            "INSERT INTO messages (direction, state, line_id, contact_point_id, address, body,"
            " case_id, campaign_id) SELECT 'out', 'planned', :line, :contact, '+5491150000001',"
            " 'Hola', id, campaign_id FROM cases WHERE id = :case"
        ),
        values,
    )


@pytest.mark.parametrize("writer", [_twice_on_a_slice, _a_message_of_the_campaign])
@pytest.mark.parametrize("holds", ["campaign", "line"])
def test_what_points_to_a_row_is_written_while_somebody_holds_the_row(
    outbox: Outbox,
    sessions: sessionmaker[Session],
    writer: Callable[[Outbox], Writer],
    holds: str,
) -> None:
    write, campaign_id, line_id = writer(outbox), outbox.campaign.id, outbox.line.id

    with sessions() as holder, sessions() as other:
        if holds == "campaign":
            locks.locked_campaign(holder, campaign_id).name = "Otra"
        else:
            hold_line(holder, line_id, "para probar", now=NOON)
        holder.flush()
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        write(other)
        other.commit()


@pytest.mark.parametrize("learns", ["bsuid", "provider_sid"])
def test_what_is_learnt_of_a_row_waits_for_nobody_who_points_there(
    outbox: Outbox, sessions: sessionmaker[Session], learns: str
) -> None:
    message = outbox.a_message(ANA, state=MessageState.SENDING)
    case_id, message_id, contact_id = outbox.a_case().id, message.id, message.contact_point_id
    assert contact_id is not None
    outbox.session.commit()

    with sessions() as pointing, sessions() as learning:
        pointing.execute(text("UPDATE cases SET contact_point_id = NULL"))
        pointing.execute(
            text("UPDATE cases SET contact_point_id = :contact WHERE id = :case"),
            {"contact": contact_id, "case": case_id},
        )
        pointing.execute(
            text("INSERT INTO attempts (message_id, number, owner) VALUES (:id, 9, 'ana')"),
            {"id": message_id},
        )
        learning.execute(text("SET LOCAL lock_timeout = '2s'"))
        if learns == "bsuid":
            assert adopt_bsuid(learning, contact_id, "AR.123456")
        else:
            learning.execute(
                text("UPDATE messages SET provider_sid = 'SMx' WHERE id = :id"), {"id": message_id}
            )
        learning.commit()


def _touch(sessions: sessionmaker[Session], message_id: int) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE messages SET body = body WHERE id = :id"), {"id": message_id})
