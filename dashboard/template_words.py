"""Templates in words: states, languages, what breaks a rule, why WhatsApp said no."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.template_drafts import UNAVAILABLE
from dashboard.language import _
from messaging.errors import TemplateError
from messaging.template_names import WrongName
from messaging.template_rules import BrokenRule, Rule
from messaging.template_warnings import Care, Doubt
from messaging.templates import FIELDS
from models.states import TemplateState
from models.template import TemplateCategory

STATES: dict[TemplateState, tuple[str, str]] = {
    TemplateState.DRAFT: (_("Borrador"), "neutral"),
    TemplateState.SUBMITTED: (_("En revisión"), "info"),
    TemplateState.APPROVED: (_("Aprobada"), "ok"),
    TemplateState.PAUSED: (_("Pausada"), "warn"),
    TemplateState.DISABLED: (_("Inhabilitada"), "error"),
    TemplateState.REJECTED: (_("Rechazada"), "error"),
}
"""What a pill says, and its tone."""

CATEGORIES: dict[TemplateCategory, str] = {
    TemplateCategory.UTILITY: _("Utilidad"),
    TemplateCategory.MARKETING: _("Marketing"),
}
LANGUAGES: dict[str, str] = {
    "es_AR": _("Español (Argentina)"),
    "es": _("Español"),
    "en": _("Inglés"),
    "pt_BR": _("Portugués (Brasil)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One line of the review list; an error stops the submission, a doubt does not."""

    text: str
    anchor: str  # the id of the control it is about
    is_error: bool = True


_RULES: dict[Rule, str] = {
    Rule.NAME_FORM: _("El nombre lleva solo minúsculas sin acento, números y guion bajo."),
    Rule.LANGUAGE_FORM: _("Elegí el idioma."),
    Rule.BODY_EMPTY: _("Falta el texto del mensaje."),
    Rule.BODY_LONG: _("El texto tiene %(length)s caracteres; entran %(most)s."),
    Rule.BODY_BRACES: _("Hay llaves que no son una variable: usá los botones de variables."),
    Rule.BODY_STARTS: _("El texto empieza con una variable: poné una palabra antes."),
    Rule.BODY_ENDS: _(
        "El texto termina con una variable: poné una palabra después (el punto no alcanza)."
    ),
    Rule.BODY_TOUCH: _("Hay dos variables pegadas: poné una palabra entre ellas."),
    Rule.BODY_FEW_WORDS: _(
        "Para %(slots)s variables hacen falta %(least)s palabras fijas; hay %(words)s."
    ),
    Rule.HEADER_EMPTY: _("El encabezado está vacío: borralo o completalo."),
    Rule.HEADER_LONG: _("El encabezado tiene %(length)s caracteres; entran %(most)s."),
    Rule.HEADER_FORM: _("El encabezado no puede llevar variables, renglones ni formato."),
    Rule.FOOTER_EMPTY: _("El pie está vacío: borralo o completalo."),
    Rule.FOOTER_LONG: _("El pie tiene %(length)s caracteres; entran %(most)s."),
    Rule.FOOTER_VARIABLES: _("El pie no puede llevar variables."),
    Rule.BUTTONS_MANY: _("Son %(count)s botones; entran %(most)s."),
    Rule.BUTTONS_LINKS: _("Puede haber hasta %(most)s botones de enlace."),
    Rule.BUTTONS_MIXED: _(
        "Poné las respuestas juntas, todas antes o todas después de los enlaces."
    ),
    Rule.BUTTONS_SAME_TITLE: _("Hay dos botones que dicen «%(given)s»."),
    Rule.BUTTONS_SAME_PAYLOAD: _("Hay dos botones con el mismo identificador."),
    Rule.TITLE_EMPTY: _("Escribí qué dice el botón."),
    Rule.TITLE_LONG: _("El botón tiene %(length)s caracteres; entran %(most)s."),
    Rule.TITLE_FORM: _("Un botón no puede llevar variables ni renglones."),
    Rule.URL_HTTPS: _("La dirección tiene que empezar con https://."),
    Rule.URL_DOMAIN: _("A la dirección le falta el dominio."),
    Rule.URL_PATH: _("A la dirección le falta la barra después del dominio."),
    Rule.URL_FORM: _("La dirección no puede llevar espacios ni «#»."),
    Rule.URL_BRACES: _("La dirección no puede llevar variables."),
    Rule.URL_VARIABLE: _("La dirección no puede llevar variables."),
    Rule.VARIABLES_MANY: _("Son %(count)s variables; entran %(most)s."),
}
_RESULT = _("Ese resultado ya no se ofrece para este tipo de campaña: elegí otro.")
_CARES: dict[Care, str] = {
    Care.BLANK_LINES: _("Hay varios renglones en blanco seguidos: con uno alcanza."),
    Care.SOUNDS_LIKE_MARKETING: _(
        "Suena a publicidad (%(words)s): en Utilidad, WhatsApp puede rechazarla o cobrarla "
        "como Marketing."
    ),
    Care.LONG_WHEN_FILLED: _(
        "Con los datos puestos llega a %(length)s caracteres; WhatsApp envía hasta %(most)s."
    ),
    Care.NO_WAY_OUT: _(
        "Es publicidad y no dice cómo dejar de recibirla: agregá un botón o un pie con la baja."
    ),
    Care.UNMAPPED_BUTTON: _(
        "«%(title)s» no registra ningún resultado: cada toque espera a una persona."
    ),
}
_BUTTON = re.compile(r"buttons\[(\d+)\]\.(\w+)")
_ANCHORS = {"type": "campaign_type", "payload": "title"}


