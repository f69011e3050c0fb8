"""The work itself, one transaction at a time: done when woken, and by the sweep anyway."""

import structlog

from campaigns import inbox, launching, sending, settling
from messaging.errors import ProviderRefused, ProviderUnavailable
from messaging.provider import Listing
from messaging.tokens import Signer
from messaging.twilio.rest import TwilioRest
from messaging.twilio.webhooks import parse_inbound, parse_status_callback
from models.message import EventKind
from runtime.wiring import Runtime

log = structlog.get_logger(__name__)


def plan(runtime: Runtime, campaign_id: int) -> int | None:
    """Plan the next chunk of a launched campaign: its line, or None when all is planned."""
    settings = runtime.settings
    with runtime.sessions.begin() as session:
        return launching.plan_chunk(
            session,
            campaign_id,
            now=runtime.now(session),
            times=settings.times,
            share=settings.campaign_share,
            zone=settings.timezone.key,
        )


def reap(runtime: Runtime) -> None:
    """Free what dead workers held."""
    with runtime.sessions.begin() as session:
        back, doubtful = sending.reap_leases(
            session, now=runtime.now(session), first_look=runtime.settings.times.first_look
        )
    if back or doubtful:
        log.info("leases lapsed", given_back=back, uncertain=doubtful)


def apply_inbox(runtime: Runtime, kind: EventKind) -> int:
    """Apply stored events of a kind until none is left to take; return how many were taken."""
    settings = runtime.settings
    signer = Signer(settings.secret_key, settings.secret_key_previous)
    total = 0
    while True:
        with runtime.sessions.begin() as session:
            now = runtime.now(session)
            if kind is EventKind.STATUS:
                applied = inbox.apply_statuses(
                    session, parse=parse_status_callback, now=now, times=settings.times
                )
            else:
                applied = inbox.apply_inbound(
                    session, parse=parse_inbound, signer=signer, now=now, times=settings.times
                )
        if applied.failed or applied.extra_sids:
            log.error("inbox", kind=kind, failed=applied.failed, extra_sids=applied.extra_sids)
        if not applied.taken:
            return total
        total += applied.taken


def listing(runtime: Runtime) -> Listing:
    """The provider's memory."""
    settings = runtime.settings
    return TwilioRest(
        account_sid=settings.twilio_account_sid,
        username=settings.twilio_api_key or settings.twilio_account_sid,
        password=settings.twilio_api_secret or settings.twilio_auth_token,
        base_url=settings.twilio_base_url,
        timeout=settings.times.request_timeout.total_seconds(),
    )


def settle(runtime: Runtime, provider: Listing) -> int:
    """Look once for every uncertain message that is due a look; return how many were."""
    times = runtime.settings.times
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        doubts = settling.take_doubts(session, now=now, times=times)
    for doubt in doubts:
        try:
            listed = provider.sent_to(
                doubt.to,
                sender=doubt.sender,
                since=doubt.started_at - times.listing_window_before,
                # up to now: a machine that slept may have posted long after its attempt began
                until=max(now, doubt.started_at + times.listing_window_after),
            )
        except (ProviderUnavailable, ProviderRefused) as error:
            log.warning("listing failed", message=doubt.message_id, error=str(error))
            with runtime.sessions.begin() as session:
                settling.could_not_look(session, doubt, now=runtime.now(session), times=times)
            continue
        with runtime.sessions.begin() as session:
            known = settling.known_sids(session, listed, doubt)
            finding, found = settling.decide(listed, known)
            state = settling.record_look(
                session, doubt, finding, found, now=runtime.now(session), times=times
            )
        log.info("looked", message=doubt.message_id, finding=finding, state=state)
    return len(doubts)
