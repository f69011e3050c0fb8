"""The figures of the page of results, each with the address of the list behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.result_choices import Choices
from campaigns.result_report import Report, ReportFilter, Tally
from dashboard import formats, progress_words, results_words
from dashboard.language import _, ngettext
from dashboard.results_asked import LIST, SYSTEM, Asked, days_of

Bar = tuple[str, int, str, str, str]  # as `ui.hbars` takes it

_PEOPLE = 25
"""The page has so many rows of people at most; the others are told as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table. ``here``: the same page, of it alone; None of what is told as one."""

    name: str
    tally: Tally
    here: str | None
    to: Callable[..., str]  # its list, narrowed further


def kind_bars(asked: Asked, report: Report, choices: Choices) -> list[Bar]:
    names = results_words.kind_names(choices.kinds[type_id] for type_id in report.by_type)
    ranked = _ranked({key: tally.count for key, tally in report.by_type.items()}, names)
    shares = formats.shares(count for _key, count in ranked)
    return [
        (
            names[key],
            count,
            progress_words.result_tone(choices.kinds[key]),
            asked.to(view=LIST, result=key),
            share,
        )
        for (key, count), share in zip(ranked, shares, strict=True)
    ]


def campaign_bars(asked: Asked, report: Report, choices: Choices) -> list[Bar]:
    names = {key: choices.campaigns[key].name for key in report.by_campaign}
    ranked = _ranked(report.by_campaign, names)
    shares = formats.shares(count for _key, count in ranked)
    return [
        (names[key], count, "read", asked.to(view=LIST, campaign=key), share)
        for (key, count), share in zip(ranked, shares, strict=True)
    ]


def people_lines(asked: Asked, report: Report, choices: Choices) -> list[Line]:
    """Most first; the system stands behind the people."""
    people = {key: tally for key, tally in report.by_person.items() if key is not None}
    names = {key: results_words.person_said(choices.people[key]) for key in people}
    ranked = _ranked({key: tally.count for key, tally in people.items()}, names)
    lines = [_line(asked, names[key], people[key], user=key) for key, _n in ranked[:_PEOPLE]]
    others = [people[key] for key, _n in ranked[_PEOPLE:]]
    if others:
        name = ngettext("%(n)s persona más", "%(n)s personas más", len(others))
        name %= {"n": formats.number(len(others))}
        lines.append(Line(name=name, tally=sum(others, Tally()), here=None, to=asked.to))
    if None in report.by_person:
        lines.append(_line(asked, _("El sistema"), report.by_person[None], user=SYSTEM))
    return lines


def _ranked(counts: Mapping[int, int], names: Mapping[int, str]) -> list[tuple[int, int]]:
    """Most first; of as many, by name: as the campaign's page has them."""
    return sorted(counts.items(), key=lambda each: (-each[1], names[each[0]]))


def part_lines(asked: Asked, chosen: ReportFilter, report: Report) -> list[Line]:
    """Newest first, those that have any."""
    parts, is_long = chosen.period.parts(), chosen.period.is_long
    return [
        _line(
            asked,
            results_words.part_said(parts[place], is_long=is_long),
            tally,
            **days_of(parts[place]),
        )
        for place, tally in reversed(list(report.by_part.items()))
    ]


def columns(chosen: ReportFilter, report: Report) -> list[int]:
    """Every part in order, those without any too."""
    places = range(len(chosen.period.parts()))
    return [report.by_part.get(place, Tally()).count for place in places]


def _line(asked: Asked, name: str, tally: Tally, **narrowed: Any) -> Line:
    def to(**further: Any) -> str:
        return asked.to(**{**narrowed, "view": LIST, **further})

    return Line(name=name, tally=tally, here=asked.to(**narrowed), to=to)
