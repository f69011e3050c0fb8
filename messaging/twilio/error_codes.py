"""Twilio's error codes: what each means, and whose problem it is.

Twilio may change codes and texts at any time, so this is data, and what is not in it has a safe
reading. Source: Twilio's error dictionary and REST API best practices; old on-premises WhatsApp
codes arrive translated to these.
"""

import enum
from dataclasses import dataclass

from messaging.provider import Fault


class Seen(enum.StrEnum):
    """Where a code comes up."""

    POST = "post"  # in the answer to our request
    CALLBACK = "callback"  # later, in a status callback
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    fault: Fault
    seen: Seen
    text: str  # for a supervisor's screen
    bad_address: bool = False  # the address itself is of no use: nothing will ever arrive there

    @property
    def synchronous(self) -> bool:
        return self.seen is not Seen.CALLBACK

    @property
    def asynchronous(self) -> bool:
        return self.seen is not Seen.POST


def _all(fault: Fault, seen: Seen, texts: dict[int, str]) -> dict[int, CodeMeaning]:
    return {code: CodeMeaning(fault, seen, text) for code, text in texts.items()}


CODES: dict[int, CodeMeaning] = {
    **_all(
        Fault.RETRY,
        Seen.POST,
        {20429: "Demasiados pedidos a la vez: no se procesó"},
    ),
    **_all(
        Fault.AMBIGUOUS,
        Seen.POST,
        {
            20500: "Error interno de Twilio",
            20503: "Twilio no está disponible",
        },
    ),
    **_all(
        Fault.ACCOUNT,
        Seen.POST,
        {
            20003: "Credenciales rechazadas",
            20005: "La cuenta no está activa",
            20006: "Acceso denegado a la cuenta",
            20008: "Credenciales de prueba en un recurso real",
            20404: "La cuenta o el recurso no existe",
            21212: "El número de la línea no es válido",
            21408: "La cuenta no puede escribir a ese país",
            21603: "Falta el número de la línea",
            21606: "El número de la línea no es de esta cuenta",
            21608: "Cuenta de prueba: destinatario sin verificar",
            21609: "La dirección de avisos (StatusCallback) no es válida",
            21703: "El servicio de mensajería no tiene línea",
            21704: "El servicio de mensajería no tiene línea",
            21705: "El servicio de mensajería no es válido",
            63002: "La línea está pendiente de alta",
            63007: "La línea no tiene canal de WhatsApp",
        },
    ),
    **_all(
        Fault.ACCOUNT,
        Seen.BOTH,
        {30002: "La cuenta está suspendida"},
    ),
    **_all(
        Fault.ACCOUNT,
        Seen.CALLBACK,
        {
            63001: "El canal rechazó las credenciales de la línea",
            63008: "El canal está mal configurado",
            63020: "Problema con la cuenta de Meta Business",
            63022: "El nombre visible de la línea no está aprobado",
            63026: "WhatsApp marcó la línea como spam",
            63038: "La cuenta alcanzó su tope de mensajes en 24 horas",
            63051: "Meta bloqueó la cuenta de WhatsApp por políticas",
            63101: "La cuenta de WhatsApp no se puede usar",
        },
    ),
    **_all(
        Fault.PERMANENT,
        Seen.POST,
        {
            14107: "Demasiadas respuestas entre dos números en 30 segundos",
            21602: "Falta el texto del mensaje",
            21617: "El texto es demasiado largo",
            21619: "Falta el texto o el archivo",
            21620: "La dirección del archivo no es válida",
            21623: "Demasiados archivos",
            21656: "Las variables de la plantilla no son válidas",
            21658: "Una variable es demasiado larga",
            21910: "Línea y destinatario son de canales distintos",
            35114: "La hora programada no es válida",
            35118: "Programar exige un servicio de mensajería",
            35126: "Los parámetros de programación no son válidos",
            92007: "Las variables de la plantilla no son válidas",
        },
    ),
    **_all(
        Fault.PERMANENT,
        Seen.BOTH,
        {
            30003: "Destinatario inalcanzable",
            30005: "El destinatario no existe",
            30006: "El destinatario es una línea fija",
            30007: "El mensaje fue filtrado",
            30008: "Error desconocido en la entrega",
            30016: "Línea y destinatario son de canales distintos",
        },
    ),
    **_all(
        Fault.PERMANENT,
        Seen.CALLBACK,
        {
            63015: "El destinatario no se unió al entorno de pruebas",
            63021: "El texto completo pasa el largo permitido",
            63031: "Línea y destinatario son el mismo número",
            63032: "Meta excluye a este destinatario de mensajes de marketing",
            63036: "El destinatario no recibe RCS",
        },
    ),
    21211: CodeMeaning(Fault.PERMANENT, Seen.POST, "El destinatario no es válido", True),
    21604: CodeMeaning(Fault.PERMANENT, Seen.POST, "Falta el destinatario"),
    21614: CodeMeaning(Fault.PERMANENT, Seen.POST, "El destinatario no es un celular", True),
    63003: CodeMeaning(Fault.PERMANENT, Seen.CALLBACK, "Ese número no está en WhatsApp", True),
    63024: CodeMeaning(Fault.PERMANENT, Seen.CALLBACK, "Ese número no usa WhatsApp", True),
    21610: CodeMeaning(Fault.OPT_OUT, Seen.BOTH, "El destinatario pidió la baja"),
    **_all(
        Fault.OPT_OUT,
        Seen.CALLBACK,
        {
            63014: "El destinatario bloqueó la línea",
            63033: "El destinatario bloqueó la línea",
        },
    ),
    63016: CodeMeaning(
        Fault.WINDOW, Seen.BOTH, "Pasaron las 24 horas: hay que escribir con una plantilla"
    ),
    **_all(
        Fault.TEMPLATE,
        Seen.POST,
        {
            21654: "Hay variables pero ninguna plantilla",
            21655: "La plantilla no existe",
        },
    ),
    **_all(
        Fault.TEMPLATE,
        Seen.CALLBACK,
        {
            63005: "El canal rechazó el contenido",
            63006: "El contenido no tiene el formato del canal",
            63013: "El contenido viola las políticas del canal",
            63027: "La plantilla no existe en ese idioma",
            63028: "La plantilla espera otras variables",
            63030: "El contenido tiene parámetros que el canal no admite",
            63034: "El archivo de la plantilla es demasiado grande",
            63040: "Meta rechazó la plantilla",
            63041: "Meta pausó la plantilla",
            63042: "Meta deshabilitó la plantilla",
            63052: "La plantilla usa un método que ya no existe",
        },
    ),
    **_all(
        Fault.SLOW_DOWN,
        Seen.BOTH,
        {
            21611: "La cola de la línea está llena",
            30001: "La cola de la línea está llena",
        },
    ),
    **_all(
        Fault.SLOW_DOWN,
        Seen.CALLBACK,
        {
            63017: "La cuenta pasó su ritmo de envío",
            63018: "La línea pasó su ritmo o su cupo de destinatarios",
            63049: "Meta no lo entregó: tope de mensajes de marketing por persona",
        },
    ),
    **_all(
        Fault.RETRY,
        Seen.CALLBACK,
        {
            30036: "Venció antes de salir de la cola",
            30410: "El canal no contestó a tiempo",
            63009: "Error interno del canal",
            63010: "Error interno de Twilio",
            63011: "El canal no aceptó el pedido",
            63012: "Error interno del canal",
            63019: "No se pudo descargar el archivo",
            63023: "Error interno del canal",
            63025: "El archivo ya existía",
            63029: "El destinatario no pudo descargar la plantilla",
            63037: "No se pudo subir el archivo",
        },
    ),
}

