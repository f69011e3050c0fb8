"""POSTs to the product as Twilio makes them: signed forms, time-outs, retries by the fragment."""

import http.client
import threading
import urllib.request
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit

from messaging.simulator.signing import sign

CONNECT, READ = "ct", "rt"


@dataclass(frozen=True, slots=True)
class Overrides:
    """Source: Twilio docs, Webhooks connection overrides. Times in seconds."""

    retries: int = 1
    policy: frozenset[str] = frozenset({CONNECT})
    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0

    @classmethod
    def of(cls, url: str) -> "Overrides":
        given = parse_qs(urldefrag(url).fragment)

        def number(name: str, default: float, top: float) -> float:
            text = given.get(name, [""])[0]
            return min(float(text), top) if text.isdecimal() else default

        policy = frozenset(",".join(given.get("rp", [CONNECT])).split(","))
        return cls(
            retries=int(number("rc", 1, 5)),
            policy=policy,
            connect=number("ct", 5_000, 10_000) / 1_000,
            read=number("rt", 15_000, 15_000) / 1_000,
            total=number("tt", 15_000, 15_000) / 1_000,
        )

    def retries_after(self, failure: str) -> bool:
        return "all" in self.policy or failure in self.policy

    def next_try(self, attempt: int, *, first_at: float, now: float, speed: float) -> float | None:
        """When to try again after ``attempt`` (from 1) failed; None gives up."""
        if attempt > self.retries:
            return None
        due = now + 0.3 * 2 ** (attempt - 1) / speed
        return due if due - first_at <= self.total / speed else None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


class WebhookClient:
    """Keeps one connection per thread and place; safe to share between threads."""

    def __init__(self, auth_token: str, allowed_hosts: Collection[str] = ()) -> None:
        self._auth_token = auth_token
        self._allowed = frozenset(allowed_hosts)
        self._local = threading.local()

    def may_reach(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.") or host in self._allowed

    def get(self, url: str, *, most: int) -> tuple[bytes, str] | None:
        """A file that a message names and its type, of at most so many bytes; None without it."""
        if not self.may_reach(url):
            return None
        request = urllib.request.Request(url, headers={"User-Agent": "TwilioProxy/1.1"})  # noqa: S310 - checked
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=15) as answer:
                content = answer.read(most + 1)
                kind = answer.headers.get_content_type()
        except (OSError, http.client.HTTPException):
            return None
        return (content, kind) if 0 < len(content) <= most else None

    def post(self, url: str, parameters: Sequence[tuple[str, str]], token: str) -> str | None:
        """None when it was acknowledged, else what failed: ct, rt, 3xx, 4xx or 5xx."""
        overrides = Overrides.of(url)
        target = urldefrag(url).url
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Twilio-Signature": sign(self._auth_token, target, parameters),
            "I-Twilio-Idempotency-Token": token,
        }
        body = urlencode(parameters).encode()
        status = self._send(target, body, headers, overrides)
        if isinstance(status, str):
            return status
        return None if 200 <= status < 300 else f"{status // 100}xx"

    def _send(
        self, url: str, body: bytes, headers: dict[str, str], overrides: Overrides
    ) -> int | str:
        parts = urlsplit(url)
        path = parts.path or "/"
        if parts.query:
            path += f"?{parts.query}"
        pool: dict[str, http.client.HTTPConnection] = self._local.__dict__.setdefault("pool", {})
        place = f"{parts.scheme}://{parts.netloc}"
        kept = pool.pop(place, None)
        for connection in (kept, None) if kept else (None,):
            fresh = connection is None
            if connection is None:
                kind = (
                    http.client.HTTPSConnection
                    if parts.scheme == "https"
                    else http.client.HTTPConnection
                )
                connection = kind(parts.hostname or "", parts.port, timeout=overrides.connect)
                try:
                    connection.connect()
                except OSError:
                    connection.close()
                    return CONNECT
            connection.sock.settimeout(overrides.read)
            try:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                stale = isinstance(error, (http.client.RemoteDisconnected, ConnectionError))
                if stale and not fresh:
                    continue  # an idle connection the other side had closed meanwhile
                return READ
            if answer.will_close:
                connection.close()
            else:
                pool[place] = connection
            return answer.status
        return READ
