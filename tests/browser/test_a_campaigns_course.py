"""What a supervisor does to a campaign under way: each pressed, and the state said after."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from campaigns import lifecycle
from runtime import live
from tests.browser.cast import LUCIA
from tests.browser.conftest import Office
from tests.browser.going_out import expect_open_and_clean, launched, slow_line

pytestmark = [pytest.mark.browser, pytest.mark.own_office]


@pytest.fixture
def crawling(office: Office) -> Iterator[None]:
    """A campaign is still going out when somebody stops it."""
    with slow_line(office, rate=1):
        yield


def test_a_campaign_is_paused_undone_resumed_and_cancelled(
    office: Office, crawling: None, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(LUCIA)
    campaign = launched(office, page, "Aviso que se cancela")

    _press(page, "Pausar")
    _expect_said(page, "Envíos en pausa.", "Pausada")
    page.locator("#toasts").get_by_role("button", name="Deshacer").click()
    _expect_said(page, "Envíos en marcha otra vez.", "En curso")
    _press(page, "Pausar")
    _expect_said(page, "Envíos en pausa.", "Pausada")
    _press(page, "Reanudar")
    _expect_said(page, "Envíos en marcha otra vez.", "En curso")

    dialog = _open(page, "Cancelar campaña…", "cancel")
    expect(dialog).to_contain_text("No se puede volver atrás")
    dialog.get_by_role("button", name="Dejarla como está").click()
    expect(dialog).to_be_hidden()
    _open(page, "Cancelar campaña…", "cancel")
    dialog.get_by_role("button", name=re.compile(r"^Cancelar \d+ mensajes?$")).click()
    _expect_said(page, re.compile(r"Campaña cancelada: \d+ mensajes? no se envían?"), "Cancelada")

    _expect_nothing_to_go(office, campaign)
    expect(page.get_by_role("button", name="Reanudar")).to_have_count(0)


def test_a_question_stays_while_the_campaign_changes_under_it(
    office: Office, crawling: None, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(LUCIA)
    campaign = launched(office, page, "Aviso que alguien más pausa")
    dialog = _open(page, "Cancelar campaña…", "cancel")

    _paused_by_a_colleague(office, campaign)
    page.wait_for_timeout(5_000)  # the page asks every two seconds

    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Dejarla como está").click()
    expect(page.locator(".page-title .pill")).to_contain_text("Pausada")


def test_a_campaign_is_finished_archived_and_reopened(
    office: Office, crawling: None, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(LUCIA)
    campaign = launched(office, page, "Aviso que se finaliza")

    dialog = _open(page, "Finalizar…", "finish")
    expect(dialog).to_contain_text("mensajes en cola que no se van a enviar")
    dialog.get_by_role("button", name="Finalizar la campaña").click()
    _expect_said(page, "Campaña finalizada", "Finalizada")
    _expect_nothing_to_go(office, campaign)

    _press(page, "Archivar")
    _expect_said(page, "Está en la solapa Archivadas", "Archivada")
    page.goto("/campaigns?state=archived")
    expect(page.locator("main")).to_contain_text("Aviso que se finaliza")

    page.goto(f"/campaigns/{campaign}")
    _press(page, "Reabrir")
    _expect_said(page, "Campaña reabierta", re.compile("En curso|Enviada"))
    _expect_nothing_to_go(office, campaign)


def _paused_by_a_colleague(office: Office, campaign_id: int) -> None:
    runtime = office.life.runtime
    with runtime.sessions.begin() as session:
        lifecycle.pause(session, campaign_id)
    live.touch(runtime.redis, live.campaign(campaign_id))


def _press(page: Page, button: str) -> None:
    page.locator("main").get_by_role("button", name=button, exact=True).click()


def _open(page: Page, entry: str, dialog_id: str) -> Locator:
    """A dialog from the menu of the head: what stands in it is accessible too."""
    page.locator("summary[aria-label='Más acciones']").click()
    page.get_by_role("button", name=entry, exact=True).click()
    dialog = page.locator(f"dialog#{dialog_id}")
    expect_open_and_clean(page, dialog)
    return dialog


def _expect_said(page: Page, said: str | re.Pattern[str], state: str | re.Pattern[str]) -> None:
    expect(page.locator("#toasts")).to_contain_text(said)
    expect(page.locator(".page-title .pill")).to_contain_text(state)


def _expect_nothing_to_go(office: Office, campaign_id: int) -> None:
    """At once, but for what was in flight and comes back: a job takes that, within its minute."""
    deadline = time.monotonic() + 90
    while _still_to_go(office, campaign_id):
        assert time.monotonic() < deadline, "it still waits to be sent"
        time.sleep(0.2)


def _still_to_go(office: Office, campaign_id: int) -> int:
    with office.life.runtime.sessions() as session:
        return session.execute(
            text(
                "SELECT count(*) FROM messages WHERE campaign_id = :id AND direction = 'out'"
                " AND state = 'planned'"
            ),
            {"id": campaign_id},
        ).scalar_one()
