"""Fetch what customers sent: each file alone, no transaction open meanwhile.

The database says what is due, and when again: a wake-up that is lost, a worker that dies between
any two lines here, or a provider that is away costs a while and no file.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog

from campaigns.files import media, store
from campaigns.files.errors import FileNotTaken, Why
from campaigns.files.media import Wanted
from campaigns.files.taking import Taken, take
from messaging.errors import (
    MediaElsewhere,
    MediaGone,
    MediaNotFetched,
    MediaTooBig,
    ProviderUnavailable,
)
from messaging.twilio.media import MediaAccount, fetch_media
from runtime import live
from runtime.settings import Settings
from runtime.wiring import Runtime

log = structlog.get_logger(__name__)

Fetch = Callable[[str, str], bytes]
"""By the sids of a message and of its file; raises as `fetch_media` does."""

_STRAY = timedelta(days=1)
_WHY: dict[type[MediaNotFetched], Why] = {
    MediaGone: Why.GONE,
    MediaTooBig: Why.TOO_BIG,
    MediaElsewhere: Why.ELSEWHERE,
}


def fetch_due(
    runtime: Runtime,
    fetch: Fetch | None = None,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Fetch until nothing is due; how many files were asked for."""
    ask = fetch or _provider(runtime.settings)
    asked = 0
    while not stopping():
        with runtime.sessions.begin() as session:
            wanted = media.take_due(session, now=runtime.now(session), times=runtime.settings.times)
        if wanted is None:
            return asked
        asked += 1
        try:
            _settle(runtime, wanted, _bring(wanted, ask))
        except ProviderUnavailable as error:
            log.warning("media not fetched", medium=wanted.medium_id, error=str(error))
            with runtime.sessions.begin() as session:
                media.note_delay(session, wanted.medium_id)
        _tell_screens(runtime, wanted)
    return asked


def sweep_stray_files(runtime: Runtime) -> None:
    """What processes that died, and uploads that came to nothing, left in the data folder."""
    with runtime.sessions() as session:
        before = (runtime.now(session) - _STRAY).timestamp()
        swept = store.sweep(session, store.folder(runtime.settings.data_dir), older_than=before)
    if swept:
        log.info("stray files deleted", files=swept)


def _bring(wanted: Wanted, fetch: Fetch) -> Taken | Why:
    if wanted.message_sid is None or wanted.media_sid is None:
        return Why.NO_ADDRESS
    try:
        content = fetch(wanted.message_sid, wanted.media_sid)
        return take(content, "")
    except FileNotTaken as error:
        log.info("media not kept", medium=wanted.medium_id, why=error.why)
        return error.why
    except MediaNotFetched as error:
        log.warning("media will not come", medium=wanted.medium_id, error=str(error))
        return _WHY[type(error)]


def _settle(runtime: Runtime, wanted: Wanted, brought: Taken | Why) -> None:
    place = store.folder(runtime.settings.data_dir)
    with runtime.sessions() as session:
        if isinstance(brought, Why):
            media.record_failed(session, wanted.medium_id, brought)
        elif not media.record_stored(
            session, wanted.medium_id, store.keep(session, place, brought)
        ):
            session.rollback()  # another worker was first: its file stays, ours is a stray
        session.commit()


def _tell_screens(runtime: Runtime, wanted: Wanted) -> None:
    with runtime.sessions() as session:
        campaigns = media.campaigns_of(session, wanted.medium_id)
    live.touch(runtime.redis, *map(live.campaign, campaigns))


def _provider(settings: Settings) -> Fetch:
    account = MediaAccount(
        account_sid=settings.twilio_account_sid,
        username=settings.twilio_api_key or settings.twilio_account_sid,
        password=settings.twilio_api_secret or settings.twilio_auth_token,
        base_url=settings.twilio_base_url,
    )
    return lambda message_sid, media_sid: fetch_media(account, message_sid, media_sid)
