"""Asked for at the simulator, a program of its own, while nobody hears its webhooks."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import requests
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from campaigns.slices import refresh_slices, slice_of
from messaging.errors import ProviderUnavailable
from messaging.provider import ProviderMessage
from models.message import (
    Attribution,
    Basis,
    Direction,
    EventKind,
    EventState,
    Message,
    SendSlice,
    WebhookEvent,
)
from models.people import OptOut
from models.states import MessageState
from models.template import Line
from runtime.settings import Settings
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, BEN, LINE, a_sid
from tests.campaigns.builders_sending import Outbox
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN
from tests.simulator_program import running_simulator
from workers import jobs, polling
from workers.lines import Lines
from workers.silence import fetch_silent
from workers.sweeper import Sweeper

SPEED = 10


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """Its webhooks go to a port where nobody listens: our web side is down."""
    nobody = "http://127.0.0.1:9/webhooks/twilio/inbound"
    with running_simulator(ACCOUNT_SID, AUTH_TOKEN, "--inbound-url", nobody) as address:
        yield address


@pytest.fixture
def settings(settings: Settings, simulator: str) -> Settings:
    return replace(settings, twilio_base_url=simulator, time_speed=SPEED)


@pytest.fixture
def outbox(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


def _says(simulator: str, phone: str, what: str = "write", **said: str) -> str:
    answer = requests.post(
        f"{simulator}/simulator/api/customers/{phone}/{what}", json={"to": LINE, **said}, timeout=5
    )
    assert answer.status_code == 201, answer.text
    sid: str = answer.json()["sid"]
    return sid


def _posted(simulator: str, to: str) -> str:
    """A message of ours that the simulator took; its callbacks go nowhere."""
    answer = requests.post(
        f"{simulator}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"To": f"whatsapp:{to}", "From": f"whatsapp:{LINE}", "Body": "Hola"},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=5,
    )
    assert answer.status_code == 201, answer.text
    sid: str = answer.json()["sid"]
    return sid


def _inbound(outbox: Outbox) -> list[Message]:
    outbox.fresh()
    which = select(Message).where(Message.direction == Direction.IN).order_by(Message.id)
    return list(outbox.session.scalars(which))


def _come_of_age(outbox: Outbox) -> None:
    """As if the line had been listed long ago, and is due."""
    outbox.session.execute(
        update(Line).values(inbound_poll_at=None, inbound_polled_to=func.now() + timedelta(hours=1))
    )
    outbox.fresh()


def _poll_all(runtime: Runtime, outbox: Outbox) -> None:
    time.sleep(runtime.settings.times.inbound_grace.total_seconds() + 1.1)  # whole seconds
    _come_of_age(outbox)
    assert polling.poll_inbound(runtime, jobs.listing(runtime))
    jobs.apply_inbox(runtime, EventKind.INBOUND)


def test_a_reply_arrives_within_ninety_seconds_though_the_web_side_is_down(
    runtime: Runtime, outbox: Outbox, simulator: str
) -> None:
    """In a sweeper's own time, ten times faster: nobody is woken, nothing is posted."""
    sent = outbox.a_message(ANA, at=outbox.now - timedelta(minutes=5))
    sweeper = Sweeper(runtime, lines := Lines(runtime))
    sweeper.start()
    try:
        time.sleep(1)  # a poll has just been: the worst moment
        sid = _says(simulator, ANA, text="pago el viernes")
        written = time.monotonic()
        while not _inbound(outbox):
            assert time.monotonic() < written + 90 / SPEED + 1, "no reply in time"
            time.sleep(0.05)
        took = time.monotonic() - written
    finally:
        lines.stopping.set()
        sweeper.stop()

    (reply,) = _inbound(outbox)
    assert (reply.provider_sid, reply.body) == (sid, "pago el viernes")
    tie = outbox.session.scalars(select(Attribution)).one()
    assert (tie.case_id, tie.basis) == (sent.case_id, Basis.SINGLE)
    print(f"{took * SPEED:.0f} s of the engine's time")


