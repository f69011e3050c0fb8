"""The labelled replies: one line of a file, checked while it is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from campaigns.catalogue import COMMON_RESULTS, TYPES

HERE = Path(__file__).parent
HELD_OUT = HERE / "held_out.tsv"
DEVELOPMENT = HERE / "development.tsv"

COLUMNS = ("campaign_type", "today", "result", "date", "amount", "score", "kind", "text")
NONE = "none"
OPT_OUT, NEAR_MISS = "opt_out", "near_miss"
OPT_OUT_RESULT = "no_desea_mensajes"

_OFFERED = {
    kind.code: frozenset(each.code for each in (*kind.results, *COMMON_RESULTS)) for kind in TYPES
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one customer wrote, and what an operator would register."""

    campaign_type: str
    today: date
    result: str | None  # None: nothing, a person has to read on
    date: date | None
    amount: Decimal | None
    score: int | None
    kind: str  # opt_out, near_miss (sounds like one and is none), or nothing
    text: str


class BadLabel(ValueError):
    """A line of a labelled file that cannot be meant."""


def read_replies(path: Path) -> list[Reply]:
    """Every reply of a file, in its order. Raises BadLabel with the line's number."""
    return list(_read(path))


def _read(path: Path) -> Iterator[Reply]:
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise BadLabel(f"{path.name}: the first line must name {', '.join(COLUMNS)}")
    for number, line in enumerate(lines[1:], start=2):
        try:
            yield _reply(line)
        except (ValueError, ArithmeticError, KeyError) as error:
            raise BadLabel(f"{path.name}:{number}: {error}") from error


def _reply(line: str) -> Reply:
    campaign_type, today, result, day, amount, score, kind, text = line.split("\t")
    if result != NONE and result not in _OFFERED[campaign_type]:
        raise BadLabel(f"{campaign_type} has no result {result}")
    if (kind == OPT_OUT) != (result == OPT_OUT_RESULT):
        raise BadLabel(f"{kind or 'no kind'} with result {result}")
    if kind not in ("", OPT_OUT, NEAR_MISS) or not text.strip():
        raise BadLabel(f"unknown kind {kind!r} or no text")
    return Reply(
        campaign_type=campaign_type,
        today=date.fromisoformat(today),
        result=None if result == NONE else result,
        date=date.fromisoformat(day) if day else None,
        amount=Decimal(amount) if amount else None,
        score=int(score) if score else None,
        kind=kind,
        text=text,
    )
