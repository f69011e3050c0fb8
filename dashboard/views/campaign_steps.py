"""What the five steps of a new campaign share: their line, their page, and counting an audience."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from campaigns.audience import Preview, Recipe, preview_audience
from campaigns.audience_filter import AudienceFilter
from campaigns.draft_problems import Glance, Step, Trouble, draft_recipe, glance
from campaigns.draft_view import CampaignDraft
from dashboard.campaign_words import LEFT_OUT, STEPS
from dashboard.language import _
from dashboard.pages import done, render
from messaging.templates import field_of
from models.states import CampaignState
from runtime.wiring import current_runtime

bp = Blueprint("campaign_edit", __name__)

FIRST = 20
"""People shown of an audience: as many as the preview walks through."""

LEAVE = "leave"

# as a draft begins: the step can be left so, but nobody has chosen it
_NOT_DONE = frozenset({Trouble.EVERYBODY, Trouble.NO_OPERATORS})


def step_url(campaign_id: int, step: str) -> str:
    return url_for(f"campaign_edit.{step}", campaign_id=campaign_id)


def steps_of(seen: Glance, current: Step) -> list[tuple[str, str, str]]:
    """The steps as the line above the form shows them: value, text, state."""
    wrong = {problem.step for problem in seen.problems if problem.blocks}
    not_done = _NOT_DONE - ({Trouble.EVERYBODY} if seen.draft.is_audience_saved else set())
    untouched = {problem.step for problem in seen.problems if problem.trouble in not_done}
    drawn = []
    for step, text in STEPS.items():
        state = "wrong" if step in wrong else "" if step in untouched else "done"
        if step is Step.REVIEW:
            state = ""
        drawn.append((step.value, text, "current" if step is current else state))
    return drawn


def page(
    template: str, seen: Glance, step: Step, *, status: int = 200, **context: Any
) -> ResponseReturnValue:
    """One of the steps."""
    return render(
        f"campaign_edit/{template}.html",
        status=status,
        draft=seen.draft,
        step=step.value,
        number=list(Step).index(step) + 1,
        steps=steps_of(seen, step),
        step_url=step_url,
        **context,
    )


def look(session: Session, campaign_id: int) -> Glance:
    """The draft, in a session that sees what the person may see; raises NotFound."""
    runtime = current_runtime()
    return glance(session, campaign_id, now=runtime.now(session), zone=runtime.settings.timezone)


def elsewhere(draft: CampaignDraft) -> ResponseReturnValue | None:
    """Where a campaign is looked at that is no draft: its steps are closed."""
    if draft.state is CampaignState.DRAFT:
        return None
    if draft.state is CampaignState.SCHEDULED:
        return redirect(step_url(draft.id, Step.REVIEW), 303)
    return redirect(f"/campaigns/{draft.id}", 303)


def saved(campaign_id: int, following: Step) -> ResponseReturnValue:
    """Go where the pressed button said; the plain one leads to the next step."""
    wanted = request.form.get("go", "")
    if wanted == LEAVE:
        return done("/campaigns?state=draft", _("Borrador guardado."))
    steps = {step.value for step in Step}
    return done(step_url(campaign_id, wanted if wanted in steps else following.value))


def send_time(recipients: int, rate: int) -> timedelta:
    """How long a line needs for as many messages."""
    return timedelta(seconds=recipients / (rate * current_runtime().settings.campaign_share))


def recipe_as(session: Session, draft: CampaignDraft, wanted: AudienceFilter) -> Recipe:
    runtime = current_runtime()
    return draft_recipe(
        session,
        draft.id,
        now=runtime.now(session),
        zone=runtime.settings.timezone,
        audience=wanted,
    )


def counted_as(session: Session, draft: CampaignDraft, wanted: AudienceFilter) -> dict[str, Any]:
    """What the reach says of a filter."""
    counted = preview_audience(
        session, recipe_as(session, draft, wanted), now=current_runtime().now(session)
    )
    return reach_context(draft, counted, request.form or request.args)


def reach_context(
    draft: CampaignDraft, counted: Preview, typed: MultiDict[str, str]
) -> dict[str, Any]:
    """The reach as it is drawn; every number leads to its list, by the filter as typed."""
    kept = [(name, value) for name, value in typed.items(multi=True) if name not in NOT_A_FILTER]
    people_url = url_for("campaign_edit.people", campaign_id=draft.id)
    return {
        "reach": counted,
        "lasts": send_time(counted.recipients, draft.rate) if draft.sends else None,
        "people_url": f"{people_url}?{urlencode(kept)}",
        "parts": [
            (
                text,
                counted.excluded[reason],
                f"{people_url}?{urlencode([('reason', reason), *kept])}",
            )
            for reason, text in LEFT_OUT.items()
            if counted.excluded.get(reason)
        ],
    }


NOT_A_FILTER = {"csrf_token", "go", "reason", "after", "count"}


def variable_names(recipe: Recipe) -> dict[str, str]:
    """What a missing variable is called: {"1": "Nombre"}."""
    found = {key: field_of(name) for key, name in recipe.fields.items()}
    return {key: entry.name for key, entry in found.items() if entry is not None}


def wants_count() -> bool:
    """A browser without script asks for numbers in the page itself."""
    return "count" in request.args
