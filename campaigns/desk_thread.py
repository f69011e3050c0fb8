"""The conversation of a case as its operator reads it: one query for the messages, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    and_,
    bindparam,
    column,
    func,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from campaigns.desk_rows import filled, said
from campaigns.files.media import MediumLine, files_of, lines_of
from campaigns.talks import Talk
from campaigns.visibility import keep, naming
from models.base import UtcDateTime
from models.campaign import Campaign
from models.case import Case, Note
from models.files import StoredFile
from models.message import (
    Attempt,
    Attribution,
    Basis,
    Cause,
    Confidence,
    Direction,
    Message,
)
from models.people import User
from models.states import MessageState
from models.template import ButtonKind, TemplateButton, TemplateVersion

PAGE = 50

# Of a campaign, what has not left and what never will is no part of a talk.
_UNSPOKEN = (
    MessageState.PLANNED,
    MessageState.CLAIMED,
    MessageState.SKIPPED,
    MessageState.CANCELLED,
)
# Of messages that the person may see, and so not narrowed again.
_repeats = table("message_repeats", column("message_id"))
_sent = table("messages", column("id"), column("case_id")).alias("answered")
_tries = table("attempts", column("message_id"), column("started_at")).alias("answered_by")
_BY_PLAN = (Cause.CAMPAIGN, Cause.REMINDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TieLine:
    """Which case an inbound answers, which message of it, and how we know."""

    message_id: int
    case_id: int
    campaign: str
    basis: Basis
    confidence: Confidence
    by: str | None  # the person who said so
    answers_id: int | None  # not known of every one
    answers_left_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    """One message. ``at`` is when it left, or came."""

    id: int
    is_inbound: bool
    at: datetime
    state: MessageState
    cause: Cause | None
    author: str | None  # the person who wrote it
    campaign: str | None
    text: str
    header: str | None
    footer: str | None
    buttons: tuple[tuple[str, bool], ...]  # (title, is a link)
    is_tap: bool
    kind: str | None
    media: tuple[str, ...]  # content types
    files: tuple[MediumLine, ...] = ()
    quoted: str | None
    error_code: int | None
    reason: str | None
    is_template: bool
    was_repeated: bool  # another was sent in its place
    tie: TieLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadNote:
    id: int
    text: str
    author: str | None  # None: the system
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The last messages, oldest first, with the case's notes of that time."""

    messages: tuple[ThreadMessage, ...]
    notes: tuple[ThreadNote, ...]
    older: int | None  # there are messages before this id
    newest_inbound_id: int | None


def read_thread(
    session: Session, case_id: int, talk: Talk | None, *, before: int | None = None
) -> Thread:
    """Two queries. ``before``: the messages that came before this id."""
    rows: Sequence[Row[Any]] = []
    if talk is not None:
        of_it = {"contact": talk.contact_point_id, "line": talk.line_id, "before": before}
        rows = session.execute(_messages(before is not None), of_it).all()
    older = rows[PAGE - 1].Message.id if len(rows) > PAGE else None
    rows = rows[:PAGE]
    messages = sorted(map(_message, rows), key=lambda each: (each.at, each.id))
    since = messages[0].at if messages and older is not None else None
    until = _next_moment(session, before)
    return Thread(
        messages=tuple(messages),
        notes=_notes(session, case_id, since, until),
        older=older,
        newest_inbound_id=max((each.id for each in messages if each.is_inbound), default=None),
    )


