"""What was left for later: the agenda, a promise to its end, a selection, a corrected customer."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from campaigns import next_actions
from campaigns.coupons import mark_paid
from models.case import Case
from tests.browser import axe
from tests.browser.cast import DIEGO, LUCIA
from tests.browser.conftest import Office
from tests.browser.waiting import a_waiting_case
from workers.periodic import JOBS

pytestmark = pytest.mark.browser


def test_the_agenda_is_worked_off_by_keyboard_alone(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    for what in ("Llamar por el comprobante", "Pasar a buscar los papeles"):
        case_id, _ = a_waiting_case(office)
        _plan(office, case_id, what)
    page = sit_down(DIEGO)
    page.goto("/agenda?day=late")
    keys = page.keyboard
    first, second = page.locator(".agenda-row").nth(0), page.locator(".agenda-row").nth(1)
    expect(first).to_have_attribute("aria-current", "true")

    keys.press("j")
    expect(second).to_have_attribute("aria-current", "true")
    keys.press("k")
    expect(first).to_have_attribute("aria-current", "true")
    done = first.get_attribute("id")
    keys.press("d")

    expect(page.locator("#toasts")).to_contain_text("Hecho.")
    expect(page.locator(f"#{done}")).to_have_count(0)
    moved = page.locator(".agenda-row[aria-current]").get_attribute("id")
    keys.press("p")
    keys.press("1")
    expect(page.locator("#toasts")).to_contain_text("Pasó a")
    expect(page.locator(f"#{moved}")).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Deshacer").first.click()
    expect(page.locator("#toasts")).to_contain_text("Como estaba.")


def test_a_promise_is_watched_to_its_end(office: Office, sit_down: Callable[..., Page]) -> None:
    """Reminded of through the ledger, broken when its day is over, kept when the money comes."""
    supervisor = sit_down(LUCIA)
    supervisor.goto(f"/campaigns/{office.played.ids['running']}/follow-up")
    supervisor.get_by_label("Recordar una promesa de pago con").select_option(index=1)
    supervisor.get_by_role("button", name="Guardar").click()
    expect(supervisor.locator("#toasts")).to_contain_text("Cambios guardados.")
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    page.locator("#result-panel label.option", has_text="Promesa de pago").first.click()
    page.get_by_label("Fecha", exact=True).fill("en 5 dias")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Gestión registrada: Promesa de pago.")

    _then(office, "UPDATE promises SET remind_at = now() - interval '1 s' WHERE case_id = :case",
          case=case_id)  # fmt: skip
    JOBS["keep promises"].work(office.life.runtime)
    reminder = _one(
        office,
        "SELECT m.id, m.sequence FROM promises p JOIN messages m ON m.id = p.reminder_id"
        " WHERE p.case_id = :case",
        case=case_id,
    )
    assert reminder.sequence > 1
    _then(office, "UPDATE promises SET settles_at = now() - interval '1 s' WHERE case_id = :case",
          case=case_id)  # fmt: skip
    JOBS["keep promises"].work(office.life.runtime)

    page.goto(f"/desk/{case_id}?view=mine")
    expect(page.locator(f"#row-{case_id}")).to_contain_text("promesa incumplida")
    expect(page.locator("#case-card")).to_contain_text("Promesa incumplida")
    due = _one(
        office,
        "SELECT what FROM next_actions WHERE case_id = :case AND state = 'due'",
        case=case_id,
    )
    assert due.what == "Promesa incumplida"

    with office.life.runtime.sessions.begin() as session:
        coupon_id = session.execute(
            text("SELECT coupon_id FROM promises WHERE case_id = :case"), {"case": case_id}
        ).scalar_one()
        mark_paid(session, coupon_id, now=office.life.runtime.now(session))
    kept = _one(office, "SELECT state FROM promises WHERE case_id = :case", case=case_id)
    assert kept.state == "kept"


def test_three_are_chosen_and_written_to_at_once(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    ids = [a_waiting_case(office)[0] for _ in range(3)]
    with office.life.runtime.sessions.begin() as session:
        for case_id in ids:
            session.get_one(Case, case_id).operator_id = office.played.people[DIEGO]
    page = sit_down(DIEGO)
    page.goto("/desk?view=mine")
    for case_id in ids:
        page.locator(f"#row-{case_id}").hover()
        page.locator(f"#pick-{case_id}").check()
    bar = page.locator("#bulk")
    expect(bar).to_contain_text("Elegidas: 3")
    page.wait_for_timeout(2_500)  # a poll goes by
    expect(bar).to_contain_text("Elegidas: 3")
    assert axe.findings(page) == []

    bar.get_by_role("button", name="Plantilla…").click()
    page.locator(".pick").first.click()
    page.get_by_role("button", name=re.compile(r"Enviar a \d consultas?")).click()

    expect(page.locator("#toasts")).to_contain_text("Plantilla en cola")
    written = _one(office, "SELECT written, left_out FROM bulk_sends ORDER BY id DESC LIMIT 1")
    assert written.written + written.left_out == 3
    assert written.written >= 1


def test_a_key_chooses_the_case_in_hand_and_the_next_one_too(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto("/desk?view=all")
    keys = page.keyboard

    keys.press("j")
    expect(page.locator(".desk-row[aria-current]")).to_be_visible()
    keys.press("x")
    expect(page.locator("#bulk")).to_contain_text("Elegidas: 1")
    first = page.locator(".desk-row[aria-current]").get_attribute("id")
    keys.press("j")
    expect(page.locator(f"#{first}")).not_to_have_attribute("aria-current", "true")
    expect(page.locator("#bulk")).to_contain_text("Elegidas: 1")
    keys.press("Shift+X")

    expect(page.locator("#bulk")).to_contain_text("Elegidas: 2")


def test_a_customer_is_corrected_where_he_stands(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    card = page.locator("#customer-card")

    page.keyboard.press("i")
    card.get_by_label("Correo").fill("no es un correo")
    card.get_by_role("button", name="Guardar").click()
    expect(card.locator(".problem")).to_be_visible()
    expect(card.get_by_label("Correo")).to_be_focused()
    card.get_by_label("Correo").fill("cliente@example.com")
    card.get_by_role("button", name="Guardar").click()

    expect(page.locator("#toasts")).to_contain_text("Datos guardados.")
    expect(card).to_contain_text("cliente@example.com")


def _plan(office: Office, case_id: int, what: str) -> None:
    with office.life.runtime.sessions.begin() as session:
        now = office.life.runtime.now(session)
        case = session.get_one(Case, case_id)
        case.operator_id = office.played.people[DIEGO]
        next_actions.plan(session, case, what, now - timedelta(hours=2), now=now)


def _then(office: Office, statement: str, **values: Any) -> None:
    with office.life.runtime.sessions.begin() as session:
        session.execute(text(statement), values)


def _one(office: Office, query: str, **values: Any) -> Any:
    with office.life.runtime.sessions() as session:
        return session.execute(text(query), values).one()
