"""Files by hand: a customer's photo becomes a receipt, papers are dropped, one is sent back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from tests.browser import axe
from tests.browser.cast import DIEGO
from tests.browser.conftest import Office
from tests.browser.test_every_screen import _photograph
from tests.browser.waiting import a_silent_case, a_waiting_case
from tests.browser.watched import Watch
from tests.campaigns.files.test_taking import picture

pytestmark = pytest.mark.browser

SLOWLY = 40_000  # ms: workers and the simulator are at it
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj trailer<</Root 1 0 R>>"


def test_a_photo_from_the_customers_phone_becomes_a_receipt(
    office: Office, sit_down: Callable[..., Page], open_window: Callable[..., BrowserContext]
) -> None:
    case_id, phone = a_silent_case(office)
    desk = sit_down(DIEGO)
    desk.goto(f"/desk/{case_id}?view=all")
    customer = open_window(width=390, height=844).new_page()
    customer.goto(f"{office.life.phone_url}/{phone}")
    customer.get_by_title("Mandar una foto").click()

    customer.get_by_role("button", name="Transferencia").click()

    photo = desk.locator("#thread-log .bubble-photo img").last
    expect(photo).to_be_visible(timeout=SLOWLY)
    expect(photo).to_have_js_property("naturalHeight", 480)
    photo.click()
    expect(desk.locator("#larger")).to_be_visible()
    _photograph(desk, "desk-photo-larger")
    assert axe.findings(desk) == []
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name="Guardar como comprobante").click()

    expect(desk.locator("#attachments")).to_contain_text("de un mensaje del cliente")
    expect(desk.locator("#result-panel input:checked").first).to_be_attached()
    expect(desk.locator("#result-panel")).to_contain_text("queda unido a este resultado")
    _everywhere(desk, "desk-receipt-proposed")
    assert _results(office, case_id) == []
    desk.get_by_role("button", name=re.compile("^Guardar$")).click()

    expect(desk.locator("#toasts")).to_contain_text("Gestión registrada: Ya pagó (a verificar)")
    assert _results(office, case_id) == [
        ("ya_pago", True)
    ]  # a reminder has no other result for a receipt


def test_files_are_dropped_on_the_case_and_one_that_is_refused_says_why(
    office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    watch.expect("status of 422")
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    box = page.locator(".file-drop input[type=file]")

    box.set_input_files(
        [
            {"name": "libreta.png", "mimeType": "image/png", "buffer": picture("PNG")},
            {"name": "virus.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00"},
            {"name": "recibo.pdf", "mimeType": "application/pdf", "buffer": PDF},
        ]
    )

    expect(page.locator("#attachments")).to_contain_text("recibo.pdf")
    expect(page.locator("#attachments")).to_contain_text("libreta.png")
    expect(page.locator(".file-drop")).to_contain_text(
        "virus.pdf: ese tipo de archivo no se guarda"
    )
    page.locator("#attachments").scroll_into_view_if_needed()
    assert axe.findings(page) == []
    _everywhere(page, "desk-files")
    page.get_by_role("link", name="Ver todos").click()
    expect(page.locator("h1")).to_be_visible()
    _everywhere(page, "subscription-with-files")
    page.locator("#attachments li", has_text="recibo.pdf").get_by_role("button").click()
    expect(page.locator("#attachments")).not_to_contain_text("recibo.pdf")
    page.get_by_role("button", name="Deshacer").click()
    expect(page.locator("#attachments")).to_contain_text("recibo.pdf")


def test_a_file_that_is_sent_is_on_the_customers_phone(
    office: Office,
    sit_down: Callable[..., Page],
    open_window: Callable[..., BrowserContext],
    tmp_path: Path,
) -> None:
    case_id, phone = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")

    page.keyboard.press("f")
    dialog = page.locator("#send-file")
    expect(dialog).to_be_visible()
    assert axe.findings(page) == []
    _everywhere(page, "desk-send-file")
    photo = tmp_path / "libre_deuda.jpg"
    photo.write_bytes(picture())
    dialog.get_by_label("Archivo").set_input_files(photo)
    dialog.get_by_label("Texto").fill("Le mando el libre deuda.")
    dialog.get_by_role("button", name="Enviar archivo").click()

    expect(page.locator("#thread-log")).to_contain_text("Le mando el libre deuda.")
    customer = open_window(width=390, height=844).new_page()
    customer.goto(f"{office.life.phone_url}/{phone}")
    shown = customer.locator("#thread li.in img").last
    expect(shown).to_be_visible(timeout=SLOWLY)
    expect(shown).to_have_js_property("naturalWidth", 640, timeout=SLOWLY)
    _photograph(customer, "phone-with-file")
    expect(page.locator("#thread-log .bubble-photo img").last).to_be_visible()


def _everywhere(page: Page, name: str) -> None:
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for size, (width, height) in {"desktop": (1366, 768), "phone": (390, 844)}.items():
            page.set_viewport_size({"width": width, "height": height})
            _photograph(page, f"{name}-{theme}-{size}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1366, "height": 768})


def _results(office: Office, case_id: int) -> list[tuple[str, bool]]:
    """What people recorded: the customer may have tapped a button meanwhile."""
    with office.life.runtime.sessions() as session:
        rows = session.execute(
            text(
                "SELECT result_types.code, results.evidence_attachment_id IS NOT NULL FROM results"
                " JOIN result_types ON result_types.id = results.result_type_id"
                " WHERE results.case_id = :case AND results.by_id IS NOT NULL ORDER BY results.id"
            ),
            {"case": case_id},
        )
        return [(code, rests) for code, rests in rows]
