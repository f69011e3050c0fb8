"""The ledger: every message, every attempt to send one, everything that came back."""

import enum
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from models.base import Base, Json, JsonList
from models.states import MessageState

ID_BLOCK = 500
"""Every value of `messages_id_seq` reserves this many ids: a slice of a campaign uses them all,
a single message the first. So a slice is known by its first id and belongs to one campaign."""

message_ids = Sequence("messages_id_seq", start=ID_BLOCK, increment=ID_BLOCK)


class Direction(enum.StrEnum):
    OUT = "out"
    IN = "in"


class Cause(enum.StrEnum):
    """Why an outbound message exists."""

    CAMPAIGN = "campaign"
    REPLY = "reply"  # an operator answers
    REMINDER = "reminder"
    TEST = "test"  # a supervisor's test message to himself
    AUTOMATIC = "automatic"  # e.g. the answer out of hours
    RECOVERED = (
        "recovered"  # the provider has it and a restored ledger had not: of what, nobody knows
    )


TO_ONE_PERSON = (Cause.REPLY, Cause.TEST, Cause.AUTOMATIC)
"""What goes out before bulk, and whether its campaign is held or not."""


class Conversation(Base):
    """All messages between one line and one contact point; belongs to no campaign."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("line_id", "contact_point_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_points.id"))
    is_open: Mapped[bool] = mapped_column(server_default=text("true"))


class Message(Base):
    """One WhatsApp message. An outbound row is written before anyone tries to send it."""

    __tablename__ = "messages"
    __table_args__ = (
        # planned twice, sent once
        Index(
            "uq_messages_case_sequence",
            "case_id",
            "sequence",
            unique=True,
            postgresql_where=text("direction = 'out' AND sequence IS NOT NULL"),
        ),
        Index("ix_messages_contact_point_id", "contact_point_id", "id"),
        Index("ix_messages_campaign_id", "campaign_id", "id"),
        # who did not get it or may not have, who answered, and what people wrote back
        Index(
            "ix_messages_explained",
            "campaign_id",
            "id",
            postgresql_where=text("reason IS NOT NULL OR error_code IS NOT NULL"),
        ),
        Index(
            "ix_messages_replied",
            "campaign_id",
            "id",
            postgresql_where=text("replied_at IS NOT NULL"),
            postgresql_include=["case_id", "direction", "sequence", "replied_at"],
        ),
        Index("ix_messages_case_id", "case_id", postgresql_where=text("sequence IS NULL")),
        Index(
            "ix_messages_answers",
            "campaign_id",
            "case_id",
            postgresql_where=text("author_id IS NOT NULL"),
            postgresql_include=["author_id", "cause", "created_at"],
        ),
        # partial, so that it is no key: to write it does not wait for rows that point here
        Index(
            "uq_messages_provider_sid",
            "provider_sid",
            unique=True,
            postgresql_where=text("provider_sid IS NOT NULL"),
        ),
        Index("ix_messages_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
        CheckConstraint(
            "direction = 'in' OR body IS NOT NULL OR template_version_id IS NOT NULL",
            name="says_something",
        ),
        # a subscription without any phone still has its skipped row
        CheckConstraint(
            "state = 'skipped' OR (contact_point_id IS NOT NULL AND address IS NOT NULL)",
            name="goes_somewhere",
        ),
        # No index speaks of `state` or the lease, and each page has room: so that what every
        # message goes through rewrites its row in place (HOT) and touches no index.
        {"postgresql_with": {"fillfactor": 60}},
    )

    id: Mapped[int] = mapped_column(
        message_ids, primary_key=True, server_default=message_ids.next_value()
    )
    direction: Mapped[Direction]
    state: Mapped[MessageState]
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_points.id"))
    address: Mapped[str | None]  # E.164 or BSUID, frozen
    body: Mapped[str | None]  # free text, or what came in
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    state_at: Mapped[datetime] = mapped_column(server_default=func.now())
    provider_sid: Mapped[str | None]

    # outbound
    cause: Mapped[Cause | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    # 1 is the campaign's first; None for replies; below 0 a first one that failed and was replaced
    sequence: Mapped[int | None]
    template_version_id: Mapped[int | None] = mapped_column(ForeignKey("template_versions.id"))
    variables: Mapped[Json | None]  # frozen values; tokens are derived when it is sent
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupons.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # why skipped, cancelled, or back to planned
    error_code: Mapped[int | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    reported_failures: Mapped[int] = mapped_column(server_default=text("0"))
    look_at: Mapped[datetime | None]  # when an uncertain one is looked for at the provider
    looks: Mapped[int] = mapped_column(server_default=text("0"))  # listings that did not have it
    replied_at: Mapped[datetime | None]  # of a first message: when its case was first answered
    price: Mapped[Decimal | None]
    price_currency: Mapped[str | None]

    # inbound
    kind: Mapped[str | None]  # text, button, image, … : an open set
    button_payload: Mapped[str | None]
    button_text: Mapped[str | None]
    quoted_sid: Mapped[str | None]
    media: Mapped[JsonList | None]  # [{"url": …, "content_type": …}]


class SendSlice(Base):
    """A range of ids with work on it: what a worker takes and the sweep finds.

    Its id is its first message's; `next_due_at` is when the earliest of its planned messages is
    due, None when none is left.
    """

    __tablename__ = "send_slices"
    __table_args__ = (
        Index(
            "ix_send_slices_due",
            "line_id",
            "next_due_at",
            postgresql_where=text("next_due_at IS NOT NULL"),
        ),
        Index("ix_send_slices_reap_at", "reap_at", postgresql_where=text("reap_at IS NOT NULL")),
        Index("ix_send_slices_stuck_at", "stuck_at", postgresql_where=text("stuck_at IS NOT NULL")),
        Index("ix_send_slices_campaign_id", "campaign_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_id: Mapped[int]
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    is_reply: Mapped[bool]  # replies go first, and do not stop with the campaign
    next_due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    reap_at: Mapped[datetime | None]  # when the first lease of one of its messages lapses
    stuck_at: Mapped[datetime | None]  # when we ask for those of which nothing was heard
    # all its recipients have Argentine numbers, so that one look at the clock says it for all
    is_domestic: Mapped[bool] = mapped_column(server_default=text("false"))
    # what a guard of the claim made it, or some of its messages, wait for; ends by itself
    put_off_reason: Mapped[str | None]
    put_off_at: Mapped[datetime | None]
    put_off_until: Mapped[datetime | None]  # None: its messages wait, each until its own `due_at`


class SendTurn(Base):
    """How much of its line a campaign has had, in messages over its weight.

    Campaign 0 is the line itself: where it has come to. Both without foreign keys: a campaign's
    row is locked while it is planned, and a worker that takes its turn must not wait for that.
    """

    __tablename__ = "send_turns"

    line_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    campaign_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    had: Mapped[float]


class AttemptOutcome(enum.StrEnum):
    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"  # proven: 429 with its body, connection refused
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    ABSENT = "absent"  # unknown first, then missing from two listings


class Attempt(Base):
    """One try at sending one message, committed before the request leaves."""

    __tablename__ = "attempts"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]  # which worker
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
    outcome: Mapped[AttemptOutcome | None]
    http_status: Mapped[int | None]
    error_code: Mapped[int | None]
    detail: Mapped[str | None]
    provider_sid: Mapped[str | None] = mapped_column(unique=True)
    other_sids: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'")
    )  # more than one for one attempt: never expected, kept and shown


class EventKind(enum.StrEnum):
    STATUS = "status"
    INBOUND = "inbound"


class EventState(enum.StrEnum):
    RECEIVED = "received"
    APPLIED = "applied"
    PARKED = "parked"  # names something we do not know yet
    IGNORED = "ignored"  # understood, and changes nothing; `note` says why
    FAILED = "failed"  # our own fault: `note` has the error


class WebhookEvent(Base):
    """What the provider posted, stored before anything is done with it."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index(
            "ix_webhook_events_open",
            "kind",
            "id",
            postgresql_where=text("state IN ('received', 'parked')"),
        ),
        Index("ix_webhook_events_provider_sid", "provider_sid"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[EventKind]
    provider_sid: Mapped[str | None]
    message_id: Mapped[int | None]  # as the callback's path names it
    attempt: Mapped[int | None]
    form: Mapped[JsonList]  # [{"name": …, "value": …}] in the order posted, repeats kept
    delivery_token: Mapped[str | None]  # I-Twilio-Idempotency-Token
    # asked for and not posted: an inbound one then has no button and no quote
    is_polled: Mapped[bool] = mapped_column(server_default=text("false"))
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    state: Mapped[EventState] = mapped_column(server_default=text(f"'{EventState.RECEIVED}'"))
    try_at: Mapped[datetime | None]  # parked until
    applied_at: Mapped[datetime | None]
    note: Mapped[str | None]


class Basis(enum.StrEnum):
    """How we know which case a reply answers."""

    PAYLOAD = "payload"
    QUOTED = "quoted"
    COUPON = "coupon"
    SINGLE = "single"
    AMBIGUOUS = "ambiguous"
    UNSOLICITED = "unsolicited"
    PERSON = "person"


class Confidence(enum.StrEnum):
    EXACT = "exact"
    HIGH = "high"
    LOW = "low"
    NONE = "none"


class Attribution(Base):
    """Which case an inbound answers. Nothing re-ties by itself what a person tied."""

    __tablename__ = "attributions"
    __table_args__ = (
        Index(
            "uq_attributions_standing",
            "message_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_attributions_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    basis: Mapped[Basis]
    confidence: Mapped[Confidence]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: by the system
    note: Mapped[str | None]  # e.g. the candidates of an ambiguous one
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    replaced_at: Mapped[datetime | None]
