"""Step 3 of a new campaign: the template, its texts, and how a real recipient would read it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import draft_view, drafts
from campaigns.audience import Recipe, preview_audience
from campaigns.draft_problems import Glance, Step, with_samples
from campaigns.draft_view import CampaignDraft, TemplateChoice
from campaigns.launching import CAMPAIGN_TEXT, missing_texts
from campaigns.personal import is_derived
from campaigns.reach import Reached, recipients
from campaigns.template_registry import stored_draft
from dashboard.auth import acting, reading, requires
from dashboard.bubbles import Bubble
from dashboard.campaign_words import POLICIES, TEMPLATE_STATES, TEMPLATE_TONES, WHY_NOT
from dashboard.forms.campaign_edit import NO_TEMPLATE, TemplateForm
from dashboard.language import _
from dashboard.pages import done, fragment_with, render
from dashboard.template_bubble import bubble_of
from dashboard.views.campaign_steps import (
    FIRST,
    bp,
    elsewhere,
    look,
    page,
    reach_context,
    recipe_as,
    saved,
    step_url,
)
from messaging.templates import field_of
from models.campaign import SharedPhonePolicy
from models.people import Role
from models.template import TemplateVersion
from runtime.wiring import current_runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One variable of the template, as the mapping shows it."""

    key: str
    name: str
    value: str | None  # the previewed person's
    filled_later: bool  # its value is made when the message leaves
    text: str | None = None  # the form's field, when the campaign says it itself


@bp.get("/campaigns/<int:campaign_id>/edit/template")
@requires(Role.SUPERVISOR)
def template(campaign_id: int) -> ResponseReturnValue:
    with reading() as session:
        seen = look(session, campaign_id)
        form = TemplateForm(data=_as_form(seen.draft))
        return elsewhere(seen.draft) or _template_page(session, form, seen)


@bp.post("/campaigns/<int:campaign_id>/edit/template")
@requires(Role.SUPERVISOR)
def save_template(campaign_id: int) -> ResponseReturnValue:
    form = TemplateForm()
    with reading() as session:
        seen = look(session, campaign_id)
        valid, choice = form.validate(), None
        if form.version.data != NO_TEMPLATE:
            choice = _choice(session, form, seen.draft)
            if choice is None:
                form.version.errors = [_("Elegí una plantilla, o «Sin plantilla».")]
                valid = False
        if not valid:
            return _template_page(session, form, seen, status=422)
        asks_anew = choice is not None and _asks_anew(session, choice, form)
    with acting() as session:
        drafts.save_template(
            session,
            campaign_id,
            version_id=choice.version_id if choice else None,
            texts=form.texts(),
            shared_phone=SharedPhonePolicy(form.shared_phone.data),
        )
    if asks_anew:
        return done(step_url(campaign_id, Step.TEMPLATE))  # without script: now its texts
    return saved(campaign_id, Step.TEAM)


@bp.post("/campaigns/<int:campaign_id>/edit/template/preview")
@requires(Role.SUPERVISOR)
def preview(campaign_id: int) -> ResponseReturnValue:
    """Draw what is chosen and typed; nothing is saved. ``at``: which of the first recipients."""
    form = TemplateForm()
    with reading() as session:
        seen = look(session, campaign_id)
        context = _preview(session, form, seen.draft, _position())
    shown = request.form.get("shown", "")
    partials = {}
    if shown != context["shown"]:
        partials["#completeness"] = "campaign_edit/_completeness.html"
    if partials or "at" in request.args:  # while a text is typed its field is left alone
        partials["#variables"] = "campaign_edit/_variables.html"
    return fragment_with(
        "campaign_edit/_phone.html",
        partials=partials,
        draft=seen.draft,
        form=form,
        **context,
    )


@bp.get("/campaigns/<int:campaign_id>/edit/template/missing")
@requires(Role.SUPERVISOR)
def missing(campaign_id: int) -> ResponseReturnValue:
    """How many would get it with ``?version=``, and how many lack one of its values."""
    with reading() as session:
        seen = look(session, campaign_id)
        form = TemplateForm(request.args, data=_as_form(seen.draft), meta={"csrf": False})
        recipe = _recipe(session, form, seen.draft, _choice(session, form, seen.draft))
        counted = preview_audience(session, recipe, now=current_runtime().now(session))
    lacking = counted.excluded.get("missing_variable", 0)
    return render(
        "campaign_edit/_missing.html",
        draft=seen.draft,
        lacking=lacking,
        saved_version=seen.draft.template and str(seen.draft.template.version_id),
        version=form.version.data,
        **reach_context(seen.draft, counted, request.args),
    )


def _as_form(draft: CampaignDraft) -> dict[str, Any]:
    data: dict[str, Any] = {"shared_phone": draft.shared_phone.value}
    if draft.template is not None:
        data["version"] = str(draft.template.version_id)
        for name, text in draft.template.texts.items():
            data["text_" + name.removeprefix(CAMPAIGN_TEXT)] = text
    elif draft.is_phone_only:
        data["version"] = NO_TEMPLATE
    return data


