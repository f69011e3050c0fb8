"""What cannot be taken is said beside the field, and what was typed stays there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cast import DIEGO, LUCIA, MARTA, PASSWORD, Person
from tests.browser.conftest import Office
from tests.browser.waiting import a_waiting_case

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Wrong:
    """One form, what is typed into it, and what it must answer beside which field."""

    name: str
    path: str
    typed: Mapping[str, str]
    press: str
    beside: str
    says: str
    person: Person = LUCIA
    first: tuple[str, ...] = field(default=())  # labels to click before


_WRONG = (
    Wrong(
        "campaign-without-a-name", "/campaigns/new", {"#name": "  "},
        "Guardar y seguir", "#name", "Escribí un nombre",
    ),
    Wrong(
        "audience", "/campaigns/{draft}/edit/audience", {"#overdue_min": "muchas"},
        "Guardar y seguir", "#overdue_min", "Escribí un número entero",
    ),
    Wrong(
        "audience-upside-down", "/campaigns/{draft}/edit/audience",
        {"#overdue_min": "5", "#overdue_max": "2"},
        "Guardar y seguir", "#overdue_min", "tiene que ser menor",
    ),
    Wrong(
        "team", "/campaigns/{draft}/edit/team", {"#starts_at": "cuando se pueda"},
        "Guardar y revisar", "#starts_at", "No se entiende el momento", first=("Programada",),
    ),
    Wrong(
        "template", "/templates/{draft_template}/edit", {"#body": "Hola {{nadie}}, ¿cómo va?"},
        "Enviar a revisión", "#body", "nadie",
    ),
    Wrong(
        "type-without-a-name", "/catalogue/types/new", {"#name": ""},
        "Crear tipo", "#name", "Escribí el nombre",
    ),
    Wrong(
        "key-of-a-result", "/catalogue/types/{type}/results/new",
        {"#name": "Volver a llamar", "#key": "ñ"},
        "Agregar|Guardar|Crear", "#key", "Una sola letra o un número",
    ),
    Wrong(
        "rate-of-a-line", "/settings/lines/{line}", {"#rate": "9999"},
        "Guardar", "#rate", "entre 1 y 400", MARTA,
    ),
    Wrong(
        "mail-of-a-user", "/settings/users/new", {"#name": "Ana", "#email": "esto no"},
        "Agregar usuario", "#email", "no parece un correo", MARTA,
    ),
    Wrong(
        "user-twice", "/settings/users/new", {"#name": "Diego", "#email": DIEGO.email},
        "Agregar usuario", "#email", "Ya hay un usuario", MARTA, first=("Operador",),
    ),
    Wrong(
        "phone-of-a-customer", "/subscriptions/{subscription}/data", {"#phone": "12"},
        "Guardar", "#phone", "No es un teléfono",
    ),
    Wrong(
        "document-of-a-customer", "/subscriptions/{subscription}/data", {"#document": "1-x"},
        "Guardar", "#document", "No es un documento",
    ),
)  # fmt: skip


@pytest.mark.parametrize("wrong", _WRONG, ids=lambda wrong: wrong.name)
def test_a_form_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed(
    wrong: Wrong, office: Office, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(wrong.person)
    page.goto(wrong.path.format(**office.played.ids))
    for label in wrong.first:
        page.locator("label", has_text=label).first.click()
    for field_, typed in wrong.typed.items():
        page.locator(field_).fill(typed)
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")

    button = page.get_by_role("button", name=re.compile(f"^({wrong.press})"))
    with page.expect_response(lambda r: r.request.method == "POST" and r.status == 422):
        button.last.click()

    control = page.locator(wrong.beside)
    expect(control).to_be_focused()
    expect(control).to_have_attribute("aria-invalid", "true")
    said = _beside(page, wrong.beside)
    assert wrong.says
    assert wrong.says in said
    for field_, typed in wrong.typed.items():
        assert page.locator(field_).input_value().strip() == typed.strip()


def test_a_wrong_password_says_so_and_keeps_the_address(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(None)
    page.goto("/sign-in")
    page.get_by_label("Correo").fill(LUCIA.email)
    page.get_by_label("Contraseña").fill("otra cosa")

    page.get_by_role("button", name="Entrar", exact=True).click()

    expect(page.get_by_role("alert").first).to_contain_text("no son correctos")
    assert page.get_by_label("Correo").input_value() == LUCIA.email


def test_ones_own_password_is_asked_before_it_is_changed(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(DIEGO)
    page.goto("/me")
    page.locator("#old").fill("no es ésta")
    page.locator("#new").fill(f"{PASSWORD} y uno más")

    page.get_by_role("button", name="Cambiar contraseña").click()

    expect(page.locator("#old")).to_have_attribute("aria-invalid", "true")
    assert "No es tu contraseña" in _beside(page, "#old")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("vacío.csv", b""),
        ("foto.xlsx", b"\x89PNG\r\n\x1a\n" + b"0" * 400),
        ("cartera.pdf", b"%PDF-1.7 ..."),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(
    office: Office, sit_down: Callable[..., Page], file: str, content: bytes
) -> None:
    page = sit_down(LUCIA)
    page.goto("/subscriptions/import")
    page.locator("#file").set_input_files(
        {"name": file, "mimeType": "application/octet-stream", "buffer": content}
    )

    with page.expect_response(lambda r: r.request.method == "POST" and r.status == 422):
        page.get_by_role("button", name="Subir y ver las columnas").click()

    expect(page.locator("#file-problem")).to_contain_text(file)


def test_a_test_message_needs_a_phone(office: Office, sit_down: Callable[..., Page]) -> None:
    page = sit_down(LUCIA)
    page.goto("/campaigns/{draft}/edit/review".format(**office.played.ids))
    page.locator("#test-form #phone").fill("123")

    page.get_by_role("button", name="Enviarme una prueba").click()

    expect(page.locator("#test")).to_contain_text("no es válido")
    assert page.locator("#test-form #phone").input_value() == "123"


def test_a_result_needs_to_be_chosen_and_a_promise_its_day(
    office: Office, sit_down: Callable[..., Page]
) -> None:
    case_id, _phone = a_waiting_case(office)
    page = sit_down(DIEGO)
    page.goto(f"/desk/{case_id}?view=all")
    save = page.get_by_role("button", name="Guardar", exact=True)

    save.click()

    expect(page.locator("#result-panel")).to_contain_text("Elegí un resultado")
    page.locator("#result-panel label.option", has_text="Promesa de pago").first.click()
    page.get_by_label("Fecha", exact=True).fill("el año del cometa")
    page.get_by_label("Detalle").fill("cobra a fin de mes")
    save.click()
    expect(page.locator("#result-panel")).to_contain_text("No se entiende la fecha")
    assert page.get_by_label("Fecha", exact=True).input_value() == "el año del cometa"
    assert page.get_by_label("Detalle").input_value() == "cobra a fin de mes"


def _beside(page: Page, control: str) -> str:
    """What a screen reader says of the field: the texts that describe it."""
    text: str = page.locator(control).evaluate(
        """control => (control.getAttribute("aria-describedby") ?? "").split(" ")
            .map(id => document.getElementById(id)?.textContent ?? "").join(" ").trim()"""
    )
    return text
