"""Files on a subscription: laid there, saved from a message, taken away and put back."""

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.errors import NotFound
from campaigns.files.errors import NobodysCase, NotYours
from campaigns.files.media import said_in
from campaigns.visibility import naming
from models.case import Case
from models.files import Attachment, MediumState, Source, StoredFile
from models.people import User
from models.subscription import Subscription

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentLine:
    """One file, who laid it there, when, and where it came from."""

    id: int
    name: str
    content_type: str
    size: int
    has_small: bool
    is_erased: bool
    source: Source
    by_id: int | None
    by: str | None  # None: the customer
    at: datetime


def attach(
    session: Session,
    subscription_id: int,
    file: StoredFile,
    *,
    source: Source,
    now: datetime,
    by_id: int | None = None,
    case_id: int | None = None,
    message_id: int | None = None,
    coupon_id: int | None = None,
) -> Attachment:
    """Lay a file beside a subscription; one that lies there already is not laid there twice."""
    made = session.scalar(
        insert(Attachment)
        .values(
            subscription_id=subscription_id,
            file_id=file.id,
            case_id=case_id,
            message_id=message_id,
            coupon_id=coupon_id,
            source=source,
            by_id=by_id,
            at=now,
        )
        .on_conflict_do_nothing()
        .returning(Attachment.id)
    )
    if made is not None:
        attachment = session.get_one(Attachment, made)
        audit.note(
            session,
            "attachment.add",
            attachment,
            by_id=by_id,
            subscription_id=subscription_id,
            sha256=file.sha256,
        )
        return attachment
    return session.scalars(
        select(Attachment).where(
            Attachment.subscription_id == subscription_id,
            Attachment.file_id == file.id,
            Attachment.removed_at.is_(None),
        )
    ).one()


def save_medium(
    session: Session, case: Case, medium_id: int, *, by_id: int, now: datetime
) -> Attachment:
    """Lay what the customer sent beside the subscription that the case is about.

    Raises:
        NotFound: no such file in this talk, or it is not there (yet).
        NobodysCase: nobody has said whose case it is.
    """
    medium, message = said_in(session, medium_id, case)
    if medium.state is not MediumState.STORED or medium.file_id is None:
        raise NotFound("medium", medium_id)
    if case.subscription_id is None:
        raise NobodysCase(case.id)
    return attach(
        session,
        case.subscription_id,
        session.get_one(StoredFile, medium.file_id),
        source=Source.MESSAGE,
        now=now,
        by_id=by_id,
        case_id=case.id,
        message_id=message.id,
    )


def list_attachments(session: Session, subscription_id: int) -> tuple[AttachmentLine, ...]:
    """The newest first; without what was taken away. One query."""
    found = select(Subscription.id, attached_to(Subscription).label("attached"))
    found = naming(found.where(Subscription.id == subscription_id), StoredFile)
    row = session.execute(found).one_or_none()
    return lines_of(row.attached) if row is not None else ()


def attached_to(subscription: Any) -> ScalarSelect[Any]:
    """The files of the subscription that a statement selects, as JSON for `lines_of`."""
    one = func.jsonb_build_array(
        Attachment.id,
        StoredFile.name,
        StoredFile.content_type,
        StoredFile.size,
        StoredFile.small_as.is_not(None),
        StoredFile.erased_at.is_not(None),
        Attachment.source,
        Attachment.by_id,
        User.name,
        Attachment.at,
    )
    return (
        select(func.jsonb_agg(one))
        .select_from(Attachment)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .outerjoin(User, User.id == Attachment.by_id)
        .where(Attachment.subscription_id == subscription.id, Attachment.removed_at.is_(None))
        .correlate(subscription)
        .scalar_subquery()
    )


def lines_of(found: list[list[Any]] | None) -> tuple[AttachmentLine, ...]:
    """What `attached_to` found, the newest first."""
    newest = sorted(found or (), key=itemgetter(0), reverse=True)[:MOST_SHOWN]
    return tuple(
        AttachmentLine(
            id=id,
            name=name,
            content_type=content_type,
            size=size,
            has_small=has_small,
            is_erased=is_erased,
            source=Source(source),
            by_id=by_id,
            by=by,
            at=datetime.fromisoformat(at),
        )
        for id, name, content_type, size, has_small, is_erased, source, by_id, by, at in newest
    )


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """The attachment that a result rests on; it is that also after it was taken off the list."""

    id: int
    name: str
    content_type: str
    is_erased: bool


def evidence_of(result: Any) -> ScalarSelect[Any]:
    """The file of the result that a statement selects, as JSON for `evidence_line`."""
    one = func.jsonb_build_array(
        Attachment.id, StoredFile.name, StoredFile.content_type, StoredFile.erased_at.is_not(None)
    )
    return (
        select(one)
        .select_from(Attachment)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .where(Attachment.id == result.evidence_attachment_id)
        .correlate(result)
        .scalar_subquery()
    )


def evidence_line(found: list[Any] | None) -> EvidenceFile | None:
    """What `evidence_of` found."""
    return EvidenceFile(*found) if found is not None else None


def remove(
    session: Session, attachment: Attachment, *, by_id: int, is_supervisor: bool, now: datetime
) -> bool:
    """Take a file away; False if it was. The file is kept, so that it can be put back.

    Raises:
        NotYours: somebody else laid it there.
    """
    _check(attachment, by_id, is_supervisor)
    if attachment.removed_at is not None:
        return False
    attachment.removed_at, attachment.removed_by_id = now, by_id
    audit.note(session, "attachment.remove", attachment, by_id=by_id)
    session.flush()
    return True


def restore(session: Session, attachment: Attachment, *, by_id: int, is_supervisor: bool) -> bool:
    """Put back what was taken away; False if it is there. Raises NotYours."""
    _check(attachment, by_id, is_supervisor)
    again = select(Attachment.id).where(
        Attachment.subscription_id == attachment.subscription_id,
        Attachment.file_id == attachment.file_id,
        Attachment.removed_at.is_(None),
    )
    if session.scalar(again) is not None:
        return False
    attachment.removed_at = attachment.removed_by_id = None
    audit.note(session, "attachment.restore", attachment, by_id=by_id)
    session.flush()
    return True


def _check(attachment: Attachment, by_id: int, is_supervisor: bool) -> None:
    if not is_supervisor and attachment.by_id != by_id:
        raise NotYours(attachment.id)
