"""Once a result is chosen the others make room: what it asks for and the save stand in sight."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.cast import DIEGO
from tests.browser.conftest import Office
from tests.browser.test_files_in_hand import _everywhere
from tests.browser.waiting import a_waiting_case
from tests.browser.watched import Watch

pytestmark = pytest.mark.browser


def _open(office: Office, page: Page) -> Locator:
    """A case that waits; its result panel."""
    page.goto(f"/desk/{a_waiting_case(office)[0]}?view=all")
    return page.locator("#result-panel")


def _is_in_sight(panel: Locator, page: Page) -> None:
    box = panel.get_by_role("button", name="Guardar y siguiente").bounding_box()
    viewport = page.viewport_size
    assert box is not None
    assert viewport is not None
    assert box["y"] + box["height"] <= viewport["height"]
    assert page.locator("#desk-card").evaluate("card => card.scrollTop") == 0


@pytest.mark.parametrize(
    ("key", "asks"), [("2", "Importe"), ("l", "Cuándo"), ("s", "Dato")],
    ids=["a promise", "a call", "a procedure"],
)  # fmt: skip
def test_whatever_a_result_asks_for_its_save_is_in_sight(
    office: Office, sit_down: Callable[..., Page], key: str, asks: str
) -> None:
    page = sit_down(DIEGO)
    panel = _open(office, page)

    page.keyboard.press(key)

    expect(panel.get_by_label(asks, exact=True)).to_be_visible()
    _is_in_sight(panel, page)
    assert axe.findings(page) == []
    _everywhere(page, f"result-{key}-chosen")


def test_a_chosen_result_is_changed_by_key_by_mouse_and_by_arrow(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(DIEGO)
    panel = _open(office, page)
    promise, told = panel.get_by_label("Promesa de pago"), panel.get_by_label("Avisado")
    box = panel.locator(".result-set")
    open_height = _height(box)
    page.keyboard.press("2")
    expect(panel.get_by_label("Fecha", exact=True)).to_be_focused()
    assert _height(box) < open_height / 2

    page.keyboard.press("Escape")
    page.keyboard.press("5")
    expect(told).to_be_checked()
    expect(panel.get_by_label("Fecha", exact=True)).to_have_count(0)
    panel.get_by_text("Cambiar").last.click()
    assert _height(box) >= open_height
    panel.locator("label.option", has_text="Promesa de pago").click()

    expect(promise).to_be_checked()
    expect(panel.get_by_label("Fecha", exact=True)).to_be_focused()
    assert _height(box) < open_height / 2
    page.keyboard.press("Shift+Tab")
    expect(promise).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(promise).not_to_be_checked()
    assert _height(box) >= open_height  # one walks on with the arrows


@pytest.mark.parametrize("ends", ["the network", "one request"])
def test_what_a_result_asks_for_comes_by_itself_once_the_line_is_back(
    office: Office, sit_down: Callable[..., Page], watch: Watch, ends: str
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch")
    page = sit_down(DIEGO)
    panel = _open(office, page)
    detail, day = panel.get_by_label("Detalle"), panel.get_by_label("Fecha", exact=True)
    if ends == "the network":
        page.context.set_offline(True)
    else:
        page.route("**/result?**", lambda route: route.abort())
    page.keyboard.press("2")
    detail.click()
    page.keyboard.type("Cobra el 28")
    if ends == "the network":
        expect(page.locator("[data-link]")).to_have_attribute("data-lost", "")
    expect(day).to_have_count(0)

    page.context.set_offline(False)
    page.unroute("**/result?**")

    expect(day).to_be_visible()
    expect(panel.get_by_label("Importe")).to_have_value(re.compile(r"\d"))
    expect(panel.get_by_label("Promesa de pago")).to_be_checked()
    page.keyboard.type(", llamar")
    expect(detail).to_have_value("Cobra el 28, llamar")


def _height(box: Locator) -> float:
    found = box.bounding_box()
    assert found is not None
    return found["height"]
