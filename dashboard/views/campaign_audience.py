"""Step 2 of a new campaign: filters, whom they reach, and who is left out."""

from urllib.parse import urlencode

from flask import abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import drafts
from campaigns.audience_filter import AudienceFilter
from campaigns.draft_problems import Step
from campaigns.draft_view import CampaignDraft
from campaigns.reach import filter_choices, left_out, recipients
from dashboard.auth import acting, reading, requires
from dashboard.campaign_words import LEFT_OUT
from dashboard.forms.campaign_edit import AudienceForm, audience_form
from dashboard.language import _
from dashboard.pages import PAGE, after, render
from dashboard.views.campaign_steps import (
    FIRST,
    NOT_A_FILTER,
    bp,
    counted_as,
    elsewhere,
    look,
    page,
    recipe_as,
    saved,
    variable_names,
    wants_count,
)
from models.people import Role
from runtime.wiring import current_runtime


@bp.get("/campaigns/<int:campaign_id>/edit/audience")
@requires(Role.SUPERVISOR)
def audience(campaign_id: int) -> ResponseReturnValue:
    with reading() as session:
        seen = look(session, campaign_id)
        form = audience_form(filter_choices(session), seen.draft.audience)
        counted = counted_as(session, seen.draft, seen.draft.audience) if wants_count() else {}
    return elsewhere(seen.draft) or page("audience", seen, Step.AUDIENCE, form=form, **counted)


@bp.post("/campaigns/<int:campaign_id>/edit/audience")
@requires(Role.SUPERVISOR)
def save_audience(campaign_id: int) -> ResponseReturnValue:
    with reading() as session:
        seen = look(session, campaign_id)
        form = audience_form(filter_choices(session), seen.draft.audience)
    wanted = form.audience() if form.validate() else None
    if wanted is None:
        return page("audience", seen, Step.AUDIENCE, status=422, form=form)
    with acting() as session:
        drafts.save_audience(session, campaign_id, wanted)
    return saved(campaign_id, Step.TEMPLATE)


@bp.post("/campaigns/<int:campaign_id>/edit/audience/reach")
@requires(Role.SUPERVISOR)
def count_reach(campaign_id: int) -> ResponseReturnValue:
    """Count what is typed; nothing is saved."""
    with reading() as session:
        seen = look(session, campaign_id)
        form = audience_form(filter_choices(session), seen.draft.audience)
        wanted = form.audience() if form.validate() else None
        if wanted is None:
            return render("campaign_edit/_reach.html", draft=seen.draft, wrong=_wrong(form))
        counted = counted_as(session, seen.draft, wanted)
    return render("campaign_edit/_reach.html", draft=seen.draft, **counted)


@bp.get("/campaigns/<int:campaign_id>/edit/people")
@requires(Role.SUPERVISOR)
def people(campaign_id: int) -> ResponseReturnValue:
    """The first who would get it, or who would not for ``?reason=``; by the typed filter."""
    reason, start = request.args.get("reason"), after() or 0
    if reason is not None and reason not in LEFT_OUT:
        abort(404)
    now = current_runtime().now
    with reading() as session:
        seen = look(session, campaign_id)
        recipe = recipe_as(session, seen.draft, _typed_filter(session, seen.draft))
        if reason is None:
            found = recipients(session, recipe, now=now(session), limit=FIRST)
        else:
            found = left_out(session, recipe, reason, now=now(session), limit=PAGE + 1, after=start)
    more = reason is not None and len(found) > PAGE
    following = None
    if more:
        found = found[:PAGE]
        kept = {**request.args.to_dict(flat=False), "after": [str(found[-1].subscription_id)]}
        following = f"{request.path}?{urlencode(kept, doseq=True)}"
    return render(
        "campaign_edit/people.html",
        "campaign_edit/_people.html",
        draft=seen.draft,
        people=found,
        reason=reason,
        title=LEFT_OUT[reason] if reason else _("Los primeros %(n)s") % {"n": len(found)},
        following=following,
        names=variable_names(recipe),
    )


def _typed_filter(session: Session, draft: CampaignDraft) -> AudienceFilter:
    """By the address when it names a filter, else as it is saved."""
    if not request.args.keys() - NOT_A_FILTER:
        return draft.audience
    form = audience_form(
        filter_choices(session), draft.audience, formdata=request.args, meta={"csrf": False}
    )
    return (form.audience() if form.validate() else None) or draft.audience


def _wrong(form: AudienceForm) -> list[tuple[str, str]]:
    return [(field.label.text, str(field.errors[0])) for field in form if field.errors]
