"""The real program on a free port, and a product that notes the webhooks it gets."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import parse_qsl, quote, urlencode

ACCOUNT = "AC" + "0f" * 16
TOKEN = "the token of the account"
KEY, SECRET = "SK" + "1e" * 16, "the secret of the key"
LINE = "whatsapp:+5491150000000"
ROOT = Path(__file__).parents[3]
QUICK_REPLY = {
    "friendly_name": "cuota",
    "language": "es_AR",
    "variables": {"1": "Ana", "2": "muestra"},
    "types": {
        "twilio/quick-reply": {
            "body": "Hola {{1}}, te escribimos por la cuota de tu plan. ¿La vas a pagar?",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Ya la pagué", "id": "paid|{{2}}"},
                {"type": "QUICK_REPLY", "title": "No puedo", "id": "cannot|{{2}}"},
            ],
        }
    },
}


T = TypeVar("T")


def until(look: Callable[[], T], *, seconds: float = 15.0) -> T:
    """What ``look`` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(0.01)
    return found


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Running:
    """One simulator process."""

    process: subprocess.Popen[str]
    url: str

    @classmethod
    def start(cls, *options: str) -> "Running":
        process = subprocess.Popen(
            [sys.executable, "-m", "messaging.simulator", "--port", "0", *options],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_AUTH_TOKEN": TOKEN,
                "TWILIO_API_KEY": KEY,
                "TWILIO_API_SECRET": SECRET,
            },
        )
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        assert ready[:3] == ["simulator", "ready", "on"], ready
        return cls(process, ready[3])

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Seconds until it had ended."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return time.monotonic() - began

    def call(
        self,
        method: str,
        path: str,
        *,
        form: Any = None,
        body: Any = None,
        user: str = ACCOUNT,
        password: str = TOKEN,
    ) -> Answer:
        headers = {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}
        data = None
        if form is not None:
            data = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return Answer(answer.status, _decoded(answer), dict(answer.headers))
        except HTTPError as error:
            with error:
                return Answer(error.code, _decoded(error), dict(error.headers))

    def messages(self, suffix: str = ".json") -> str:
        return f"/2010-04-01/Accounts/{ACCOUNT}/Messages{suffix}"

    def post_message(self, **form: str) -> Answer:
        form.setdefault("From", LINE)
        return self.call("POST", self.messages(), form=form)

    def send(self, phone: str, **form: str) -> dict[str, Any]:
        """Create a message that must be accepted."""
        answer = self.post_message(To=f"whatsapp:{phone}", **form)
        assert answer.status == 201, answer.body
        return dict(answer.body)

    def template(self, draft: dict[str, Any] | None = None, *, approval: str = "approved") -> str:
        created = self.call("POST", "/v1/Content", body=draft or QUICK_REPLY)
        assert created.status == 201, created.body
        sid = str(created.body["sid"])
        self.control("PUT", f"contents/{sid}", {"status": approval})
        return sid

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.call(method, f"/simulator/api/{path}", body=body)
        assert answer.status in (200, 201), answer.body
        return answer.body

    def profile(self, **fields: Any) -> None:
        self.control("PUT", "profile", fields)

    def ledger(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "ledger?limit=10000")["messages"])

    def replies(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "replies?limit=10000")["replies"])

    def of_message(self, sid: str) -> dict[str, Any]:
        return next(one for one in self.ledger() if one["sid"] == sid)

    def posts_to(self, phone: str) -> list[dict[str, Any]]:
        posts = self.control("GET", "posts?limit=10000")["posts"]
        return [post for post in posts if post["phone"] == phone]

    def quiet(self) -> dict[str, Any]:
        """The summary once nothing is pending."""

        def summary() -> dict[str, Any] | None:
            found = self.control("GET", "summary")
            return found if found["pending_events"] == 0 else None

        found = until(summary)
        assert found is not None
        return found


def _decoded(answer: Any) -> Any:
    raw = answer.read()
    is_json = answer.headers.get_content_type() == "application/json"
    return json.loads(raw) if raw and is_json else raw


@dataclass
class Webhook:
    path: str
    parameters: dict[str, str]
    pairs: list[tuple[str, str]]
    signature: str
    token: str
    at: float


@dataclass
class Product:
    """Our side of the webhooks: it notes everything, and answers what a test asks it to."""

    url: str = ""
    webhooks: list[Webhook] = field(default_factory=list)
    refuse_next: int = 0  # that many webhooks are answered 503

    def to(self, path: str) -> list[Webhook]:
        return [webhook for webhook in self.webhooks if webhook.path.startswith(path)]

    def callback(self, name: str, fragment: str = "") -> str:
        return f"{self.url}/webhooks/twilio/status/{quote(name)}/1{fragment}"

    def statuses(self, name: str) -> list[str]:
        path = f"/webhooks/twilio/status/{quote(name)}/"
        return [webhook.parameters["MessageStatus"] for webhook in self.to(path)]

    def serve(self) -> ThreadingHTTPServer:
        product = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=True)
                product.webhooks.append(
                    Webhook(
                        path=self.path,
                        parameters=dict(pairs),
                        pairs=pairs,
                        signature=self.headers["X-Twilio-Signature"],
                        token=self.headers["I-Twilio-Idempotency-Token"],
                        at=time.monotonic(),
                    )
                )
                refused = product.refuse_next > 0
                product.refuse_next -= refused
                self.wfile.write(
                    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
                    if refused
                    else b"HTTP/1.1 204 No Content\r\n\r\n"
                )

            def log_message(self, *_args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server
