"""Why somebody got nothing, and what a line or a campaign waits for; what can be done about it."""

import re
from dataclasses import dataclass

from campaigns.brakes import Brake
from campaigns.guards import FATIGUE, PAIR_LIMIT, QUIET_HOURS, QUOTA, TRIED_LATER
from campaigns.progress_head import Hold
from dashboard.language import _
from messaging.provider import Fault
from messaging.twilio.error_codes import CodeMeaning, meaning_of


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody did not get it: in words, what becomes of it, and what can be done."""

    text: str
    remedy: str
    is_ours_to_mend: bool = False  # a datum can be corrected for the next campaign


_OURS: dict[str, Reason] = {
    "no_valid_phone": Reason(
        _("No tiene un celular válido"), _("corregí el teléfono"), is_ours_to_mend=True
    ),
    "opted_out": Reason(_("Pidió no recibir mensajes"), _("no se reintenta")),
    "opt_out": Reason(_("Pidió la baja antes del envío"), _("no se reintenta")),
    "coupon_not_payable": Reason(_("El cupón ya no se puede pagar"), _("por regla")),
    "missing_variable": Reason(
        _("Le falta un dato de la plantilla"), _("completá el dato"), is_ours_to_mend=True
    ),
    "in_other_campaign": Reason(_("Está en otra campaña en curso"), _("por regla")),
    "contacted_recently": Reason(_("Se lo contactó hace poco"), _("por regla")),
    "phone_already_in_campaign": Reason(
        _("Su celular ya recibió un mensaje de esta campaña"), _("por regla")
    ),
    "covered_by": Reason(_("Va incluida en el mensaje de otra suscripción"), _("por regla")),
    "night_is_over": Reason(
        _("No salió antes de que abriera el horario: ya había quien lo atienda"), _("por regla")
    ),
    "arrived_late": Reason(_("El mensaje que había fallado llegó después"), _("por regla")),
    "result": Reason(_("Un resultado hizo que ya no correspondiera"), _("por regla")),
    "promise_settled": Reason(
        _("La promesa que recordaba ya se cumplió o se corrigió"), _("por regla")
    ),
    "campaign_cancelled": Reason(_("La campaña se canceló antes"), _("no se reintenta")),
    "campaign_finished": Reason(_("La campaña se finalizó antes"), _("no se reintenta")),
    "decided": Reason(_("Una persona decidió que no se envíe"), _("no se reintenta")),
    "not_planned": Reason(_("La campaña terminó antes de prepararlo"), _("no se reintenta")),
    "tried_too_often": Reason(
        _("WhatsApp no lo aceptó después de varios intentos"), _("se puede reintentar")
    ),
}

_REMEDIES: dict[Fault, str] = {
    Fault.RETRY: _("se puede reintentar"),
    Fault.SLOW_DOWN: _("se puede reintentar más tarde"),
    Fault.OPT_OUT: _("no se reintenta"),
    Fault.TEMPLATE: _("revisá la plantilla"),
    Fault.ACCOUNT: _("revisá la línea y reintentá"),
    Fault.WINDOW: _("hay que usar una plantilla"),
}


def reason(why: str) -> Reason:
    """A word of ours, or the provider's error code."""
    if why in _OURS:
        return _OURS[why]
    meaning = meaning_of(int(why)) if why.isdecimal() else None
    if meaning is None:
        if not why.isdecimal():
            return Reason(_("Sin motivo informado"), _("no se reintenta"))
        shown = _("WhatsApp lo rechazó con un código que no conocemos: %(code)s") % {"code": why}
        return Reason(shown, _("no se reintenta: avisale a quien administra el sistema"))
    if meaning.bad_address:
        return Reason(meaning.text, _("corregí el teléfono y reintentá"), is_ours_to_mend=True)
    return Reason(meaning.text, _REMEDIES.get(meaning.fault, _("no se reintenta")))


_CODE = re.compile(r"^(\d{5})\b")

WAITS: dict[str, tuple[str, str]] = {
    QUIET_HOURS: (
        _("En espera: fuera de horario"),
        _("Es de noche, fin de semana o feriado donde están los destinatarios"),
    ),
    QUOTA: (
        _("En espera: se alcanzó el cupo de WhatsApp"),
        _("Ya se escribió a todas las personas nuevas que WhatsApp permite en 24 horas"),
    ),
    FATIGUE: (
        _("En espera: ya recibieron demasiados mensajes"),
        _("A quienes faltan ya se les escribió varias veces esta semana y no respondieron"),
    ),
    PAIR_LIMIT: (
        _("En espera: recién se les escribió"),
        _("WhatsApp pide unos segundos entre dos mensajes a la misma persona"),
    ),
    TRIED_LATER: (
        _("En espera: se reintenta más tarde"),
        _("A quienes faltan no se les pudo entregar por algo pasajero"),
    ),
    Brake.NO_ANSWER: (
        _("En espera: no hay conexión con WhatsApp"),
        _("Los últimos envíos quedaron sin respuesta; se prueba de nuevo cada pocos minutos"),
    ),
    Brake.THROTTLED: (
        _("En espera: WhatsApp pide ir más despacio"),
        _("Rechazó los últimos envíos por ir demasiado rápido; se prueba de nuevo enseguida"),
    ),
    Brake.TOO_FAST: (
        _("En espera: la línea pasó su ritmo o su cupo"),
        _("WhatsApp rechaza los mensajes de esta línea por ahora; las respuestas sí salen"),
    ),
}
"""What a campaign waits for by itself: the title, and why."""


def hold_reason(hold: Hold) -> str:
    """In words where the code is known, else as the provider put it."""
    return why_held(hold.reason)


def why_held(reason: str) -> str:
    """The same of a bare reason, a line's say."""
    if reason in WAITS:
        return WAITS[reason][1]
    found = _CODE.match(reason)
    meaning: CodeMeaning | None = meaning_of(int(found.group(1))) if found else None
    return meaning.text if meaning else reason
