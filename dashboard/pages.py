"""How views answer: whole pages, fragments for htmx, and redirects that say what was done.

Every address answers a whole page to a plain GET and every action works as a plain form; htmx
asks for less, and says so in a header.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

PAGE = 50
"""Rows of a list; more by `after`."""

_DRAFT = "draft"
"""The category of what is flashed to the script, not to a person."""


def is_fragment() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request-Type") == "partial"


def render(
    page: str, fragment: str | None = None, *, status: int = 200, **context: Any
) -> ResponseReturnValue:
    """The page, or its fragment when one is given and htmx asks for it."""
    template = fragment if fragment and is_fragment() else page
    return _html(render_template(template, **context), status)


def fragment_with(
    template: str,
    *,
    toast: str | None = None,
    undo: str | None = None,
    partials: dict[str, str] | None = None,
    status: int = 200,
    **context: Any,
) -> ResponseReturnValue:
    """The answer to an htmx action: the changed root, a toast, and other regions.

    ``undo`` is the address that a post takes it back with; ``partials`` maps a selector of the
    page to the template of its new content, drawn with the same context.
    """
    body = render_template(template, **context)
    for target, part in (partials or {}).items():
        body += _partial(target, render_template(part, **context))
    if toast:
        said = render_template("_toast.html", text=toast, undo=undo, tone="ok")
        body += _partial("#toasts", said, swap="beforeend")
    return _html(body, status)


def only_toast(text: str, status: int) -> ResponseReturnValue:
    """What htmx asked for cannot be given: what is on the screen stays, and a toast says why."""
    said = render_template("_toast.html", text=text, tone="error")
    response = _html(_partial("#toasts", said, swap="beforeend"), status)
    response.headers["HX-Reswap"] = "none"
    return response


def done(
    url: str, toast: str | None = None, *, undo: str | None = None, drafts: Sequence[str] = ()
) -> ResponseReturnValue:
    """After an action: go to ``url``, and say there what was done, and which drafts it took."""
    if toast:
        flash(toast, f"undo:{undo}" if undo else "ok")
    for each in drafts:
        flash(each, _DRAFT)
    if is_fragment():
        return Response(status=200, headers={"HX-Redirect": url})
    return redirect(url, 303)


def refused(sentence: str, url: str) -> ResponseReturnValue:
    """An action that could not be done and has no form to show again: go back and say why."""
    flash(sentence, "error")
    if is_fragment():
        return Response(status=200, headers={"HX-Redirect": url})
    return redirect(url, 303)


def unchanged() -> ResponseReturnValue:
    """A poll whose answer is on the screen already."""
    return "", 204


def after() -> int | None:
    """The id that ``?after=`` names: the list goes on behind it."""
    given = request.args.get("after")
    if not given:
        return None
    if not given.isdecimal() or len(given) > 18:
        raise NotFound
    return int(given)


@dataclass(frozen=True, slots=True)
class Toast:
    text: str
    tone: str
    undo: str | None = None


def toasts(flashes: list[tuple[str, str]]) -> list[Toast]:
    """What was flashed (category, text), as the shell draws it."""
    said = []
    for category, text in flashes:
        if category == _DRAFT:
            continue
        if category.startswith("undo:"):
            said.append(Toast(text, "ok", category.removeprefix("undo:")))
        else:
            said.append(Toast(text, "error" if category == "error" else "ok"))
    return said


def drafts_taken(flashes: list[tuple[str, str]]) -> list[str]:
    """The names of the drafts that arrived, and may be forgotten."""
    return [text for category, text in flashes if category == _DRAFT]


def _partial(target: str, content: str, *, swap: str = "outerMorph") -> str:
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{content}</hx-partial>'


def _html(body: str, status: int) -> Response:
    response = make_response(body, status)
    response.headers["Vary"] = "HX-Request-Type"
    response.headers["Cache-Control"] = "no-store"
    return response
