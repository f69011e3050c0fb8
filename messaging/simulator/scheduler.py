"""One thread that turns due events into what happens, and a pool that POSTs to the product."""

import threading
from concurrent.futures import ThreadPoolExecutor

from messaging.simulator.ledger import CALLBACK, REPLY, REVIEW, STATUS, Event, count, finish
from messaging.simulator.network import advance, reply_now
from messaging.simulator.postman import deliver
from messaging.simulator.state import Simulator

_BATCH = 200
_IDLE_SECONDS = 0.5


class Scheduler:
    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        threads = sim.options.webhook_threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self._free = threading.Semaphore(threads * 2)  # taken, at work or next in line
        self._full = False
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is not delivered by now stays in the ledger for the next start."""
        self._sim.stopping.set()
        self._sim.wake.set()
        self._thread.join(1.0)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        sim = self._sim
        while not sim.stopping.is_set():
            sim.wake.clear()
            busy = self._work(sim.now())
            busy = self._post(sim.now()) or busy
            if not busy:
                sim.wake.wait(self._until_next(sim.now()))

    def _until_next(self, now: float) -> float:
        ledger = self._sim.ledger
        dues = [ledger.next_due(delivery=False)]
        if not self._full:  # a pool at its limit wakes us when it has room
            dues.append(ledger.next_due(delivery=True))
        return max(0.001, min([_IDLE_SECONDS, *[due - now for due in dues if due is not None]]))

    def _work(self, now: float) -> bool:
        events = self._sim.ledger.take_due(now, delivery=False, limit=_BATCH)
        inside = [event for event in events if event.kind != REVIEW]
        if inside:
            with self._sim.ledger.write() as db:
                for event in inside:
                    if event.kind == STATUS:
                        advance(self._sim, db, event, now)
                    elif event.kind == REPLY:
                        reply_now(self._sim, db, event, now)
                    finish(db, event)
        for event in events:
            if event.kind == REVIEW:
                self._review(event, now)
        return bool(events)

    def _review(self, event: Event, now: float) -> None:
        content = self._sim.contents.by_id(event.message_id)
        if content is not None and content["approval"] in ("received", "pending"):
            changes = {"approval": event.status, "rejection_reason": event.token or ""}
            self._sim.contents.update(content["sid"], changes, now=now)
        with self._sim.ledger.write() as db:
            finish(db, event)

    def _post(self, now: float) -> bool:
        room = 0
        while room < _BATCH and self._free.acquire(blocking=False):
            room += 1
        self._full = room == 0
        events = self._sim.ledger.take_due(now, delivery=True, limit=room) if room else []
        for _ in range(room - len(events)):
            self._free.release()
        for event in events:
            self._pool.submit(self._deliver, event)
        return bool(events)

    def _deliver(self, event: Event) -> None:
        try:
            deliver(self._sim, event)
        except Exception:
            if not self._sim.stopping.is_set():
                with self._sim.ledger.write() as db:
                    count(db, "webhook_errors")
                    finish(db, event)
                raise
        finally:
            self._free.release()
            self._sim.wake.set()
            waiting = (
                self._sim.early.pop(event.message_id, None) if event.kind == CALLBACK else None
            )
            if waiting is not None:
                waiting.set()
