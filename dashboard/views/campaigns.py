"""Campañas: the list, and what is done to several of them at once."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import lifecycle
from campaigns.campaign_lists import (
    CampaignFilter,
    Tab,
    campaign_types,
    incoming_of,
    list_campaigns,
    matching_ids,
    tab_counts,
    today_of,
)
from campaigns.my_work import my_work
from dashboard import pages
from dashboard.auth import acting, current_user, reading, requires
from dashboard.language import _, ngettext
from dashboard.progress_words import STANDINGS, bar_parts, bar_summary
from dashboard.shell import now
from models.campaign import Campaign
from models.people import Role
from models.states import IllegalMove
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_line

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")

_MOST_AT_ONCE = 500
_TABS = {
    Tab.ACTIVE: _("Activas"),
    Tab.DRAFTS: _("Borradores"),
    Tab.FINISHED: _("Finalizadas"),
    Tab.ARCHIVED: _("Archivadas"),
    Tab.ALL: _("Todas"),
}


@bp.get("")
@requires(Role.OPERATOR)
def index() -> ResponseReturnValue:
    """The campaigns of a tab, newest first."""
    chosen = _chosen()
    after = pages.after()
    with reading() as session:
        midnight = _midnight(now())
        counts = tab_counts(session, chosen)
        rows = list_campaigns(session, chosen, limit=pages.PAGE + 1, after=after)
        types = campaign_types(session)
        today = today_of(session, since=midnight)
        user = current_user()
        leads = user.may(Role.SUPERVISOR)
        mine = () if leads else my_work(session, user.id)
        is_sought = chosen.text or chosen.type_id is not None
        incoming = incoming_of(session) if leads and not is_sought else ()
    shown = rows[: pages.PAGE]
    return pages.render(
        "campaigns/index.html",
        "campaigns/_list.html",
        rows=shown,
        next_href=_here(after=shown[-1].id) if len(rows) > len(shown) else None,
        first_href=_here() if after is not None else None,
        total_rows=counts[chosen.tab],
        tabs=[
            (text, counts[tab], _here(state=tab.value), tab is chosen.tab)
            for tab, text in _TABS.items()
        ],
        types=[(None, _("Todos los tipos")), *types],
        chosen=chosen,
        incoming=incoming,
        chosen_type=dict(types).get(chosen.type_id or 0),
        today=today,
        my_work=mine,
        standings=STANDINGS,
        parts_of=bar_parts,
        bar_summary=bar_summary,
        may_act=current_user().may(Role.SUPERVISOR),
        is_first_ever=counts[Tab.ALL] == 0 and not chosen.text and chosen.type_id is None,
    )


@bp.post("/bulk")
@requires(Role.SUPERVISOR)
def bulk() -> ResponseReturnValue:
    """Pause, resume or archive the ticked ones, or all that the list has."""
    act = request.values.get("act", "")
    if act not in _ACTS:
        return pages.refused(_("No se reconoce qué hacer con la selección."), _here())
    runtime = current_runtime()
    done: list[int] = []
    with acting() as session:
        ids = matching_ids(session, _chosen()) if request.values.get("all") else _ticked()
        for campaign_id in ids[:_MOST_AT_ONCE]:
            with suppress(IllegalMove), session.begin_nested():
                _ACTS[act](session, campaign_id)
                done.append(campaign_id)
        lines = _lines(session, done) if act == "resume" else []
    live.touch(runtime.redis, *map(live.campaign, done))
    for line_id in lines:
        wake_line(runtime, line_id)
    if not ids:
        return pages.refused(_("No elegiste ninguna campaña."), _here())
    undo = None
    if act == "pause" and done:
        undo = url_for("campaigns.bulk", act="resume", ids=",".join(map(str, done)))
    return pages.done(_here(), _said(act, len(done), len(ids) - len(done)), undo=undo)


def _act(move: Callable[..., object]) -> Callable[[Session, int], None]:
    def apply(session: Session, campaign_id: int) -> None:
        move(session, campaign_id, by_id=current_user().id)

    return apply


_ACTS: dict[str, Callable[[Session, int], None]] = {
    "pause": _act(lifecycle.pause),
    "resume": _act(lifecycle.resume),
    "archive": _act(lifecycle.archive),
}


def _said(act: str, done: int, refused: int) -> str:
    words = {
        "pause": ngettext("Pausaste %(n)s campaña.", "Pausaste %(n)s campañas.", done),
        "resume": ngettext("Reanudaste %(n)s campaña.", "Reanudaste %(n)s campañas.", done),
        "archive": ngettext("Archivaste %(n)s campaña.", "Archivaste %(n)s campañas.", done),
    }[act] % {"n": done}
    if not refused:
        return words
    why = {
        "pause": _("no está en curso"),
        "resume": _("no está en pausa"),
        "archive": _("todavía no terminó"),
    }[act]
    left = ngettext("%(n)s quedó igual: %(why)s.", "%(n)s quedaron igual: %(why)s.", refused)
    return f"{words} {left % {'n': refused, 'why': why}}"


def _lines(session: Session, ids: list[int]) -> list[int]:
    return list(session.scalars(select(Campaign.line_id).where(Campaign.id.in_(ids)).distinct()))


def _ticked() -> list[int]:
    given = [*request.form.getlist("id"), *request.values.get("ids", "").split(",")]
    return [int(each) for each in given if each.isdecimal() and len(each) <= 18]


def _chosen() -> CampaignFilter:
    tab = request.values.get("state", "")
    type_id = request.values.get("type", "")
    return CampaignFilter(
        tab=Tab(tab) if tab in set(Tab) else Tab.ACTIVE,
        type_id=int(type_id) if type_id.isdecimal() and len(type_id) <= 18 else None,
        text=request.values.get("q", "").strip() or None,
    )


def _here(**changed: Any) -> str:
    """The list's address as it stands, but for what is ``changed``; another tab begins anew."""
    kept: dict[str, Any] = {
        name: value for name in ("state", "type", "q") if (value := request.values.get(name))
    }
    return url_for("campaigns.index", **{**kept, **changed})


def _midnight(now: datetime) -> datetime:
    zone = current_runtime().settings.timezone
    local = now.astimezone(zone)
    return local - timedelta(
        hours=local.hour,
        minutes=local.minute,
        seconds=local.second,
        microseconds=local.microsecond,
    )
