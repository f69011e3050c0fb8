"""The figures of the page of results, each with the address of the list behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from campaigns.result_choices import Choices
from campaigns.result_report import Report, ReportFilter, Tally
from dashboard import formats, progress_words, results_words
from dashboard.language import _
from dashboard.results_asked import LIST, SYSTEM, Asked, days_of

Bar = tuple[str, int, str, str, str]  # as `ui.hbars` takes it

_PEOPLE = 40
"""The page has so many rows of people at most; the others are told as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table. ``here``: the same page, of it alone; None of what is told as one."""

    name: str
    tally: Tally
    here: str | None
    to: Callable[..., str]  # its list, narrowed further


def kind_bars(asked: Asked, report: Report, choices: Choices) -> list[Bar]:
    kinds = [choices.kinds[type_id] for type_id in report.by_type]
    names = results_words.kind_names(kinds)
    counts = [tally.count for tally in report.by_type.values()]
    return [
        (
            names[kind.type_id],
            count,
            progress_words.result_tone(kind),
            asked.to(view=LIST, result=kind.type_id),
            share,
        )
        for kind, count, share in zip(kinds, counts, formats.shares(counts), strict=True)
    ]


def campaign_bars(asked: Asked, report: Report, choices: Choices) -> list[Bar]:
    counts = [tally.count for tally in report.by_campaign.values()]
    named = zip(report.by_campaign, counts, formats.shares(counts), strict=True)
    return [
        (choices.campaigns[key].name, count, "read", asked.to(view=LIST, campaign=key), share)
        for key, count, share in named
    ]


def people_lines(asked: Asked, report: Report, choices: Choices) -> list[Line]:
    """Most first; the system stands behind the people."""
    people = {key: tally for key, tally in report.by_person.items() if key is not None}
    shown = list(people.items())[:_PEOPLE]
    lines = [
        _line(asked, results_words.person_said(choices.people[key]), tally, user=key)
        for key, tally in shown
    ]
    others = list(people.values())[_PEOPLE:]
    if others:
        name = _("Otras %(n)s personas") % {"n": formats.number(len(others))}
        lines.append(Line(name=name, tally=sum(others, Tally()), here=None, to=asked.to))
    if None in report.by_person:
        lines.append(_line(asked, _("El sistema"), report.by_person[None], user=SYSTEM))
    return lines


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
        for place, tally in reversed(report.by_part.items())
    ]


def columns(chosen: ReportFilter, report: Report) -> list[int]:
    """Every part in order, those without any too."""
    places = range(len(chosen.period.parts()))
    return [report.by_part.get(place, Tally()).count for place in places]


def _line(asked: Asked, name: str, tally: Tally, **narrowed: Any) -> Line:
    def to(**further: Any) -> str:
        return asked.to(**{**narrowed, "view": LIST, **further})

    return Line(name=name, tally=tally, here=asked.to(**narrowed), to=to)
