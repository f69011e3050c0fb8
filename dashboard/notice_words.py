"""The banner of a campaign's page: what a person has to know before its figures."""

from dataclasses import dataclass

from campaigns.holding import PAUSED
from campaigns.progress_head import Head, Standing
from campaigns.progress_parts import Account, Part
from campaigns.restoring import HOLD_REASON
from dashboard import formats
from dashboard.language import _
from dashboard.reason_words import WAITS, hold_reason


@dataclass(frozen=True, slots=True)
class Notice:
    """The banner above the figures."""

    tone: str
    title: str
    text: str


def notice(head: Head, standing: Standing, account: Account) -> Notice | None:
    """What a person has to know before the figures; None while all goes as it should."""
    queued = formats.number(account.parts.get(Part.QUEUED, 0))
    match standing:
        case Standing.HELD if head.hold is not None and head.hold.reason in WAITS:
            title, why = WAITS[head.hold.reason]
            going_on = _("Quedan %(queued)s en cola y siguen solos.") % {"queued": queued}
            return Notice("warn", title, f"{why}. {going_on}")
        case Standing.HELD if head.hold is not None and head.hold.reason == HOLD_REASON:
            return Notice(
                "warn",
                _("En espera: se restauró una copia de seguridad"),
                _(
                    "No sale nada hasta conciliar con WhatsApp qué se envió desde entonces, para "
                    "no escribirle dos veces a nadie. Quedan %(queued)s en cola y siguen solos."
                )
                % {"queued": queued},
            )
        case Standing.HELD if head.hold is not None and head.hold.reason.startswith(PAUSED):
            return Notice(
                "warn",
                _("En espera: WhatsApp pausó la plantilla"),
                _("Quedan %(queued)s en cola y siguen solos cuando WhatsApp la reactive.")
                % {"queued": queued},
            )
        case Standing.HELD if head.hold is not None:
            return Notice(
                "warn",
                _("En espera: la línea está detenida")
                if head.hold.of_line
                else _("En espera: la plantilla no se puede enviar"),
                _("%(why)s. Quedan %(queued)s en cola y siguen cuando una persona lo libere.")
                % {"why": hold_reason(head.hold).rstrip("."), "queued": queued},
            )
        case Standing.STUCK:
            return Notice(
                "error",
                _("No sale ningún mensaje desde hace más de 5 minutos"),
                _(
                    "Hay %(queued)s en cola y la línea está libre. Puede que los procesos de envío"
                    " estén detenidos: avisale a quien administra el sistema."
                )
                % {"queued": queued},
            )
        case Standing.PAUSED:
            return Notice(
                "warn",
                _("En pausa: quedan %(queued)s") % {"queued": queued},
                _("No sale nada más hasta que la reanudes. Las respuestas siguen llegando."),
            )
        case Standing.CANCELLED if head.launched_at is None:
            return Notice(
                "info", _("Campaña cancelada"), _("No llegó a lanzarse: no le escribió a nadie.")
            )
        case Standing.CANCELLED:
            return Notice(
                "info",
                _("Campaña cancelada"),
                _("Lo que no había salido no se envía. Las respuestas se siguen atendiendo."),
            )
        case Standing.FINISHED:
            return Notice(
                "ok",
                _("Campaña finalizada"),
                _("Las cifras de envío ya no cambian; una respuesta tardía igual se cuenta."),
            )
        case Standing.DRAFT if head.refused:
            return Notice(
                "error",
                _("No se pudo lanzar a su hora"),
                _("Volvió a borrador: revisá lo que le falta y programala otra vez."),
            )
    return None
