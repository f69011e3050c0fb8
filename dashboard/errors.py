"""What goes wrong, as a status and a Spanish sentence: one table for every page."""

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from structlog import get_logger
from structlog.contextvars import get_contextvars
from werkzeug.exceptions import HTTPException

from campaigns.errors import (
    AudienceGrew,
    CampaignIncomplete,
    CaseChanged,
    CaseHeld,
    CustomerChanged,
    DomainError,
    DraftNotReady,
    EmptyAudience,
    EnoughOfThem,
    InvalidFilter,
    InvalidResultValue,
    InvalidText,
    LastAdministrator,
    LineHeld,
    NoAddress,
    NoReason,
    NotAColleague,
    NotFound,
    NothingToPay,
    NotReconciled,
    NotResendable,
    OptedOut,
    ProcedureSettled,
    Protected,
    RepliedMeanwhile,
    ResultNotOffered,
    ResultNotStanding,
    SignInRefused,
    SignInTooSoon,
    TemplateNotApproved,
    TemplateRefused,
    TooMany,
    UnfilledText,
    WeakPassword,
    WindowClosed,
)
from campaigns.files.errors import FileGone, NobodysCase, NotYours
from dashboard import pages
from messaging.errors import MessagingError, ProviderRefused, ProviderUnavailable
from models.states import IllegalMove
from models.values import InvalidPhoneNumber
from runtime.errors import CannotRun

log = get_logger(__name__)

# The nearest class up the tree decides.
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    NotFound: (404, "Eso no existe, o no está a tu alcance."),
    NoReason: (422, "Contá por qué, en hasta 500 caracteres."),
    IllegalMove: (409, "Ya no está en ese estado: recargá la página."),
    EmptyAudience: (409, "Ninguna suscripción cumple los filtros de la campaña."),
    TemplateNotApproved: (409, "La plantilla todavía no está aprobada por WhatsApp."),
    DraftNotReady: (409, "A la campaña le falta algo: miralo en la revisión."),
    AudienceGrew: (409, "El alcance de la campaña creció: revisalo y lanzá de nuevo."),
    CampaignIncomplete: (409, "A la campaña le falta un dato: completalo y probá de nuevo."),
    ResultNotOffered: (409, "Ese resultado no corresponde a esta campaña: recargá la página."),
    ProcedureSettled: (409, "Otra persona acaba de cambiar ese trámite: recargá la página."),
    ResultNotStanding: (409, "Ese resultado ya fue corregido: recargá la página."),
    CaseHeld: (409, "La tiene otra persona: tomala para seguir."),
    NotAColleague: (409, "No trabaja en esta campaña: elegí a otra persona."),
    EnoughOfThem: (409, "Ya hay demasiadas: quitá alguna antes."),
    RepliedMeanwhile: (409, "El cliente acaba de escribir. Leelo y guardá: lo tuyo sigue acá."),
    CaseChanged: (409, "Mientras escribías se registró otra gestión. Revisala: lo tuyo sigue acá."),
    CustomerChanged: (
        409,
        "Mientras escribías otra persona cambió estos datos. Revisalos: lo tuyo sigue acá.",
    ),
    InvalidText: (422, "Escribí un mensaje, o acortalo: no entra en uno solo."),
    WindowClosed: (409, "La ventana de 24 horas está cerrada: solo se puede enviar una plantilla."),
    OptedOut: (409, "Pidió no recibir mensajes: no se le puede escribir."),
    UnfilledText: (422, "Al texto le falta un dato: completalo o sacalo."),
    NothingToPay: (409, "No hay un cupón que se pueda pagar."),
    NotResendable: (409, "No se vuelve a enviar: no está probado que se haya perdido."),
    NoAddress: (409, "No hay un celular con WhatsApp al que escribir."),
    LineHeld: (409, "La línea de WhatsApp está detenida: avisá a tu supervisor."),
    TooMany: (422, "Son demasiadas consultas para una sola vez: elegí menos."),
    SignInRefused: (422, "El correo o la contraseña no son correctos."),
    SignInTooSoon: (429, "Son demasiados intentos: esperá un minuto."),
    WeakPassword: (422, "Esa contraseña es fácil de adivinar: elegí otra."),
    LastAdministrator: (409, "Es el único administrador que queda: nombrá a otro antes."),
    NotReconciled: (
        409,
        "Se restauró una copia: la línea se libera sola al terminar de conciliar.",
    ),
    Protected: (409, "El sistema lo necesita: no se puede quitar ni desactivar."),
    NotYours: (403, "Un adjunto lo quita quien lo subió, o un supervisor."),
    NobodysCase: (409, "Primero decí de quién es: después se puede guardar."),
    FileGone: (410, "Ese archivo ya no está."),
    DomainError: (409, "No se puede hacer eso ahora: recargá la página."),
    InvalidFilter: (422, "Un filtro no es válido: revisalo."),
    InvalidResultValue: (422, "El dato del resultado no es válido: revisalo."),
    TemplateRefused: (422, "La plantilla no cumple las reglas de WhatsApp."),
    InvalidPhoneNumber: (422, "El teléfono no es válido."),
    ProviderRefused: (502, "WhatsApp no aceptó el pedido."),
    ProviderUnavailable: (503, "WhatsApp no responde: probá en unos minutos."),
    MessagingError: (422, "El mensaje no se puede enviar así."),
    CannotRun: (503, "El sistema está arrancando o le falta algo: probá en un momento."),
    DataError: (422, "Hay un dato que no se puede guardar: revisalo."),
    OperationalError: (503, "La base de datos no responde: probá en un momento."),
    NoConnection: (503, "Hay demasiados pedidos a la vez: probá en un momento."),
}

