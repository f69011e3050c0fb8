"""Results by one key: the system's, seen by two; common ones; undone; a case opened again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from tests.browser import axe
from tests.browser.cast import CARLA, DIEGO, LUCIA
from tests.browser.conftest import Office
from tests.browser.test_every_screen import _photograph
from tests.browser.test_files_in_hand import _everywhere
from tests.browser.waiting import a_silent_case, a_waiting_case
from tests.browser.watched import Watch

pytestmark = pytest.mark.browser

SLOWLY = 40_000  # ms: workers and the simulator are at it

_STANDING = """
SELECT result_types.code FROM results
JOIN result_types ON result_types.id = results.result_type_id
WHERE results.case_id = :case AND results.revoked_at IS NULL
    AND NOT EXISTS (SELECT FROM results s WHERE s.supersedes_id = results.id)
ORDER BY results.id
"""


def _standing(office: Office, case_id: int) -> list[str]:
    with office.life.runtime.sessions() as session:
        return list(session.execute(text(_STANDING), {"case": case_id}).scalars())


def _take_back(page: Page) -> None:
    """By key; once more if the system had corrected itself before the screen showed it."""
    toasts = page.locator("#toasts [data-toast]")
    page.keyboard.press("-")
    expect(toasts.last).to_contain_text(re.compile("Gestión deshecha|ya fue corregido"))
    if "corregido" in toasts.last.inner_text():
        page.reload()
        page.keyboard.press("-")
        expect(toasts.last).to_contain_text("Gestión deshecha")


def test_of_two_who_take_back_what_the_system_recorded_one_does_and_the_other_is_told(
    office: Office,
    sit_down: Callable[..., Page],
    open_window: Callable[..., BrowserContext],
    watch: Watch,
) -> None:
    watch.expect("status of 4|net::ERR_FAILED|Failed to fetch")
    case_id, phone = a_silent_case(office)
    customer = open_window(width=390, height=844).new_page()
    customer.goto(f"{office.life.phone_url}/{phone}")
    customer.get_by_role("button", name="Pago en otra fecha").first.click()
    diego, carla = sit_down(DIEGO), sit_down(CARLA)
    for page in (diego, carla):
        page.goto(f"/desk/{case_id}?view=all")
        card = page.locator("#result-so-far")
        expect(card).to_contain_text("Lo registró el sistema", timeout=SLOWLY)
    before = _standing(office, case_id)
    carla.route("**/desk/live**", lambda route: route.abort())  # her screen is behind

    _take_back(diego)
    carla.keyboard.press("-")

    expect(carla.locator("#toasts [data-toast]").last).to_contain_text(re.compile(r"\w"))
    expect(carla.locator("#toasts")).not_to_contain_text("Gestión deshecha")
    assert len(before) == 1
    assert _standing(office, case_id) == []
    carla.unroute("**/desk/live**")


def test_what_the_system_recorded_is_corrected_and_both_stay_in_the_history(
    office: Office,
    sit_down: Callable[..., Page],
    open_window: Callable[..., BrowserContext],
) -> None:
    case_id, phone = a_silent_case(office)
    customer = open_window(width=390, height=844).new_page()
    customer.goto(f"{office.life.phone_url}/{phone}")
    customer.get_by_role("button", name="Pago en otra fecha").first.click()
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    expect(page.locator("#result-so-far")).to_contain_text("sistema", timeout=SLOWLY)
    words = page.locator("#result-so-far .suggestion > .grow").bounding_box()
    assert words is not None
    assert words["width"] > 200  # beside its buttons they stood letter by letter
    _photograph(page, "result-by-the-system")

    page.keyboard.press("0")
    expect(page.locator("#result-panel")).to_contain_text("Corregís el resultado anterior")
    assert axe.findings(page) == []
    page.keyboard.press("Escape")  # the value that is lacking had the focus
    page.keyboard.press("c")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text(re.compile(r"\w"))
    assert _standing(office, case_id) == ["reclamo"]
    page.goto(f"/desk/{case_id}?view=all")
    expect(page.locator("#desk-card")).to_contain_text("Reclamo")
    expect(page.locator("#desk-card")).to_contain_text("Promesa de pago")


def test_a_letter_opens_the_box_that_its_result_stands_in_and_undo_takes_it_back(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    before = _standing(office, case_id)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    box = page.locator("details.more-results")
    expect(box).not_to_have_attribute("open", "")

    page.keyboard.press("c")

    expect(box).to_have_attribute("open", "")
    expect(box.get_by_label("Reclamo")).to_be_checked()
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Reclamo")
    assert _standing(office, case_id) == [*before, "reclamo"]
    page.locator("#toasts").get_by_role("button", name="Deshacer").click()
    expect(page.locator("#toasts")).to_contain_text("Gestión deshecha")
    assert _standing(office, case_id) == before


def test_what_was_closed_is_opened_again_by_one_key(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    page.keyboard.press("q")  # Número equivocado, which closes
    page.get_by_role("button", name="Guardar", exact=True).click()
    banner = page.locator("#result-so-far .banner")
    expect(banner).to_contain_text("Gestión cerrada")
    page.reload()

    page.keyboard.press("z")

    expect(page.locator("#toasts")).to_contain_text("abierta")
    expect(banner).to_have_count(0)
    assert _state(office, case_id) == "in_progress"
    assert _standing(office, case_id) == ["numero_equivocado"]


def test_while_what_was_recorded_can_be_undone_that_is_what_the_key_does(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    before = _standing(office, case_id)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    page.keyboard.press("q")
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Gestión registrada: Número equivocado.")

    page.keyboard.press("z")

    expect(page.locator("#toasts")).to_contain_text("Gestión deshecha")
    assert _standing(office, case_id) == before
    assert _state(office, case_id) == "in_progress"


def _state(office: Office, case_id: int) -> str:
    with office.life.runtime.sessions() as session:
        state: str = session.execute(
            text("SELECT state FROM cases WHERE id = :case"), {"case": case_id}
        ).scalar_one()
    return state


def test_a_coupon_that_a_supervisor_marks_as_paid_is_a_result_on_the_operators_screen(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    with office.life.runtime.sessions() as session:
        coupon = "SELECT coupon_id FROM messages WHERE case_id = :case AND coupon_id IS NOT NULL"
        coupon_id = session.execute(text(coupon), {"case": case_id}).scalars().first()
        subscription = "SELECT subscription_id FROM coupons WHERE id = :coupon"
        of = session.execute(text(subscription), {"coupon": coupon_id}).scalar_one()
    diego, lucia = sit_down(DIEGO), sit_down(LUCIA)
    diego.goto(f"/desk/{case_id}?view=all")
    lucia.goto(f"/subscriptions/{of}/coupons")

    lucia.get_by_label(re.compile("Acciones de la cuota")).first.click()
    lucia.get_by_role("button", name="Marcar como pagado…").first.click()
    dialog = lucia.locator("dialog[open]")
    expect(dialog).to_contain_text("No se puede volver atrás")
    assert axe.findings(lucia) == []
    dialog.get_by_role("button", name="Marcar como pagado", exact=True).click()

    expect(lucia.locator("#toasts")).to_contain_text("Cupón pagado")
    expect(lucia.locator("table")).to_contain_text("Pagado")
    expect(diego.locator("#desk-card")).to_contain_text("Pagó", timeout=SLOWLY)
    assert "pago" in _standing(office, case_id)
    assert _state_of(office, coupon_id) == "paid"


def test_an_operator_ends_a_link_that_went_to_the_wrong_person(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_silent_case(office)
    diego = sit_down(DIEGO)
    diego.goto(f"/desk/{case_id}?view=all")
    diego.get_by_role("link", name="Ver cupones").click()
    expect(diego.locator("table")).to_contain_text("Enviado")

    diego.get_by_label(re.compile("Acciones de la cuota")).first.click()
    diego.get_by_role("button", name=re.compile("^Anular.* enlaces?…")).click()
    dialog = diego.locator("dialog[open]")
    expect(dialog).to_contain_text("un enlace nuevo")
    assert axe.findings(diego) == []
    _everywhere(diego, "coupon-links-dialog")
    dialog.get_by_role("button", name=re.compile("^Anular.* enlaces?$")).click()

    expect(diego.locator("#toasts")).to_contain_text(re.compile("Se anul(ó|aron)"))
    expect(diego.locator("table")).to_contain_text("enlace fuera de uso")
    _everywhere(diego, "coupon-links-revoked")


def _state_of(office: Office, coupon_id: int | None) -> str:
    with office.life.runtime.sessions() as session:
        state = text("SELECT state FROM coupons WHERE id = :coupon")
        return str(session.execute(state, {"coupon": coupon_id}).scalar_one())


def test_who_saves_a_result_with_a_message_left_unsent_is_told_once(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    before = _standing(office, case_id)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    box = page.get_by_label("Mensaje para el cliente")
    box.fill("Ahora le mando el cupón.")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.get_by_label("Reclamo")).to_be_checked()

    page.keyboard.press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text("Te queda un mensaje sin enviar")
    expect(box).to_be_focused()
    assert _standing(office, case_id) == before
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Reclamo")
    assert _standing(office, case_id) == [*before, "reclamo"]
