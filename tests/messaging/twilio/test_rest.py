"""Listings, fetches and templates over HTTP: against the simulator, and a provider that fails."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from messaging.errors import ProviderRefused, ProviderUnavailable
from messaging.provider import Fault, Listing
from messaging.templates import Button, Draft, Submitting
from messaging.twilio.rest import TwilioRest
from models.states import MessageState, TemplateState
from models.template import ButtonKind, TemplateCategory
from tests.simulator_program import running_simulator

ACCOUNT = "AC" + "0" * 32
TOKEN = "the-token-of-no-account"
LINE = "+5491140000000"
ANA = "+5491155550001"
BEN = "+5491155550002"


def _client(base_url: str, **changes: Any) -> TwilioRest:
    return TwilioRest(
        **{
            "account_sid": ACCOUNT,
            "username": ACCOUNT,
            "password": TOKEN,
            "base_url": base_url,
            "timeout": 5.0,
            **changes,
        }
    )


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """The address of the simulator program, run as it is run in a rehearsal."""
    with running_simulator(ACCOUNT, TOKEN) as address:
        yield address


def _post(simulator: str, to: str, body: str = "Hola") -> str:
    answer = requests.post(
        f"{simulator}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        data={"To": f"whatsapp:{to}", "From": f"whatsapp:{LINE}", "Body": body},
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    )
    assert answer.status_code == 201, answer.text
    sid: str = answer.json()["sid"]
    return sid


def _write(simulator: str, sender: str, text: str) -> None:
    answer = requests.post(
        f"{simulator}/simulator/api/customers/{sender}/write",
        json={"text": text, "to": LINE},
        timeout=5,
    )
    assert answer.status_code == 201, answer.text


def _second() -> datetime:
    """Now, as the provider tells it: whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


DRAFT = Draft(
    name="aviso",
    language="es_AR",
    category=TemplateCategory.UTILITY,
    body="Hola {{1}}, tu cuota ya está disponible.",
    footer="Autoplan",
    fields={"1": "customer.first_name", "2": "button.token:1", "3": "coupon_link.token"},
    samples={"1": "Ana", "2": "A" * 35, "3": "muestra"},
    buttons=(
        Button(kind=ButtonKind.QUICK_REPLY, title="Ya pagué", payload="b1_{{2}}"),
        Button(kind=ButtonKind.URL, title="Ver cupón", url="https://pregon.example/c/{{3}}"),
    ),
)


def test_it_is_what_the_engine_asks_of_a_provider(simulator: str) -> None:
    client = _client(simulator)

    listing: Listing = client
    submitting: Submitting = client

    assert (listing, submitting) == (client, client)


def test_a_message_is_found_by_its_recipient_and_time(simulator: str) -> None:
    _write(simulator, ANA, "hola")  # opens the window
    since = _second()
    sid = _post(simulator, ANA)
    _write(simulator, BEN, "hola")
    _post(simulator, BEN)

    found = _client(simulator).sent_to(
        ANA, sender=LINE, since=since, until=since + timedelta(minutes=2)
    )

    assert [message.sid for message in found] == [sid]
    message = found[0]
    assert (message.to, message.sender, message.body) == (ANA, LINE, "Hola")
    assert not message.is_inbound
    assert message.created_at.utcoffset() == timedelta(0)
    assert since <= message.created_at <= since + timedelta(minutes=2)


def test_outside_the_times_asked_for_it_is_absent(simulator: str) -> None:
    _write(simulator, ANA, "hola")
    _post(simulator, ANA)
    later = _second() + timedelta(seconds=5)

    client = _client(simulator)

    assert client.sent_to(ANA, sender=LINE, since=later, until=later + timedelta(hours=1)) == []
    long_ago = later - timedelta(days=2)
    assert (
        client.sent_to(ANA, sender=LINE, since=long_ago, until=long_ago + timedelta(hours=1)) == []
    )


