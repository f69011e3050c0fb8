"""What a supervisor says of a coupon: it was paid, or must not be paid any more."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.coupons import mark_paid, void_coupon
from dashboard import pages
from dashboard.auth import acting, current_user, reach, requires
from dashboard.language import _
from models.case import Case
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
        topics = _concerned(session, subscription_id)
    live.touch(runtime.redis, *topics)
    return pages.done(back, said if is_new else known)


def _concerned(session: Session, subscription_id: int) -> set[str]:
    """The screens that show a case of the subscription."""
    cases = session.execute(
        select(Case.campaign_id, Case.operator_id).where(Case.subscription_id == subscription_id)
    ).all()
    talks = {live.talks(campaign_id) for campaign_id, _holder in cases}
    return talks | {live.user(holder) for _campaign, holder in cases if holder is not None}
