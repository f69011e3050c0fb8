"""What nobody can prove is put before a person with the evidence; he decides, once, with a why."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from campaigns import lifecycle
from campaigns.errors import AlreadyThere, NoReason, NotFound
from campaigns.opt_outs import opt_out
from campaigns.outcomes import record_outcomes
from campaigns.review import (
    Decision,
    count_review,
    decide_review,
    list_review,
)
from campaigns.settling import Finding, record_look, take_doubts
from campaigns.slices import slice_of
from messaging.provider import ProviderMessage, SendOutcome
from models.audit import AuditEvent
from models.message import AttemptOutcome, Message, SendSlice
from models.people import Purpose, Role, User
from models.states import IllegalMove, MessageState
from tests.campaigns.builders_inbox import LINE, TIMES, a_sid
from tests.campaigns.builders_sending import Outbox
from tests.campaigns.test_outcomes import NoJitter
from tests.conftest import NOON

LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def lucia(session: Session) -> User:
    user = User(email="lucia@example.com", name="Lucía", role=Role.SUPERVISOR)
    session.add(user)
    session.commit()
    return user


@pytest.fixture
def doubtful(outbox: Outbox) -> Message:
    """The provider shows two messages that it may be."""
    (message,) = outbox.sending()
    message.state, message.look_at = MessageState.UNCERTAIN, NOON
    message.lease_owner = message.lease_until = None
    outbox.fresh()
    (doubt,) = take_doubts(outbox.session, now=NOON, times=TIMES)
    shown = [
        ProviderMessage(a_sid(), message.address or "", LINE, False, None, "Hola", NOON)
        for _ in range(2)
    ]
    record_look(outbox.session, doubt, Finding.NOT_UNIQUE, None, now=NOON, times=TIMES, shown=shown)
    outbox.fresh()
    assert message.state is MessageState.REVIEW
    return message


def _decide(
    outbox: Outbox,
    message: Message,
    decision: Decision,
    lucia: User,
    *,
    why: str = "llamé y lo tiene",
    sid: str | None = None,
) -> None:
    decide_review(
        outbox.session,
        message.id,
        decision,
        why=why,
        by_id=lucia.id,
        now=LATER,
        times=TIMES,
        sid=sid,
    )
    outbox.fresh()


def test_the_evidence_stands_side_by_side(outbox: Outbox, doubtful: Message) -> None:
    (row,) = list_review(outbox.session, outbox.campaign.id, limit=9)
    first, second = row.candidates
    outbox.status(None, "delivered", sid=first, to=doubtful.address)
    outbox.status(None, "undelivered", sid=second, to=doubtful.address, code=63024)

    (row,) = list_review(outbox.session, outbox.campaign.id, limit=9)

    assert (row.message_id, row.reason) == (doubtful.id, "several_at_the_provider")
    (one,) = row.tries
    assert (one.number, one.own_sids, one.candidates) == (1, (), (first, second))
    assert [(sid, told.status, told.error_code) for sid, told in one.told] == [
        (first, "delivered", None),
        (second, "undelivered", "63024"),
    ]


def test_what_waits_is_counted_from_the_account_and_listed_in_pages(
    outbox: Outbox, doubtful: Message
) -> None:
    counts = count_review(outbox.session, outbox.campaign.id)

    assert counts == {MessageState.REVIEW: 1, MessageState.UNCERTAIN: 0}
    listed = list_review(outbox.session, outbox.campaign.id, limit=9, after=doubtful.id)
    assert listed == []


def test_it_left_says_a_person_and_which_one_it_was(
    outbox: Outbox, doubtful: Message, lucia: User
) -> None:
    (row,) = list_review(outbox.session, outbox.campaign.id, limit=9)
    sid = row.candidates[1]

    _decide(outbox, doubtful, Decision.ACCEPTED, lucia, sid=sid)

    assert (doubtful.state, doubtful.provider_sid) == (MessageState.ACCEPTED, sid)
    assert outbox.attempt(doubtful).outcome is AttemptOutcome.ACCEPTED
    outbox.status(doubtful, "read", sid=sid)
    outbox.apply_statuses()
    assert doubtful.state is MessageState.READ
    assert outbox.session.get_one(SendSlice, slice_of(doubtful.id)).stuck_at is not None


def test_it_is_not_to_leave(outbox: Outbox, doubtful: Message, lucia: User) -> None:
    _decide(outbox, doubtful, Decision.CANCELLED, lucia)

    assert (doubtful.state, doubtful.reason) == (MessageState.CANCELLED, "decided")
    assert outbox.claim(at=LATER) == []


def test_it_did_not_leave_so_it_goes_again_as_its_second_attempt(
    outbox: Outbox, doubtful: Message, lucia: User
) -> None:
    _decide(outbox, doubtful, Decision.PLANNED, lucia)

    assert (doubtful.state, doubtful.due_at) == (MessageState.PLANNED, LATER)
    assert outbox.attempt(doubtful).outcome is AttemptOutcome.ABSENT
    assert outbox.session.get_one(SendSlice, slice_of(doubtful.id)).next_due_at == LATER
    assert outbox.start(outbox.claim(at=LATER), at=LATER) == {doubtful.id: 2}


def test_a_201_that_comes_after_the_decision_keeps_it_from_leaving_again(
    outbox: Outbox, doubtful: Message, lucia: User
) -> None:
    _decide(outbox, doubtful, Decision.PLANNED, lucia)
    sid = a_sid()

    late = SendOutcome(doubtful.id, 1, AttemptOutcome.ACCEPTED, sid=sid, http_status=201)
    record_outcomes(outbox.session, [late], now=LATER, times=TIMES, chance=NoJitter())
    outbox.fresh()

    assert (doubtful.state, doubtful.provider_sid) == (MessageState.ACCEPTED, sid)


def test_who_decided_what_and_why_is_on_record(
    outbox: Outbox, doubtful: Message, lucia: User
) -> None:
    _decide(outbox, doubtful, Decision.CANCELLED, lucia, why="  mejor llamarla ")

    which = select(AuditEvent).where(AuditEvent.action.like("%.reviewed")).order_by(AuditEvent.id)
    of_message, of_campaign = outbox.session.scalars(which)
    assert (of_message.object_kind, of_message.object_id) == ("message", doubtful.id)
    assert of_message.user_id == lucia.id
    assert of_message.details == {"decision": "cancelled", "why": "mejor llamarla", "sid": None}
    assert of_campaign.object_id == outbox.campaign.id
    assert of_campaign.details["message_id"] == doubtful.id


@pytest.mark.parametrize("why", ["", "   ", "x" * 501])
def test_a_decision_needs_its_reason(
    outbox: Outbox, doubtful: Message, lucia: User, why: str
) -> None:
    with pytest.raises(NoReason):
        _decide(outbox, doubtful, Decision.CANCELLED, lucia, why=why)

    outbox.session.rollback()
    assert doubtful.state is MessageState.REVIEW


def test_a_callback_in_between_wins(outbox: Outbox, doubtful: Message, lucia: User) -> None:
    outbox.status(doubtful, "delivered", sid=a_sid())
    outbox.apply_statuses()

    with pytest.raises(IllegalMove):
        _decide(outbox, doubtful, Decision.PLANNED, lucia)
    outbox.session.rollback()
    assert doubtful.state is MessageState.DELIVERED


def test_of_two_who_decide_one_is_refused(
    outbox: Outbox, doubtful: Message, lucia: User, sessions: sessionmaker[Session]
) -> None:
    message_id, lucias = doubtful.id, lucia.id
    outbox.session.close()
    went: list[str] = []
    both = threading.Barrier(2)

    def decide(decision: Decision) -> None:
        both.wait(10)
        try:
            with sessions.begin() as session:
                decide_review(
                    session,
                    message_id,
                    decision,
                    why="sí",
                    by_id=lucias,
                    now=LATER,
                    times=TIMES,
                )
            went.append(decision.value)
        except IllegalMove:
            went.append("refused")

    threads = [
        threading.Thread(target=decide, args=(each,))
        for each in (Decision.ACCEPTED, Decision.PLANNED)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(went) in (["accepted", "refused"], ["planned", "refused"])


def test_another_message_of_the_provider_cannot_be_claimed(
    outbox: Outbox, doubtful: Message, lucia: User
) -> None:
    theirs = outbox.a_message().provider_sid

    with pytest.raises(AlreadyThere):
        _decide(outbox, doubtful, Decision.ACCEPTED, lucia, sid=theirs)


def test_a_campaign_that_is_over_sends_nothing_again(
    outbox: Outbox, doubtful: Message, lucia: User
) -> None:
    lifecycle.cancel(outbox.session, outbox.campaign.id, now=LATER)
    outbox.fresh()

    with pytest.raises(IllegalMove):
        _decide(outbox, doubtful, Decision.PLANNED, lucia)
    outbox.session.rollback()
    _decide(outbox, doubtful, Decision.CANCELLED, lucia)
    assert doubtful.state is MessageState.CANCELLED


def test_who_opted_out_meanwhile_gets_nothing_though_it_was_to_go_again(
    outbox: Outbox, doubtful: Message, lucia: User
) -> None:
    assert doubtful.contact_point_id is not None
    opt_out(outbox.session, doubtful.contact_point_id, Purpose.ALL, "word: baja", now=LATER)
    outbox.fresh()

    _decide(outbox, doubtful, Decision.PLANNED, lucia)

    assert outbox.claim(at=LATER) == []
    assert (doubtful.state, doubtful.reason) == (MessageState.CANCELLED, "opt_out")


def test_there_is_no_such_message(outbox: Outbox, lucia: User) -> None:
    with pytest.raises(NotFound):
        decide_review(
            outbox.session,
            987_654_321,
            Decision.ACCEPTED,
            why="x",
            by_id=lucia.id,
            now=NOON,
            times=TIMES,
        )
