"""What goes wrong, as a status and a Spanish sentence: one table for every page."""

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from structlog import get_logger
from structlog.contextvars import get_contextvars
from werkzeug.exceptions import HTTPException

from campaigns.errors import (
    CampaignIncomplete,
    DomainError,
    EmptyAudience,
    InvalidFilter,
    InvalidResultValue,
    NotFound,
    ResultNotOffered,
    ResultNotStanding,
    TemplateNotApproved,
    TemplateRefused,
)
from messaging.errors import MessagingError, ProviderRefused, ProviderUnavailable
from models.states import IllegalMove
from models.values import InvalidPhoneNumber
from runtime.errors import CannotRun

log = get_logger(__name__)

# The nearest class up the tree decides.
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    NotFound: (404, "Eso no existe, o no está a tu alcance."),
    IllegalMove: (409, "Ya no está en ese estado: recargá la página."),
    EmptyAudience: (409, "Ninguna suscripción cumple los filtros de la campaña."),
    TemplateNotApproved: (409, "La plantilla todavía no está aprobada por WhatsApp."),
    CampaignIncomplete: (409, "A la campaña le falta un dato: completalo y probá de nuevo."),
    ResultNotOffered: (409, "Ese resultado no corresponde a esta campaña: recargá la página."),
    ResultNotStanding: (409, "Ese resultado ya fue corregido: recargá la página."),
    DomainError: (409, "No se puede hacer eso ahora: recargá la página."),
    InvalidFilter: (422, "Un filtro no es válido: revisalo."),
    InvalidResultValue: (422, "El dato del resultado no es válido: revisalo."),
    TemplateRefused: (422, "La plantilla no cumple las reglas de WhatsApp."),
    InvalidPhoneNumber: (422, "El teléfono no es válido."),
    ProviderRefused: (502, "WhatsApp no aceptó el pedido."),
    ProviderUnavailable: (503, "WhatsApp no responde: probá en unos minutos."),
    MessagingError: (422, "El mensaje no se puede enviar así."),
    CannotRun: (503, "El sistema está arrancando o le falta algo: probá en un momento."),
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


def register(app: Flask) -> None:
    """Answer every failure with a page in Spanish that shows nothing of the inside."""
    for kind in ANSWERS:
        app.register_error_handler(kind, _known)
    app.register_error_handler(HTTPException, _http)


def answer(error: Exception) -> tuple[int, str]:
    """Status and sentence of an error of ours."""
    for kind in type(error).__mro__:
        if kind in ANSWERS:
            return ANSWERS[kind]
    return 500, _STATUSES[500]


def page(status: int, sentence: str) -> ResponseReturnValue:
    """The error page; its code finds the request in the log."""
    code = get_contextvars().get("request_id", "")
    return render_template("error.html", status=status, sentence=sentence, code=code), status


def _known(error: Exception) -> ResponseReturnValue:
    status, sentence = answer(error)
    if status >= 500:
        log.error("request failed", error=type(error).__name__, exc_info=error)
    return page(status, sentence)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.response is not None or error.code < 400:
        return error.get_response()  # a redirect, or an answer that is complete already
    return page(error.code, _STATUSES.get(error.code, _OTHER))
