"""What the simulator tells about itself: its ledger, its customers' replies, its summary."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PAGE = 1000


class SimulatorClient:
    """Reads the simulator's own pages at ``base_url``, over loopback."""

    def __init__(self, base_url: str) -> None:
        self._base = f"{base_url}/simulator/api"

    def ledger(self) -> list[dict[str, Any]]:
        """Every message that it accepted, oldest first."""
        return list(self._pages("ledger", "messages"))

    def replies(self) -> list[dict[str, Any]]:
        """Everything that its customers wrote, oldest first."""
        return list(self._pages("replies", "replies"))

    def summary(self) -> dict[str, Any]:
        return self._get("summary")

    def _pages(self, path: str, key: str) -> Iterator[dict[str, Any]]:
        after: Any = 0
        while True:
            page = self._get(f"{path}?after={urllib.parse.quote(str(after))}&limit={_PAGE}")
            yield from page[key]
            if len(page[key]) < _PAGE or page["next_after"] in (None, after):
                return
            after = page["next_after"]

    def _get(self, path: str) -> dict[str, Any]:
        with _OPENER.open(f"{self._base}/{path}", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


def open_coupon(url: str) -> str:
    """Do what a customer does: open the page, press the button; the page that then shows."""
    with _OPENER.open(url, timeout=30) as answer:
        page = answer.read().decode()
    form = dict(_inputs(page))
    action = _between(page, 'action="', '"') or url
    data = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(urllib.parse.urljoin(url, action), data=data)  # noqa: S310
    with _OPENER.open(request, timeout=30) as answer:
        opened: str = answer.read().decode()
        return opened


def _inputs(page: str) -> Iterator[tuple[str, str]]:
    for part in page.split("<input")[1:]:
        tag = part.partition(">")[0]
        if name := _between(tag, 'name="', '"'):
            yield name, _between(tag, 'value="', '"') or ""


def _between(text: str, start: str, end: str) -> str | None:
    _, found, rest = text.partition(start)
    return rest.partition(end)[0] if found else None
