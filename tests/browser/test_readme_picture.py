"""The picture in the README is the product's own: taken here, kept small, and never missing."""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from runtime.settings import project_folder
from tests.browser.cast import LUCIA
from tests.browser.conftest import Office

COMMITTED = project_folder() / "docs" / "screenshots" / "campaign.png"
WIDTH, HEIGHT = 1366, 900
MOST_BYTES = 200_000


@pytest.mark.browser
def test_the_campaign_page_is_photographed_for_the_readme(
    office: Office, sit_down: Callable[..., Page], request: pytest.FixtureRequest
) -> None:
    page = sit_down(LUCIA, width=WIDTH, height=HEIGHT)
    page.goto("/campaigns/{running}".format(**office.played.ids))
    expect(page.locator("#progress")).to_contain_text("mensajes")
    taken = project_folder() / "var" / "screenshots" / "readme.png"
    taken.parent.mkdir(parents=True, exist_ok=True)

    page.screenshot(path=taken)

    _expect_fit(taken)
    if request.config.getoption("--update-screenshots"):
        COMMITTED.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(taken, COMMITTED)


def test_the_readme_shows_a_picture_that_is_there() -> None:
    shown = COMMITTED.relative_to(project_folder()).as_posix()

    assert f"({shown})" in (project_folder() / "README.md").read_text("utf-8")
    _expect_fit(COMMITTED)


def _expect_fit(picture: Path) -> None:
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (WIDTH, HEIGHT)
    assert len(content) <= MOST_BYTES
