"""What the steps of a campaign say about it: problems, filters, policies."""

from dataclasses import dataclass
from datetime import date

from campaigns.audience_filter import AudienceFilter
from campaigns.draft_problems import Problem, Step, Trouble
from dashboard import formats
from dashboard.language import _, ngettext
from messaging.templates import FIELDS
from models.campaign import SharedPhonePolicy, UncertainPolicy
from models.states import SubscriptionState, TemplateState

STEPS: dict[Step, str] = {
    Step.TYPE: _("Tipo y nombre"),
    Step.AUDIENCE: _("Audiencia"),
    Step.TEMPLATE: _("Plantilla"),
    Step.TEAM: _("Equipo y fecha"),
    Step.REVIEW: _("Revisión"),
}

PRIORITIES: dict[int, str] = {1: _("Alta"), 2: _("Media"), 3: _("Baja")}

SUBSCRIPTION_STATES: dict[SubscriptionState, str] = {
    SubscriptionState.ACTIVE: _("Activa"),
    SubscriptionState.AWARDED: _("Adjudicada"),
    SubscriptionState.DELIVERED: _("Entregada"),
    SubscriptionState.COMPLETED: _("Completada"),
    SubscriptionState.RESIGNED: _("Renunciada"),
    SubscriptionState.RESCINDED: _("Rescindida"),
}

TEMPLATE_STATES: dict[TemplateState, str] = {
    TemplateState.DRAFT: _("Borrador"),
    TemplateState.SUBMITTED: _("En revisión"),
    TemplateState.APPROVED: _("Aprobada"),
    TemplateState.PAUSED: _("Pausada"),
    TemplateState.DISABLED: _("Desactivada"),
    TemplateState.REJECTED: _("Rechazada"),
}

TEMPLATE_TONES: dict[TemplateState, str] = {
    TemplateState.APPROVED: "ok",
    TemplateState.SUBMITTED: "info",
    TemplateState.PAUSED: "warn",
    TemplateState.REJECTED: "error",
    TemplateState.DISABLED: "error",
}

WHY_NOT: dict[TemplateState, str] = {
    TemplateState.DRAFT: _("Todavía no se envió a revisión."),
    TemplateState.SUBMITTED: _("WhatsApp la está revisando: suele tardar minutos."),
    TemplateState.PAUSED: _("WhatsApp la pausó por quejas de quienes la recibieron."),
    TemplateState.DISABLED: _("WhatsApp la desactivó: hace falta otra."),
    TemplateState.REJECTED: _("WhatsApp la rechazó."),
}

POLICIES: dict[SharedPhonePolicy, tuple[str, str]] = {
    SharedPhonePolicy.EACH: (
        _("Un mensaje por suscripción"),
        _("Separados unos segundos. Lo indicado cuando cada uno lleva su cupón."),
    ),
    SharedPhonePolicy.MOST_URGENT: (
        _("Uno solo, por la más urgente"),
        _("La que vence antes o tiene más cuotas en mora."),
    ),
    SharedPhonePolicy.LIST: (
        _("Uno solo, que las nombra a todas"),
        _("La plantilla tiene que llevar la lista de suscripciones."),
    ),
}

IN_DOUBT: dict[UncertainPolicy, tuple[str, str]] = {
    UncertainPolicy.SETTLE: (
        _("Comprobar, y repetir lo que no salió"),
        _("Se busca dos veces en Twilio; el que no aparece en ninguna sale de nuevo, solo."),
    ),
    UncertainPolicy.NEVER_REPEAT: (
        _("No repetir nunca sin preguntar"),
        _(
            "Se busca igual, y el que no aparece espera en «Sin confirmar» a que decidas. "
            "Ninguno se repite sin que lo decidas; alguno puede llegar tarde."
        ),
    ),
}
"""What becomes of a message of which nobody can tell whether it left: title and hint."""

LEFT_OUT: dict[str, str] = {
    "no_valid_phone": _("Sin celular válido"),
    "opted_out": _("Bajas de mensajes"),
    "coupon_not_payable": _("Sin cupón para pagar"),
    "missing_variable": _("Les falta un dato de la plantilla"),
    "in_other_campaign": _("En otra campaña en curso"),
    "contacted_recently": _("Contactadas hace poco"),
    "phone_already_in_campaign": _("Celular ya incluido"),
    "covered_by": _("Incluidas en otro mensaje"),
}
"""Why one who passes the filters gets nothing, as a line of the reach."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A problem as it is read: what happens, and what to do."""

    title: str
    text: str
    tone: str
    step: Step
    todo: str  # the name of the link to the step


def sentence(problem: Problem) -> Sentence:
    """A problem in words."""
    title, text = _said(problem)
    return Sentence(
        title,
        text,
        "error" if problem.blocks else "warn",
        problem.step,
        _("Ir a %(step)s") % {"step": STEPS[problem.step].lower()},
    )


