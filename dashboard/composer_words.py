"""What the composer says: the coupon of a link, why a text stays, what to do about one."""

from dataclasses import dataclass

from campaigns.desk_card import CaseHead, CouponCard
from campaigns.desk_thread import ThreadMessage
from campaigns.errors import InvalidText, NothingToPay, NotResendable, UnfilledText
from campaigns.resending import PROVED_LOST
from dashboard import formats
from dashboard.language import _
from messaging.named_texts import LINK_MARK, said_of
from messaging.provider import Fault
from messaging.template_names import NAMES
from messaging.twilio.error_codes import meaning_of
from models.message import Cause
from models.states import PAYABLE_COUPON, MessageState

_HOPELESS = (Fault.PERMANENT, Fault.OPT_OUT, Fault.ACCOUNT, Fault.AMBIGUOUS)
_WAITING = (MessageState.PLANNED, MessageState.CLAIMED)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What an operator can do about a message that did not arrive."""

    message_id: int
    again: bool  # else with a template


def remedy_of(message: ThreadMessage, head: CaseHead, *, is_open: bool) -> Remedy | None:
    """Send it again where the provider proved that it was lost and may take it; or a template."""
    if message.is_inbound or message.state not in PROVED_LOST or message.was_repeated:
        return None
    meaning = meaning_of(message.error_code)
    fault = meaning.fault if meaning else None
    if fault in _HOPELESS or head.opted_out_at is not None or head.line_held is not None:
        return None
    may_go = message.cause is Cause.REPLY and fault not in (Fault.WINDOW, Fault.TEMPLATE)
    return Remedy(message.id, again=may_go and (message.is_template or is_open))


def why_it_waits(message: ThreadMessage, head: CaseHead) -> str | None:
    """Of a message in the queue that will not move by itself."""
    if message.is_inbound or message.state not in _WAITING or head.line_held is None:
        return None
    return _("Espera: la línea está detenida. Sale sola cuando la liberen; avisá a tu supervisor.")


def payable(coupon: CouponCard | None) -> CouponCard | None:
    return coupon if coupon is not None and coupon.state in PAYABLE_COUPON else None


def coupon_said(coupon: CouponCard) -> str:
    """Which coupon a link would show: «cuota 14 · $ 45.300,50 · vence 10/12»."""
    return _("cuota %(n)s · %(amount)s · vence %(day)s") % {
        "n": coupon.instalment,
        "amount": formats.money(coupon.amount, coupon.currency),
        "day": formats.day(coupon.due_date),
    }


def coupon_text(coupon: CouponCard) -> str:
    """What is put into the composer: the operator reads what the customer will."""
    said = "Te paso el link para pagar la cuota %(n)s (%(amount)s, vence el %(day)s): %(link)s"
    return said % {
        "n": coupon.instalment,
        "amount": formats.money(coupon.amount, coupon.currency),
        "day": formats.day(coupon.due_date),
        "link": LINK_MARK,
    }


def missing_said(names: tuple[str, ...]) -> str:
    """«Nombre, Vencimiento»; what is no name of ours as it was typed."""
    return ", ".join(said_of(NAMES[name]) if name in NAMES else said_of(name) for name in names)


def why_not_written(error: Exception) -> str | None:
    """The sentence of a refusal that knows more than the table of errors."""
    if isinstance(error, InvalidText):
        if not error.length:
            return _("Escribí un mensaje.")
        return _("Tiene %(n)s caracteres y entran %(most)s: acortalo o mandalo en dos.") % {
            "n": formats.number(error.length),
            "most": formats.number(error.limit),
        }
    if isinstance(error, UnfilledText):
        return _("No se envió: falta %(what)s. Completalo o sacalo del texto.") % {
            "what": missing_said(error.names)
        }
    if isinstance(error, NothingToPay):
        return nothing_to_pay(error.why)
    if isinstance(error, NotResendable):
        return _("No se vuelve a enviar: no está probado que se haya perdido.")
    return None


def nothing_to_pay(why: str) -> str:
    return {
        "stranger": _("No hay cupón para enviar: todavía no sabemos de quién es este número."),
        "none": _("No hay cupón para enviar: esta suscripción no tiene ninguno cargado."),
        "paid": _("No hay cupón para enviar: el último ya está pagado."),
        "expired": _("No hay cupón para enviar: el último venció. Pedí que emitan otro."),
        "void": _("No hay cupón para enviar: el último está anulado."),
    }.get(why, _("No hay un cupón que se pueda pagar."))
