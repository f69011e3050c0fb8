"""The forms of an import: the file, and what it is to be read as."""

from flask_wtf import FlaskForm
from wtforms import FileField, RadioField, StringField
from wtforms.validators import Length, Optional, Regexp

from dashboard.language import _
from models.audit import ImportKind


class UploadForm(FlaskForm):
    kind = RadioField(
        _("Qué trae el archivo"),
        choices=[
            (ImportKind.SUBSCRIPTIONS.value, _("Suscripciones (con o sin sus cupones)")),
            (ImportKind.COUPONS.value, _("Sólo cupones de suscripciones ya cargadas")),
        ],
        default=ImportKind.SUBSCRIPTIONS.value,
    )
    file = FileField(_("Archivo"))


class SetupForm(FlaskForm):
    default_area = StringField(
        _("Código de área"),
        validators=[
            Optional(),
            Regexp(r"\s*0?[1-9][0-9]{1,3}\s*\Z", message=_("Son de 2 a 4 números: 11, 351, 2966.")),
        ],
    )
    administrator = StringField(
        _("Administradora"),
        validators=[Optional(), Length(max=200, message=_("Tiene más de 200 caracteres."))],
    )

    @property
    def area(self) -> str | None:
        return (self.default_area.data or "").strip().lstrip("0") or None

    @property
    def whose(self) -> str | None:
        return " ".join((self.administrator.data or "").split()) or None
