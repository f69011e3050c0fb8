"""What no template and no script may hold: names that htmx no longer knows, and anything inline."""

import re
from pathlib import Path

import pytest

from runtime.settings import project_folder

_DASHBOARD = project_folder() / "dashboard"
TEMPLATES = sorted((_DASHBOARD / "templates").rglob("*.html"))
SCRIPTS = sorted((_DASHBOARD / "static" / "js").glob("*.js"))

# htmx 4 ignores what it does not know: the page would look right and do nothing
OLD_HTMX = re.compile(
    r"""hx-(ext|disabled-elt|vars|history-elt|params|prompt|request|inherit|disinherit)\b
    | \b(sse|ws)-connect\b
    | htmx:(after|before)[A-Z]\w* | htmx:(load|xhr|swapError|responseError|sendError|oob\w+)\b
    | hx-(swap|target)-oob | hx-swap="[^"]*\b(transition|focus-scroll|show):
    | every\s\d+m?s\s*\[
    | hx-trigger="[^"]*\bfrom:(find|closest|next|previous)\s
    """,
    re.VERBOSE,
)
# the policy of the pages forbids it: the browser would refuse it
INLINE = re.compile(
    r"""\sstyle\s*= | <style\b | \shx-on\b | \shx-on: | ["']js: | \son[a-z]+\s*=\s*["']
    | javascript: | <script(?![^>]*\bsrc=)
    """,
    re.VERBOSE | re.IGNORECASE,
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(_DASHBOARD)))
def test_a_template_holds_nothing_that_the_browser_refuses_or_htmx_ignores(path: Path) -> None:
    text = path.read_text("utf-8")

    found = [match[0].strip() for pattern in (OLD_HTMX, INLINE) for match in pattern.finditer(text)]

    assert found == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_knows_the_new_names_of_htmx(path: Path) -> None:
    text = path.read_text("utf-8")

    assert [match[0] for match in OLD_HTMX.finditer(text)] == []
    assert re.search(r"\beval\(|new Function\(|\.innerHTML\s*=", text) is None


@pytest.mark.parametrize(
    "planted",
    [
        '<p style="color:red">',
        "<div hx-on:click='go()'>",
        '<a href="javascript:go()">',
        "<button onclick='go()'>",
        "<script>go()</script>",
        '<form hx-disabled-elt="find button">',
        "<div hx-ext='sse'>",
        '<i hx-trigger="change from:find input">',
        '<div hx-trigger="every 2s [visible]">',
    ],
)
def test_the_search_itself_finds(planted: str) -> None:
    assert OLD_HTMX.search(planted) or INLINE.search(planted)
