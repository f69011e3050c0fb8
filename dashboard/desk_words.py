"""What the desk says of messages, ties and results: their states in a person's words."""

from datetime import datetime
from typing import TypeGuard
from zoneinfo import ZoneInfo

from campaigns.desk_card import CaseHead
from campaigns.desk_history import HistoryLine
from campaigns.desk_suggestion import DeskSuggestion
from campaigns.desk_templates import TemplateOffer
from campaigns.desk_thread import ThreadMessage, TieLine
from campaigns.figures import Figures
from dashboard import formats, words
from dashboard.bubbles import Bubble, BubbleButton, Side, Tick
from dashboard.desk_ways import WAYS
from dashboard.language import _, ngettext
from messaging.provider import Fault
from messaging.templates import field_of
from messaging.twilio.error_codes import meaning_of
from models.case import Channel
from models.message import Basis, Cause, Confidence
from models.states import CaseState, CouponState, MessageState, SubscriptionState

_TICKS: dict[MessageState, Tick] = {
    MessageState.PLANNED: Tick.WAITING,
    MessageState.CLAIMED: Tick.WAITING,
    MessageState.SENDING: Tick.WAITING,
    MessageState.ACCEPTED: Tick.SENT,
    MessageState.SENT: Tick.SENT,
    MessageState.DELIVERED: Tick.DELIVERED,
    MessageState.READ: Tick.READ,
    MessageState.FAILED: Tick.FAILED,
    MessageState.UNDELIVERED: Tick.FAILED,
    MessageState.CANCELLED: Tick.FAILED,
    MessageState.SKIPPED: Tick.FAILED,
    MessageState.UNCERTAIN: Tick.UNSURE,
    MessageState.REVIEW: Tick.UNSURE,
}


def tick_of(message: ThreadMessage) -> tuple[Tick | None, str | None]:
    """How far an outbound message got, and the word for it."""
    tick = None if message.is_inbound else _TICKS.get(message.state)
    said = {
        Tick.WAITING: _("En cola"),
        Tick.SENT: _("Enviado"),
        Tick.DELIVERED: _("Entregado"),
        Tick.READ: _("Leído"),
        Tick.FAILED: _("Falló"),
        Tick.UNSURE: _("Sin confirmar"),
    }
    return tick, said[tick] if tick else None


def problem_of(message: ThreadMessage) -> str | None:
    """Why it did not arrive and what can be done; None if it did."""
    if message.is_inbound:
        return None
    if message.state in (MessageState.UNCERTAIN, MessageState.REVIEW):
        return _("WhatsApp no confirmó si salió: lo estamos averiguando. No lo repitas todavía.")
    if message.state is MessageState.CANCELLED:
        why = words.REASONS.get(message.reason or "", message.reason or "")
        return _("No se envió: %(why)s.") % {"why": why or _("se canceló")}
    if message.state not in (MessageState.FAILED, MessageState.UNDELIVERED):
        return None
    meaning = meaning_of(message.error_code)
    fault = meaning.fault if meaning else None
    cause = meaning.text if meaning else words.REASONS.get(message.reason or "")
    remedies = {
        Fault.RETRY: _("Probá de nuevo en unos minutos."),
        Fault.SLOW_DOWN: _("Probá de nuevo en unas horas."),
        Fault.PERMANENT: _("No se reintenta: probá por otro teléfono o por llamada."),
        Fault.TEMPLATE: _("Elegí otra plantilla."),
        Fault.ACCOUNT: _("Avisá a tu supervisor: la línea tiene un problema."),
        Fault.OPT_OUT: _("No se le puede escribir."),
        Fault.WINDOW: _("Enviá una plantilla."),
    }
    remedy = remedies.get(fault) if fault else None
    parts = [cause or _("WhatsApp no lo entregó"), remedy or _("Probá de nuevo o por llamada.")]
    return f"{parts[0].rstrip('.')}. {parts[1]}"


