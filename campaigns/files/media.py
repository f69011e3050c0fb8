"""The files of messages: which are to be fetched, what became of each, which a thread shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select, update
from sqlalchemy.orm import Session

from campaigns.errors import NotFound
from campaigns.files.errors import Why
from campaigns.talks import talk_of
from campaigns.times import Times
from messaging.inbound import Media
from models.case import Case
from models.files import Attachment, Medium, MediumState, StoredFile
from models.message import Attempt, Attribution, Direction, Message

# As the provider names a file at the end of its address. The rest of that address is never used.
_SID = re.compile(r"/Media/(ME[0-9a-fA-F]{32})\Z")


HANDED_OUT = timedelta(hours=6)
"""Source: Twilio docs, queueing: up to four hours of a sender's rate wait."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be fetched now, by us alone until its try has lapsed."""

    medium_id: int
    message_sid: str | None
    media_sid: str | None
    declared_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediumLine:
    """One file of a message, as a screen shows it."""

    id: int
    declared_type: str
    state: MediumState
    problem: str | None
    name: str | None = None
    content_type: str | None = None
    size: int | None = None
    has_small: bool = False
    is_erased: bool = False
    is_saved: bool = False  # it is an attachment of some subscription


def await_media(
    session: Session, message_id: int, media: Sequence[Media], *, now: datetime
) -> None:
    """Write down which files a message brought; `Medium.due_at` has workers fetch them."""
    session.add_all(
        Medium(
            message_id=message_id,
            position=position,
            provider_sid=found[1] if (found := _SID.search(each.url)) else None,
            declared_type=each.content_type,
            due_at=now,
        )
        for position, each in enumerate(media)
    )


def send_along(session: Session, message_id: int, file: StoredFile) -> None:
    """A message of ours brings this file: it is there already."""
    session.add(
        Medium(
            message_id=message_id,
            position=0,
            declared_type=file.content_type,
            state=MediumState.STORED,
            file_id=file.id,
        )
    )


def file_of(session: Session, message_id: int) -> StoredFile | None:
    """The file that went with a message of ours; None if none did, or it was erased since."""
    return session.scalar(
        select(StoredFile)
        .join(Medium, Medium.file_id == StoredFile.id)
        .where(Medium.message_id == message_id, StoredFile.erased_at.is_(None))
        .order_by(Medium.position)
        .limit(1)
    )


def file_to_hand_out(session: Session, message_id: int, *, now: datetime) -> StoredFile | None:
    """The file of a message of ours, while the provider may still fetch it; else None.

    That is for `HANDED_OUT` from its last attempt: the provider may keep a message queued for
    hours before it fetches what goes with it.
    """
    started = select(func.max(Attempt.started_at)).where(Attempt.message_id == message_id)
    last = session.scalar(started)
    if last is None or now >= last + HANDED_OUT:
        return None
    return session.scalar(
        select(StoredFile)
        .join(Medium, Medium.file_id == StoredFile.id)
        .join(Message, Message.id == Medium.message_id)
        .where(
            Message.id == message_id,
            Message.direction == Direction.OUT,
            StoredFile.erased_at.is_(None),
        )
    )


def is_due(session: Session, *, now: datetime) -> bool:
    due = select(Medium.id).where(Medium.state == MediumState.WAITING, Medium.due_at <= now)
    return session.execute(select(due.exists())).scalar_one()


