"""Write into a restored ledger what the provider has of it: finds, ties, doubts, what is new.

`campaigns.reconciling` decides; a transaction here is a batch of recipients, and whatever is cut
off is done again: a find with a basis is through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns.reconciling import (
    Basis,
)
from messaging.provider import ProviderMessage
from models.message import (
    Attempt,
    EventKind,
    Message,
    WebhookEvent,
)
from models.restore import ProviderFind, Restore
from models.states import DELIVERY_RANK, MessageState

Place = tuple[int, str]  # line and address


@dataclass(frozen=True, slots=True)
class Listed:
    """What is news of some listed messages."""

    new: list[ProviderMessage]  # the ledger does not know them, and did not before
    moved: list[ProviderMessage]  # it does, and they have come further


def lapse_leases(session: Session, *, now: datetime) -> None:
    """Whoever held them is not of this database's time."""
    session.execute(text(_LAPSE_MESSAGES), {"now": now})
    session.execute(text(_LAPSE_SLICES), {"now": now})


def keep_listed(
    session: Session, restore: Restore, line_id: int, listed: Sequence[ProviderMessage]
) -> Listed:
    """Store what is new; of what was known, say what has moved."""
    sids = [each.sid for each in listed]
    known = _known(session, sids)
    unknown = [each for each in listed if each.sid not in known]
    stored = session.execute(
        insert(ProviderFind)
        .values(
            [
                {
                    "restore_id": restore.id,
                    "line_id": line_id,
                    "sid": each.sid,
                    "address": each.to,
                    "body": each.body,
                    "created_at": each.created_at,
                    "state": each.state,
                    "error_code": each.error_code,
                }
                for each in unknown
            ]
        )
        .on_conflict_do_nothing()
        .returning(ProviderFind.sid)
    ).scalars() if unknown else ()  # fmt: skip
    fresh = set(stored)
    heard = set(
        session.scalars(
            select(WebhookEvent.provider_sid).where(
                WebhookEvent.kind == EventKind.STATUS,
                WebhookEvent.provider_sid.in_(known),
                WebhookEvent.is_polled,
                WebhookEvent.received_at >= restore.restored_at,
            )
        )
    )
    return Listed(
        new=[each for each in unknown if each.sid in fresh],
        moved=[
            each
            for each in listed
            if each.sid in known
            and each.sid not in heard
            and each.state is not None
            and DELIVERY_RANK.get(each.state, 0) > DELIVERY_RANK.get(known[each.sid], 0)
        ],
    )


def _known(session: Session, sids: Sequence[str]) -> dict[str, MessageState]:
    rows = session.execute(
        select(Attempt.provider_sid, Message.state)
        .join(Message, Message.id == Attempt.message_id)
        .where(Attempt.provider_sid.in_(sids))
    )
    known = {sid: state for sid, state in rows if sid is not None}
    by_message = session.execute(
        select(Message.provider_sid, Message.state).where(Message.provider_sid.in_(sids))
    )
    return known | {sid: state for sid, state in by_message if sid is not None}


def next_places(
    session: Session, restore: Restore, *, after: Place | None, limit: int
) -> list[Place]:
    """Recipients with finds that nobody has looked at, in order."""
    which = [ProviderFind.restore_id == restore.id, ProviderFind.basis.is_(None)]
    place = tuple_(ProviderFind.line_id, ProviderFind.address)
    if after is not None:
        which.append(place > tuple_(*after))
    rows = session.execute(
        select(ProviderFind.line_id, ProviderFind.address)
        .where(*which)
        .distinct()
        .order_by(ProviderFind.line_id, ProviderFind.address)
        .limit(limit)
    )
    return [(line_id, address) for line_id, address in rows]


def readable_versions(session: Session, restore: Restore) -> set[int]:
    """Template versions of which the provider showed some message as we fill it."""
    rows = session.scalars(
        select(Message.template_version_id)
        .join(ProviderFind, ProviderFind.message_id == Message.id)
        .where(ProviderFind.restore_id == restore.id, ProviderFind.basis == Basis.TEXT)
        .distinct()
    )
    return {each for each in rows if each is not None}


def count_bases(session: Session, restore: Restore) -> dict[str, int]:
    """How many finds there are of each basis, over all runs."""
    rows = session.execute(
        select(ProviderFind.basis, func.count())
        .where(ProviderFind.restore_id == restore.id)
        .group_by(ProviderFind.basis)
    )
    return {basis or "open": number for basis, number in rows}


_LAPSE_MESSAGES = """
UPDATE messages m SET lease_until = :now - interval '1 second'
FROM send_slices s
WHERE s.reap_at IS NOT NULL AND m.id BETWEEN s.id AND s.last_id
    AND m.state IN ('claimed', 'sending') AND m.lease_until >= :now
"""

_LAPSE_SLICES = """
UPDATE send_slices SET reap_at = least(reap_at, :now - interval '1 second'),
    leased_until = least(leased_until, :now - interval '1 second')
WHERE reap_at IS NOT NULL OR leased_until IS NOT NULL
"""
