"""Files by hand: a customer's photo becomes a receipt, papers are dropped, one is sent back."""

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from models.case import Case, Note
from runtime import live
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
        "virus.pdf no se guardó: por su contenido no es JPG"
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


def test_a_picture_dragged_or_pasted_onto_the_talk_is_kept_and_the_draft_stays(
    office: Office, sit_down: Callable[..., Page], watch: Watch, tmp_path: Path
) -> None:
    watch.expect("status of 422")
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    here = page.url
    draft = page.get_by_label("Mensaje para el cliente")
    draft.fill("Ya lo miro, un momento")
    photo, program = tmp_path / "libreta.png", tmp_path / "virus.pdf"
    photo.write_bytes(picture("PNG"))
    program.write_bytes(b"MZ\x90\x00")

    _drag(page, "#desk-talk .desk-scroll", photo)

    toasts = page.locator("#toasts")
    expect(toasts).to_contain_text("libreta.png: guardado en Adjuntos")
    expect(page.locator("#attachments")).to_contain_text("libreta.png")
    _drag(page, "#desk-talk .desk-scroll", program)
    expect(toasts).to_contain_text("virus.pdf no se guardó: por su contenido no es JPG")
    _copy_picture(page)
    draft.focus()
    page.keyboard.press("Control+v")
    expect(page.locator("#attachments")).to_contain_text("image.png")
    expect(draft).to_have_value("Ya lo miro, un momento")
    assert page.url == here
    assert axe.findings(page) == []
    _photograph(page, "desk-dropped-on-the-talk")


def test_a_file_that_is_refused_is_told_at_the_desk_and_nothing_typed_is_lost(
    office: Office, sit_down: Callable[..., Page], watch: Watch, tmp_path: Path
) -> None:
    watch.expect("status of 422")
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    here = page.url
    draft = page.get_by_label("Mensaje para el cliente")
    draft.fill("Le cuento:")
    page.get_by_label("Detalle").fill("Pidió el libre deuda")
    program, photo = tmp_path / "planilla.pdf", tmp_path / "libre_deuda.png"
    program.write_bytes(b"MZ\x90\x00")
    photo.write_bytes(picture("PNG"))
    page.locator("#desk-talk").get_by_title("Enviar un archivo (F)").click()
    dialog = page.locator("#send-file")
    dialog.get_by_label("Archivo").set_input_files(program)
    dialog.get_by_label("Texto").fill("Le mando el libre deuda.")

    dialog.get_by_role("button", name="Enviar archivo").click()

    expect(dialog).to_contain_text("planilla.pdf no se envió: por su contenido no es JPG")
    expect(dialog.get_by_label("Archivo")).to_be_focused()
    expect(dialog.get_by_label("Texto")).to_have_value("Le mando el libre deuda.")
    assert axe.findings(page) == []
    _everywhere(page, "desk-send-file-refused")
    dialog.get_by_label("Texto").focus()
    _a_colleague_notes(office, case_id, "Ya lo llamé")
    expect(page.locator("#thread-log")).to_contain_text("Ya lo llamé")
    expect(dialog.get_by_label("Texto")).to_be_focused()  # what comes by itself leaves one alone
    _drag(page, "#send-file", photo)
    dialog.get_by_role("button", name="Enviar archivo").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#thread-log")).to_contain_text("Le mando el libre deuda.")
    expect(page.locator("#toasts")).to_contain_text("Archivo en cola")
    expect(draft).to_have_value("Le cuento:")
    expect(page.get_by_label("Detalle")).to_have_value("Pidió el libre deuda")
    assert page.url == here
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(dialog.get_by_label("Archivo")).to_have_value("")
    expect(dialog.get_by_label("Texto")).to_have_value("")


def test_a_picture_for_nobody_we_know_is_refused_in_words(
    office: Office, sit_down: Callable[..., Page], tmp_path: Path
) -> None:
    case_id, _ = a_waiting_case(office)
    with office.life.runtime.sessions.begin() as session:
        session.execute(
            text("UPDATE cases SET subscription_id = NULL WHERE id = :case"), {"case": case_id}
        )
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    photo = tmp_path / "libreta.png"
    photo.write_bytes(picture("PNG"))

    _drag(page, "#desk-talk .desk-scroll", photo)

    expect(page.locator("#toasts")).to_contain_text("Primero decí de quién es esta consulta")


def _a_colleague_notes(office: Office, case_id: int, words: str) -> None:
    runtime = office.life.runtime
    with runtime.sessions.begin() as session:
        session.add(Note(case_id=case_id, body=words))
        campaign_id = session.get_one(Case, case_id).campaign_id
    live.touch(runtime.redis, live.campaign(campaign_id))


def _drag(page: Page, where: str, file: Path) -> None:
    """As a hand does it: in over the page, and let go."""
    box = page.locator(where).bounding_box()
    assert box is not None
    devtools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"], 200) / 2
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
    devtools.detach()


def _copy_picture(page: Page) -> None:
    """As a tool for screenshots leaves it in the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """async (bytes) => {
            const png = Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0));
            const item = new ClipboardItem({ "image/png": new Blob([png], { type: "image/png" }) });
            await navigator.clipboard.write([item]);
        }""",
        b64encode(picture("PNG")).decode(),
    )


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


def test_a_pdf_that_is_sent_shows_its_name_and_size_and_opens(
    office: Office, sit_down: Callable[..., Page], tmp_path: Path
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    paper = tmp_path / "libre_deuda.pdf"
    paper.write_bytes(PDF)

    page.keyboard.press("f")
    dialog = page.locator("#send-file")
    dialog.get_by_label("Archivo").set_input_files(paper)
    dialog.get_by_role("button", name="Enviar archivo").click()

    sent = page.locator("#thread-log .bubble.out").last
    expect(sent).to_contain_text("libre_deuda.pdf")
    expect(sent).to_contain_text("1 KB")
    href = sent.locator("a.bubble-picture").get_attribute("href") or ""
    assert page.request.get(href).body() == PDF
    _everywhere(page, "desk-sent-pdf")
    page.get_by_role("link", name="Ver suscripción").click()
    expect(page.locator(".timeline")).to_contain_text("libre_deuda.pdf")
    _everywhere(page, "subscription-sent-pdf")


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
