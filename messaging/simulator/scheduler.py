"""One thread that turns due events into what happens, and threads that POST to the product."""

import logging
import threading
from queue import SimpleQueue

from messaging.simulator.ledger import CALLBACK, REPLY, REVIEW, STATUS, Event, count, finish
from messaging.simulator.lifecycle import advance, reply_now
from messaging.simulator.postman import deliver
from messaging.simulator.state import Simulator

_BATCH = 200
_IDLE_SECONDS = 0.5
log = logging.getLogger(__name__)


class Scheduler:
    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        postmen = sim.options.webhook_threads
        self._bag: SimpleQueue[Event] = SimpleQueue()
        self._free = threading.Semaphore(postmen * 2)  # at work, or next in line
        self._full = False
        # Daemons: a webhook that hangs for its 15 seconds must not hold up the end of the program.
        self._threads = [
            threading.Thread(target=self._carry, name=f"webhook-{n}", daemon=True)
            for n in range(postmen)
        ]
        self._clock = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        for thread in (*self._threads, self._clock):
            thread.start()

    def stop(self) -> None:
        """What is not delivered by now stays in the ledger for the next start."""
        self._sim.stopping.set()
        self._sim.wake.set()
        self._clock.join(0.5)

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
        if not self._full:  # a full bag wakes us when it has room
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
            self._bag.put(event)
        return bool(events)

    def _carry(self) -> None:
        while not self._sim.stopping.is_set():
            event = self._bag.get()
            try:
                deliver(self._sim, event)
            except Exception:
                if self._sim.stopping.is_set():
                    return  # the ledger is closed; the event is in it for the next start
                log.exception("a webhook could not be delivered")
                with self._sim.ledger.write() as db:
                    count(db, "webhook_errors")
                    finish(db, event)
            self._free.release()
            self._sim.wake.set()
            waiting = (
                self._sim.early.pop(event.message_id, None) if event.kind == CALLBACK else None
            )
            if waiting is not None:
                waiting.set()
