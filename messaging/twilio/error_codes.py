"""Twilio's error codes: what each means, whose problem it is, and when it may be tried again.

Twilio may change codes and texts at any time, so this is data, and what is not in it has a safe
reading. Source: Twilio's error dictionary and REST API best practices; old on-premises WhatsApp
codes arrive translated to these.
"""

import enum
from dataclasses import dataclass

from messaging.provider import Advice, ByHand, Delay, Fault


class Seen(enum.StrEnum):
    """Where a code comes up."""

    POST = "post"  # in the answer to our request
    CALLBACK = "callback"  # later, in a status callback
    BOTH = "both"


class Acts(enum.StrEnum):
    """Who has to do something about it."""

    NOBODY = "nobody"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    US = "us"  # a fault of the program: who looks after it


_WHO = {
    Acts.NOBODY: "No hay nada que hacer",
    Acts.OPERATOR: "Lo ve el operador",
    Acts.SUPERVISOR: "Lo resuelve un supervisor",
    Acts.ADMINISTRATOR: "Lo resuelve un administrador",
    Acts.US: "Es un error del sistema: avisale a quien lo mantiene",
}
_WHEN = {
    Delay.AT_ONCE: "Se reintenta enseguida",
    Delay.MINUTE: "Se reintenta desde el minuto, hasta 3 veces",
    Delay.ONCE: "Se reintenta una vez, después de un minuto",
    Delay.QUEUE: "Se reintenta desde los 5 minutos, cada vez más espaciado",
    Delay.RATE: "Se reintenta desde la hora, cada vez más espaciado",
    Delay.DAY: "Se reintenta recién a las 24 horas, cada vez más espaciado",
}
_MENDED = (Fault.RETRY, Fault.SLOW_DOWN, Fault.ACCOUNT)  # what ends, or is put right for all
_DELAYS = {Fault.RETRY: Delay.MINUTE}
_ACTS = {
    Fault.RETRY: Acts.NOBODY,
    Fault.SLOW_DOWN: Acts.NOBODY,
    Fault.AMBIGUOUS: Acts.NOBODY,
    Fault.PERMANENT: Acts.OPERATOR,
    Fault.OPT_OUT: Acts.NOBODY,
    Fault.WINDOW: Acts.OPERATOR,
    Fault.TEMPLATE: Acts.SUPERVISOR,
    Fault.ACCOUNT: Acts.ADMINISTRATOR,
}


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    fault: Fault
    seen: Seen
    text: str  # for a supervisor's screen
    bad_address: bool = False  # the address itself is of no use: nothing will ever arrive there
    acts: Acts = Acts.NOBODY
    delay: Delay | None = None  # None: never by itself
    may_be_one_row: bool = False  # one such failure says nothing of the template or the line

    @property
    def synchronous(self) -> bool:
        return self.seen is not Seen.CALLBACK

    @property
    def asynchronous(self) -> bool:
        return self.seen is not Seen.POST

    @property
    def when(self) -> str:
        """When it is tried again, in words."""
        if self.delay is not None:
            return _WHEN[self.delay]
        held = {Fault.ACCOUNT: "la línea", Fault.TEMPLATE: "la plantilla"}.get(self.fault)
        if held is None:
            settled = self.fault is Fault.AMBIGUOUS
            return "Se averigua si salió antes de reintentar" if settled else "No se reintenta"
        if self.may_be_one_row:
            return f"No se reintenta; si se repite, {held} queda en espera"
        return f"Nada más sale hasta que una persona libere {held}"

    @property
    def sentence(self) -> str:
        """What it means, who acts, when it is tried again."""
        return f"{self.text}. {_WHO[self.acts]}. {self.when}."

    @property
    def by_hand(self) -> ByHand | None:
        """How a person may have it sent anew; None: it would only fail once more."""
        if self.bad_address:
            return ByHand.OTHER_PHONE
        if self.delay is Delay.DAY:
            return ByHand.NEXT_DAY
        return ByHand.AGAIN if self.fault in _MENDED else None

    @property
    def advice(self) -> Advice:
        return Advice(self.delay, self.may_be_one_row, of_recipient=self.bad_address)


def _all(
    fault: Fault,
    seen: Seen,
    texts: dict[int, str],
    *,
    acts: Acts | None = None,
    delay: Delay | None = None,
    may_be_one_row: bool = False,
    bad_address: bool = False,
) -> dict[int, CodeMeaning]:
    return {
        code: CodeMeaning(
            fault,
            seen,
            text,
            bad_address=bad_address,
            acts=acts or _ACTS[fault],
            delay=delay or _DELAYS.get(fault),
            may_be_one_row=may_be_one_row,
        )
        for code, text in texts.items()
    }


