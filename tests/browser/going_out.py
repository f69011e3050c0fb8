"""A campaign that goes out while somebody looks: launched on the screen, on a slow line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from campaigns.drafts import duplicate
from models.campaign import Campaign, CampaignOperator
from tests.browser import axe
from tests.browser.cast import CARLA, DIEGO
from tests.browser.conftest import Office

SLOWLY = 60_000  # ms: workers are at it
_RATE = "UPDATE lines SET rate_per_second = :rate"
_LAUNCH = re.compile(r"^Lanzar [\d.]+ mensajes?$")


@contextmanager
def slow_line(office: Office, *, rate: int) -> Iterator[None]:
    """So many messages a second; as it was afterwards."""
    begin = office.life.runtime.sessions.begin
    with begin() as session:
        before = session.execute(text("SELECT rate_per_second FROM lines")).scalars().first()
        session.execute(text(_RATE), {"rate": rate})
    try:
        yield
    finally:
        with begin() as session:
            session.execute(text(_RATE), {"rate": before})


def launched(office: Office, page: Page, name: str) -> int:
    """A copy of the morning's campaign, launched through its dialog; its page is shown."""
    with office.life.runtime.sessions.begin() as session:
        campaign_id = duplicate(session, office.played.ids["running"])
        session.get_one(Campaign, campaign_id).name = name
        for person in (DIEGO, CARLA):
            user_id = office.played.people[person]
            if session.get(CampaignOperator, (campaign_id, user_id)) is None:
                session.add(CampaignOperator(campaign_id=campaign_id, user_id=user_id))
    page.goto(f"/campaigns/{campaign_id}/edit/review")
    page.locator("#verdict").get_by_role("button", name=_LAUNCH).first.click(timeout=SLOWLY)
    dialog = page.locator("dialog#launch")
    expect_open_and_clean(page, dialog)
    dialog.get_by_role("button", name=_LAUNCH).click()
    page.wait_for_url(re.compile(rf"/campaigns/{campaign_id}$"))
    # planned: until then the page is drawn anew, and a dialog on it with it
    expect(page.locator(".page-title .pill")).to_contain_text("En curso", timeout=SLOWLY)
    return campaign_id


def expect_open_and_clean(page: Page, dialog: Locator) -> None:
    """It has the focus, and axe finds nothing on the page while it is open."""
    expect(dialog).to_be_visible()
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    assert axe.findings(page) == []
