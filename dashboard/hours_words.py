"""Sending hours in words: «lunes a viernes de 9:00 a 20:00, sábado de 9:00 a 13:00»."""

from itertools import groupby

from campaigns.sending_hours import ALWAYS, Hours, SendingHours
from dashboard.language import _

_DAYS = (
    _("lunes"), _("martes"), _("miércoles"), _("jueves"), _("viernes"), _("sábado"), _("domingo"),
)  # fmt: skip


def hours_said(hours: SendingHours) -> str:
    if hours == ALWAYS:
        return _("todos los días, a toda hora")
    parts = []
    for span, run in groupby(enumerate(hours.days), key=lambda each: each[1]):
        if span is None:
            continue
        days = [_DAYS[place] for place, _span in run]
        which = days[0] if len(days) == 1 else f"{days[0]} {_('a')} {days[-1]}"
        parts.append(
            _("%(days)s de %(from)s a %(to)s")
            % {"days": which, "from": _clock(span[0]), "to": _clock(span[1])}
        )
    return ", ".join(parts)


def whole_hours_said(hours: SendingHours) -> str:
    """With what becomes of holidays."""
    if hours == ALWAYS:
        return hours_said(hours)
    holidays = _("feriados también") if hours.on_holidays else _("feriados no")
    return f"{hours_said(hours)}; {holidays}"


def span_said(span: Hours) -> str:
    """``9:00 a 20:00``."""
    return _("%(from)s a %(to)s") % {"from": _clock(span[0]), "to": _clock(span[1])}


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
