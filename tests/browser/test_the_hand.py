"""The operator's hand: what is half done stays, keys ask before they take, the agenda goes on."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from campaigns import next_actions
from models.case import Case
from tests.browser import axe
from tests.browser.cast import CARLA, DIEGO, LUCIA, Person
from tests.browser.conftest import Office
from tests.browser.waiting import a_waiting_case

pytestmark = pytest.mark.browser


def test_a_half_filled_result_is_there_after_another_case_and_back(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, other_id = a_waiting_case(office)[0], a_waiting_case(office)[0]
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    panel, day = page.locator("#result-panel"), page.get_by_label("Fecha", exact=True)
    panel.locator("label.option", has_text="Promesa de pago").first.click()
    day.fill("en 6 dias")
    page.get_by_label("Importe").fill("12.345")

    page.goto(f"/desk/{other_id}?view=all")
    expect(page.locator("#result-panel input[name=result]:checked")).to_have_count(0)
    page.goto(f"/desk/{case_id}?view=all")

    expect(day).to_have_value("en 6 dias")
    expect(page.get_by_label("Importe")).to_have_value("12.345")
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Gestión registrada: Promesa de pago.")
    page.reload()
    expect(page.locator("#result-panel")).to_be_visible()
    expect(page.locator("#result-panel input[name=result]:checked")).to_have_count(0)


def test_a_half_filled_card_of_a_customer_is_there_when_it_is_opened_again(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    card = page.locator("#customer-card")
    page.keyboard.press("i")
    card.get_by_label("Domicilio").fill("Belgrano 1450")

    page.reload()
    expect(card).to_contain_text("hay cambios sin guardar")
    page.keyboard.press("i")
    expect(card.get_by_label("Domicilio")).to_have_value("Belgrano 1450")
    card.get_by_role("link", name="Volver sin cambiar").click()
    expect(card.get_by_label("Domicilio")).to_have_count(0)
    expect(card).not_to_contain_text("hay cambios sin guardar")
    page.keyboard.press("i")

    expect(card.get_by_label("Nombre")).to_be_visible()
    expect(card.get_by_label("Domicilio")).not_to_have_value("Belgrano 1450")


def test_who_asks_to_be_called_is_asked_when_and_one_types_at_once(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")

    page.keyboard.press("l")
    when = page.get_by_label("Cuándo", exact=True)
    expect(when).to_be_focused()
    page.keyboard.press("Control+Enter")

    expect(page.locator("#result-panel")).to_contain_text("Escribí cuándo")
    expect(when).to_be_focused()
    page.keyboard.type("en 3 dias")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Gestión registrada: Pide que lo llamen.")


def test_a_colleagues_case_is_asked_for_before_it_is_taken(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    _held(office, case_id, CARLA)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")

    page.keyboard.press("m")

    asked = page.get_by_role("dialog", name="Tomar consulta")
    expect(asked).to_contain_text(f"La tiene {CARLA.name}.")
    assert axe.findings(page) == []
    page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    assert _holder(office, case_id) == office.played.people[CARLA]
    page.keyboard.press("m")
    expect(asked.get_by_role("button", name="Tomarla igual")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Consulta tomada.")
    assert _holder(office, case_id) == office.played.people[DIEGO]
    page.keyboard.press(".")
    expect(page.locator("#toasts")).to_contain_text("La consulta quedó sin asignar.")
    assert _holder(office, case_id) is None


def test_what_the_page_can_do_is_found_by_its_word(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    _held(office, case_id, DIEGO)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")

    for word, then in (("transferir", "Pasar consulta"), ("plantilla", "Elegir plantilla")):
        page.keyboard.press("Control+k")
        page.keyboard.type(word)
        expect(page.locator("#palette-actions a:visible")).to_have_count(1)
        expect(page.get_by_text("En esta página")).to_be_visible()
        expect(page.get_by_text("Ir a", exact=True)).to_be_hidden()
        assert axe.findings(page) == []
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name=then)).to_be_visible()
        page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("soltar")
    page.keyboard.press("Enter")

    expect(page.locator("#toasts")).to_contain_text("La consulta quedó sin asignar.")


def test_the_agenda_goes_on_from_case_to_case_and_back(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    ids = [a_waiting_case(office)[0] for _ in range(2)]
    for hours, case_id in zip((60, 59), ids, strict=True):  # the longest overdue of all
        _held(office, case_id, DIEGO)
        with office.life.runtime.sessions.begin() as session:
            now = office.life.runtime.now(session)
            due = now - timedelta(hours=hours)
            next_actions.plan(session, session.get_one(Case, case_id), "Avisar", due, now=now)
    page = sit_down(DIEGO)
    page.goto("/agenda?day=late")

    page.keyboard.press("o")
    page.wait_for_url(f"**/desk/{ids[0]}?**agenda=late**")
    expect(page.locator("#desk-walk")).to_contain_text("Avisar")
    assert axe.findings(page) == []
    page.keyboard.press("d")
    expect(page.locator(".result-values")).not_to_be_empty()
    page.keyboard.press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text("Gestión registrada: No responde.")
    expect(page).to_have_url(re.compile(rf"/desk/{ids[1]}\?.*agenda=late"))
    expect(page.locator("#desk-walk")).to_contain_text("Avisar")
    page.locator("#desk-walk").get_by_role("link", name="Agenda", exact=True).click()
    expect(page.locator(".agenda-row[aria-current]")).to_contain_text("Avisar")


def test_a_refused_moment_is_gone_on_with_where_it_was_typed(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    _held(office, case_id, DIEGO)
    with office.life.runtime.sessions.begin() as session:
        now = office.life.runtime.now(session)
        due = now - timedelta(hours=70)
        next_actions.plan(session, session.get_one(Case, case_id), "Avisar", due, now=now)
    page = sit_down(DIEGO)
    page.goto("/agenda?day=late")
    page.keyboard.press("p")
    typed = page.get_by_label("Otro momento")
    typed.fill("cuando pueda")

    page.keyboard.press("Enter")

    expect(page.locator(".agenda-row .problem")).to_contain_text("No se entiende cuándo")
    expect(typed).to_be_focused()
    expect(typed).to_have_value("cuando pueda")
    page.keyboard.press("Escape")
    expect(typed).to_be_hidden()


_OVERLAPS = """() => {
    const toast = document.querySelector("#toasts .toast").getBoundingClientRect();
    return [...document.querySelectorAll(
        ".desk-side a, .desk-side input, .desk-head a, .desk-head button, .desk-walk a," +
        ".composer a, .composer button, .composer textarea, .result-panel label, .top button," +
        ".rail a, .tab-bar a"
    )].filter((element) => element.checkVisibility()).filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width && box.left < toast.right && box.right > toast.left &&
            box.top < toast.bottom && box.bottom > toast.top;
    }).map((element) => element.outerHTML.slice(0, 80));
}"""


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1024, 700), (390, 844)])
def test_a_toast_covers_nothing_that_is_needed(
    office: Office, sit_down: Callable[..., Page], width: int, height: int
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO, width=width, height=height)
    page.goto(f"/desk/{case_id}?view=all")
    page.locator("[data-key=m]").click()
    expect(page.locator("#toasts")).to_contain_text("Consulta tomada.")
    longest = "Gestión registrada: Promesa de pago. La respuesta está en cola."
    page.locator("#toasts .toast span").evaluate(
        "(said, text) => { said.textContent = text }", longest
    )

    assert page.evaluate(_OVERLAPS) == []


def test_whose_free_case_it_is_stays_whole_beside_the_button_that_takes_it(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, phone = a_waiting_case(office)
    page = sit_down(LUCIA, width=1366, height=768)
    page.goto(f"/desk/{case_id}?view=all")

    expect(page.locator("#desk-head").get_by_role("button", name="Tomar consulta")).to_be_visible()
    assert page.locator("#desk-head h1").evaluate("(name) => name.scrollWidth <= name.clientWidth")
    line = page.locator("#desk-head h1 + p")
    room = line.evaluate(
        """(line) => {
            const range = new Range();
            range.setStart(line.firstChild, 0);
            range.setEnd(line.firstChild, line.textContent.indexOf("·"));
            return line.getBoundingClientRect().right - range.getBoundingClientRect().right;
        }"""
    )
    assert room >= 0, phone


def _held(office: Office, case_id: int, person: Person) -> None:
    with office.life.runtime.sessions.begin() as session:
        session.get_one(Case, case_id).operator_id = office.played.people[person]


def _holder(office: Office, case_id: int) -> int | None:
    with office.life.runtime.sessions() as session:
        return session.get_one(Case, case_id).operator_id


def test_what_is_typed_before_the_box_is_there_goes_into_it(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    box, chosen = page.locator("#composer textarea"), page.locator("#result-panel input:checked")

    page.keyboard.press("n")
    page.keyboard.type("Hola a todos")
    expect(page.locator("#composer.is-note")).to_be_visible()
    expect(box).to_have_value("Hola a todos")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("Hola, ahora lo veo")

    expect(box).to_have_value("Hola, ahora lo veo")
    expect(box).to_be_focused()
    expect(chosen).to_have_count(0)


def test_a_restored_result_leaves_the_keys_to_the_desk_until_its_number_is_pressed(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    page.locator("#result-panel label.option", has_text="Promesa de pago").first.click()
    day = page.get_by_label("Fecha", exact=True)
    day.fill("viernes")
    key = page.locator("#result-panel input[name=result]:checked").get_attribute("data-key")
    assert key is not None

    page.reload()
    expect(day).to_have_value("viernes")
    expect(day).not_to_be_focused()

    page.keyboard.press(key)
    expect(day).to_be_focused()


def test_what_was_found_is_gone_through_with_j(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, phone = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto("/desk?view=all")
    for leaves in ("Escape", "Enter"):
        page.keyboard.press("/")
        page.keyboard.press("Control+a")
        page.keyboard.type(phone[-6:])
        expect(page.locator(f"#row-{case_id}")).to_be_visible()
        expect(page).to_have_url(re.compile(phone[-6:]))

        page.keyboard.press(leaves)

        expect(page.locator("#desk-q")).not_to_be_focused()
        expect(page.locator("#desk-q")).to_have_value(phone[-6:])
    page.keyboard.press("j")
    expect(page.locator("#desk-head")).to_contain_text(phone[-4:])


def test_who_loses_a_case_while_writing_keeps_the_text_under_his_hand(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page, other = sit_down(DIEGO), sit_down(CARLA)
    page.goto(f"/desk/{case_id}?view=all")
    other.goto(f"/desk/{case_id}?view=all")
    page.keyboard.press("r")
    page.keyboard.type("Ya lo miro")

    other.keyboard.press("m")

    box = page.locator("#composer textarea[readonly]")
    expect(page.locator("#composer")).to_contain_text("Tu mensaje, sin enviar")
    expect(box).to_have_value("Ya lo miro")
    expect(box).to_be_focused()
    expect(page.locator("#result-panel")).to_contain_text("para registrar un resultado, tomala")


def test_the_last_thing_is_taken_back_with_one_key_and_older_words_leave(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _ = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    page.keyboard.press("m")
    toasts = page.locator("#toasts [data-toast]")
    expect(toasts).to_have_text(re.compile("Consulta tomada"))
    page.keyboard.press(".")
    expect(toasts).to_have_text(re.compile("La consulta quedó sin asignar"))

    page.keyboard.press("z")

    expect(page.locator("#desk-head")).not_to_contain_text("Tomar consulta")


def test_an_answer_that_comes_late_is_not_drawn_over_the_next_case(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    (case_id, _), (other_id, _) = a_waiting_case(office), a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    held: list[Route] = []
    page.route("**/messages?*", lambda route: held.append(route))
    page.keyboard.press("r")
    page.keyboard.type("Ya lo miro")
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    page.evaluate("id => htmx.ajax('GET', `/desk/${id}?view=all`, '#desk')", other_id)
    expect(page.locator(f"#reply-{other_id}")).to_be_visible()
    name = page.locator("#desk-head h1").inner_text()

    with page.expect_response("**/messages?*"):
        held[0].continue_()
    page.wait_for_timeout(300)

    expect(page.locator(f"#reply-{other_id}")).to_have_value("")
    expect(page.locator("#desk-head h1")).to_have_text(name)
    page.goto(f"/desk/{case_id}?view=all")
    expect(page.locator("#thread-log")).to_contain_text("Ya lo miro")
    expect(page.locator(f"#reply-{case_id}")).to_have_value("")
