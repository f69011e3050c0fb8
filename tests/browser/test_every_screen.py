"""Every screen, light and dark, wide and on a phone: nobody is shut out, nothing overflows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dashboard.app import create_app
from runtime.settings import project_folder
from tests.browser import axe
from tests.browser.conftest import Office
from tests.browser.screens import NO_SCREENS, SCREENS, Screen
from tests.browser.watched import Watch

pytestmark = pytest.mark.browser

MOST_NODES = 1_200
_PICTURES = project_folder() / "var" / "screenshots"
_SIZES = {"desktop": (1366, 768), "phone": (390, 844)}
_SMALLEST = 320

_OVERFLOWING = """
() => {
    const scrolls = element => /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
    const inABox = element => {
        for (let box = element.parentElement; box && box !== document.body; box = box.parentElement)
            if (scrolls(box)) return true;
        return false;
    };
    if (document.documentElement.scrollWidth <= document.documentElement.clientWidth) return [];
    return [...document.querySelectorAll("body *")]
        .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
        .filter(element => !inABox(element))
        .slice(0, 8).map(element => element.outerHTML.slice(0, 120));
}
"""


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_fit_for_everybody(
    screen: Screen, office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    if screen.status >= 400:
        watch.expect(f"status of {screen.status}")
    page = sit_down(screen.person)

    answer = page.goto(screen.at(office.played))

    assert answer is not None
    assert answer.status == screen.status
    assert page.locator("h1").count() == 1
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    assert nodes <= MOST_NODES, f"{nodes} nodes"
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for size, (width, height) in _SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            _photograph(page, f"{screen.name}-{theme}-{size}")
            look = axe.findings if theme == "light" else axe.colour_findings
            found += [f"{theme}, {size}: {finding}" for finding in look(page)]
    assert found == []
    page.set_viewport_size({"width": _SMALLEST, "height": 640})
    assert page.evaluate(_OVERFLOWING) == []


def test_no_screen_is_left_out(office: Office) -> None:
    rules = create_app(office.life.settings).url_map.iter_rules()
    pages = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}

    told = {screen.endpoint for screen in SCREENS} | NO_SCREENS.keys()

    assert pages - told == set(), "neither in SCREENS nor in NO_SCREENS"
    assert told - pages - {""} == set(), "listed, and not there any more"


def _photograph(page: Page, name: str) -> Path:
    _PICTURES.mkdir(parents=True, exist_ok=True)
    path = _PICTURES / f"{name}.png"
    page.screenshot(path=path, full_page=True, animations="disabled")
    return path
