"""The real code on a real database, driven in any order by hypothesis, `now` its only clock.

Two workers that may die anywhere, a provider that loses requests, answers and callbacks and shows
what it accepted within a minute, time that jumps, listings taken early and written late. The
model (`model.py`) searches the protocol to its last state; this looks whether the code is it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from campaigns import settling
from campaigns.opt_outs import opt_out
from campaigns.outcomes import record_outcomes
from campaigns.sending import Claimed, Lease, reap_leases
from campaigns.times import Times
from messaging.errors import ProviderUnavailable
from messaging.provider import Fault, ProviderMessage, SendOutcome
from models.message import AttemptOutcome, Message
from models.people import Purpose
from models.states import DELIVERY_RANK, MESSAGE, MessageState
from tests.campaigns.builders_inbox import LINE, TIMES, a_sid
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON

SIZE = 3
PHONES = [f"+54911500000{number:02d}" for number in range(SIZE)]
DEAD = frozenset({"failed", "undelivered"})
FINAL = frozenset(
    {
        MessageState.ACCEPTED,
        MessageState.SENT,
        MessageState.DELIVERED,
        MessageState.READ,
        MessageState.FAILED,
        MessageState.UNDELIVERED,
        MessageState.CANCELLED,
    }
)
_NEXT = {"queued": ("sent", "failed"), "sent": ("delivered", "undelivered"), "delivered": ("read",)}
_CODES = {"failed": 63012, "undelivered": 63003}  # one that may be tried again, one that may not
ONE_OF = st.integers(min_value=0, max_value=9)
WHO = st.sampled_from([0, 1])


@dataclass
class Accepted:
    """What the provider has taken."""

    sid: str
    message_id: int
    attempt: int
    at: datetime
    visible_at: datetime
    history: list[str] = field(default_factory=lambda: ["queued"])

    @property
    def status(self) -> str:
        return self.history[-1]


@dataclass
class Request:
    """On its way: it leaves once its process is awake, and ends within the time-out."""

    worker: "Worker | None"  # None: it died meanwhile
    message_id: int
    attempt: int
    leaves_at: datetime
    ends_at: datetime
    taken: Accepted | None = None


@dataclass(eq=False)
class Worker:
    lease: Lease
    held: list[Claimed] = field(default_factory=list)
    started: dict[int, tuple[int, datetime]] = field(default_factory=dict)  # id: attempt, expires
    done: list[SendOutcome] = field(default_factory=list)


class Protocol(RuleBasedStateMachine):
    engine: Engine
    sessions: "sessionmaker[Session]"
    times = TIMES

    def __init__(self) -> None:
        super().__init__()
        with self.engine.begin() as connection:
            connection.execute(text("SELECT pristine.empty_the_world()"))
        self.session = self.sessions()
        self.outbox = Outbox(self.session, NOON)
        self.ids = [message.id for message in self.outbox.planned(SIZE, phones=PHONES)]
        self.workers = [self._born(0), self._born(1)]
        self.wire: list[Request] = []
        self.ledger: list[Accepted] = []
        self.posted: set[tuple[int, int]] = set()
        self.looks: list[tuple[settling.Doubt, list[ProviderMessage] | None]] = []
        self.opted_out: dict[int, int] = {}  # message → attempts when its person said no
        self.was = self._states()
        self._births = 0

    def teardown(self) -> None:
        """Whatever came before: left alone, everything ends, and ends right."""
        try:
            self._come_to_rest()
        finally:
            self.session.close()

    @property
    def now(self) -> datetime:
        return self.outbox.now

    # workers

    @rule(who=WHO)
    def claim(self, who: int) -> None:
        worker = self.workers[who]
        held = {each.id for each in worker.held}
        claimed = self.outbox.claim(worker.lease, at=self.now)
        # a sender forgets what lapsed in its hands and was claimed anew
        again = {each.id for each in claimed} & held
        worker.held = [each for each in worker.held if each.id not in again] + claimed

    @rule(who=WHO, number=st.integers(min_value=1, max_value=SIZE), answer_lost=st.booleans())
    def start(self, who: int, number: int, answer_lost: bool) -> None:
        worker = self.workers[who]
        group, worker.held = worker.held[:number], worker.held[number:]
        if not group:
            return
        expires = self.now + self.times.leaves_within
        started = self.outbox.start(group, worker.lease, at=self.now)
        if answer_lost:  # of the commit: the sender tries the group again
            worker.held = group + worker.held
            return
        for message_id, attempt in started.items():
            worker.started[message_id] = (attempt, expires)

    @rule(who=WHO, frozen=st.sampled_from([0, 0, 0, 20, 60, 110]))
    def post(self, who: int, frozen: int) -> None:
        """The clock is looked at, then the request is written: in between it may freeze."""
        worker = self.workers[who]
        for message_id, (attempt, expires) in worker.started.items():
            if self.now > expires:
                worker.done.append(
                    SendOutcome(
                        message_id, attempt, AttemptOutcome.NOT_SENT, fault=Fault.RETRY,
                        detail="frozen too long",
                    )
                )  # fmt: skip
                continue
            leaves = self.now + timedelta(seconds=frozen)
            self.wire.append(
                Request(worker, message_id, attempt, leaves, leaves + self.times.request_timeout)
            )
        worker.started.clear()

    @rule(who=WHO)
    def record(self, who: int) -> None:
        self._record(self.workers[who])

    @rule(who=WHO)
    def record_is_not_committed(self, who: int) -> None:
        """The connection is cut before the commit is heard: the sender writes it again later."""
        self._write(self.workers[who].done)
        self.session.rollback()
        self.session.expire_all()

    @rule(who=WHO)
    def record_answer_is_lost(self, who: int) -> None:
        """It was committed and nobody said so: the sender writes the same once more."""
        self._write(self.workers[who].done)
        self._fresh()

    @rule(who=WHO)
    def die(self, who: int) -> None:
        for request in self.wire:
            if request.worker is self.workers[who]:
                request.worker = None
        self.workers[who] = self._born(who)

    # the provider

    @precondition(lambda self: self.wire)
    @rule(which=ONE_OF, shown_after=st.sampled_from([0, 5, 30, 59]))
    def provider_accepts(self, which: int, shown_after: int) -> None:
        request = self._request(which)
        if request is not None and request.taken is None:
            self._accept(request, shown_after)

    @precondition(lambda self: self.wire)
    @rule(which=ONE_OF)
    def answer_arrives(self, which: int) -> None:
        request = self._request(which)
        if request is None or request.taken is None:
            return
        self.wire.remove(request)
        self._hear(request, AttemptOutcome.ACCEPTED, sid=request.taken.sid, http_status=201)

    @precondition(lambda self: self.wire)
    @rule(which=ONE_OF)
    def answer_is_a_500_or_a_reset(self, which: int) -> None:
        request = self._request(which)
        if request is None:
            return
        self.wire.remove(request)
        self._hear(request, AttemptOutcome.UNKNOWN, fault=Fault.AMBIGUOUS, http_status=500)

    @precondition(lambda self: self.wire)
    @rule(which=ONE_OF, refused=st.booleans())
    def provider_throttles_or_refuses(self, which: int, refused: bool) -> None:
        request = self._request(which)
        if request is None or request.taken is not None:
            return
        self.wire.remove(request)
        if refused:
            self._hear(request, AttemptOutcome.REJECTED, fault=Fault.PERMANENT, http_status=400)
        else:
            self._hear(request, AttemptOutcome.NOT_SENT, fault=Fault.RETRY, http_status=429)

    @precondition(lambda self: self.ledger)
    @rule(which=ONE_OF, branch=st.sampled_from([0, 0, 0, 1]))
    def fate_goes_on(self, which: int, branch: int) -> None:
        entry = self.ledger[which % len(self.ledger)]
        if choices := _NEXT.get(entry.status):
            entry.history.append(choices[min(branch, len(choices) - 1)])

    @precondition(lambda self: self.ledger)
    @rule(which=ONE_OF, place=ONE_OF)
    def callback(self, which: int, place: int) -> None:
        """Of any status it ever had: late, twice, out of order, before the answer."""
        entry = self.ledger[which % len(self.ledger)]
        self._call_back(entry, entry.history[place % len(entry.history)])

    @rule(attempt=st.sampled_from([1, 2, 99]), which=ONE_OF)
    def callback_of_nobody_we_know(self, attempt: int, which: int) -> None:
        message_id = self.ids[which % SIZE] + 100_000 * ID_GAP
        self.outbox.status(None, "delivered", sid=a_sid("XX"), attempt=attempt, path_id=message_id)
        self.outbox.apply_statuses()

    # settling

    @rule()
    def reap(self) -> None:
        reap_leases(self.session, now=self.now, first_look=self.times.first_look)
        self._fresh()

    @rule(possible=st.sampled_from([True, True, True, False]))
    def look(self, possible: bool) -> None:
        """The listing is taken now; what it said is written by another step, maybe much later."""
        for doubt in settling.take_doubts(self.session, now=self.now, times=self.times):
            try:
                self.looks.append((doubt, self._listed(doubt) if possible else None))
            except ProviderUnavailable:
                self.looks.append((doubt, None))
        self._fresh()

    @precondition(lambda self: self.looks)
    @rule(which=ONE_OF)
    def write_look(self, which: int) -> None:
        self._write_look(self.looks.pop(which % len(self.looks)))

    # people and time

    @rule(which=ONE_OF)
    def opts_out(self, which: int) -> None:
        message = self._message(self.ids[which % SIZE])
        assert message.contact_point_id is not None
        self.opted_out.setdefault(message.id, message.attempts)
        opt_out(self.session, message.contact_point_id, Purpose.ALL, "word: baja", now=self.now)
        self._fresh()

    @rule(seconds=st.sampled_from([1, 5, 20, 30, 60, 91, 130]))
    def time_passes(self, seconds: int) -> None:
        self._pass(timedelta(seconds=seconds))

    # what must hold after every step

    @invariant()
    def no_message_has_two_live_sids(self) -> None:
        for message_id in self.ids:
            entries = [each for each in self.ledger if each.message_id == message_id]
            live = [each.sid for each in entries if each.status not in DEAD]
            assert len(live) <= 1, f"message {message_id} went out as {live}"

    @invariant()
    def no_rank_falls_and_every_move_is_legal(self) -> None:
        states = self._states()
        for message_id, state in states.items():
            before = self.was[message_id]
            gave_up = any(
                each.status in DEAD for each in self.ledger if each.message_id == message_id
            )
            if DELIVERY_RANK.get(state, 0) < DELIVERY_RANK.get(before, 0):
                # a step may pass through several states: only the provider's word leads back
                assert gave_up, f"{before} → {state}"
            if state is not before and before in MESSAGE.final():
                raise AssertionError(f"{before} was final, now {state}")
        self.was = states

    @invariant()
    def nobody_is_written_to_after_saying_no(self) -> None:
        if self.opted_out:
            for row in self._rows():
                assert row.attempts == self.opted_out.get(row.id, row.attempts)

    # the hand that drives

    def _born(self, who: int) -> Worker:
        self._births = getattr(self, "_births", 0) + 1
        return Worker(Lease(f"w{who}:{self._births}", self.times.lease))

    def _message(self, message_id: int) -> Message:
        return self.session.get_one(Message, message_id)

    def _states(self) -> dict[int, MessageState]:
        return {row.id: row.state for row in self._rows()}

    def _rows(self) -> Sequence[Any]:
        return self.session.execute(
            select(Message.id, Message.state, Message.attempts).where(Message.id.in_(self.ids))
        ).all()

    def _fresh(self) -> None:
        self.outbox.fresh()

    def _request(self, which: int) -> Request | None:
        """One that has left its process."""
        left = [each for each in self.wire if each.leaves_at <= self.now]
        return left[which % len(left)] if left else None

    def _accept(self, request: Request, shown_after: int) -> None:
        key = (request.message_id, request.attempt)
        assert key not in self.posted, f"attempt {key} was posted twice"
        self.posted.add(key)
        shown_at = self.now + timedelta(seconds=shown_after)
        request.taken = Accepted(a_sid(), *key, self.now, shown_at)
        self.ledger.append(request.taken)

    def _hear(self, request: Request, outcome: AttemptOutcome, **more: Any) -> None:
        if request.worker is not None:
            request.worker.done.append(
                SendOutcome(request.message_id, request.attempt, outcome, **more)
            )

    def _record(self, worker: Worker) -> None:
        self._write(worker.done)
        worker.done = []
        self._fresh()

    def _write(self, done: list[SendOutcome]) -> None:
        record_outcomes(self.session, done, now=self.now, times=self.times, chance=Random(1))

    def _call_back(self, entry: Accepted, status: str) -> None:
        message = self._message(entry.message_id)
        code = _CODES.get(status)
        self.outbox.status(message, status, sid=entry.sid, attempt=entry.attempt, code=code)
        self.outbox.apply_statuses()

    def _listed(self, doubt: settling.Doubt) -> list[ProviderMessage]:
        phones = {self._message(message_id).address: message_id for message_id in self.ids}
        wanted = phones[doubt.to]
        since = doubt.started_at - self.times.listing_window_before
        return [
            ProviderMessage(
                each.sid, doubt.to, LINE, False, None, "Hola", each.at.replace(microsecond=0)
            )
            for each in self.ledger
            if each.message_id == wanted and each.visible_at <= self.now and each.at >= since
        ]

    def _write_look(self, look: tuple[settling.Doubt, list[ProviderMessage] | None]) -> None:
        doubt, listed = look
        if listed is None:
            settling.could_not_look(self.session, doubt, now=self.now, times=self.times)
        else:
            known = settling.known_sids(self.session, listed, doubt)
            finding, found = settling.decide(listed, known)
            settling.record_look(
                self.session, doubt, finding, found, now=self.now, times=self.times
            )
        self._fresh()

    def _pass(self, span: timedelta) -> None:
        """Requests that are not answered by then time out; a doubtful look is written in time."""
        self.outbox.now = self.now + span
        for request in [each for each in self.wire if each.ends_at < self.now]:
            self.wire.remove(request)
            self._hear(request, AttemptOutcome.UNKNOWN, fault=Fault.AMBIGUOUS, detail="timed out")
        # who lists waits at most for one request
        for look in [each for each in self.looks if span > self.times.request_timeout]:
            self.looks.remove(look)

    def _come_to_rest(self) -> None:
        """Everybody alive, nothing lost any more; requests on the wire never arrive."""
        self.wire = [each for each in self.wire if each.taken is not None]
        for request in list(self.wire):
            self.answer_arrives(0) if request.leaves_at <= self.now else None
        for _ in range(60):
            for who, worker in enumerate(self.workers):
                self.claim(who)
                self.start(who, SIZE, answer_lost=False)
                self.post(who, 0)
                for request in [each for each in self.wire if each.worker is worker]:
                    if request.taken is None:
                        self._accept(request, 0)
                    self.wire.remove(request)
                    assert request.taken is not None
                    self._hear(
                        request, AttemptOutcome.ACCEPTED, sid=request.taken.sid, http_status=201
                    )
                self._record(worker)
            for entry in self.ledger:
                self._call_back(entry, entry.status)
            self.no_message_has_two_live_sids()
            if all(state in FINAL for state in self._states().values()):
                break
            self._pass(timedelta(seconds=61))
            self.reap()
            self.look(possible=True)
            while self.looks:
                self.write_look(0)
        self._judge()

    def _judge(self) -> None:
        theirs = {
            "queued": MessageState.ACCEPTED,
            "sent": MessageState.SENT,
            "delivered": MessageState.DELIVERED,
            "read": MessageState.READ,
            "failed": MessageState.FAILED,
            "undelivered": MessageState.UNDELIVERED,
        }
        for message_id in self.ids:
            message = self._message(message_id)
            assert message.state in FINAL, f"message {message_id} ended as {message.state}"
            live = [each for each in self.ledger if each.message_id == message_id]
            if live and message.state is not MessageState.CANCELLED:
                assert message.provider_sid in {each.sid for each in live}
                last = next(each for each in live if each.sid == message.provider_sid)
                assert message.state is theirs[last.status]
        known = {
            (row.message_id, row.number): row.provider_sid
            for row in self.session.execute(
                text("SELECT message_id, number, provider_sid FROM attempts")
            )
        }
        for entry in self.ledger:
            assert known[entry.message_id, entry.attempt] == entry.sid


ID_GAP = 500


@pytest.fixture
def machine(engine: Engine, sessions: "sessionmaker[Session]") -> Callable[..., Protocol]:
    """Call it for a machine to be driven by hand."""

    def make(times: Times = TIMES) -> Protocol:
        class Bound(Protocol):
            pass

        Bound.engine, Bound.sessions, Bound.times = engine, sessions, times
        return Bound()

    return make


@pytest.mark.timeout(240)
def test_no_order_of_events_sends_twice_or_loses_a_message(
    engine: Engine, sessions: "sessionmaker[Session]"
) -> None:
    class Bound(Protocol):
        pass

    Bound.engine, Bound.sessions = engine, sessions
    run_state_machine_as_test(
        Bound,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


TOO_EARLY = replace(TIMES, first_look=timedelta(seconds=5), second_look=timedelta(seconds=10))
HOWEVER_LATE = replace(TIMES, leaves_within=timedelta(hours=9))


def _looked_for_at_once(run: Protocol) -> None:
    """Accepted, shown 59 s later, and the answers are lost."""
    run.claim(0)
    run.start(0, SIZE, answer_lost=False)
    run.post(0, 0)
    _all_accepted(run, shown_after=59)
    for _ in range(SIZE):
        run.answer_is_a_500_or_a_reset(0)
    run.record(0)
    _settle(run, 6, 6)
    run.time_passes(91)  # the slice's lease
    _send(run, 1)


def _left_long_after_its_attempt(run: Protocol) -> None:
    """Its process slept between the commit and the post; others gave the messages up meanwhile."""
    run.claim(0)
    run.start(0, SIZE, answer_lost=False)
    _settle(run, 130, 130)
    _send(run, 1)
    run.post(0, 0)
    _all_accepted(run)


def _settle(run: Protocol, *after: int) -> None:
    for seconds in after:
        run.time_passes(seconds)
        run.reap()
        run.look(True)
        while run.looks:
            run.write_look(0)


def _send(run: Protocol, who: int) -> None:
    run.claim(who)
    run.start(who, SIZE, answer_lost=False)
    run.post(who, 0)
    _all_accepted(run)


def _all_accepted(run: Protocol, *, shown_after: int = 0) -> None:
    for place, request in enumerate(run.wire):
        if request.taken is None:
            run.provider_accepts(place, shown_after)
    run.no_message_has_two_live_sids()


@pytest.mark.parametrize(
    ("story", "broken"),
    [(_looked_for_at_once, TOO_EARLY), (_left_long_after_its_attempt, HOWEVER_LATE)],
)
def test_a_duplicate_is_seen_when_an_assumption_is_removed_and_only_then(
    machine: Callable[..., Protocol], story: Callable[[Protocol], None], broken: Times
) -> None:
    story(machine())

    with pytest.raises(AssertionError, match="went out as"):
        story(machine(broken))
