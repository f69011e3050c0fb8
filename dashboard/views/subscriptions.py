"""Subscriptions: the list with its search, and one with its story, coupons and data."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoSuchPage

from campaigns.customers import edit_customer
from campaigns.errors import AlreadyThere
from campaigns.subscription_search import LONGEST
from campaigns.subscription_sheet import get_sheet, list_coupons
from campaigns.subscription_story import tell_story
from campaigns.subscriptions import (
    COUNTED,
    Arrears,
    PlanChoice,
    list_subscriptions,
    plan_choices,
)
from dashboard import file_words, pages, subscription_words
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.forms.subscriptions import CustomerForm
from dashboard.language import _
from models.people import Role
from models.subscription import Subscription
from runtime.wiring import current_runtime

bp = Blueprint("subscriptions", __name__, url_prefix="/subscriptions")


@bp.get("")
@requires(Role.OPERATOR)
def index() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:LONGEST]
    plan_id = request.args.get("plan", type=int)
    arrears = _arrears(request.args.get("arrears"))
    after = pages.after()
    with reading() as session:
        found = list_subscriptions(
            session, text=text, plan_id=plan_id, arrears=arrears, after=after, limit=pages.PAGE
        )
        plans = [(plan.id, _plan_name(plan)) for plan in plan_choices(session)]
    filters: dict[str, Any] = {
        "q": text or None,
        "plan": plan_id,
        "arrears": arrears.value if arrears else None,
    }
    return pages.render(
        "subscriptions/index.html",
        "subscriptions/_list.html",
        found=found,
        counted=COUNTED,
        plans=[(None, _("Todos los planes")), *plans],
        text=text,
        plan_id=plan_id,
        arrears=arrears,
        arrears_choices=[(each, subscription_words.arrears(each)) for each in (None, *Arrears)],
        filters=filters,
        after=after,
        is_narrowed=any(value is not None for value in filters.values()),
        next_href=url_for(".index", **filters, after=found.next_after)
        if found.next_after
        else None,
        may_import=current_user().may(Role.SUPERVISOR),
        words=subscription_words,
    )


@bp.get("/<int:subscription_id>")
@requires(Role.OPERATOR)
def show(subscription_id: int) -> ResponseReturnValue:
    before = _moment(request.args.get("before"))
    with reading() as session:
        sheet = get_sheet(session, subscription_id)
        story = tell_story(session, subscription_id, before=before, limit=pages.PAGE)
    return pages.render(
        "subscriptions/story.html",
        sheet=sheet,
        story=story,
        before=before,
        tab="story",
        words=subscription_words,
        files_of=file_words.files_in_story,
        earlier_href=url_for(
            ".show", subscription_id=subscription_id, before=story.before.isoformat()
        )
        if story.before
        else None,
    )


@bp.get("/<int:subscription_id>/coupons")
@requires(Role.OPERATOR)
def coupons(subscription_id: int) -> ResponseReturnValue:
    with reading() as session:
        sheet = get_sheet(session, subscription_id)
        lines = list_coupons(session, subscription_id, now=current_runtime().now(session))
    return pages.render(
        "subscriptions/coupons.html",
        sheet=sheet,
        lines=lines,
        may_close=current_user().may(Role.SUPERVISOR),
        tab="coupons",
        words=subscription_words,
    )


@bp.get("/<int:subscription_id>/data")
@requires(Role.OPERATOR)
def data(subscription_id: int) -> ResponseReturnValue:
    with reading() as session:
        sheet = get_sheet(session, subscription_id)
    return pages.render(
        "subscriptions/data.html",
        sheet=sheet,
        form=CustomerForm.of(sheet),
        tab="data",
        words=subscription_words,
    )


@bp.post("/<int:subscription_id>/data")
@requires(Role.OPERATOR)
def edit(subscription_id: int) -> ResponseReturnValue:
    """Correct the customer of a subscription that the person sees."""
    form = CustomerForm()
    if form.validate():
        try:
            with acting() as session:
                customer_id = reach(session, Subscription, subscription_id).customer_id
                changed = edit_customer(
                    session,
                    customer_id,
                    form.data_of(),
                    by_id=current_user().id,
                    now=current_runtime().now(session),
                )
        except AlreadyThere:
            form.document.errors = [_("Ese documento ya es de otro cliente.")]
        else:
            toast = _("Datos guardados.") if changed else _("No había nada que cambiar.")
            return pages.done(url_for(".data", subscription_id=subscription_id), toast)
    with reading() as session:
        sheet = get_sheet(session, subscription_id)
    return pages.render(
        "subscriptions/data.html",
        status=422,
        sheet=sheet,
        form=form,
        tab="data",
        words=subscription_words,
    )


def _plan_name(plan: PlanChoice) -> str:
    return f"{plan.name} · {plan.administrator}" if plan.administrator else plan.name


def _arrears(given: str | None) -> Arrears | None:
    return Arrears(given) if given in set(Arrears) else None


def _moment(given: str | None) -> datetime | None:
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise NoSuchPage from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
