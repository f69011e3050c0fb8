"""The picture in the README is the product's own: taken here, kept small, and never missing."""

import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from runtime.settings import project_folder
from tests.browser.cast import LUCIA
from tests.browser.conftest import Office
from tests.browser.going_out import SLOWLY, launched, slow_line

COMMITTED = project_folder() / "docs" / "screenshots" / "campaign.png"
NAVIGATION = COMMITTED.with_suffix(".navigation.txt")  # what stood there when it was taken
WIDTH, HEIGHT = 1366, 900
MOST_BYTES = 200_000


@pytest.mark.own_office
@pytest.mark.browser
def test_the_campaign_page_is_photographed_for_the_readme(
    office: Office, sit_down: Callable[..., Page], request: pytest.FixtureRequest
) -> None:
    page = sit_down(LUCIA, width=WIDTH, height=HEIGHT)
    taken = project_folder() / "var" / "screenshots" / "readme.png"
    taken.parent.mkdir(parents=True, exist_ok=True)

    with slow_line(office, rate=4):
        campaign = launched(office, page, "Cuota de diciembre, primer aviso")
        expect(page.locator(".sending-share b")).to_have_text(
            re.compile(r"^[3-8]\d\s*%"), timeout=2 * SLOWLY
        )
        page.goto(f"/campaigns/{campaign}")  # without the toast of its launch
        expect(page.locator(".sending-pace")).to_contain_text(
            re.compile(r"por minuto · termina .*\d")
        )
        page.screenshot(path=taken)
        navigation = [
            " ".join(entry.split())
            for entry in page.locator(".rail-nav a > span:first-of-type").all_text_contents()
        ]

    _expect_fit(taken)
    told = "\n".join(navigation) + "\n"
    if request.config.getoption("--update-screenshots"):
        COMMITTED.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(taken, COMMITTED)
        NAVIGATION.write_text(told, "utf-8")
    assert NAVIGATION.read_text("utf-8") == told, "take it anew: --update-screenshots"


def test_the_readme_shows_a_picture_that_is_there() -> None:
    shown = COMMITTED.relative_to(project_folder()).as_posix()

    assert f"({shown})" in (project_folder() / "README.md").read_text("utf-8")
    _expect_fit(COMMITTED)


def _expect_fit(picture: Path) -> None:
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (WIDTH, HEIGHT)
    assert len(content) <= MOST_BYTES
