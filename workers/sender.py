"""Drain one line: claim slices, commit attempts, keep requests in flight, record what came.

Everything happens in one thread, so that a process spends its time on messages and not on locks:
database work in bulk between polls of the network, and no transaction open while polling.
"""

import os
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campaigns import dispatch, outcomes, sending
from campaigns.dispatch import LineFacts, VersionFacts
from campaigns.sending import Claimed, Lease
from messaging.errors import MissingVariables
from messaging.provider import Fault, OutboundMessage, SendOutcome
from messaging.tokens import Signer
from models.message import AttemptOutcome
from runtime import live
from runtime.wiring import Runtime
from workers.clock import DatabaseClock
from workers.crash_points import CrashPoints
from workers.pacing import Pace, Pacer
from workers.sending_loop import SendingLoop, TwilioAccount

log = structlog.get_logger(__name__)

_RECORD_ROWS = 500  # outcomes written together: beyond this nothing is gained …
_RECORD_WAIT = 0.1  # … or after so many seconds
_AHEAD = 0.25  # seconds of the line's slots whose attempts are committed before they come
_IDLE = 0.2  # seconds of one poll at most
_HELD_AT_ONCE = 20  # slices passed over before what is in flight is looked after again
_LOOKS_AT_UNUSED = 2  # a second apart: then claims that nobody sends are passed over


@dataclass
class _Slice:
    """A slice we hold, and how many of its claimed messages are not settled yet."""

    id: int
    campaign_id: int | None
    is_reply: bool
    left: int


@dataclass(slots=True)
class _Started:
    """Its attempt is committed; the request leaves at the next slot, or never."""

    expires: float  # monotonic
    message: OutboundMessage


