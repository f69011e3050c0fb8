"""A line's rate holds between processes, and without Valkey too."""

import threading
import time
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError
from sqlalchemy.orm import Session

from runtime.embedded import EmbeddedValkey
from runtime.settings import Settings
from runtime.wiring import Runtime, count_workers
from workers.lines import Lines
from workers.pacing import GRACE, Pace, Pacer, Slots

NOBODY = "redis://127.0.0.1:1/0"


def _pacers(server: EmbeddedValkey, count: int) -> list[Pacer]:
    return [Pacer(Redis.from_url(server.url), processes=count) for _ in range(count)]


def _moments(slots: Slots, count: int) -> list[float]:
    return [slots.at(place) for place in range(count)]


def _worst_second(moments: list[float]) -> int:
    """The most that leave within any second, wherever it begins."""
    ordered = sorted(moments)
    worst = first = 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= 1.0 - 1e-6:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


@pytest.mark.parametrize("rate", [8, 72, 900])
def test_the_rate_holds_between_processes(
    valkey: Redis, valkey_server: EmbeddedValkey, rate: int
) -> None:
    pacers, moments, count = _pacers(valkey_server, 4), list[float](), rate // 4 or 1
    lock = threading.Lock()

    def work(pacer: Pacer) -> None:
        for _ in range(6):
            slots = pacer.book("1:campaigns", rate=rate, count=count)
            with lock:
                moments.extend(_moments(slots, count))

    threads = [threading.Thread(target=work, args=[pacer]) for pacer in pacers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(moments) == 4 * 6 * count
    # booked at different times by different clocks: a few milliseconds either way
    assert _worst_second(moments) <= rate * 1.05 + 1
    per_second = Counter(int(moment - min(moments)) for moment in moments)
    assert all(per_second[second] >= rate * 0.95 - 1 for second in range(max(per_second)))


def test_slots_that_were_booked_never_overlap(valkey: Redis, valkey_server: EmbeddedValkey) -> None:
    pacers = _pacers(valkey_server, 3)

    booked = [pacer.book("1:campaigns", rate=50, count=25) for pacer in pacers * 3]

    starts = [slots.first for slots in booked]
    gaps = [after - before for before, after in pairwise(starts)]
    assert all(gap == pytest.approx(0.5, abs=0.05) for gap in gaps)


def test_each_line_and_bucket_has_its_own(valkey: Redis, valkey_server: EmbeddedValkey) -> None:
    (pacer,) = _pacers(valkey_server, 1)
    pacer.book("1:campaigns", rate=1, count=500)

    now = time.monotonic()

    for key in ("1:replies", "2:campaigns"):
        assert pacer.book(key, rate=1, count=1).first - now < 1.0


def test_a_line_that_was_idle_saves_up_no_more_than_a_moment(
    valkey: Redis, valkey_server: EmbeddedValkey
) -> None:
    (pacer,) = _pacers(valkey_server, 1)
    pacer.book("1:campaigns", rate=1_000, count=1)
    time.sleep(0.2)

    now = time.monotonic()
    slots = pacer.book("1:campaigns", rate=1_000, count=10)

    assert slots.first >= now - GRACE


def test_the_clock_of_the_process_does_not_matter(
    valkey: Redis, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = _pacers(valkey_server, 2)
    first = one.book("1:campaigns", rate=10, count=20)

    real = time.monotonic
    monkeypatch.setattr("workers.pacing.time.time", lambda: 0.0)
    monkeypatch.setattr("workers.pacing.time.monotonic", lambda: real() + 5_000)
    second = other.book("1:campaigns", rate=10, count=20)

    assert second.first - 5_000 - first.first == pytest.approx(2.0, abs=0.1)


def test_without_valkey_each_process_keeps_to_its_share() -> None:
    pacers = [Pacer(Redis.from_url(NOBODY), processes=4) for _ in range(4)]
    rate, count = 80, 20

    moments: list[float] = []
    for pacer in pacers * 5:
        moments += _moments(pacer.book("1:campaigns", rate=rate, count=count), count)

    assert _worst_second(moments) <= rate + 4
    span = max(moments) - min(moments)
    assert span == pytest.approx(len(moments) / rate, rel=0.1)


def test_without_valkey_workers_of_two_machines_share_one_rate(
    settings: Settings, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes on each; only the database knows of all four."""
    assert runtime.settings.worker_processes == 2
    names = iter(["one:1", "one:2", "two:1", "two:2"])
    monkeypatch.setattr("runtime.wiring._session_name", lambda: f"pregon worker {next(names)}")
    url = settings.database_url or ""
    processes = [Runtime(settings, database_url=url, redis_url=NOBODY) for _ in range(4)]
    for each in processes:
        each.now()  # a sweep has been, and its connection stays
    pacers = [Lines(each)._pacer for each in processes]
    rate, count = 80, 20

    moments: list[float] = []
    for pacer in pacers * 5:
        moments += _moments(pacer.book("1:campaigns", rate=rate, count=count), count)
    for each in processes:
        each.close()

    assert _worst_second(moments) <= rate + 4
    span = max(moments) - min(moments)
    assert span == pytest.approx(len(moments) / rate, rel=0.1)


def test_a_worker_is_told_from_others_by_the_database(
    runtime: Runtime, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert count_workers(session) == 0  # nobody here has said that he is one
    session.rollback()  # a transaction sees the sessions of its beginning
    monkeypatch.setattr("runtime.wiring._is_worker", True)
    worker = Runtime(settings, database_url=settings.database_url or "", redis_url=NOBODY)
    with worker.sessions() as one, worker.sessions() as two:  # its connections are one process
        worker.now(one)
        worker.now(two)

        assert count_workers(session) == 1

    worker.close()


def test_a_valkey_that_fails_is_left_alone_for_a_while(
    valkey: Redis, valkey_server: EmbeddedValkey
) -> None:
    asked = 0

    class Failing(Redis):
        def execute_command(self, *_args: Any, **_options: Any) -> Any:
            nonlocal asked
            asked += 1
            raise ConnectionError

    pacer = Pacer(Failing.from_url(valkey_server.url), processes=2)

    for _ in range(10):
        pacer.book("1:campaigns", rate=10, count=1)

    assert asked == 1


def test_what_was_booked_is_forgotten_by_itself(
    valkey: Redis, valkey_server: EmbeddedValkey
) -> None:
    (pacer,) = _pacers(valkey_server, 1)
    pacer.book("1:campaigns", rate=10, count=50)

    lives = valkey.pttl("pregon:pace:1:campaigns")

    assert isinstance(lives, int)
    assert 60_000 < lives <= 66_000


def test_what_was_lost_is_made_up_for_a_little_at_a_time(
    valkey: Redis, valkey_server: EmbeddedValkey
) -> None:
    (pacer,) = _pacers(valkey_server, 1)
    pacer.book("1:campaigns", rate=1_000, count=100)

    behind = pacer.book("1:campaigns", rate=1_000, count=100, lost=50)
    for _ in range(80):  # seven in a thousand: fifty are made up for by seven thousand
        level = pacer.book("1:campaigns", rate=1_000, count=100)

    assert pytest.approx(behind.interval, rel=0.0005) == 1 / 1_007
    assert level.interval == pytest.approx(0.001)


def test_slots_stand_although_valkey_forgets_them(
    valkey: Redis, valkey_server: EmbeddedValkey
) -> None:
    (pacer,) = _pacers(valkey_server, 1)
    before = pacer.book("1:campaigns", rate=10, count=20)
    valkey.flushall()

    after = pacer.book("1:campaigns", rate=10, count=20, after=before.at(20))

    assert after.first == pytest.approx(before.at(20), abs=0.05)


class Clock:
    """Stands still, and goes on when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr("workers.pacing.time.monotonic", lambda: self.now)


def _line(monkeypatch: pytest.MonkeyPatch, senders: int) -> tuple[Clock, list[Pace]]:
    """Senders of one process, which have no Valkey: what they book depends on the clock alone."""
    pacer = Pacer(Redis.from_url(NOBODY), processes=1)
    clock = Clock(monkeypatch)
    return clock, [Pace(pacer, "1:campaigns") for _ in range(senders)]


def _leave(pace: Pace, now: float) -> int:
    left = 0
    while pace.spend(now):
        left += 1
    return left


def test_who_falls_behind_sends_no_more_than_a_seconds_own_in_any_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, (pace,) = _line(monkeypatch, 1)
    rate, left = 900.0, list[float]()

    for step in range(3_000):
        clock.now += 0.001
        if 1_000 < step < 1_500:
            continue  # half a second of nothing: a database that stands, a machine that is busy
        pace.reserve(100, rate=rate)
        left += [clock.now] * _leave(pace, clock.now)

    assert _worst_second(left) <= rate * 1.05
    assert len(left) == pytest.approx(rate * 2.5, rel=0.05)


@pytest.mark.parametrize("rate", [18.0, 72.0, 900.0])
def test_senders_that_come_by_only_now_and_then_send_at_the_rate_all_the_same(
    monkeypatch: pytest.MonkeyPatch, rate: float
) -> None:
    """On a machine that has no time for them: each a quarter of a second late, every time."""
    clock, paces = _line(monkeypatch, 2)
    left = list[float]()

    for step in range(120):
        clock.now += 0.125
        pace = paces[step % 2]
        pace.reserve(200, rate=rate)
        left += [clock.now] * _leave(pace, clock.now)

    assert _worst_second(left) <= rate * 1.05 + 2
    assert len(left) >= rate * 15 * 0.9


def test_while_one_sender_stands_the_others_use_its_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, (ana, ben) = _line(monkeypatch, 2)
    rate, left = 900.0, list[float]()

    for step in range(2_000):
        clock.now += 0.001
        for pace in (ana, ben) if step % 300 < 200 else (ben,):
            pace.reserve(100, rate=rate)
            left += [clock.now] * _leave(pace, clock.now)

    assert _worst_second(left) <= rate * 1.05
    assert len(left) == pytest.approx(rate * 2.0, rel=0.1)


@pytest.mark.parametrize("rate", [72.0, 900.0])
def test_who_was_late_is_in_time_again_before_another_has_the_line_alone(
    monkeypatch: pytest.MonkeyPatch, rate: float
) -> None:
    """Each comes by when its next message may leave, and a moment after it, as a process does."""
    clock, (ana, ben) = _line(monkeypatch, 2)
    left, comes_by = list[float](), {id(ana): 0.0, id(ben): 0.0}

    for step in range(60_000):
        clock.now += 0.001
        for pace in (ana, ben) if step < 58_000 and not 2_000 < step < 2_050 else (ben,):
            if comes_by[id(pace)] <= clock.now:
                pace.reserve(100, rate=rate)
                left += [clock.now] * _leave(pace, clock.now)
                comes_by[id(pace)] = pace.next_at(clock.now) + 0.001

    assert _worst_second(left) <= rate * 1.02 + 1
    assert len(left) == pytest.approx(rate * 59.9, rel=0.001)  # a tenth of the first second fewer


def test_a_sender_begins_with_a_tenth_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first messages wait for their connections: at the other end they are late."""
    clock, (pace,) = _line(monkeypatch, 1)
    seconds = Counter[int]()

    for step in range(2_000):
        clock.now += 0.001
        pace.reserve(100, rate=900.0)
        seconds[step // 1_000] += _leave(pace, clock.now)

    assert seconds[0] == pytest.approx(810, abs=10)
    assert seconds[1] == pytest.approx(900, abs=15)


def test_who_has_used_up_a_second_says_when_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, (pace,) = _line(monkeypatch, 1)
    for _ in range(60):
        clock.now += 0.05
        pace.reserve(100, rate=20.0)
        _leave(pace, clock.now)
        at = pace.next_at(clock.now)

        assert clock.now <= at <= clock.now + 1.0
