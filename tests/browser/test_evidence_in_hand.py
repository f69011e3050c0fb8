"""A visit recorded with its paper, a procedure seen to, and which message a reply answers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select

from models.campaign import ResultType
from models.case import Case, Channel, Result
from runtime import live
from tests.browser import axe
from tests.browser.cast import DIEGO
from tests.browser.conftest import Office
from tests.browser.test_files_in_hand import PDF, _everywhere
from tests.browser.waiting import a_waiting_case
from tests.browser.watched import Watch

pytestmark = pytest.mark.browser

PROGRAM = FilePayload(name="nota.pdf", mimeType="application/pdf", buffer=b"MZ\x90\x00")
PAPER = FilePayload(name="acta.pdf", mimeType="application/pdf", buffer=PDF)


def test_a_visit_is_recorded_with_its_paper_and_the_procedure_it_asked_for_is_seen_to(
    office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    watch.expect("status of 422")
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    form = page.locator("#result-panel form[enctype]")
    page.locator(".file-drop input[type=file]").set_input_files(PAPER)
    page.keyboard.press("s")
    form.get_by_label("Dato").fill("Cambio de titular")
    form.get_by_label("Fecha").fill("viernes")
    form.get_by_label("Por dónde").select_option("En persona: vino")
    form.get_by_text("Evidencia").click()
    form.get_by_label("O uno nuevo").set_input_files(PROGRAM)
    form.get_by_role("button", name=re.compile("^Guardar$")).click()

    expect(form).to_contain_text("nota.pdf no se guardó: por su contenido no es JPG")
    expect(form.get_by_label("O uno nuevo")).to_be_focused()
    expect(form.get_by_label("Dato")).to_have_value("Cambio de titular")
    assert axe.findings(page) == []
    _everywhere(page, "desk-evidence-refused")
    form.get_by_label("O uno nuevo").set_input_files([])
    form.get_by_label("Un adjunto").select_option("acta.pdf")
    form.get_by_role("button", name=re.compile("^Guardar$")).click()

    history = page.locator("#case-history li").first
    expect(history).to_contain_text("Trámite solicitado")
    expect(history).to_contain_text("en persona: vino")
    expect(history.get_by_role("link", name="acta.pdf")).to_be_visible()
    expect(history).to_contain_text("Abierto")
    history.scroll_into_view_if_needed()
    assert axe.findings(page) == []
    _everywhere(page, "desk-procedure-open")
    history.get_by_role("button", name="Trámite hecho").click()
    expect(history).to_contain_text("Hecho · Diego Ocampo")
    page.locator("#toasts").get_by_role("button", name="Deshacer").last.click()
    expect(history).to_contain_text("Abierto")
    page.goto("/agenda/procedures")
    expect(page.get_by_role("table")).to_contain_text("Cambio de titular")
    assert axe.findings(page) == []
    _everywhere(page, "procedures-open")
    page.get_by_role("row", name=re.compile("Cambio de titular")).get_by_role("button").click()
    page.get_by_role("link", name="Hechos").click()
    expect(page.get_by_role("table")).to_contain_text("Diego Ocampo")
    _everywhere(page, "procedures-done")


def test_a_reply_leads_to_the_message_it_answers(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.set_viewport_size({"width": 1366, "height": 480})
    page.goto(f"/desk/{case_id}?view=all")
    link = page.locator(".tie").last.get_by_role("link", name=re.compile("mensaje enviado"))
    answered = page.locator(f"{link.get_attribute('href')} .bubble")

    link.click()

    expect(answered).to_be_in_viewport()
    expect(answered).to_have_css("outline-style", "solid")


def test_what_was_drawn_of_the_history_stays_when_something_new_comes(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    runtime = office.life.runtime
    with runtime.sessions.begin() as session:
        case = session.get_one(Case, case_id)
        campaign_id, kind = case.campaign_id, session.scalars(_NO_ANSWER).one()
        session.add_all(_call(case, kind, f"llamada {n}.") for n in range(40))
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    history = page.locator("#case-history")
    expect(history).not_to_contain_text("llamada 5.")

    history.get_by_role("link", name="Ver anteriores").click()

    expect(history).to_contain_text("llamada 0.")
    with runtime.sessions.begin() as session:
        session.add(_call(session.get_one(Case, case_id), kind, "llamada 40."))
    live.touch(runtime.redis, live.campaign(campaign_id))
    expect(history).to_contain_text("llamada 40.")
    expect(history).to_contain_text("llamada 0.")
    expect(history).to_contain_text("llamada 9.")  # where the first page ended
    assert axe.findings(page) == []


_NO_ANSWER = select(ResultType.id).where(ResultType.code == "no_responde")


def _call(case: Case, kind: int, note: str) -> Result:
    return Result(
        case_id=case.id,
        campaign_id=case.campaign_id,
        result_type_id=kind,
        channel=Channel.PHONE,
        note=note,
    )