def author_of(message: ThreadMessage) -> str | None:
    """Who wrote one of ours: a person, the campaign, the system."""
    if message.is_inbound:
        return None
    if message.author:
        return message.author
    if message.cause in (Cause.CAMPAIGN, Cause.REMINDER):
        return message.campaign or _("Campaña")
    if message.cause is Cause.RECOVERED:
        return _("Recuperado de WhatsApp tras restaurar una copia")
    return _("Respuesta automática") if message.cause is Cause.AUTOMATIC else None


def settled(figures: Figures) -> str:
    """Why fewer are overdue than the file said."""
    return ngettext(
        "La planilla decía %(told)s en mora; después se pagó %(n)s.",
        "La planilla decía %(told)s en mora; después se pagaron %(n)s.",
        figures.settled_since,
    ) % {"told": figures.told_overdue, "n": figures.settled_since}


def text_said(text: str) -> str:
    """What `desk_rows.said` gave of a message: of one without words, what it is."""
    return kind_said(text[1:-1]) if text.startswith("[") and text.endswith("]") else text


def kind_said(kind: str) -> str:
    """Of a message without words."""
    return {
        "image": _("Foto"),
        "audio": _("Audio"),
        "video": _("Video"),
        "document": _("Documento"),
        "location": _("Ubicación"),
        "sticker": _("Sticker"),
        "contacts": _("Contacto"),
    }.get(kind, _("Mensaje sin texto"))


def how_we_know(tie: TieLine) -> str:
    """The basis of a tie, as it stands behind «Responde a …»."""
    if tie.basis is Basis.PERSON:
        return _("lo indicó %(who)s") % {"who": tie.by or _("una persona")}
    return {
        Basis.PAYLOAD: _("por el botón"),
        Basis.QUOTED: _("por el mensaje que cita"),
        Basis.COUPON: _("por el link del cupón"),
        Basis.SINGLE: _("única consulta abierta"),
        Basis.AMBIGUOUS: _("la más probable"),
        Basis.UNSOLICITED: _("no responde a ninguna campaña"),
    }[tie.basis]


def is_doubtful(tie: TieLine) -> bool:
    return tie.confidence is Confidence.LOW


def case_state(state: CaseState) -> tuple[str, str]:
    """The word and its tone."""
    return {
        CaseState.PENDING: (_("Pendiente"), "warn"),
        CaseState.IN_PROGRESS: (_("En proceso"), "info"),
        CaseState.SCHEDULED: (_("Programada"), "violet"),
        CaseState.FINISHED: (_("Finalizada"), "ok"),
    }[state]


def coupon_state(state: CouponState) -> tuple[str, str]:
    return {
        CouponState.ISSUED: (_("Sin enviar"), "neutral"),
        CouponState.SENT: (_("Enviado"), "info"),
        CouponState.OPENED: (_("Lo abrió"), "info"),
        CouponState.RECEIPT_RECEIVED: (_("Mandó comprobante"), "violet"),
        CouponState.PAID: (_("Pagado"), "ok"),
        CouponState.EXPIRED: (_("Vencido"), "error"),
        CouponState.VOID: (_("Anulado"), "neutral"),
    }[state]


def subscription_state(state: SubscriptionState) -> str:
    return {
        SubscriptionState.ACTIVE: _("activa"),
        SubscriptionState.AWARDED: _("adjudicada"),
        SubscriptionState.DELIVERED: _("entregada"),
        SubscriptionState.COMPLETED: _("completa"),
        SubscriptionState.RESIGNED: _("renunciada"),
        SubscriptionState.RESCINDED: _("rescindida"),
    }[state]


def value_said(line: HistoryLine) -> str:
    """The typed value of a result: «vie 27 nov · $ 50.000,00»."""
    parts = []
    if line.value_date is not None:
        parts.append(formats.short_day(line.value_date))
    if line.amount is not None and line.currency is not None:
        parts.append(formats.money(line.amount, line.currency))
    if line.value_integer is not None:
        parts.append(str(line.value_integer))
    if line.value_text:
        parts.append(line.value_text)
    return " · ".join(parts)


