"""What happened with a subscription, of all campaigns and channels, newest first."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Select, or_, select, union
from sqlalchemy.orm import Session

from campaigns.files.attachments import EvidenceFile, evidence_line, evidence_of
from campaigns.files.media import MediumLine, files_of, lines_of
from campaigns.result_standing import is_confirmed, is_superseded
from campaigns.visibility import naming
from messaging.errors import MissingVariables
from messaging.templates import render
from models.audit import AuditEvent
from models.campaign import Campaign, ResultType
from models.case import Case, Channel, NextAction, Note, Result
from models.coupon import Coupon, CouponLink, CouponVisit, VisitKind
from models.files import StoredFile
from models.message import Attribution, Direction, Message
from models.people import User
from models.states import MessageState, NextActionState
from models.template import TemplateVersion

_LONGEST = 300  # characters of a text
_TOGETHER = 20  # more than happen at one moment


class Kind(enum.StrEnum):
    SENT = "sent"
    RECEIVED = "received"
    RESULT = "result"
    VISIT = "visit"  # the customer opened his coupon
    NEXT_ACTION = "next_action"
    NOTE = "note"
    COUPON = "coupon"  # somebody said something of one


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened; only the fields of its kind are set."""

    kind: Kind
    at: datetime
    who: str | None = None  # a colleague; None: the system or the customer
    campaign: str | None = None
    campaign_id: int | None = None
    text: str = ""  # what was written or noted; of a next action, what to do
    files: tuple[MediumLine, ...] = ()  # what came or went with a message
    state: MessageState | None = None
    error_code: int | None = None
    reason: str | None = None  # why it was not sent
    result: str | None = None  # the result type's name
    value_date: date | None = None
    amount: Decimal | None = None
    currency: str | None = None
    value: str | None = None  # any other typed value
    channel: Channel | None = None
    evidence: EvidenceFile | None = None
    done_at: datetime | None = None  # of a procedure
    stands: bool = True  # False: corrected or taken back since
    is_confirmed: bool = False  # in its place stands a person's that says the same
    due_at: datetime | None = None
    action_state: NextActionState | None = None
    instalment: int | None = None
    act: str | None = None  # on a coupon, as audited
    from_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    entries: tuple[Entry, ...]
    before: datetime | None  # where it goes on; None at its beginning


def tell_story(
    session: Session, subscription_id: int, *, before: datetime | None = None, limit: int = 50
) -> Story:
    """Six queries. ``before`` leaves out what is not older than it."""
    cases = select(Case.id).where(Case.subscription_id == subscription_id)
    parts = (
        _messages(session, cases, before, limit + _TOGETHER),
        _results(session, subscription_id, before, limit + _TOGETHER),
        _visits(session, subscription_id, before, limit + _TOGETHER),
        _next_actions(session, subscription_id, before, limit + _TOGETHER),
        _notes(session, subscription_id, before, limit + _TOGETHER),
        _coupon_acts(session, subscription_id, before, limit + _TOGETHER),
    )
    merged = sorted(
        (entry for part in parts for entry in part), key=lambda entry: entry.at, reverse=True
    )
    entries = merged[:limit]
    if len(merged) > limit:
        # what happened at one moment is told together, or the next page would begin behind it
        last = entries[-1].at
        entries += [entry for entry in merged[limit:] if entry.at == last]
    return Story(
        entries=tuple(entries),
        before=entries[-1].at if len(merged) > len(entries) else None,
    )


def _messages(
    session: Session, cases: Select[int], before: datetime | None, limit: int
) -> Iterator[Entry]:
    # each by an index of its own; joined by OR they would be looked for row by row
    planned = select(Message.id).where(
        Message.direction == Direction.OUT,
        Message.sequence.is_not(None),
        Message.case_id.in_(cases),
    )
    written = select(Message.id).where(
        Message.direction == Direction.OUT, Message.sequence.is_(None), Message.case_id.in_(cases)
    )
    answered = (
        select(Message.id)
        .join(Attribution, Attribution.message_id == Message.id)
        .where(
            Message.direction == Direction.IN,
            Attribution.case_id.in_(cases),
            Attribution.replaced_at.is_(None),
        )
    )
    told = union(planned, written, answered).subquery("told")
    statement = (
        select(Message, Campaign.name, User.name, TemplateVersion.body, files_of(Message))
        .outerjoin(Campaign, Campaign.id == Message.campaign_id)
        .outerjoin(User, User.id == Message.author_id)
        .outerjoin(TemplateVersion, TemplateVersion.id == Message.template_version_id)
        .join(told, told.c.id == Message.id)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Message.created_at < before)
    for message, campaign, author, body, files in session.execute(
        naming(statement, Campaign, StoredFile)
    ):
        received = message.direction is Direction.IN
        yield Entry(
            kind=Kind.RECEIVED if received else Kind.SENT,
            at=message.created_at,
            who=author,
            campaign=campaign,
            campaign_id=message.campaign_id,
            text=_shortened(_words(message, body)),
            files=lines_of(files),
            state=None if received else message.state,
            error_code=message.error_code,
            reason=message.reason,
        )


