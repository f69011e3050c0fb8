"""What a person reads is marked for translation, and templates keep to what the policy allows."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import dashboard

TEMPLATES = Path(dashboard.__file__).parent / "templates"
PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.html")
    if path.parent.name != "dev"  # the components' own page shows invented texts
)

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_TRANSLATED = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL)
_CLASSES = re.compile(r"\{% block wide %\}.*?\{% endblock %\}", re.DOTALL)  # of the body
_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_MARKED = re.compile(
    r"(?<![\w.])(?:_|n?gettext)\(\s*(\"[^\"]*\"|'[^']*')(\s*,\s*(\"[^\"]*\"|'[^']*'))?"
)
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_READ_ALOUD = {"aria-label", "title", "placeholder", "alt"}
_NOT_PROSE = {"code", "kbd", "samp"}
_NAMES = {"Pregón", "WhatsApp", "Esc", "Ctrl", "Enter", "DNI", "Control"}


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        self.found += [value for name, value in attrs if value and name in _READ_ALOUD]

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not _NOT_PROSE & set(self._inside):
            self.found.append(data)


def unmarked(template: str) -> list[str]:
    """Texts of a template that its reader sees and no extractor would find."""
    source = _CLASSES.sub("", _TRANSLATED.sub("", _COMMENT.sub("", template)))
    html = _Texts()
    html.feed(_CODE.sub("", source))
    seen = [text.strip() for text in html.found]
    for code in _CODE.findall(source):
        for quoted in _QUOTED.findall(_MARKED.sub("", code)):
            text = quoted[0] or quoted[1]
            if " " in text.strip() and text[:1].isupper():
                seen.append(text)
    return [text for text in seen if set(_WORDS.findall(text)) - _NAMES]


@pytest.mark.parametrize("name", PAGES)
def test_every_text_is_marked_for_translation(name: str) -> None:
    assert unmarked((TEMPLATES / name).read_text("utf-8")) == []


def test_an_unmarked_text_is_found() -> None:
    assert unmarked('<p>Hola</p><a title="Ver todo">{{ _("Sí") }}</a>') == ["Hola", "Ver todo"]
    assert unmarked('{{ ui.button("Lanzar ahora") }}{{ ui.button(_("Lanzar ahora")) }}') == [
        "Lanzar ahora"
    ]


@pytest.mark.parametrize("name", PAGES)
def test_no_style_script_or_handler_stands_in_a_template(name: str) -> None:
    source = (TEMPLATES / name).read_text("utf-8")

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|\bjs:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert "|safe" not in source.replace(" ", "")
    assert not re.search(r"hx-trigger=\"[^\"]*\[", source)  # a filter would need eval


@pytest.mark.parametrize("name", PAGES)
def test_no_word_of_an_older_htmx_is_used(name: str) -> None:
    source = (TEMPLATES / name).read_text("utf-8")

    assert not re.search(
        r"hx-ext|hx-disabled-elt|hx-vars|sse-connect|ws-connect|hx-boost|htmx:afterSwap", source
    )
    assert not re.search(r"hx-trigger=\"[^\"]*from:find ", source)  # needs quotes, else ignored
