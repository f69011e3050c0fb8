"""How many instalments are paid and overdue: what the administrator's file said, and what is new.

Coupons that were paid after a file last changed its figures are not in them. They are counted
beside them and written nowhere: so the next file is right, whatever it says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, ScalarSelect, and_, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from campaigns.sending_hours import ARGENTINA
from campaigns.visibility import of_seen
from models.coupon import Coupon
from models.states import CouponState
from models.subscription import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    told_paid: int | None  # by a file; None: it did not say
    told_overdue: int
    told_on: date  # when a file last changed what we know of the subscription
    paid_since: int
    settled_since: int  # of those that the file called overdue

    @property
    def paid(self) -> int | None:
        return None if self.told_paid is None else self.told_paid + self.paid_since

    @property
    def overdue(self) -> int:
        return self.told_overdue - self.settled_since


def figures_of(subscription: Subscription, paid_since: Iterable[tuple[int, date]]) -> Figures:
    """``paid_since``: instalment and due date of the coupons that `is_paid_since` holds for.

    One that the file's count reaches to is in it already; only what was due when the file came
    was overdue in it.
    """
    told_on = subscription.updated_at.astimezone(ARGENTINA).date()
    coupons = list(paid_since)
    settled = sum(due_date < told_on for _instalment, due_date in coupons)
    return Figures(
        told_paid=subscription.instalments_paid,
        told_overdue=subscription.instalments_overdue,
        told_on=told_on,
        paid_since=sum(each > (subscription.instalments_paid or 0) for each, _due in coupons),
        settled_since=min(settled, subscription.instalments_overdue),
    )


def paid_since(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[int, date]]]:
    """Of each visible subscription what `figures_of` counts; of most there is nothing."""
    rows = session.execute(
        of_seen(
            select(Coupon.subscription_id, Coupon.instalment, Coupon.due_date)
            .join(Subscription, Subscription.id == Coupon.subscription_id)
            .where(Coupon.subscription_id.in_(ids), is_paid_since(Coupon))
        )
    )
    found: dict[int, list[tuple[int, date]]] = {}
    for subscription_id, instalment, due_date in rows:
        found.setdefault(subscription_id, []).append((instalment, due_date))
    return found


def paid_since_of_row() -> ScalarSelect[Any]:
    """The same of the statement's subscription, as JSON for `read_paid_since`."""
    each = aliased(Coupon)
    return (
        select(func.json_agg(func.json_build_array(each.instalment, each.due_date)))
        .where(each.subscription_id == Subscription.id, is_paid_since(each))
        .correlate(Subscription)
        .scalar_subquery()
    )


def read_paid_since(found: Sequence[tuple[int, str]] | None) -> list[tuple[int, date]]:
    return [(instalment, date.fromisoformat(due_date)) for instalment, due_date in found or ()]


def is_paid_since(coupon: Any, of: Any = Subscription) -> ColumnElement[bool]:
    """Of a coupon and its subscription, both in the statement: by its day, else when we heard.

    They are models, or the columns of their tables.
    """
    return and_(
        coupon.state == CouponState.PAID,
        or_(
            coupon.paid_on >= _told_on(of),
            and_(coupon.paid_on.is_(None), coupon.updated_at > of.updated_at),
        ),
    )


def is_settled_since(coupon: Any, of: Any = Subscription) -> ColumnElement[bool]:
    """And that the file had called overdue."""
    return and_(is_paid_since(coupon, of), coupon.due_date < _told_on(of))


def _told_on(of: Any) -> ColumnElement[date]:
    return cast(func.timezone(ARGENTINA.key, of.updated_at), Date)