def test_what_a_line_sent_is_listed_by_when_it_went_out(simulator: str) -> None:
    _write(simulator, ANA, "hola")
    since = _second()
    sid = _post(simulator, ANA)
    client = _client(simulator)

    def listed(since: datetime, until: datetime) -> list[str]:
        return [each.sid for each in client.sent_between(LINE, since=since, until=until)]

    deadline = time.monotonic() + 10
    while sid not in listed(since, since + timedelta(minutes=2)):  # still in its queue
        assert time.monotonic() < deadline
        time.sleep(0.05)
    hour = timedelta(hours=1)
    assert listed(since - 2 * hour, since - hour) == []
    assert listed(since + hour, since + 2 * hour) == []


def test_what_customers_wrote_comes_oldest_first(simulator: str) -> None:
    since = _second()
    _write(simulator, ANA, "uno")
    _write(simulator, BEN, "dos")

    received = _client(simulator).received(LINE, since=since)

    ours = [message for message in received if message.body in ("uno", "dos")]
    assert [(message.sender, message.body) for message in ours] == [(ANA, "uno"), (BEN, "dos")]
    assert all(message.is_inbound and message.to == LINE for message in received)
    assert {message.state for message in ours} == {MessageState.RECEIVED}


def test_one_message_is_fetched_by_its_sid(simulator: str) -> None:
    _write(simulator, ANA, "hola")
    sid = _post(simulator, ANA)
    client = _client(simulator)

    found = client.fetch(sid)

    assert found is not None
    assert found.sid == sid
    assert client.fetch("SM" + "0" * 32) is None


def test_a_template_is_submitted_and_approved(simulator: str) -> None:
    client = _client(simulator)

    sid = client.submit_content(DRAFT, friendly_name="aviso_v1")
    asked = client.request_approval(sid, name="aviso_v1", category=DRAFT.category)

    assert sid.startswith("HX")
    assert asked.state is TemplateState.SUBMITTED
    deadline = time.monotonic() + 10
    while (told := client.approval(sid)).state is not TemplateState.APPROVED:
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
    assert told.reason is None


def test_a_rejection_comes_with_its_reason(simulator: str) -> None:
    client = _client(simulator)
    sid = client.submit_content(DRAFT, friendly_name="otro_v1")
    requests.put(
        f"{simulator}/simulator/api/contents/{sid}",
        json={"status": "rejected", "rejection_reason": "INVALID_FORMAT"},
        timeout=5,
    ).raise_for_status()

    told = client.approval(sid)

    assert (told.state, told.reason) == (TemplateState.REJECTED, "INVALID_FORMAT")


def test_what_twilio_refuses_says_its_code(simulator: str) -> None:
    client = _client(simulator)
    sid = client.submit_content(DRAFT, friendly_name="x")

    with pytest.raises(ProviderRefused) as refused:
        client.request_approval(sid, name="Not A Name", category=TemplateCategory.UTILITY)

    assert (refused.value.status, refused.value.code) == (400, 20001)
    assert "lowercase" in str(refused.value)


def test_wrong_credentials_are_a_refusal_in_every_call(simulator: str) -> None:
    client = _client(simulator, password="wrong")
    calls: list[Callable[[], object]] = [
        lambda: client.fetch("SM" + "0" * 32),
        lambda: client.received(LINE, since=_second()),
        lambda: client.approval("HX" + "0" * 32),
    ]

    for call in calls:
        with pytest.raises(ProviderRefused) as refused:
            call()
        assert (refused.value.status, refused.value.code) == (401, 20003)


# A provider that fails


