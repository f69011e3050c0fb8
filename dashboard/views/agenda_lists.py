"""Beside the agenda's days: whom to call, and the procedures that were asked for."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from campaigns import calling, procedures
from campaigns.subscription_sheet import get_sheet
from dashboard import pages, subscription_words
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.language import _
from dashboard.views.agenda import bp
from dashboard.views.subscriptions import bp as subscriptions_bp
from models.campaign import Campaign
from models.case import Case
from models.people import Role
from models.states import CaseState
from models.subscription import Subscription
from runtime import live
from runtime.wiring import current_runtime


@bp.get("/calls")
@requires(Role.OPERATOR)
def calls() -> ResponseReturnValue:
    """Of campaigns of calls: those nobody has called yet."""
    campaign_id = _campaign()
    with reading() as session:
        if campaign_id is not None:
            reach(session, Campaign, campaign_id)
        found = calling.read_calls(session, campaign_id=campaign_id)
        campaigns = calling.campaigns_to_call(session)
    return pages.render(
        "agenda/calls.html",
        found=found,
        counted=calling.COUNTED,
        campaign_id=campaign_id,
        campaigns=[("", _("Todas las campañas")), *campaigns],
    )


@bp.post("/calls/next")
@requires(Role.OPERATOR)
def next_call() -> ResponseReturnValue:
    campaign_id = _campaign()
    url = url_of_next_call(campaign_id)
    if url is None:
        here = url_for("agenda.calls", campaign=campaign_id)
        return pages.refused(_("No queda ninguna para llamar."), here)
    return pages.done(url)


def url_of_next_call(campaign_id: int | None) -> str | None:
    """Take the next one to call, of a campaign or of all: where it is worked. None: all called."""
    runtime, viewer = current_runtime(), current_user().viewer
    with acting() as session:
        now = runtime.now(session)
        case = calling.take_next_call(session, viewer, now=now, campaign_id=campaign_id)
        if case is None:
            return None
        case_id, taken_of = case.id, case.campaign_id
    live.touch(runtime.redis, live.campaign(taken_of))
    return url_for("desk.show", case_id=case_id, view="mine", channel="phone:us")


@bp.get("/procedures")
@requires(Role.OPERATOR)
def list_procedures() -> ResponseReturnValue:
    campaign_id = _campaign()
    with reading() as session:
        if campaign_id is not None:
            reach(session, Campaign, campaign_id)
        are_done = request.args.get("state") == "done"
        rows = procedures.list_procedures(session, are_done=are_done, campaign_id=campaign_id)
    return pages.render(
        "agenda/procedures.html",
        rows=rows,
        most=procedures.MOST,
        campaign_id=campaign_id,
        are_done=are_done,
    )


@subscriptions_bp.get("/<int:subscription_id>/call")
@requires(Role.OPERATOR)
def register_call(subscription_id: int) -> ResponseReturnValue:
    """In which of its cases a call is recorded; the desk's form does it, with the call chosen."""
    with reading() as session:
        reach(session, Subscription, subscription_id)
        sheet = get_sheet(session, subscription_id)
        cases = session.execute(
            select(Case.id, Case.state, Campaign.name)
            .join(Campaign, Campaign.id == Case.campaign_id)
            .where(Case.subscription_id == subscription_id)
            .order_by(Case.state == CaseState.FINISHED, Case.id.desc())
            .limit(20)
        ).all()
    return pages.render(
        "subscriptions/call.html", sheet=sheet, cases=cases, tab="call", words=subscription_words
    )


def _campaign() -> int | None:
    given = request.values.get("campaign", "")
    if given and not (given.isdecimal() and len(given) <= 18):
        raise NotFound
    return int(given) if given else None
