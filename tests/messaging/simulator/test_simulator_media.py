"""Files of the line: fetched as Twilio fetches them, and on the customer's phone after that."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.messaging.simulator.simulator_running import LINE, Product, Running, until

PNG = b"\x89PNG\r\n\x1a\n" + b"7" * 500


@pytest.fixture
def files() -> Iterator[str]:
    """A place with a photo, and a redirect to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/photo"
            self.send_response(200 if found else 302 if self.path == "/moved" else 404)
            self.send_header("Content-Type", "image/png")
            self.send_header("Location", "/photo")
            self.end_headers()
            self.wfile.write(PNG if found else b"")

        def log_message(self, *_args: Any) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _write_in(simulator: Running, phone: str) -> None:
    """So that the window is open."""
    simulator.control(
        "POST", f"customers/{phone}/write", {"text": "Hola", "to": LINE.removeprefix("whatsapp:")}
    )


def test_a_file_of_the_line_is_fetched_before_it_is_sent_and_shown_on_the_phone(
    simulator: Running, product: Product, phone: str, files: str
) -> None:
    _write_in(simulator, phone)

    sent = simulator.send(phone, MediaUrl=f"{files}/photo", StatusCallback=product.callback("file"))

    until(lambda: "delivered" in product.statuses("file"))
    listed = simulator.call("GET", simulator.messages(f"/{sent['sid']}/Media.json")).body
    (named,) = listed["media_list"]
    page = simulator.call("GET", f"/simulator/phone/{phone}").body.decode()
    assert named["content_type"] == "image/png"
    assert f'src="/simulator/phone/media/{named["sid"]}"' in page
    assert simulator.call("GET", f"/simulator/phone/media/{named['sid']}").body == PNG


@pytest.mark.parametrize("path", ["gone", "moved"])
def test_without_its_file_a_message_fails_as_at_twilio(
    simulator: Running, product: Product, phone: str, files: str, path: str
) -> None:
    _write_in(simulator, phone)

    simulator.send(phone, MediaUrl=f"{files}/{path}", StatusCallback=product.callback(path))

    until(lambda: "failed" in product.statuses(path))
    told = product.to(f"/webhooks/twilio/status/{path}/")[-1].parameters
    assert told["ErrorCode"] == "63019"


def test_the_content_network_serves_only_what_was_signed(
    simulator: Running, product: Product, phone: str
) -> None:
    page = simulator.call("GET", "/media-cdn/AC1/ME1/00")

    assert page.status == 404
