"""The stub provider's own pages, as the driver of a fault run reads and uses them."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from dashboard.rehearsal.simulator_client import SimulatorClient
from messaging.simulator.signing import sign

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Provider(SimulatorClient):
    """Its ledger is the truth; it is never reached by a faulty road from here."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._url = f"{base_url}/simulator/api"

    def posts(self) -> list[dict[str, Any]]:
        return list(self._pages("posts", "posts"))

    def callbacks(self) -> dict[str, int]:
        """How many different ones the provider had to tell, and what became of them."""
        counted = self.summary()["webhooks"]

        def of(name: str) -> int:
            return int(counted.get(f"callbacks_{name}", 0))

        given = of("acknowledged") + of("given_up")
        return {
            "made": of("lost") + given - of("doubled"),
            "lost": of("lost"),
            "doubled": of("doubled"),
            "reordered": of("reordered"),
            "early": of("early"),
            "given_up": of("given_up"),
            "retried": of("retried"),
        }

    def behave(self, changes: Mapping[str, Any]) -> None:
        self._send("PUT", "profile", changes)

    def write(self, phone: str, text: str, *, to: str) -> None:
        """A customer writes that he wants to be left alone."""
        self._send(
            "POST",
            f"customers/{urllib.parse.quote(phone)}/write",
            {"text": text, "opt_out": True, "to": to},
        )

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        request = urllib.request.Request(
            f"{self._url}/{path}",
            data=json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with _OPENER.open(request, timeout=30) as answer:
            answer.read()


def post_callback(url: str, form: Mapping[str, str], *, token: str) -> int | None:
    """A status callback as Twilio signs it; the HTTP status, or None if nobody answered."""
    request = urllib.request.Request(
        url,
        data=urllib.parse.urlencode(form).encode(),
        headers={"X-Twilio-Signature": sign(token, url, list(form.items()))},
    )
    try:
        with _OPENER.open(request, timeout=10) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None
