"""`{{nombre}}` on the screen is `{{1}}` at the channel, and back again."""

import pytest

from messaging.template_names import NAMES, Numbered, WrongName, named, numbered
from messaging.templates import BUTTON_TOKEN, FIELDS

TEXT = "Hola {{nombre}}: la cuota {{cuota}} vence el {{vencimiento}}. Gracias, {{nombre}} querida."


def test_names_are_numbered_in_order_of_appearance_and_the_same_one_once() -> None:
    assert numbered(TEXT) == Numbered(
        body="Hola {{1}}: la cuota {{2}} vence el {{3}}. Gracias, {{1}} querida.",
        fields={"1": "customer.first_name", "2": "coupon.instalment", "3": "coupon.due_date"},
        samples={"1": "Ana", "2": "14", "3": "10/12/2026"},
        wrong=(),
    )


def test_what_was_numbered_is_named_again() -> None:
    stored = numbered(TEXT)

    assert named(stored.body, stored.fields) == TEXT


@pytest.mark.parametrize("name", NAMES)
def test_every_name_goes_there_and_back(name: str) -> None:
    stored = numbered(f"Hola {{{{{name}}}}} adiós")

    assert stored.wrong == ()
    assert stored.fields == {"1": NAMES[name]}
    assert named(stored.body, stored.fields) == f"Hola {{{{{name}}}}} adiós"


def test_every_field_but_a_buttons_own_has_a_name() -> None:
    assert set(NAMES.values()) == set(FIELDS) - {BUTTON_TOKEN}


@pytest.mark.parametrize("typed", ["{{ nombre }}", "{{Nombre}}", "{{NOMBRE}}"])
def test_case_and_spaces_do_not_matter(typed: str) -> None:
    assert numbered(f"Hola {typed}").body == "Hola {{1}}"


def test_accents_do_not_matter() -> None:
    assert numbered("Código {{Código de pago}}").fields == {"1": "coupon.payment_code"}


def test_an_unknown_name_is_told_with_its_place_and_stays_as_it_was_typed() -> None:
    read = numbered("Hola {{nombre}}:\nvence {{cuando}} hoy")

    assert read.body == "Hola {{1}}:\nvence {{cuando}} hoy"
    assert read.wrong == (WrongName(found="{{cuando}}", line=2, column=7),)


@pytest.mark.parametrize(
    ("text", "column"), [("Hola {{nombre} ya", 6), ("Hola nombre}} ya", 12), ("Hola {{ ya", 6)]
)
def test_braces_that_do_not_close_are_told(text: str, column: int) -> None:
    assert [(wrong.line, wrong.column) for wrong in numbered(text).wrong] == [(1, column)]


def test_a_number_is_no_name() -> None:
    assert [wrong.found for wrong in numbered("Hola {{1}} ya").wrong] == ["{{1}}"]


def test_samples_of_before_are_kept() -> None:
    read = numbered("Hola {{nombre}} ya", samples={"customer.first_name": "Caz"})

    assert read.samples == {"1": "Caz"}


def test_a_variable_without_a_name_of_ours_stays_a_number() -> None:
    assert named("Hola {{1}} y {{2}}", {"1": "customer.first_name"}) == "Hola {{nombre}} y {{2}}"


def test_text_that_is_stored_with_one_field_twice_reads_the_same() -> None:
    body, fields = "De {{1}} a {{2}} ya", {"1": "coupon.amount", "2": "coupon.amount"}

    assert named(body, fields) == "De {{importe}} a {{importe}} ya"
