"""What each column of a file seems to be, and how sure that is: for a person to look over."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.importing.columns import (
    columns_by_name,
    folded,
    rank_of_phone,
    still_true,
)
from campaigns.importing.fields import FIELDS
from models.audit import ImportKind


class Sureness(enum.StrEnum):
    REMEMBERED = "remembered"  # a person said so of an earlier file with these columns
    NAMED = "named"  # the header is one of the accepted names
    SIMILAR = "similar"  # the header has such a name within it
    AMBIGUOUS = "ambiguous"  # another column has as good a name: left to the person
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Guess:
    """``field`` is "" where nothing is proposed; ``rivals`` are the other columns' headers."""

    field: str
    sureness: Sureness
    rivals: tuple[str, ...] = ()


_NOTHING = Guess("", Sureness.NONE)


def guess_columns(
    header: Sequence[str], kind: ImportKind, *, remembered: Mapping[str, str] | None = None
) -> list[Guess]:
    """A guess for each column, in their order; no field is proposed for two of them."""
    guesses = [_NOTHING] * len(header)
    taken: set[int] = set()
    used: set[str] = set()

    def take(column: int, field: str, sureness: Sureness) -> None:
        guesses[column] = Guess(field, sureness)
        taken.add(column)
        used.add(field)

    for column, field in still_true(header, kind, remembered or {}):
        if field not in used:
            take(column, field, Sureness.REMEMBERED)
    for field, columns in columns_by_name(header, kind, taken).items():
        if field in used:
            continue
        if field == "phone" and len(columns) == 2 and "other_phone" not in used:
            mobile, other = sorted(columns, key=lambda column: rank_of_phone(header[column]))
            take(mobile, "phone", Sureness.NAMED)
            take(other, "other_phone", Sureness.NAMED)
        elif len(columns) == 1:
            take(columns[0], field, Sureness.NAMED)
        else:
            used.add(field)
            taken.update(columns)
            for column in columns:
                rivals = tuple(header[other] for other in columns if other != column)
                guesses[column] = Guess(field, Sureness.AMBIGUOUS, rivals)
    for column, name in enumerate(header):
        if column not in taken and (field := _similar(name, kind, used)):
            take(column, field, Sureness.SIMILAR)
    return guesses


def _similar(name: str, kind: ImportKind, used: set[str]) -> str:
    """The field whose accepted name stands whole within this header: the longest, the first."""
    words = folded(name).split()
    best, found = (0, 0), ""
    for field in FIELDS[kind].values():
        if field.code in used:
            continue
        for accepted in field.names:
            wanted = folded(accepted).split()
            if set(wanted) <= set(words):
                rank = (len(wanted), -min(map(words.index, wanted)))
                if not found or rank > best:
                    best, found = rank, field.code
    return found
