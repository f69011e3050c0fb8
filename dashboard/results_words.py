"""What the page of results says: periods, people, types by names that tell them apart."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from campaigns.periods import Period, month_of
from campaigns.result_choices import Choices, KindChoice, PersonChoice
from campaigns.result_report import Behaviour, ReportFilter
from dashboard import formats
from dashboard.forms.period import today, zone_of
from dashboard.language import _
from dashboard.results_asked import SYSTEM

BEHAVIOURS = {
    Behaviour.EFFECTIVE: _("Con contacto efectivo"),
    Behaviour.CLOSING: _("Las que cierran la consulta"),
}

_Options = list[tuple[int | str | None, str]]


def usual_periods() -> list[tuple[str, Period]]:
    """Those that are one press away."""
    zone, day = zone_of(), today()
    month = month_of(day, zone)
    before = month_of(month.first - timedelta(days=1), zone)
    return [
        (_("Hoy"), Period(day, day, zone)),
        (_("Ayer"), Period(day - timedelta(days=1), day - timedelta(days=1), zone)),
        (_("Últimos 7 días"), Period(day - timedelta(days=6), day, zone)),
        (_("Este mes"), Period(month.first, day, zone)),
        (_("Mes pasado"), before),
    ]


def period_said(period: Period) -> str:
    """``Martes 1 de diciembre de 2026``, ``Del 01/11/2026 al 30/11/2026``."""
    if period.first == period.last:
        said = formats.long_day(period.first)
        return said[:1].upper() + said[1:]
    return _("Del %(first)s al %(last)s") % {
        "first": formats.day(period.first),
        "last": formats.day(period.last),
    }


def part_said(part: Period, *, is_long: bool) -> str:
    """Of a part of a period: its day, or its month."""
    return formats.month(part.first) if is_long else formats.short_day(part.first)


def person_said(person: PersonChoice) -> str:
    return person.name if person.is_active else _("%(name)s (ya no está)") % {"name": person.name}


def kind_names(kinds: Iterable[KindChoice]) -> dict[int, str]:
    """By the type's id; where two have one name, with the campaign type that each is of."""
    listed = list(kinds)
    times = Counter(kind.name for kind in listed)
    return {
        kind.type_id: f"{kind.name} · {kind.campaign_type or _('todos los tipos')}"
        if times[kind.name] > 1
        else kind.name
        for kind in listed
    }


def narrowing_said(chosen: ReportFilter, choices: Choices) -> list[str]:
    """What the figures are narrowed to, in words; on paper there are no fields."""
    said = []
    if chosen.campaign_id is not None:
        said.append(choices.campaigns[chosen.campaign_id].name)
    if chosen.campaign_type_id is not None:
        said.append(choices.campaign_types[chosen.campaign_type_id])
    if chosen.by_system:
        said.append(_("El sistema"))
    elif chosen.by_id is not None:
        said.append(choices.people[chosen.by_id].name)
    if isinstance(chosen.kind, Behaviour):
        said.append(BEHAVIOURS[chosen.kind])
    elif chosen.kind is not None:
        said.append(choices.kinds[chosen.kind].name)
    return said


def campaign_options(choices: Choices) -> _Options:
    named: _Options = [(each.id, each.name) for each in choices.campaigns.values()]
    return [(None, _("Todas")), *named]


def type_options(choices: Choices) -> _Options:
    return [(None, _("Todos")), *choices.campaign_types.items()]


def person_options(choices: Choices) -> _Options:
    people: _Options = [(each.id, person_said(each)) for each in choices.people.values()]
    return [(None, _("Todas")), (SYSTEM, _("El sistema")), *people]


def kind_options(choices: Choices, chosen: ReportFilter) -> _Options:
    """Of the campaign type that is chosen, by itself or with a campaign; else of all."""
    of = chosen.campaign_type_id
    if chosen.campaign_id is not None:
        of = choices.campaigns[chosen.campaign_id].type_id
    offered = [
        kind
        for kind in choices.kinds.values()
        if kind.type_id == chosen.kind
        or (not kind.is_removed and (of is None or kind.campaign_type_id in (None, of)))
    ]
    named: _Options = list(kind_names(offered).items())
    behaviours: _Options = list(BEHAVIOURS.items())
    return [(None, _("Todos")), *behaviours, *named]