def test_what_is_listed_again_and_again_is_one_message(
    runtime: Runtime, outbox: Outbox, simulator: str
) -> None:
    outbox.a_message(BEN, at=outbox.now - timedelta(minutes=5))
    before = len(_inbound(outbox))
    sid = _says(simulator, BEN, text="hola")

    for _ in range(2):
        _poll_all(runtime, outbox)

    mine = [each for each in _inbound(outbox) if each.provider_sid == sid]
    assert len(mine) == 1
    assert before == 0
    events = outbox.session.scalars(select(WebhookEvent).where(WebhookEvent.provider_sid == sid))
    (event,) = events
    assert event.is_polled
    assert event.state is EventState.APPLIED


def test_what_its_webhook_brought_is_not_stored_again(
    runtime: Runtime, outbox: Outbox, simulator: str
) -> None:
    sid = _says(simulator, ANA, text="ya vino")
    outbox.inbound("ya vino", MessageSid=sid)

    _poll_all(runtime, outbox)

    events = outbox.session.scalars(select(WebhookEvent).where(WebhookEvent.provider_sid == sid))
    assert [each.is_polled for each in events] == [False]


def test_an_opt_out_is_obeyed_and_a_picture_keeps_its_address(
    runtime: Runtime, outbox: Outbox, simulator: str
) -> None:
    _says(simulator, ANA, text="BAJA")
    picture = _says(simulator, BEN, "photo", caption="comprobante")

    _poll_all(runtime, outbox)

    evidence = outbox.session.scalars(select(OptOut.evidence)).all()
    assert evidence == ["word: baja"]
    (shown,) = [each for each in _inbound(outbox) if each.provider_sid == picture]
    assert shown.body == "comprobante"
    assert shown.media is not None
    (file,) = shown.media
    assert file["content_type"].startswith("image/")
    assert f"/Messages/{picture}/Media/ME" in file["url"]
    answer = requests.get(file["url"], auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5)
    assert answer.status_code == 200


def _accepted(outbox: Outbox, phone: str, sid: str) -> Message:
    an_hour_ago = outbox.now - timedelta(hours=1)
    message = outbox.a_message(phone, state=MessageState.ACCEPTED, sid=sid, at=an_hour_ago)
    refresh_slices(outbox.session, [slice_of(message.id)])
    _due(outbox, message)
    return message


def _due(outbox: Outbox, message: Message) -> None:
    outbox.session.execute(
        update(SendSlice)
        .where(SendSlice.id == slice_of(message.id))
        .values(stuck_at=outbox.now - timedelta(minutes=1))
    )
    outbox.fresh()


def test_a_message_whose_callbacks_are_lost_is_asked_for_and_moves_on(
    runtime: Runtime, outbox: Outbox, simulator: str
) -> None:
    _says(simulator, ANA, text="hola")  # opens the window
    sid = _posted(simulator, ANA)
    message = _accepted(outbox, ANA, sid)
    time.sleep(0.5)  # a thousand times faster: it is delivered by now

    assert fetch_silent(runtime, jobs.listing(runtime)) == 1
    assert fetch_silent(runtime, jobs.listing(runtime)) == 0
    jobs.apply_inbox(runtime, EventKind.STATUS)

    outbox.fresh()
    assert message.state in (MessageState.DELIVERED, MessageState.READ)
    event = outbox.session.scalars(select(WebhookEvent)).one()
    assert (event.is_polled, event.state) == (True, EventState.APPLIED)


def test_a_refusal_that_nobody_told_of_draws_its_consequences(
    runtime: Runtime, outbox: Outbox
) -> None:
    message = _accepted(outbox, ANA, a_sid())
    refused = _shown(message, MessageState.FAILED, 63051)

    fetch_silent(runtime, Canned(refused))
    jobs.apply_inbox(runtime, EventKind.STATUS)

    outbox.fresh()
    assert (message.state, message.error_code) == (MessageState.FAILED, 63051)
    assert (outbox.line.hold_reason or "").startswith("63051")


