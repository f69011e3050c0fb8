"""The results of all campaigns in a period: their figures, and each by itself.

Only what stands counts: a result that was corrected, confirmed by a person's or taken back does
not. Campaign, person and type are as they are now; a day begins at midnight in the period's zone.
"""

import enum
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from campaigns.periods import Period
from campaigns.result_rows import ResultRow, result_row, select_rows
from campaigns.result_standing import is_superseded
from models.base import UtcDateTime
from models.campaign import Campaign, CampaignType, ResultType
from models.case import Result


class Behaviour(enum.StrEnum):
    """Results by what their type does, as the address says it."""

    EFFECTIVE = "effective"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """What is None narrows nothing."""

    period: Period
    campaign_id: int | None = None
    campaign_type_id: int | None = None
    by_id: int | None = None
    by_system: bool = False
    kind: int | Behaviour | None = None  # one result type, or all that do the same


@dataclass(frozen=True, slots=True)
class Tally:
    count: int = 0
    effective: int = 0  # of them, those that were a contact
    closing: int = 0  # of them, those that close their case

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.count + other.count,
            self.effective + other.effective,
            self.closing + other.closing,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Each of the four sums to ``total``; the parts are in their order."""

    by_type: Mapping[int, Tally]
    by_person: Mapping[int | None, Tally]  # None: the system
    by_part: Mapping[int, Tally]  # by the place of a part in `Period.parts`; none that is empty
    by_campaign: Mapping[int, int]

    @property
    def total(self) -> Tally:
        return sum(self.by_type.values(), Tally())


def report_of(session: Session, chosen: ReportFilter) -> Report:
    """Two queries; the results of the period are read once, in one index."""
    kinds = _kinds(session)
    by_type: dict[Any, Tally] = defaultdict(Tally)
    by_person: dict[Any, Tally] = defaultdict(Tally)
    by_part: dict[Any, Tally] = defaultdict(Tally)
    by_campaign: dict[int, int] = {}
    for type_id, campaign_id, by_id, place, over, count in session.execute(_counted(chosen)):
        if over == _OF_CAMPAIGN:
            by_campaign[campaign_id] = count
            continue
        effective, closing = kinds[type_id]
        tally = Tally(count, effective * count, closing * count)
        if over == _OF_PERSON:
            by_type[type_id] += tally
            by_person[by_id] += tally
        else:
            by_part[place - 1] += tally
    return Report(
        by_type=by_type,
        by_person=by_person,
        by_part={place: by_part[place] for place in sorted(by_part)},
        by_campaign=by_campaign,
    )


# what GROUPING says of the sets: a bit for the campaign and for the person if it is not in it
_OF_CAMPAIGN, _OF_PERSON = 0b01, 0b10


def _counted(chosen: ReportFilter) -> Select[*tuple[Any, ...]]:
    starts = [part.since for part in chosen.period.parts()]
    each = (
        select(
            Result.result_type_id.label("type_id"),
            Result.campaign_id.label("campaign_id"),
            Result.by_id.label("by_id"),
            func.width_bucket(Result.at, literal(starts, ARRAY(UtcDateTime))).label("place"),
        )
        .where(*_conditions(chosen))
        .subquery()
        .c
    )
    sets = (tuple_(each.type_id, each.place), tuple_(each.type_id, each.by_id), each.campaign_id)
    over = func.grouping(each.campaign_id, each.by_id)
    columns = (each.type_id, each.campaign_id, each.by_id, each.place)
    return select(*columns, over, func.count()).group_by(func.grouping_sets(*sets))


def _kinds(session: Session) -> dict[int, tuple[bool, bool]]:
    """Of each result type: is it a contact, does it close its case."""
    rows = session.execute(select(ResultType.id, ResultType.is_effective, ResultType.closes_case))
    return {key: (effective, closing) for key, effective, closing in rows}


def list_report(
    session: Session, chosen: ReportFilter, *, limit: int, after: int | None = None
) -> list[ResultRow]:
    """Newest first; ``after``: the id of the one that it goes on behind."""
    place = None
    if after is not None:
        place = session.execute(select(Result.at, Result.id).where(Result.id == after)).first()
        if place is None:
            return []
    return _read(session, chosen, limit=limit, after=place and (place.at, place.id))


def every_of_report(
    session: Session, chosen: ReportFilter, *, batch: int = 1000
) -> Iterator[ResultRow]:
    """All of them, a batch in memory at a time."""
    after: tuple[datetime, int] | None = None
    while rows := _read(session, chosen, limit=batch, after=after):
        yield from rows
        after = (rows[-1].at, rows[-1].id)


def count_report(session: Session, chosen: ReportFilter) -> int:
    counted = select(func.count()).select_from(Result).where(*_conditions(chosen))
    return int(session.scalar(counted) or 0)


def _read(
    session: Session, chosen: ReportFilter, *, limit: int, after: tuple[datetime, int] | None
) -> list[ResultRow]:
    statement = (
        select_rows()
        .add_columns(Campaign.name.label("campaign"), CampaignType.name.label("campaign_type"))
        .join(Campaign, Campaign.id == Result.campaign_id)
        .join(CampaignType, CampaignType.id == Campaign.campaign_type_id)
        .where(*_conditions(chosen))
        .order_by(Result.at.desc(), Result.id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(Result.at, Result.id) < after)
    return [result_row(row) for row in session.execute(statement)]


def _conditions(chosen: ReportFilter) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [
        Result.at >= chosen.period.since,
        Result.at < chosen.period.until,
        Result.revoked_at.is_(None),
        ~is_superseded(),
    ]
    if chosen.campaign_id is not None:
        which.append(Result.campaign_id == chosen.campaign_id)
    if chosen.campaign_type_id is not None:
        of_type = select(Campaign.id).where(Campaign.campaign_type_id == chosen.campaign_type_id)
        which.append(Result.campaign_id.in_(of_type))
    if chosen.by_system:
        which.append(Result.by_id.is_(None))
    elif chosen.by_id is not None:
        which.append(Result.by_id == chosen.by_id)
    if isinstance(chosen.kind, Behaviour):
        which.append(Result.result_type_id.in_(select(ResultType.id).where(_DOES[chosen.kind])))
    elif chosen.kind is not None:
        which.append(Result.result_type_id == chosen.kind)
    return which


_DOES = {
    Behaviour.EFFECTIVE: ResultType.is_effective,
    Behaviour.CLOSING: ResultType.closes_case,
}
