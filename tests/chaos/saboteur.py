"""Does each kind of fault, to processes that the run itself started, and says what it hit.

An act that hit nothing is no fault and is not counted. Each ends with everything listening again:
what must come back is brought back by the supervisor, as in production.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from campaigns import coupons, lifecycle
from campaigns.errors import DomainError
from models.states import IllegalMove
from tests.chaos.evidence import Graceful
from tests.chaos.installation import WORKERS, Installation
from tests.chaos.plan import Fault
from tests.chaos.profiles import PROVIDER
from tests.chaos.provider import Provider, post_callback
from workers.crash_points import mark

_CALM = 4.0  # seconds without another fault before somebody is asked to stop


class Saboteur:
    def __init__(
        self, place: Installation, provider: Provider, *, line: str, main: int, doomed: int
    ) -> None:
        self.graceful: list[Graceful] = []
        self._place = place
        self._provider = provider
        self._line = line
        self._main = main  # the campaign that goes on
        self._doomed = doomed  # the one that is cancelled
        self._times = place.settings.times
        self._chance = Random()

    def act(self, fault: Fault) -> str:
        """Do it; what it hit, or "" if nothing was there to hit."""
        self._chance = fault.chance
        if fault.kind.startswith("crash_"):
            return self._crash(fault.kind.removeprefix("crash_"))
        does: Callable[[], str] = getattr(self, f"_{fault.kind}")
        try:
            return does()
        except (SQLAlchemyError, RedisError, DomainError, IllegalMove, OSError) as error:
            # the driver's own hand slipped, e.g. a database not back yet: no fault was done
            return self._missed(error)

    def _missed(self, error: Exception) -> str:
        with self._place.log.open("a") as log:
            log.write(f"{time.strftime('%H:%M:%S')} {'driver':>12} | {error!r}\n")
        return ""

    def _pass(self, seconds: float) -> None:
        """Let time go by; who died is started again meanwhile."""
        self._place.supervisor.wait(seconds)

    # processes

    def _kill_worker_process(self) -> str:
        if not (pids := self._worker_pids()):
            return ""
        os.kill(pids[-1], signal.SIGKILL)
        return f"pid {pids[-1]}"

    def _kill_worker_command(self) -> str:
        if not (pids := self._worker_pids()):
            return ""
        for pid in reversed(pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return f"pids {pids}"

    def _freeze_worker(self) -> str:
        """Longer than its lease, shorter than the two minutes that the protocol bears."""
        if not (pids := self._worker_pids()):
            return ""
        frozen = pids[-1]
        os.kill(frozen, signal.SIGSTOP)
        try:
            self._pass(self._times.lease.total_seconds() * 1.05)
        finally:
            with suppress(ProcessLookupError):
                os.kill(frozen, signal.SIGCONT)
        return f"pid {frozen} over its lease"

    def _stop_worker(self) -> str:
        """As a deploy does; whatever it had in flight must be written before it goes."""
        self._pass(_CALM)
        if not (pids := self._worker_pids()):
            return ""
        asked_at = self._place.runtime.now()
        os.kill(pids[0], signal.SIGTERM)
        deadline = time.monotonic() + 45
        while any(map(_lives, pids)) and time.monotonic() < deadline:
            time.sleep(0.05)
        with self._place.runtime.sessions() as session:
            left = session.execute(
                text(_LEFT_OPEN),
                {"pids": [str(pid) for pid in pids], "since": asked_at, "calm": _CALM},
            ).scalar_one()
        self.graceful.append(Graceful(tuple(pids), left, not any(map(_lives, pids))))
        return f"pids {pids}"

    def _kill_web(self) -> str:
        return self._kill("web")

    def _kill_timetable(self) -> str:
        return self._kill("timetable")

    def _kill(self, name: str) -> str:
        pid = self._place.supervisor.pids().get(name)
        if pid is None:
            return ""
        for each in (*_descendants(pid), pid):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        return f"pid {pid}"

    def _worker_pids(self) -> list[int]:
        """A worker command that runs, and its one process; empty if none is up."""
        pids = self._place.supervisor.pids()
        running = [name for name in WORKERS if name in pids]
        self._chance.shuffle(running)
        for name in running:
            workers = [each for each in _descendants(pids[name]) if _is_worker(each)]
            if workers:
                return [pids[name], *workers]
        return []

    def _crash(self, point: str) -> str:
        """Arm a crash point and wait until a worker has died there."""
        here = mark(self._place.folder, point)
        here.unlink(missing_ok=True)
        for _ in range(60):
            self._pass(0.1)
            if here.exists():
                return point
        here.touch()
        return ""

    # broker

    def _flush_broker(self) -> str:
        with Redis.from_url(self._place.runtime.redis_url) as broker:
            keys = broker.dbsize()
            broker.flushall()
        return f"{keys} keys"

    def _kill_broker(self) -> str:
        return self._kill("valkey")

    def _broker_black_hole(self) -> str:
        return self._hole(self._place.broker, self._chance.uniform(2, 4))

    def _cut_broker(self) -> str:
        return _connections(self._place.broker.cut())

    # database

    def _restart_database(self) -> str:
        """`immediate`: every session dies where it is, and the log is replayed."""
        pid = self._place.supervisor.pids().get("postgres")
        if pid is None:
            return ""
        os.kill(pid, signal.SIGQUIT)
        return f"pid {pid}"

    def _cut_database(self) -> str:
        return _connections(self._place.database.cut())

    def _commit_answer_lost(self) -> str:
        return self._cut_at_commit(delivered=True)

    def _commit_not_heard(self) -> str:
        return self._cut_at_commit(delivered=False)

    def _cut_at_commit(self, *, delivered: bool) -> str:
        road = self._place.database
        road.cut_at(b"COMMIT", delivered=delivered)
        for _ in range(40):
            self._pass(0.1)
            if not road.armed:
                return "a commit"
        road.disarm()
        return ""

    def _database_black_hole(self) -> str:
        return self._hole(self._place.database, self._chance.uniform(1, 3))

    # provider

    def _provider_refuses(self) -> str:
        before = self._place.provider.connections
        self._place.provider.refuse()
        self._pass(self._chance.uniform(1, 2.5))
        self._place.provider.listen()
        return _connections(before)

    def _provider_black_hole(self) -> str:
        patience = self._times.request_timeout.total_seconds()
        return self._hole(self._place.provider, patience * self._chance.uniform(0.8, 1.4))

    def _provider_answers_lost(self) -> str:
        """Requests arrive; their connections are reset before the answer."""
        road = self._place.provider
        before = road.did["dropped"]
        road.drop_replies(self._chance.randint(2, 6))
        self._pass(1.5)
        road.disarm()
        dropped = road.did["dropped"] - before
        return f"{dropped} answers" if dropped else ""

    def _cut_provider(self) -> str:
        return _connections(self._place.provider.cut())

    def _throttle_storm(self) -> str:
        self._provider.behave({"throttled": 1.0})
        self._pass(self._chance.uniform(0.5, 1.2))
        self._provider.behave({"throttled": PROVIDER["throttled"]})
        return "every post is a 429"

    def _web_black_hole(self) -> str:
        return self._hole(self._place.web, self._chance.uniform(2, 4))

    def _odd_callbacks(self) -> str:
        """Of messages nobody sent, of attempts nobody made, and signed by nobody."""
        settings = self._place.settings
        form = {
            "AccountSid": settings.twilio_account_sid,
            "MessageSid": f"SM{self._chance.getrandbits(128):032x}",
            "MessageStatus": "delivered",
            "To": "whatsapp:+5491100000000",
            "From": f"whatsapp:{self._line}",
        }
        known = self._next_messages(1)
        answers = []
        paths = ["987654321/1", f"{known[0][0]}/99" if known else "987654321/2"]
        for path in paths:
            url = f"{settings.public_url}/webhooks/twilio/status/{path}"
            answers.append(post_callback(url, form, token=settings.twilio_auth_token))
        url = f"{settings.public_url}/webhooks/twilio/status/{paths[1]}"
        answers.append(post_callback(url, form, token="somebody else's"))
        return f"answered {answers}" if any(answers) else ""

    # people

    def _pause(self) -> str:
        with self._place.runtime.sessions.begin() as session:
            lifecycle.pause(session, self._main)
        try:
            self._pass(self._chance.uniform(0.5, 2))
        finally:
            self._resume()
        return f"campaign {self._main}"

    def _resume(self) -> None:
        for _ in range(50):
            try:
                with self._place.runtime.sessions.begin() as session:
                    lifecycle.resume(session, self._main)
                return
            except SQLAlchemyError:
                self._pass(0.2)

    def _cancel(self) -> str:
        with self._place.runtime.sessions.begin() as session:
            now = self._place.runtime.now(session)
            taken = lifecycle.cancel(session, self._doomed, now=now)
        return f"{taken} messages taken back"

    def _opt_outs(self) -> str:
        """Of people whose message is about to leave."""
        people = self._next_messages(3)
        for _, phone, _ in people:
            self._provider.write(phone, "BAJA", to=self._line)
        return f"{len(people)} people" if people else ""

    def _payments(self) -> str:
        paid = 0
        for _, _, coupon_id in self._next_messages(3):
            if coupon_id is None:
                continue
            with self._place.runtime.sessions.begin() as session:
                now = self._place.runtime.now(session)
                paid += coupons.mark_paid(session, coupon_id, now=now)
        return f"{paid} coupons" if paid else ""

    def _next_messages(self, number: int) -> list[tuple[int, str, int | None]]:
        """Of those that leave next, or are leaving: (id, phone, coupon)."""
        with self._place.runtime.sessions() as session:
            rows: list[Any] = list(session.execute(text(_NEXT), {"campaign": self._main}))
        picked = self._chance.sample(rows, min(number, len(rows)))
        return [(row.id, row.address, row.coupon_id) for row in picked]

    def _hole(self, road: Any, seconds: float) -> str:
        before = road.connections
        road.hold()
        try:
            self._pass(seconds)
        finally:
            road.release()
        return f"{max(before, road.connections)} connections for {seconds:.1f} s"


_NEXT = """
SELECT id, address, coupon_id FROM messages
WHERE campaign_id = :campaign AND direction = 'out' AND state IN ('planned', 'claimed', 'sending')
ORDER BY state = 'planned', id LIMIT 40
"""


# What an earlier fault left open is older than the calm.
_LEFT_OPEN = """
SELECT count(*) FROM attempts
WHERE outcome IS NULL AND ended_at IS NULL AND split_part(owner, ':', 2) = ANY(:pids)
    AND started_at > CAST(:since AS timestamptz) - make_interval(secs => :calm)
"""


def _connections(number: int) -> str:
    return f"{number} connections" if number else ""


def _descendants(pid: int) -> list[int]:
    """Children and theirs; Linux keeps them by thread."""
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(word) for word in (task / "children").read_text().split()]
    return [each for child in found for each in (child, *_descendants(child))]


def _is_worker(pid: int) -> bool:
    with suppress(OSError):
        return b"workers.main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _lives(pid: int) -> bool:
    """Not gone, and not a zombie that waits for its parent."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
