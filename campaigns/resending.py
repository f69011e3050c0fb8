"""Send again what the provider proved it did not deliver: another row, and once for each."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.case_holding import hold
from campaigns.cases import get_case
from campaigns.errors import NotFound, NotResendable
from campaigns.files.media import file_of
from campaigns.locks import lock_contact_exclusive
from campaigns.single_messages import write_template, write_text
from campaigns.talks import talk_of
from models.case import Case
from models.desk_texts import MessageRepeat
from models.message import Cause, Direction, Message
from models.states import MessageState
from models.template import TemplateVersion

PROVED_LOST = (MessageState.FAILED, MessageState.UNDELIVERED)
"""The provider itself said that it did not arrive. What is uncertain is never among them."""


def resend(
    session: Session,
    case_id: int,
    message_id: int,
    *,
    by_id: int,
    now: datetime,
    zone: ZoneInfo,
    seen_message_id: int | None = None,
) -> int:
    """Write the same again; its id. Pressed twice, it is one.

    What the customer wrote after ``seen_message_id`` goes on waiting.

    Raises:
        NotFound: the case has no such message of an operator.
        NotResendable: nobody proved that it was lost.
        CaseHeld: somebody else holds the case.
        MessageRefused, TemplateNotApproved: as `write_text` and `write_template`.
    """
    unlocked = session.get(Case, case_id)
    old = session.get(Message, message_id)
    if unlocked is None or old is None or old.case_id != case_id:
        raise NotFound("message", message_id)
    if old.direction is not Direction.OUT or old.cause is not Cause.REPLY:
        raise NotFound("message", message_id)
    lock_contact_exclusive(session, talk_of(session, unlocked).contact_point_id)
    # the case's row is locked from here on: of two who press, the second sees the first's
    get_case(session, case_id)
    done = session.scalar(
        select(MessageRepeat.repeat_id).where(MessageRepeat.message_id == message_id)
    )
    if done is not None:
        return done
    session.refresh(old)
    if old.state not in PROVED_LOST:
        raise NotResendable(message_id, old.state)
    case = hold(session, case_id, by_id=by_id, now=now)
    repeat_id = _again(session, case, old, by_id=by_id, now=now, zone=zone, seen=seen_message_id)
    session.add(MessageRepeat(message_id=message_id, repeat_id=repeat_id))
    session.flush()
    return repeat_id


def _again(
    session: Session,
    case: Case,
    old: Message,
    *,
    by_id: int,
    now: datetime,
    zone: ZoneInfo,
    seen: int | None,
) -> int:
    if old.template_version_id is None:
        return write_text(
            session,
            case=case,
            body=old.body or "",
            author_id=by_id,
            now=now,
            coupon_id=old.coupon_id,
            zone=zone,
            file=file_of(session, old.id),
            seen_message_id=seen,
        )
    talk = talk_of(session, case)
    return write_template(
        session,
        line_id=talk.line_id,
        contact_point_id=talk.contact_point_id,
        version=session.get_one(TemplateVersion, old.template_version_id),
        variables={key: str(value) for key, value in (old.variables or {}).items()},
        cause=Cause.REPLY,
        author_id=by_id,
        now=now,
        case_id=case.id,
        coupon_id=old.coupon_id,
        zone=zone,
        seen_message_id=seen,
    )
