"""Phrases that mean a result, in a notation that a supervisor can write.

A phrase is whole words, without accents or capitals, in their order:

- ``ya pague``        these words
- ``ya pague/abone``  one of these
- ``ya la? pague``    "la" may be missing
- ``pagu*``           any word that begins so
- ``no puedo ... pagar``  up to five words between
- ``{fecha}``, ``{importe}``, ``{puntaje}``  a day, a sum, a mark, however it is written
- ``a_fin_de_mes``    words that belong together, for ``/`` and ``?``
- ``?`` alone         the end of a question; ``$`` the end of a sentence
- ``=gracias``        the whole message, but for greetings and thanks
- ``-si pago``        whatever this matches does not count for this result
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from campaigns.suggesting.words import AMOUNT, DATE, SCORE, Line

_VALUES = (DATE, AMOUNT, SCORE)
_COURTESY = (
    "hola|buenas|buen|buenos|dias|dia|tardes|noches|tarde|noche|gracias|muchas|mil|por favor|porfa|"
    "favor|desde ya|saludos|senor|senora|senorita|sr|sra|che|disculpe|disculpa|disculpen|perdon|ok|"
    "bueno|dale|ah|eh|uh|ay|si|estimados|estimada|estimado|cordial|atte|jaja|jajaja|🙏|"
    "por dios|por el amor de dios|"
    "te lo pido|se lo pido|les pido|de una vez|de una buena vez|ya mismo|urgente|"
    "flaco|flaca|loco|loca|pibe|piba|nene|nena|amigo|amiga|maestro|capo|gente|chicos|chicas|"
    "muchachos|carajo|mierda|boludo|boludos|pelotudo|pelotudos|forro|forros|hdp"
)
_WORD = r"(?:(?!\{fecha\}|[.?] )\S+ )"
_GAP = _WORD + "{0,5}?"
# In most messages: a phrase that is looked for because of one of these is looked for in vain.
_EVERYWHERE = frozenset({"no", "me", "de", "que", "a", "y", "el", "la", "los", "con"})
_NO_MORE = rf"(?=(?:[.?] |$|(?:{_COURTESY}|que|pero|y|asi|ya) ))"
_ALLOWED = re.compile(r"[a-z0-9_*/?$%{}.⭐🙏]+")


class BadPhrase(ValueError):
    """Text that is no phrase."""

    def __init__(self, phrase: str, why: str) -> None:
        super().__init__(f"{phrase!r} is no phrase: {why}")
        self.phrase = phrase


@dataclass(frozen=True, slots=True)
class Found:
    """Where a phrase is in a line: first word, and the one beyond the last."""

    line: Line
    first: int
    beyond: int

    @property
    def start(self) -> int:
        return self.line.words[self.first].start

    @property
    def end(self) -> int:
        return self.line.words[self.beyond - 1].end


class Phrase:
    """One phrase; its pattern is made when a line first has a word that it needs."""

    def __init__(self, text: str) -> None:
        self.is_void = text.startswith("-")
        self.has_value = any(value in text for value in _VALUES)
        self.needs, self.begins = _needed(text)
        self._source = _parts(text)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<= ){self._source}")


class Phrases:
    """The phrases of one result, found by the words that they cannot do without.

    A line has few words and a result many phrases: looking only for those that have one of its
    words takes microseconds where one pattern of all of them takes milliseconds.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_word: dict[str, list[Phrase]] = {}
        self._by_beginning: list[Phrase] = []
        for phrase in map(Phrase, texts):
            for word in phrase.needs:
                self._by_word.setdefault(word, []).append(phrase)
            if not phrase.needs:
                self._by_beginning.append(phrase)

    def find(self, plain: Line, marked: Line) -> Found | None:
        """The first place that counts. With values named before the same words without one."""
        likely = self._likely(plain.said | marked.said)
        if all(phrase.is_void for phrase in likely):
            return None
        void: list[tuple[int, int]] | None = None
        for has_value, line in ((True, marked), (False, plain)):
            places = sorted(
                (first, -beyond)
                for phrase in likely
                if not phrase.is_void and phrase.has_value is has_value
                for first, beyond, _ in line.matches(phrase.pattern)
            )
            for first, beyond in places:
                if void is None:
                    void = _void(likely, plain, marked)
                found = Found(line, first, -beyond)
                if not any(start < found.end and found.start < end for start, end in void):
                    return found
        return None

    def _likely(self, said: frozenset[str]) -> list[Phrase]:
        found = {id(each): each for word in said for each in self._by_word.get(word, ())}
        for phrase in self._by_beginning:
            if any(word.startswith(phrase.begins) for word in said):
                found[id(phrase)] = phrase
        return list(found.values())


