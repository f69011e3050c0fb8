"""The answer bound to a result: a ticked line of its form, sent with it in one transaction."""

from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session

from campaigns.case_values import payable_coupon, values_of_case
from campaigns.result_values import TypedValue
from dashboard import formats
from dashboard.composer_words import missing_said
from dashboard.desk_forms import ResultForm
from dashboard.desk_screen import Open
from dashboard.language import _
from messaging.named_texts import AGREED, AGREED_AMOUNT, AGREED_DATE, LINK_PLACE, fields_in, fill
from messaging.template_names import NAMES
from messaging.templates import COUPON_LINK_TOKEN
from models.case import Case

REPLY_NAMES = {**NAMES, **AGREED}


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """What would be sent. ``problem``: why it cannot be."""

    text: str
    is_ticked: bool
    problem: str | None = None


def reply_line(session: Session, shown: Open, form: ResultForm) -> ReplyLine | None:
    """None: the result that was chosen has no answer of its own."""
    chosen = form.chosen
    if chosen is None or not chosen.reply_text:
        return None
    fields = fields_in(chosen.reply_text, REPLY_NAMES)
    case = session.get_one(Case, shown.head.case_id)
    coupon_id = payable_coupon(session, case.subscription_id)
    values = values_of_case(session, case, fields - set(AGREED.values()), coupon_id)
    if coupon_id is not None:
        values[COUPON_LINK_TOKEN] = LINK_PLACE
    asked = {AGREED_DATE: _("(la fecha)"), AGREED_AMOUNT: _("(el importe)")}
    filled = fill(chosen.reply_text, {**values, **asked, **agreed(form.value())}, REPLY_NAMES)
    problem = None
    if shown.silent is not None:
        problem = _("No se envía: %(why)s.") % {"why": shown.silent[0]}
    elif filled.missing:
        problem = _("No se envía: falta %(what)s.") % {"what": missing_said(filled.missing)}
    is_written = form.channel.data == "whatsapp"  # who was called has been answered by voice
    offered = is_written and not form.corrects.data
    wanted = "send" in request.form if request.method == "POST" else offered
    return ReplyLine(filled.text, wanted and problem is None, problem)


def agreed(value: TypedValue) -> dict[str, str]:
    """The value that is being recorded, as an answer may name it."""
    found = {}
    if value.date is not None:
        found[AGREED_DATE] = formats.short_day(value.date)
    if value.money is not None:
        found[AGREED_AMOUNT] = formats.money(value.money.amount, value.money.currency)
    return found
