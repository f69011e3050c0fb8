"""What a hand does in a hurry: an odd key, a wrong box, a colleague not chosen, a late answer."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from tests.browser.cast import DIEGO
from tests.browser.conftest import Office
from tests.browser.waiting import a_silent_case, a_waiting_case

pytestmark = pytest.mark.browser

_ANSWERS = {"promesa_de_pago": "Anotamos tu promesa.", "ya_pago": "Gracias por avisar."}


@pytest.fixture
def answers(office: Office) -> Iterator[None]:
    """Two results have an answer that is offered with them."""
    sql = text("UPDATE result_types SET reply_text = :said WHERE code = :code")
    with office.life.runtime.sessions.begin() as session:
        for code, said in _ANSWERS.items():
            session.execute(sql, {"code": code, "said": said})
    yield
    with office.life.runtime.sessions.begin() as session:
        for code in _ANSWERS:
            session.execute(sql, {"code": code, "said": None})


def _chooses(page: Page, name: str) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.locator("#result-panel label.option", has_text=name).first.click()


def test_who_is_called_is_not_written_to_besides(
    answers: None, office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    way, send = page.get_by_label("Por dónde"), page.locator("input[name=send]")
    _chooses(page, "Promesa de pago")
    expect(send).to_be_checked()

    way.select_option("phone:us")
    expect(send).not_to_be_checked()
    _chooses(page, "Ya pagó")

    expect(page.locator(".reply-line")).to_contain_text("Gracias por avisar.")
    expect(send).not_to_be_checked()


def test_an_answer_left_out_of_one_result_is_offered_with_the_next(
    answers: None, office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    send = page.locator("input[name=send]")
    _chooses(page, "Promesa de pago")
    send.uncheck()

    _chooses(page, "Ya pagó")

    expect(page.locator(".reply-line")).to_contain_text("Gracias por avisar.")
    expect(send).to_be_checked()


def test_keys_go_on_where_nothing_can_be_written(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_silent_case(office)  # outside the window
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    page.keyboard.press("n")
    expect(page.locator("#composer textarea")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#composer textarea")).to_have_count(0)

    page.keyboard.press("j")

    expect(page).not_to_have_url(f"{office.life.url}/desk/{case_id}?view=all")


def test_a_chosen_file_does_not_follow_to_another_case_nor_break_the_first(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    _chooses(page, "Promesa de pago")
    page.get_by_label("Importe").fill("777")
    page.locator(".evidence-box summary").click()
    page.locator(".evidence-box input[type=file]").set_input_files(
        {"name": "ticket.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )

    page.reload()

    expect(page.get_by_label("Importe")).to_have_value("777")  # and no script has failed: `watch`
    page.keyboard.press("m")
    expect(page.locator("#toasts [data-fading]")).to_contain_text("Consulta tomada")


def test_a_pass_to_nobody_is_told_in_its_dialog(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    page.keyboard.press("m")
    expect(page.locator("#toasts")).to_contain_text("Consulta tomada")
    page.keyboard.press("v")
    dialog = page.get_by_role("dialog", name="Pasar consulta")
    word = dialog.get_by_label("Nota para quien la reciba")
    word.fill("Llamar después de las 18")
    for chosen in dialog.locator("input[name=user]:checked").all():
        chosen.evaluate("(box) => box.checked = false")

    dialog.get_by_role("button", name="Pasar consulta").click()

    expect(dialog.locator("#pass-user-problem")).to_contain_text("Elegí a quién pasarla.")
    expect(word).to_have_value("Llamar después de las 18")
    dialog.locator("label.person", has_text="Carla").click()
    dialog.get_by_role("button", name="Pasar consulta").click()
    expect(page.locator("#toasts")).to_contain_text("Se la pasaste a Carla")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("j")  # the page is not under a dialog any more
    expect(page).not_to_have_url(f"{office.life.url}/desk/{case_id}?view=all")


def test_a_case_taken_late_is_not_drawn_over_the_next_one(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    (case_id, _), (other_id, _) = a_waiting_case(office), a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    held: list[Route] = []
    page.route("**/take?*", lambda route: held.append(route))
    page.keyboard.press("m")
    page.wait_for_timeout(100)
    page.evaluate("id => htmx.ajax('GET', `/desk/${id}?view=all`, '#desk')", other_id)
    box = page.locator(f"#reply-{other_id}")
    box.fill("Buenas tardes")

    with page.expect_response("**/take?*"):
        held[0].continue_()

    expect(page.locator("#toasts")).to_contain_text("Quedó hecho en la consulta anterior.")
    expect(box).to_have_value("Buenas tardes")
    expect(box).to_be_focused()
