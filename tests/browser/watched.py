"""A browser window in which nothing may go wrong unnoticed."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, StorageState

# For the browser's start. Aborting in a route would do too, and switch off the cache.
NOWHERE_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"

_REFUSED_INPUT = re.compile(r"the server responded with a status of 422")
_LATE_ANSWER = re.compile(r"htmx:error: timeout")  # a busy machine; the page says it and asks again
_TELLS_OF_POLICY = """
document.addEventListener("securitypolicyviolation", event => console.error(
    `CSP: ${event.violatedDirective} refused ${event.blockedURI} ${event.sourceFile ?? ""}`))
"""


class Watch:
    """What went wrong in one window's pages."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._expected = [_REFUSED_INPUT, _LATE_ANSWER]

    def expect(self, pattern: str) -> None:
        """A fault that this test brings about itself."""
        self._expected.append(re.compile(pattern))

    def note(self, fault: str) -> None:
        if not any(pattern.search(fault) for pattern in self._expected):
            self.faults.append(fault)

    def to_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            page = message.page.url if message.page else ""
            self.note(f"console: {message.text} ({where}) on {page}")


@contextmanager
def watched_window(
    browser: Browser,
    watch: Watch,
    *,
    signed_in: StorageState | None = None,
    width: int = 1366,
    height: int = 768,
    scripts: tuple[str, ...] = (),
    base_url: str | None = None,
    with_script: bool = True,
    closing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Iterator[BrowserContext]:
    """A fresh profile of an Argentine office PC that reaches this machine alone.

    ``closing``: what its end is wrapped in, see `StartedChromium.killed_unless_closed`.
    """
    context = browser.new_context(
        base_url=base_url,
        locale="es-AR",
        timezone_id="America/Argentina/Buenos_Aires",
        reduced_motion="reduce",
        color_scheme="light",
        viewport={"width": width, "height": height},
        storage_state=signed_in,
        java_script_enabled=with_script,
    )
    context.set_default_timeout(30_000)
    context.on("console", watch.to_console)
    context.on("weberror", lambda error: watch.note(f"script: {error.error}"))
    context.on(
        "response",
        lambda response: (
            response.status >= 500
            and watch.note(f"{response.status} from {response.request.method} {response.url}")
        ),
    )
    context.on("request", lambda request: _note_if_elsewhere(request, watch))
    context.add_init_script(_TELLS_OF_POLICY)
    for script in scripts:
        context.add_init_script(script)
    try:
        yield context
    finally:
        with closing():
            context.close()


def _note_if_elsewhere(request: Request, watch: Watch) -> None:
    """It goes nowhere, see `NOWHERE_ELSE`; that it was asked for is a fault."""
    parts = urlsplit(request.url)
    if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
        watch.note(f"asked for {request.url}")
