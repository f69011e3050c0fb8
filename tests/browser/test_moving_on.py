"""From case to case with one key: the next is the one behind, what was skipped comes at the end."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from models.case import Case
from tests.browser.cast import CARLA, LUCIA, Person
from tests.browser.conftest import Office
from tests.browser.test_every_screen import _photograph
from tests.browser.waiting import a_waiting_case

pytestmark = pytest.mark.browser


def test_who_saves_goes_on_behind_it_and_comes_to_what_was_skipped_at_the_end(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    for _ in range(4):
        _held(office, a_waiting_case(office)[0], LUCIA)  # who has nothing else
    page = sit_down(LUCIA)
    page.goto("/desk?view=mine")
    expect(page.locator(".desk-row")).to_have_count(4)
    rows = [row.get_attribute("id") or "" for row in page.locator(".desk-row").all()]
    skipped, answered, taken, last = [int(row.removeprefix("row-")) for row in rows]
    page.keyboard.press("j")
    _is_on_screen(page, skipped)
    page.keyboard.press("j")
    _is_on_screen(page, answered)
    page.keyboard.press("r")
    page.keyboard.type("Ya lo miro.")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-log")).to_contain_text("Ya lo miro.")
    expect(page.locator(".desk-row").last).to_have_id(f"row-{answered}")  # nobody waits in it
    expect(page.locator(f"#row-{taken}")).to_have_attribute("data-key", "j")
    _held(office, taken, CARLA)
    page.keyboard.press("Escape")

    _saves_a_complaint(page)
    _is_on_screen(page, last)
    _saves_a_complaint(page)
    _is_on_screen(page, skipped)
    _saves_a_complaint(page)

    expect(page.locator(".desk-none")).to_contain_text("Nadie más espera en esta lista.")
    expect(page).to_have_url(re.compile(r"/desk\?"))
    _photograph(page, "nothing-waits-any-more")


def _saves_a_complaint(page: Page) -> None:
    page.keyboard.press("c")
    expect(page.get_by_label("Reclamo")).to_be_checked()
    page.keyboard.press("Control+Enter")


def _is_on_screen(page: Page, case_id: int) -> None:
    expect(page).to_have_url(re.compile(rf"/desk/{case_id}\b"))
    expect(page.locator(f"#row-{case_id}")).to_have_attribute("aria-current", "true")


def _held(office: Office, case_id: int, by: Person) -> None:
    with office.life.runtime.sessions.begin() as session:
        session.get_one(Case, case_id).operator_id = office.played.people[by]
