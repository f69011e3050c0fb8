"""The results of all campaigns as an address asks for them, and the addresses of its parts."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from werkzeug.exceptions import NotFound

from campaigns.periods import Period
from campaigns.result_report import Behaviour, ReportFilter
from dashboard.forms.period import PeriodForm, zone_of

SYSTEM = "system"
LIST = "list"
_NARROWING = ("campaign", "type", "user", "result")


@dataclass(frozen=True, slots=True)
class Asked:
    """``chosen`` is None where its days cannot be: the form says why."""

    form: PeriodForm
    chosen: ReportFilter | None
    narrowing: dict[str, str]  # as the address says it
    is_list: bool

    def to(self, endpoint: str = "results.index", **changed: Any) -> str:
        """The address of the same, but for what is ``changed``; the days are always said."""
        kept: dict[str, Any] = dict(self.narrowing)
        if self.chosen is not None:
            kept |= days_of(self.chosen.period)
        if self.is_list and endpoint == "results.index":
            kept["view"] = LIST
        return url_for(endpoint, **{**kept, **changed})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.narrowing)


def asked() -> Asked:
    """Raises NotFound where the address names what cannot be."""
    narrowing = {name: value for name in _NARROWING if (value := request.args.get(name))}
    form = PeriodForm(request.args)
    chosen = None
    if form.validate():
        period = form.period()
        form.show(period)
        chosen = _filter(period, narrowing)
    return Asked(form, chosen, narrowing, request.args.get("view") == LIST)


def days_of(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def period_of(first: Any, last: Any) -> Period:
    return Period(first, last, zone_of())


def _filter(period: Period, narrowing: dict[str, str]) -> ReportFilter:
    user, kind = narrowing.get("user"), narrowing.get("result")
    is_behaviour = kind in list(Behaviour)
    return ReportFilter(
        period=period,
        campaign_id=_number(narrowing.get("campaign")),
        campaign_type_id=_number(narrowing.get("type")),
        by_system=user == SYSTEM,
        by_id=None if user == SYSTEM else _number(user),
        kind=Behaviour(str(kind)) if is_behaviour else _number(kind),
    )


def _number(given: str | None) -> int | None:
    if not given:
        return None
    if not (given.isdecimal() and given.isascii() and len(given) <= 18):
        raise NotFound
    return int(given)