class Canned(BaseHTTPRequestHandler):
    """Answers everything with what the test chose, and keeps what was asked."""

    status: ClassVar[int] = 200
    body: ClassVar[str] = "{}"
    delay: ClassVar[float] = 0.0
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        time.sleep(self.delay)
        body = self.body.encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Quietly."""


@contextmanager
def _provider(status: int, body: str, delay: float = 0.0) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type(
        "Handler", (Canned,), {"status": status, "body": body, "delay": delay, "asked": asked}
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


CALLS: dict[str, Callable[[TwilioRest], object]] = {
    "sent_to": lambda c: c.sent_to(ANA, sender=LINE, since=_second(), until=_second()),
    "sent_from": lambda c: list(c.sent_from(LINE, since=_second())),
    "sent_between": lambda c: list(c.sent_between(LINE, since=_second(), until=_second())),
    "received": lambda c: c.received(LINE, since=_second()),
    "fetch": lambda c: c.fetch("SM" + "0" * 32),
    "submit": lambda c: c.submit_content(DRAFT, friendly_name="x"),
    "approval": lambda c: c.approval("HX" + "0" * 32),
}
FAILURES = [
    (500, '{"code": 20500, "message": "Internal", "status": 500}'),
    (503, "Service Unavailable"),
    (429, '{"code": 20429, "message": "Too Many Requests", "status": 429}'),
    (200, "<html>a proxy's page</html>"),
    (200, "[]"),
    (403, "<html>a proxy's page</html>"),
    (404, "<html>a proxy's page</html>"),
    (404, '{"error": "no such page"}'),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("status", "body"), FAILURES)
def test_an_answer_that_proves_nothing_is_no_answer(call: str, status: int, body: str) -> None:
    with _provider(status, body) as (address, asked), pytest.raises(ProviderUnavailable):
        CALLS[call](_client(address))
    assert len(asked) == 1  # nothing is repeated behind our back


@pytest.mark.parametrize("call", CALLS)
def test_a_provider_that_hangs_is_given_up(call: str) -> None:
    with _provider(200, "{}", delay=0.6) as (address, _), pytest.raises(ProviderUnavailable):
        CALLS[call](_client(address, timeout=0.1))


@pytest.mark.parametrize("call", CALLS)
def test_nobody_there_is_no_answer(call: str) -> None:
    with pytest.raises(ProviderUnavailable):
        CALLS[call](_client("http://127.0.0.1:9"))


def test_neither_proxy_nor_region_of_the_environment_is_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("TWILIO_EDGE", "sao-paulo")
    monkeypatch.setenv("TWILIO_REGION", "us1")

    with _provider(200, '{"messages": [], "next_page_uri": null}') as (address, asked):
        assert _client(address).received(LINE, since=_second()) == []

    assert len(asked) == 1


def _row(sid: str, status: str, created: datetime, **changes: Any) -> str:
    return json.dumps(
        {
            "sid": sid,
            "status": status,
            "to": f"whatsapp:{ANA}",
            "from": f"whatsapp:{LINE}",
            "direction": "outbound-api",
            "body": "Hola",
            "date_created": format_datetime(created),
            "date_sent": None,
            "error_code": None,
            **changes,
        }
    )


STATES = [
    ("queued", MessageState.ACCEPTED),
    ("accepted", MessageState.ACCEPTED),
    ("scheduled", MessageState.ACCEPTED),
    ("sending", MessageState.ACCEPTED),
    ("sent", MessageState.SENT),
    ("delivered", MessageState.DELIVERED),
    ("read", MessageState.READ),
    ("failed", MessageState.FAILED),
    ("canceled", MessageState.FAILED),
    ("undelivered", MessageState.UNDELIVERED),
    ("a word of tomorrow", None),
]


@pytest.mark.parametrize(("word", "state"), STATES)
def test_a_status_becomes_our_state(word: str, state: MessageState | None) -> None:
    since = _second()
    rows = _row("SM1", word, since, error_code=63016)
    with _provider(200, f'{{"messages": [{rows}]}}') as (address, asked):
        found = _client(address).sent_to(ANA, sender=LINE, since=since, until=since)

    failed = state in (MessageState.FAILED, MessageState.UNDELIVERED)
    assert [message.state for message in found] == [state]
    assert found[0].error_code == (63016 if failed else None)
    assert found[0].fault is (Fault.WINDOW if failed else None)
    query = parse_qs(urlsplit(asked[0]).query)
    assert query["To"] == [f"whatsapp:{ANA}"]
    assert query["From"] == [f"whatsapp:{LINE}"]
    assert query["PageSize"] == ["1000"]
    assert not any(name.startswith("DateSent") for name in query)


def test_a_message_without_a_time_proves_nothing() -> None:
    since = _second()
    row = _row("SM1", "queued", since, date_created=None)
    with (
        _provider(200, f'{{"messages": [{row}]}}') as (address, _),
        pytest.raises(ProviderUnavailable),
    ):
        _client(address).sent_to(ANA, sender=LINE, since=since, until=since)