CODES: dict[int, CodeMeaning] = {
    **_all(
        Fault.RETRY,
        Seen.POST,
        {20429: "Demasiados pedidos a la vez: no se procesó"},
        delay=Delay.AT_ONCE,
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
            21603: "Falta el número de la línea",
            21606: "El número de la línea no es de esta cuenta",
            21609: "La dirección de avisos (StatusCallback) no es válida",
            21703: "El servicio de mensajería no tiene línea",
            21704: "El servicio de mensajería no tiene línea",
            21705: "El servicio de mensajería no es válido",
            63002: "La línea está pendiente de alta",
            63007: "La línea no tiene canal de WhatsApp",
        },
    ),
    # of this recipient, or of every one: a single foreign number must not stop the line
    **_all(
        Fault.ACCOUNT,
        Seen.POST,
        {
            21408: "La cuenta no puede escribir a ese país",
            21608: "Cuenta de prueba: destinatario sin verificar",
        },
        may_be_one_row=True,
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
        },
    ),
    **_all(
        Fault.PERMANENT,
        Seen.POST,
        {
            21604: "Falta el destinatario",
            21910: "Línea y destinatario son de canales distintos",
            35114: "La hora programada no es válida",
            35118: "Programar exige un servicio de mensajería",
            35126: "Los parámetros de programación no son válidos",
        },
        acts=Acts.US,
    ),
    **_all(
        Fault.PERMANENT,
        Seen.BOTH,
        {
            21612: "Twilio no llega a ese destinatario",
            30003: "Destinatario inalcanzable",
            30005: "El destinatario no existe",
            30006: "El destinatario es una línea fija",
            30007: "El mensaje fue filtrado",
            30008: "Error desconocido en la entrega",
        },
    ),
    **_all(
        Fault.PERMANENT,
        Seen.BOTH,
        {30016: "Línea y destinatario son de canales distintos"},
        acts=Acts.US,
    ),
    **_all(
        Fault.PERMANENT,
        Seen.CALLBACK,
        {63031: "Línea y destinatario son el mismo número"},
    ),
    **_all(
        Fault.PERMANENT,
        Seen.CALLBACK,
        {63015: "El destinatario no se unió al entorno de pruebas"},
        acts=Acts.ADMINISTRATOR,
    ),
    **_all(
        Fault.PERMANENT,
        Seen.CALLBACK,
        {
            63032: "Meta excluye a este destinatario de mensajes de marketing",
            63036: "El destinatario no recibe RCS",
        },
        acts=Acts.NOBODY,
    ),
    **_all(
        Fault.PERMANENT,
        Seen.POST,
        {
            21211: "El destinatario no es válido",
            21614: "El destinatario no es un celular",
        },
        bad_address=True,
    ),
    **_all(
        Fault.PERMANENT,
        Seen.CALLBACK,
        {
            63003: "Ese número no está en WhatsApp",
            63024: "Ese número no usa WhatsApp",
        },
        bad_address=True,
    ),
    **_all(
        Fault.OPT_OUT,
        Seen.BOTH,
        {21610: "El destinatario pidió la baja"},
    ),
    **_all(
        Fault.OPT_OUT,
        Seen.CALLBACK,
        {
            63014: "El destinatario bloqueó la línea",
            63033: "El destinatario bloqueó la línea",
        },
    ),
    **_all(
        Fault.WINDOW,
        Seen.BOTH,
        {63016: "Pasaron las 24 horas: hay que escribir con una plantilla"},
    ),
    **_all(
        Fault.TEMPLATE,
        Seen.POST,
        {
            21654: "Hay variables pero ninguna plantilla",
            21655: "La plantilla no existe",
        },
    ),
    # what one row holds, or what the template does to every row
    **_all(
        Fault.TEMPLATE,
        Seen.POST,
        {
            21656: "Las variables de la plantilla no son válidas",
            21658: "Una variable es demasiado larga",
            92007: "Las variables de la plantilla no son válidas",
        },
        may_be_one_row=True,
    ),
    **_all(
        Fault.TEMPLATE,
        Seen.CALLBACK,
        {
            63005: "El canal rechazó el contenido",
            63006: "El contenido no tiene el formato del canal",
            63013: "El contenido viola las políticas del canal",
            63021: "El texto completo pasa el largo permitido",
            63030: "El contenido tiene parámetros que el canal no admite",
            63034: "El archivo es demasiado grande",
        },
        may_be_one_row=True,
    ),
    **_all(
        Fault.TEMPLATE,
        Seen.CALLBACK,
        {
            63027: "La plantilla no existe en ese idioma",
            63028: "La plantilla espera otras variables",
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
        delay=Delay.QUEUE,
    ),
    **_all(
        Fault.SLOW_DOWN,
        Seen.CALLBACK,
        {
            63017: "La cuenta pasó su ritmo de envío",
            63018: "La línea pasó su ritmo o su cupo de destinatarios",
        },
        delay=Delay.RATE,
    ),
    **_all(
        Fault.SLOW_DOWN,
        Seen.CALLBACK,
        {63049: "Meta no lo entregó: tope de mensajes de marketing por persona"},
        delay=Delay.DAY,
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
            63023: "Error interno del canal",
        },
    ),
    **_all(
        Fault.RETRY,
        Seen.CALLBACK,
        {
            63019: "No se pudo descargar el archivo",
            63025: "El archivo ya existía",
            63029: "El destinatario no pudo descargar la plantilla",
            63037: "No se pudo subir el archivo",
        },
        delay=Delay.ONCE,
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


def advice_on(code: int | None) -> Advice:
    """What else a code says. One that is not in the table is unknown; none at all is not."""
    if meaning := meaning_of(code):
        return meaning.advice
    return Advice(is_unknown=code is not None)


def fault_of_status(code: int | None) -> Fault:
    """Whose problem a reported failure is; an unknown one is never tried again."""
    meaning = meaning_of(code)
    return meaning.fault if meaning else Fault.PERMANENT
