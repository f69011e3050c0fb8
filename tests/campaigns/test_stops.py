"""Whoever stops sending wins: both orders of the two commits, forced, five hundred times."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic, sleep
from typing import Protocol

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session, sessionmaker

from campaigns import lifecycle
from campaigns.coupons import mark_paid, void_coupon
from campaigns.inbox import store_event
from campaigns.sending import Claimed, Lease, start_attempts
from messaging.twilio.webhooks import parse_inbound
from models.message import EventKind, Message
from models.states import MessageState
from tests.campaigns.builders_inbox import ACCOUNT, LINE, SIGNER, a_sid
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON

TRIALS, LESSER_TRIALS = 50, 10
"""In either order. Opt-out, cancel and payment: 5 × 2 × 50 = 500; the other stops: 3 × 2 × 10."""
LEASE = Lease("w1", timedelta(seconds=90))
PATIENCE = 20.0


@dataclass(frozen=True)
class Target:
    """A claimed message, and all by which it may be stopped."""

    claimed: Claimed
    phone: str
    campaign_id: int
    coupon_id: int
    leave_button: str


class Stop(Protocol):
    def __call__(self, session: Session, target: Target) -> object: ...


def _says(body: str, **fields: str) -> Stop:
    def stop(session: Session, target: Target) -> None:
        form = {
            "MessageSid": a_sid(),
            "AccountSid": ACCOUNT,
            "From": f"whatsapp:{target.phone}",
            "To": f"whatsapp:{LINE}",
            "Body": body,
            **{name: value.format(button=target.leave_button) for name, value in fields.items()},
        }
        store_event(
            session, EventKind.INBOUND, list(form.items()), now=NOON,
            provider_sid=form["MessageSid"], reply=parse_inbound(form), signer=SIGNER,
        )  # fmt: skip

    return stop


STOPS: dict[str, Stop] = {
    "opt-out by a word": _says("Baja"),
    "opt-out by a button": _says("No quiero más", ButtonPayload="{button}"),
    "opt-out by the provider's word": _says("algo", OptOutType="STOP"),
    "campaign cancelled": lambda session, target: lifecycle.cancel(
        session, target.campaign_id, now=NOON
    ),
    "campaign finished": lambda session, target: lifecycle.finish(
        session, target.campaign_id, now=NOON
    ),
    "campaign paused": lambda session, target: lifecycle.pause(session, target.campaign_id),
    "coupon paid": lambda session, target: mark_paid(session, target.coupon_id, now=NOON),
    "coupon void": lambda session, target: void_coupon(session, target.coupon_id, now=NOON),
}
_LESSER = {"campaign finished", "campaign paused", "coupon void"}
BOTH = pytest.mark.parametrize("name", STOPS)


def _targets(session: Session, name: str) -> Iterator[Target]:
    """As many people with a claimed message each, with all that this stop needs."""
    world = Outbox(session, NOON)
    for each in range(LESSER_TRIALS if name in _LESSER else TRIALS):
        phone = f"+54911{7_000_0000 + each}"
        campaign = world.a_campaign() if name.startswith("campaign") else world.campaign
        message = world.a_message(phone, campaign=campaign, state=MessageState.CLAIMED, attempts=0)
        message.lease_owner, message.lease_until = LEASE.owner, NOON + LEASE.span
        if name.startswith("coupon"):
            message.coupon_id = world.a_coupon().id
        button = ""
        if name == "opt-out by a button":
            button = world.payload(world.a_message(phone), 3)
        session.commit()
        assert message.contact_point_id is not None
        claimed = Claimed(
            message.id, message.contact_point_id, campaign.id, message.coupon_id, phone,
            message.template_version_id, message.variables, None,
        )  # fmt: skip
        yield Target(claimed, phone, campaign.id, message.coupon_id or 0, button)


def _attempt(session: Session, target: Target) -> bool:
    return bool(start_attempts(session, [target.claimed], lease=LEASE, now=NOON))


class Second:
    """The transaction that comes second: begun while the first is open, and seen to wait for it."""

    def __init__(self, sessions: sessionmaker[Session], watching: Connection) -> None:
        self._sessions, self._watching = sessions, watching
        self._thread = ThreadPoolExecutor(1)
        self._pid: Future[int]

    def begin(self, work: Callable[[Session], object]) -> Future[object]:
        self._pid = Future()

        def run() -> object:
            with self._sessions.begin() as session:
                pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
                self._pid.set_result(pid)
                return work(session)

        return self._thread.submit(run)

    def waits(self, running: Future[object]) -> bool:
        """Whether it came to wait for a lock; False when it ended without."""
        pid, until = self._pid.result(PATIENCE), monotonic() + PATIENCE
        while monotonic() < until:
            if self._watching.execute(_WAITS, {"pid": pid}).scalar_one():
                return True
            if running.done():
                return False
            sleep(0.002)
        return False

    def end(self) -> None:
        self._thread.shutdown()


_WAITS = text("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = :pid AND NOT granted)")


@pytest.fixture
def second(engine: Engine, sessions: sessionmaker[Session]) -> Iterator[Second]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
        second = Second(sessions, watching)
        yield second
        second.end()


def _attempts(session: Session, target: Target) -> int:
    found = text("SELECT count(*) FROM attempts WHERE message_id = :id")
    return int(session.execute(found, {"id": target.claimed.id}).scalar_one())


@BOTH
def test_no_attempt_is_committed_after_the_stop(
    session: Session, sessions: sessionmaker[Session], second: Second, name: str
) -> None:
    stop = STOPS[name]
    for target in _targets(session, name):
        with sessions() as first:
            stop(first, target)
            sending = second.begin(partial(_attempt, target=target))
            assert second.waits(sending)
            first.commit()
        assert sending.result(PATIENCE) is False

        with sessions() as after:
            assert _attempts(after, target) == 0
            state = after.get_one(Message, target.claimed.id).state
            assert state in (MessageState.CANCELLED, MessageState.CLAIMED)


@BOTH
def test_the_stop_waits_for_an_attempt_that_is_being_committed(
    session: Session, sessions: sessionmaker[Session], second: Second, name: str
) -> None:
    stop = STOPS[name]
    for target in _targets(session, name):
        with sessions() as first:
            assert _attempt(first, target)
            stopping = second.begin(partial(stop, target=target))
            assert second.waits(stopping)
            first.commit()
        stopping.result(PATIENCE)

        with sessions() as after:
            assert _attempts(after, target) == 1
            assert after.get_one(Message, target.claimed.id).state is MessageState.SENDING
