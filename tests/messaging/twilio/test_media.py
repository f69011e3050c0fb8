"""The file of a customer's message: fetched where we say, with our name only on the first step."""

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pycurl
import pytest
import requests

from messaging.errors import (
    MediaElsewhere,
    MediaGone,
    MediaTooBig,
    ProviderUnavailable,
)
from messaging.twilio import media
from messaging.twilio.media import MediaAccount, fetch_media
from tests.simulator_program import running_simulator

ACCOUNT = "AC" + "0" * 32
TOKEN = "the-token-of-no-account"
LINE = "+5491140000000"
MESSAGE, MEDIUM = "MM" + "1" * 32, "ME" + "2" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Media/{MEDIUM}"


@dataclass
class Twilio:
    """Answers by path as a test wants it, and notes who asked for what."""

    url: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def serve(self) -> ThreadingHTTPServer:
        twilio = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                twilio.asked.append((self.path, self.headers.get("Authorization")))
                status, headers, body = twilio.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                """Quietly."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        return server


@pytest.fixture
def make_twilio() -> Iterator[Callable[[], Twilio]]:
    servers = []

    def make() -> Twilio:
        twilio = Twilio()
        servers.append(twilio.serve())
        return twilio

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def twilio(make_twilio: Callable[[], Twilio]) -> Twilio:
    return make_twilio()


def _account(base_url: str | None, **changes: Any) -> MediaAccount:
    return MediaAccount(
        account_sid=ACCOUNT, username="SK1", password="se:cret", base_url=base_url, **changes
    )


def _redirect(to: str) -> tuple[int, dict[str, str], bytes]:
    return 302, {"Location": to}, b"<html>moved</html>"


def test_credentials_go_with_the_first_request_and_with_no_other(twilio: Twilio) -> None:
    twilio.answers = {PATH: _redirect("/cdn/1?signed=x"), "/cdn/1?signed=x": (200, {}, b"photo")}

    content = fetch_media(_account(twilio.url), MESSAGE, MEDIUM)

    ours = "Basic " + b64encode(b"SK1:se:cret").decode()
    assert content == b"photo"
    assert twilio.asked == [(PATH, ours), ("/cdn/1?signed=x", None)]


def test_a_file_that_is_answered_at_once_is_taken_as_it_is(twilio: Twilio) -> None:
    twilio.answers = {PATH: (200, {}, b"photo")}

    assert fetch_media(_account(twilio.url), MESSAGE, MEDIUM) == b"photo"


def test_a_second_redirect_is_not_followed(twilio: Twilio) -> None:
    twilio.answers = {PATH: _redirect("/cdn/1"), "/cdn/1": _redirect("/cdn/2")}

    with pytest.raises(MediaElsewhere):
        fetch_media(_account(twilio.url), MESSAGE, MEDIUM)

    assert [path for path, _ in twilio.asked] == [PATH, "/cdn/1"]


def test_another_port_of_the_same_machine_is_elsewhere(
    twilio: Twilio, make_twilio: Callable[[], Twilio]
) -> None:
    other = make_twilio()
    twilio.answers = {PATH: _redirect(f"{other.url}/secrets")}

    with pytest.raises(MediaElsewhere):
        fetch_media(_account(twilio.url), MESSAGE, MEDIUM)

    assert other.asked == []


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://evil.example/a.jpg",
        "https://twilio.com.evil.example/a.jpg",
        "https://eviltwilio.com/a.jpg",
        "https://mms.twiliocdn.com@evil.example/a.jpg",
        "https://user:pass@mms.twiliocdn.com/a.jpg",
        "http://mms.twiliocdn.com/a.jpg",
        "https://mms.twiliocdn.com:8443/a.jpg",
        "file:///etc/passwd",
        "gopher://mms.twiliocdn.com/",
        "https://[::1]/a.jpg",
        "https://mms.twiliocdn.com:99999/a.jpg",
    ],
)
def test_nobody_sends_us_elsewhere(twilio: Twilio, target: str) -> None:
    twilio.answers = {PATH: _redirect(target)}

    with pytest.raises(MediaElsewhere):
        fetch_media(_account(twilio.url), MESSAGE, MEDIUM)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1", "100.64.0.1"]
)
def test_a_name_of_twilios_that_leads_inside_is_not_followed(
    twilio: Twilio, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """As a poisoned look-up would have it: the address that is connected to is what counts."""
    shown = f"[{address}]" if ":" in address else address
    twilio.answers = {PATH: _redirect("https://mms.twiliocdn.com/a.jpg")}
    real = media._Hop

    class Poisoned(real):  # type: ignore[valid-type,misc]
        def __init__(self, account: MediaAccount, url: str, **given: Any) -> None:
            super().__init__(account, url, **given)
            if "twiliocdn" in url:
                self._curl.setopt(pycurl.RESOLVE, [f"mms.twiliocdn.com:443:{shown}"])

    monkeypatch.setattr(media, "_Hop", Poisoned)

    with pytest.raises(MediaElsewhere, match="twiliocdn"):
        fetch_media(_account(twilio.url), MESSAGE, MEDIUM)


@pytest.mark.parametrize(
    "headers", [{"Content-Length": str(300 * 2**20)}, {}], ids=["declared", "not declared"]
)
def test_what_is_too_big_is_left_while_it_comes_in(twilio: Twilio, headers: dict[str, str]) -> None:
    twilio.answers = {PATH: (200, headers, b"7" * 5_000)}

    with pytest.raises(MediaTooBig):
        fetch_media(_account(twilio.url), MESSAGE, MEDIUM, most=4_000)


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_gone(twilio: Twilio, status: int) -> None:
    twilio.answers = {PATH: (status, {}, b'{"code": 20404}')}

    with pytest.raises(MediaGone):
        fetch_media(_account(twilio.url), MESSAGE, MEDIUM)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_what_proves_nothing_is_asked_for_again(twilio: Twilio, status: int) -> None:
    twilio.answers = {PATH: (status, {}, b"")}

    with pytest.raises(ProviderUnavailable):
        fetch_media(_account(twilio.url), MESSAGE, MEDIUM)


def test_nobody_there_is_asked_again() -> None:
    with pytest.raises(ProviderUnavailable):
        fetch_media(_account("http://127.0.0.1:9"), MESSAGE, MEDIUM)


@pytest.mark.parametrize(
    ("message", "medium"),
    [("../../Accounts", MEDIUM), (MESSAGE, "ME1/../../x"), (MESSAGE, f"{MEDIUM}\n"), ("", "")],
)
def test_what_is_no_sid_never_becomes_an_address(twilio: Twilio, message: str, medium: str) -> None:
    with pytest.raises(MediaGone):
        fetch_media(_account(twilio.url), message, medium)

    assert twilio.asked == []


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with running_simulator(ACCOUNT, TOKEN) as address:
        yield address


@pytest.mark.parametrize(
    ("phone", "content", "kind"),
    [
        ("+5491155550001", b"\x89PNG\r\n\x1a\n" + b"7" * 50_000, "image/png"),
        ("+5491155550002", b"OggS" + b"7" * 9_000, "audio/ogg"),
        ("+5491155550003", b"%PDF-1.7 " + b"7" * 100, "application/pdf"),
    ],
    ids=["photo", "voice note", "PDF"],
)
def test_the_simulators_files_are_reached_as_twilios(
    simulator: str, phone: str, content: bytes, kind: str
) -> None:
    page = requests.get(f"{simulator}/simulator/phone/new", timeout=5).text
    token = page.split('name="token" value="')[1].split('"')[0]
    for path, fields, files in (
        ("new", {"phone": phone, "line": LINE, "text": "Hola"}, None),
        (f"{phone}/photo", {}, {"file": ("a", content)}),
    ):
        url = f"{simulator}/simulator/phone/{path}"
        data = {"token": token, **fields}
        answer = requests.post(url, data=data, files=files, timeout=5, allow_redirects=False)
        assert answer.status_code == 303
    listed = requests.get(
        f"{simulator}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        params={"From": f"whatsapp:{phone}"},
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    ).json()["messages"]
    sid = next(each["sid"] for each in listed if each["num_media"] == "1")
    root = f"{simulator}/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media"
    named = requests.get(f"{root}.json", auth=(ACCOUNT, TOKEN), timeout=5).json()
    medium = named["media_list"][0]["sid"]
    account = MediaAccount(
        account_sid=ACCOUNT, username=ACCOUNT, password=TOKEN, base_url=simulator
    )

    assert fetch_media(account, sid, medium) == content
    assert named["media_list"][0]["content_type"] == kind
    bare = requests.get(f"{root}/{medium}", timeout=5, allow_redirects=False)
    assert bare.status_code == 401
