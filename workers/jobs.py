"""The work itself, one transaction at a time: done when woken, and by the sweep anyway."""

import structlog

from campaigns import holding, inbox, launching, restoring, sending
from campaigns.cases import holders
from messaging.provider import Listing
from messaging.tokens import Signer
from messaging.twilio.rest import TwilioRest
from messaging.twilio.webhooks import parse_inbound, parse_status_callback
from models.message import EventKind
from runtime import live
from runtime.wiring import Runtime

log = structlog.get_logger(__name__)


def plan(runtime: Runtime, campaign_id: int) -> int | None:
    """Plan the next chunk of a launched campaign: its line, or None when all is planned."""
    settings = runtime.settings
    with runtime.sessions.begin() as session:
        line_id = launching.plan_chunk(
            session,
            campaign_id,
            now=runtime.now(session),
            times=settings.times,
            share=settings.campaign_share,
            zone=settings.timezone.key,
        )
    live.touch(runtime.redis, live.sending(campaign_id))
    return line_id


def reap(runtime: Runtime) -> None:
    """Free what dead workers held."""
    with runtime.sessions.begin() as session:
        back, doubtful = sending.reap_leases(
            session, now=runtime.now(session), first_look=runtime.settings.times.first_look
        )
    if back or doubtful:
        log.info("leases lapsed", given_back=back, uncertain=doubtful)


def end_rests(runtime: Runtime) -> None:
    """Lines that rested long enough go on."""
    with runtime.sessions.begin() as session:
        lines = holding.end_rests(session, now=runtime.now(session))
    if lines:
        log.info("lines go on", lines=lines)


def apply_inbox(runtime: Runtime, kind: EventKind, *, in_hold: bool = False) -> int:
    """Apply stored events of a kind until none is left to take; return how many were taken.

    Or until this process is to stop: while a campaign goes out there is always one more. After a
    restore they wait, unless ``in_hold``: what they answer may not be known yet.
    """
    settings = runtime.settings
    signer = Signer(settings.secret_key, settings.secret_key_previous)
    total = 0
    while not runtime.stopping():
        with runtime.sessions.begin() as session:
            now = runtime.now(session)
            if not in_hold and restoring.is_held(session):
                return total
            if kind is EventKind.STATUS:
                applied = inbox.apply_statuses(
                    session, parse=parse_status_callback, now=now, times=settings.times
                )
            else:
                applied = inbox.apply_inbound(
                    session,
                    parse=parse_inbound,
                    signer=signer,
                    now=now,
                    times=settings.times,
                    guards=settings.guards,
                )
            concerned = holders(session, applied.cases)
        if applied.failed or applied.extra_sids:
            log.error("inbox", kind=kind, failed=applied.failed, extra_sids=applied.extra_sids)
        live.touch(runtime.redis, *map(live.sending, applied.campaigns))
        said = [*map(live.talks, applied.talks), *map(live.user, concerned)]
        live.touch(runtime.redis, *said)
        if not applied.taken:
            break
        total += applied.taken
    return total


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