# An answer without a code of Twilio's may come from a proxy on the way.
_BY_STATUS: dict[int, Fault] = {
    401: Fault.ACCOUNT,
    403: Fault.ACCOUNT,
    404: Fault.ACCOUNT,
    408: Fault.AMBIGUOUS,
}


def meaning_of(code: int | None) -> CodeMeaning | None:
    """The entry for a code; None for one that is not in the table."""
    return None if code is None else CODES.get(code)


def fault_of_post(http_status: int, code: int | None) -> Fault:
    """Whose problem an answer to the POST is, other than a 201.

    Only what proves that nothing was sent may be tried again: a 5xx proves nothing whatever its
    body says, and a 429 only with Twilio's own code, since a proxy may answer 429 too.
    """
    if http_status == 429 and code not in (20429, 21611, 30001):
        return Fault.AMBIGUOUS
    if not 400 <= http_status < 500:
        return Fault.AMBIGUOUS
    if meaning := meaning_of(code):
        return meaning.fault
    if code is None:
        return _BY_STATUS.get(http_status, Fault.PERMANENT)
    return Fault.PERMANENT


def fault_of_status(code: int | None) -> Fault:
    """Whose problem a reported failure is; an unknown one is never tried again."""
    meaning = meaning_of(code)
    return meaning.fault if meaning else Fault.PERMANENT
