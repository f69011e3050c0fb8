"""What can be known about which message a reply answers, as plain data."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Row, Select, any_, literal, or_, select
from sqlalchemy.orm import Session

from campaigns.audience import COVERED
from messaging.inbound import InboundMessage
from messaging.tokens import Signer, TokenKind
from models.campaign import Campaign
from models.case import Case
from models.message import (
    Attempt,
    AttemptOutcome,
    Attribution,
    Basis,
    Direction,
    EventKind,
    Message,
    WebhookEvent,
)
from models.states import CaseState, MessageState
from models.template import ButtonKind, TemplateButton

_TOKEN_LENGTH = 35
_COUPON_LINK = re.compile(rf"/c/([A-Za-z0-9_-]{{{_TOKEN_LENGTH}}})(?![A-Za-z0-9_-])")

# It may have reached the customer; what was skipped, cancelled or refused never did.
_MAY_HAVE_ARRIVED = (
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.REVIEW,
    MessageState.ACCEPTED,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.READ,
)
# An attempt that was refused, or proved absent, put nothing before the customer.
_MAY_HAVE_LEFT = (AttemptOutcome.ACCEPTED, AttemptOutcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Sent:
    """One of our messages, with the case it is about as it stands now."""

    message_id: int
    contact_point_id: int
    case_id: int | None
    version_id: int | None
    case_is_open: bool = False
    priority: int = 2  # 1 goes first
    at: datetime | None = None
    has_sid: bool = False  # we know what the provider calls it
    is_guess: bool = False  # its case is open by our guess, which nobody has looked at yet


@dataclass(frozen=True, slots=True)
class Option:
    """A quick reply of a version, and what a tap on it means."""

    position: int
    payload: str  # as the template has it: "b1_{{5}}", or a static id
    result_type_id: int | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that speaks for one message or another."""

    contact_point_id: int
    signed: Sent | None = None  # whose button it is, by our signature in the payload
    signed_position: int | None = None
    quoted: Sent | None = None
    quotes_unknown: bool = False  # it quotes something that we do not know, or not yet
    linked: tuple[Sent, ...] = ()  # whose coupon links are in the text
    beside: tuple[Sent, ...] = ()  # open cases that ``quoted`` lists beside its own
    options: tuple[Option, ...] = ()  # of the version of ``signed``, else of ``quoted``
    recent: tuple[Sent, ...] = ()  # one per case, within the reply window


