"""Names in braces: filled once and strictly; what is missing is told, and never sent as braces."""

import pytest

from messaging.named_texts import (
    AGREED,
    AGREED_DATE,
    BLANK,
    NIGHT,
    OPENS,
    Filled,
    fill,
    fill_leaving_out,
    offered_names,
    wrong_names,
)
from messaging.template_names import NAMES

ANA = {"customer.first_name": "Ana", "coupon.amount": "45.300,50"}


def test_a_text_is_filled_by_the_names_of_templates() -> None:
    filled = fill("Hola {{ Nombre }}, son $ {{importe}}.", ANA)

    assert filled == Filled("Hola Ana, son $ 45.300,50.")


def test_a_value_is_never_looked_at_again() -> None:
    filled = fill(
        "Hola {{nombre}}.",
        {
            "customer.first_name": "{{importe}} {{1}}",
        },
    )

    assert filled.text == "Hola {{importe}} {{1}}."


def test_what_is_missing_is_told_by_its_name_and_left_blank() -> None:
    filled = fill("{{nombre}}, vence el {{vencimiento}} y {{apodo}}.", ANA)

    assert filled.missing == ("vencimiento", "{{apodo}}")
    assert filled.text == f"Ana, vence el {BLANK} y {BLANK}."


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hola {{nombre}}, ya te leímos.", "Hola, ya te leímos."),
        ("{{nombre}}, te respondemos {{abrimos}}.", "te respondemos mañana a las 9:00."),
        ("Tu cuota es la {{cuota}}.", "Tu cuota es la."),
        ("Sin datos.", "Sin datos."),
    ],
)
def test_a_sentence_does_without_what_is_missing(text: str, read: str) -> None:
    names = {**NAMES, **NIGHT}

    assert fill_leaving_out(text, {OPENS: "mañana a las 9:00"}, names) == read


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Hola {{nombre}}", []),
        ("Hola {{apodo}}", ["{{apodo}}"]),
        ("Hola {{nombre}", ["{{"]),
        ("Vence el {{fecha_acordada}}", ["{{fecha_acordada}}"]),  # only with a result
        ("Hola {{texto_1}}", ["{{texto_1}}"]),  # only in a template
    ],
)
def test_what_means_nothing_is_found_before_it_is_kept(text: str, wrong: list[str]) -> None:
    assert [each.found for each in wrong_names(text, offered_names())] == wrong


def test_an_answer_to_a_result_may_name_what_is_being_recorded() -> None:
    names = {**NAMES, **AGREED}

    assert fill("El {{fecha_acordada}}.", {AGREED_DATE: "vie 27 nov"}, names).text == (
        "El vie 27 nov."
    )