def remark(problem: Exception) -> Remark:
    """A broken rule in words, with the control to look at."""
    if not isinstance(problem, TemplateError):
        return Remark(text=str(problem), anchor="body")
    text = _RESULT
    if isinstance(problem, BrokenRule):
        text = _RULES.get(problem.rule, _("Esta parte no cumple las reglas de WhatsApp."))
        text = text % problem.figures
    elif problem.field in ("name", "language", "category"):
        text = _("Ya se envió a revisión así: no se puede cambiar.")
    elif problem.field.endswith(".value"):
        text = _("Ese valor no es uno de los que admite el resultado.")
    return Remark(text=text, anchor=anchor(problem.field))


def doubt_remark(doubt: Doubt) -> Remark:
    return Remark(
        text=_CARES[doubt.care] % doubt.figures, anchor=anchor(doubt.field), is_error=False
    )


def wrong_name_remark(wrong: WrongName) -> Remark:
    """An unknown variable, with its place in the text."""
    place = {"found": wrong.found, "line": wrong.line, "column": wrong.column}
    text = _("No existe la variable %(found)s (renglón %(line)s, columna %(column)s).")
    if wrong.found in ("{{", "}}"):
        text = _("Quedó suelto «%(found)s» (renglón %(line)s, columna %(column)s).")
    return Remark(text=text % place, anchor="body")


def missing_remark(who: str, fields: Sequence[str]) -> Remark:
    """What the chosen person lacks: he would not get this message."""
    names = ", ".join(FIELDS[field].name.lower() for field in fields)
    text = _("A %(who)s le falta: %(names)s. Sin ese dato no se le envía.")
    return Remark(text=text % {"who": who, "names": names}, anchor="body", is_error=False)


def anchor(field: str) -> str:
    """The id of the control that a rule's field is about."""
    if found := _BUTTON.fullmatch(field):
        part = _ANCHORS.get(found[2], found[2])
        return f"buttons-{found[1]}-{part}"
    if field.startswith("variables"):
        return "body"
    return _ANCHORS.get(field, field)


_REJECTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "INVALID_FORMAT",
        _("El formato no es válido."),
        _(
            "Revisá las variables (ni al principio ni al final, ni dos pegadas), los botones y "
            "las direcciones, y enviala de nuevo."
        ),
    ),
    (
        "TAG_CONTENT_MISMATCH",
        _("El texto no corresponde a la categoría elegida."),
        _("Si ofrece o promociona algo, hacé una plantilla de Marketing con otro nombre."),
    ),
    (
        "INCORRECT_CATEGORY",
        _("El texto no corresponde a la categoría elegida."),
        _("Si ofrece o promociona algo, hacé una plantilla de Marketing con otro nombre."),
    ),
    (
        "PROMOTIONAL",
        _("WhatsApp la considera publicidad."),
        _("Sacá lo que suena a oferta, o hacé una plantilla de Marketing con otro nombre."),
    ),
    (
        "ABUSIVE_CONTENT",
        _("WhatsApp considera que el texto amenaza o agrede."),
        _("Escribilo en tono neutro: sin amenazas, plazos intimidatorios ni datos sensibles."),
    ),
    (
        "SCAM",
        _("WhatsApp la tomó por un intento de estafa."),
        _("Decí con claridad quién escribe y por qué, y no pidas datos personales ni claves."),
    ),
    (
        "SENSITIVE",
        _("Pide o muestra datos sensibles."),
        _("Sacá números de documento, tarjetas o cuentas completos."),
    ),
    (
        "DUPLICATE",
        _("Ya hay una plantilla con este mismo texto."),
        _("Usá la que ya existe o cambiá el texto."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    what: str
    remedy: str
    said: str  # as the provider wrote it


def rejection(reason: str | None) -> Rejection:
    """Why it was rejected, and what to change."""
    said = (reason or "").strip()
    for code, what, remedy in _REJECTIONS:
        if code in said.upper().replace(" ", "_"):
            return Rejection(what=what, remedy=remedy, said=said)
    return Rejection(
        what=_("WhatsApp no la aceptó."),
        remedy=_("Revisá el texto y los botones, y enviala de nuevo como versión nueva."),
        said="" if said.upper() == "NONE" else said,
    )


def submission_problem(problem: str) -> str:
    """Why a draft could not be submitted."""
    if problem == UNAVAILABLE:
        return _("WhatsApp no respondió. La plantilla sigue en borrador: enviala de nuevo.")
    told = _("WhatsApp no recibió la plantilla (%(problem)s). Revisala y enviala de nuevo.")
    return told % {"problem": problem}
