"""WhatsApp's own marks in a text – *bold*, _italic_, ~strike~, ```code``` – as runs to draw."""

import re
from dataclasses import dataclass

_MARKS = {"*": "b", "_": "i", "~": "s", "```": "code"}
# A mark opens at a word's edge and closes before one, on the same line: 5*3*2 stays as it is.
_MARKED = re.compile(
    r"(?<!\w)(?P<mark>```|[*_~])(?=\S)(?P<inner>.+?)(?<=\S)(?P=mark)(?!\w)", re.DOTALL
)
_HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text drawn alike."""

    text: str
    marks: frozenset[str] = frozenset()  # of "b", "i", "s", "code"


def lines(text: str) -> list[list[Run]]:
    """The lines of a text, each as its runs. Control and direction characters are dropped."""
    clean = _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [list(_runs(line, frozenset())) for line in clean.split("\n")]


def plain(text: str) -> str:
    """One line without marks, for lists."""
    return " ".join("".join(run.text for run in line) for line in lines(text)).strip()


def _runs(text: str, marks: frozenset[str]) -> list[Run]:
    runs: list[Run] = []
    start = 0
    for found in _MARKED.finditer(text):
        if found.start() > start:
            runs.append(Run(text[start : found.start()], marks))
        inner, kind = found["inner"], _MARKS[found["mark"]]
        if kind == "code":
            runs.append(Run(inner, marks | {kind}))
        else:
            runs.extend(_runs(inner, marks | {kind}))
        start = found.end()
    if start < len(text):
        runs.append(Run(text[start:], marks))
    return runs
