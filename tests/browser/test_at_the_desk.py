"""An operator's hours at the desk: by keyboard alone, with a line that drops, with customers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from tests.browser import axe
from tests.browser.cast import CARLA, DIEGO, PASSWORD
from tests.browser.conftest import Office
from tests.browser.waiting import a_silent_case, a_waiting_case
from tests.browser.watched import Watch

pytestmark = pytest.mark.browser

SLOWLY = 40_000  # ms: workers and the simulator are at it


def test_a_case_is_answered_and_closed_without_touching_the_mouse(
    office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    watch.expect("status of 409")
    case_id, phone = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk?view=all&q={phone[-6:]}")
    keys = page.keyboard

    keys.press("j")
    expect(page).to_have_url(re.compile(rf"/desk/{case_id}\b"))
    keys.press("r")
    expect(page.locator("textarea:focus")).to_be_visible()
    keys.type("Gracias por avisar, ya lo reviso.")
    keys.press("Enter")
    expect(page.locator("#thread-log")).to_contain_text("ya lo reviso")
    keys.press("Escape")
    keys.press("1")
    expect(page.locator("#result-panel input:checked").first).to_be_attached()
    expect(page.locator(".result-values")).not_to_be_empty()
    keys.press("Control+Enter")
    toast, told = page.locator("#toasts [data-toast]"), page.locator("#result-panel [role=alert]")
    expect(toast.or_(told).first).to_be_visible()
    if told.count():  # he wrote again in that second: it is read, and saved with the same key
        expect(told).to_contain_text("El cliente acaba de escribir")
        keys.press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text(re.compile(r"\w"))
    recorded = _results(office, case_id)
    assert recorded[-1] == DIEGO.name
    assert page.evaluate("document.activeElement !== null")


def test_a_lost_line_keeps_what_was_typed_and_it_goes_when_the_line_is_back(
    office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    box = page.get_by_label("Mensaje para el cliente")
    box.fill("Le mando el cupón en un rato.")

    page.context.set_offline(True)
    box.press("Enter")

    expect(page.locator("[data-link]")).to_contain_text("Sin conexión")
    expect(box).to_have_value("Le mando el cupón en un rato.")
    page.context.set_offline(False)
    expect(page.locator("[data-link]")).not_to_contain_text("Sin conexión", timeout=SLOWLY)
    box.press("Enter")
    expect(page.locator("#thread-log")).to_contain_text("Le mando el cupón en un rato.")
    expect(box).to_have_value("")
    assert _sent(office, case_id, "Le mando el cupón en un rato.") == 1


def test_after_a_sleep_what_came_is_there_and_what_was_typed_too(
    office: Office, sit_down: Callable[..., Page], open_window: Callable[..., BrowserContext]
) -> None:
    case_id, phone = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    box = page.get_by_label("Mensaje para el cliente")
    box.fill("Le estaba por decir")
    lid = page.context.new_cdp_session(page)

    lid.send("Page.setWebLifecycleState", {"state": "frozen"})
    customer = open_window(width=390, height=844).new_page()
    customer.goto(f"{office.life.phone_url}/{phone}")
    customer.locator("#text").fill("¿Sigue ahí?")
    customer.locator("#text").press("Enter")
    expect(customer.locator("#thread li.out").last).to_contain_text("¿Sigue ahí?")
    lid.send("Page.setWebLifecycleState", {"state": "active"})

    expect(page.locator("#thread-log")).to_contain_text("¿Sigue ahí?", timeout=SLOWLY)
    expect(box).to_have_value("Le estaba por decir")
    box.press("Enter")
    expect(page.locator("#thread-log")).to_contain_text("Le estaba por decir")


def test_a_lost_session_leads_back_to_the_case_with_the_text_intact(
    office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    watch.expect("status of 401")
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    box = page.get_by_label("Mensaje para el cliente")
    box.fill("Ya quedó anotado.")
    page.wait_for_timeout(700)  # the draft is kept a moment after the last key

    page.context.clear_cookies()
    page.keyboard.press("Enter")  # or a poll finds it first: both lead to the same page

    page.wait_for_url("**/sign-in**")
    page.get_by_label("Correo").fill(DIEGO.email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.wait_for_url(f"**/desk/{case_id}**")
    expect(page.get_by_label("Mensaje para el cliente")).to_have_value("Ya quedó anotado.")
    assert _sent(office, case_id, "Ya quedó anotado.") == 0


def test_a_tap_on_the_customers_phone_is_a_result_on_the_desk(
    office: Office, sit_down: Callable[..., Page], open_window: Callable[..., BrowserContext]
) -> None:
    case_id, phone = a_silent_case(office)
    desk = sit_down(CARLA)
    desk.goto(f"/desk/{case_id}?view=all")
    customer = open_window(width=390, height=844).new_page()
    customer.goto(f"{office.life.phone_url}/{phone}")

    customer.get_by_role("button", name="Pago en otra fecha").first.click()

    expect(customer.locator("#thread li.out").last).to_contain_text("Pago en otra fecha")
    panel = desk.locator("#desk-card")
    expect(desk.locator("#case-card")).to_contain_text("Promesa de pago", timeout=SLOWLY)
    expect(panel).to_contain_text("Lo registró el sistema")
    expect(desk.locator("#thread-log")).to_contain_text("por el botón")
    assert axe.findings(customer) == []


def test_the_coupon_is_a_page_of_its_own_on_a_cheap_phone(
    office: Office, open_window: Callable[..., BrowserContext]
) -> None:
    page = open_window(width=360, height=640).new_page()
    page.goto(office.coupon_url())

    assert axe.findings(page) == []
    page.get_by_role("button", name="Ver mi cupón").click()

    expect(page.locator("main, body").first).to_contain_text("$")
    assert axe.findings(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def _results(office: Office, case_id: int) -> list[str]:
    with office.life.runtime.sessions() as session:
        rows = session.execute(
            text(
                "SELECT coalesce(users.name, '') FROM results"
                " LEFT JOIN users ON users.id = results.by_id"
                " WHERE results.case_id = :case ORDER BY results.id"
            ),
            {"case": case_id},
        )
        return [name for (name,) in rows]


def _sent(office: Office, case_id: int, body: str) -> int:
    with office.life.runtime.sessions() as session:
        found: int = session.execute(
            text("SELECT count(*) FROM messages WHERE case_id = :case AND body = :body"),
            {"case": case_id, "body": body},
        ).scalar_one()
        return found
