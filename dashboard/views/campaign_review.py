"""Step 5 of a new campaign: everything on one page, a test to oneself, and the launch."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from campaigns import drafts, lifecycle
from campaigns.draft_launch import launch_draft
from campaigns.draft_problems import Glance, Overview, Step, look_over
from campaigns.draft_test import send_test
from campaigns.draft_view import CampaignDraft, draft_of
from campaigns.errors import (
    AudienceGrew,
    DraftNotReady,
    EmptyAudience,
    LaunchRefused,
    MessageRefused,
)
from campaigns.reach import recipients
from campaigns.sending_hours import ARGENTINA
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.campaign_words import IN_DOUBT, POLICIES, PRIORITIES, filter_sentences, sentence
from dashboard.errors import answer
from dashboard.formats import number
from dashboard.forms.campaign_edit import TestForm
from dashboard.hours_words import whole_hours_said
from dashboard.language import _, ngettext
from dashboard.own_tests import own_phone, told, why_no_test
from dashboard.pages import done, is_fragment, render, unchanged
from dashboard.views.campaign_steps import (
    FIRST,
    bp,
    look,
    page,
    reach_context,
    recipe_as,
    step_url,
    wants_count,
)
from dashboard.views.campaign_template import drawn
from messaging.errors import MessagingError
from models.campaign import Campaign
from models.people import Role
from models.states import CampaignState
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_line, wake_planning


@bp.get("/campaigns/<int:campaign_id>/edit/review")
@requires(Role.SUPERVISOR)
def review(campaign_id: int) -> ResponseReturnValue:
    with reading() as session:
        seen = look(session, campaign_id)
        if seen.draft.state not in (CampaignState.DRAFT, CampaignState.SCHEDULED):
            return redirect(f"/campaigns/{campaign_id}", 303)
        return _page(session, seen, counted=wants_count())


@bp.get("/campaigns/<int:campaign_id>/edit/review/verdict")
@requires(Role.SUPERVISOR)
def verdict(campaign_id: int) -> ResponseReturnValue:
    """The numbers, what is the matter, and the button: it takes a while on a large base."""
    with reading() as session:
        context = _verdict(session, campaign_id)
    return render("campaign_edit/_verdict.html", **context)


@bp.get("/campaigns/<int:campaign_id>/edit/review/phone")
@requires(Role.SUPERVISOR)
def phone(campaign_id: int) -> ResponseReturnValue:
    with reading() as session:
        seen = look(session, campaign_id)
        context = _person(session, seen.draft)
    if not is_fragment():
        return redirect(step_url(campaign_id, Step.REVIEW), 303)
    return render("campaign_edit/_review_phone.html", draft=seen.draft, **context)


@bp.post("/campaigns/<int:campaign_id>/launch")
@requires(Role.SUPERVISOR)
def launch(campaign_id: int) -> ResponseReturnValue:
    """Launch or schedule, for as many as the page said."""
    runtime = current_runtime()
    named = _digits(request.form.get("named", ""))
    if named > runtime.settings.type_launch_above and _typed() != named:
        with reading() as session:
            seen, typed = look(session, campaign_id), request.form.get("typed", "")
            return _page(session, seen, counted=True, status=422, mistyped=typed)
    try:
        with acting() as session:
            reach(session, Campaign, campaign_id)
            launched = launch_draft(
                session,
                campaign_id,
                named=named,
                now=runtime.now(session),
                zone=runtime.settings.timezone,
                by_id=current_user().id,
            )
            sends = draft_of(session, campaign_id).sends
    except LaunchRefused as error:
        with reading() as session:
            seen = look(session, campaign_id)
            return _page(session, seen, counted=True, status=409, refusal=_refusal(error))
    live.touch(runtime.redis, live.campaign(campaign_id))
    url = f"/campaigns/{campaign_id}"
    amount = _what(launched.recipients, sends)
    if launched.starts_at is not None:
        return done(url, _("Campaña programada: %(what)s.") % {"what": amount})
    wake_planning(runtime, campaign_id)
    return done(url, _("Campaña lanzada: %(what)s.") % {"what": amount})


@bp.post("/campaigns/<int:campaign_id>/edit/unschedule")
@requires(Role.SUPERVISOR)
def unschedule(campaign_id: int) -> ResponseReturnValue:
    with acting() as session:
        reach(session, Campaign, campaign_id)
        lifecycle.unschedule(session, campaign_id, by_id=current_user().id)
    live.touch(current_runtime().redis, live.campaign(campaign_id))
    return done(step_url(campaign_id, Step.REVIEW), _("Volvió a borrador: no sale sola."))


@bp.post("/campaigns/<int:campaign_id>/duplicate")
@requires(Role.SUPERVISOR)
def duplicate(campaign_id: int) -> ResponseReturnValue:
    with acting() as session:
        reach(session, Campaign, campaign_id)
        copy_id = drafts.duplicate(session, campaign_id, by_id=current_user().id)
    return done(step_url(copy_id, Step.TYPE), _("Copia creada, como borrador."))


@bp.post("/campaigns/<int:campaign_id>/discard")
@requires(Role.SUPERVISOR)
def discard(campaign_id: int) -> ResponseReturnValue:
    with acting() as session:
        reach(session, Campaign, campaign_id)
        name = drafts.discard(session, campaign_id, by_id=current_user().id)
    return done("/campaigns?state=draft", _("Se descartó «%(name)s».") % {"name": name})


@bp.post("/campaigns/<int:campaign_id>/test")
@requires(Role.SUPERVISOR)
def test(campaign_id: int) -> ResponseReturnValue:
    """Send the previewed recipient's message to oneself."""
    runtime, form = current_runtime(), TestForm()
    message_id, draft = None, None
    typed = form.number() if form.validate() else None
    if typed is not None:
        try:
            with acting() as session:
                reach(session, Campaign, campaign_id)
                draft = draft_of(session, campaign_id)
                person = _person(session, draft)["person"]
                message_id = send_test(
                    session,
                    draft,
                    phone=typed,
                    values=person.variables if person else {},
                    user_id=current_user().id,
                    now=runtime.now(session),
                )
        except (MessageRefused, MessagingError, LaunchRefused) as error:
            form.phone.errors = [why_no_test(error)]
    if message_id is not None and draft is not None:
        wake_line(runtime, draft.line_id)
        if not is_fragment():
            return redirect(f"{step_url(campaign_id, Step.REVIEW)}?test={message_id}", 303)
    status = 200 if message_id is not None else 422
    with reading() as session:
        seen = look(session, campaign_id)
        if not is_fragment():
            return _page(session, seen, counted=wants_count(), status=status, form=form)
        context = _test_told(session, campaign_id, message_id)
    return render("_test.html", status=status, test_form=form, **context)


