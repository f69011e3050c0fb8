"""Which contact point an inbound address is."""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from messaging.inbound import InboundMessage
from messaging.phone_formats import match_key
from models.message import Conversation
from models.people import ContactPoint


def is_phone(address: str) -> bool:
    """Whether an address is a number, whatever its country makes of it; else it is a BSUID."""
    return address.startswith("+") and address[1:].isdecimal()


def find_contact(session: Session, address: str, bsuid: str | None = None) -> ContactPoint | None:
    """The contact point with this address in any of its forms; a phone goes before a BSUID."""
    phone_key = match_key(address) if is_phone(address) else None
    known_as = bsuid if phone_key else address
    found = session.scalars(
        select(ContactPoint).where(
            or_(
                ContactPoint.match_key == phone_key if phone_key else ContactPoint.id.is_(None),
                ContactPoint.bsuid == known_as if known_as else ContactPoint.id.is_(None),
            )
        )
    ).all()
    return next((one for one in found if one.match_key == phone_key), found[0] if found else None)


def contact_of(session: Session, reply: InboundMessage, *, now: datetime) -> ContactPoint:
    """The sender's contact point, made if it is new, with what this message says about it.

    An address is never refused: whoever writes to us has one.
    """
    contact = find_contact(session, reply.sender, reply.bsuid)
    if contact is None:
        phone = reply.sender if is_phone(reply.sender) else None
        session.execute(
            insert(ContactPoint)
            .values(
                phone=phone,
                match_key=match_key(phone) if phone else None,
                bsuid=reply.bsuid if phone else reply.bsuid or reply.sender,
                created_at=now,
            )
            .on_conflict_do_nothing()
        )
        contact = find_contact(session, reply.sender, reply.bsuid)
        if contact is None:
            raise LookupError("a contact point of another address has this one's phone or BSUID")
    _learn(session, contact, reply)
    return contact


def _learn(session: Session, contact: ContactPoint, reply: InboundMessage) -> None:
    if reply.wa_id:
        contact.wa_id = reply.wa_id
    if reply.profile_name:
        contact.profile_name = reply.profile_name[:200]
    if not contact.is_valid:  # it has just been used
        contact.is_valid, contact.invalid_reason = True, None
    if reply.bsuid and contact.bsuid is None:
        adopt_bsuid(session, contact.id, reply.bsuid)


def adopt_bsuid(session: Session, contact_point_id: int, bsuid: str) -> bool:
    """Remember a BSUID, unless the address has one or another address has it."""
    taken = select(ContactPoint.id).where(ContactPoint.bsuid == bsuid).exists()
    adopted = session.execute(
        update(ContactPoint)
        .where(ContactPoint.id == contact_point_id, ContactPoint.bsuid.is_(None), ~taken)
        .values(bsuid=bsuid)
        .returning(ContactPoint.id)
    ).all()
    return bool(adopted)


def same_address(ours: str, theirs: str, *, bsuid: str | None) -> bool:
    """Whether the provider's name for a recipient may be the address that we wrote to.

    A phone comes back in any of its forms; a BSUID may stand for a phone, unless the contact
    point is known by another one.
    """
    if is_phone(ours) and is_phone(theirs):
        return match_key(ours) == match_key(theirs)
    if is_phone(theirs):
        return True  # written to by BSUID; the phone is one more name for it
    return theirs in (ours, bsuid or theirs)


def open_conversation(session: Session, line_id: int, contact_point_id: int) -> None:
    """Every message in opens the conversation between a line and an address."""
    session.execute(
        insert(Conversation)
        .values(line_id=line_id, contact_point_id=contact_point_id, is_open=True)
        .on_conflict_do_update(
            index_elements=["line_id", "contact_point_id"], set_={"is_open": True}
        )
    )
