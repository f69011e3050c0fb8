"""What the page of a campaign says: its standing, its parts, why some got nothing, who did what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.activity import Act
from campaigns.brakes import Brake
from campaigns.guards import FATIGUE, PAIR_LIMIT, QUIET_HOURS, QUOTA, TRIED_LATER
from campaigns.holding import PAUSED
from campaigns.progress_head import Head, Hold, Standing
from campaigns.progress_parts import BAR, Account, Missed, Part
from campaigns.progress_team import ResultCount
from campaigns.restoring import HOLD_REASON
from campaigns.result_choices import KindChoice
from dashboard import formats
from dashboard.campaign_words import PRIORITIES
from dashboard.language import _, ngettext
from messaging.provider import Fault
from messaging.twilio.error_codes import CodeMeaning, meaning_of
from models.message import Basis
from models.states import CaseState, MessageState

STANDINGS: dict[Standing, tuple[str, str]] = {
    Standing.DRAFT: (_("Borrador"), "neutral"),
    Standing.SCHEDULED: (_("Programada"), "violet"),
    Standing.PLANNING: (_("Preparando envíos"), "info"),
    Standing.RUNNING: (_("En curso"), "info"),
    Standing.DRAINED: (_("En curso, todo enviado"), "info"),
    Standing.HELD: (_("En espera"), "warn"),
    Standing.STUCK: (_("Trabada"), "error"),
    Standing.PAUSED: (_("Pausada"), "warn"),
    Standing.FINISHED: (_("Finalizada"), "ok"),
    Standing.CANCELLED: (_("Cancelada"), "error"),
    Standing.ARCHIVED: (_("Archivada"), "neutral"),
}
"""Word and tone of the pill."""

PARTS: dict[Part, str] = {
    Part.REPLIED: _("Respondieron"),
    Part.READ: _("Leyeron"),
    Part.DELIVERED: _("Recibieron"),
    Part.SENT: _("Enviados"),
    Part.UNSURE: _("Sin confirmar"),
    Part.FAILED: _("Fallidos"),
    Part.QUEUED: _("En cola"),
    Part.UNSENT: _("No se enviaron"),
}

ONE_MESSAGE: dict[Part, tuple[str, str]] = {
    Part.REPLIED: (_("Respondió"), "violet"),
    Part.READ: (_("Leído"), "info"),
    Part.DELIVERED: (_("Entregado"), "info"),
    Part.SENT: (_("Enviado"), "neutral"),
    Part.UNSURE: (_("Sin confirmar"), "warn"),
    Part.FAILED: (_("Falló"), "error"),
    Part.QUEUED: (_("En cola"), "neutral"),
    Part.UNSENT: (_("No se envió"), "neutral"),
}

GROUPS: dict[str, str] = {
    **{part.value: text for part, text in PARTS.items()},
    "left": _("Todos los que salieron"),
    "arrived": _("Entregados"),
    "seen": _("Leídos"),
    "missed": _("No lo recibieron"),
}
"""What the list of cases may be narrowed to, by the word in its address."""

CASE_STATES: dict[CaseState, tuple[str, str]] = {
    CaseState.PENDING: (_("Pendiente"), "neutral"),
    CaseState.IN_PROGRESS: (_("En proceso"), "info"),
    CaseState.SCHEDULED: (_("Programada"), "violet"),
    CaseState.FINISHED: (_("Finalizada"), "ok"),
}

CASE_FILTERS: dict[str, str] = {
    "waiting": _("Sin gestionar: esperan respuesta"),
    "handled": _("Respondieron y están gestionadas"),
    "open": _("Abiertas"),
    **{state.value: text for state, (text, _tone) in CASE_STATES.items()},
}

BASES: dict[Basis, str] = {
    Basis.PAYLOAD: _("por el botón"),
    Basis.QUOTED: _("por la cita"),
    Basis.COUPON: _("por el cupón"),
    Basis.SINGLE: _("única consulta abierta"),
    Basis.AMBIGUOUS: _("dudosa"),
    Basis.UNSOLICITED: _("no responde a nada"),
    Basis.PERSON: _("lo dijo una persona"),
}


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


def missed_part(missed: Missed) -> str:
    return ONE_MESSAGE[missed.part][0]


def case_message(part: Part | None, state: MessageState | None) -> tuple[str, str]:
    """Of a row of the list: word and tone."""
    if part is None:
        return _("Sin mensaje"), "neutral"
    if state is MessageState.REVIEW:
        return _("A revisar"), "warn"
    return ONE_MESSAGE[part]


def bar_summary(account: Account) -> str:
    """The bar in words, for who does not see it."""
    said = [
        f"{PARTS[part]}: {formats.number(account.parts[part])}"
        for part in BAR
        if account.parts.get(part)
    ]
    return ", ".join(said) or _("Todavía no hay mensajes")


def bar_parts(account: Account) -> list[tuple[str, int, str, None]]:
    """As the bar draws it, without links."""
    return [(PARTS[part], account.parts.get(part, 0), part.value, None) for part in BAR]


def result_tone(kind: ResultCount | KindChoice) -> str:
    """Green ends well, blue was a contact, amber was none; what ended without one is grey."""
    if kind.is_effective:
        return "ok" if kind.closes_case else "info"
    return "neutral" if kind.closes_case else "warn"


@dataclass(frozen=True, slots=True)
class Notice:
    """The banner above the figures."""

    tone: str
    title: str
    text: str


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


@dataclass(frozen=True, slots=True)
class Deed:
    """An act as the timeline tells it."""

    icon: str
    tone: str | None
    text: str


_DEEDS: dict[str, Deed] = {
    "campaign.create": Deed("plus", None, _("creó la campaña")),
    "campaign.launch": Deed("send", "info", _("lanzó la campaña")),
    "campaign.scheduled": Deed("calendar-clock", "violet", _("programó el lanzamiento")),
    "campaign.draft": Deed("undo-2", None, _("la volvió a borrador")),
    "campaign.paused": Deed("pause", "warn", _("pausó los envíos")),
    "campaign.running": Deed("play", "info", _("reanudó los envíos")),
    "campaign.finished": Deed("flag", "ok", _("finalizó la campaña")),
    "campaign.cancelled": Deed("circle-x", "error", _("canceló la campaña")),
    "campaign.archived": Deed("archive", None, _("archivó la campaña")),
    "campaign.hold": Deed("triangle-alert", "warn", _("dejó los envíos en espera")),
    "campaign.stalled": Deed("triangle-alert", "error", _("vio que no sale ningún mensaje")),
    "campaign.moves_again": Deed("play", "info", _("vio que los envíos volvieron a salir")),
    "campaign.reviewed": Deed("circle-check", "info", _("decidió sobre un mensaje sin confirmar")),
    "campaign.doubled": Deed(
        "triangle-alert", "error", _("vio un mensaje que puede haber llegado dos veces")
    ),
    "campaign.retry": Deed("rotate-ccw", "info", _("reintentó los que fallaron")),
    "campaign.release": Deed("play", "info", _("liberó los envíos en espera")),
    "campaign.audience_changed": Deed("users", None, _("ajustó la audiencia")),
    "campaign.operators": Deed("user-plus", None, _("cambió el equipo")),
    "campaign.priority": Deed("signal", None, _("cambió la prioridad")),
    "campaign.bulk_send": Deed("send", "info", _("envió una plantilla a una selección")),
    "campaign.follow_up": Deed("calendar-clock", None, _("cambió recordatorios y límites")),
    "campaign.export": Deed("download", None, _("exportó un listado")),
}


def deed(act: Act) -> Deed:
    """What somebody did, with what its details add."""
    found = _DEEDS.get(act.action) or Deed(
        "circle-dot", None, _("registró «%(act)s»") % {"act": act.action}
    )
    more = _more(act.action, act.details)
    return Deed(found.icon, found.tone, f"{found.text}{more}")


def _more(action: str, details: Mapping[str, Any]) -> str:
    match action:
        case "campaign.launch":
            n = int(details.get("audience") or 0)
            words = ngettext(": %(n)s suscripción", ": %(n)s suscripciones", n)
            return words % {"n": formats.number(n)}
        case "campaign.bulk_send":
            n = int(details.get("count") or 0)
            words = ngettext(": %(n)s consulta", ": %(n)s consultas", n)
            return words % {"n": formats.number(n)}
        case "campaign.retry":
            n = int(details.get("count") or 0)
            words = ngettext(": %(n)s mensaje", ": %(n)s mensajes", n)
            return words % {"n": formats.number(n)}
        case "campaign.running" if details.get("was") in ("finished", "archived"):
            return _(": la reabrió, sin enviar nada más")
        case "campaign.create" if details.get("copy_of"):
            return _(", copia de otra")
        case "campaign.priority":
            was, now = details.get("was"), details.get("now")
            return _(" de %(was)s a %(now)s") % {
                "was": PRIORITIES.get(was or 0, "?").lower(),
                "now": PRIORITIES.get(now or 0, "?").lower(),
            }
        case "campaign.operators":
            return _team_change(details)
        case "campaign.audience_changed":
            return _(" de %(was)s a %(now)s: los datos cambiaron mientras se preparaba") % {
                "was": formats.number(details.get("was") or 0),
                "now": formats.number(details.get("now") or 0),
            }
        case "campaign.hold" | "campaign.release":
            said = str(details.get("reason") or details.get("held_for") or "")
            hold = Hold(reason=said, since=None, of_line=False)
            return f": {hold_reason(hold)}" if said else ""
        case "campaign.export":
            n = int(details.get("rows") or 0)
            what = {"cases": _("consultas"), "results": _("gestiones")}
            named = what.get(str(details.get("what")), _("los no enviados"))
            return _(": %(n)s filas de %(what)s") % {"n": formats.number(n), "what": named}
    return ""


def _team_change(details: Mapping[str, Any]) -> str:
    said = []
    if added := details.get("added"):
        said.append(_("sumó a %(names)s") % {"names": ", ".join(added)})
    if removed := details.get("removed"):
        said.append(_("sacó a %(names)s") % {"names": ", ".join(removed)})
    if released := details.get("released"):
        words = ngettext(
            "%(n)s consulta volvió a Sin asignar",
            "%(n)s consultas volvieron a Sin asignar",
            released,
        )
        said.append(words % {"n": formats.number(released)})
    return f": {'; '.join(said)}" if said else ""