@lru_cache(maxsize=512)
def compile_phrases(texts: tuple[str, ...]) -> Phrases:
    """Raises BadPhrase."""
    return Phrases(texts)


def check_phrase(text: str) -> None:
    """Raises BadPhrase."""
    _parts(text)


def _void(phrases: list[Phrase], plain: Line, marked: Line) -> list[tuple[int, int]]:
    """The places of the message that do not count."""
    found = (
        Found(line, first, beyond)
        for phrase in phrases
        if phrase.is_void
        for line in (marked if phrase.has_value else plain,)
        for first, beyond, _ in line.matches(phrase.pattern)
    )
    return [(each.start, each.end) for each in found]


def _needed(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Of the one part that says most: its words, or what its words begin with if they vary."""
    whole: list[list[str]] = []
    varied: list[list[str]] = []
    for word in text.removeprefix("-").removeprefix("=").split():
        if word in ("...", "?") or word.endswith("?") or "$" in word:
            continue
        choices = [choice.partition("_")[0] for choice in word.split("/") if choice]
        (varied if "*" in word else whole).append(choices)
    telling = [choices for choices in whole if _EVERYWHERE.isdisjoint(choices)]
    if telling or whole:
        return frozenset(_shortest(telling or whole)), ()
    if varied:
        return frozenset(), tuple(choice.partition("*")[0] for choice in _shortest(varied))
    return frozenset(), ("",)


def _shortest(parts: list[list[str]]) -> list[str]:
    return sorted(parts, key=len)[0]


def _parts(text: str) -> str:
    """A phrase as a regular expression over a line, each part with the space behind it."""
    said = text.removeprefix("-")
    is_whole = said.startswith("=")
    words = said.removeprefix("=").split()
    if not words or all(word in ("...", "$", "?") for word in words):
        raise BadPhrase(text, "it has no word")
    try:
        pattern = "".join(_part(word) for word in words)
    except ValueError as error:
        raise BadPhrase(text, str(error)) from error
    if words[-1] == "...":  # at the end it takes what is there
        pattern = pattern.removesuffix("?")
    if is_whole:
        around = rf"(?:(?:{_COURTESY}|[.?]) )*"
        pattern = rf"(?<=^ ){around}{pattern}{around}$"
    return pattern


def _part(word: str) -> str:
    if word == "...":
        return _GAP
    if word == "?":
        return r"\? "
    if word == "$":
        return _NO_MORE
    if not _ALLOWED.fullmatch(word):
        raise ValueError(f"{word!r} has what no word of a line has")
    is_optional = word.endswith("?")
    choices = [
        _NO_MORE if choice == "$" else f"{_words(choice)} "
        for choice in word.removesuffix("?").split("/")
        if choice
    ]
    if not choices or "[a-z]* " in choices:
        raise ValueError(f"{word!r} names no word")
    part = f"(?:{'|'.join(choices)})"
    return f"{part}?" if is_optional else part


def _words(choice: str) -> str:
    said = re.escape(choice.replace("_", " "))
    return said.replace(r"\ ", " ").replace(r"\*", "[a-z]*")