def _words(message: Message, template: str | None) -> str:
    said = message.button_text or message.body
    if said or template is None:
        return said or ""
    values = {key: str(value) for key, value in (message.variables or {}).items() if value}
    try:
        return render(template, values)
    except MissingVariables:
        return template


def _results(
    session: Session, subscription_id: int, before: datetime | None, limit: int
) -> Iterator[Entry]:
    """Results of all campaigns are visible with their subscription."""
    gone = or_(Result.revoked_at.is_not(None), is_superseded())
    statement = (
        select(
            Result,
            ResultType,
            Campaign.id,
            Campaign.name,
            User.name,
            evidence_of(Result),
            gone,
            is_confirmed(),
        )
        .join(Case, Case.id == Result.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .outerjoin(User, User.id == Result.by_id)
        .where(Case.subscription_id == subscription_id)
        .order_by(Result.at.desc(), Result.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Result.at < before)
    for result, kind, campaign_id, campaign, user, file, is_gone, confirmed in session.execute(
        naming(statement, Campaign, Case, StoredFile)
    ):
        value = result.value_text
        if value is not None:
            value = (kind.choices or {}).get(value, value)
        elif result.value_integer is not None:
            value = str(result.value_integer)
        yield Entry(
            kind=Kind.RESULT,
            at=result.at,
            who=user,
            campaign=campaign,
            campaign_id=campaign_id,
            text=_shortened(result.note or ""),
            result=kind.name,
            value_date=result.value_date,
            amount=result.amount,
            currency=result.currency,
            value=value,
            channel=result.channel,
            evidence=evidence_line(file),
            done_at=result.done_at,
            stands=not is_gone,
            is_confirmed=confirmed,
        )


def _visits(
    session: Session, subscription_id: int, before: datetime | None, limit: int
) -> Iterator[Entry]:
    statement = (
        select(CouponVisit.at, Coupon.instalment)
        .join(CouponLink, CouponLink.message_id == CouponVisit.message_id)
        .join(Coupon, Coupon.id == CouponLink.coupon_id)
        .where(Coupon.subscription_id == subscription_id, CouponVisit.kind == VisitKind.OPEN)
        .order_by(CouponVisit.at.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(CouponVisit.at < before)
    for at, instalment in session.execute(statement):
        yield Entry(kind=Kind.VISIT, at=at, instalment=instalment)


def _coupon_acts(
    session: Session, subscription_id: int, before: datetime | None, limit: int
) -> Iterator[Entry]:
    statement = (
        select(AuditEvent, Coupon.instalment, User.name)
        .join(Coupon, Coupon.id == AuditEvent.object_id)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(AuditEvent.object_kind == "coupon", Coupon.subscription_id == subscription_id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(AuditEvent.at < before)
    for event, instalment, user in session.execute(statement):
        day = event.details.get("paid_on")
        yield Entry(
            kind=Kind.COUPON,
            at=event.at,
            who=user,
            instalment=instalment,
            act=event.action,
            from_file="import" in event.details,
            value_date=date.fromisoformat(str(day)) if day else None,
        )


def _next_actions(
    session: Session, subscription_id: int, before: datetime | None, limit: int
) -> Iterator[Entry]:
    """Where they were agreed on; what is due yet says when."""
    statement = (
        select(NextAction, Campaign.id, Campaign.name, User.name)
        .join(Case, Case.id == NextAction.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(User, User.id == NextAction.operator_id)
        .where(Case.subscription_id == subscription_id)
        .order_by(NextAction.created_at.desc(), NextAction.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(NextAction.created_at < before)
    for action, campaign_id, campaign, user in session.execute(statement):
        yield Entry(
            kind=Kind.NEXT_ACTION,
            at=action.created_at,
            who=user,
            campaign=campaign,
            campaign_id=campaign_id,
            text=_shortened(action.what),
            due_at=action.due_at,
            action_state=action.state,
        )


def _notes(
    session: Session, subscription_id: int, before: datetime | None, limit: int
) -> Iterator[Entry]:
    statement = (
        select(Note, User.name, Campaign.id, Campaign.name)
        .join(Case, Case.id == Note.case_id)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(User, User.id == Note.author_id)
        .where(Case.subscription_id == subscription_id)
        .order_by(Note.at.desc(), Note.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Note.at < before)
    for written, author, campaign_id, campaign in session.execute(statement):
        yield Entry(
            kind=Kind.NOTE,
            at=written.at,
            who=author,
            campaign=campaign,
            campaign_id=campaign_id,
            text=_shortened(written.body),
        )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
