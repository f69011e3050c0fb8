"""The results of all campaigns as an address asks for them, and the addresses of its parts."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import g, request, url_for
from werkzeug.exceptions import NotFound

from campaigns.periods import Period
from campaigns.result_report import Behaviour, ReportFilter
from dashboard.forms.period import PeriodForm, today, zone_of

SYSTEM = "system"
LIST = "list"
_NARROWING = ("campaign", "type", "user", "result")


@dataclass(frozen=True, slots=True)
class Asked:
    """``chosen`` is None where its days cannot be: the form says why."""

    form: PeriodForm
    chosen: ReportFilter | None
    narrowed: ReportFilter  # `chosen`, or the same of today
    narrowing: dict[str, str]  # as the address says it
    is_list: bool

    def to(self, **changed: Any) -> str:
        """The address of the same, but for what is ``changed``; the days are always said."""
        view = {"view": LIST} if self.is_list else {}
        return f"{url_of_results()}?{self._query(**{**view, **changed})}"

    @property
    def file(self) -> str:
        return f"{url_for('results.as_csv')}?{self._query()}"

    def _query(self, **changed: Any) -> str:
        days = days_of(self.chosen.period) if self.chosen else {}
        said = {**self.narrowing, **days, **changed}
        return urlencode({name: value for name, value in said.items() if value is not None})

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
    narrowed = chosen or _filter(Period(today(), today(), zone_of()), narrowing)
    return Asked(form, chosen, narrowed, narrowing, request.args.get("view") == LIST)


def url_of_results() -> str:
    """Made once for a page, which has hundreds of addresses of its own."""
    if "url_of_results" not in g:
        g.url_of_results = url_for("results.index")
    return str(g.url_of_results)


def days_of(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


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
