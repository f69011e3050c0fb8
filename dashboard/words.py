"""What the screens and the terminal call the states, bases and channels of the domain."""

from models.case import Channel
from models.message import Basis, Confidence, EventKind, EventState
from models.states import CampaignState, CaseState, MessageState, SendingState

CAMPAIGN_STATES: dict[CampaignState, str] = {
    CampaignState.DRAFT: "borrador",
    CampaignState.SCHEDULED: "programada",
    CampaignState.RUNNING: "en curso",
    CampaignState.PAUSED: "pausada",
    CampaignState.FINISHED: "finalizada",
    CampaignState.CANCELLED: "cancelada",
    CampaignState.ARCHIVED: "archivada",
}

SENDING_STATES: dict[SendingState, str] = {
    SendingState.IDLE: "sin envíos",
    SendingState.PLANNING: "planificando",
    SendingState.SENDING: "enviando",
    SendingState.DRAINED: "todo enviado",
}

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

REASONS: dict[str, str] = {
    "no_valid_phone": "sin celular válido",
    "opted_out": "dado de baja",
    "coupon_not_payable": "cupón no pagable",
    "missing_variable": "falta un dato de la plantilla",
    "in_other_campaign": "en otra campaña en curso",
    "contacted_recently": "contactado hace poco",
    "phone_already_in_campaign": "teléfono ya incluido",
    "covered_by": "incluida en otro mensaje",
    "opt_out": "se dio de baja",
    "night_is_over": "ya había quien lo atienda",
    "result": "ya no corresponde, por un resultado",
    "campaign_cancelled": "campaña cancelada",
    "campaign_finished": "campaña finalizada",
    "arrived_late": "al final llegó el anterior",
    "tried_too_often": "demasiados intentos",
    "unknown": "sin motivo registrado",
}
"""Why a message did not go out."""
