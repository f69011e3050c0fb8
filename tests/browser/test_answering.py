"""How an operator answers: quick texts, the coupon, a promise in one go; nights and persons."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from tests.browser import axe
from tests.browser.cast import DIEGO
from tests.browser.conftest import Office
from tests.browser.waiting import a_silent_case, a_waiting_case, a_waiting_case_among_several
from tests.browser.watched import Watch

pytestmark = pytest.mark.browser

SLOWLY = 40_000  # ms: workers and the simulator are at it
BOX = "Mensaje para el cliente"


def test_a_quick_text_is_found_and_filled_by_keyboard_alone(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    keys, box = page.keyboard, page.get_by_label(BOX)

    keys.press("r")
    keys.press("/")
    dialog = page.locator("#quick-texts[open]")
    expect(dialog.locator("a.quick-text").first).to_be_visible()
    assert axe.findings(page) == []
    keys.type("importe")
    expect(dialog.locator("a.quick-text:visible")).to_have_count(1)
    keys.press("Enter")

    expect(dialog).to_have_count(0)
    expect(box).to_be_focused()
    expect(box).to_have_value(re.compile(r"La cuota \d+ es de \$ [\d.,]+ y vence el \d\d/\d\d/"))
    keys.type(" Cualquier cosa avisame.")
    keys.press("Enter")
    expect(page.locator("#thread-log")).to_contain_text("Cualquier cosa avisame.")
    expect(box).to_have_value("")
    keys.press("/")
    expect(page.locator("#quick-texts[open]")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("#quick-texts[open]")).to_have_count(0)
    expect(box).to_be_focused()


def test_the_coupons_link_leaves_with_two_keys_and_its_visit_is_on_the_case(
    office: Office, sit_down: Callable[..., Page], open_window: Callable[..., BrowserContext]
) -> None:
    case_id, phone = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")

    page.keyboard.press("u")
    box = page.get_by_label(BOX)
    expect(box).to_have_value(re.compile(r"la cuota \d+ \(\$.[\d.,]+, vence el .*\{\{link_de_"))
    page.keyboard.press("Enter")

    expect(page.locator("#thread-log")).to_contain_text("[link de cupón]")
    expect(page.locator("#thread-log .is-read, #thread-log .bubble.out").last).to_be_visible()
    link = _link_on_the_phone(office, page, phone)
    customer = open_window(width=390, height=844).new_page()
    customer.goto(link)
    customer.get_by_role("button", name="Ver mi cupón").click()
    expect(customer.locator("main, body").first).to_contain_text("$")
    assert _opened(office, case_id) == 1


def test_a_draft_outlives_reload_another_case_and_a_dead_network(
    office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    case_id, _ = a_waiting_case(office)
    other_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    page.get_by_label(BOX).fill("Lo veo y te escribo.")

    page.reload()
    expect(page.get_by_label(BOX)).to_have_value("Lo veo y te escribo.")
    page.goto(f"/desk/{other_id}?view=all")
    expect(page.get_by_label(BOX)).to_have_value("")
    page.goto(f"/desk/{case_id}?view=all")
    expect(page.get_by_label(BOX)).to_have_value("Lo veo y te escribo.")

    page.context.set_offline(True)
    page.get_by_label(BOX).press("Enter")

    expect(page.locator("#composer [data-unsent]")).to_contain_text("No sabemos si se envió")
    expect(page.get_by_label(BOX)).to_have_value("Lo veo y te escribo.")
    page.context.set_offline(False)
    page.get_by_label(BOX).press("Enter")
    expect(page.locator("#thread-log")).to_contain_text("Lo veo y te escribo.", timeout=SLOWLY)
    expect(page.locator("#composer [data-unsent]")).to_be_hidden()


def test_answering_typing_and_moving_on_is_one_key(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")

    page.locator("#result-panel label.option", has_text="Promesa de pago").first.click()
    reply = page.get_by_role("checkbox", name=re.compile("Enviar: «Perfecto"))
    expect(reply).to_be_checked()
    expect(page.get_by_label("Fecha", exact=True)).to_be_focused()
    page.keyboard.type("mañana")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text("La respuesta está en cola")
    expect(page).not_to_have_url(re.compile(rf"/desk/{case_id}\b"))
    body = _last_text(office, case_id)
    assert body.startswith("Perfecto, ")
    assert "{{" not in body


def test_a_reply_is_moved_with_two_keys(office: Office, sit_down: Callable[..., Page]) -> None:
    case_id, _ = a_waiting_case_among_several(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    before = _tie(office, case_id)

    page.keyboard.press("y")
    expect(page.locator("[data-number]:visible").first).to_be_visible()
    page.keyboard.press("1")

    expect(page.locator("#toasts")).to_contain_text("la respuesta quedó en esa consulta")
    expect(page.locator(".result-options input:checked")).to_have_count(0)
    assert before != "person"
    assert _moved(office) >= 1


@pytest.fixture
def night(office: Office) -> Iterator[None]:
    """The line opens on a day of which the next is days away."""
    runtime = office.life.runtime
    with runtime.sessions.begin() as session:
        day = (runtime.now(session).isoweekday() + 2) % 7 + 1
        session.execute(
            text(
                "UPDATE lines SET answers_at_night = true, sending_window = CAST(:hours AS jsonb),"
                " sends_on_holidays = true,"
                " night_text = 'Ahora no estamos: te respondemos {{abrimos}}.'"
            ),
            {"hours": f'{{"{day}": ["09:00", "20:00"]}}'},
        )
    yield
    with runtime.sessions.begin() as session:
        session.execute(
            text(
                "UPDATE lines SET answers_at_night = false, sending_window = NULL,"
                " sends_on_holidays = NULL"
            )
        )


def test_at_night_a_customer_is_told_once_and_who_wants_a_person_is_first_on_the_desk(
    night: None,
    office: Office,
    sit_down: Callable[..., Page],
    open_window: Callable[..., BrowserContext],
) -> None:
    case_id, phone = a_silent_case(office)
    customer = open_window(width=390, height=844).new_page()
    customer.goto(f"{office.life.phone_url}/{phone}")

    customer.get_by_role("button", name="Hablar con alguien").first.click()

    chat = customer.locator("#thread")
    expect(chat).to_contain_text("Ahora no estamos: te respondemos el ", timeout=SLOWLY)
    customer.get_by_label("Mensaje", exact=True).fill("¿Hay alguien?")
    customer.get_by_label("Mensaje", exact=True).press("Enter")
    desk = sit_down(DIEGO)
    desk.goto("/desk?view=all")
    first = desk.locator(".desk-row").first
    expect(first).to_contain_text("pide una persona")
    desk.goto(f"/desk/{case_id}?view=all")
    log = desk.locator("#thread-log")
    expect(log).to_contain_text("¿Hay alguien?", timeout=SLOWLY)
    expect(log.get_by_text("Respuesta automática")).to_have_count(1)
    expect(desk.locator("#desk-card")).to_contain_text("Pide hablar con una persona")
    assert _automatic(office, case_id) == 1


def _link_on_the_phone(office: Office, page: Page, phone: str) -> str:
    """What the customer reads; the worker sends within seconds."""
    for _ in range(80):
        for entry in office.life.simulator.ledger():
            found = re.search(r"https?://\S+/c/[\w-]{35}", str(entry.get("body") or ""))
            if found and entry["to"].endswith(phone[-10:]):
                return found[0]
        page.wait_for_timeout(250)
    raise AssertionError("no text with a link left")


def _one(office: Office, sql: str, case_id: int) -> object:
    with office.life.runtime.sessions() as session:
        return session.execute(text(sql), {"case": case_id}).scalar_one()


def _opened(office: Office, case_id: int) -> object:
    sql = (
        "SELECT count(*) FROM coupon_visits v JOIN messages m ON m.id = v.message_id"
        " WHERE m.case_id = :case AND m.cause = 'reply' AND v.kind = 'open'"
    )
    return _one(office, sql, case_id)


def _tie(office: Office, case_id: int) -> object:
    sql = (
        "SELECT basis FROM attributions WHERE case_id = :case AND replaced_at IS NULL"
        " ORDER BY id DESC LIMIT 1"
    )
    return _one(office, sql, case_id)


def _moved(office: Office) -> int:
    sql = "SELECT count(*) FROM attributions WHERE basis = 'person' AND :case = 0"
    found = _one(office, sql, 0)
    assert isinstance(found, int)
    return found


def _automatic(office: Office, case_id: int) -> object:
    return _one(
        office,
        "SELECT count(*) FROM messages WHERE case_id = :case AND cause = 'automatic'",
        case_id,
    )


def _last_text(office: Office, case_id: int) -> str:
    sql = "SELECT max(body) FROM messages WHERE case_id = :case AND cause = 'reply'"
    return str(_one(office, sql, case_id))


_BY_TEMPLATE = """
SELECT count(*) FROM messages WHERE case_id = :case AND cause = 'reply'
    AND template_version_id IS NOT NULL AND provider_sid IS NOT NULL
"""


def test_to_who_never_wrote_a_template_goes_and_no_free_text(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_silent_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    expect(page.locator("#composer")).to_contain_text("Elegir plantilla")
    expect(page.get_by_label(BOX)).to_have_count(0)
    ours = page.locator("#thread-log .bubble.out")
    before = ours.count()  # other campaigns may have written to the same person

    page.keyboard.press("t")
    offers = page.locator("#template-offers")
    expect(offers).to_contain_text("recordatorio_de_cuota")
    assert axe.findings(page) == []
    offers.get_by_role("button", name="Enviar esta").first.click()

    expect(page.locator("#toasts")).to_contain_text("Plantilla en cola")
    expect(ours).to_have_count(before + 1)
    deadline = time.monotonic() + SLOWLY / 1000
    while _count(office, case_id) < 1:
        assert time.monotonic() < deadline, "it never left"
        page.wait_for_timeout(500)
    assert _count(office, case_id) == 1


def _count(office: Office, case_id: int) -> int:
    with office.life.runtime.sessions() as session:
        return int(session.execute(text(_BY_TEMPLATE), {"case": case_id}).scalar_one())
