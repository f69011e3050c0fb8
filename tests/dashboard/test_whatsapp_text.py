"""The marks of a WhatsApp text, drawn as WhatsApp draws them and never as markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.whatsapp_text import Run, lines, plain


def marked(text: str) -> list[tuple[str, str]]:
    return [(run.text, "".join(sorted(run.marks))) for run in lines(text)[0]]


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("hola", [("hola", "")]),
        ("*hola*", [("hola", "b")]),
        ("la _cuota_ *23*", [("la ", ""), ("cuota", "i"), (" ", ""), ("23", "b")]),
        ("*la _cuota_*", [("la ", "b"), ("cuota", "bi")]),
        ("~24/11~", [("24/11", "s")]),
        ("```4521 *no*```", [("4521 *no*", "code")]),
        ("5*3*2", [("5*3*2", "")]),
        ("* hola*", [("* hola*", "")]),
        ("cuota_por_vencer", [("cuota_por_vencer", "")]),
        ("*", [("*", "")]),
        ("<b>hola</b>", [("<b>hola</b>", "")]),
    ],
)
def test_marks_open_and_close_at_the_edge_of_words(text: str, drawn: list[tuple[str, str]]) -> None:
    assert marked(text) == drawn


def test_lines_stay_lines_and_control_characters_go() -> None:
    assert lines("a\r\nb\u202e\u0007") == [[Run("a")], [Run("b")]]
    assert plain("*a*\nb") == "a b"


@given(st.text())
def test_nothing_readable_is_lost(text: str) -> None:
    letters = [c for c in plain(text) if c.isalnum()]

    assert letters == [c for c in text if c.isalnum()]
