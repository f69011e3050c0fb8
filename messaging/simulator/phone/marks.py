"""WhatsApp's marks in a text: *bold* _italic_ ~strike~ ```mono``` and links, as runs to draw.

Runs and not HTML: the template escapes every text, so nothing anybody writes becomes markup.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

# Controls, and what turns the reading order of the text around it. \n and \t stay.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_MONO = re.compile(r"```(?=\S)(.+?)```|`([^`\n]+)`", re.DOTALL)
_LINK = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)*_~\]]")
_MARKS = {"*": "bold", "_": "italic", "~": "strike"}
_MARKED = re.compile(r"(?<![\w*_~])([*_~])(?=[^\s])((?:(?!\1)[^\n])+?)(?<=\S)\1(?!\w)")


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    mono: bool = False
    href: str = ""


def plain(text: str) -> str:
    """Without what would not show, or would make the rest show wrongly."""
    return unicodedata.normalize("NFC", _HIDDEN.sub("", text.replace("\r\n", "\n")))


def runs(text: str) -> list[Run]:
    return list(_mono(plain(text)))


def unmarked(text: str) -> str:
    """One line of it, for a list."""
    return " ".join("".join(run.text for run in runs(text)).split())


def _mono(text: str) -> Iterator[Run]:
    at = 0
    for found in _MONO.finditer(text):
        yield from _links(text[at : found.start()])
        yield Run(found.group(1) or found.group(2), mono=True)
        at = found.end()
    yield from _links(text[at:])


def _links(text: str) -> Iterator[Run]:
    """A link is cut out first: an underscore in an address is no mark."""
    at = 0
    for found in _LINK.finditer(text):
        yield from _marked(Run(text[at : found.start()]))
        yield Run(found.group(), href=found.group())
        at = found.end()
    yield from _marked(Run(text[at:]))


def _marked(run: Run) -> Iterator[Run]:
    at = 0
    for found in _MARKED.finditer(run.text):
        if found.start() > at:
            yield replace(run, text=run.text[at : found.start()])
        inner = replace(run, text=found.group(2))
        yield from _marked(_with(inner, _MARKS[found.group(1)]))
        at = found.end()
    if at < len(run.text):
        yield replace(run, text=run.text[at:])


def _with(run: Run, mark: str) -> Run:
    return replace(
        run,
        bold=run.bold or mark == "bold",
        italic=run.italic or mark == "italic",
        strike=run.strike or mark == "strike",
    )
