"""Forms of texts with ``{{nombre}}`` in them: quick texts and scripts; what is wrong, in words."""

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from campaigns.catalogue_rules import MAX_NAME
from campaigns.errors import CatalogueRefused
from campaigns.quick_texts import QuickTextSpec
from dashboard.language import _
from messaging.named_texts import offered_names, said_of


class QuickTextForm(FlaskForm):
    name = StringField(
        _("Nombre"),
        validators=[
            InputRequired(_("Escribí el nombre.")),
            Length(max=MAX_NAME, message=_("Hasta 60 caracteres.")),
        ],
    )
    body = TextAreaField(_("Texto"), validators=[InputRequired(_("Escribí el texto."))])
    type_id = SelectField(_("Para qué campañas"), choices=[])

    def spec(self) -> QuickTextSpec:
        return QuickTextSpec(
            name=self.name.data or "",
            body=self.body.data or "",
            type_id=int(self.type_id.data) if self.type_id.data else None,
        )


class ScriptForm(FlaskForm):
    body = TextAreaField(_("Guion"))


def problem_said(error: CatalogueRefused, *, longest: int) -> str:
    """The sentence beside the text."""
    if error.problem == "missing":
        return _("Escribí el texto.")
    if error.problem == "long":
        return _("Es demasiado largo: hasta %(n)s caracteres.") % {"n": longest}
    if error.problem == "names":
        return _("No conocemos %(what)s: usá uno de los nombres de la lista.") % {
            "what": error.other or ""
        }
    return _("No se puede así.")


def names_said(more: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """What may stand in braces, and what comes in its place."""
    return [(name, said_of(field)) for name, field in offered_names(more).items()]
