"""The automatic answer to who writes while a line is closed: once in a night, and never to a no.

A night is the time until the line's hours open next, weekends and holidays with it. It is
answered in the transaction that stores the message it answers, so that what is applied again is
answered no more; that there is one per address and night is the key of `NightAnswer`.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns.case_values import payable_coupon, values_of_case
from campaigns.limits import Guards
from campaigns.opt_out_words import wish_of
from campaigns.sending_hours import chosen_hours
from campaigns.slices import refresh_slices, slice_of
from campaigns.talks import Talk, window_of
from campaigns.times import Times
from messaging.inbound import InboundMessage
from messaging.named_texts import NIGHT, OPENS, fields_in, fill_leaving_out, offered_names
from models.case import Case
from models.desk_texts import NightAnswer
from models.message import Cause, Direction, Message
from models.people import ContactPoint, OptOut
from models.states import MessageState
from models.template import Line

MAX_NIGHT_TEXT = 1_000
NIGHT_NAMES = offered_names(NIGHT)
USUAL_TEXT = (
    "Hola {{nombre}}, recibimos tu mensaje. Ahora no estamos en horario de atención: te respondemos"
    " {{abrimos}}."
)
"""What the line's form proposes."""

_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


def answer_at_night(
    session: Session,
    reply: InboundMessage,
    case: Case,
    *,
    talk: Talk,
    received_at: datetime,
    now: datetime,
    guards: Guards,
    times: Times,
) -> int | None:
    """Write the line's answer if it is closed; the message's id, None where there is none.

    None either to who wants no messages, to what says so, to a tap that the system has handled,
    on a line that is held, and in the morning, when somebody is there again.
    """
    line = session.get_one(Line, talk.line_id)
    if not line.answers_at_night or not line.night_text or line.stopped is not None:
        return None
    hours = chosen_hours(guards.hours, (line.sending_window, line.sends_on_holidays))
    opens_at = hours.opens_at(received_at, guards.zone)
    if opens_at is None or opens_at <= max(received_at, now):
        return None
    if not _waits_for_person(session, reply.sid):
        return None
    if reply.opt_out or wish_of(reply.body) or _wants_nothing(session, talk.contact_point_id):
        return None
    contact = session.get_one(ContactPoint, talk.contact_point_id)
    address = contact.phone or contact.bsuid
    if address is None or not contact.is_valid:
        return None
    if not window_of(session, talk, times).is_open(now):
        return None
    text = _text(session, line.night_text, case, opens_at, received_at, guards.zone)
    return _once(session, talk, case, address=address, body=text, opens_at=opens_at, now=now)


def when_it_opens(opens_at: datetime, since: datetime, zone: ZoneInfo) -> str:
    """``hoy a las 9:00``, ``mañana a las 9:00``, ``el lunes 30/11 a las 9:00``."""
    local, today = opens_at.astimezone(zone), since.astimezone(zone).date()
    away = (local.date() - today).days
    day = {0: "hoy", 1: "mañana"}.get(away) or f"el {_DAYS[local.weekday()]} {local:%d/%m}"
    return f"{day} a las {local.hour}:{local:%M}"


def _once(
    session: Session,
    talk: Talk,
    case: Case,
    *,
    address: str,
    body: str,
    opens_at: datetime,
    now: datetime,
) -> int | None:
    said = select(NightAnswer.message_id).where(
        NightAnswer.contact_point_id == talk.contact_point_id,
        NightAnswer.line_id == talk.line_id,
        NightAnswer.opens_at == opens_at,
    )
    if not body or session.scalar(said) is not None:
        return None
    with session.begin_nested() as attempt:
        message = Message(
            direction=Direction.OUT,
            state=MessageState.PLANNED,
            line_id=talk.line_id,
            contact_point_id=talk.contact_point_id,
            address=address,
            body=body,
            cause=Cause.AUTOMATIC,
            case_id=case.id,
            campaign_id=case.campaign_id,
            due_at=now,
            created_at=now,
            state_at=now,
        )
        session.add(message)
        session.flush()
        mine = session.execute(
            insert(NightAnswer)
            .values(
                contact_point_id=talk.contact_point_id,
                line_id=talk.line_id,
                opens_at=opens_at,
                message_id=message.id,
            )
            .on_conflict_do_nothing()
            .returning(NightAnswer.message_id)
        ).first()
        if mine is None:  # another worker was quicker: nothing of ours stays
            attempt.rollback()
            return None
    refresh_slices(session, [slice_of(message.id)])
    return message.id


def _text(
    session: Session,
    body: str,
    case: Case,
    opens_at: datetime,
    received_at: datetime,
    zone: ZoneInfo,
) -> str:
    fields = fields_in(body, NIGHT_NAMES)
    coupon_id = payable_coupon(session, case.subscription_id) if fields - {OPENS} else None
    values = values_of_case(session, case, fields - {OPENS}, coupon_id)
    values[OPENS] = when_it_opens(opens_at, received_at, zone)
    return fill_leaving_out(body, values, NIGHT_NAMES)


def _waits_for_person(session: Session, sid: str) -> bool:
    waits = select(Message.id).where(
        Message.provider_sid == sid, Message.state == MessageState.ATTRIBUTED
    )
    return session.execute(select(waits.exists())).scalar_one()


def _wants_nothing(session: Session, contact_point_id: int) -> bool:
    """Of whatever purpose: who said no to anything gets nothing from a machine."""
    standing = select(OptOut.id).where(
        OptOut.contact_point_id == contact_point_id, OptOut.revoked_at.is_(None)
    )
    return session.execute(select(standing.exists())).scalar_one()
