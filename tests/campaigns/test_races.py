"""Two transactions at once: an opt-out against an attempt, a callback against our own 201."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from campaigns.inbox import apply_statuses
from campaigns.locks import lock_contact_exclusive, lock_contacts_exclusive, lock_for_attempts
from campaigns.opt_outs import opt_out, revoke_opt_outs
from campaigns.outcomes import record_outcomes
from campaigns.sending import Claimed, Lease, start_attempts
from campaigns.slices import refresh_slices, slice_of
from messaging.provider import SendOutcome
from messaging.twilio.webhooks import parse_status_callback
from models.message import Attempt, AttemptOutcome, Message, SendSlice
from models.people import OptOut, Purpose
from models.states import MessageState
from tests.campaigns.builders_inbox import ANA, BEN, TIMES, World, a_sid
from tests.conftest import NOON

LEASE = Lease("w1", timedelta(seconds=90))


@pytest.fixture
def world(session: Session) -> World:
    return World(session, NOON)


class Beside:
    """Runs something in a thread; `blocked` says whether it waits for a lock."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._threads: list[threading.Thread] = []
        self.error: BaseException | None = None

    def start(self, work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                self.error = error

        thread = threading.Thread(target=run)
        self._threads.append(thread)
        thread.start()
        return thread

    def blocked(self) -> bool:
        for _ in range(100):
            waiting = self._session.execute(
                text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            ).scalar_one()
            self._session.rollback()
            if waiting:
                return True
            if not any(thread.is_alive() for thread in self._threads):
                return False
            time.sleep(0.02)
        return False

    def end(self) -> None:
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()
        if self.error is not None:
            raise self.error


@pytest.fixture
def beside(sessions: sessionmaker[Session]) -> Iterator[Beside]:
    with sessions() as session:
        beside = Beside(session)
        yield beside
        beside.end()


def _claimed(world: World, phone: str = ANA) -> Claimed:
    message = world.a_message(phone, state=MessageState.CLAIMED, attempts=0)
    message.lease_owner, message.lease_until = "w1", NOON + timedelta(seconds=90)
    world.session.commit()
    assert message.contact_point_id is not None
    assert message.address is not None
    return Claimed(
        message.id,
        message.contact_point_id,
        message.campaign_id,
        None,
        message.address,
        message.template_version_id,
        message.variables,
        None,
    )


def test_no_attempt_is_committed_after_an_opt_out(
    world: World, sessions: sessionmaker[Session], beside: Beside
) -> None:
    claimed = _claimed(world)
    started: dict[int, int] = {}

    def send() -> None:
        with sessions.begin() as session:
            started.update(start_attempts(session, [claimed], lease=LEASE, now=NOON))

    with sessions() as leaving:
        opt_out(leaving, claimed.contact_point_id, Purpose.ALL, "word: baja", now=NOON)
        beside.start(send)
        assert beside.blocked()
        leaving.commit()
    beside.end()

    world.session.expire_all()
    assert started == {}
    assert world.session.scalars(select(Attempt)).all() == []
    assert world.session.get_one(Message, claimed.id).state is MessageState.CANCELLED


def test_an_opt_out_waits_for_an_attempt_that_is_being_committed(
    world: World, sessions: sessionmaker[Session], beside: Beside
) -> None:
    claimed = _claimed(world)

    def leave() -> None:
        with sessions.begin() as session:
            opt_out(session, claimed.contact_point_id, Purpose.ALL, "word: baja", now=NOON)

    with sessions() as sending:
        assert start_attempts(sending, [claimed], lease=LEASE, now=NOON) == {claimed.id: 1}
        beside.start(leave)
        assert beside.blocked()
        sending.commit()
    beside.end()

    world.session.expire_all()
    assert world.session.get_one(Message, claimed.id).state is MessageState.SENDING
    assert len(world.session.scalars(select(OptOut)).all()) == 1


def test_two_opt_outs_at_once_are_one(
    world: World, sessions: sessionmaker[Session], beside: Beside
) -> None:
    contact_id = world.contact(ANA).id
    world.session.commit()
    added: list[bool] = []

    def leave() -> None:
        with sessions.begin() as session:
            added.append(opt_out(session, contact_id, Purpose.ALL, "button", now=NOON))

    for _ in range(4):
        beside.start(leave)
    beside.end()

    assert sorted(added) == [False, False, False, True]
    assert revoke_opt_outs(world.session, contact_id, now=NOON) == 1
    assert opt_out(world.session, contact_id, Purpose.ALL, "button", now=NOON)


def test_an_opt_out_of_marketing_leaves_the_rest(world: World) -> None:
    arrears = world.a_message(state=MessageState.PLANNED, attempts=0)
    offer = world.a_message(
        campaign=world.a_campaign(type_code="fidelizacion"), state=MessageState.PLANNED, attempts=0
    )
    assert arrears.contact_point_id is not None

    opt_out(world.session, arrears.contact_point_id, Purpose.MARKETING, "operator", now=NOON)

    world.session.expire_all()
    assert (arrears.state, offer.state) == (MessageState.PLANNED, MessageState.CANCELLED)


def test_locks_in_any_order_never_wait_for_each_other(
    sessions: sessionmaker[Session], beside: Beside
) -> None:
    def work(ids: list[int], sends: bool) -> None:
        for _ in range(20):
            with sessions.begin() as session:
                if sends:
                    lock_for_attempts(session, contacts=ids, coupons=[], campaigns=[])
                else:
                    lock_contacts_exclusive(session, ids)

    for ids, sends in (([1, 2, 3], True), ([3, 1], False), ([2, 3, 1], True), ([3, 2], False)):
        beside.start(partial(work, ids, sends))
    beside.end()


def test_one_persons_lock_is_nobody_elses(sessions: sessionmaker[Session]) -> None:
    with sessions() as one, sessions() as other:
        lock_contact_exclusive(one, 1)
        lock_contact_exclusive(other, 2)


@pytest.mark.parametrize("status", ["sent", "delivered", "failed"])
def test_a_callback_that_commits_while_we_record_the_201_is_not_undone(
    world: World, sessions: sessionmaker[Session], beside: Beside, status: str
) -> None:
    message = world.a_message(state=MessageState.SENDING)
    sid = a_sid()
    world.status(message, status, sid=sid, code=63012 if status == "failed" else None)
    outcome = SendOutcome(message.id, 1, AttemptOutcome.ACCEPTED, sid=sid, http_status=201)

    def record() -> None:
        with sessions.begin() as session:
            record_outcomes(session, [outcome], now=NOON, times=TIMES, chance=Random(1))

    with sessions() as applying:
        apply_statuses(applying, parse=parse_status_callback, now=NOON, times=TIMES)
        beside.start(record)
        assert beside.blocked()
        applying.commit()
    beside.end()

    world.session.expire_all()
    assert message.state == ("planned" if status == "failed" else status)
    attempt = world.session.get_one(Attempt, (message.id, 1))
    assert (attempt.provider_sid, attempt.other_sids) == (sid, [])
    assert attempt.error_code == (63012 if status == "failed" else None)


def test_a_201_that_commits_while_its_callback_is_applied_is_not_undone(
    world: World, sessions: sessionmaker[Session], beside: Beside
) -> None:
    message = world.a_message(state=MessageState.SENDING)
    sid = a_sid()
    world.status(message, "delivered", sid=sid)
    outcome = SendOutcome(message.id, 1, AttemptOutcome.ACCEPTED, sid=sid, http_status=201)

    def apply() -> None:
        with sessions.begin() as session:
            apply_statuses(session, parse=parse_status_callback, now=NOON, times=TIMES)

    with sessions() as recording:
        record_outcomes(recording, [outcome], now=NOON, times=TIMES, chance=Random(1))
        beside.start(apply)
        assert beside.blocked()
        recording.commit()
    beside.end()

    world.session.expire_all()
    assert (message.state, message.provider_sid) == (MessageState.DELIVERED, sid)
    attempt = world.session.get_one(Attempt, (message.id, 1))
    assert (attempt.http_status, attempt.other_sids) == (201, [])


def test_a_time_out_recorded_after_its_callback_does_not_look_like_a_reported_failure(
    world: World,
) -> None:
    message = world.a_message(state=MessageState.SENDING)
    sid = a_sid()
    world.status(message, "queued", sid=sid)
    world.apply_statuses()
    outcome = SendOutcome(message.id, 1, AttemptOutcome.UNKNOWN, http_status=500, error_code=20500)
    record_outcomes(world.session, [outcome], now=NOON, times=TIMES, chance=Random(1))
    world.session.commit()
    world.status(message, "sent", sid=sid)

    world.apply_statuses()

    assert message.state is MessageState.SENT


def test_a_slice_is_due_with_its_earliest_planned_message(world: World) -> None:
    message = world.a_message(state=MessageState.PLANNED, attempts=0)
    refresh_slices(world.session, [slice_of(message.id)])
    slice_ = world.session.get_one(SendSlice, slice_of(message.id))
    assert (slice_.next_due_at, slice_.is_reply) == (message.due_at, False)

    message.state = MessageState.CANCELLED
    world.session.flush()
    refresh_slices(world.session, [slice_of(message.id)])

    world.session.expire_all()
    assert slice_.next_due_at is None
    assert slice_of(500) == slice_of(999) == 500
    assert slice_of(1000) == 1000


def test_a_slice_that_somebody_holds_is_left_alone_without_waiting(
    world: World, sessions: sessionmaker[Session]
) -> None:
    message = world.a_message(BEN, state=MessageState.PLANNED, attempts=0)
    refresh_slices(world.session, [slice_of(message.id)])
    world.session.commit()

    with sessions() as holding, sessions() as cancelling:
        holding.execute(text("SELECT id FROM send_slices FOR UPDATE"))
        assert message.contact_point_id is not None
        opt_out(cancelling, message.contact_point_id, Purpose.ALL, "button", now=NOON)
        cancelling.commit()
