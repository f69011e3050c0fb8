"""Who did not get a campaign's message, by one reason: sent anew."""

from datetime import datetime

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns.retrying import Failures, retry_failed
from dashboard import formats, pages
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.language import _, ngettext
from dashboard.retry_words import by_hand
from models.campaign import Campaign
from models.people import Role
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_line

bp = Blueprint("campaign_retry", __name__, url_prefix="/campaigns")


@bp.post("/<int:campaign_id>/retry")
@requires(Role.SUPERVISOR)
def retry(campaign_id: int) -> ResponseReturnValue:
    """Those that had failed when the dialog was drawn; its button has said how many."""
    runtime = current_runtime()
    why = request.form.get("reason", "")
    way, through = by_hand(why), _moment(request.form.get("through", ""))
    url = url_for("campaign.unsent", campaign_id=campaign_id, kind="failed")
    if way is None or through is None:
        with reading() as session:
            reach(session, Campaign, campaign_id)
        return pages.refused(_("No se reintentan los que fallaron por ese motivo."), url)
    with acting() as session:
        line_id = reach(session, Campaign, campaign_id).line_id
        now = runtime.now(session)
        count = retry_failed(
            session,
            campaign_id,
            Failures(why, way, min(through, now)),
            by_id=current_user().id,
            now=now,
            times=runtime.settings.times,
        )
    if not count:
        return pages.done(url, _("No quedaba ninguno para reintentar por ese motivo."))
    live.touch(runtime.redis, live.campaign(campaign_id))
    wake_line(runtime, line_id)
    words = ngettext("Se reintenta %(n)s mensaje.", "Se reintentan %(n)s mensajes.", count)
    return pages.done(url, words % {"n": formats.number(count)})


def _moment(given: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
