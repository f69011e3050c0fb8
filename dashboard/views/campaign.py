"""One campaign: Avance, live, and the lists that its numbers open."""

import time
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from campaigns.activity import latest_acts
from campaigns.campaign_cases import NOBODY, CaseFilter, list_and_count, list_cases
from campaigns.campaign_results import SYSTEM, ResultFilter, count_results, list_results
from campaigns.campaign_unsent import count_unsent, list_unsent
from campaigns.case_counts import case_counts
from campaigns.doubled import doubled_of
from campaigns.progress_head import head_of
from campaigns.progress_page import progress_page
from campaigns.progress_parts import GROUPS, NOT_PLANNED, Account, Part
from campaigns.progress_team import recorded_of
from campaigns.setup_view import setup_of
from dashboard import deed_words, notice_words, pages, progress_words, reason_words
from dashboard.auth import current_user, reading, requires
from dashboard.campaign_frame import frame, framed, only_by, own_results
from dashboard.campaign_setup import setup_sheet
from dashboard.language import _
from dashboard.retry_words import offered
from dashboard.words import CHANNELS
from models.people import Role
from models.states import CampaignState
from runtime import live
from runtime.wiring import Runtime, current_runtime

bp = Blueprint("campaign", __name__, url_prefix="/campaigns")

_REDRAWN_AFTER = 30  # seconds: ages and the rate change by themselves


@bp.get("/<int:campaign_id>")
@requires(Role.OPERATOR)
def show(campaign_id: int) -> ResponseReturnValue:
    """Avance. A poll with the version it has costs one look at the broker.

    The version is chance: only who was shown the campaign has it, so nothing is told to others.
    """
    runtime = current_runtime()
    version = _version(runtime, campaign_id)
    if pages.is_fragment() and version and request.args.get("v") == version:
        return pages.unchanged()
    user = current_user()
    with reading() as session:
        now = runtime.now(session)
        page = progress_page(session, campaign_id, now=now, only_by=only_by(user))
        cases = case_counts(session, campaign_id) if page.account.audience == 0 else {}
        doubled = doubled_of(session, campaign_id) if user.may(Role.SUPERVISOR) else []
    if page.head.state is CampaignState.DRAFT:
        return _draft(page)
    if pages.is_fragment() and request.args.get("s") not in (None, page.standing.value):
        return Response(status=200, headers={"HX-Refresh": "true"})  # the head has changed too
    shown = frame(
        page.head,
        page.standing,
        "show",
        cases=page.account.audience - page.account.not_planned or sum(cases.values()),
        results=page.work.recorded,
        account=page.account,
    )
    return pages.render(
        "campaign/progress.html",
        "campaign/_progress.html",
        **shown,
        progress=page,
        case_counts=cases,
        doubled=len(doubled),
        version=version,
        words=progress_words,
        reason_of=reason_words.reason,
        deed_of=deed_words.deed,
        is_mine_only=only_by(user) is not None,
        notice=notice_words.notice(page.head, page.standing, page.account),
    )


def _draft(page: Any) -> ResponseReturnValue:
    shown = frame(page.head, page.standing, "show", cases=None, results=0, account=page.account)
    notice = notice_words.notice(page.head, page.standing, page.account)
    return pages.render("campaign/draft.html", **shown, notice=notice)


def _version(runtime: Runtime, campaign_id: int) -> str:
    topics = (live.campaign(campaign_id), live.talks(campaign_id), live.sending(campaign_id))
    mark = live.version(runtime.redis, *topics)
    return f"{mark}.{int(time.time() // _REDRAWN_AFTER)}" if mark else ""


