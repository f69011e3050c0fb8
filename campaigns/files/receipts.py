"""A receipt that a customer sent: the result it proposes, and what a person's word makes of it."""

from datetime import datetime

from sqlalchemy import case as sql_case
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.cases import answered, get_case, wait_for_person
from campaigns.coupons import find_result_type, receipt_received
from campaigns.errors import NotFound
from campaigns.files.attachments import attach
from campaigns.locks import lock_contact_exclusive
from campaigns.results import record_result
from models.campaign import Campaign, ResultType
from models.case import Case, Channel, Result
from models.coupon import Coupon
from models.files import Attachment, Source, StoredFile
from models.message import Basis, Message
from models.states import COUPON, CouponState

SENT_RECEIPT, SAYS_PAID = "envio_comprobante", "ya_pago"
"""The codes of the results that a receipt proposes: the first that a campaign's type has."""

MOST_UPLOADED = 5
"""Receipts by one link: whoever has it may use it, and a customer needs no more."""


def proposed_result(session: Session, case: Case) -> int | None:
    """The result type that a receipt proposes in this case; None where it has none."""
    type_id = session.get_one(Campaign, case.campaign_id).campaign_type_id
    return find_result_type(session, type_id, SENT_RECEIPT) or find_result_type(
        session, type_id, SAYS_PAID
    )


def rest_on(session: Session, result: Result, attachment_id: int | None, *, now: datetime) -> None:
    """What a person has just recorded rests on this file; a receipt's coupon says so from now on.

    Call it in the transaction that records the result.

    Raises:
        NotFound: the file is not on the subscription that the case is about.
    """
    case = session.get_one(Case, result.case_id)
    attachment = None
    if attachment_id is not None:
        attachment = session.get(Attachment, attachment_id)
        if (
            attachment is None
            or attachment.removed_at is not None
            or attachment.subscription_id != case.subscription_id
        ):
            raise NotFound("attachment", attachment_id)
        result.evidence_attachment_id = attachment.id
    code = session.get_one(ResultType, result.result_type_id).code
    if code == SENT_RECEIPT or (code == SAYS_PAID and attachment is not None):
        coupon_id = attachment.coupon_id if attachment is not None else None
        note_receipt(session, case, coupon_id, now=now)
    session.flush()


def note_receipt(
    session: Session, case: Case, coupon_id: int | None, *, now: datetime
) -> int | None:
    """The coupon that a receipt is for has one, which nobody has verified; that coupon.

    It is ``coupon_id``, else the one that the case's messages brought, else the subscription's
    oldest that can be paid. None, and nothing is written, if that one cannot have a receipt.
    """
    found = coupon_id or _coupon_of(session, case)
    if found is None:
        return None
    state = session.scalar(select(Coupon.state).where(Coupon.id == found).with_for_update())
    if state is not CouponState.RECEIPT_RECEIVED:
        if state is None or not COUPON.allows(state, CouponState.RECEIPT_RECEIVED):
            return None
        receipt_received(session, found, now=now)
    return found


def receive_receipt(
    session: Session, message_id: int, coupon_id: int, file: StoredFile, *, now: datetime
) -> bool:
    """The customer uploaded a receipt on his coupon's page; False if he did so often enough.

    It lies beside his subscription, the coupon has a receipt, and the case that its link belongs
    to waits for a person: what the system makes of it there stands on the basis `coupon`.
    """
    case_id, contact_id = session.execute(
        select(Message.case_id, Message.contact_point_id).where(Message.id == message_id)
    ).one()
    if contact_id is not None:
        lock_contact_exclusive(session, contact_id)  # before any row: the result may stop sends
    case = get_case(session, case_id) if case_id is not None else None
    uploaded = select(func.count(Attachment.id)).where(
        Attachment.message_id == message_id, Attachment.source == Source.COUPON_PAGE
    )
    if session.execute(uploaded).scalar_one() >= MOST_UPLOADED:
        return False
    subscription_id = session.scalars(
        select(Coupon.subscription_id).where(Coupon.id == coupon_id)
    ).one()
    saved = attach(
        session,
        subscription_id,
        file,
        source=Source.COUPON_PAGE,
        now=now,
        case_id=case_id,
        message_id=message_id,
        coupon_id=coupon_id,
    )
    if case is None:
        return True
    note_receipt(session, case, coupon_id, now=now)
    answered(case, now=now)
    wait_for_person(case, since=now)
    _say_so(session, case, saved, now=now)
    session.flush()
    return True


def _say_so(session: Session, case: Case, saved: Attachment, *, now: datetime) -> None:
    """By the system, once: a person confirms it, or takes it back."""
    kind = proposed_result(session, case)
    said = select(Result.id).where(
        Result.case_id == case.id,
        Result.result_type_id == kind,
        Result.by_id.is_(None),
        Result.channel == Channel.COUPON_PAGE,
        Result.revoked_at.is_(None),
    )
    if kind is None or session.execute(select(said.exists())).scalar_one():
        return
    result = record_result(
        session, case.id, kind, channel=Channel.COUPON_PAGE, now=now, basis=Basis.COUPON
    )
    result.evidence_attachment_id = saved.id


def _coupon_of(session: Session, case: Case) -> int | None:
    payable = Coupon.state.in_(COUPON.sources(CouponState.RECEIPT_RECEIVED))
    brought = select(Message.coupon_id).where(
        Message.case_id == case.id, Message.coupon_id.is_not(None)
    )
    return session.scalar(
        select(Coupon.id)
        .where(Coupon.subscription_id == case.subscription_id, payable)
        .order_by(sql_case((Coupon.id.in_(brought), 0), else_=1), Coupon.due_date, Coupon.id)
        .limit(1)
    )
