"""Who works here, and who is called."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json

# What is searched for, as the indexes keep it: a query must say it in these very words. No
# extension is needed for it, which not every database lets its applications create.
_ACCENTED = "ÁÀÂÄÃÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇáàâäãéèêëíìîïóòôöõúùûüñç"
_PLAIN = "aaaaaeeeeiiiiooooouuuuncaaaaaeeeeiiiiooooouuuunc"
CUSTOMER_WORDS = (
    "to_tsvector('simple'::regconfig, regexp_replace("
    f"lower(translate(customers.name, '{_ACCENTED}', '{_PLAIN}')), '[^a-z0-9]+', ' ', 'g'))"
)
CUSTOMER_DNI = "substr(customers.document, 3, 8)"  # the one inside a CUIT
PHONE_BACKWARDS = "reverse(contact_points.match_key)"  # people remember how a number ends


class Role(enum.StrEnum):
    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]
    role: Mapped[Role]
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(
        server_default=text("false")
    )  # somebody else made it
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    test_phone: Mapped[str | None]  # E.164: where he sends himself test messages
    away_since: Mapped[datetime | None]  # presence, as he chose it; None: available
    plays_sound: Mapped[bool] = mapped_column(server_default=text("false"))
    has_single_keys: Mapped[bool] = mapped_column(server_default=text("true"))


class Customer(Base):
    """A person or company. Known by its document, else by phone and name."""

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "ix_customers_words",
            text(CUSTOMER_WORDS.replace("customers.", "")),
            postgresql_using="gin",
        ),
        Index(
            "ix_customers_document",
            "document",
            postgresql_ops={"document": "text_pattern_ops"},
        ),
        Index(
            "ix_customers_dni",
            literal_column(CUSTOMER_DNI.replace("customers.", "")).label("dni"),
            postgresql_ops={"dni": "text_pattern_ops"},
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    document: Mapped[str | None] = mapped_column(unique=True)  # DNI or CUIT, digits only
    external_id: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None]
    address: Mapped[str | None]
    notes: Mapped[str | None]
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ContactPoint(Base):
    """One address, unique. Consent and opt-out live here, because they belong to the address."""

    __tablename__ = "contact_points"
    __table_args__ = (
        CheckConstraint("phone IS NOT NULL OR bsuid IS NOT NULL", name="has_an_address"),
        Index(
            "ix_contact_points_backwards",
            literal_column(PHONE_BACKWARDS.replace("contact_points.", "")).label("phone"),
            postgresql_ops={"phone": "text_pattern_ops"},
        ),
        # partial, so that it is no key: one that we learn does not wait for rows that point here
        Index(
            "uq_contact_points_bsuid",
            "bsuid",
            unique=True,
            postgresql_where=text("bsuid IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(unique=True)  # E.164, as dialled on WhatsApp
    match_key: Mapped[str | None] = mapped_column(unique=True)  # phone_formats.match_key(phone)
    wa_id: Mapped[str | None]  # what the provider calls it
    bsuid: Mapped[str | None]  # a username hides the phone
    is_valid: Mapped[bool] = mapped_column(server_default=text("true"))
    invalid_reason: Mapped[str | None]  # e.g. 63024: no WhatsApp on this number
    profile_name: Mapped[str | None]  # as the person calls himself on WhatsApp
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CustomerContact(Base):
    """Customer and contact point, many to many."""

    __tablename__ = "customer_contacts"
    __table_args__ = (
        # one preferred address per customer: the one a campaign writes to
        Index(
            "uq_customer_contacts_preferred",
            "customer_id",
            unique=True,
            postgresql_where=text("preferred"),
        ),
        Index("ix_customer_contacts_contact_point_id", "contact_point_id"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_points.id"), primary_key=True)
    label: Mapped[str | None]
    preferred: Mapped[bool] = mapped_column(server_default=text("false"))


class Purpose(enum.StrEnum):
    """What a message is for; an opt-out silences one of them, or all."""

    MARKETING = "marketing"
    ACCOUNT = "account"  # notices about the person's own plan
    ALL = "all"


class OptOut(Base):
    """This address wants no messages of this purpose; revoked by a later consent."""

    __tablename__ = "opt_outs"
    __table_args__ = (
        Index(
            "uq_opt_outs_standing",
            "contact_point_id",
            "purpose",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_points.id"))
    purpose: Mapped[Purpose]
    evidence: Mapped[str]  # "word: baja", "button", "provider: 21610", "operator"
    webhook_event_id: Mapped[int | None] = mapped_column(ForeignKey("webhook_events.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
