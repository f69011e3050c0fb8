"""Who did what to a campaign, as its timeline tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.activity import Act
from campaigns.progress_head import Hold
from dashboard import formats
from dashboard.campaign_words import PRIORITIES
from dashboard.language import _, ngettext
from dashboard.reason_words import hold_reason


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
            words = ngettext(": %(n)s fila de %(what)s", ": %(n)s filas de %(what)s", n)
            return words % {"n": formats.number(n), "what": named}
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