@bp.get("/campaigns/<int:campaign_id>/test/<int:message_id>")
@requires(Role.SUPERVISOR)
def test_progress(campaign_id: int, message_id: int) -> ResponseReturnValue:
    """How far one's own test got; asked every two seconds while it is on its way."""
    with reading() as session:
        look(session, campaign_id)
        context = _test_told(session, campaign_id, message_id)
    sent = context["told"]
    if sent is not None and sent.href and request.args.get("v") == sent.version:
        return unchanged()
    return render("_test_state.html", **context)


def _page(
    session: Session,
    seen: Glance,
    *,
    counted: bool,
    status: int = 200,
    mistyped: str | None = None,
    refusal: str | None = None,
    form: TestForm | None = None,
) -> ResponseReturnValue:
    draft = seen.draft
    counts = _verdict(session, draft.id) if counted else {}
    return page(
        "review",
        seen,
        Step.REVIEW,
        status=status,
        counted=counted,
        mistyped=mistyped,
        refusal=refusal,
        filters=filter_sentences(draft.audience),
        priority=PRIORITIES[draft.priority],
        policy=POLICIES[draft.shared_phone][0],
        in_doubt=IN_DOUBT[draft.when_uncertain],
        hours=whole_hours_said(draft.hours(current_runtime().settings.sending_hours)),
        test_form=form or TestForm(formdata=None, data={"phone": own_phone(session)}),
        **_test_told(session, draft.id, _digits(request.args.get("test", ""))),
        **_person(session, draft),
        **{key: value for key, value in counts.items() if key not in ("draft", "step_url")},
    )