@bp.get("/<int:campaign_id>/cases")
@requires(Role.OPERATOR)
def cases(campaign_id: int) -> ResponseReturnValue:
    """Every number of Avance opens this list, narrowed to what it counts."""
    chosen = case_filter()
    after = pages.after()
    with reading() as session:
        found = head_of(session, campaign_id)
        recorded = recorded_of(session, campaign_id)
        mine = only_by(current_user())
        results = recorded.total if mine is None else recorded.handled.get(mine, 0)
        _campaign, account, shown = framed(
            session, campaign_id, "cases", found=found, results=results
        )
        total = _known_total(account, chosen)
        limit = pages.PAGE + 1
        if total is None:
            rows, total = list_and_count(session, campaign_id, chosen, limit=limit, after=after)
        else:
            rows = list_cases(session, campaign_id, chosen, limit=limit, after=after)
    listed = rows[: pages.PAGE]
    return pages.render(
        "campaign/cases.html",
        "campaign/_cases.html",
        **shown,
        rows=listed,
        total=total,
        next_href=_here("cases", campaign_id, after=listed[-1].key)
        if len(rows) > len(listed)
        else None,
        first_href=_here("cases", campaign_id) if after is not None else None,
        chosen=chosen,
        words=progress_words,
        reason_of=reason_words.reason,
        still_to_plan=account.not_planned
        if chosen == CaseFilter(message="queued") and account.parts.get(Part.QUEUED)
        else 0,
        states=[(None, _("Cualquier estado")), *progress_words.CASE_FILTERS.items()],
        messages=[(None, _("Cualquier mensaje")), *progress_words.GROUPS.items()],
        operators=[
            (None, _("Cualquier operador")),
            (NOBODY, _("Sin asignar")),
            *recorded.people,
        ],
        results=[
            (None, _("Cualquier resultado")),
            *((kind.type_id, kind.name) for kind in recorded.results),
        ],
        export_href=_here("cases_csv", campaign_id, endpoint="campaign_exports"),
    )


def case_filter() -> CaseFilter:
    """What the address narrows the list to."""
    result = request.args.get("result", "")
    return CaseFilter(
        state=request.args.get("state") or None,
        message=request.args.get("message") or None,
        operator=request.args.get("operator") or None,
        result=int(result) if result.isdecimal() and len(result) <= 18 else None,
        text=request.args.get("q", "").strip() or None,
    )


def _known_total(account: Account, chosen: CaseFilter) -> int | None:
    """What the account knows: no list of a million is counted for its foot."""
    planned = account.audience - account.not_planned
    if chosen.is_empty and planned:
        return planned
    group = GROUPS.get(chosen.message or "")
    if group is None or not chosen.only_by_message:
        return None
    if account.not_planned and group & {Part.QUEUED, Part.UNSENT}:
        return None  # those who are not planned, or never were, have no case to list
    return account.count(group)


@bp.get("/<int:campaign_id>/results")
@requires(Role.OPERATOR)
def results(campaign_id: int) -> ResponseReturnValue:
    """Gestiones: an operator sees his own."""
    user = current_user()
    chosen = own_results(user, result_filter())
    after = pages.after()
    with reading() as session:
        found = head_of(session, campaign_id)
        recorded = recorded_of(session, campaign_id, only_by=only_by(user))
        _campaign, _account, shown = framed(
            session, campaign_id, "results", found=found, results=recorded.total
        )
        rows = list_results(session, campaign_id, chosen, limit=pages.PAGE + 1, after=after)
        is_all = chosen == own_results(user, ResultFilter())
        total = recorded.total if is_all else count_results(session, campaign_id, chosen)
    listed = rows[: pages.PAGE]
    return pages.render(
        "campaign/results.html",
        "campaign/_results.html",
        **shown,
        rows=listed,
        total=total,
        next_href=_here("results", campaign_id, after=listed[-1].id)
        if len(rows) > len(listed)
        else None,
        first_href=_here("results", campaign_id) if after is not None else None,
        chosen=chosen,
        words=progress_words,
        is_mine_only=only_by(user) is not None,
        types=[
            (None, _("Todos los resultados")),
            *((kind.type_id, kind.name) for kind in recorded.results),
        ],
        channels=CHANNELS,
        people=[
            (None, _("Todas las personas")),
            *recorded.people,
            (SYSTEM, _("El sistema")),
        ],
        export_href=_here("results_csv", campaign_id, endpoint="campaign_exports"),
    )


