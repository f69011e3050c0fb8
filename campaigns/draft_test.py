"""A test message: what one recipient would read, sent to the person who wrote it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns.draft_view import CampaignDraft
from campaigns.errors import CampaignIncomplete, NotFound
from campaigns.personal import is_derived
from campaigns.single_messages import write_template
from messaging.phone_formats import match_key
from messaging.templates import clean_value, field_of
from models.message import Cause, Message
from models.people import ContactPoint, User
from models.states import MessageState
from models.template import TemplateVersion
from models.values import PhoneNumber


def send_test(
    session: Session,
    draft: CampaignDraft,
    *,
    phone: PhoneNumber,
    values: Mapping[str, str | None],
    user_id: int,
    now: datetime,
) -> int:
    """Write it to the ledger, due now; return its id. Wake the line's workers after the commit.

    ``values`` are those of the recipient whose message it is; what he lacks is filled with its
    sample. It belongs to no case: a tap on its buttons, or its coupon link, changes nothing of
    his. The phone is remembered as the user's.

    Raises:
        CampaignIncomplete: it has no template.
        TemplateNotApproved, MessageRefused, BadVariable: as `write_template` does.
    """
    if draft.template is None:
        raise CampaignIncomplete(draft.id, "template")
    version = session.get_one(TemplateVersion, draft.template.version_id)
    return send_version(
        session,
        version,
        line_id=draft.line_id,
        phone=phone,
        variables=filled(version.fields, values, draft.template.texts, version.samples),
        user_id=user_id,
        now=now,
    )


def send_version(
    session: Session,
    version: TemplateVersion,
    *,
    line_id: int,
    phone: PhoneNumber,
    variables: Mapping[str, str],
    user_id: int,
    now: datetime,
) -> int:
    """The same of a version that no campaign sends yet; with every value that is not derived."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("user", user_id)
    user.test_phone = phone.e164
    return write_template(
        session,
        line_id=line_id,
        contact_point_id=_contact(session, phone),
        version=version,
        variables=variables,
        cause=Cause.TEST,
        author_id=user_id,
        now=now,
    )


def filled(
    fields: Mapping[str, str],
    values: Mapping[str, str | None],
    texts: Mapping[str, str],
    samples: Mapping[str, str],
) -> dict[str, str]:
    """A value for every variable that is not derived."""
    found = {}
    for key, name in fields.items():
        if is_derived(name):
            continue
        entry = field_of(name)
        sample = samples.get(key) or (entry.sample if entry else "–")
        found[key] = values.get(key) or clean_value(texts.get(name, "")) or sample
    return found


def test_state(
    session: Session, message_id: int, *, user_id: int
) -> tuple[MessageState, int | None, datetime]:
    """How far one's own test message got, the provider's error, since when; raises NotFound."""
    row = session.execute(
        select(Message.state, Message.error_code, Message.state_at).where(
            Message.id == message_id, Message.cause == Cause.TEST, Message.author_id == user_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("message", message_id)
    return row.state, row.error_code, row.state_at


def _contact(session: Session, phone: PhoneNumber) -> int:
    key = match_key(phone.e164)
    wanted = select(ContactPoint.id).where(ContactPoint.match_key == key)
    found = session.scalar(wanted)
    if found is None:
        session.execute(
            insert(ContactPoint).values(phone=phone.e164, match_key=key).on_conflict_do_nothing()
        )
        found = session.scalar(wanted)
    if found is None:
        raise NotFound("contact point", phone.e164)
    return found
