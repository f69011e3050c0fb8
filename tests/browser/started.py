"""Chromium as one test run has it: started once, and again if it had to be killed."""

import contextlib
import os
import signal
import threading
import warnings
from collections.abc import Iterator

from playwright.sync_api import Browser, Error, Playwright

from tests.browser.chromium import Chromium
from tests.browser.watched import NOWHERE_ELSE

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    NOWHERE_ELSE,
)
CLOSING = 45.0  # seconds; usually some tenths


class StartedChromium:
    """Playwright waits for ever for a Chromium that does not close: here it is killed instead."""

    def __init__(self, playwright: Playwright, chromium: Chromium) -> None:
        self._playwright, self._chromium = playwright, chromium
        self._browser: Browser | None = None
        self.pid = 0

    def browser(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(
                executable_path=self._chromium.path,
                args=list(_ARGUMENTS),
                env={**os.environ, **self._chromium.env},
            )
            self.pid = _process_of(self._browser)
        return self._browser

    @contextlib.contextmanager
    def killed_unless_closed(self, seconds: float = CLOSING) -> Iterator[None]:
        """Whoever closes something of it inside comes back, be it because it was killed."""
        pid, killed = self.pid, threading.Event()

        def kill() -> None:
            killed.set()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        timer = threading.Timer(seconds, kill)
        timer.start()
        try:
            yield
        except Error:
            if not killed.is_set():
                raise
        finally:
            timer.cancel()
        if killed.is_set():
            warnings.warn(f"Chromium did not close in {seconds:.0f} s: killed", stacklevel=3)

    def close(self) -> None:
        if self._browser is not None and self._browser.is_connected():
            with self.killed_unless_closed():
                self._browser.close()


def _process_of(browser: Browser) -> int:
    session = browser.new_browser_cdp_session()
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return int(next(each["id"] for each in told if each["type"] == "browser"))
