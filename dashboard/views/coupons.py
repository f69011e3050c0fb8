"""What is said of a coupon: it was paid, it must not be paid any more, its links are to end."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns.coupon_links import revoke_links_of_coupon
from campaigns.coupons import concerned, mark_paid, void_coupon
from dashboard import pages
from dashboard.auth import acting, current_user, reach, requires
from dashboard.language import _, ngettext
from models.coupon import Coupon
from models.people import Role
from models.states import IllegalMove
from runtime import live
from runtime.wiring import current_runtime

bp = Blueprint("coupons", __name__, url_prefix="/coupons")


@bp.post("/<int:coupon_id>/paid")
@requires(Role.SUPERVISOR)
def paid(coupon_id: int) -> ResponseReturnValue:
    """The promise to pay it is kept, its open cases have *Pagó*, nothing more of it is sent."""

    def act(session: Session, now: datetime) -> bool:
        return mark_paid(session, coupon_id, now=now, by_id=current_user().id)

    return _act(coupon_id, act, _("Cupón pagado."), _("Ya figuraba como pagado."))


@bp.post("/<int:coupon_id>/void")
@requires(Role.SUPERVISOR)
def void(coupon_id: int) -> ResponseReturnValue:
    def act(session: Session, now: datetime) -> bool:
        return void_coupon(session, coupon_id, now=now, by_id=current_user().id)

    return _act(coupon_id, act, _("Cupón anulado."), _("Ya estaba anulado."))


@bp.post("/<int:coupon_id>/links/revoke")
@requires(Role.OPERATOR)
def revoke_links(coupon_id: int) -> ResponseReturnValue:
    """Whoever may send a link may end it: it went to the wrong person, say."""
    runtime = current_runtime()
    with acting() as session:
        subscription_id = reach(session, Coupon, coupon_id).subscription_id
        now = runtime.now(session)
        ended = revoke_links_of_coupon(session, coupon_id, by_id=current_user().id, now=now)
    said = ngettext("Se anuló %(num)s enlace.", "Se anularon %(num)s enlaces.", ended) % {
        "num": ended
    }
    return pages.done(
        url_for("subscriptions.coupons", subscription_id=subscription_id),
        said if ended else _("Ya no quedaba ningún enlace que sirva."),
    )


def _act(
    coupon_id: int, act: Callable[[Session, datetime], bool], said: str, known: str
) -> ResponseReturnValue:
    runtime = current_runtime()
    with acting() as session:
        subscription_id = reach(session, Coupon, coupon_id).subscription_id
        back = url_for("subscriptions.coupons", subscription_id=subscription_id)
        try:
            is_new = act(session, runtime.now(session))
        except IllegalMove:  # the page is older than what somebody else said
            session.rollback()
            return pages.refused(_("Ya no se puede: el cupón está pagado o anulado."), back)
        topics = live.of_cases(concerned(session, coupon_id))
    live.touch(runtime.redis, *topics)
    return pages.done(back, said if is_new else known)
