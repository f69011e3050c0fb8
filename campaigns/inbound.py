"""One message from a customer: who wrote it, to which line, and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns.attribution import attribute_reply
from campaigns.contacts import adopt_bsuid, contact_of, find_contact, is_phone
from campaigns.errors import NotFound
from campaigns.events import Settled, StoredEvent, parked
from campaigns.late_details import complete_reply
from campaigns.limits import Guards
from campaigns.locks import lock_contacts_exclusive
from campaigns.night_answers import answer_at_night
from campaigns.opt_out_words import Wish, wish_of
from campaigns.opt_outs import opt_out, revoke_opt_outs
from campaigns.replies import record_reply
from campaigns.reply_evidence import gather_evidence
from campaigns.talks import Talk
from campaigns.times import Times
from messaging.errors import MalformedWebhook
from messaging.inbound import InboundMessage
from messaging.tokens import Signer
from models.campaign import ResultType
from models.message import Basis, EventKind, EventState, Message, WebhookEvent
from models.people import ContactPoint, Purpose
from models.template import Line

ParseInbound = Callable[[Mapping[str, str]], InboundMessage]

_GUARDS = Guards()
_QUOTES_UNKNOWN = "cita un mensaje que todavía no conocemos"


@dataclass(frozen=True, slots=True)
class _Said:
    wish: Wish
    evidence: str  # as `OptOut.evidence` has it


def apply_reply(
    session: Session,
    event: StoredEvent,
    parse: ParseInbound,
    *,
    signer: Signer,
    now: datetime,
    times: Times,
    guards: Guards = _GUARDS,
) -> Settled:
    """Make a stored event a message with its attribution and what it entails.

    Raises:
        MalformedWebhook: it cannot be read.
        NotFound: it was written to a number that is no line of ours.
    """
    reply = parse(event.form)
    before = session.scalar(select(Message).where(Message.provider_sid == reply.sid))
    if before is not None:
        case_id = complete_reply(session, before, reply, signer=signer, now=now)
        note = "ya estaba" if case_id is None else "completa lo que trajo el listado"
        return Settled(event.id, EventState.APPLIED, note, case_id=case_id)
    line_id = session.scalar(select(Line.id).where(Line.sender == reply.line))
    if line_id is None:
        raise NotFound("line", reply.line)
    may_wait = now < event.received_at + times.unknown_sid_wait
    if may_wait and _hides_behind_unknown(session, reply, signer=signer):
        return parked(event, _QUOTES_UNKNOWN, now=now, times=times)
    contact = identify(session, reply, signer=signer, now=now)
    evidence = gather_evidence(
        session,
        reply,
        contact.id,
        signer=signer,
        line_id=line_id,
        since=event.received_at - times.reply_window,
        until=event.received_at,
    )
    tie = attribute_reply(reply, evidence, may_wait=may_wait)
    if tie is None:
        return parked(event, _QUOTES_UNKNOWN, now=now, times=times)
    case = record_reply(
        session,
        reply,
        tie,
        line_id=line_id,
        contact_point_id=contact.id,
        address=reply.sender,
        received_at=event.received_at,
        now=now,
    )
    answer_at_night(
        session,
        reply,
        case,
        talk=Talk(line_id, contact.id),
        received_at=event.received_at,
        now=now,
        guards=guards,
        times=times,
    )
    return Settled(event.id, EventState.APPLIED, campaign_id=case.campaign_id, case_id=case.id)


def identify(
    session: Session, reply: InboundMessage, *, signer: Signer, now: datetime
) -> ContactPoint:
    """The sender's contact point, made if it is new.

    A person behind a username whom we do not know yet is known by what he answers: only who
    received a message can tap its button or quote it.
    """
    known = find_contact(session, reply.sender, reply.bsuid)
    if known is None and reply.bsuid and not is_phone(reply.sender):
        named = gather_evidence(session, reply, 0, signer=signer)
        for sent in (named.signed, named.quoted):
            if sent is not None and adopt_bsuid(session, sent.contact_point_id, reply.bsuid):
                break
    return contact_of(session, reply, now=now)


def _hides_behind_unknown(session: Session, reply: InboundMessage, *, signer: Signer) -> bool:
    """A stranger behind a username quotes what may be ours: who he is may be known in a moment.

    To make him a contact point now would be to take him for somebody else for good.
    """
    if is_phone(reply.sender) or find_contact(session, reply.sender, reply.bsuid) is not None:
        return False
    named = gather_evidence(session, reply, 0, signer=signer)
    return named.quotes_unknown and named.signed is None


def heed_wish(
    session: Session, event_id: int, reply: InboundMessage, *, signer: Signer, now: datetime
) -> None:
    """Write the opt-out, or its end, that a message brings: once for each provider sid.

    A webhook carries no time of its own, so one that comes again later must not undo what the
    customer said in between.
    """
    contact = find_contact(session, reply.sender, reply.bsuid)
    said = _wish(session, reply, contact, signer=signer)
    if said is None:
        return
    contact = contact or identify(session, reply, signer=signer, now=now)
    lock_contacts_exclusive(session, [contact.id])  # first: then every earlier copy is seen
    if _came_before(session, event_id, reply):
        return
    if said.wish is Wish.START:
        revoke_opt_outs(session, contact.id, now=now)
    else:
        opt_out(session, contact.id, Purpose.ALL, said.evidence, now=now, webhook_event_id=event_id)


def lock_senders(session: Session, events: Sequence[StoredEvent], parse: ParseInbound) -> None:
    """The locks of all who tapped a button in this batch: a tap may stop what is being sent.

    Taken together, sorted and before any row, so that no attempt and we wait for each other. Then
    the cases of all who wrote, in the order of their ids, as whoever works on several takes them.
    """
    contacts: set[int] = set()
    wrote: set[int] = set()
    for event in events:
        try:
            reply = parse(event.form)
        except MalformedWebhook:
            continue
        if (found := find_contact(session, reply.sender, reply.bsuid)) is None:
            continue
        wrote.add(found.id)
        if reply.button_payload:
            contacts.add(found.id)
    lock_contacts_exclusive(session, contacts)
    session.execute(text(_THEIR_CASES), {"contacts": sorted(wrote)})


_THEIR_CASES = """
SELECT FROM cases WHERE id IN (
    SELECT case_id FROM messages
    WHERE contact_point_id = ANY(CAST(:contacts AS bigint[])) AND case_id IS NOT NULL
    UNION SELECT id FROM cases WHERE contact_point_id = ANY(CAST(:contacts AS bigint[]))
)
ORDER BY id FOR UPDATE
"""


def _wish(
    session: Session, reply: InboundMessage, contact: ContactPoint | None, *, signer: Signer
) -> _Said | None:
    if reply.opt_out == "STOP":
        return _Said(Wish.STOP, "provider: STOP")
    if reply.opt_out == "START":
        return _Said(Wish.START, "provider: START")
    if reply.button_payload:
        leaves = contact is not None and _taps_opt_out(session, reply, contact, signer=signer)
        return _Said(Wish.STOP, "button") if leaves else None
    if reply.button_text or reply.media:
        return None  # a label is not a word the customer chose, a caption not a whole message
    wish = wish_of(reply.body)
    return None if wish is None else _Said(wish, f"word: {reply.body.strip().lower()[:60]}")


def _taps_opt_out(
    session: Session, reply: InboundMessage, contact: ContactPoint, *, signer: Signer
) -> bool:
    evidence = gather_evidence(session, reply, contact.id, signer=signer)
    tie = attribute_reply(reply, evidence, may_wait=False)
    if tie is None or tie.basis is not Basis.PAYLOAD or tie.option is None:
        return False
    kind = session.get(ResultType, tie.option.result_type_id or 0)
    return kind is not None and kind.is_opt_out


def _came_before(session: Session, event_id: int, reply: InboundMessage) -> bool:
    event = select(WebhookEvent.id).where(
        WebhookEvent.kind == EventKind.INBOUND,
        WebhookEvent.provider_sid == reply.sid,
        WebhookEvent.id != event_id,
    )
    if reply.button_payload:  # what a listing brought before did not know of the button
        event = event.where(~WebhookEvent.is_polled)
        return session.execute(select(event.exists())).scalar_one()
    message = select(Message.id).where(Message.provider_sid == reply.sid)
    return session.execute(select(event.exists() | message.exists())).scalar_one()