def value_suggested(suggestion: DeskSuggestion) -> str:
    """«vie 27 nov · $ 50.000,00»; of a text nothing, as its words are quoted beside it."""
    parts = []
    if suggestion.day is not None:
        parts.append(formats.short_day(suggestion.day))
    if suggestion.amount is not None:
        parts.append(formats.money(suggestion.amount, "ARS"))
    if suggestion.number is not None:
        parts.append(str(suggestion.number))
    return " · ".join(parts)


def suggested_fields(suggestion: DeskSuggestion) -> dict[str, str]:
    """What the form holds when the suggestion is used, as if it had been typed."""
    given = {
        "result": suggestion.option.id,
        "day": suggestion.day,
        "amount": suggestion.amount,
        "number": suggestion.number,
        "text": suggestion.text,
        "suggested": suggestion.message_id,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def was_used(suggestion: DeskSuggestion | None, said: str | None) -> TypeGuard[DeskSuggestion]:
    """Whether a form was filled from this suggestion."""
    return suggestion is not None and said == str(suggestion.message_id)


def procedure_state(line: HistoryLine, *, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """The word and its tone: whether it was seen to, by whom and when."""
    if line.done_at is None:
        return _("Abierto"), "warn"
    when = formats.moment(line.done_at, now=now, zone=zone).short
    return " · ".join(filter(None, (_("Hecho"), line.done_by, when))), "ok"


def who_recorded(line: HistoryLine) -> str:
    if line.by:
        way = f"{line.channel}:{line.began}" if line.began else line.channel.value
        return f"{line.by} · {WAYS[way].lower()}" if line.began and way in WAYS else line.by
    how = {Channel.COUPON_PAGE: _("página del cupón"), Channel.WHATSAPP: _("botón")}
    return _("Sistema") + (f" · {how[line.channel]}" if line.channel in how else "")


def why_silent(head: CaseHead, *, now: datetime, zone: ZoneInfo) -> tuple[str, str] | None:
    """Why free text may not be written now: (title, what to do); None if it may."""
    if head.talk is None:
        return (
            _("No hay a dónde escribir"),
            _("Este cliente no tiene un celular con WhatsApp. Podés dejar una nota."),
        )
    if head.opted_out_at is not None:
        day = formats.moment(head.opted_out_at, now=now, zone=zone).short
        return (
            _("Pidió no recibir mensajes"),
            _("Baja de mensajes: %(day)s. Si vuelve a escribir, vas a poder responderle.")
            % {"day": day},
        )
    if head.line_held is not None:
        return (
            _("La línea está detenida"),
            _("Ahora no sale ningún mensaje por esta línea. Avisá a tu supervisor."),
        )
    if not head.window.is_open(now):
        if head.window.last_inbound_at is None:
            return (
                _("Todavía no escribió"),
                _("WhatsApp solo deja empezar la charla con una plantilla aprobada."),
            )
        heard = formats.moment(head.window.last_inbound_at, now=now, zone=zone).short
        return (
            _("Ventana cerrada · solo plantillas"),
            _("Escribió por última vez: %(when)s. Pasadas 24 horas, WhatsApp solo deja enviar"
              " una plantilla aprobada.") % {"when": heard},
        )  # fmt: skip
    return None


def missing_said(offer: TemplateOffer) -> str:
    """The fields that a template lacks for this case, as the screens call them."""
    found = ((field_of(key), key) for key in offer.missing)
    return ", ".join(field.name if field else key for field, key in found)


def offer_bubble(offer: TemplateOffer) -> Bubble:
    """A template as this customer would read it."""
    return Bubble(
        side=Side.OUT,
        text=offer.text,
        footer=offer.footer,
        buttons=tuple(
            BubbleButton(title=title, icon="external-link" if is_link else "reply")
            for title, is_link in offer.buttons
        ),
    )