def result_filter() -> ResultFilter:
    """What the address narrows the list to."""
    type_id = request.args.get("type", "")
    return ResultFilter(
        type_id=int(type_id) if type_id.isdecimal() and len(type_id) <= 18 else None,
        by=request.args.get("by") or None,
        with_replaced=request.args.get("replaced") == "1",
    )


def asked_unsent() -> tuple[Part | None, str | None]:
    """Which of those who did not get it: failed or not sent, and why."""
    kind = request.args.get("kind", "")
    part = Part(kind) if kind in (Part.FAILED, Part.UNSENT) else None
    return part, request.args.get("reason") or None


@bp.get("/<int:campaign_id>/unsent")
@requires(Role.OPERATOR)
def unsent(campaign_id: int) -> ResponseReturnValue:
    """Who did not get it, and why."""
    part, why = asked_unsent()
    after = pages.after()
    with reading() as session:
        campaign, account, shown = framed(session, campaign_id, "unsent")
        offer = offered(session, campaign, account, part, why)
        rows = list_unsent(
            session, campaign_id, limit=pages.PAGE + 1, part=part, why=why, after=after
        )
        known = [
            each.count
            for each in account.missed
            if (part is None or each.part is part)
            and (why is None or each.why == why)
            and each.why != NOT_PLANNED
        ]
        total = sum(known) if known else count_unsent(session, campaign_id, part=part, why=why)
    listed = rows[: pages.PAGE]
    return pages.render(
        "campaign/unsent.html",
        "campaign/_unsent.html",
        **shown,
        rows=listed,
        total=total,
        next_href=_here("unsent", campaign_id, after=listed[-1].message_id)
        if len(rows) > len(listed)
        else None,
        first_href=_here("unsent", campaign_id) if after is not None else None,
        part=part,
        why=why,
        offer=offer,
        words=progress_words,
        reason_of=reason_words.reason,
        export_href=_here("unsent_csv", campaign_id, endpoint="campaign_exports"),
    )


@bp.get("/<int:campaign_id>/setup")
@requires(Role.OPERATOR)
def setup(campaign_id: int) -> ResponseReturnValue:
    """What was launched."""
    with reading() as session:
        campaign, _account, shown = framed(session, campaign_id, "setup")
        made = setup_of(session, campaign)
    sheet = setup_sheet(made, usual=current_runtime().settings.sending_hours)
    return pages.render("campaign/setup.html", **shown, setup=made, sheet=sheet)


@bp.get("/<int:campaign_id>/activity")
@requires(Role.OPERATOR)
def activity(campaign_id: int) -> ResponseReturnValue:
    """Who did what."""
    after = pages.after()
    with reading() as session:
        _campaign, _account, shown = framed(session, campaign_id, "activity")
        acts = latest_acts(session, campaign_id, limit=pages.PAGE + 1, after=after)
    listed = acts[: pages.PAGE]
    return pages.render(
        "campaign/activity.html",
        **shown,
        acts=listed,
        deed_of=deed_words.deed,
        next_href=_here("activity", campaign_id, after=listed[-1].id)
        if len(acts) > len(listed)
        else None,
        first_href=_here("activity", campaign_id) if after is not None else None,
    )


_KEPT = ("state", "message", "operator", "result", "q", "type", "by", "replaced", "kind", "reason")


def _here(view: str, campaign_id: int, *, endpoint: str = "campaign", **changed: Any) -> str:
    """The address of a list as it stands, but for what is ``changed``."""
    kept: dict[str, Any] = {name: value for name in _KEPT if (value := request.args.get(name))}
    return url_for(f"{endpoint}.{view}", campaign_id=campaign_id, **{**kept, **changed})