def _verdict(session: Session, campaign_id: int) -> dict[str, Any]:
    runtime = current_runtime()
    now = runtime.now(session)
    zone, usual = runtime.settings.timezone, runtime.settings.sending_hours
    seen: Overview = look_over(session, campaign_id, now=now, zone=zone, usual=usual)
    starts = max(seen.draft.starts_at or now, now)
    context = reach_context(seen.draft, seen.reach, MultiDict())
    hours, lasts = seen.draft.hours(usual), context["lasts"]
    opens = hours.opens_at(starts, ARGENTINA)
    ends = hours.done_at(starts, lasts, ARGENTINA) if lasts is not None else None
    return {
        **context,
        "draft": seen.draft,
        "problems": [sentence(problem) for problem in seen.problems],
        "may_go": seen.may_go,
        "opens_at": opens if opens != starts else None,
        "ends_another_day": ends is not None
        and ends.astimezone(zone).date() != (opens or starts).astimezone(zone).date(),
        "ends_at": ends,
        "amount": _what(seen.reach.recipients, seen.draft.sends),
        "must_type": seen.reach.recipients > runtime.settings.type_launch_above,
        "step_url": step_url,
    }


def _what(count: int, sends: bool) -> str:
    """``2.811 mensajes``, or ``412 consultas`` of a campaign of calls."""
    told = (
        ngettext("%(n)s mensaje", "%(n)s mensajes", count)
        if sends
        else ngettext("%(n)s consulta", "%(n)s consultas", count)
    )
    return told % {"n": number(count)}


def _person(session: Session, draft: CampaignDraft) -> dict[str, Any]:
    """One of the first recipients, with the message as he would read it."""
    now = current_runtime().now(session)
    recipe = recipe_as(session, draft, draft.audience)
    found = recipients(session, recipe, now=now, limit=FIRST)
    at = min(_digits(request.values.get("at", "")), FIRST - 1, max(0, len(found) - 1))
    person = found[at] if found else None
    bubble = None
    if draft.template is not None:
        bubble = drawn(session, draft.template.version_id, person, recipe.texts, at=now)
    return {"person": person, "position": at, "people_count": len(found), "bubble": bubble}


def _test_told(session: Session, campaign_id: int, message_id: int | None) -> dict[str, Any]:
    """What the test's form and its state need."""

    def progress(message_id: int, version: str) -> str:
        return url_for(
            "campaign_edit.test_progress",
            campaign_id=campaign_id,
            message_id=message_id,
            v=version,
        )

    return {
        "test_action": url_for("campaign_edit.test", campaign_id=campaign_id),
        "test_note": _("Llega el mensaje de abajo, con los datos de esa persona."),
        "told": told(session, message_id, progress),
    }


def _typed() -> int:
    return _digits(request.form.get("typed", ""))


def _digits(typed: str) -> int:
    """``2.811`` as a number; anything else is 0."""
    plain = typed.strip().replace(".", "")
    return int(plain) if plain.isdecimal() and len(plain) < 12 else 0


def _refusal(error: LaunchRefused) -> str:
    if isinstance(error, AudienceGrew):
        told = _("El alcance creció: eran %(was)s y ahora son %(now)s. Revisalo y lanzá de nuevo.")
        return told % {"was": number(error.named), "now": number(error.found)}
    if isinstance(error, (DraftNotReady, EmptyAudience)):
        return _("Todavía falta algo: mirá los avisos.")
    return answer(error)[1]