def gather_evidence(
    session: Session,
    reply: InboundMessage,
    contact_point_id: int,
    *,
    signer: Signer,
    line_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Evidence:
    """Look up what the reply names; with ``line_id``, recent messages too.

    Recent: heard of after ``since``, and on its way to the customer by ``until``, when he wrote.
    """
    payload = reply.button_payload or ""
    token = signer.read(TokenKind.BUTTON, payload[-_TOKEN_LENGTH:])
    signed = _sent(session, token.message_id) if token else None
    quoted, unknown = _quoted(session, reply.quoted_sid)
    named = signed or quoted
    return Evidence(
        contact_point_id=contact_point_id,
        signed=signed,
        signed_position=token.position if token and signed else None,
        quoted=quoted,
        quotes_unknown=unknown,
        linked=_linked(session, reply.body, signer),
        beside=_listed_beside(session, [quoted]) if quoted else (),
        options=_options(session, named.version_id) if named and payload else (),
        recent=_recent(session, contact_point_id, line_id, since, until)
        if line_id and since and until
        else (),
    )


def _quoted(session: Session, sid: str | None) -> tuple[Sent | None, bool]:
    if sid is None:
        return None, False
    message_id = (
        session.scalar(select(Message.id).where(Message.provider_sid == sid))
        or session.scalar(select(Attempt.message_id).where(Attempt.provider_sid == sid))
        or session.scalar(_by_another_sid(sid))
    )
    if message_id is None:
        return None, True
    return _sent(session, message_id), False


def _by_another_sid(sid: str) -> Select[int]:
    """The provider named one attempt twice: the callback that told us leads to it by an index."""
    return (
        select(Attempt.message_id)
        .join(WebhookEvent, WebhookEvent.message_id == Attempt.message_id)
        .where(
            WebhookEvent.kind == EventKind.STATUS,
            WebhookEvent.provider_sid == sid,
            literal(sid) == any_(Attempt.other_sids),
        )
        .limit(1)
    )


def _linked(session: Session, body: str, signer: Signer) -> tuple[Sent, ...]:
    tokens = (signer.read(TokenKind.COUPON_LINK, match[1]) for match in _COUPON_LINK.finditer(body))
    ids = dict.fromkeys(token.message_id for token in tokens if token)
    return tuple(filter(None, (_sent(session, each) for each in ids)))


def _sent(session: Session, message_id: int) -> Sent | None:
    row = session.execute(_sent_rows().where(Message.id == message_id)).one_or_none()
    return None if row is None else _as_sent(row)


def _options(session: Session, version_id: int | None) -> tuple[Option, ...]:
    if version_id is None:
        return ()
    rows = session.execute(
        select(
            TemplateButton.position,
            TemplateButton.payload,
            TemplateButton.result_type_id,
            TemplateButton.value,
        ).where(
            TemplateButton.template_version_id == version_id,
            TemplateButton.kind == ButtonKind.QUICK_REPLY,
        )
    )
    return tuple(
        Option(row.position, row.payload, row.result_type_id, row.value)
        for row in rows
        if row.payload is not None
    )


def _recent(
    session: Session, contact_point_id: int, line_id: int, since: datetime, until: datetime
) -> tuple[Sent, ...]:
    """The last message of each case; how recent it is goes by what was last heard of it.

    What left after the customer wrote is no answer's question, however late we read him.
    """
    tries = select(Attempt.message_id).where(Attempt.message_id == Message.id)
    had_left = tries.where(
        Attempt.started_at <= until,
        or_(Attempt.outcome.is_(None), Attempt.outcome.in_(_MAY_HAVE_LEFT)),
    )
    rows = session.execute(
        _sent_rows()
        .where(
            Message.contact_point_id == contact_point_id,
            Message.line_id == line_id,
            Message.case_id.is_not(None),
            Message.state.in_(_MAY_HAVE_ARRIVED),
            Message.state_at >= since,
            or_(had_left.exists(), ~tries.exists()),
        )
        .order_by(Message.id.desc())
        .limit(200)
    )
    newest: dict[int | None, Sent] = {}
    for row in rows:
        newest.setdefault(row.case_id, _as_sent(row))
    for other in _listed_beside(session, list(newest.values())):
        newest.setdefault(other.case_id, other)
    if len(newest) > 1:
        for case_id in _guessed(session, contact_point_id, newest):
            newest[case_id] = replace(newest[case_id], is_guess=True)
    return tuple(newest.values())


def _guessed(
    session: Session, contact_point_id: int, case_ids: Collection[int | None]
) -> Sequence[int]:
    return session.scalars(
        select(Attribution.case_id)
        .join(Message, Message.id == Attribution.message_id)
        .where(
            Attribution.case_id.in_(case_ids),
            Attribution.replaced_at.is_(None),
            Attribution.basis == Basis.AMBIGUOUS,
            Message.contact_point_id == contact_point_id,
            Message.state == MessageState.ATTRIBUTED,
        )
    ).all()


def _listed_beside(session: Session, messages: Sequence[Sent]) -> tuple[Sent, ...]:
    """Open cases without a message of their own, each as told in one of these messages."""
    teller = {f"{COVERED}:{each.message_id}": each for each in messages}
    rows = session.execute(
        _sent_rows()
        .add_columns(Message.reason)
        .where(
            Message.contact_point_id.in_({each.contact_point_id for each in messages}),
            Message.state == MessageState.SKIPPED,
            Message.reason.in_(teller),
            Case.state != CaseState.FINISHED,
        )
        .order_by(Message.id)
    )
    return tuple(
        replace(
            teller[row.reason],
            case_id=row.case_id,
            case_is_open=True,
            priority=row.priority or 2,
        )
        for row in rows
    )


def _sent_rows() -> Select[
    int, int | None, int | None, int | None, CaseState, int, datetime, str | None
]:
    return (
        select(
            Message.id,
            Message.contact_point_id,
            Message.case_id,
            Message.template_version_id,
            Case.state,
            Campaign.priority,
            Message.state_at,
            Message.provider_sid,
        )
        .outerjoin(Case, Case.id == Message.case_id)
        .outerjoin(Campaign, Campaign.id == Case.campaign_id)
        .where(Message.direction == Direction.OUT, Message.contact_point_id.is_not(None))
    )


def _as_sent(
    row: Row[
        int, int | None, int | None, int | None, CaseState | None, int | None, datetime, str | None
    ],
) -> Sent:
    message_id, contact_point_id, case_id, version_id, case_state, priority, at, sid = row
    assert contact_point_id is not None
    return Sent(
        message_id,
        contact_point_id,
        case_id,
        version_id,
        case_is_open=case_state is not None and case_state is not CaseState.FINISHED,
        priority=priority or 2,
        at=at,
        has_sid=sid is not None,
    )
