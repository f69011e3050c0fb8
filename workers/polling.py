"""Ask the provider for replies that its webhooks may not have brought.

No transaction is open while it is asked.
"""

from collections.abc import Sequence

import structlog

from campaigns import inbox, polling
from messaging.errors import MalformedWebhook, ProviderRefused, ProviderUnavailable
from messaging.inbound import InboundMessage
from messaging.provider import Listing, ProviderMessage
from messaging.tokens import Signer
from messaging.twilio.polled import inbound_form
from messaging.twilio.webhooks import parse_inbound
from models.message import EventKind
from runtime.wiring import Runtime
from workers.wake import wake_inbox

log = structlog.get_logger(__name__)


def poll_inbound(runtime: Runtime, provider: Listing) -> bool:
    """List one line that is due and store what is new; False if none was due or it failed."""
    times = runtime.settings.times
    with runtime.sessions.begin() as session:
        poll = polling.take_inbound_poll(session, now=runtime.now(session), times=times)
    if poll is None:
        return False
    try:
        listed = provider.received(poll.sender, since=poll.since, until=poll.until)
        with runtime.sessions() as session:
            known = inbox.known_sids(session, [each.sid for each in listed])
        missed = [each for each in listed if each.sid not in known]
        files = {each.sid: _files(provider, each) for each in missed}
    except (ProviderUnavailable, ProviderRefused) as error:
        log.warning("inbound poll failed", line=poll.line_id, error=str(error))
        return False
    for each in missed:
        _store(runtime, each, files[each.sid])
    with runtime.sessions.begin() as session:
        polling.end_inbound_poll(session, poll, now=runtime.now(session), times=times)
    if missed:
        log.warning("replies without a webhook", line=poll.line_id, messages=len(missed))
        wake_inbox(runtime, EventKind.INBOUND)
    return True


def _files(provider: Listing, message: ProviderMessage) -> list[tuple[str, str]]:
    return provider.media_of(message.sid) if message.media_count else []


def _store(runtime: Runtime, message: ProviderMessage, media: Sequence[tuple[str, str]]) -> None:
    """Alone in its transaction, as a webhook is: it may be an opt-out."""
    settings = runtime.settings
    form = inbound_form(message, account_sid=settings.twilio_account_sid, media=media)
    with runtime.sessions.begin() as session:
        if inbox.known_sids(session, [message.sid]):
            return  # its webhook came while we asked
        inbox.store_event(
            session,
            EventKind.INBOUND,
            form,
            now=min(message.created_at, runtime.now(session)),
            provider_sid=message.sid,
            reply=_read(form),
            signer=Signer(settings.secret_key, settings.secret_key_previous),
            is_polled=True,
        )


def _read(form: Sequence[tuple[str, str]]) -> InboundMessage | None:
    try:
        return parse_inbound(dict(form))
    except MalformedWebhook:
        return None  # stored all the same; the applier says what is wrong with it