def test_no_news_is_not_stored(runtime: Runtime, outbox: Outbox) -> None:
    message = _accepted(outbox, ANA, a_sid())

    fetch_silent(runtime, Canned(_shown(message, MessageState.ACCEPTED)))

    assert outbox.session.scalar(select(func.count()).select_from(WebhookEvent)) == 0


def test_a_provider_that_is_away_is_asked_again_later(runtime: Runtime, outbox: Outbox) -> None:
    message = _accepted(outbox, ANA, a_sid())
    away = Canned(None, fails=True)

    assert fetch_silent(runtime, away) == 1
    _come_of_age(outbox)
    assert polling.poll_inbound(runtime, away) is False

    outbox.fresh()
    assert message.state is MessageState.ACCEPTED
    later = outbox.session.get_one(SendSlice, slice_of(message.id)).stuck_at
    assert later is not None
    assert later > outbox.now


def test_no_transaction_is_open_while_the_provider_is_asked(
    runtime: Runtime, outbox: Outbox
) -> None:
    _accepted(outbox, ANA, a_sid())
    open_ones: list[int] = []

    def count() -> None:
        open_ones.append(runtime.engine.pool.checkedout())  # type: ignore[attr-defined]

    watching = Canned(None, asked=count)
    outbox.session.close()
    fetch_silent(runtime, watching)
    with runtime.sessions.begin() as session:
        session.execute(update(Line).values(inbound_poll_at=None))
    polling.poll_inbound(runtime, watching)

    assert open_ones == [0, 0]


def test_a_process_that_is_to_stop_finishes_its_question_and_leaves_the_rest(
    runtime: Runtime, outbox: Outbox
) -> None:
    """However much there is: it would go on for longer than whoever stops it waits."""
    for phone in (ANA, BEN):
        last = _accepted(outbox, phone, a_sid())
    asked: list[bool] = []

    def stop() -> None:
        asked.append(True)
        runtime.stopping = lambda: True

    delivered = _shown(last, MessageState.DELIVERED)

    assert fetch_silent(runtime, Canned(delivered, asked=stop)) == len(asked) == 1
    assert jobs.apply_inbox(runtime, EventKind.STATUS) == 0

    event = outbox.session.scalars(select(WebhookEvent)).one()
    assert event.state is EventState.RECEIVED  # for whoever comes next


def _shown(message: Message, state: MessageState, code: int | None = None) -> ProviderMessage:
    assert message.provider_sid is not None
    assert message.address is not None
    return ProviderMessage(
        message.provider_sid,
        message.address,
        LINE,
        False,
        state,
        "",
        message.created_at,
        error_code=code,
    )


class Canned:
    """A provider that shows one message, or fails."""

    def __init__(
        self,
        shown: ProviderMessage | None,
        *,
        fails: bool = False,
        asked: Callable[[], None] = lambda: None,
    ) -> None:
        self._shown, self._fails, self._asked = shown, fails, asked

    def _answer(self) -> None:
        self._asked()
        if self._fails:
            raise ProviderUnavailable("down")

    def sent_to(
        self, to: str, *, sender: str, since: datetime, until: datetime
    ) -> list[ProviderMessage]:
        raise NotImplementedError

    def fetch(self, sid: str) -> ProviderMessage | None:  # noqa: ARG002
        self._answer()
        return self._shown

    def received(
        self,
        sender: str,  # noqa: ARG002
        *,
        since: datetime,  # noqa: ARG002
        until: datetime | None = None,  # noqa: ARG002
    ) -> list[ProviderMessage]:
        self._answer()
        return []

    def media_of(self, sid: str) -> list[tuple[str, str]]:
        raise NotImplementedError
