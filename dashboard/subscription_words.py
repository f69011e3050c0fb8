"""What the screens call the states of subscriptions, coupons and imports."""

from dataclasses import dataclass

from campaigns.figures import Figures
from campaigns.importing.fields import COUPON, CUSTOM, FIELDS
from campaigns.importing.guesses import Guess, Sureness
from campaigns.subscription_story import Entry
from campaigns.subscriptions import Arrears, Reachable
from dashboard import formats
from dashboard.language import _, ngettext
from models.audit import ImportKind
from models.case import Channel
from models.states import (
    CouponState,
    ImportState,
    MessageState,
    NextActionState,
    SubscriptionState,
)

OWN = "own"
"""In the form: keep this column under its own name."""


@dataclass(frozen=True, slots=True)
class Word:
    """A state as a pill says it."""

    text: str
    tone: str


def subscription_state(state: SubscriptionState) -> Word:
    return {
        SubscriptionState.ACTIVE: Word(_("Activa"), "info"),
        SubscriptionState.AWARDED: Word(_("Adjudicada"), "violet"),
        SubscriptionState.DELIVERED: Word(_("Entregada"), "ok"),
        SubscriptionState.COMPLETED: Word(_("Completa"), "ok"),
        SubscriptionState.RESIGNED: Word(_("Renunciada"), "neutral"),
        SubscriptionState.RESCINDED: Word(_("Rescindida"), "neutral"),
    }[state]


def coupon_state(state: CouponState) -> Word:
    return {
        CouponState.ISSUED: Word(_("Emitido"), "neutral"),
        CouponState.SENT: Word(_("Enviado"), "info"),
        CouponState.OPENED: Word(_("Abierto"), "info"),
        CouponState.RECEIPT_RECEIVED: Word(_("Con comprobante"), "violet"),
        CouponState.PAID: Word(_("Pagado"), "ok"),
        CouponState.EXPIRED: Word(_("Vencido"), "error"),
        CouponState.VOID: Word(_("Anulado"), "neutral"),
    }[state]


def reachable(how: Reachable) -> Word:
    return {
        Reachable.YES: Word(_("WhatsApp"), "ok"),
        Reachable.NO_PHONE: Word(_("Sin celular"), "warn"),
        Reachable.INVALID: Word(_("Sin WhatsApp"), "error"),
        Reachable.OPTED_OUT: Word(_("Baja de mensajes"), "error"),
    }[how]


def overdue(instalments: int) -> Word:
    if not instalments:
        return Word(_("Al día"), "ok")
    text = ngettext("%(n)s cuota", "%(n)s cuotas", instalments) % {"n": instalments}
    return Word(text, "warn" if instalments < 3 else "error")


def coupon_act(entry: Entry) -> str:
    """What somebody said of a coupon: «Cuota 14: pagada el jue 12 nov, según la planilla»."""
    said = {
        "coupon.paid": _("Cuota %(n)s: marcada como pagada"),
        "coupon.void": _("Cuota %(n)s: cupón anulado"),
        "coupon.revoke_links": _("Cuota %(n)s: enlaces anulados"),
    }.get(entry.act or "", _("Cuota %(n)s")) % {"n": entry.instalment}
    if entry.value_date is not None:
        said += _(", el %(day)s") % {"day": formats.short_day(entry.value_date)}
    return said + _(", según la planilla") if entry.from_file else said


def where_from(figures: Figures) -> str:
    """Whose count of instalments it is, and what came to it since."""
    day = formats.day(figures.told_on)
    if not (figures.paid_since or figures.settled_since):
        return _("Según la planilla, al %(day)s.") % {"day": day}
    told = _("La planilla decía, al %(day)s: %(paid)s pagas y %(overdue)s en mora.") % {
        "day": day,
        "paid": "–" if figures.told_paid is None else figures.told_paid,
        "overdue": figures.told_overdue,
    }
    count = max(figures.paid_since, figures.settled_since)
    since = ngettext("Después se pagó %(n)s.", "Después se pagaron %(n)s.", count) % {"n": count}
    return f"{told} {since}"


def arrears(choice: Arrears | None) -> str:
    return {
        None: _("Al día y en mora"),
        Arrears.NONE: _("Al día"),
        Arrears.SOME: _("En mora"),
        Arrears.ONE: _("1 cuota"),
        Arrears.TWO: _("2 cuotas"),
        Arrears.MANY: _("3 o más"),
    }[choice]


