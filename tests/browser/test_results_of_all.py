"""Resultados as a supervisor uses it: from the rail to a number, to its list and to its file."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.cast import LUCIA
from tests.browser.conftest import Office
from tests.browser.test_every_screen import _photograph
from tests.browser.watched import Watch

pytestmark = pytest.mark.browser

_SINCE = "1/1/2026"


def _number(told: str) -> int:
    found = re.search(r"\d[\d.]*", told)
    assert found is not None, told
    return int(found[0].replace(".", ""))


def _of_pager(page: Page) -> int:
    return _number(page.locator(".pager").inner_text().split(" de ")[1])


def test_a_supervisor_narrows_the_results_opens_a_number_and_takes_the_file(
    office: Office, sit_down: Callable[..., Page], tmp_path: Path
) -> None:
    page = sit_down(LUCIA)
    page.goto("/campaigns")
    page.locator(".rail").get_by_role("link", name="Resultados", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Resultados")
    expect(page.locator(".rail [aria-current=page]")).to_have_text("Resultados")

    page.get_by_label("Desde").fill(_SINCE)
    page.get_by_label("Desde").press("Enter")
    expect(page).to_have_url(re.compile("from=1%2F1%2F2026"))
    expect(page.locator("#results")).to_contain_text("Del 01/01/2026 al")
    everything = _number(page.locator(".kpi b").first.inner_text())
    page.get_by_label("Persona", exact=True).select_option("system")
    expect(page.get_by_role("link", name="Quitar filtros")).to_be_visible()
    bar = page.locator(".hbars a.name").first
    count = _number(bar.locator("b").inner_text())
    name = bar.inner_text().rsplit(None, 1)[0].strip()
    assert 0 < count <= _number(page.locator(".kpi b").first.inner_text()) <= everything

    bar.click()
    expect(page.locator(".pager")).to_be_visible()
    assert _of_pager(page) == count
    expect(page.locator("#result option:checked")).to_contain_text(name.split(" · ")[0])
    assert axe.findings(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Exportar").click()
    file = tmp_path / "results.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.open(encoding="utf-8-sig", newline=""), delimiter=";"))
    assert len(rows) == count
    assert {row["Persona"] for row in rows} == {"El sistema"}

    page.get_by_role("link", name="Resumen").click()
    page.go_back()
    assert _of_pager(page) == count


def test_days_that_cannot_be_are_said_beside_them_and_the_rest_stays(
    office: Office, sit_down: Callable[..., Page], watch: Watch
) -> None:
    watch.expect("status of 422")
    page = sit_down(LUCIA)
    page.goto("/results?user=system")

    page.get_by_label("Hasta").fill("31/2")
    page.get_by_label("Hasta").press("Enter")

    expect(page.locator("#to-problem")).to_contain_text("Esa fecha no existe: 31/2.")
    expect(page.get_by_label("Hasta")).to_have_value("31/2")
    expect(page.get_by_label("Hasta")).to_be_focused()
    expect(page.get_by_label("Persona", exact=True)).to_have_value("system")
    assert axe.findings(page) == []
    page.get_by_label("Hasta").fill("hoy")
    page.get_by_label("Hasta").press("Enter")
    expect(page.locator("#to-problem")).to_have_count(0)
    expect(page.get_by_label("Persona", exact=True)).to_have_value("system")


def test_on_a_phone_and_on_paper(office: Office, sit_down: Callable[..., Page]) -> None:
    page = sit_down(LUCIA, width=390, height=844)
    page.goto("/campaigns")
    page.locator(".tab-bar summary").click()
    page.locator(".tab-bar").get_by_role("link", name="Resultados", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Resultados")
    page.goto(f"/results?from={_SINCE}")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert axe.findings(page) == []

    page.set_viewport_size({"width": 794, "height": 1123})
    page.emulate_media(media="print")
    expect(page.locator("#results form")).to_be_hidden()
    expect(page.get_by_role("link", name="Exportar")).to_be_hidden()
    expect(page.locator("#results")).to_contain_text("Del 01/01/2026 al")
    expect(page.get_by_role("heading", name="Resultados por tipo")).to_be_visible()
    _photograph(page, "results-on-paper")
