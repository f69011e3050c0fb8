"""Resultados: what was recorded in a period, by type, person and day, and the list behind it."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.result_choices import Choices, choices_of
from campaigns.result_report import (
    ReportFilter,
    count_report,
    every_of_report,
    list_report,
    report_of,
)
from dashboard import pages, progress_words, results_page, results_words
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.csv_files import csv_answer
from dashboard.language import _
from dashboard.result_lines import HEADING, result_line
from dashboard.results_asked import Asked, asked, days_of
from dashboard.words import CHANNELS
from models.campaign import Campaign
from models.case import Result
from models.people import Role, User

bp = Blueprint("results", __name__)


@bp.get("/results")
@requires(Role.SUPERVISOR)
def index() -> ResponseReturnValue:
    """The figures, or with ``view=list`` the results one by one."""
    given = asked()
    if given.chosen is None:
        return _refused(given)
    read = _list if given.is_list else _figures
    with reading() as session:
        choices, shown = read(session, given, given.chosen)
    return _render(given, choices, **shown)


@bp.get("/results.csv")
@requires(Role.SUPERVISOR)
def as_csv() -> ResponseReturnValue:
    """Every result behind the figures."""
    given = asked()
    chosen = given.chosen
    if chosen is None:
        return _refused(given)
    with reading() as session:
        choices_of(session, chosen)
        rows = count_report(session, chosen)
    _note(chosen, rows)
    heading = (*HEADING, _("Campaña"), _("Tipo de campaña"))
    days = days_of(chosen.period)
    return csv_answer(f"resultados-{days['from']}-{days['to']}", heading, _cells(chosen))


def _cells(chosen: ReportFilter) -> Iterator[tuple[object, ...]]:
    with reading() as session:
        for row in every_of_report(session, chosen):
            yield (*result_line(row), row.campaign, row.campaign_type)


def _note(chosen: ReportFilter, rows: int) -> None:
    """Before the first row leaves: on its campaign if it is of one, else on who takes it."""
    user = current_user()
    with acting() as session:
        if chosen.campaign_id is not None:
            campaign = reach(session, Campaign, chosen.campaign_id)
            note(session, "campaign.export", campaign, by_id=user.id, what="results", rows=rows)
        else:
            person = session.get_one(User, user.id)
            days = days_of(chosen.period)
            note(session, "results.export", person, by_id=user.id, rows=rows, **_noted(days))


def _noted(days: dict[str, str]) -> dict[str, str]:
    return {"first": days["from"], "last": days["to"]}


def _figures(
    session: Session, given: Asked, chosen: ReportFilter
) -> tuple[Choices, dict[str, Any]]:
    report = report_of(session, chosen)
    choices = choices_of(session, chosen, named=report.by_campaign.keys())
    total = report.total
    return choices, {
        "total": total.count,
        "tally": total,
        "system": report.by_person.get(None),
        "kinds": results_page.kind_bars(given, report, choices),
        "campaigns": results_page.campaign_bars(given, report, choices),
        "people": results_page.people_lines(given, report, choices),
        "parts": results_page.part_lines(given, chosen, report),
        "columns": results_page.columns(chosen, report),
        "is_first_ever": not total.count and not _any(session),
    }


def _list(session: Session, given: Asked, chosen: ReportFilter) -> tuple[Choices, dict[str, Any]]:
    after = pages.after()
    choices = choices_of(session, chosen)
    rows = list_report(session, chosen, limit=pages.PAGE + 1, after=after)
    total = count_report(session, chosen)
    listed = rows[: pages.PAGE]
    return choices, {
        "total": total,
        "rows": listed,
        "next_href": given.to(after=listed[-1].id) if len(rows) > len(listed) else None,
        "first_href": given.to() if after is not None else None,
        "is_first_ever": not total and not _any(session),
    }


def _any(session: Session) -> bool:
    return session.scalar(select(Result.id).limit(1)) is not None


def _refused(given: Asked) -> ResponseReturnValue:
    """The days cannot be: the form says why, and keeps what was typed and chosen."""
    with reading() as session:
        choices = choices_of(session, given.narrowed)
    return _render(given, choices, status=422, total=None)


def _render(
    given: Asked, choices: Choices, *, status: int = 200, **shown: Any
) -> ResponseReturnValue:
    chosen, periods = given.chosen, results_words.usual_periods()
    current = next((name for name, each in periods if chosen and each == chosen.period), None)
    return pages.render(
        "results/index.html",
        "results/_results.html",
        status=status,
        asked=given,
        chosen=chosen,
        choices=choices,
        periods=periods,
        periods_shown=[
            (name, None, given.to(**days_of(each)), name == current) for name, each in periods
        ],
        days_of=days_of,
        words=results_words,
        campaign_words=progress_words,
        channels=CHANNELS,
        **shown,
    )
