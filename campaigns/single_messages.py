"""One message written by a person: into the ledger, like any other; the one engine sends it.

What the channel would refuse is refused here, before a row is written, so that nobody reads as
sent what never leaves. Wake the line's workers after the commit.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campaigns.cases import handle_replies
from campaigns.coupon_links import add_link
from campaigns.errors import (
    InvalidText,
    LineHeld,
    NoAddress,
    OptedOut,
    TemplateNotApproved,
    WindowClosed,
)
from campaigns.files.kinds import form_called
from campaigns.files.media import send_along
from campaigns.locks import lock_contact_exclusive
from campaigns.slices import refresh_slices, slice_of
from campaigns.talks import Talk, talk_of, window_of
from campaigns.times import Times
from messaging.errors import MissingVariables
from messaging.templates import COUPON_LINK_TOKEN, check_values, field_of
from models.case import Case
from models.files import StoredFile
from models.message import Cause, Direction, Message
from models.people import ContactPoint, OptOut, Purpose
from models.states import CaseState, MessageState, TemplateState
from models.template import Line, Template, TemplateCategory, TemplateVersion

MAX_TEXT = 1_600
"""Source: Twilio docs, error 21617: the body of a message is at most 1,600 characters."""

MAX_CAPTION = 1_024
"""Source: Meta docs, the caption of a media message."""

_TIMES = Times()
_TWICE = timedelta(minutes=10)  # the same words again this soon, with nothing between: a retry
_LINK_LENGTH = 150  # an address of ours with its token takes no more
_TOKEN = "x" * 35  # as long as the token that will stand there
_ARGENTINA = ZoneInfo("America/Argentina/Buenos_Aires")


def write_text(
    session: Session,
    *,
    case: Case,
    body: str,
    author_id: int,
    now: datetime,
    times: Times = _TIMES,
    coupon_id: int | None = None,
    zone: ZoneInfo = _ARGENTINA,
    file: StoredFile | None = None,
    seen_message_id: int | None = None,
) -> int:
    """Answer the customer of a case in free text; return the message's id.

    What waited in the case is handled by it, through ``seen_message_id`` if it is given. The same
    words again, with nothing said between, are one message: an answer of ours may be lost on its
    way back, and he presses again.
    With ``coupon_id``, `LINK_PLACE` in it becomes the link of that coupon when it leaves; with
    ``file`` the text is what stands under it, and may be missing.

    Raises:
        InvalidText: empty, or longer than the provider takes.
        WindowClosed: the customer's last message is 24 hours old: only a template may go.
        OptedOut: the address wants no messages, and has not written since.
        NoAddress: there is nobody to write to.
        LineHeld: nothing leaves from this line now.
    """
    body = body.replace("\r\n", "\n").strip()
    least, most = (1, MAX_TEXT) if file is None else (0, MAX_CAPTION)
    if coupon_id is not None:
        most -= _LINK_LENGTH
    if not least <= len(body) <= most:
        raise InvalidText(len(body), most)
    talk = talk_of(session, case)
    address = _address(session, talk, purpose=Purpose.ACCOUNT)
    window = window_of(session, talk, times)
    if not window.is_open(now):
        raise WindowClosed(window.until)
    message = Message(
        line_id=talk.line_id,
        contact_point_id=talk.contact_point_id,
        address=address,
        body=body,
        cause=Cause.REPLY,
        case_id=case.id,
        campaign_id=case.campaign_id,
        author_id=author_id,
        coupon_id=coupon_id,
    )
    if file is not None:
        message.kind = form_called(file.content_type).value
        message.media = [{"content_type": file.content_type, "sha256": file.sha256}]
    if (before := _just_written(session, message, now=now)) is not None:
        return before
    message_id = _write(session, message, now=now)
    if file is not None:
        send_along(session, message_id, file)
    if coupon_id is not None:
        add_link(session, message_id, coupon_id, zone=zone)
    handle_replies(session, case, now=now, through=seen_message_id)
    session.flush()
    return message_id


def write_template(
    session: Session,
    *,
    line_id: int,
    contact_point_id: int,
    version: TemplateVersion,
    variables: Mapping[str, str],
    cause: Cause,
    author_id: int,
    now: datetime,
    case_id: int | None = None,
    coupon_id: int | None = None,
    zone: ZoneInfo = _ARGENTINA,
    seen_message_id: int | None = None,
) -> int:
    """Send one template to one address: a reply outside the window, or a test.

    ``variables`` holds every value that is not derived, by its key. A version with a coupon link
    needs ``coupon_id``; in a test without one the link leads nowhere. What waited in the case is
    handled by it, through ``seen_message_id`` if it is given.

    Raises:
        TemplateNotApproved: the provider would not take it now.
        MissingVariables, BadVariable: the values do not fill it.
        OptedOut, NoAddress, LineHeld: as for `write_text`.
    """
    if cause not in (Cause.REPLY, Cause.TEST):
        raise ValueError(f"{cause}: what a person sends is a reply or a test")
    template = session.get_one(Template, version.template_id)
    if version.state is not TemplateState.APPROVED:
        raise TemplateNotApproved(template.name, version.state)
    _check_variables(version, variables)
    has_link = COUPON_LINK_TOKEN in version.fields.values()
    if has_link and coupon_id is None and cause is Cause.REPLY:
        raise MissingVariables([_key_of(version, COUPON_LINK_TOKEN)])
    marketing = template.category is TemplateCategory.MARKETING
    address = _address(
        session,
        Talk(line_id, contact_point_id),
        purpose=Purpose.MARKETING if marketing else Purpose.ACCOUNT,
    )
    case = session.get_one(Case, case_id) if case_id is not None else None
    message = Message(
        line_id=line_id,
        contact_point_id=contact_point_id,
        address=address,
        cause=cause,
        case_id=case_id,
        campaign_id=case.campaign_id if case is not None else None,
        author_id=author_id,
        template_version_id=version.id,
        variables=dict(variables),
        coupon_id=coupon_id,
    )
    if case is not None and (before := _just_written(session, message, now=now)) is not None:
        return before
    message_id = _write(session, message, now=now)
    if has_link and coupon_id is not None:
        add_link(session, message_id, coupon_id, zone=zone)
    if case is not None and case.state is not CaseState.FINISHED:
        handle_replies(session, case, now=now, through=seen_message_id)
    session.flush()
    return message_id


def _write(session: Session, message: Message, *, now: datetime) -> int:
    """One row in a block of ids of its own, due now, and its slice."""
    message.direction = Direction.OUT
    message.state = MessageState.PLANNED
    message.due_at = message.created_at = message.state_at = now
    session.add(message)
    session.flush()
    refresh_slices(session, [slice_of(message.id)])
    return message.id


def _address(session: Session, talk: Talk, *, purpose: Purpose) -> str:
    """Where it goes; refuses who wants nothing, a dead address and a line that is held."""
    lock_contact_exclusive(session, talk.contact_point_id)  # an opt-out is before us, or after
    line = session.get_one(Line, talk.line_id, populate_existing=True)
    if line.stopped is not None:
        raise LineHeld(line.id, line.stopped)
    contact = session.get_one(ContactPoint, talk.contact_point_id, populate_existing=True)
    address = contact.phone or contact.bsuid
    if address is None or not contact.is_valid:
        raise NoAddress("contact point", contact.id)
    if _wants_nothing(session, talk.contact_point_id, purpose):
        raise OptedOut(contact.id)
    return address


def _wants_nothing(session: Session, contact_point_id: int, purpose: Purpose) -> bool:
    """Opted out, and silent since: who writes again has begun a new talk, and gets an answer."""
    since = session.scalar(
        select(OptOut.created_at)
        .where(
            OptOut.contact_point_id == contact_point_id,
            OptOut.revoked_at.is_(None),
            OptOut.purpose.in_((Purpose.ALL, purpose)),
        )
        .order_by(OptOut.created_at.desc())
        .limit(1)
    )
    if since is None:
        return False
    wrote_since = select(Message.id).where(
        Message.contact_point_id == contact_point_id,
        Message.direction == Direction.IN,
        Message.created_at > since,
    )
    return not session.execute(select(wrote_since.exists())).scalar_one()


def _just_written(session: Session, message: Message, *, now: datetime) -> int | None:
    """The last that was said between us and him, if it is this very message, written by him too."""
    last = session.scalars(
        select(Message)
        .where(
            Message.contact_point_id == message.contact_point_id,
            Message.line_id == message.line_id,
            or_(Message.direction == Direction.IN, Message.cause == Cause.REPLY),
            Message.created_at > now - _TWICE,
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    ).first()
    if last is None or last.state in (MessageState.FAILED, MessageState.UNDELIVERED):
        return None
    return last.id if _what(last) == _what(message) else None


def _what(message: Message) -> tuple[Any, ...]:
    files = [each.get("sha256") for each in message.media or ()]
    version, values = message.template_version_id, message.variables or {}
    return message.case_id, message.author_id, message.body, files, version, values


def _check_variables(version: TemplateVersion, variables: Mapping[str, str]) -> None:
    derived = [key for key, name in version.fields.items() if _is_derived(name)]
    wanted = [key for key in version.fields if key not in derived]
    check_values(wanted, variables)
    filled = {**variables, **dict.fromkeys(derived, _TOKEN)}
    check_values(version.fields, filled, body=version.body)


def _is_derived(name: str) -> bool:
    field = field_of(name)
    return field is not None and field.is_derived


def _key_of(version: TemplateVersion, name: str) -> str:
    return next(key for key, field in version.fields.items() if field == name)
