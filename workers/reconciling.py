"""Reconcile a restored installation with the provider, then let it send again.

In this order, each step safe to cut off and begin again: everything that may have left is planned;
what the provider has since the backup is listed and tied; what customers wrote is listed and
stored; all that was stored is applied, against messages that are tied by then; the hold ends. No
transaction is open while the provider is asked.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, text

from campaigns import inbox, launching, quota, restored_rows, restored_ties, restoring
from campaigns.restored_rows import Place
from messaging.errors import ProviderUnavailable
from messaging.provider import Listing
from messaging.twilio.polled import status_form
from models.message import EventKind
from models.restore import Restore
from models.template import Line, Portfolio
from runtime.wiring import Runtime
from workers import jobs
from workers.periodic import launch_scheduled
from workers.polling import poll_inbound
from workers.wake import wake_line

log = structlog.get_logger(__name__)

Tell = Callable[[str], None]

_PAGE = 1_000  # listed messages stored together
_PLACES = 200  # recipients tied in one transaction
_BEFORE = timedelta(minutes=10)
"""How far before the backup we list: a request that was out when it was taken counts too."""


def reconcile(runtime: Runtime, provider: Listing, *, tell: Tell) -> dict[str, int]:
    """Find out what was sent and received since the backup, and release; what came of it.

    Raises:
        NothingRestored: no restore waits.
        ProviderUnavailable, ProviderRefused: the hold stays; run it again.
    """
    with runtime.sessions.begin() as session:
        restore = restoring.open_restore(session)
        restored_rows.lapse_leases(session, now=runtime.now(session))
    jobs.reap(runtime)
    _plan(runtime)
    _wait_until_shown(runtime, restore, tell)
    report = {"listed": 0, "news": 0}
    for line in _lines(runtime):
        report["listed"] += _list_outbound(runtime, provider, restore, line, report)
    tell(f"outbound since {restore.taken_at:%Y-%m-%d %H:%M:%S} UTC: {report['listed']} listed")
    _tie(runtime, restore)
    with runtime.sessions() as session:
        report |= restored_rows.count_bases(session, restore)
    report["inbound"] = _list_inbound(runtime, provider, restore)
    tell(f"inbound: {report['inbound']} events wait to be applied")
    for kind in (EventKind.STATUS, EventKind.INBOUND, EventKind.STATUS):
        jobs.apply_inbox(runtime, kind, in_hold=True)
    _release(runtime, report)
    return report


def _plan(runtime: Runtime) -> None:
    """What the backup had not planned yet may have left: it must be there to be recognised."""
    launch_scheduled(runtime)
    with runtime.sessions.begin() as session:
        campaigns = launching.campaigns_to_plan(session)
    for campaign_id in campaigns:
        while jobs.plan(runtime, campaign_id):
            pass


def _wait_until_shown(runtime: Runtime, restore: Restore, tell: Tell) -> None:
    """Whoever sent until the restore has ended; what he sent last is listed only after a while."""
    times = runtime.settings.times
    ready_at = (
        restore.restored_at + times.leaves_within + times.request_timeout + times.shown_within
    )
    while (left := (ready_at - runtime.now()).total_seconds()) > 0:
        tell(f"waiting {left:.0f} s: what was sent last is not listed before")
        time.sleep(min(left, 5.0))


def _lines(runtime: Runtime) -> list[Line]:
    with runtime.sessions() as session:
        return list(session.scalars(select(Line).order_by(Line.id)))


def _list_outbound(
    runtime: Runtime, provider: Listing, restore: Restore, line: Line, report: dict[str, int]
) -> int:
    """Store what the provider has of a line, a page at a time; return how many there were."""
    total = 0
    listing = provider.sent_from(line.sender, since=restore.taken_at - _BEFORE)
    while page := list(itertools.islice(listing, _PAGE)):
        total += len(page)
        with runtime.sessions.begin() as session:
            listed = restored_rows.keep_listed(session, restore, line.id, page)
            for each in (*listed.new, *listed.moved):
                form = status_form(each, account_sid=runtime.settings.twilio_account_sid)
                if form is None:
                    continue
                report["news"] += 1
                inbox.store_event(
                    session,
                    EventKind.STATUS,
                    form,
                    now=runtime.now(session),
                    provider_sid=each.sid,
                    is_polled=True,
                )
    return total


def _tie(runtime: Runtime, restore: Restore) -> None:
    times = runtime.settings.times
    for places in _places(runtime, restore):
        with runtime.sessions.begin() as session:
            now = runtime.now(session)
            restored_ties.tie_finds(session, restore, places, now=now, times=times)
    with runtime.sessions() as session:
        readable = restored_rows.readable_versions(session, restore)
    for places in _places(runtime, restore):
        with runtime.sessions.begin() as session:
            now = runtime.now(session)
            restored_ties.settle_left(
                session, restore, places, readable=readable, now=now, times=times
            )


def _places(runtime: Runtime, restore: Restore) -> Iterator[list[Place]]:
    after: Place | None = None
    while True:
        with runtime.sessions() as session:
            places = restored_rows.next_places(session, restore, after=after, limit=_PLACES)
        if not places:
            return
        yield places
        after = places[-1]


def _list_inbound(runtime: Runtime, provider: Listing, restore: Restore) -> int:
    """Go on where the backup's polls had ended, a stretch at a time, until now.

    Raises:
        ProviderUnavailable: a line could not be listed to the end.
    """
    times = runtime.settings.times
    with runtime.sessions.begin() as session:
        began = runtime.now(session)
        session.execute(text(_POLL_ANEW), {"taken_at": restore.taken_at})
    until = began - times.inbound_grace - times.inbound_poll
    while behind := _lines_behind(runtime, until):
        if not poll_inbound(runtime, provider):
            raise ProviderUnavailable(f"inbound messages of {behind} lines could not be listed")
    with runtime.sessions() as session:
        return int(session.execute(text(_INBOUND_WAITING)).scalar_one())


def _lines_behind(runtime: Runtime, until: datetime) -> int:
    with runtime.sessions() as session:
        behind = text("SELECT count(*) FROM lines WHERE inbound_polled_to < :until")
        return int(session.execute(behind, {"until": until}).scalar_one())


def _release(runtime: Runtime, report: dict[str, int]) -> None:
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        limited = select(Portfolio.id).where(Portfolio.daily_recipients.is_not(None))
        for portfolio_id in session.scalars(limited).all():
            quota.begin_counting(session, portfolio_id, now=now)
        lines = restoring.end_hold(session, dict(report), now=now)
    log.info("reconciled", **report)
    for line_id in lines:
        wake_line(runtime, line_id)


_INBOUND_WAITING = """
SELECT count(*) FROM webhook_events WHERE kind = 'inbound' AND state IN ('received', 'parked')
"""

_POLL_ANEW = """
UPDATE lines SET inbound_poll_at = NULL,
    inbound_polled_to = least(coalesce(inbound_polled_to, :taken_at), :taken_at)
"""
