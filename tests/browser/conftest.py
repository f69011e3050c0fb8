"""One Chromium and one living installation for all browser stories; one window per test."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from runtime.embedded import EmbeddedValkey
from tests.browser import axe
from tests.browser.cast import (
    Person,
    Played,
    everybody_falls_silent,
    play_a_morning,
    signed_in,
)
from tests.browser.chromium import Chromium, NoChromium, find_chromium
from tests.browser.life import Life, living
from tests.browser.started import StartedChromium
from tests.browser.watched import Watch, watched_window


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser stories out only when somebody asked for that.

    Those with an office of their own come last, when the others' is closed: one at a time.
    """
    stories = [item for item in items if item.get_closest_marker("browser")]
    if config.getoption("--no-browser"):
        left_out = pytest.mark.skip(reason="--no-browser: left out on purpose")
        for item in stories:
            item.add_marker(left_out)
    places = [place for place, item in enumerate(items) if item.get_closest_marker("browser")]
    for place, item in zip(places, sorted(stories, key=_is_own), strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """Brought if it was not there; the test run fails where it cannot be."""
    try:
        return find_chromium()
    except NoChromium as reason:
        pytest.fail(str(reason), pytrace=False)


@pytest.fixture(scope="session")
def started(chromium: Chromium) -> Iterator[StartedChromium]:
    changed = {name: os.environ.get(name) for name in chromium.env}
    os.environ.update(chromium.env)  # the driver inherits it; nothing that comes later does
    try:
        playwright = sync_playwright().start()
    finally:
        for name, before in changed.items():
            os.environ.pop(name) if before is None else os.environ.update({name: before})
    started = StartedChromium(playwright, chromium)
    expect.set_options(timeout=15_000)  # the machine may be busy with other tests
    yield started
    started.close()
    playwright.stop()


@pytest.fixture
def browser(started: StartedChromium) -> Browser:
    return started.browser()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test on what its pages complained of."""
    watch = Watch()
    yield watch
    assert watch.faults == []


@dataclass(frozen=True)
class Office:
    """The installation and what has happened in it."""

    life: Life
    played: Played

    def coupon_url(self) -> str:
        """Where the button of a message that was read leads."""
        return next(
            button["url"]
            for entry in self.life.simulator.ledger()
            if entry["status"] in ("delivered", "read")
            for button in entry["buttons"]
            if button.get("url")
        )


_open = ExitStack()  # the office, from the first story that enters it to the last
_offices: list[Office] = []
_own_open = ExitStack()  # that of a file whose stories write to everybody: others count on silence
_own_offices: list[Office] = []
_windows = ExitStack()  # of the story that is being told


@pytest.fixture
def office(
    request: pytest.FixtureRequest,
    make_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Office:
    """A morning of work on real processes; all browser stories share it, but `own_office`."""
    is_own = _is_own(request.node)
    offices, opened = (_own_offices, _own_open) if is_own else (_offices, _open)
    if not offices:
        folder = tmp_path_factory.mktemp("office")
        valkey = EmbeddedValkey(folder)
        valkey.start()
        opened.callback(valkey.stop)
        valkey.wait_ready()
        life = opened.enter_context(
            living(
                folder / "data",
                database_url=make_database(),
                redis_url=valkey.url,
                speed=10,
                simulator_options=("--profile", "demo", "--seed", "7", "--speed", "300"),
            )
        )
        try:
            played = play_a_morning(life)
            if not is_own:
                everybody_falls_silent(life, played)
        except BaseException:
            opened.close()  # or one more would run for each story that asks for it
            raise
        offices.append(Office(life, played))
    return offices[0]


def _is_own(item: pytest.Item) -> bool:
    return item.get_closest_marker("own_office") is not None


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Close the office behind the last browser story: the tests after it need the machine."""
    if _own_offices and (nextitem is None or nextitem.path != item.path):
        _windows.close()  # first: their pages ask the office every two seconds
        _own_offices.clear()
        _own_open.close()
    if nextitem is None or not nextitem.get_closest_marker("browser") or _is_own(nextitem):
        _windows.close()  # first: their pages ask the office every two seconds
        _offices.clear()
        _open.close()


@pytest.fixture
def sit_down(office: Office, open_window: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """``sit_down(DIEGO, width=390)``: a page in a window in which he is signed in."""

    def sit(person: Person | None, **given: object) -> Page:
        state = None
        if person is not None:
            state = signed_in(office.life.runtime, office.played.people[person], office.life.url)
        return open_window(signed_in=state, base_url=office.life.url, **given).new_page()

    return sit


@pytest.fixture
def open_window(
    started: StartedChromium, browser: Browser, watch: Watch
) -> Iterator[Callable[..., BrowserContext]]:
    """Call it for a window; its arguments are those of `watched_window`."""
    yield lambda **given: _windows.enter_context(
        watched_window(
            browser, watch, scripts=(axe.SCRIPT,), closing=started.killed_unless_closed, **given
        )
    )
    _windows.close()
