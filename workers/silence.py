"""Ask the provider for messages of which nothing was heard; no transaction is open meanwhile.

A few are asked for one by one. After some minutes without a web side there are tens of thousands:
then what the line sent at that time is listed, a thousand a page, and stored in bulk.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice

import structlog

from campaigns import inbox, polling
from campaigns.polling import Silent
from campaigns.slices import slice_of
from messaging.errors import ProviderRefused, ProviderUnavailable
from messaging.provider import Listing, ProviderMessage
from messaging.twilio.polled import status_form
from models.message import EventKind
from runtime.wiring import Runtime
from workers.wake import wake_inbox

log = structlog.get_logger(__name__)

_ASKED_AT_ONCE = 100  # silent messages of one turn, or a slice more …
_MANY = 20_000  # … and so many more, if those were not all
_TURN = 50.0  # seconds for those asked for one by one; the rest is due again at once
_STRETCH = timedelta(minutes=10)
_WORTH_A_LISTING = 200  # silent messages of one line and stretch; ten minutes have some 50 pages
_MARGIN = timedelta(minutes=2)  # from when we heard of it to when the provider says it went out
_PAGE = 1_000
_MOST_LISTED = 150_000


def fetch_silent(runtime: Runtime, provider: Listing) -> int:
    """Ask for messages of which nothing was heard; return how many were asked for.

    Bounded: some hundred a minute one at a time, since these calls share the limit of sends, and
    a listing for many.
    """
    times = runtime.settings.times
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        silent = polling.take_silent(session, now=now, times=times, limit=_ASKED_AT_ONCE)
        if len(silent) >= _ASKED_AT_ONCE:
            silent += polling.take_silent(session, now=now, times=times, limit=_MANY)
    asked, news = set[int](), 0
    for stretch in _stretches(silent):
        if len(stretch) >= _WORTH_A_LISTING and not runtime.stopping():
            answered, told = _list(runtime, provider, stretch)
            asked |= answered
            news += told
    deadline = time.monotonic() + _TURN
    for each in silent:
        if time.monotonic() > deadline or runtime.stopping():
            break
        if each.message_id not in asked:
            asked.add(each.message_id)
            news += _ask(runtime, provider, each)
    _give_back(runtime, silent, asked)
    if news:
        wake_inbox(runtime, EventKind.STATUS)
    if asked:
        log.info("asked for silent messages", asked=len(asked), news=news)
    return len(asked)


def _stretches(silent: Iterable[Silent]) -> list[list[Silent]]:
    """Of one line and of some minutes each."""
    found: defaultdict[tuple[str, int], list[Silent]] = defaultdict(list)
    for each in silent:
        place = int(each.state_at.timestamp() // _STRETCH.total_seconds())
        found[each.sender, place].append(each)
    return list(found.values())


def _list(runtime: Runtime, provider: Listing, stretch: Sequence[Silent]) -> tuple[set[int], int]:
    """List what the line sent then: the messages it told of, and of how many there was news."""
    wanted = {each.sid: each for each in stretch}
    heard = [each.state_at for each in stretch]
    answered, news, read = set[int](), 0, 0
    try:
        listing = provider.sent_between(
            stretch[0].sender, since=min(heard) - _MARGIN, until=max(heard) + _MARGIN
        )
        while len(answered) < len(wanted) and read < _MOST_LISTED and not runtime.stopping():
            page = list(islice(listing, _PAGE))
            if not page:
                break
            read += len(page)
            shown = [(wanted[each.sid], each) for each in page if each.sid in wanted]
            news += _store(runtime, shown)
            answered |= {one.message_id for one, _found in shown}
    except (ProviderUnavailable, ProviderRefused) as error:
        log.warning("listing failed", line=stretch[0].sender, error=str(error))
    log.info("listed silent messages", wanted=len(wanted), read=read, found=len(answered))
    return answered, news


def _ask(runtime: Runtime, provider: Listing, silent: Silent) -> int:
    """Fetch one; 1 if there was news."""
    try:
        found = provider.fetch(silent.sid)
    except (ProviderUnavailable, ProviderRefused) as error:
        log.warning("fetch failed", message=silent.message_id, error=str(error))
        return 0
    if found is None:
        log.error("the provider does not know it", message=silent.message_id, sid=silent.sid)
        return 0
    return _store(runtime, [(silent, found)])


def _store(runtime: Runtime, shown: Sequence[tuple[Silent, ProviderMessage]]) -> int:
    """Store what is news, as a webhook would have brought it; how many were."""
    account = runtime.settings.twilio_account_sid
    told = [
        (found.sid, form)
        for silent, found in shown
        if found.state is not silent.state
        and (form := status_form(found, account_sid=account)) is not None
    ]
    if told:
        with runtime.sessions.begin() as session:
            inbox.store_polled(session, told, now=runtime.now(session))
    return len(told)


def _give_back(runtime: Runtime, silent: Sequence[Silent], asked: set[int]) -> None:
    """Slices of which nobody came to ask for anything are due at once."""
    begun = {slice_of(each.message_id) for each in silent if each.message_id in asked}
    left = [each.message_id for each in silent if slice_of(each.message_id) not in begun]
    if left:
        with runtime.sessions.begin() as session:
            polling.ask_soon(session, left, now=runtime.now(session))
