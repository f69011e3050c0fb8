"""The sweep: in every worker process, whatever the broker does, due work is found and done."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import structlog

from campaigns import launching, restoring, sending
from campaigns.files import media as media_rows
from campaigns.importing.at_work import imports_at_work
from messaging.provider import Listing
from models.message import EventKind
from runtime.wiring import Runtime
from workers import jobs, media, polling, settling, stored_imports
from workers.lines import Lines

log = structlog.get_logger(__name__)

_FETCHERS = 3


class Sweeper:
    """A thread that looks at the database every second or two, and a few to do the work."""

    def __init__(self, runtime: Runtime, lines: Lines) -> None:
        self._runtime = runtime
        self._lines = lines
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sweep")
        # of their own: a line may be busy for hours, and the inbox must not wait for that
        self._senders = ThreadPoolExecutor(max_workers=8, thread_name_prefix="line")
        # a file that trickles in for seconds must hold nobody up
        self._fetchers = ThreadPoolExecutor(max_workers=_FETCHERS, thread_name_prefix="media")
        self._importer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._at_work: dict[str, Future[object]] = {}
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
        self._listing: Listing | None = None
        self._inbound_listing: Listing | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let what is running finish; the lines have been told to stop."""
        self._thread.join()
        for pool in (self._senders, self._fetchers, self._importer, self._pool):
            pool.shutdown(wait=True, cancel_futures=True)

    def sweep(self) -> None:
        """Look once, and set to work what is not at it already."""
        runtime = self._runtime
        jobs.reap(runtime)
        jobs.end_rests(runtime)
        with runtime.sessions.begin() as session:
            planning = launching.campaigns_to_plan(session)
            lines = sending.lines_with_work(session, now=runtime.now(session))
            imports = imports_at_work(session)
            has_media = media_rows.is_due(session, now=runtime.now(session))
            in_hold = restoring.is_held(session)
        for campaign_id in planning:
            self._do(f"plan {campaign_id}", partial(self._plan, campaign_id))
        for line_id in lines:
            self._do(f"line {line_id}", partial(self._lines.drain, line_id), self._senders)
        for kind in EventKind:
            self._do(f"inbox {kind}", partial(jobs.apply_inbox, runtime, kind))
        for import_id in imports:
            self.begin_import(import_id)
        if has_media:
            self.fetch_media()
        if not in_hold:  # else what the provider shows is for `pregon reconcile`
            self._do("settle", self._settle)
            self._do("poll inbound", self._poll_inbound)

    def begin_import(self, import_id: int) -> None:
        """Rehearse or write a file that came by a screen; returns at once."""
        stopping = self._lines.stopping.is_set
        job = partial(stored_imports.work, self._runtime, import_id, stopping=stopping)
        self._do(f"import {import_id}", job, self._importer)

    def fetch_media(self) -> None:
        """Fetch what customers sent, a few files at a time; returns at once."""
        stopping = self._lines.stopping.is_set
        job = partial(media.fetch_due, self._runtime, stopping=stopping)
        for place in range(_FETCHERS):
            self._do(f"media {place}", job, self._fetchers)

    def _run(self) -> None:
        pause = self._runtime.settings.times.sweep.total_seconds()
        while not self._lines.stopping.is_set():  # at once: whoever was here before may be dead
            try:
                self.sweep()
            except Exception:  # whatever it was, the next sweep must come
                log.exception("sweep failed")
            self._lines.stopping.wait(pause)

    def _do(
        self, name: str, work: Callable[[], object], pool: ThreadPoolExecutor | None = None
    ) -> None:
        running = self._at_work.get(name)
        if running is not None and not running.done():
            return
        future: Future[object] = (pool or self._pool).submit(work)
        future.add_done_callback(partial(_report, name))
        self._at_work[name] = future

    def _plan(self, campaign_id: int) -> None:
        while not self._lines.stopping.is_set() and jobs.plan(self._runtime, campaign_id):
            pass

    def _settle(self) -> None:
        listing = self._provider()
        while settling.settle(self._runtime, listing) and not self._lines.stopping.is_set():
            pass

    def _poll_inbound(self) -> None:
        # a client of its own: it may wait for long, and the other is used meanwhile
        if self._inbound_listing is None:
            self._inbound_listing = jobs.listing(self._runtime)
        listing = self._inbound_listing
        while polling.poll_inbound(self._runtime, listing) and not self._lines.stopping.is_set():
            pass

    def _provider(self) -> Listing:
        if self._listing is None:
            self._listing = jobs.listing(self._runtime)
        return self._listing


def _report(name: str, done: "Future[object]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("swept work failed", work=name, error=repr(error), exc_info=error)
