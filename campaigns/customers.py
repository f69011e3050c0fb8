"""What is known of a customer, corrected by a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.errors import AlreadyThere, CustomerChanged, NotFound
from messaging.phone_formats import match_key
from models.people import ContactPoint, Customer, CustomerContact
from models.values import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerData:
    """All that a person may correct; None is "not known"."""

    name: str
    document: str | None  # DNI or CUIT, digits only
    email: str | None
    address: str | None
    notes: str | None
    phone: PhoneNumber | None  # the one to write to; None leaves it as it is


def edit_customer(
    session: Session, customer_id: int, data: CustomerData, *, by_id: int | None, now: datetime
) -> list[str]:
    """Write what differs; return the names of the fields that did.

    A new phone becomes the one to write to; the earlier one stays, as another of his.

    Raises:
        NotFound: no such customer.
        AlreadyThere: another customer has this document.
    """
    customer = session.get(Customer, customer_id, with_for_update=True)
    if customer is None:
        raise NotFound("customer", customer_id)
    changed = [
        field
        for field in ("name", "document", "email", "address", "notes")
        if getattr(customer, field) != getattr(data, field)
    ]
    if "document" in changed and data.document is not None:
        _check_document(session, data.document)
    for field in changed:
        setattr(customer, field, getattr(data, field))
    try:
        session.flush()
    except IntegrityError as error:  # somebody else gave it to another meanwhile
        raise AlreadyThere("document", data.document) from error
    if data.phone is not None and _prefer(session, customer_id, data.phone, now=now):
        changed.append("phone")
    if changed:
        note(session, "customer.edit", customer, by_id=by_id, fields=changed)
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPhone:
    contact_point_id: int
    phone: str | None
    preferred: bool
    is_valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CardData:
    """What is corrected beside a talk; the document is not: it says who somebody is."""

    name: str
    email: str | None
    address: str | None
    notes: str | None
    preferred_id: int | None = None  # the contact point to write to; None leaves it as it is
    another_phone: PhoneNumber | None = None  # one more of his


def phones_of(session: Session, customer_id: int) -> tuple[CustomerPhone, ...]:
    """The one that campaigns write to first."""
    rows = session.execute(
        select(ContactPoint, CustomerContact.preferred)
        .join(CustomerContact, CustomerContact.contact_point_id == ContactPoint.id)
        .where(CustomerContact.customer_id == customer_id)
        .order_by(CustomerContact.preferred.desc(), ContactPoint.id)
    )
    return tuple(
        CustomerPhone(
            contact_point_id=contact.id,
            phone=contact.phone,
            preferred=preferred,
            is_valid=contact.is_valid,
        )
        for contact, preferred in rows
    )


def mark_of(session: Session, customer_id: int) -> str:
    """Changes with what `edit_card` may change; raises NotFound."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("customer", customer_id)
    told = (customer.name, customer.email, customer.address, customer.notes)
    return sha256(repr((told, phones_of(session, customer_id))).encode()).hexdigest()[:16]


def edit_card(
    session: Session,
    customer_id: int,
    data: CardData,
    *,
    seen: str,
    by_id: int,
    now: datetime,
) -> list[str]:
    """Write what differs of what was on the screen; return the names of the fields that did.

    Raises:
        NotFound: no such customer, or the phone to write to is none of his.
        CustomerChanged: ``seen`` is no longer his mark: somebody else was quicker.
    """
    customer = session.get(Customer, customer_id, with_for_update=True, populate_existing=True)
    if customer is None:
        raise NotFound("customer", customer_id)
    if mark_of(session, customer_id) != seen:
        raise CustomerChanged(customer_id)
    known = {each.contact_point_id: each for each in phones_of(session, customer_id)}
    changed = edit_customer(
        session,
        customer_id,
        CustomerData(
            name=data.name,
            document=customer.document,
            email=data.email,
            address=data.address,
            notes=data.notes,
            phone=_phone_of(known, data.preferred_id),
        ),
        by_id=by_id,
        now=now,
    )
    if data.another_phone is not None and _add_phone(
        session, customer_id, data.another_phone, now=now
    ):
        changed.append("another_phone")
        note(session, "customer.edit", customer, by_id=by_id, fields=["another_phone"])
    session.flush()
    return changed


def _phone_of(
    known: Mapping[int, CustomerPhone], contact_point_id: int | None
) -> PhoneNumber | None:
    if contact_point_id is None:
        return None
    found = known.get(contact_point_id)
    if found is None:
        raise NotFound("contact point", contact_point_id)
    return PhoneNumber(found.phone) if found.phone and not found.preferred else None


def _add_phone(session: Session, customer_id: int, phone: PhoneNumber, *, now: datetime) -> bool:
    """One more of his; the first of all is the one to write to. Whether it is new."""
    contact_id = _contact_point(session, phone, now=now)
    if session.get(CustomerContact, (customer_id, contact_id)) is not None:
        return False
    has_one = select(CustomerContact.customer_id).where(
        CustomerContact.customer_id == customer_id, CustomerContact.preferred
    )
    session.add(
        CustomerContact(
            customer_id=customer_id,
            contact_point_id=contact_id,
            preferred=session.scalar(has_one) is None,
        )
    )
    session.flush()
    return True


def _contact_point(session: Session, phone: PhoneNumber, *, now: datetime) -> int:
    key = match_key(phone.e164)
    session.execute(
        insert(ContactPoint)
        .values(phone=phone.e164, match_key=key, created_at=now)
        .on_conflict_do_nothing()
    )
    return session.scalars(select(ContactPoint.id).where(ContactPoint.match_key == key)).one()


def _check_document(session: Session, document: str) -> None:
    taken = session.scalar(select(Customer.id).where(Customer.document == document))
    if taken is not None:
        raise AlreadyThere("document", document)


def _prefer(session: Session, customer_id: int, phone: PhoneNumber, *, now: datetime) -> bool:
    """Let campaigns write to this number; whether they did not already."""
    contact_id = _contact_point(session, phone, now=now)
    preferred = session.scalar(
        select(CustomerContact.contact_point_id).where(
            CustomerContact.customer_id == customer_id, CustomerContact.preferred
        )
    )
    if preferred == contact_id:
        return False
    session.execute(
        update(CustomerContact)
        .where(CustomerContact.customer_id == customer_id, CustomerContact.preferred)
        .values(preferred=False)
    )
    session.execute(
        insert(CustomerContact)
        .values(customer_id=customer_id, contact_point_id=contact_id, preferred=True)
        .on_conflict_do_update(
            index_elements=["customer_id", "contact_point_id"], set_={"preferred": True}
        )
    )
    return True
