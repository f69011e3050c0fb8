"""A new campaign in five steps: each saves a draft, in any order. Here type and team."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import draft_view, drafts
from campaigns.audience import preview_audience
from campaigns.draft_problems import Glance, Step
from campaigns.sending_hours import SendingHours, chosen_hours
from dashboard.auth import acting, current_user, reading, requires
from dashboard.campaign_words import IN_DOUBT, STEPS
from dashboard.formats import phone
from dashboard.forms.campaign_edit import TypeForm
from dashboard.forms.hours import hours_data
from dashboard.forms.team import LATER, NOW, TeamForm
from dashboard.hours_words import whole_hours_said
from dashboard.pages import render
from dashboard.views import campaign_audience, campaign_review, campaign_template
from dashboard.views.campaign_steps import (
    bp,
    elsewhere,
    look,
    page,
    recipe_as,
    saved,
    send_time,
    step_url,
)
from models.campaign import UncertainPolicy
from models.people import Role
from runtime.wiring import current_runtime

__all__ = ["bp", "campaign_audience", "campaign_review", "campaign_template"]

# --- step 1


@bp.get("/campaigns/new")
@requires(Role.SUPERVISOR)
def new() -> ResponseReturnValue:
    return _type_page(TypeForm())


@bp.post("/campaigns/new")
@requires(Role.SUPERVISOR)
def create() -> ResponseReturnValue:
    form = TypeForm()
    with reading() as session:
        form.type_id.choices = [(one.id, one.name) for one in draft_view.type_choices(session)]
    if not form.validate():
        return _type_page(form, status=422)
    with acting() as session:
        campaign_id = drafts.create_draft(
            session,
            name=form.name.data or "",
            type_id=form.type_id.data,
            priority=form.priority.data,
            by_id=current_user().id,
        )
    return saved(campaign_id, Step.AUDIENCE)


@bp.get("/campaigns/<int:campaign_id>/edit/type", endpoint="type")
@requires(Role.SUPERVISOR)
def edit_type(campaign_id: int) -> ResponseReturnValue:
    with reading() as session:
        seen = look(session, campaign_id)
    draft = seen.draft
    form = TypeForm(data={"name": draft.name, "type_id": draft.type_id, "priority": draft.priority})
    return elsewhere(draft) or _type_page(form, seen)


@bp.post("/campaigns/<int:campaign_id>/edit/type")
@requires(Role.SUPERVISOR)
def save_type(campaign_id: int) -> ResponseReturnValue:
    form = TypeForm()
    with reading() as session:
        seen = look(session, campaign_id)
        choices = draft_view.type_choices(session, and_also=seen.draft.type_id)
    form.type_id.choices = [(one.id, one.name) for one in choices]
    if not form.validate():
        return _type_page(form, seen, status=422)
    with acting() as session:
        drafts.save_type(
            session,
            campaign_id,
            name=form.name.data or "",
            type_id=form.type_id.data,
            priority=form.priority.data,
        )
    return saved(campaign_id, Step.AUDIENCE)


def _type_page(
    form: TypeForm, seen: Glance | None = None, *, status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        choices = draft_view.type_choices(session, and_also=seen.draft.type_id if seen else None)
        lines = draft_view.line_choices(session)
    form.type_id.choices = [(one.id, one.name) for one in choices]
    context: dict[str, Any] = {"form": form, "choices": choices, "has_line": bool(lines)}
    if seen is not None:
        return page("type", seen, Step.TYPE, status=status, **context)
    words = list(STEPS.items())
    return render(
        "campaign_edit/type.html",
        status=status,
        draft=None,
        step=Step.TYPE.value,
        number=1,
        steps=[(step.value, text, "current" if step is Step.TYPE else "") for step, text in words],
        step_url=step_url,
        **context,
    )


# --- step 4


@bp.get("/campaigns/<int:campaign_id>/edit/team")
@requires(Role.SUPERVISOR)
def team(campaign_id: int) -> ResponseReturnValue:
    with reading() as session:
        seen = look(session, campaign_id)
    draft = seen.draft
    form = TeamForm(
        data={
            "operators": [user_id for user_id, _name in draft.operators],
            "line_id": draft.line_id,
            "when": LATER if draft.starts_at else NOW,
            "starts_at": draft.starts_at,
            "ends_on": draft.ends_on,
            "when_uncertain": draft.when_uncertain.value,
            **hours_data(draft.hours(_usual()), is_own=draft.has_own_hours),
        }
    )
    return elsewhere(draft) or _team_page(form, seen)


@bp.post("/campaigns/<int:campaign_id>/edit/team")
@requires(Role.SUPERVISOR)
def save_team(campaign_id: int) -> ResponseReturnValue:
    form = TeamForm()
    with reading() as session:
        seen = look(session, campaign_id)
        _fill(form, session)
        lines = {line.id: line for line in draft_view.line_choices(session)}
    kept = seen.draft.hours(_usual()) if seen.draft.has_own_hours else None
    if not form.validate():
        return _team_page(form, seen, status=422)
    if not form.keeps_within(chosen_hours(_usual(), lines[form.line_id.data].hours), kept=kept):
        return _team_page(form, seen, status=422)
    with acting() as session:
        drafts.save_team(
            session,
            campaign_id,
            operator_ids=form.operators.data or [],
            line_id=form.line_id.data,
            starts_at=form.starts_at.data if form.when.data == LATER else None,
            ends_on=form.ends_on.data,
            when_uncertain=UncertainPolicy(form.when_uncertain.data),
            hours=form.chosen() if seen.draft.sends else kept,
        )
    return saved(campaign_id, Step.REVIEW)


@bp.post("/campaigns/<int:campaign_id>/edit/team/share")
@requires(Role.SUPERVISOR)
def share(campaign_id: int) -> ResponseReturnValue:
    """How many each of the ticked would get; the audience is counted once per page."""
    chosen = len(request.form.getlist("operators"))
    known = request.form.get("counted", "")
    with reading() as session:
        seen = look(session, campaign_id)
        total = int(known) if known.isdecimal() and len(known) < 10 else None
        if total is None:
            now = current_runtime().now(session)
            recipe = recipe_as(session, seen.draft, seen.draft.audience)
            total = preview_audience(session, recipe, now=now).recipients
    return render(
        "campaign_edit/_share.html",
        draft=seen.draft,
        total=total,
        chosen=chosen,
        each=-(-total // chosen) if chosen else 0,
        lasts=send_time(total, seen.draft.rate) if seen.draft.sends else None,
    )


def _fill(form: TeamForm, session: Session) -> list[draft_view.Worker]:
    workers = draft_view.workers_of(session)
    form.operators.choices = [(one.id, one.name) for one in workers]
    form.line_id.choices = [
        (line.id, f"{line.name} · {phone(line.sender)}")
        for line in draft_view.line_choices(session)
    ]
    return workers


def _team_page(form: TeamForm, seen: Glance, *, status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        workers = _fill(form, session)
        lines = draft_view.line_choices(session)
    hints = {policy.value: hint for policy, (_title, hint) in IN_DOUBT.items()}
    return page(
        "team",
        seen,
        Step.TEAM,
        status=status,
        form=form,
        workers=workers,
        doubt_hints=hints,
        lines_hours=[
            (line.name, whole_hours_said(chosen_hours(_usual(), line.hours))) for line in lines
        ],
    )


def _usual() -> SendingHours:
    return current_runtime().settings.sending_hours