def take_due(session: Session, *, now: datetime, times: Times) -> Wanted | None:
    """The file that is due longest, its next try put off; commit before it is fetched.

    So a worker that dies with it costs one try, and the next comes when that has lapsed.
    """
    medium = session.scalars(
        select(Medium)
        .where(Medium.state == MediumState.WAITING, Medium.due_at <= now)
        .order_by(Medium.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if medium is None:
        return None
    if medium.tries >= times.media_tries:
        _fail(medium, Why.UNAVAILABLE)
        session.flush()
        return take_due(session, now=now, times=times)
    medium.due_at = now + min(times.media_first * 2**medium.tries, times.media_cap)
    medium.tries += 1
    session.flush()
    sid = session.scalar(select(Message.provider_sid).where(Message.id == medium.message_id))
    return Wanted(medium.id, sid, medium.provider_sid, medium.declared_type)


def record_stored(session: Session, medium_id: int, file: StoredFile) -> bool:
    """The file is there; False if another worker was first, and this one is not needed."""
    stored = session.execute(
        update(Medium)
        .where(Medium.id == medium_id, Medium.state == MediumState.WAITING)
        .values(state=MediumState.STORED, file_id=file.id, due_at=None, problem=None)
        .returning(Medium.id)
    ).first()
    return stored is not None


def record_failed(session: Session, medium_id: int, why: Why) -> None:
    """It will not come by itself."""
    session.execute(
        update(Medium)
        .where(Medium.id == medium_id, Medium.state == MediumState.WAITING)
        .values(state=MediumState.FAILED, problem=why.value, due_at=None)
    )


def note_delay(session: Session, medium_id: int) -> None:
    """This try brought nothing; the next is due already. Screens say that it takes longer."""
    session.execute(
        update(Medium)
        .where(Medium.id == medium_id, Medium.state == MediumState.WAITING)
        .values(problem=Why.UNAVAILABLE.value)
    )


def try_again(session: Session, medium_id: int, *, now: datetime) -> bool:
    """A person asks for a file that did not come; False if it is on its way, or there."""
    again = session.execute(
        update(Medium)
        .where(Medium.id == medium_id, Medium.state == MediumState.FAILED)
        .values(state=MediumState.WAITING, due_at=now, tries=0, problem=None)
        .returning(Medium.id)
    ).first()
    return again is not None


def files_of(message: Any) -> ScalarSelect[Any]:
    """The files of each message that a statement selects, as JSON for `lines_of`.

    Inside the statement, so that a thread costs no question more.
    """
    is_saved = (
        select(Attachment.id)
        .where(Attachment.file_id == Medium.file_id, Attachment.removed_at.is_(None))
        .exists()
    )
    one = func.jsonb_build_array(
        Medium.position,
        Medium.id,
        Medium.declared_type,
        Medium.state,
        Medium.problem,
        StoredFile.name,
        StoredFile.content_type,
        StoredFile.size,
        StoredFile.small_as.is_not(None),
        StoredFile.erased_at.is_not(None),
        is_saved,
    )
    return (
        select(func.jsonb_agg(one))
        .select_from(Medium)
        .outerjoin(StoredFile, StoredFile.id == Medium.file_id)
        .where(Medium.message_id == message.id)
        .correlate(message)
        .scalar_subquery()
    )


def lines_of(found: list[list[Any]] | None) -> tuple[MediumLine, ...]:
    """What `files_of` found of one message, in the order they came."""
    return tuple(
        MediumLine(
            id=id,
            declared_type=declared_type,
            state=MediumState(state),
            problem=problem,
            name=name,
            content_type=content_type,
            size=size,
            has_small=has_small,
            is_erased=is_erased,
            is_saved=is_saved,
        )
        for _place, id, declared_type, state, problem, name, content_type, size, has_small,
        is_erased, is_saved in sorted(found or (), key=itemgetter(0))
    )  # fmt: skip


def said_in(session: Session, medium_id: int, case: Case) -> tuple[Medium, Message]:
    """A file of the talk that this case's operator has on the screen, with its message.

    Raises:
        NotFound: the file is of another talk.
    """
    medium = session.get(Medium, medium_id)
    message = session.get_one(Message, medium.message_id) if medium is not None else None
    if (
        medium is None
        or message is None
        or message.contact_point_id != talk_of(session, case).contact_point_id
    ):
        raise NotFound("medium", medium_id)
    return medium, message


def campaigns_of(session: Session, medium_id: int) -> list[int]:
    """Those whose screens show this file: of the case it answers, and of its sender's others."""
    message = select(Message.id, Message.contact_point_id).join(
        Medium, Medium.message_id == Message.id
    )
    its = message.where(Medium.id == medium_id).subquery()
    tied = select(Attribution.case_id).where(
        Attribution.message_id == its.c.id, Attribution.replaced_at.is_(None)
    )
    found = session.scalars(
        select(Case.campaign_id)
        .join(its, or_(Case.contact_point_id == its.c.contact_point_id, Case.id.in_(tied)))
        .distinct()
    )
    return list(found)


def _fail(medium: Medium, why: Why) -> None:
    medium.state, medium.problem, medium.due_at = MediumState.FAILED, why.value, None