def message_state(state: MessageState) -> Word:
    """Whether and how far an outbound message got."""
    match state:
        case MessageState.ACCEPTED | MessageState.SENT:
            return Word(_("Enviado"), "neutral")
        case MessageState.DELIVERED:
            return Word(_("Entregado"), "neutral")
        case MessageState.READ:
            return Word(_("Leído"), "info")
        case MessageState.FAILED | MessageState.UNDELIVERED:
            return Word(_("Falló"), "error")
        case MessageState.UNCERTAIN | MessageState.REVIEW:
            return Word(_("Sin confirmar"), "warn")
        case MessageState.SKIPPED | MessageState.CANCELLED:
            return Word(_("No se envió"), "neutral")
        case _:
            return Word(_("En cola"), "neutral")


def channel(where: Channel) -> str:
    return {
        Channel.WHATSAPP: _("por WhatsApp"),
        Channel.PHONE: _("por teléfono"),
        Channel.IN_PERSON: _("en persona"),
        Channel.EMAIL: _("por correo"),
        Channel.COUPON_PAGE: _("en la página del cupón"),
        Channel.SYSTEM: _("por el sistema"),
    }[where]


def next_action(state: NextActionState) -> Word:
    return {
        NextActionState.DUE: Word(_("Pendiente"), "info"),
        NextActionState.DONE: Word(_("Hecha"), "ok"),
        NextActionState.RESCHEDULED: Word(_("Pasada a otra fecha"), "neutral"),
        NextActionState.MISSED: Word(_("Vencida"), "error"),
        NextActionState.CANCELLED: Word(_("Cancelada"), "neutral"),
    }[state]


def import_state(state: ImportState) -> Word:
    return {
        ImportState.UPLOADED: Word(_("Falta elegir columnas"), "warn"),
        ImportState.REHEARSING: Word(_("Ensayando"), "info"),
        ImportState.REHEARSED: Word(_("Lista para importar"), "violet"),
        ImportState.IMPORTING: Word(_("Importando"), "info"),
        ImportState.DONE: Word(_("Importada"), "ok"),
        ImportState.FAILED: Word(_("No se pudo leer"), "error"),
        ImportState.CANCELLED: Word(_("Cancelada"), "neutral"),
    }[state]


def import_kind(kind: ImportKind) -> str:
    return {
        ImportKind.SUBSCRIPTIONS: _("Suscripciones"),
        ImportKind.COUPONS: _("Cupones"),
    }[kind]


def field_label(code: str, kind: ImportKind) -> str:
    if code.startswith(CUSTOM):
        return _("Dato propio")
    label = FIELDS[kind][code].label
    return label[0].upper() + label[1:]


def field_choices(kind: ImportKind) -> list[tuple[str, str]]:
    """What a column may be: nothing, our fields (those of a coupon say so), or a field of one's
    own."""
    coupon = {field.code for field in COUPON}
    choices = [("", _("No usar"))]
    for code in FIELDS[kind]:
        label = field_label(code, kind)
        if code in coupon and kind is ImportKind.SUBSCRIPTIONS:
            label = _("Cupón: %(field)s") % {"field": label.lower()}
        choices.append((code, label))
    if kind is ImportKind.SUBSCRIPTIONS:
        choices.append((OWN, _("Guardar como dato propio")))
    return choices


def sureness(guess: Guess, field: str, kind: ImportKind) -> Word:
    """How a proposal came about; what a person changed is his."""
    if field != guess.field and not (field == "" and guess.sureness is Sureness.AMBIGUOUS):
        return Word(_("Elegido a mano"), "neutral")
    match guess.sureness:
        case Sureness.REMEMBERED:
            return Word(_("Como la vez anterior"), "ok")
        case Sureness.NAMED:
            return Word(_("Por el nombre"), "ok")
        case Sureness.SIMILAR:
            return Word(_("Parecido: revisalo"), "warn")
        case Sureness.AMBIGUOUS:
            text = _("Puede ser %(field)s, como «%(other)s»: elegí cuál")
            label = field_label(guess.field, kind).lower()
            return Word(text % {"field": label, "other": guess.rivals[0]}, "error")
        case Sureness.NONE:
            return Word(_("No la reconocemos"), "neutral")