def _choices(session: Session, draft: CampaignDraft) -> list[TemplateChoice]:
    """What is offered, the chosen version as it is even when a newer one was approved since."""
    choices = draft_view.template_choices(session)
    chosen = draft.template
    if chosen is None or any(one.version_id == chosen.version_id for one in choices):
        return choices
    version = session.get_one(TemplateVersion, chosen.version_id)
    own = TemplateChoice(
        version_id=chosen.version_id,
        template_id=chosen.template_id,
        name=chosen.name,
        number=chosen.number,
        category=chosen.category,
        state=chosen.state,
        why_not=version.rejection_reason,
        body=version.body,
    )
    return sorted([own, *choices], key=lambda one: (not one.can_go, one.name, one.number))


def _choice(session: Session, form: TemplateForm, draft: CampaignDraft) -> TemplateChoice | None:
    """The chosen one, if it is offered and may go, or was this draft's already."""
    return _chosen_of(_choices(session, draft), form, draft)


def _chosen_of(
    choices: list[TemplateChoice], form: TemplateForm, draft: CampaignDraft
) -> TemplateChoice | None:
    wanted = form.chosen_id()
    own = draft.template.version_id if draft.template else None
    for choice in choices:
        if choice.version_id == wanted and (choice.can_go or wanted == own):
            return choice
    return None


def _asks_anew(session: Session, choice: TemplateChoice, form: TemplateForm) -> bool:
    """Whether this version asks for texts that its form has not shown yet."""
    if request.form.get("shown", "") == str(choice.version_id):
        return False
    fields = session.get_one(TemplateVersion, choice.version_id).fields
    return bool(missing_texts(fields, form.texts()))


def _recipe(
    session: Session, form: TemplateForm, draft: CampaignDraft, choice: TemplateChoice | None
) -> Recipe:
    """Who gets what with the chosen version and the typed texts."""
    fields: Mapping[str, str] = {}
    if choice is not None:
        fields = dict(session.get_one(TemplateVersion, choice.version_id).fields)
    policy = form.shared_phone.data
    known = {each.value for each in SharedPhonePolicy}
    recipe = replace(
        recipe_as(session, draft, draft.audience),
        fields=fields,
        texts=form.texts(),
        sends=form.version.data != NO_TEMPLATE,
        shared_phone=SharedPhonePolicy(policy) if policy in known else draft.shared_phone,
    )
    return replace(recipe, texts=with_samples(recipe))


def _position() -> int:
    typed = request.values.get("at", "0")
    return min(int(typed), FIRST - 1) if typed.isdecimal() and len(typed) < 4 else 0


def _preview(
    session: Session, form: TemplateForm, draft: CampaignDraft, position: int
) -> dict[str, Any]:
    """The phone of one of the first recipients, and the variables with his values."""
    choices = _choices(session, draft)
    choice = _chosen_of(choices, form, draft)
    now = current_runtime().now(session)
    recipe = _recipe(session, form, draft, choice)
    found = recipients(session, recipe, now=now, limit=FIRST)
    position = min(position, max(0, len(found) - 1))
    person = found[position] if found else None
    shown = str(choice.version_id) if choice else form.version.data or ""
    context: dict[str, Any] = {
        "person": person,
        "position": position,
        "people_count": len(found),
        "choice": choice,
        "choices": choices,
        "shown": shown,
        "is_phone_only": form.version.data == NO_TEMPLATE,
        "variables": [],
        "bubble": None,
    }
    if choice is not None:
        context["bubble"] = drawn(session, choice.version_id, person, recipe.texts, at=now)
        context["variables"] = _lines(recipe, person, choice, session)
    return context


def drawn(
    session: Session,
    version_id: int,
    person: Reached | None,
    texts: Mapping[str, str],
    *,
    at: Any,
) -> Bubble:
    """A version as this person would read it; with its samples when there is nobody."""
    stored = stored_draft(session, version_id)
    if person is not None:
        return bubble_of(stored, person.variables, at=at)
    values: dict[str, str | None] = dict(stored.samples)
    for key, name in stored.fields.items():
        if texts.get(name):
            values[key] = texts[name]
    return bubble_of(stored, values, at=at)


def _lines(
    recipe: Recipe, person: Reached | None, choice: TemplateChoice, session: Session
) -> list[Line]:
    samples = session.get_one(TemplateVersion, choice.version_id).samples
    lines = []
    for key, name in sorted(recipe.fields.items(), key=lambda item: int(item[0])):
        entry = field_of(name)
        own = name.startswith(CAMPAIGN_TEXT)
        value = person.variables.get(key) if person else samples.get(key)
        lines.append(
            Line(
                key=key,
                name=entry.name if entry else name,
                value=value,
                filled_later=is_derived(name),
                text="text_" + name.removeprefix(CAMPAIGN_TEXT) if own else None,
            )
        )
    return lines


def _template_page(
    session: Session, form: TemplateForm, seen: Glance, *, status: int = 200
) -> ResponseReturnValue:
    context = _preview(session, form, seen.draft, _position())
    choices = context["choices"]
    own = seen.draft.template.version_id if seen.draft.template else None
    return page(
        "template",
        seen,
        Step.TEMPLATE,
        status=status,
        form=form,
        usable=[one for one in choices if one.can_go or one.version_id == own],
        waiting=[one for one in choices if not one.can_go and one.version_id != own],
        state_words=TEMPLATE_STATES,
        state_tones=TEMPLATE_TONES,
        why_not=WHY_NOT,
        policy_hints={policy.value: hint for policy, (_title, hint) in POLICIES.items()},
        no_template=NO_TEMPLATE,
        **context,
    )
