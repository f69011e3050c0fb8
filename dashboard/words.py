"""What the screens and the terminal call the states, bases and channels of the domain."""

from models.case import Channel
from models.message import Basis, Confidence, EventKind, EventState
from models.states import CaseState, MessageState

CASE_STATES: dict[CaseState, str] = {
    CaseState.PENDING: "pendiente",
    CaseState.IN_PROGRESS: "en curso",
    CaseState.SCHEDULED: "agendada",
    CaseState.FINISHED: "finalizada",
}

MESSAGE_STATES: dict[MessageState, str] = {
    MessageState.PLANNED: "planificado",
    MessageState.CLAIMED: "tomado",
    MessageState.SENDING: "enviando",
    MessageState.ACCEPTED: "aceptado",
    MessageState.SENT: "enviado",
    MessageState.DELIVERED: "entregado",
    MessageState.READ: "leído",
    MessageState.SKIPPED: "omitido",
    MessageState.CANCELLED: "cancelado",
    MessageState.FAILED: "falló",
    MessageState.UNDELIVERED: "no entregado",
    MessageState.UNCERTAIN: "incierto",
    MessageState.REVIEW: "a revisar",
    MessageState.RECEIVED: "recibido",
    MessageState.ATTRIBUTED: "espera a una persona",
    MessageState.HANDLED: "atendido",
}

BASES: dict[Basis, str] = {
    Basis.PAYLOAD: "botón",
    Basis.QUOTED: "cita",
    Basis.COUPON: "cupón",
    Basis.SINGLE: "única consulta",
    Basis.AMBIGUOUS: "ambigua",
    Basis.UNSOLICITED: "no responde a nada",
    Basis.PERSON: "una persona",
}

CONFIDENCES: dict[Confidence, str] = {
    Confidence.EXACT: "exacta",
    Confidence.HIGH: "alta",
    Confidence.LOW: "baja",
    Confidence.NONE: "ninguna",
}

CHANNELS: dict[Channel, str] = {
    Channel.WHATSAPP: "WhatsApp",
    Channel.PHONE: "teléfono",
    Channel.IN_PERSON: "en persona",
    Channel.EMAIL: "correo",
    Channel.COUPON_PAGE: "página del cupón",
    Channel.SYSTEM: "sistema",
}

EVENT_KINDS: dict[EventKind, str] = {
    EventKind.STATUS: "aviso de estado",
    EventKind.INBOUND: "mensaje entrante",
}

EVENT_STATES: dict[EventState, str] = {
    EventState.RECEIVED: "recibido",
    EventState.APPLIED: "aplicado",
    EventState.PARKED: "en espera",
    EventState.IGNORED: "ignorado",
    EventState.FAILED: "falló",
}
