"""A customer promises in his own words; an operator records it in a few keystrokes."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from tests.browser import axe
from tests.browser.cast import CARLA, DIEGO
from tests.browser.conftest import Office
from tests.browser.waiting import a_silent_case

pytestmark = pytest.mark.browser

SLOWLY = 40_000  # ms: workers and the simulator are at it

_STORED = """
SELECT types.code, results.value_date, results.amount, results.suggestion ->> 'used' AS used,
    actions.due_at
FROM results
JOIN result_types types ON types.id = results.result_type_id
LEFT JOIN next_actions actions ON actions.result_id = results.id
WHERE results.case_id = :case AND results.by_id IS NOT NULL
"""


def test_a_promise_in_free_text_is_stored_with_at_most_four_keystrokes(
    office: Office, sit_down: Callable[..., Page], open_window: Callable[..., BrowserContext]
) -> None:
    case_id, phone = a_silent_case(office)
    _writes(office, open_window, phone, "hola, puedo pagar el viernes 50 lucas")
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    expect(page.locator("#suggestion")).to_contain_text("Promesa de pago", timeout=SLOWLY)
    expect(page.locator("#suggestion")).to_contain_text("pagar el viernes")
    pressed: list[str] = []
    page.expose_function("pressedKey", lambda key: pressed.append(key))
    page.evaluate("addEventListener('keydown', (e) => pressedKey(e.key), true)")

    page.keyboard.press("a")
    expect(page.locator(".result-values [name=day]")).to_have_value(re.compile(r"\d\d/\d\d/\d{4}"))
    expect(page.locator(".result-values [name=amount]")).to_have_value(re.compile(r"50\.000,00"))
    assert axe.findings(page) == []
    save = page.get_by_role("button", name="Guardar y siguiente")
    expect(save).to_be_in_viewport(ratio=1)
    expect(page.locator("#suggestion")).to_be_hidden()  # it is what stands in the form
    page.keyboard.press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text("Gestión registrada: Promesa de pago")
    assert pressed == ["a", "Control", "Enter"]
    assert len(pressed) <= 4
    stored = _stored(office, case_id)
    assert (stored.code, stored.value_date.weekday(), stored.amount) == (
        "promesa_de_pago",
        4,
        50_000,
    )
    assert stored.used == "true"
    assert stored.due_at is not None


def test_a_new_text_brings_a_suggestion_and_what_is_being_typed_stays(
    office: Office, sit_down: Callable[..., Page], open_window: Callable[..., BrowserContext]
) -> None:
    case_id, phone = a_silent_case(office)
    page = sit_down(CARLA)
    page.goto(f"/desk/{case_id}?view=all")
    note = page.get_by_label("Detalle")
    note.fill("me llamó a la maña")
    note.evaluate("(box) => box.setSelectionRange(3, 3)")

    _writes(office, open_window, phone, "ya pagué ayer por mercado pago")

    expect(page.locator("#suggestion")).to_contain_text("Ya pagó", timeout=SLOWLY)
    expect(note).to_have_value("me llamó a la maña")
    expect(note).to_be_focused()
    assert note.evaluate("(box) => box.selectionStart") == 3


def _writes(
    office: Office, open_window: Callable[..., BrowserContext], phone: str, said: str
) -> None:
    customer = open_window(width=390, height=844).new_page()
    customer.goto(f"{office.life.phone_url}/{phone}")
    customer.locator("#text").fill(said)
    customer.locator("#text").press("Enter")
    expect(customer.locator("#thread li.out").last).to_contain_text(said)


def _stored(office: Office, case_id: int):  # type: ignore[no-untyped-def]
    with office.life.runtime.sessions() as session:
        return session.execute(text(_STORED), {"case": case_id}).one()
