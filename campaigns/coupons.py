"""What becomes of a coupon; paid, expired or void, it stops every message that has not left."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.cancelling import cancel_messages
from campaigns.errors import NotFound
from campaigns.locks import lock_contacts_exclusive, lock_coupon_exclusive
from campaigns.promises import keep_promises, promised_cases
from campaigns.results import record_result
from models.campaign import Campaign, ResultType
from models.case import Case, Channel
from models.coupon import Coupon
from models.message import Direction, Message
from models.states import COUPON, PAYABLE_COUPON, CaseState, CouponState

PAID = "pago"
"""The code of the system result that a payment leaves in a case, where its type has it."""

GRACE = timedelta(days=10)
"""How long after its last due date a coupon, and a link to it, can still be used."""

_REASONS = {
    CouponState.PAID: "coupon_paid",
    CouponState.EXPIRED: "coupon_expired",
    CouponState.VOID: "coupon_void",
}
_last_due = func.coalesce(Coupon.second_due_date, Coupon.due_date)


def usable_until(due_date: date, second_due_date: date | None, zone: ZoneInfo) -> datetime:
    """The end of the last day on which a coupon can be used, in ``zone``."""
    day = (second_due_date or due_date) + GRACE + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def mark_paid(
    session: Session,
    coupon_id: int,
    *,
    now: datetime,
    by_id: int | None = None,
    paid_on: date | None = None,
    import_id: int | None = None,
) -> bool:
    """The coupon was paid; False if that was known. Late payments count too.

    ``paid_on``: the day, where somebody says it; ``import_id``: the file that says so.

    Messages of the coupon that have not left are cancelled, no attempt of one is committed after
    this is, and every open case that sent it gets the system result *Pagó*. A promise to
    pay it is kept.

    Raises:
        NotFound: no such coupon.
        IllegalMove: it is void.
    """
    # the coupon before its contacts, as the senders take them: nobody waits in a circle
    lock_coupon_exclusive(session, coupon_id)
    lock_contacts_exclusive(session, _contacts(session, coupon_id))
    if not _stop(session, coupon_id, CouponState.PAID, now=now):
        return False
    coupon = session.get_one(Coupon, coupon_id)
    coupon.paid_on = paid_on
    details = {"paid_on": paid_on and paid_on.isoformat(), "import": import_id}
    known = {name: value for name, value in details.items() if value is not None}
    note(session, "coupon.paid", coupon, by_id=by_id, **known)
    waiting = _open_cases(session, coupon_id)
    _lock_cases(session, [case_id for case_id, _ in waiting], promised_cases(session, coupon_id))
    keep_promises(session, coupon_id, now=now, paid_on=paid_on)
    for case_id, type_id in waiting:
        if (paid := find_result_type(session, type_id, PAID)) is not None:
            record_result(session, case_id, paid, channel=Channel.SYSTEM, now=now)
    return True


def void_coupon(
    session: Session, coupon_id: int, *, now: datetime, by_id: int | None = None
) -> bool:
    """The coupon must not be paid any more; False if that was known.

    Raises:
        NotFound: no such coupon.
        IllegalMove: it was paid.
    """
    if not _stop(session, coupon_id, CouponState.VOID, now=now):
        return False
    note(session, "coupon.void", session.get_one(Coupon, coupon_id), by_id=by_id)
    return True


def receipt_received(session: Session, coupon_id: int, *, now: datetime) -> bool:
    """The customer sent a receipt, which nobody has verified; False if there was one before.

    Raises:
        NotFound: no such coupon.
        IllegalMove: it is no longer payable.
    """
    return _move(session, coupon_id, CouponState.RECEIPT_RECEIVED, now=now)


def expire_coupons(
    session: Session, *, now: datetime, zone: ZoneInfo, limit: int = 500
) -> list[int]:
    """Expire coupons whose last day is over; those whose dates were moved are issued again.

    Returns the ids of the expired. Works on at most ``limit`` at a time, oldest id first: call
    it, each time in a transaction of its own, until it returns none.
    """
    today = now.astimezone(zone).date()
    session.execute(
        update(Coupon)
        .where(Coupon.state == CouponState.EXPIRED, _last_due >= today - GRACE)
        .values(state=CouponState.ISSUED, updated_at=now)
    )
    over = session.scalars(
        select(Coupon.id)
        .where(Coupon.state.in_(PAYABLE_COUPON), _last_due < today - GRACE)
        .order_by(Coupon.id)  # the order in which the senders lock them
        .limit(limit)
    ).all()
    return [one for one in over if _stop(session, one, CouponState.EXPIRED, now=now)]


def concerned(session: Session, coupon_id: int) -> set[tuple[int, int | None]]:
    """Whose screens show the coupon: campaign and holder of each case of its subscription."""
    rows = session.execute(
        select(Case.campaign_id, Case.operator_id)
        .join(Coupon, Coupon.subscription_id == Case.subscription_id)
        .where(Coupon.id == coupon_id)
    )
    return {(row.campaign_id, row.operator_id) for row in rows}


def find_result_type(session: Session, campaign_type_id: int, code: str) -> int | None:
    """The result that a campaign's type has under this code, its own or a common one."""
    return session.scalar(
        select(ResultType.id)
        .where(
            or_(
                ResultType.campaign_type_id == campaign_type_id,
                ResultType.campaign_type_id.is_(None),
            ),
            ResultType.code == code,
            ResultType.is_active,
        )
        .order_by(ResultType.campaign_type_id.nulls_last())
        .limit(1)
    )


