"""What a free text may mean: a result with its value and the words it was read from, or nothing.

Only ever suggested: a person records. Rules are phrases per campaign type and result, tried in
the order of their rank, an opt-out first; values come from readers which give one or nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from campaigns.suggesting.amounts import mark_amounts
from campaigns.suggesting.dates import mark_days
from campaigns.suggesting.phrases import Found, compile_phrases
from campaigns.suggesting.rules import rank, shipped_phrases
from campaigns.suggesting.scores import mark_score
from campaigns.suggesting.words import AMOUNT, DATE, SCORE, Line, Word, words_of
from models.campaign import ValueKind

T = TypeVar("T")

_LONGEST_VALUE = 200
_DATED = (ValueKind.DATE, ValueKind.DATE_AMOUNT)
_PAID = (ValueKind.AMOUNT, ValueKind.DATE_AMOUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A result type that may be suggested, with the value it asks for."""

    code: str
    value_kind: ValueKind = ValueKind.NONE
    min_value: int | None = None
    max_value: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """``words`` is what it was read from: ``text[start:end]``."""

    code: str
    words: str
    start: int
    end: int
    day: date | None = None
    amount: Decimal | None = None
    integer: int | None = None
    text: str | None = None


Phrasing = Mapping[str, Sequence[str]]
"""Result code → its phrases."""


def suggest(
    text: str,
    campaign_type: str,
    offers: Sequence[Offer],
    *,
    now: datetime,
    zone: ZoneInfo,
    due: Decimal | None = None,
    phrasing: Phrasing | None = None,
) -> Suggestion | None:
    """What the text of one reply may mean among ``offers``; None: a person reads on.

    ``now`` and ``zone``: the day that "mañana" counts from. ``due``: what "la mitad" is half of.
    ``phrasing``: the phrases to go by, when a supervisor changed those we ship.
    """
    by_code = {offer.code: offer for offer in offers}
    plain = Line(words_of(text))
    marked = _marked(plain, offers, today=now.astimezone(zone).date(), due=due)
    phrases = shipped_phrases(campaign_type) if phrasing is None else phrasing
    for code in sorted(phrases.keys() & by_code.keys(), key=lambda code: rank(campaign_type, code)):
        found = compile_phrases(phrases[code]).find(plain, marked)
        if found is not None:
            return _suggestion(text, by_code[code], found, marked)
    return None


def suggest_media(offers: Sequence[Offer]) -> str | None:
    """The code of what a picture or a file without a word may mean, if it is offered."""
    return next((offer.code for offer in offers if offer.code == "envio_comprobante"), None)


def _marked(plain: Line, offers: Sequence[Offer], *, today: date, due: Decimal | None) -> Line:
    """The line with its days, sums and marks named, as far as a result asks for them."""
    kinds = {offer.value_kind for offer in offers}
    words = plain.words
    if kinds.intersection(_DATED):
        words = mark_days(words, today=today)
    if kinds.intersection(_PAID):
        words = mark_amounts(words, due=due)
    for offer in offers:
        if offer.value_kind is ValueKind.INTEGER and offer.min_value is not None:
            words = mark_score(words, least=offer.min_value, most=offer.max_value or 0)
            break
    return plain if words is plain.words else Line(words)


def _suggestion(text: str, offer: Offer, found: Found, marked: Line) -> Suggestion:
    inside = found.line.words[found.first : found.beyond] if found.line is marked else []
    start, end = found.start, found.end
    day = amount = number = said = None
    if offer.value_kind in _DATED:
        named = [word for word in inside if word.said == DATE] or _named_days(marked)
        day = _only({word.day for word in named})
    if offer.value_kind in _PAID:
        amount = _only({word.amount for word in marked.words if word.said == AMOUNT})
    if offer.value_kind is ValueKind.INTEGER:
        number = _only({word.score for word in marked.words if word.said == SCORE})
    if offer.value_kind is ValueKind.TEXT:
        said = " ".join(text.split())[:_LONGEST_VALUE]
    return Suggestion(
        code=offer.code,
        words=text[start:end],
        start=start,
        end=end,
        day=day,
        amount=amount,
        integer=number,
        text=said,
    )


def _named_days(line: Line) -> list[Word]:
    """The days of a message, without those on which something is not ("hoy no puedo")."""
    following = [*line.words[1:], None]
    return [
        word
        for word, after in zip(line.words, following, strict=True)
        if word.said == DATE and (after is None or after.said != "no")
    ]


def _only(values: set[T]) -> T | None:
    """The one value that was named; of several none is certain."""
    return values.pop() if len(values) == 1 else None
