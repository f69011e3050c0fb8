"""Messages of a campaign that nobody can prove to have left: evidence, and a person's decision."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns.errors import AlreadyThere, NoReason, NotFound
from campaigns.review import (
    LONGEST_REASON,
    Decision,
    count_review,
    decide_review,
    list_doubled,
    list_review,
)
from dashboard import doubt_words, pages
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.campaign_frame import framed
from dashboard.errors import answer
from dashboard.language import _
from models.campaign import Campaign
from models.message import Message
from models.people import Role
from models.states import IllegalMove, MessageState
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_line

bp = Blueprint("campaign_doubts", __name__, url_prefix="/campaigns")

_DOUBLED = "doubled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A decision that could not be taken: why, beside which field, and what was filled in."""

    message_id: int
    sentence: str
    beside: str
    why: str
    sid: str


@bp.get("/<int:campaign_id>/review")
@requires(Role.SUPERVISOR)
def show(campaign_id: int) -> ResponseReturnValue:
    """What waits for a person; ``?state=uncertain``: what the system still looks for by itself,
    ``?state=doubled``: what may have arrived twice."""
    return _page(campaign_id, request.args.get("state"))


def _page(
    campaign_id: int, asked: str | None, *, refusal: Refusal | None = None, status: int = 200
) -> ResponseReturnValue:
    state = MessageState.UNCERTAIN if asked == MessageState.UNCERTAIN else MessageState.REVIEW
    shown_as = _DOUBLED if asked == _DOUBLED else state.value
    after = pages.after()
    with reading() as session:
        _campaign, _account, shown = framed(session, campaign_id, "show")
        counts = {each.value: many for each, many in count_review(session, campaign_id).items()}
        limit = pages.PAGE + 1
        rows, counts[_DOUBLED] = list_doubled(session, campaign_id, limit=limit, after=after)
        if shown_as != _DOUBLED:
            rows = list_review(session, campaign_id, limit=limit, after=after, state=state)
    listed = rows[: pages.PAGE]
    here: dict[str, Any] = {"campaign_id": campaign_id, "state": shown_as}
    return pages.render(
        "campaign/review.html",
        status=status,
        **shown,
        refusal=refusal,
        is_listed=refusal is not None and refusal.message_id in {row.message_id for row in listed},
        after=after,
        rows=listed,
        counts=counts,
        state=shown_as,
        words=doubt_words,
        longest=LONGEST_REASON,
        next_href=url_for("campaign_doubts.show", **here, after=listed[-1].message_id)
        if len(rows) > len(listed)
        else None,
        first_href=url_for("campaign_doubts.show", **here) if after is not None else None,
    )


@bp.post("/<int:campaign_id>/review/<int:message_id>")
@requires(Role.SUPERVISOR)
def decide(campaign_id: int, message_id: int) -> ResponseReturnValue:
    """It left, it is not to leave, or it goes again: with the reason, for the record."""
    given = request.form.get("decision", "")
    runtime = current_runtime()

    def refused(sentence: str, beside: str, status: int = 422) -> ResponseReturnValue:
        refusal = Refusal(
            message_id=message_id,
            sentence=sentence,
            beside=beside,
            why=request.form.get("why", ""),
            sid=request.form.get("sid", ""),
        )
        return _page(campaign_id, None, refusal=refusal, status=status)

    try:
        decision = Decision(given)
    except ValueError:
        with reading() as session:
            reach(session, Campaign, campaign_id)
            reach(session, Message, message_id)
        return refused(_("Elegí qué hacer con el mensaje."), "decision")
    try:
        with acting() as session:
            campaign = reach(session, Campaign, campaign_id)
            if reach(session, Message, message_id).campaign_id != campaign.id:
                raise NotFound("message", message_id)
            decide_review(
                session,
                message_id,
                decision,
                why=request.form.get("why", ""),
                by_id=current_user().id,
                now=runtime.now(session),
                times=runtime.settings.times,
                sid=request.form.get("sid") or None,
            )
            line_id = campaign.line_id
    except NoReason as error:
        return refused(answer(error)[1], "why")
    except AlreadyThere:
        return refused(_("Ese mensaje de Twilio ya es de otro destinatario."), "sid", 409)
    except IllegalMove as error:
        return refused(answer(error)[1], "decision", 409)
    live.touch(runtime.redis, live.campaign(campaign_id))
    if decision is Decision.PLANNED:
        wake_line(runtime, line_id)
    url = url_for("campaign_doubts.show", campaign_id=campaign_id)
    return pages.done(url, doubt_words.DONE[decision])
