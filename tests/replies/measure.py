"""How often a suggestion is right, and how many replies get a right one, per result."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from campaigns.catalogue import COMMON_RESULTS, TYPES
from campaigns.suggestions import Offer, Suggestion, suggest
from tests.replies.labelled import NEAR_MISS, OPT_OUT_RESULT, Reply

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
DUE = Decimal(90_000)  # in every line, for "la mitad"

OFFERS: dict[str, list[Offer]] = {
    kind.code: [
        Offer(
            code=each.code,
            value_kind=each.value_kind,
            min_value=each.min_value,
            max_value=each.max_value,
        )
        for each in (*kind.results, *COMMON_RESULTS)
        if not each.by_system
    ]
    for kind in TYPES
}


@dataclass(slots=True)
class Tally:
    """Of one result, or of all."""

    labelled: int = 0
    suggested: int = 0
    right: int = 0  # the result that was labelled, and no value that the text does not state

    @property
    def precision(self) -> float | None:
        return self.right / self.suggested if self.suggested else None

    @property
    def coverage(self) -> float | None:
        return self.right / self.labelled if self.labelled else None


@dataclass(slots=True)
class Figures:
    replies: int = 0
    results: dict[str, Tally] = field(default_factory=dict)
    near_misses: int = 0
    near_misses_taken: int = 0  # … for an opt-out
    values: int = 0  # dates, amounts and marks stated in replies whose result was found
    values_read: int = 0
    values_wrong: int = 0

    @property
    def all(self) -> Tally:
        tallies = self.results.values()
        return Tally(
            labelled=sum(each.labelled for each in tallies),
            suggested=sum(each.suggested for each in tallies),
            right=sum(each.right for each in tallies),
        )

    @property
    def opt_out(self) -> Tally:
        return self.results.get(OPT_OUT_RESULT, Tally())


def measure(replies: Iterable[Reply]) -> Figures:
    figures = Figures()
    for reply in replies:
        _count(figures, reply, suggestion_for(reply))
    return figures


def suggestion_for(reply: Reply) -> Suggestion | None:
    return suggest(
        reply.text,
        reply.campaign_type,
        OFFERS[reply.campaign_type],
        now=datetime.combine(reply.today, time(12), ZONE),
        zone=ZONE,
        due=DUE,
    )


def _count(figures: Figures, reply: Reply, suggestion: Suggestion | None) -> None:
    figures.replies += 1
    figures.near_misses += reply.kind == NEAR_MISS
    if reply.result is not None:
        figures.results.setdefault(reply.result, Tally()).labelled += 1
    if suggestion is None:
        return
    tally = figures.results.setdefault(suggestion.code, Tally())
    tally.suggested += 1
    if reply.kind == NEAR_MISS and suggestion.code == OPT_OUT_RESULT:
        figures.near_misses_taken += 1
    if suggestion.code != reply.result:
        return
    pairs = (
        (suggestion.day, reply.date),
        (suggestion.amount, reply.amount),
        (suggestion.integer, reply.score),
    )
    wrong = sum(read is not None and read != stated for read, stated in pairs)
    tally.right += not wrong
    figures.values += sum(stated is not None for _, stated in pairs)
    figures.values_read += sum(read is not None and read == stated for read, stated in pairs)
    figures.values_wrong += wrong