def _said(problem: Problem) -> tuple[str, str]:
    n = formats.number(problem.count or 0)
    what = problem.what or ""
    match problem.trouble:
        case Trouble.TYPE_INACTIVE:
            return _("El tipo de campaña está desactivado"), _("Elegí otro.")
        case Trouble.AUDIENCE_EMPTY:
            return _("Ninguna suscripción cumple los filtros"), _("Aflojá alguno.")
        case Trouble.NOBODY_LEFT:
            return (
                _("Nadie lo va a recibir"),
                _("%(n)s cumplen los filtros y todas quedan afuera.") % {"n": n},
            )
        case Trouble.NO_TEMPLATE:
            return (
                _("Falta la plantilla"),
                _("Elegí una aprobada, o marcá que la campaña es solo de llamadas."),
            )
        case Trouble.NOT_APPROVED:
            state = TEMPLATE_STATES[TemplateState(what)].lower()
            return (
                _("La plantilla está %(state)s") % {"state": state},
                _("WhatsApp rechazaría cada mensaje. Elegí otra o esperá su aprobación."),
            )
        case Trouble.TEXT_MISSING:
            return (
                _("Falta el %(text)s") % {"text": FIELDS[what].name.lower()},
                _("La plantilla lo lleva en cada mensaje."),
            )
        case Trouble.START_PASSED:
            return _("La hora de inicio ya pasó"), _("Elegí otra, o que salga al lanzarla.")
        case Trouble.END_PASSED:
            return _("La fecha de cierre es anterior al inicio"), _("Corregila o dejala vacía.")
        case _:
            return _second_look(problem, n, what)


def _second_look(problem: Problem, n: str, what: str) -> tuple[str, str]:
    match problem.trouble:
        case Trouble.REFUSED_BEFORE:
            return (
                _("No se pudo lanzar a su hora y volvió a borrador"),
                _("Revisá lo que falta y programala otra vez."),
            )
        case Trouble.SAME_NAME:
            return (
                _("Ya hay otra campaña en curso con este nombre"),
                _("Con otro nombre se distinguen en la bandeja."),
            )
        case Trouble.EVERYBODY:
            return (
                _("No hay ningún filtro"),
                _("Alcanza a las %(n)s suscripciones vigentes.") % {"n": n},
            )
        case Trouble.VALUES_MISSING:
            return (
                ngettext(
                    "A %(n)s le falta un dato de la plantilla",
                    "A %(n)s les falta un dato de la plantilla",
                    problem.count or 0,
                )
                % {"n": n},
                _("No lo van a recibir."),
            )
        case Trouble.NO_COUPON:
            return (
                ngettext(
                    "%(n)s no tiene un cupón para pagar",
                    "%(n)s no tienen un cupón para pagar",
                    problem.count or 0,
                )
                % {"n": n},
                _("La plantilla habla del cupón: no lo van a recibir."),
            )
        case Trouble.LIST_NOT_SHOWN:
            return (
                _("La plantilla no nombra a todas las suscripciones"),
                _("Quien tiene varias recibe un mensaje que habla de una sola."),
            )
        case Trouble.LIST_ONLY_ONE:
            return (
                _("La lista de suscripciones va a tener una sola"),
                _("Para que las nombre a todas elegí un solo mensaje por celular."),
            )
        case Trouble.LINE_HELD:
            return (
                _("La línea está detenida"),
                _("Los mensajes quedan en cola hasta que se libere (motivo: %(why)s).")
                % {"why": what},
            )
        case Trouble.OVER_QUOTA:
            return (
                _("Supera el cupo diario de la línea: %(n)s por día") % {"n": n},
                _("Lo que pase de ahí espera y sale solo cuando se libera el cupo."),
            )
        case Trouble.WAITS_FOR_HOURS:
            if (at := problem.at) is None:
                return _("Con ese horario no sale ningún mensaje"), _("Elegí otro.")
            opens = f"{formats.short_day(at.date())} {at:%H:%M}"
            return (
                _("Empieza fuera del horario de envío"),
                _("Los mensajes esperan y salen solos desde el %(when)s.") % {"when": opens},
            )
        case Trouble.ODD_HOUR:
            return (
                _("Saldría a las %(clock)s, fuera del horario habitual") % {"clock": what},
                _("Lunes a viernes de 9 a 20 y sábados de 9 a 13 molesta menos."),
            )
        case _:
            return (
                _("Nadie está asignado"),
                _("Los operadores no van a ver las respuestas; sí los supervisores."),
            )


def filter_sentences(audience: AudienceFilter) -> list[tuple[str, str]]:
    """The filters that narrow or exclude, as label and value."""
    said = [
        (_("Marca"), ", ".join(audience.administrators)),
        (_("Plan"), ", ".join(audience.plans)),
        (_("Modelo"), ", ".join(audience.car_models)),
        (_("Cuotas en mora"), _range(audience.overdue_min, audience.overdue_max)),
        (_("Cuotas pagas"), _range(audience.paid_min, audience.paid_max)),
        (_("Cupón que vence"), _days(audience.due_from, audience.due_to)),
        *((key, value) for key, value in sorted(audience.custom.items())),
    ]
    if audience.states != AudienceFilter().states:
        words = ", ".join(SUBSCRIPTION_STATES[state] for state in audience.states)
        said.append((_("Estado"), words or _("ninguno")))
    if audience.not_in_other_campaigns:
        said.append((_("Deja afuera"), _("las que están en otra campaña en curso")))
    if audience.not_contacted_for_days is not None:
        days = audience.not_contacted_for_days
        told = ngettext("contactadas en el último día", "contactadas en %(n)s días", days)
        said.append((_("Deja afuera"), told % {"n": days}))
    return [(label, value) for label, value in said if value]


def _range(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    if low == high:
        return str(low)
    if high is None:
        return _("%(n)s o más") % {"n": low}
    if low is None:
        return _("hasta %(n)s") % {"n": high}
    return _("de %(low)s a %(high)s") % {"low": low, "high": high}


def _days(low: date | None, high: date | None) -> str:
    if low is None and high is None:
        return ""
    if low == high and low is not None:
        return _("el %(day)s") % {"day": formats.day(low)}
    parts = []
    if low is not None:
        parts.append(_("desde el %(day)s") % {"day": formats.day(low)})
    if high is not None:
        parts.append(_("hasta el %(day)s") % {"day": formats.day(high)})
    return " ".join(parts)
