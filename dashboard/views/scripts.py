"""What is said in the cases of a type, or of one campaign."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from campaigns import scripts
from campaigns.errors import CatalogueRefused
from campaigns.scripts import MAX_SCRIPT, ScriptSheet, script_of_campaign, script_of_type
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.language import _
from dashboard.named_text_form import ScriptForm, names_said, problem_said
from dashboard.pages import done, render
from models.campaign import Campaign
from models.people import Role

bp = Blueprint("scripts", __name__)


@bp.get("/catalogue/types/<int:type_id>/script")
@requires(Role.SUPERVISOR)
def of_type(type_id: int) -> ResponseReturnValue:
    with reading() as session:
        sheet = script_of_type(session, type_id)
    return _page(ScriptForm(formdata=None, data={"body": sheet.body}), sheet, None)


@bp.post("/catalogue/types/<int:type_id>/script")
@requires(Role.SUPERVISOR)
def keep_of_type(type_id: int) -> ResponseReturnValue:
    form = ScriptForm()
    with reading() as session:
        sheet = script_of_type(session, type_id)
    try:
        with acting() as session:
            body = form.body.data or ""
            scripts.keep_script(session, body, type_id=type_id, by_id=current_user().id)
    except CatalogueRefused as error:
        form.body.errors = [problem_said(error, longest=MAX_SCRIPT)]
        return _page(form, sheet, None, status=422)
    return done(url_for("catalogue.show_type", type_id=type_id), _("Guion guardado."))


@bp.get("/campaigns/<int:campaign_id>/script")
@requires(Role.SUPERVISOR)
def of_campaign(campaign_id: int) -> ResponseReturnValue:
    with reading() as session:
        reach(session, Campaign, campaign_id)
        sheet = script_of_campaign(session, campaign_id)
    return _page(ScriptForm(formdata=None, data={"body": sheet.body}), sheet, campaign_id)


@bp.post("/campaigns/<int:campaign_id>/script")
@requires(Role.SUPERVISOR)
def keep_of_campaign(campaign_id: int) -> ResponseReturnValue:
    form = ScriptForm()
    with reading() as session:
        reach(session, Campaign, campaign_id)
        sheet = script_of_campaign(session, campaign_id)
    try:
        with acting() as session:
            reach(session, Campaign, campaign_id)
            body = form.body.data or ""
            scripts.keep_script(session, body, campaign_id=campaign_id, by_id=current_user().id)
    except CatalogueRefused as error:
        form.body.errors = [problem_said(error, longest=MAX_SCRIPT)]
        return _page(form, sheet, campaign_id, status=422)
    return done(url_for("scripts.of_campaign", campaign_id=campaign_id), _("Guion guardado."))


def _page(
    form: ScriptForm, sheet: ScriptSheet, campaign_id: int | None, *, status: int = 200
) -> ResponseReturnValue:
    return render(
        "scripts/edit.html",
        status=status,
        form=form,
        sheet=sheet,
        campaign_id=campaign_id,
        names=names_said(),
        longest=MAX_SCRIPT,
    )
