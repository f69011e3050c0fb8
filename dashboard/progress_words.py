"""What the pages of a campaign call its standing, its parts, its cases and its results."""

from campaigns.progress_head import Standing
from campaigns.progress_parts import BAR, Account, Missed, Part
from campaigns.progress_team import ResultCount
from campaigns.result_choices import KindChoice
from dashboard import formats
from dashboard.language import _
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
