"""Marks given in a survey: one whole number within its range, or nothing."""

import re

from campaigns.suggesting.words import SCORE, Line, Word, replaced

_NAMED = {"uno": 1, "un uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6,
          "siete": 7, "ocho": 8, "nueve": 9, "diez": 10}  # fmt: skip
_NUMBER = r"\d{1,3}|" + "|".join(name for name in _NAMED if " " not in name)
_GIVEN = re.compile(
    rf"(?<= )(?P<n>{_NUMBER}) "
    r"(?:(?:de|sobre) (?P<top>\d{1,2}|cinco|diez) |puntos? |estrellas? )?"
    r"(?!(?:anos?|meses|dias?|semanas?|horas?|hs|minutos?|veces|cuotas?|personas?|mil|"
    r"lucas|por ciento|%|pesos) )"
)
_OF = re.compile(r"(\d{1,2})/(\d{1,2})")


def mark_score(words: list[Word], *, least: int, most: int) -> list[Word]:
    """The one mark of a message becomes a `SCORE`; two of them, or one out of range, do not."""
    stars = [index for index, word in enumerate(words) if word.said in ("⭐", "🌟")]
    if stars:
        together = stars[-1] - stars[0] + 1 == len(stars)
        if together and least <= len(stars) <= most:
            return replaced(words, [(stars[0], stars[-1] + 1, Word(SCORE, 0, 0, score=len(stars)))])
        return words
    given: list[tuple[int, int, int, int | None]] = []
    for index, word in enumerate(words):
        if (found := _OF.fullmatch(word.said)) is not None:
            given.append((index, index + 1, int(found[1]), int(found[2])))
    for first, beyond, match in Line(words).matches(_GIVEN):
        top = match["top"]
        given.append((first, beyond, _number(match["n"]), _number(top) if top else None))
    if len(given) != 1:
        return words
    first, beyond, score, top_mark = given[0]
    if not least <= score <= most or top_mark not in (None, most):
        return words
    return replaced(words, [(first, beyond, Word(SCORE, 0, 0, score=score))])


def _number(said: str) -> int:
    return int(said) if said.isdecimal() else _NAMED[said]
