"""The fixtures themselves: they must notice, and must not be silent about what they lack."""

import os
import signal
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser import axe, chromium
from tests.browser.started import StartedChromium
from tests.browser.watched import Watch, watched_window

pytestmark = pytest.mark.browser

_POLICY = "default-src 'self'"
_FAULTS = {
    "/script": "<script src='/throws.js'></script>",
    "/inline": "<p style='color:red'>.</p>",
    "/elsewhere": "<img src='https://elsewhere.example/a.png' alt=''>",
    "/broken": "<img src='/500' alt=''>",
}


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body, kind = 200, _FAULTS.get(self.path, ""), "text/html"
        if self.path == "/throws.js":
            body, kind = "throw new Error('on purpose')", "text/javascript"
        if self.path == "/500":
            status = 500
        data = f"<!doctype html><link rel='icon' href='data:,'>{body}".encode()
        data = body.encode() if kind != "text/html" else data
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if self.path != "/elsewhere":
            self.send_header("Content-Security-Policy", f"{_POLICY}; img-src 'self' data:")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def faulty_site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "noticed"),
    [
        ("/script", "on purpose"),
        ("/inline", "CSP: style-src"),
        ("/elsewhere", "asked for https://elsewhere.example"),
        ("/broken", "500 from GET"),
    ],
)
def test_whatever_goes_wrong_on_a_page_is_noticed(
    browser: Browser, faulty_site: str, path: str, noticed: str
) -> None:
    watch = Watch()
    with watched_window(browser, watch) as window:
        window.new_page().goto(f"{faulty_site}{path}", wait_until="networkidle")

    assert any(noticed in fault for fault in watch.faults), watch.faults


def test_axe_really_runs_under_a_strict_policy(
    open_window: Callable[..., BrowserContext], faulty_site: str, watch: Watch
) -> None:
    watch.expect("CSP: style-src|inline style")
    page = open_window().new_page()
    page.goto(f"{faulty_site}/inline")

    with pytest.raises(AssertionError, match=r"passed \d+ rules only"):
        axe.findings(page)


def test_a_chromium_that_does_not_close_holds_nobody_up_and_the_next_story_has_another(
    started: StartedChromium, faulty_site: str
) -> None:
    stuck = started.browser()
    window, other = stuck.new_context(), stuck.new_context()
    window.new_page().goto(f"{faulty_site}/fine")
    os.kill(started.pid, signal.SIGSTOP)

    with pytest.warns(UserWarning, match="killed"), started.killed_unless_closed(1.0):
        window.close()
    with started.killed_unless_closed():
        other.close()  # it went with the browser

    assert not stuck.is_connected()
    page = started.browser().new_context().new_page()
    page.goto(f"{faulty_site}/fine")
    page.context.close()


def test_a_missing_chromium_fails_in_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(chromium.NoChromium) as refusal:
        chromium.find_chromium()

    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert "package `chromium`" in sentence
    assert "CHROMIUM" in sentence


def test_a_wrong_chromium_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")

    with pytest.raises(chromium.NoChromium, match="CHROMIUM names /nowhere/chromium"):
        chromium.find_chromium()
