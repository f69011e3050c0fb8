"""What helps to answer: quick texts, the coupon's link, and what failed sent again."""

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import resending
from campaigns.composing import why_nothing_to_pay
from campaigns.errors import CaseHeld, MessageRefused, NotFound, TemplateNotApproved
from campaigns.quick_texts import offered_in
from campaigns.talks import talk_of
from dashboard import desk_screen, pages
from dashboard.auth import current_user, reach, reading, requires
from dashboard.composer_words import coupon_text, missing_said, nothing_to_pay, payable
from dashboard.desk_asked import seen_message
from dashboard.desk_screen import Open
from dashboard.language import _
from dashboard.views.desk import bp, context
from dashboard.views.desk_acts import do, told, whole, why
from messaging.errors import MessagingError
from messaging.named_texts import LINK_MARK, LINK_PLACE
from models.case import Case
from models.people import Role
from runtime.wiring import current_runtime

COUPON = "coupon"


@bp.get("/<int:case_id>/texts")
@requires(Role.OPERATOR)
def texts(case_id: int) -> ResponseReturnValue:
    """The quick texts, each as this customer would read it."""
    with reading() as session:
        case = reach(session, Case, case_id)
        offers = offered_in(session, case)
    return pages.render(
        "desk/texts.html",
        "desk/_texts.html",
        case_id=case_id,
        query=desk_screen.query_of(desk_screen.asked()),
        offers=offers,
        missing_said=missing_said,
        link_mark=LINK_MARK,
        link_place=LINK_PLACE,
    )


@bp.get("/<int:case_id>/compose")
@requires(Role.OPERATOR)
def compose(case_id: int) -> ResponseReturnValue:
    """The case with a text in its composer: ``text=`` a quick text's id, or ``coupon``."""
    wanted = request.args.get("text", "")
    drawn = context(case_id)
    with reading() as session:
        if wanted == COUPON:
            typed, problem = _coupon(session, drawn["shown"])
        else:
            case = reach(session, Case, case_id)
            typed, problem = _quick_text(
                session, case, int(wanted[:18]) if wanted.isdecimal() else 0
            )
    drawn |= {"typed": typed, "problem": problem}
    return pages.render("desk/desk.html", "desk/_desk.html", **drawn)


@bp.post("/<int:case_id>/messages/<int:message_id>/again")
@requires(Role.OPERATOR)
def again(case_id: int, message_id: int) -> ResponseReturnValue:
    """What failed, once more."""

    def act(session: Session, case: Case) -> int:
        resending.resend(
            session,
            case.id,
            message_id,
            by_id=current_user().id,
            now=current_runtime().now(session),
            zone=current_runtime().settings.timezone,
            seen_message_id=seen_message(),
        )
        return talk_of(session, case).line_id

    try:
        do(case_id, act, wakes=True)
    except (MessageRefused, CaseHeld, TemplateNotApproved, MessagingError) as error:
        return told(case_id, why(error))
    return whole(case_id, _("En cola de nuevo: sale en segundos."))


def _coupon(session: Session, shown: Open) -> tuple[str, str | None]:
    coupon = payable(shown.coupon)
    if coupon is None:
        subscription = shown.head.subscription
        missing = why_nothing_to_pay(session, subscription.id if subscription else None)
        return "", nothing_to_pay(missing)
    return coupon_text(coupon), None


def _quick_text(session: Session, case: Case, text_id: int) -> tuple[str, str | None]:
    offer = next((each for each in offered_in(session, case) if each.id == text_id), None)
    if offer is None:
        raise NotFound("quick text", text_id)
    if offer.missing:
        return offer.text, _("Falta %(what)s: completalo antes de enviar.") % {
            "what": missing_said(offer.missing)
        }
    return offer.text, None