class Sender:
    """One drain of one line; make a new one for each."""

    def __init__(
        self,
        runtime: Runtime,
        line_id: int,
        pacer: Pacer,
        *,
        only_replies: bool = False,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        settings = runtime.settings
        self._runtime = runtime
        self._times = settings.times
        self._guards = settings.guards
        self._line_id = line_id
        self._pacer = pacer
        self._only_replies = only_replies
        self._stopping = stopping
        owner = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"
        self._lease = Lease(owner, self._times.lease)
        self._signer = Signer(settings.secret_key, settings.secret_key_previous)
        self._chance = Random()
        self._crash = CrashPoints(settings.crash_at, settings.data_dir)
        self._clock = DatabaseClock(runtime)
        self._loop = SendingLoop(_account(runtime), max_in_flight=settings.max_in_flight)
        self._line: LineFacts | None = None
        self._versions: dict[int, VersionFacts] = {}
        self._slices: dict[int, _Slice] = {}  # message id → its slice, until it is settled
        self._waiting: deque[Claimed] = deque()
        self._started: deque[_Started] = deque()
        self._pace = Pace(pacer, self._bucket)
        self._start_at = 0.0
        self._done: list[SendOutcome] = []
        self._done_since = 0.0
        self._claim_at = 0.0
        self._unused_looks = 0
        self._dry = False

    def run(self) -> int:
        """Work until nothing more is due; return how many messages were worked on."""
        worked = 0
        try:
            while True:
                try:
                    if self._stopping():
                        self._give_back()
                    else:
                        self._claim()
                        self._start()
                except OperationalError:
                    if not self._is_busy():
                        raise
                    # what is in flight must still be recorded; leases free the rest
                    log.warning("the database is away", line=self._line_id, exc_info=True)
                    self._claim_at = time.monotonic() + 1.0
                    time.sleep(0.1)
                self._post()
                self._collect()
                worked += self._record()
                if self._is_through():
                    return worked
        finally:
            self._loop.close()

    def _is_busy(self) -> bool:
        return bool(self._waiting or self._started or self._loop.in_flight or self._done)

    def _is_through(self) -> bool:
        return not self._is_busy() and (self._dry or self._stopping())

    # claiming

    def _claim(self) -> None:
        """Take the next slice before the last one is through: requests stay in flight."""
        if len(self._waiting) >= self._times.group_rows or time.monotonic() < self._claim_at:
            return
        if not self._has_slots_soon():
            self._claim_at = time.monotonic() + 1.0
            return
        for _ in range(_HELD_AT_ONCE):
            if self._claim_next():
                return

    def _claim_next(self) -> bool:
        """Whether a slice was claimed, or none is left: what a guard holds is passed over."""
        with self._runtime.sessions.begin() as session:
            now = self._clock.now(session)
            slice_id = sending.take_slice(
                session, self._line_id, lease=self._lease, now=now, only_replies=self._only_replies
            )
            self._dry = slice_id is None
            if slice_id is None:
                self._claim_at = time.monotonic() + _IDLE
                return True
            claimed = sending.claim_slice(
                session, slice_id, lease=self._lease, now=now, guards=self._guards
            )
            self._learn(session, claimed)
            if not claimed:
                sending.end_slice(session, slice_id)
        self._crash.reach("after_claim")
        self._book(slice_id, claimed)
        return bool(claimed)

    def _has_slots_soon(self) -> bool:
        """Whether what we would claim could leave well within its lease.

        On a slow line, or with many workers on one, what they have claimed may reach further.
        Whoever claimed it may be dead: nobody uses the line's slots then, look after look.
        """
        now = time.monotonic()
        soon = now + self._times.lease / _second / 3
        if self._pacer.book(f"{self._bucket}:claims", rate=1, count=0).first <= soon:
            self._unused_looks = 0
            return True
        self._unused_looks = self._unused_looks + 1 if self._pace.free_at() <= now else 0
        return self._unused_looks >= _LOOKS_AT_UNUSED

    @property
    def _bucket(self) -> str:
        return f"{self._line_id}:{'replies' if self._only_replies else 'campaigns'}"

    def _learn(self, session: Session, claimed: list[Claimed]) -> None:
        self._line = dispatch.line_facts(session, self._line_id)
        for version_id in {each.template_version_id for each in claimed}:
            if version_id is not None and version_id not in self._versions:
                self._versions[version_id] = dispatch.version_facts(session, version_id)

    def _book(self, slice_id: int, claimed: list[Claimed]) -> None:
        if not claimed:
            return
        self._pacer.book(f"{self._bucket}:claims", rate=self._rate, count=len(claimed))
        self._drop_lapsed({each.id for each in claimed})
        held = _Slice(slice_id, claimed[0].campaign_id, claimed[0].is_reply, len(claimed))
        for each in claimed:
            self._slices[each.id] = held
            self._waiting.append(each)

    @property
    def _rate(self) -> float:
        """Messages per second: the campaigns' share of the line, or what is left for replies."""
        assert self._line is not None
        share = self._runtime.settings.campaign_share
        if self._only_replies:
            return max(1.0, self._line.rate * (1 - share))
        return self._line.rate * share

    def _drop_lapsed(self, claimed: set[int]) -> None:
        """Forget what lapsed while it waited here and has just been claimed anew."""
        if lapsed := claimed & self._slices.keys():
            kept = (each for each in self._waiting if each.id not in lapsed)
            self._waiting = deque(kept)
            self._forget(list(lapsed))

    # starting

    def _start(self) -> None:
        """Commit attempts for the next group shortly before the line has slots for it."""
        now = time.monotonic()
        if not self._waiting or now < self._start_at:
            return
        size = max(1, min(self._times.group_rows, int(self._rate * _AHEAD)))
        if len(self._started) > size // 2:
            return
        room = self._loop.free - len(self._started)
        if room < min(size, len(self._waiting), max(1, self._loop.limit // 4)):
            return
        if self._pace.free_at() > now + self._times.leaves_within / _second / 3:
            self._start_at = now + _AHEAD / 5  # what would be started now might not leave in time
            return
        group = [self._waiting.popleft() for _ in range(min(room, size, len(self._waiting)))]
        try:
            self._commit_attempts(group)
        except OperationalError:
            # Tried again as a group; should the lost answer have been a commit, those that are
            # `sending` are left out then, and their lease makes them uncertain.
            self._waiting.extendleft(reversed(group))
            raise

    def _commit_attempts(self, group: list[Claimed]) -> None:
        runtime = self._runtime
        # A process that is stopped and continued must not post what others gave up meanwhile:
        # counted from before the lease, so that a stop inside the transaction counts too.
        expires = time.monotonic() + self._times.leaves_within / _second
        with runtime.sessions.begin() as session:
            numbers = sending.start_attempts(
                session,
                group,
                lease=self._lease,
                now=self._clock.now(session),
                guards=self._guards,
            )
            left_out = [each.id for each in group if each.id not in numbers]
            self._put_off(session, left_out)
        self._forget(left_out)
        for each in group:
            if number := numbers.get(each.id):
                self._compose(each, number, expires)

    def _compose(self, claimed: Claimed, number: int, expires: float) -> None:
        assert self._line is not None
        version = self._versions.get(claimed.template_version_id or 0)
        try:
            message = dispatch.compose(
                claimed,
                number,
                self._line,
                version,
                self._signer,
                public_url=self._runtime.settings.public_url,
            )
        except MissingVariables as error:
            self._finish(_never_left(claimed.id, number, Fault.PERMANENT, str(error)))
            return
        self._started.append(_Started(expires, message))

    def _put_off(self, session: Session, ids: list[int]) -> None:
        """Nothing of these has left: someone said no meanwhile, or their person is in doubt."""
        if not ids:
            return
        later = self._clock.now(session) + self._times.pair_spacing
        sending.release(session, ids, lease=self._lease, due_at=later)
        for slice_id in self._ended_by(ids):
            sending.end_slice(session, slice_id)

    def _give_back(self) -> None:
        """We are asked to stop: what has no attempt goes back at once, or with its lease."""
        if not self._waiting:
            return
        ids = [each.id for each in self._waiting]
        self._waiting.clear()
        with self._runtime.sessions.begin() as session:
            sending.release(session, ids, lease=self._lease)
            for slice_id in self._ended_by(ids):
                sending.end_slice(session, slice_id)
        self._forget(ids)

    # posting and recording

    def _post(self) -> None:
        if self._started:
            self._pace.reserve(len(self._started), rate=self._rate)
        now = time.monotonic()
        while self._started and self._loop.free:
            if now > self._started[0].expires:
                late = self._started.popleft().message
                self._finish(
                    _never_left(late.message_id, late.attempt, Fault.RETRY, "frozen too long")
                )
            elif self._pace.spend(now):
                self._crash.reach("before_post")
                self._loop.start(self._started.popleft().message)
            else:
                return

    def _collect(self) -> None:
        now = time.monotonic()
        until = now + _IDLE
        if self._done:
            until = min(until, self._done_since + _RECORD_WAIT)
        if self._started and self._loop.free:
            until = min(until, self._pace.next_at(now))
        elif self._waiting and self._loop.free:
            until = min(until, max(now, self._start_at))
        for outcome in self._loop.poll(max(0.0, until - now)):
            self._finish(outcome)

    def _finish(self, outcome: SendOutcome) -> None:
        if not self._done:
            self._done_since = time.monotonic()
        self._done.append(outcome)

    def _record(self) -> int:
        done = self._done
        waited = time.monotonic() - self._done_since
        more_comes = self._loop.in_flight or self._started or self._waiting
        if not done or (len(done) < _RECORD_ROWS and waited < _RECORD_WAIT and more_comes):
            return 0
        self._crash.reach("after_post")
        ids = [each.message_id for each in done]
        ended = self._ended_by(ids)
        deadline = time.monotonic() + self._times.lease / _second
        while True:
            try:
                self._write(done, ended)
                break
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                log.exception("outcomes wait for the database", messages=len(done))
                time.sleep(0.5)
        self._crash.reach("after_commit")
        self._done = []
        self._tell_screens(ids)
        self._forget(ids)
        return len(done)

    def _tell_screens(self, message_ids: list[int]) -> None:
        """Who watches the campaign; of an answer, who has its talk open: it left, or why not."""
        topics = set()
        for held in map(self._slices.__getitem__, message_ids):
            if held.campaign_id is not None:
                topics.add(live.sending(held.campaign_id))
                if held.is_reply:
                    topics.add(live.talks(held.campaign_id))
        live.touch(self._runtime.redis, *topics)

    def _write(self, done: list[SendOutcome], ended: list[int]) -> None:
        runtime = self._runtime
        with runtime.sessions.begin() as session:
            now = self._clock.now(session)
            outcomes.record_outcomes(session, done, now=now, times=self._times, chance=self._chance)
            for slice_id in ended:
                sending.end_slice(session, slice_id)
            self._crash.reach("before_commit")

    def _ended_by(self, message_ids: list[int]) -> list[int]:
        """The slices that are through once these messages are settled."""
        settled = Counter(self._slices[message_id].id for message_id in message_ids)
        held = {each.id: each for each in map(self._slices.__getitem__, message_ids)}
        return [slice_id for slice_id, count in settled.items() if held[slice_id].left == count]

    def _forget(self, message_ids: list[int]) -> None:
        """Take settled messages off their slices: only when it is committed, since until then
        all of it may be tried again."""
        for message_id in message_ids:
            self._slices.pop(message_id).left -= 1


_second = timedelta(seconds=1)


def _never_left(message_id: int, attempt: int, fault: Fault, detail: str) -> SendOutcome:
    proof = AttemptOutcome.NOT_SENT if fault is Fault.RETRY else AttemptOutcome.REJECTED
    return SendOutcome(message_id, attempt, proof, fault=fault, detail=detail)


def _account(runtime: Runtime) -> TwilioAccount:
    settings = runtime.settings
    times = settings.times
    return TwilioAccount(
        account_sid=settings.twilio_account_sid,
        username=settings.twilio_api_key or settings.twilio_account_sid,
        password=settings.twilio_api_secret or settings.twilio_auth_token,
        public_url=settings.public_url,
        base_url=settings.twilio_base_url,
        connect_timeout=times.connect_timeout / _second,
        request_timeout=times.request_timeout / _second,
    )
