"""The form of a campaign's fourth step."""

from wtforms import Field, SelectField
from wtforms.validators import ValidationError

from campaigns.sending_hours import SendingHours
from dashboard.campaign_words import IN_DOUBT
from dashboard.forms.campaign_edit import ChoicesField, OneOfField, values_of
from dashboard.forms.hours import GIVEN, OWN, HoursForm
from dashboard.hours_words import span_said
from dashboard.inputs import DayField, MomentField, not_past
from dashboard.language import _
from models.campaign import UncertainPolicy
from runtime.wiring import current_runtime

NOW, LATER = "now", "later"


class TeamForm(HoursForm):
    """Step 4: who answers, and when and from where it is sent."""

    operators = ChoicesField(_("Operadores"), coerce=int)
    line_id = SelectField(_("Línea de WhatsApp"), coerce=int, validate_choice=False)
    when = OneOfField(
        _("Cuándo empieza"),
        default=NOW,
        choices=[(NOW, _("Al lanzarla")), (LATER, _("Programada"))],
    )
    starts_at = MomentField(_("Día y hora"))
    ends_on = DayField(
        _("Fecha de cierre"), validators=[not_past(_("Esa fecha ya pasó: elegí otra."))]
    )
    hours = OneOfField(
        _("Horario de envío"),
        default=GIVEN,
        choices=[(GIVEN, _("El de la línea")), (OWN, _("Uno más corto, solo para esta campaña"))],
    )
    when_uncertain = OneOfField(
        _("Cuando no se sabe si un mensaje salió"),
        default=UncertainPolicy.SETTLE.value,
        choices=[(policy.value, title) for policy, (title, _hint) in IN_DOUBT.items()],
    )

    def validate_line_id(self, field: Field) -> None:
        if str(field.data) not in values_of(field):
            raise ValidationError(_("Elegí una línea."))

    def validate_starts_at(self, field: Field) -> None:
        if self.when.data != LATER or field.errors:
            return
        if field.data is None:
            raise ValidationError(_("Escribí cuándo empieza, por ejemplo «mañana 10:00»."))
        if field.data <= current_runtime().now():
            raise ValidationError(_("Esa hora ya pasó."))

    def validate_ends_on(self, field: Field) -> None:
        start = self.starts_at.data if self.when.data == LATER else None
        if field.data is None or start is None:
            return
        if field.data < start.astimezone(current_runtime().settings.timezone).date():
            raise ValidationError(_("La campaña terminaría antes de empezar."))

    def keeps_within(self, line: SendingHours, *, kept: SendingHours | None) -> bool:
        """Whether it writes only when its ``line`` may; else the reason is beside the day.

        What it has already, ``kept``, may stay: who may do anything gave it longer hours.
        """
        own = self.chosen()
        if own is None or own == kept:
            return True
        wrong = [self.days()[place] for place in own.beyond(line)]
        for day in wrong:
            most = line.days[self.days().index(day)]
            day.errors = [
                _("Ese día la línea no envía: dejalo vacío.")
                if most is None
                else _("La línea envía de %(hours)s: tiene que caber ahí.")
                % {"hours": span_said(most)}
            ]
        if own.on_holidays and not line.on_holidays:
            self.on_holidays.errors = [_("La línea no envía en feriados.")]
        return not wrong and not self.on_holidays.errors