def _stop(session: Session, coupon_id: int, state: CouponState, *, now: datetime) -> bool:
    lock_coupon_exclusive(session, coupon_id)
    if not _move(session, coupon_id, state, now=now):
        return False
    cancel_messages(session, [Message.coupon_id == coupon_id], reason=_REASONS[state], now=now)
    return True


def _move(session: Session, coupon_id: int, state: CouponState, *, now: datetime) -> bool:
    moved = session.execute(
        update(Coupon)
        .where(Coupon.id == coupon_id, Coupon.state.in_(COUPON.sources(state)))
        .values(state=state, updated_at=now)
        .returning(Coupon.id)
    ).first()
    if moved is not None:
        return True
    is_now = session.scalar(select(Coupon.state).where(Coupon.id == coupon_id))
    if is_now is None:
        raise NotFound("coupon", coupon_id)
    if is_now is not state:
        COUPON.check(is_now, state)
    return False


def _open_cases(session: Session, coupon_id: int) -> list[tuple[int, int]]:
    """Cases that sent or promised this coupon and are not finished, with their campaign's type."""
    rows = session.execute(
        select(Case.id, Campaign.campaign_type_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .where(
            or_(
                Case.id.in_(select(Message.case_id).where(Message.coupon_id == coupon_id)),
                Case.id.in_(promised_cases(session, coupon_id)),
            ),
            Case.state != CaseState.FINISHED,
        )
        .order_by(Case.id)
    )
    return [(row.id, row.campaign_type_id) for row in rows]


def _lock_cases(session: Session, *ids: list[int]) -> None:
    """All of them at once, in the order of their ids: nobody waits in a circle."""
    which = {each for some in ids for each in some}
    session.execute(select(Case.id).where(Case.id.in_(which)).order_by(Case.id).with_for_update())


def _contacts(session: Session, coupon_id: int) -> list[int]:
    """Everybody to whom a case that sent this coupon, or promised to pay it, has written or may."""
    sent = select(Message.case_id).where(Message.coupon_id == coupon_id)
    promised = promised_cases(session, coupon_id)
    theirs = or_(Message.case_id.in_(sent), Message.case_id.in_(promised))
    found = session.scalars(
        select(Message.contact_point_id)
        .where(theirs, Message.direction == Direction.OUT)
        .union(select(Case.contact_point_id).where(or_(Case.id.in_(sent), Case.id.in_(promised))))
    )
    return [contact_id for contact_id in found if contact_id is not None]
