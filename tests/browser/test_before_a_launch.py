"""What a supervisor makes sure of first: the rows that were refused, and a message to himself."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.rehearsal.sample_file import HEADER, sample_rows
from tests.browser.cast import LUCIA
from tests.browser.conftest import Office
from tests.browser.going_out import SLOWLY

pytestmark = pytest.mark.browser

_PHONE, _DOCUMENT = HEADER.index("Celular"), HEADER.index("DNI/CUIT")


def test_the_refused_rows_come_back_as_they_were_with_their_reasons(
    office: Office, sit_down: Callable[..., Page], tmp_path: Path
) -> None:
    today = office.life.runtime.now().astimezone(office.life.settings.timezone).date()
    rows = [
        [str(cell) for cell in row]
        for row in sample_rows(
            rows=6, seed=99, shared_phones=0, bad_rows=0, today=today, public_url=office.life.url
        )
    ]
    rows[1][_PHONE], rows[4][_DOCUMENT] = "11 5555", "1-x"
    page = sit_down(LUCIA)
    page.goto("/subscriptions/import")
    page.locator("#file").set_input_files(_file(tmp_path, rows))
    page.get_by_role("button", name="Subir y ver las columnas").click()
    page.get_by_role("button", name="Ensayar").click()
    expect(page.get_by_text("El ensayo terminó")).to_be_visible(timeout=SLOWLY)

    with page.expect_download() as download:
        page.get_by_role("link", name="Bajar las 2 rechazadas").click()

    content = Path(download.value.path()).read_text("utf-8-sig")
    header, *refused = csv.reader(io.StringIO(content, newline=""), delimiter=";")
    assert download.value.suggested_filename == "cartera-rechazadas.csv"
    assert header == [*HEADER, "línea", "motivo"]
    assert [row[: len(HEADER)] for row in refused] == [rows[1], rows[4]]
    assert [row[-2] for row in refused] == ["3", "6"]  # the header is the file's first line
    assert "teléfono" in refused[0][-1]
    assert "documento" in refused[1][-1]


def test_a_test_message_to_oneself_arrives(office: Office, sit_down: Callable[..., Page]) -> None:
    page = sit_down(LUCIA)
    page.goto("/campaigns/{draft}/edit/review".format(**office.played.ids))
    page.locator("#test-form #phone").fill("11 5432-1098")

    page.get_by_role("button", name="Enviarme una prueba").click()

    expect(page.locator("#test")).to_contain_text(re.compile("Entregada|Leída"), timeout=SLOWLY)
    (sent,) = (
        entry
        for entry in office.life.simulator.ledger()
        if entry["to"] == "whatsapp:+5491154321098"
    )
    assert sent["status"] in ("delivered", "read")
    assert "cuota" in sent["body"]


def _file(folder: Path, rows: list[list[str]]) -> Path:
    path = folder / "cartera.csv"
    with path.open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows([HEADER, *rows])
    return path
