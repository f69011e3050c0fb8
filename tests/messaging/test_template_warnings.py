"""What is allowed and still worth a second thought."""

from dataclasses import replace

import pytest

from messaging.template_warnings import Care, doubts_of
from messaging.templates import Button, Draft
from models.template import ButtonKind, TemplateCategory


def _draft(
    body: str,
    category: TemplateCategory = TemplateCategory.UTILITY,
    footer: str | None = None,
    title: str = "Ya pagué",
) -> Draft:
    return Draft(
        name="aviso",
        language="es_AR",
        category=category,
        body=body,
        footer=footer,
        fields={"1": "customer.first_name"},
        samples={"1": "Ana"},
        buttons=[Button(kind=ButtonKind.QUICK_REPLY, title=title, payload="b1")],
    )


def test_a_plain_notice_raises_no_doubt() -> None:
    assert doubts_of(_draft("Hola {{1}}, tu cuota vence el lunes.\n\nGracias.")) == []


def test_two_blank_lines_together_are_too_many() -> None:
    assert [d.care for d in doubts_of(_draft("Hola.\n\n\nChau."))] == [Care.BLANK_LINES]


@pytest.mark.parametrize(
    "words", ["¡Aprovechá!", "Últimos días", "20 % off", "PROMOCIÓN", "una oferta", "GRATIS"]
)
def test_selling_words_in_a_notice_are_told(words: str) -> None:
    (doubt,) = doubts_of(_draft(f"Hola {{{{1}}}}, {words} para vos."))

    assert doubt.care is Care.SOUNDS_LIKE_MARKETING
    assert doubt.figures["words"]


def test_selling_words_are_what_advertising_is_made_of() -> None:
    draft = _draft("Aprovechá.", TemplateCategory.MARKETING, footer="Respondé BAJA para salir")

    assert doubts_of(draft) == []


def test_advertising_offers_a_way_out() -> None:
    draft = _draft("Aprovechá.", TemplateCategory.MARKETING)

    assert [d.care for d in doubts_of(draft)] == [Care.NO_WAY_OUT]
    assert doubts_of(draft, offers_opt_out=True) == []


def test_a_text_that_passes_the_limit_once_filled_is_told() -> None:
    draft = replace(_draft("Hola {{1}} " + "x" * 1010), samples={"1": "Anastasia"})

    (doubt,) = doubts_of(draft)

    assert (doubt.care, doubt.figures) == (
        Care.LONG_WHEN_FILLED,
        {"length": 1025, "most": 1024},
    )


def test_a_button_that_records_nothing_is_told() -> None:
    (doubt,) = doubts_of(_draft("Hola."), recording=())

    assert (doubt.care, doubt.field) == (Care.UNMAPPED_BUTTON, "buttons[1].result")
    assert doubts_of(_draft("Hola."), recording={1}) == []
