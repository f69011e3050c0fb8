"""What the page of unconfirmed messages says: why it waits, what was tried, what may be decided."""

from campaigns.review import Decision, Told, Try
from dashboard.language import _
from messaging.twilio.error_codes import meaning_of
from models.message import AttemptOutcome

DECISIONS: dict[Decision, tuple[str, str, str]] = {
    Decision.ACCEPTED: (_("Salió"), "check", _("Cuenta como enviado y no se repite.")),
    Decision.CANCELLED: (_("No enviarlo"), "circle-x", _("No se repite, haya salido o no.")),
    Decision.PLANNED: (
        _("Enviarlo de nuevo"),
        "send",
        _("Si el primero salió, la persona lo recibe dos veces."),
    ),
}
"""Word, icon, and what it entails."""

DONE: dict[Decision, str] = {
    Decision.ACCEPTED: _("Anotado: cuenta como enviado."),
    Decision.CANCELLED: _("Anotado: no se envía."),
    Decision.PLANNED: _("Vuelve a la cola: sale en su turno."),
}

_WHY = {
    "several_at_the_provider": _("Twilio muestra varios mensajes que pueden ser este"),
    "listing_impossible": _("No se pudo consultar a Twilio durante un día"),
    "restored": _("Se restauró una copia, y lo que Twilio muestra puede ser este mensaje u otro"),
    "never_repeat": _("Twilio no lo muestra, y la campaña pide no repetir sin preguntar"),
}

_OUTCOMES = {
    AttemptOutcome.ACCEPTED: _("Twilio lo tomó"),
    AttemptOutcome.NOT_SENT: _("No llegó a salir"),
    AttemptOutcome.REJECTED: _("Twilio lo rechazó"),
    AttemptOutcome.UNKNOWN: _("Sin respuesta clara"),
    AttemptOutcome.ABSENT: _("No aparece en Twilio"),
}

_STATUSES = {
    "queued": _("en cola"),
    "sending": _("enviando"),
    "sent": _("enviado"),
    "delivered": _("entregado"),
    "read": _("leído"),
    "failed": _("falló"),
    "undelivered": _("no entregado"),
    "canceled": _("cancelado"),
}


def why(reason: str | None) -> str:
    return _WHY.get(reason or "", _("Nadie confirmó si salió"))


def outcome(one: Try) -> str:
    return _OUTCOMES[one.outcome] if one.outcome else _("Sin respuesta")


def answer(one: Try) -> str:
    """What came back over the wire: status, code in words, and the provider's own words."""
    meaning = meaning_of(one.error_code)
    parts = [
        f"HTTP {one.http_status}" if one.http_status else "",
        meaning.text if meaning else str(one.error_code or ""),
        one.detail or "",
    ]
    return " · ".join(filter(None, parts))


def told(one: Told) -> str:
    """A status in words, with its error and whether we had to ask."""
    said = _STATUSES.get(one.status, one.status)
    if one.error_code and one.error_code.isdecimal():
        meaning = meaning_of(int(one.error_code))
        said += f": {meaning.text if meaning else one.error_code}"
    return said + (_(" (lo preguntamos)") if one.is_polled else "")
