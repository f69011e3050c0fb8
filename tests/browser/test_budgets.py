"""What a page may weigh, and what it may ask of the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from dashboard.app import create_app
from runtime.wiring import set_runtime
from tests.browser.cast import signed_in
from tests.browser.conftest import Office
from tests.browser.screens import SCREENS, Screen
from tests.statements import statements

pytestmark = pytest.mark.browser

MOST_COLD, MOST_REQUESTS = 110 * 1024, 10
MOST_WARM = 10 * 1024
MOST_SCRIPT, MOST_STYLE = 22 * 1024, 14 * 1024
MOST_QUERIES = 12

_PAGES = tuple(screen for screen in SCREENS if screen.status == 200)
_HEAVY = {
    "sign-in", "components", "campaigns", "campaign", "campaign-cases", "subscriptions",
    "step-audience", "template-edit", "case-waiting",
}  # fmt: skip
_WEIGHED = tuple(screen for screen in _PAGES if screen.name in _HEAVY)


@dataclass
class Load:
    """What came over the wire for one page, headers included."""

    requests: int = 0
    bytes: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)


@contextmanager
def measured(page: Page) -> Iterator[Load]:
    load = Load()
    kinds: dict[str, str] = {}
    cached: set[str] = set()
    polls: set[str] = set()
    devtools = page.context.new_cdp_session(page)

    def received(told: dict[str, Any]) -> None:
        kinds[told["requestId"]] = told["type"]
        if "/live?" in told["response"]["url"]:  # of a page that came slowly: not its own weight
            polls.add(told["requestId"])

    def finished(told: dict[str, Any]) -> None:
        if told["requestId"] in cached or told["requestId"] in polls:
            return
        load.requests += 1
        load.bytes += told["encodedDataLength"]
        kind = kinds.get(told["requestId"], "?")
        load.by_kind[kind] = load.by_kind.get(kind, 0) + told["encodedDataLength"]

    devtools.on("Network.responseReceived", received)
    devtools.on("Network.requestServedFromCache", lambda told: cached.add(told["requestId"]))
    devtools.on("Network.loadingFinished", finished)
    devtools.send("Network.enable")
    yield load
    page.wait_for_timeout(300)  # the font, and the sprite of the icons
    devtools.detach()


@pytest.mark.parametrize("screen", _WEIGHED, ids=lambda screen: screen.name)
def test_a_page_is_light_the_first_time_and_feather_light_after(
    screen: Screen, office: Office, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(screen.person)
    with measured(page) as cold:
        page.goto(screen.at(office.played), wait_until="load")
    page.wait_for_timeout(
        1_200
    )  # after a second what is on it counts as read: that is of this visit
    with measured(page) as warm:
        page.goto(screen.at(office.played), wait_until="load")

    assert cold.bytes <= MOST_COLD, cold
    assert cold.requests <= MOST_REQUESTS, cold
    assert cold.by_kind.get("Script", 0) <= MOST_SCRIPT, cold
    assert cold.by_kind.get("Stylesheet", 0) <= MOST_STYLE, cold
    assert warm.bytes <= MOST_WARM, warm


@pytest.fixture
def in_this_process(office: Office) -> Iterator[Flask]:
    """The same application on the same rows, where its queries can be counted."""
    set_runtime(office.life.runtime)
    yield create_app(office.life.settings)
    set_runtime(None)


@pytest.mark.parametrize("screen", _PAGES, ids=lambda screen: screen.name)
def test_a_page_asks_the_database_a_dozen_questions_at_most(
    screen: Screen, office: Office, in_this_process: Flask
) -> None:
    client = in_this_process.test_client()
    life = office.life
    if screen.person is not None:
        state = signed_in(life.runtime, office.played.people[screen.person], life.url)
        for cookie in state["cookies"]:
            client.set_cookie(cookie["name"], cookie["value"], domain="127.0.0.1")

    with statements(*life.runtime.engines) as asked:
        answer = client.get(screen.at(office.played), base_url=life.url)

    assert answer.status_code == 200
    assert len(asked) <= MOST_QUERIES, f"{len(asked)}:\n" + "\n".join(asked)


def test_the_coupon_page_is_feather_light(
    office: Office, open_window: Callable[..., BrowserContext]
) -> None:
    page = open_window(width=390, height=844).new_page()

    with measured(page) as cold:
        page.goto(office.coupon_url(), wait_until="load")

    assert cold.bytes <= 10 * 1024, cold
    assert cold.requests <= 3, cold

    with measured(page) as opened:
        page.get_by_role("button").click()
        page.wait_for_load_state("load")

    assert opened.bytes <= 10 * 1024 - cold.bytes, opened
    assert opened.requests <= 3, opened
