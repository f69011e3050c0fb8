"""A tap on a button that stands for a result: recorded by the system, the last one standing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.attribution import Tie
from campaigns.errors import ResultNotOffered
from campaigns.result_standing import is_superseded
from campaigns.result_values import value_of_tap
from campaigns.results import record_overtaken, record_result
from campaigns.text_reading import PERSON
from models.campaign import ResultType, ValueKind
from models.case import Case, Channel, NextAction, Result
from models.message import Attribution, Message
from models.states import NextActionState


def record_tap(session: Session, message: Message, case: Case, tie: Tie, *, now: datetime) -> bool:
    """Record what the button stands for; False if a person still has to look at it.

    Who asks for a person waits for one, whatever else he taps.

    Of two taps on the same message the last stands, and supersedes the one before. The last is
    the one that came in last: one that had to wait may be read after it.
    """
    option = tie.option
    if option is None or option.result_type_id is None:
        return False
    kind = session.get_one(ResultType, option.result_type_id)
    value = value_of_tap(kind, option.value)
    later = _later_tap(session, case.id, tie.answers_id, than=message.created_at)
    wants_person = kind.code == PERSON
    if wants_person:
        case.person_asked_at = case.person_asked_at or message.created_at
    try:
        if later is not None:
            record_overtaken(
                session,
                later,
                kind.id,
                channel=Channel.WHATSAPP,
                now=now,
                value=value,
                evidence_message_id=message.id,
                basis=tie.basis,
            )
            return not wants_person
        result = record_result(
            session,
            case.id,
            kind.id,
            channel=Channel.WHATSAPP,
            now=now,
            value=value,
            evidence_message_id=message.id,
            basis=tie.basis,
            supersedes_id=_standing_tap(session, case.id, tie.answers_id),
        )
    except ResultNotOffered:
        return False
    if wants_person:
        return False  # recorded, and still a person's to answer
    complete = kind.value_kind is ValueKind.NONE or not value.is_empty
    return complete or _has_next_action(session, result)


def _later_tap(
    session: Session, case_id: int, answers_id: int | None, *, than: datetime
) -> Result | None:
    """The result of the next tap on the same message, if one that came later was read before."""
    if answers_id is None:
        return None
    return session.scalar(
        select(Result)
        .join(Attribution, Attribution.message_id == Result.evidence_message_id)
        .join(Message, Message.id == Result.evidence_message_id)
        .where(
            Result.case_id == case_id,
            Result.by_id.is_(None),
            Attribution.answers_id == answers_id,
            Attribution.replaced_at.is_(None),
            Message.created_at > than,
        )
        .order_by(Message.created_at, Result.id)
        .limit(1)
    )


def _standing_tap(session: Session, case_id: int, answers_id: int | None) -> int | None:
    """The result of the last tap on the same message, if it still stands."""
    if answers_id is None:
        return None
    return session.scalar(
        select(Result.id)
        .join(Attribution, Attribution.message_id == Result.evidence_message_id)
        .where(
            Result.case_id == case_id,
            Result.by_id.is_(None),
            Result.revoked_at.is_(None),
            ~is_superseded(),
            Attribution.answers_id == answers_id,
            Attribution.replaced_at.is_(None),
        )
        .order_by(Result.id.desc())
        .limit(1)
    )


def _has_next_action(session: Session, result: Result) -> bool:
    found = select(NextAction.id).where(
        NextAction.result_id == result.id, NextAction.state == NextActionState.DUE
    )
    return session.execute(select(found.exists())).scalar_one()
