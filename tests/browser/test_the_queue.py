"""Two operators at once, what nobody took, and every key: as they work all day."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser import axe
from tests.browser.cast import CARLA, DIEGO, LUCIA
from tests.browser.conftest import Office
from tests.browser.waiting import a_waiting_case
from tests.browser.watched import Watch
from workers.periodic import JOBS

pytestmark = pytest.mark.browser

SLOWLY = 40_000  # ms: workers and the simulator are at it
_EAR = """
window.beeps = 0;
window.AudioContext = new Proxy(window.AudioContext, {
  construct(target, given) { window.beeps += 1; return new target(...given); }
});
"""


def test_of_two_who_take_a_case_one_is_told_and_gets_it_passed_on_with_a_word(
    office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    watch.expect("status of 409|net::ERR_FAILED|Failed to fetch")
    case_id, _ = a_waiting_case(office)
    diego, carla = sit_down(DIEGO), sit_down(CARLA)
    carla.add_init_script(_EAR)
    carla.goto("/me")
    carla.get_by_label("Avisar con un sonido").check()
    carla.get_by_role("button", name="Guardar preferencias").click()
    for page in (diego, carla):
        page.goto(f"/desk/{case_id}?view=all")
    expect(carla.locator("#desk-head")).to_contain_text("Diego Ocampo la tiene abierta")
    expect(diego.locator("#desk-head")).to_contain_text("Carla Núñez la tiene abierta")

    carla.route("**/desk/live**", lambda route: route.abort())  # her screen is behind
    diego.keyboard.press("m")
    expect(diego.locator("#toasts")).to_contain_text("Consulta tomada")
    carla.keyboard.press("m")
    expect(carla.locator("#toasts")).to_contain_text("La tiene Diego Ocampo")
    carla.unroute("**/desk/live**")
    expect(carla.locator("#composer")).to_contain_text("La tiene Diego Ocampo")
    waited = _waiting(carla)

    diego.keyboard.press("v")
    expect(diego.locator("#pass")).to_be_visible()
    diego.get_by_label("Carla Núñez").check()
    diego.get_by_label("Nota para quien la reciba").fill("Cobra el 28: llamar a la tarde.")
    assert axe.findings(diego) == []
    diego.keyboard.press("Control+Enter")

    expect(diego.locator("#toasts")).to_contain_text("Se la pasaste a Carla Núñez")
    expect(carla.locator("#desk-head")).to_contain_text("Te la pasó Diego Ocampo")
    expect(carla.locator("#thread-log")).to_contain_text("Cobra el 28")
    expect(carla).to_have_title(re.compile(rf"^\({waited + 1}\) "))
    expect(carla.locator('link[rel="icon"]')).to_have_attribute("href", re.compile("mark-dot"))
    assert carla.evaluate("window.beeps") == 1


def test_a_reply_that_nobody_took_comes_up_to_the_supervisor(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(LUCIA)
    page.goto("/campaigns")
    badge = page.locator(".rail [data-counter='waiting']")
    expect(page.locator("#elsewhere[hx-trigger^='every']")).to_be_attached()
    before = _waiting(page)
    with office.life.runtime.sessions.begin() as session:
        session.execute(
            text("UPDATE cases SET waiting_since = now() - interval '2 hours' WHERE id = :id"),
            {"id": case_id},
        )

    JOBS["watch replies"].work(office.life.runtime)

    expect(badge).to_have_text(re.compile(rf"^{before + 1}$"), timeout=SLOWLY)
    expect(page).to_have_title(re.compile(rf"^\({before + 1}\) "))
    page.goto("/desk")
    page.get_by_role("link", name=re.compile("Demoradas")).click()
    expect(page.locator(f"#row-{case_id}")).to_contain_text("va al supervisor")
    assert axe.findings(page) == []


def test_every_key_is_listed_and_single_ones_can_be_switched_off(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto("/desk?view=all")

    page.keyboard.press("?")

    listed = page.locator("#keys")
    for what in ("Consulta siguiente", "Tomar la consulta", "Pasarla a un colega", "Nota interna",
                 "Soltarla", "identificar a quien escribe", "Ir al resultado", "Próxima acción",
                 "Guardar y siguiente"):  # fmt: skip
        expect(listed).to_contain_text(what)
    assert axe.findings(page) == []
    page.keyboard.press("Escape")
    page.goto(f"/desk/{case_id}?view=all")
    page.keyboard.press("1")
    expect(page.locator(".result-values")).not_to_be_empty()
    page.keyboard.press("p")
    expect(page.locator("input[name=next_action]:focus")).to_be_attached()
    page.goto("/me")
    page.get_by_label("Atajos de una sola tecla").uncheck()
    page.get_by_role("button", name="Guardar preferencias").click()
    page.goto("/desk?view=all")

    page.keyboard.press("j")
    page.keyboard.press("?")

    expect(page).to_have_url(re.compile(r"/desk\?view=all$"))
    expect(listed).not_to_be_visible()
    page.goto("/me")
    page.get_by_label("Atajos de una sola tecla").check()
    page.get_by_role("button", name="Guardar preferencias").click()


def test_filters_and_a_saved_view_lead_back_to_the_same_list(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(DIEGO)
    page.goto("/desk?view=all")

    page.locator("#desk-filters > summary").click()
    page.get_by_label("Espera respuesta").check()
    expect(page).to_have_url(re.compile("waiting=1"))
    page.get_by_label("Ventana de 24 horas").focus()
    page.get_by_label("Ventana de 24 horas").select_option("open")
    expect(page).to_have_url(re.compile("window=open"))
    expect(page.locator("#filter-window")).to_be_focused()  # for the next one
    expect(page.locator(".desk-narrowed .chip")).to_have_text(
        ["Ventana: Abierta", "Espera respuesta"]
    )
    assert axe.findings(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#filter-window")).to_be_hidden()
    expect(page.locator("#desk-filters > summary")).to_be_focused()
    shown = page.locator(".desk-row").count()
    page.get_by_role("link", name="Guardar vista").click()
    page.get_by_label("Guardar la lista como está ahora").fill("Esperan con ventana")
    assert axe.findings(page) == []
    page.get_by_role("button", name="Guardar vista").click()
    page.goto("/desk")
    page.get_by_text("Mis vistas").click()
    page.get_by_role("link", name="Esperan con ventana").click()

    expect(page).to_have_url(re.compile(r"view=all.*window=open.*waiting=1"))
    expect(page.get_by_label("Ventana de 24 horas")).to_have_value("open")
    assert page.locator(".desk-row").count() >= min(shown, 1)
    page.get_by_role("link", name="Quitar el filtro: Ventana: Abierta").click()
    expect(page).to_have_url(re.compile(r"view=all&waiting=1$"))
    page.get_by_role("link", name="Quitar filtros").click()
    expect(page).not_to_have_url(re.compile("waiting"))


def _waiting(page: Page) -> int:
    """As the navigation counts it."""
    badge = page.locator(".rail [data-counter='waiting']")
    return int(badge.inner_text() or 0) if badge.is_visible() else 0
