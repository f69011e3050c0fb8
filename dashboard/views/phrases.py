"""The phrases that suggest a result, as supervisors keep them."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from campaigns.catalogue_reading import get_result, get_type
from campaigns.suggesting.phrases import BadPhrase
from campaigns.text_rules import phrases_of, set_phrases, shipped_of
from dashboard.auth import acting, current_user, reading, requires
from dashboard.language import _, ngettext
from dashboard.pages import done, render
from dashboard.views.catalogue import bp
from models.people import Role


class PhrasesForm(FlaskForm):
    own = TextAreaField(_("Frases propias"))
    shipped = TextAreaField(_("Frases que vienen con Pregón"))


@bp.get("/results/<int:result_id>/phrases")
@requires(Role.SUPERVISOR)
def phrases(result_id: int) -> ResponseReturnValue:
    with reading() as session:
        counted = phrases_of(session, result_id)
        shipped = set(shipped_of(session, result_id))
    form = PhrasesForm(
        formdata=None,
        data={
            "own": "\n".join(each for each in counted if each not in shipped),
            "shipped": "\n".join(each for each in counted if each in shipped),
        },
    )
    return _page(result_id, form)


@bp.post("/results/<int:result_id>/phrases")
@requires(Role.SUPERVISOR)
def keep_phrases(result_id: int) -> ResponseReturnValue:
    form = PhrasesForm()
    text = f"{form.own.data or ''}\n{form.shipped.data or ''}"
    try:
        with acting() as session:
            kept = set_phrases(session, result_id, text, by_id=current_user().id)
    except BadPhrase as error:
        is_own = error.phrase in (form.own.data or "")
        field = form.own if is_own else form.shipped
        told = _("«%(phrase)s» no va: solo palabras en minúscula, sin acentos ni comas.")
        field.errors = [told % {"phrase": error.phrase}]
        return _page(result_id, form, status=422)
    said = ngettext("Queda %(n)s frase.", "Quedan %(n)s frases.", kept) % {"n": kept}
    return done(url_for("catalogue.show_result", result_id=result_id), said)


def _page(result_id: int, form: PhrasesForm, *, status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        result = get_result(session, result_id)
        kind = None if result.type_id is None else get_type(session, result.type_id)
    return render("catalogue/phrases.html", status=status, form=form, result=result, kind=kind)
