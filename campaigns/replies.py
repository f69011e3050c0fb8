"""Replies as rows: what came in, the case it is tied to, and what it entails there."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campaigns.attribution import Tie
from campaigns.cases import (
    answered,
    case_for_reply,
    get_case,
    has_unread,
    standing_case,
    wait_for_person,
    wait_no_more,
)
from campaigns.contacts import open_conversation
from campaigns.errors import NotFound
from campaigns.files.media import await_media
from campaigns.locks import NO_KEY
from campaigns.replied import refresh_replied
from campaigns.taps import record_tap
from campaigns.text_reading import asks_for_person
from messaging.inbound import InboundMessage
from models.case import Case
from models.message import Attribution, Basis, Confidence, Direction, Message
from models.states import MESSAGE, MessageState


def record_reply(
    session: Session,
    reply: InboundMessage,
    tie: Tie,
    *,
    line_id: int,
    contact_point_id: int,
    address: str,
    received_at: datetime,
    now: datetime,
) -> Case:
    """Write the inbound message, its attribution and what it entails for its case; return that.

    Call `replied.refresh_replied` at the end of the transaction.

    A tap on a button that has a result is handled by the system; everything else waits for a
    person. A reply to a finished case opens it again.
    """
    message = Message(
        direction=Direction.IN,
        state=MessageState.RECEIVED,
        line_id=line_id,
        contact_point_id=contact_point_id,
        address=address,
        body=reply.body,
        created_at=received_at,
        state_at=now,
        provider_sid=reply.sid,
        kind=reply.kind,
        button_payload=reply.button_payload,
        button_text=reply.button_text,
        quoted_sid=reply.quoted_sid,
        media=[{"url": each.url, "content_type": each.content_type} for each in reply.media]
        or None,
    )
    session.add(message)
    open_conversation(session, line_id, contact_point_id)
    if tie.case_id is None:
        case = standing_case(session, line_id, contact_point_id, now=now)
    else:
        case = case_for_reply(session, tie.case_id)
    session.flush()
    await_media(session, message.id, reply.media, now=now)
    session.add(
        Attribution(
            message_id=message.id,
            case_id=case.id,
            answers_id=tie.answers_id,
            basis=tie.basis,
            confidence=tie.confidence,
            note=tie.note,
            at=now,
        )
    )
    _move(message, MessageState.ATTRIBUTED, now=now)
    answered(case, now=now)
    if record_tap(session, message, case, tie, now=now):
        _move(message, MessageState.HANDLED, now=now)
    else:
        _wait(session, case, message, tie)
    session.flush()
    return case


def tie_reply(
    session: Session, message_id: int, case_id: int, *, by_id: int, now: datetime
) -> Attribution:
    """A person says which case a reply answers; nothing re-ties it by itself afterwards.

    The results that the system read from it stay where they are: revoke them by hand.

    Raises:
        NotFound: no such inbound message, or no such case.
    """
    lock_its_case(session, message_id, case_id)
    message = session.get(Message, message_id, with_for_update=NO_KEY, populate_existing=True)
    if message is None or message.direction is not Direction.IN:
        raise NotFound("message", message_id)
    old = session.scalar(_standing_tie(message_id))
    case_id = case_for_reply(session, case_id).id
    ids = sorted({case_id, *([old.case_id] if old else [])})
    cases = {each: get_case(session, each) for each in ids}
    if old is not None:
        old.replaced_at = now
        session.flush()  # the standing one is unique
    tied = Attribution(
        message_id=message_id,
        case_id=case_id,
        answers_id=old.answers_id if old else None,
        basis=Basis.PERSON,
        confidence=Confidence.EXACT,
        by_id=by_id,
        at=now,
    )
    session.add(tied)
    session.flush()
    if message.state is MessageState.ATTRIBUTED:
        answered(cases[case_id], now=now)
        wait_for_person(cases[case_id], since=message.created_at)
        if old is not None and old.case_id != case_id and not has_unread(session, old.case_id):
            taken, left = cases[case_id], cases[old.case_id]
            taken.person_asked_at = taken.person_asked_at or left.person_asked_at
            wait_no_more(left)
    session.flush()
    refresh_replied(session, ids)
    return tied


def lock_its_case(session: Session, message_id: int, *case_ids: int) -> None:
    """Hold the case that a message is tied to, and these, in order: cases before their messages."""
    old = session.scalar(_standing_tie(message_id))
    for each in sorted({*case_ids, *([old.case_id] if old is not None else [])}):
        get_case(session, each)


def _standing_tie(message_id: int) -> Select[Attribution]:
    return select(Attribution).where(
        Attribution.message_id == message_id, Attribution.replaced_at.is_(None)
    )


def tie_by_evidence(session: Session, message: Message, tie: Tie, *, now: datetime) -> int | None:
    """Tie a reply anew because better evidence came; the case, or None if a person tied it.

    The case it was tied to keeps what people did there.
    """
    assert tie.case_id is not None
    old = session.scalar(_standing_tie(message.id))
    if old is not None and old.basis is Basis.PERSON:
        return None
    case_id = case_for_reply(session, tie.case_id).id
    ids = sorted({case_id, *([old.case_id] if old else [])})
    cases = {each: get_case(session, each) for each in ids}
    if old is not None:
        old.replaced_at = now
        session.flush()  # the standing one is unique
    session.add(
        Attribution(
            message_id=message.id,
            case_id=case_id,
            answers_id=tie.answers_id,
            basis=tie.basis,
            confidence=tie.confidence,
            note=tie.note,
            at=now,
        )
    )
    session.flush()
    case = cases[case_id]
    answered(case, now=now)
    if message.state is MessageState.ATTRIBUTED:  # else a person has seen to it
        if record_tap(session, message, case, tie, now=now):
            _move(message, MessageState.HANDLED, now=now)
            session.flush()
        else:
            _wait(session, case, message, tie)
    for each in cases.values():
        if not has_unread(session, each.id):
            wait_no_more(each)
    session.flush()
    refresh_replied(session, ids)
    return case_id


def _wait(session: Session, case: Case, message: Message, tie: Tie) -> None:
    """A person has to read it; first of all if that is what its words ask for."""
    since, said = message.created_at, message.body if tie.option is None else None
    if said and asks_for_person(session, case.campaign_id, said, now=since):
        case.person_asked_at = case.person_asked_at or since
    wait_for_person(case, since=since)


def _move(message: Message, state: MessageState, *, now: datetime) -> None:
    MESSAGE.check(message.state, state)
    message.state = state
    message.state_at = now