_STATUSES: dict[int, str] = {
    400: "No entendimos el pedido: volvé atrás y probá de nuevo.",
    403: "Tu usuario no puede hacer eso.",
    404: "Esa página no existe.",
    405: "Esa página no recibe lo que mandaste.",
    413: "Lo que mandaste es demasiado grande.",
    415: "Ese formato no se puede recibir.",
    429: "Son demasiados intentos: esperá un minuto.",
    500: "Algo falló de nuestro lado y quedó registrado.",
}
_OTHER = "No se pudo completar el pedido."
_FOR_CUSTOMERS = frozenset({"coupon"})


def register(app: Flask) -> None:
    """Answer every failure with a page in Spanish that shows nothing of the inside."""
    for kind in ANSWERS:
        app.register_error_handler(kind, _known)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(CSRFError, _outdated)


def answer(error: Exception) -> tuple[int, str]:
    """Status and sentence of an error of ours."""
    for kind in type(error).__mro__:
        if kind in ANSWERS:
            return ANSWERS[kind]
    return 500, _STATUSES[500]


def page(status: int, sentence: str) -> ResponseReturnValue:
    """The error page; its code finds the request in the log."""
    code = get_contextvars().get("request_id", "")
    if pages.is_fragment():
        return pages.only_toast(sentence, status)
    name = "public_error.html" if request.blueprint in _FOR_CUSTOMERS else "error.html"
    return render_template(name, status=status, sentence=sentence, code=code), status


def _known(error: Exception) -> ResponseReturnValue:
    status, sentence = answer(error)
    if status >= 500:
        log.error("request failed", error=type(error).__name__, exc_info=error)
    return page(status, sentence)


def _outdated(error: CSRFError) -> ResponseReturnValue:
    """A form of before signing in again; or another site's, which learns no more from this."""
    log.warning("request without its token", why=error.description)
    return page(400, "La página quedó vieja: volvé atrás, recargala y probá de nuevo.")


def of_http(error: HTTPException) -> ResponseReturnValue:
    """What is said where no view says it better."""
    if error.code is None or error.response is not None or error.code < 400:
        return error.get_response()  # a redirect, or an answer that is complete already
    return page(error.code, _STATUSES.get(error.code, _OTHER))
