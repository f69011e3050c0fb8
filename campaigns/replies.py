"""Which case a reply answers, decided on plain data; then the rows that say so.

The ladder, first rung that holds: the signed payload of a button (or a static id and the message
it quotes) → the message it quotes → a coupon link → the only case it can be about → the likeliest
of several → the line's standing campaign. A button is never known by its label.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

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
from campaigns.errors import NotFound, ResultNotOffered
from campaigns.files.media import await_media
from campaigns.locks import NO_KEY
from campaigns.replied import refresh_replied
from campaigns.reply_evidence import Evidence, Option, Sent
from campaigns.result_values import value_of_tap
from campaigns.results import is_superseded, record_overtaken, record_result
from campaigns.text_reading import PERSON, asks_for_person
from messaging.inbound import InboundMessage
from models.campaign import ResultType, ValueKind
from models.case import Case, Channel, NextAction, Result
from models.message import Attribution, Basis, Confidence, Direction, Message
from models.states import MESSAGE, MessageState, NextActionState


@dataclass(frozen=True, slots=True)
class Tie:
    """Which case, and why. Without a case it goes to the standing campaign's."""

    basis: Basis
    confidence: Confidence
    case_id: int | None = None
    answers_id: int | None = None
    option: Option | None = None
    note: str | None = None


def attribute_reply(reply: InboundMessage, evidence: Evidence, *, may_wait: bool) -> Tie | None:
    """Climb the ladder. None: it quotes a message that we may yet come to know; ask again.

    A payload and a quote that name different messages are never decided in silence; nor is a
    button, quote or link of a message that went to somebody else, nor which of several
    subscriptions is meant that one message lists.
    """
    signed, quoted, own = evidence.signed, evidence.quoted, evidence.contact_point_id
    named = [each for each in (signed, quoted) if each is not None]
    if any(each.contact_point_id != own for each in named):
        return _doubtful(evidence, named, "es de un mensaje enviado a otro medio de contacto")
    if signed and quoted and signed.message_id != quoted.message_id:
        why = f"el botón es del mensaje {signed.message_id} y cita el {quoted.message_id}"
        return _doubtful(evidence, named, why)
    if evidence.quotes_unknown and may_wait and (signed is None or signed.has_sid):
        return None  # of a signed message without a sid, it is surely its own
    option = tapped_option(reply, evidence)
    for each in named:
        if each.case_id is not None and (each is signed or option is not None):
            return Tie(Basis.PAYLOAD, Confidence.EXACT, each.case_id, each.message_id, option)
        if each.case_id is not None and evidence.beside:
            return _ambiguous(each, [each, *evidence.beside], "el mensaje habla de varias")
        if each.case_id is not None:
            note = "botón que la plantilla no tiene" if reply.button_payload else None
            return Tie(Basis.QUOTED, Confidence.EXACT, each.case_id, each.message_id, note=note)
    linked = [each for each in evidence.linked if each.case_id is not None]
    if any(each.contact_point_id != own for each in linked):
        return _doubtful(evidence, linked, "es un link de otro medio de contacto")
    if len({each.case_id for each in linked}) > 1:
        return _ambiguous(_best(linked), linked, "tiene links de varios casos")
    if linked:
        return Tie(Basis.COUPON, Confidence.HIGH, linked[0].case_id, linked[0].message_id)
    return _by_what_was_sent(reply, evidence)


def tapped_option(reply: InboundMessage, evidence: Evidence) -> Option | None:
    """The button that was tapped: by its signed position, or by its id in what is quoted.

    A provider that did not fill the variable sends the pattern itself; it is matched like a
    static id. Without a quote such an id says nothing: many templates may have it.
    """
    if evidence.signed is not None:
        return next(
            (each for each in evidence.options if each.position == evidence.signed_position), None
        )
    if evidence.quoted is None or not reply.button_payload:
        return None
    found = [each for each in evidence.options if each.payload == reply.button_payload]
    return found[0] if len(found) == 1 else None


def _by_what_was_sent(reply: InboundMessage, evidence: Evidence) -> Tie:
    open_ones = [each for each in evidence.recent if each.case_is_open]
    candidates = open_ones or list(evidence.recent)
    if len(open_ones) == 1 and open_ones[0].is_guess:
        candidates = list(evidence.recent)  # it is the only open one because we guessed before
    note = "botón sin el mensaje al que pertenece" if reply.button_payload else None
    if not candidates:
        return Tie(Basis.UNSOLICITED, Confidence.NONE, note=note)
    best = _best(candidates)
    if len(candidates) == 1:
        return Tie(Basis.SINGLE, Confidence.HIGH, best.case_id, best.message_id, note=note)
    return _ambiguous(best, candidates, note)


def _doubtful(evidence: Evidence, named: list[Sent], why: str) -> Tie:
    """The sender's own cases first: what he writes should not land with a stranger."""
    own = [each for each in named if each.contact_point_id == evidence.contact_point_id]
    candidates = [
        each
        for group in (own, [each for each in evidence.recent if each.case_is_open], named)
        for each in group
        if each.case_id is not None
    ]
    if not candidates:
        return Tie(Basis.UNSOLICITED, Confidence.NONE, note=why)
    return _ambiguous(candidates[0], candidates, why)


def _ambiguous(best: Sent, candidates: list[Sent], why: str | None) -> Tie:
    ids = ", ".join(str(case_id) for case_id in sorted({each.case_id or 0 for each in candidates}))
    note = "; ".join(filter(None, (why, f"casos posibles: {ids}")))
    return Tie(Basis.AMBIGUOUS, Confidence.LOW, best.case_id, best.message_id, note=note)


def _best(candidates: list[Sent]) -> Sent:
    """By the campaign's priority, then the newest."""
    return min(candidates, key=lambda each: (each.priority, -each.message_id))


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
    if _record_tap(session, message, case, tie, now=now):
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
        if _record_tap(session, message, case, tie, now=now):
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


def _record_tap(session: Session, message: Message, case: Case, tie: Tie, *, now: datetime) -> bool:
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


def _move(message: Message, state: MessageState, *, now: datetime) -> None:
    MESSAGE.check(message.state, state)
    message.state = state
    message.state_at = now
