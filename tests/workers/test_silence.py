"""Hundreds of messages whose callbacks were lost: their states come by a listing."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from messaging.errors import ProviderUnavailable
from messaging.provider import ProviderMessage
from messaging.twilio.rest import TwilioRest
from models.message import EventKind, EventState, Message, SendSlice, WebhookEvent
from models.states import MessageState
from runtime.settings import Settings
from runtime.wiring import Runtime
from tests.campaigns.builders_sending import Outbox
from tests.messaging.simulator.simulator_running import ACCOUNT, TOKEN, Running
from workers import jobs
from workers.pacing import Pacer
from workers.sender import Sender
from workers.silence import fetch_silent

SPEED = 10
SILENCE = timedelta(minutes=15) / SPEED


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    """Our web side is down: its callbacks reach nobody."""
    running = Running.start("--speed", "1000")
    yield running
    running.stop()


@pytest.fixture
def settings(settings: Settings, simulator: Running) -> Settings:
    return replace(
        settings,
        twilio_base_url=simulator.url,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        time_speed=SPEED,
    )


@pytest.fixture
def outbox(runtime: Runtime, session: Session, simulator: Running) -> Outbox:
    outbox = Outbox(session, runtime.now(session))
    outbox.line.rate_per_second = 2_000
    outbox.version.content_sid = simulator.template()
    outbox.fresh()
    return outbox


class Counting(TwilioRest):
    """The product's own client, with what was asked of it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            account_sid=ACCOUNT,
            username=ACCOUNT,
            password=TOKEN,
            base_url=settings.twilio_base_url,
        )
        self.fetched, self.listed = 0, 0
        self.listing_fails = False

    def fetch(self, sid: str) -> ProviderMessage | None:
        self.fetched += 1
        return super().fetch(sid)

    def sent_between(
        self, sender: str, *, since: datetime, until: datetime
    ) -> Iterator[ProviderMessage]:
        self.listed += 1
        if self.listing_fails:
            raise ProviderUnavailable("down")
        return super().sent_between(sender, since=since, until=until)


def _silent(runtime: Runtime, outbox: Outbox, simulator: Running, many: int) -> None:
    """Sent, arrived, and nobody told us; long enough ago to be asked for."""
    outbox.planned(many)
    outbox.planned(many)
    for _ in range(20):  # at this speed a lease ends in seconds: a slow machine begins again
        Sender(runtime, outbox.line.id, Pacer(runtime.redis, processes=1)).run()
        if _states(outbox) == {MessageState.ACCEPTED: 2 * many}:
            break
        time.sleep(0.5)
    simulator.quiet()
    assert _states(outbox) == {MessageState.ACCEPTED: 2 * many}
    now = runtime.now()
    outbox.session.execute(update(Message).values(state_at=now - SILENCE - timedelta(seconds=5)))
    outbox.session.execute(update(SendSlice).values(stuck_at=now - timedelta(seconds=1)))
    outbox.fresh()


def _states(outbox: Outbox) -> Counter[MessageState]:
    outbox.fresh()
    return Counter(outbox.session.scalars(select(Message.state)))


def test_hundreds_of_lost_callbacks_are_made_up_for_by_a_listing(
    runtime: Runtime, outbox: Outbox, simulator: Running
) -> None:
    _silent(runtime, outbox, simulator, 200)
    provider = Counting(runtime.settings)

    assert fetch_silent(runtime, provider) == 400

    assert (provider.listed, provider.fetched) in ((1, 0), (2, 0))  # a stretch may have ended
    jobs.apply_inbox(runtime, EventKind.STATUS)
    states = _states(outbox)
    assert states[MessageState.DELIVERED] + states[MessageState.READ] == 400
    kinds = outbox.session.execute(select(WebhookEvent.is_polled, WebhookEvent.state)).all()
    assert set(kinds) == {(True, EventState.APPLIED)}
    assert fetch_silent(runtime, provider) == 0


def test_what_a_failed_listing_did_not_tell_is_asked_for_one_by_one_and_the_rest_is_due_again(
    runtime: Runtime, outbox: Outbox, simulator: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    _silent(runtime, outbox, simulator, 120)
    monkeypatch.setattr("workers.silence._TURN", 0.2)
    provider = Counting(runtime.settings)
    provider.listing_fails = True

    asked = fetch_silent(runtime, provider)

    assert 0 < asked == provider.fetched < 120
    due = outbox.session.execute(
        text("SELECT count(*) FROM send_slices WHERE stuck_at <= clock_timestamp()")
    )
    assert due.scalar_one() == 1  # of two: nobody came to it
    provider.listing_fails = False
    fetch_silent(runtime, provider)
    jobs.apply_inbox(runtime, EventKind.STATUS)
    assert _states(outbox)[MessageState.ACCEPTED] < 240 - asked