@cache
def _messages(is_before: bool) -> Any:
    """Made once: to make it takes longer than to run it."""
    quoted, quoted_version = aliased(Message), aliased(TemplateVersion)
    tied, tied_campaign, tied_by = aliased(Case), aliased(Campaign), aliased(User)
    one = func.jsonb_build_array(TemplateButton.title, TemplateButton.kind)
    buttons = (
        select(func.jsonb_agg(aggregate_order_by(one, TemplateButton.position)))
        .where(TemplateButton.template_version_id == Message.template_version_id)
        .correlate(Message)
        .scalar_subquery()
    )
    statement = (
        select(
            Message,
            TemplateVersion.body.label("template"),
            TemplateVersion.header.label("header"),
            TemplateVersion.footer.label("footer"),
            buttons.label("buttons"),
            files_of(Message).label("files"),
            User.name.label("author"),
            Campaign.name.label("campaign"),
            Attempt.started_at.label("left_at"),
            Attribution.case_id.label("tied_case_id"),
            Attribution.basis,
            Attribution.confidence,
            _sent.c.id.label("answers_id"),
            select(func.max(_tries.c.started_at))
            .where(_tries.c.message_id == _sent.c.id)
            .scalar_subquery()
            .label("answers_left_at"),
            tied_campaign.name.label("tied_campaign"),
            tied_by.name.label("tied_by"),
            quoted.body.label("quoted_body"),
            quoted.button_text.label("quoted_button"),
            quoted.kind.label("quoted_kind"),
            quoted.variables.label("quoted_variables"),
            quoted_version.body.label("quoted_template"),
            select(_repeats.c.message_id)
            .where(_repeats.c.message_id == Message.id)
            .exists()
            .label("was_repeated"),
        )
        .outerjoin(TemplateVersion, TemplateVersion.id == Message.template_version_id)
        .outerjoin(User, User.id == Message.author_id)
        .outerjoin(Campaign, Campaign.id == Message.campaign_id)
        .outerjoin(
            Attempt, and_(Attempt.message_id == Message.id, Attempt.number == Message.attempts)
        )
        .outerjoin(
            Attribution,
            and_(Attribution.message_id == Message.id, Attribution.replaced_at.is_(None)),
        )
        # what a person tied to another case answers a message there that nobody has named
        .outerjoin(
            _sent,
            and_(_sent.c.id == Attribution.answers_id, _sent.c.case_id == Attribution.case_id),
        )
        .outerjoin(tied, tied.id == Attribution.case_id)
        .outerjoin(tied_campaign, tied_campaign.id == tied.campaign_id)
        .outerjoin(tied_by, tied_by.id == Attribution.by_id)
        .outerjoin(quoted, quoted.provider_sid == Message.quoted_sid)
        .outerjoin(quoted_version, quoted_version.id == quoted.template_version_id)
        .where(
            Message.contact_point_id == bindparam("contact"),
            Message.line_id == bindparam("line"),
            _is_spoken(),
        )
        .order_by(Message.id.desc())
        .limit(PAGE + 1)
    )
    if is_before:
        statement = statement.where(Message.id < bindparam("before"))
    return keep(naming(statement, StoredFile))


def _is_spoken() -> ColumnElement[bool]:
    return or_(
        Message.direction == Direction.IN,
        Message.cause.not_in(_BY_PLAN),
        Message.state.not_in(_UNSPOKEN),
    )


def _message(row: Row[Any]) -> ThreadMessage:
    message: Message = row.Message
    tie = None
    if row.tied_case_id is not None and row.tied_campaign is not None:
        tie = TieLine(
            message_id=message.id,
            case_id=row.tied_case_id,
            campaign=row.tied_campaign,
            basis=row.basis,
            confidence=row.confidence,
            by=row.tied_by,
            answers_id=row.answers_id,
            answers_left_at=row.answers_left_at,
        )
    is_tap = bool(message.button_text or message.button_payload)
    text = message.body or ""
    if row.template is not None:
        text = filled(row.template, message.variables)
    elif is_tap:
        text = message.button_text or text
    quoted = said(
        row.quoted_body,
        row.quoted_button,
        row.quoted_kind,
        row.quoted_template,
        row.quoted_variables,
    )
    return ThreadMessage(
        id=message.id,
        is_inbound=message.direction is Direction.IN,
        at=row.left_at or message.created_at,
        state=message.state,
        cause=message.cause,
        author=row.author,
        campaign=row.campaign,
        text=text,
        header=row.header,
        footer=row.footer,
        buttons=tuple((title, kind == ButtonKind.URL) for title, kind in row.buttons or ()),
        is_tap=is_tap,
        kind=message.kind,
        media=tuple(str(each.get("content_type") or "") for each in message.media or ()),
        files=lines_of(row.files),
        quoted=quoted or None,
        error_code=message.error_code,
        reason=message.reason,
        is_template=message.template_version_id is not None,
        was_repeated=row.was_repeated,
        tie=tie,
    )


def _notes(
    session: Session, case_id: int, since: datetime | None, until: datetime | None
) -> tuple[ThreadNote, ...]:
    notes = [
        ThreadNote(id=note.id, text=note.body, author=author, at=note.at)
        for note, author in session.execute(
            _asked_notes(), {"case": case_id, "since": since, "until": until}
        )
    ]
    return tuple(reversed(notes))


@cache
def _asked_notes() -> Any:
    """Made once, as the thread itself."""
    since, until = (bindparam(each, type_=UtcDateTime()) for each in ("since", "until"))
    return keep(
        select(Note, User.name)
        .outerjoin(User, User.id == Note.author_id)
        .where(
            Note.case_id == bindparam("case", type_=BigInteger),
            or_(since.is_(None), Note.at >= since),
            or_(until.is_(None), Note.at < until),
        )
        .order_by(Note.id.desc())
        .limit(PAGE)
    )


def _next_moment(session: Session, before: int | None) -> datetime | None:
    """When the message that an older page ends at came: its notes are on the screen already."""
    if before is None:
        return None
    return session.scalar(select(func.min(Message.created_at)).where(Message.id == before))
