"""What a campaign does after its first message: reminders of promises, limits of its people."""

from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from campaigns.follow_up import (
    MOST_DAYS,
    MOST_LIMIT,
    USUAL_LIMIT,
    follow_up_of,
    reminder_choices,
    save_follow_up,
)
from campaigns.progress_head import head_of
from dashboard import pages
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.language import _
from models.campaign import Campaign
from models.people import Role
from runtime.wiring import current_runtime

bp = Blueprint("campaign_follow_up", __name__, url_prefix="/campaigns")


class FollowUpForm(FlaskForm):
    reminder = SelectField(_("Recordar una promesa de pago con"), choices=[])
    days_before = IntegerField(
        _("Cuántos días antes"),
        [
            InputRequired(_("Escribí un número de 0 a 10.")),
            NumberRange(0, MOST_DAYS, _("Tiene que ser de 0 a 10.")),
        ],
    )
    bulk_limit = IntegerField(
        _("A cuántas consultas puede escribir una persona de una vez"),
        [
            InputRequired(_("Escribí un número de 1 a 500.")),
            NumberRange(1, MOST_LIMIT, _("Tiene que ser de 1 a 500.")),
        ],
    )


@bp.get("/<int:campaign_id>/follow-up")
@requires(Role.SUPERVISOR)
def show(campaign_id: int) -> ResponseReturnValue:
    return _page(campaign_id)


@bp.post("/<int:campaign_id>/follow-up")
@requires(Role.SUPERVISOR)
def save(campaign_id: int) -> ResponseReturnValue:
    form, _head = _form(campaign_id)
    if not form.validate():
        return _page(campaign_id, form=form)
    with acting() as session:
        reach(session, Campaign, campaign_id)
        save_follow_up(
            session,
            campaign_id,
            version_id=int(form.reminder.data) if form.reminder.data else None,
            days_before=form.days_before.data or 0,
            bulk_limit=form.bulk_limit.data or USUAL_LIMIT,
            now=current_runtime().now(session),
            by_id=current_user().id,
        )
    return pages.done(url_for("campaign.setup", campaign_id=campaign_id), _("Cambios guardados."))


def _form(campaign_id: int) -> tuple[FollowUpForm, Any]:
    with reading() as session:
        campaign, head = head_of(session, campaign_id)
        known = follow_up_of(session, campaign)
        choices = reminder_choices(session)
    form = FollowUpForm(
        reminder=str(known.version_id or ""),
        days_before=known.days_before,
        bulk_limit=known.bulk_limit,
    )
    offered = [(str(each), name) for each, name in choices]
    if known.version_id and str(known.version_id) not in {each for each, _name in offered}:
        offered.append((str(known.version_id), known.template or "?"))
    form.reminder.choices = [("", _("No recordar")), *offered]
    return form, head


def _page(campaign_id: int, *, form: FollowUpForm | None = None) -> ResponseReturnValue:
    made, head = _form(campaign_id)
    return pages.render(
        "campaign/follow_up.html",
        status=422 if form else 200,
        head=head,
        form=form or made,
    )
