"""The whole story on the screens: a file, a template, a launch, an answer, a promise of payment."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from campaigns.catalogue import install_catalogue
from campaigns.lines import add_line
from dashboard.rehearsal import rehearsal as stage
from dashboard.rehearsal.sample_file import write_sample
from runtime.embedded import EmbeddedValkey
from tests.browser.cast import DIEGO, LUCIA, PASSWORD, Person, hire
from tests.browser.life import Life, living
from tests.browser.watched import Watch

pytestmark = [pytest.mark.browser, pytest.mark.story]

ROWS, BAD_ROWS = 300, 3
BODY = (
    "Hola {{nombre}}, la cuota {{cuota}} de tu plan {{plan}} es de $ {{importe}} y vence el "
    "{{vencimiento}}. Podés ver el cupón con el botón de abajo."
)
SLOWLY = 60_000  # ms: workers are at it


@pytest.fixture
def life(make_database: Callable[[], str], tmp_path: Path) -> Iterator[Life]:
    """An office on its first day: people and a line, and nothing else."""
    valkey = EmbeddedValkey(tmp_path)
    valkey.start()
    try:
        valkey.wait_ready()
        with living(
            tmp_path / "data",
            database_url=make_database(),
            redis_url=valkey.url,
            speed=10,
            simulator_options=("--profile", "calm", "--seed", "7", "--speed", "300"),
        ) as life:
            life.behave(received_delay=0, review_delay=0)
            with life.runtime.sessions.begin() as session:
                hire(session, LUCIA, DIEGO)
                install_catalogue(session)
                add_line(session, name="Línea de ensayo", sender=stage.LINE, rate=40)
            yield life
    finally:
        valkey.stop()


@pytest.mark.timeout(600)
def test_a_supervisor_launches_and_an_operator_gets_a_promise_though_everything_restarts(
    life: Life, open_window: Callable[..., BrowserContext], watch: Watch, tmp_path: Path
) -> None:
    lucia = _enter(open_window(base_url=life.url), LUCIA)
    expect(lucia).to_have_url(re.compile(r"/campaigns"))
    _import(lucia, _file(life, tmp_path))
    _write_template(lucia)
    campaign = _create_campaign(lucia)
    _launch(lucia)
    expect(lucia.locator("#progress")).to_contain_text(
        re.compile(r"de 29\d mensajes"), timeout=SLOWLY
    )

    customer, phone = _play_a_customer(life, open_window())
    customer.locator("#text").fill("puedo pagar el viernes")
    customer.locator("#text").press("Enter")

    # a night: every process ends and comes back
    watch.expect("ERR_(CONNECTION_REFUSED|EMPTY_RESPONSE|CONNECTION_RESET)")
    watch.expect("Failed to fetch|htmx:error: timeout|status of 50")
    life.restart()

    diego = _enter(open_window(base_url=life.url), DIEGO)
    expect(diego).to_have_url(re.compile(r"/desk"))
    diego.goto(f"/desk?view=all&q={phone[-6:]}")
    answer = diego.locator(".desk-row", has_text="puedo pagar el viernes")
    expect(answer).to_be_visible(timeout=SLOWLY)
    answer.click()
    expect(diego.locator("#thread-log")).to_contain_text("Responde a Cuota de noviembre")
    if diego.get_by_role("button", name="Tomar").count():
        diego.get_by_role("button", name="Tomar").first.click()
    box = diego.get_by_label("Mensaje para el cliente")
    box.fill("Perfecto, lo dejo anotado para el viernes.")
    box.press("Enter")
    expect(diego.locator("#thread-log")).to_contain_text("lo dejo anotado")
    expect(customer.locator("#thread")).to_contain_text("lo dejo anotado", timeout=SLOWLY)

    _choose_result(diego, "Promesa de pago")
    diego.get_by_label("Fecha", exact=True).fill("viernes")
    diego.get_by_label("Importe").fill("45.300,50")
    diego.locator("label.option", has_text="Elegir").click()
    diego.get_by_label("Cuándo").fill("mañana 10:00")
    diego.get_by_role("button", name="Guardar", exact=True).click()
    expect(diego.locator("#case-card")).to_contain_text("Promesa de pago")
    expect(diego.locator("#case-card")).to_contain_text("45.300,50")
    expect(diego.locator("#case-card")).to_contain_text("Próxima acción")

    lucia.goto(f"/campaigns/{campaign}/results")
    lucia.get_by_label("Persona").select_option(label=DIEGO.name)
    row = lucia.locator("tr", has_text=DIEGO.name)
    expect(row).to_contain_text("Promesa de pago")
    expect(row).to_contain_text("$ 45.300,50")
    expect(row).to_contain_text(re.compile(r"vie \d+"))
    _numbers_add_up(life, campaign)

    life.restart()
    for page, path in ((lucia, f"/campaigns/{campaign}/results"), (diego, "/desk?view=mine")):
        page.goto(path)
    lucia.get_by_label("Persona").select_option(label=DIEGO.name)  # many have answered since
    expect(lucia.locator("tr", has_text=DIEGO.name)).to_contain_text("$ 45.300,50")


def _enter(window: BrowserContext, person: Person) -> Page:
    page = window.new_page()
    page.goto("/sign-in")
    page.get_by_label("Correo").fill(person.email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def _file(life: Life, folder: Path) -> Path:
    """Nobody shares a phone: whoever is played has one case."""
    today = life.runtime.now().astimezone(life.settings.timezone).date()
    return write_sample(
        folder / "cartera.csv", rows=ROWS, seed=7, shared_phones=0, bad_rows=BAD_ROWS, today=today
    )


def _import(page: Page, file: Path) -> None:
    page.goto("/subscriptions/import")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Subir y ver las columnas").click()
    page.get_by_role("button", name="Ensayar").click()
    expect(page.get_by_text("El ensayo terminó")).to_be_visible(timeout=SLOWLY)
    assert page.get_by_text(f"Las {BAD_ROWS} con error").count() == 1
    page.get_by_role("button", name=f"Importar {ROWS - BAD_ROWS}").click()
    expect(page.get_by_text(f"Listo: {ROWS - BAD_ROWS} filas importadas")).to_be_visible(
        timeout=SLOWLY
    )


def _write_template(page: Page) -> None:
    page.goto("/templates/new")
    page.get_by_label("Nombre", exact=False).first.fill("cuota_de_noviembre")
    page.locator("#body").fill(BODY)
    page.get_by_label("Pie").fill("Respondé BAJA para no recibir más avisos")
    with page.expect_response("**/templates/preview?*buttons=1"):
        page.locator("#campaign_type").select_option(label="Recordatorio de vencimiento")
    page.get_by_role("button", name="Agregar respuesta").click()
    page.locator("#buttons-1-title").fill("Ya pagué")
    with page.expect_response("**/templates/preview?*buttons=1"):
        page.locator("#buttons-1-result").select_option("ya_pago")
    page.get_by_role("button", name="Agregar link al cupón").click()
    page.locator("#buttons-2-title").fill("Ver mi cupón")
    expect(page.locator("#template-review")).to_contain_text("Lista para enviar a revisión")
    page.get_by_role("button", name="Enviar a revisión").click()
    expect(page.locator("#template-live")).to_contain_text("Aprobada", timeout=SLOWLY)


def _create_campaign(page: Page) -> int:
    page.goto("/campaigns/new")
    page.get_by_label("Nombre de la campaña").fill("Cuota de noviembre")
    page.locator("label.pick", has_text="Recordatorio de vencimiento").click()
    page.get_by_role("button", name="Guardar y seguir").click()
    page.wait_for_url("**/edit/audience")
    found = re.search(r"/campaigns/(\d+)/", page.url)
    assert found
    expect(page.locator("#reach")).to_contain_text("van a recibirlo")
    page.get_by_role("button", name="Guardar y seguir").click()
    page.wait_for_url("**/edit/template")
    page.locator("label.pick", has_text="cuota_de_noviembre").click()
    expect(page.locator("#phone")).to_contain_text("Podés ver el cupón")
    page.get_by_role("button", name="Guardar y seguir").click()
    page.wait_for_url("**/edit/team")
    page.locator("label.pick", has_text=DIEGO.name).click()
    page.get_by_role("button", name="Guardar y revisar").click()
    page.wait_for_url("**/edit/review")
    return int(found[1])


def _launch(page: Page) -> None:
    button = page.get_by_role("button", name=re.compile(r"^Lanzar \d+ mensajes"))
    expect(button.first).to_be_visible(timeout=SLOWLY)
    button.first.click()
    dialog = page.locator("dialog#launch")
    expect(dialog).to_contain_text("cuota_de_noviembre")
    dialog.get_by_role("button", name=re.compile(r"^Lanzar \d+ mensajes")).click()
    page.wait_for_url(re.compile(r"/campaigns/\d+$"))


def _play_a_customer(life: Life, window: BrowserContext) -> tuple[Page, str]:
    """The first to whom the message came; from now on he does what we do."""
    deadline = time.monotonic() + 2 * SLOWLY / 1000
    silent: list[str] = []
    while not silent and time.monotonic() < deadline:
        reached = [
            entry for entry in life.simulator.ledger() if entry["status"] in ("delivered", "read")
        ]
        answered = {reply["from"] for reply in life.simulator.replies()}
        silent = [entry["to"] for entry in reached if entry["to"] not in answered]
        life.supervisor.wait(0.3)
    assert silent, [life.simulator.summary(), *life.said][-30:]
    page = window.new_page()
    phone = silent[-1].removeprefix("whatsapp:")
    page.goto(f"{life.phone_url}/{phone}")
    page.locator("#by-hand").click()
    expect(page.locator("#by-hand")).to_have_attribute("aria-pressed", "true")
    return page, phone


def _choose_result(page: Page, name: str) -> None:
    page.locator("#result-panel label.option", has_text=name).first.click()
    expect(page.locator(".result-values")).to_contain_text("Fecha")


def _numbers_add_up(life: Life, campaign: int) -> None:
    rehearsal = replace(life.rehearsal(), campaign_id=campaign)
    quiet = stage.run_until_quiet(rehearsal, within=120, watch=lambda *_: None)
    assert quiet, [*life.said][-30:]
    checks = stage.verdict(rehearsal)
    assert [(check.promise, check.faults) for check in checks if not check.kept] == []
