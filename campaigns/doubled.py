"""Messages that may have arrived twice: the provider has two ids of one, and called neither failed.

Also one that it called failed, that was sent anew, and of which it said then that it had arrived.

It should never be. Where it is, a person is told: on record, once a message, by a periodic look at
the ledger, since a second id may come by a callback, a listing, or an answer that was late. What
the provider says afterwards counts too: of a message whose second try failed nobody speaks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, cast, select, text
from sqlalchemy.orm import Session

from campaigns.audit import note
from models.audit import AuditEvent
from models.campaign import Campaign
from models.message import ID_BLOCK, Message

_OF_CAMPAIGN = "campaign.doubled"
_OF_MESSAGE = "message.doubled"
_LOOKED_AT = 200 * ID_BLOCK
"""Ids of the ledger that one look reads, by the attempts' primary key."""


@dataclass(frozen=True, slots=True)
class Doubled:
    message_id: int
    campaign_id: int | None
    sids: tuple[str, ...]  # alive, as far as the provider told; the first attempt's first


def note_doubled(session: Session, *, turn: int) -> list[Doubled]:
    """Put on record what is new among the newest messages, and in one more part of the ledger.

    Another part for each ``turn``, so that a look costs the same at any size.
    """
    newest = session.execute(text("SELECT max(id) FROM messages")).scalar_one() or 0
    first = turn % (newest // _LOOKED_AT + 1) * _LOOKED_AT
    found = {
        each.message_id: each
        for span in ((first, first + _LOOKED_AT - 1), (newest - _LOOKED_AT, newest))
        for each in _between(session, *span)
    }
    told = session.scalars(
        select(AuditEvent.object_id).where(
            AuditEvent.object_kind == "message",
            AuditEvent.object_id.in_(found),
            AuditEvent.action == _OF_MESSAGE,
        )
    )
    for message_id in set(told):
        del found[message_id]
    for each in found.values():
        message = session.get_one(Message, each.message_id)
        note(session, _OF_MESSAGE, message, sids=list(each.sids))
        if each.campaign_id is not None:
            campaign = session.get_one(Campaign, each.campaign_id)
            note(session, _OF_CAMPAIGN, campaign, message_id=each.message_id, sids=list(each.sids))
    session.flush()
    return list(found.values())


def doubled_of(session: Session, campaign_id: int) -> list[Doubled]:
    """A campaign's, of those on record, that are still two alive; by an index, for any page."""
    ids = session.scalars(
        select(cast(AuditEvent.details["message_id"].astext, BigInteger)).where(
            AuditEvent.object_kind == "campaign",
            AuditEvent.object_id == campaign_id,
            AuditEvent.action == _OF_CAMPAIGN,
        )
    ).all()
    return _among(session, ids) if ids else []


def count_doubled(session: Session) -> int:
    """In the whole ledger, on record or not: it is read from one end to the other."""
    return len(_between(session, 0, 2**62))


def _between(session: Session, first: int, last: int) -> list[Doubled]:
    return _read(session, "message_id BETWEEN :first AND :last", first=first, last=last)


def _among(session: Session, ids: Sequence[int]) -> list[Doubled]:
    return _read(session, "message_id = ANY(CAST(:ids AS bigint[]))", ids=sorted(set(ids)))


def _read(session: Session, which: str, **bound: object) -> list[Doubled]:
    found = {
        row.message_id: Doubled(row.message_id, row.campaign_id, tuple(row.sids))
        for statement in (_REPEATED, _DOUBLED)
        for row in session.execute(text(statement.replace("WHICH", which)), bound)
    }
    return [found[message_id] for message_id in sorted(found)]


# `several` is cheap, for one pass over attempts in their order; the rest looks at very few.
_DOUBLED = """
WITH several AS (
    SELECT message_id FROM attempts WHERE WHICH
    GROUP BY message_id
    HAVING count(*) FILTER (WHERE provider_sid IS NOT NULL AND error_code IS NULL)
        + sum(cardinality(other_sids)) > 1
), sids AS (
    SELECT a.message_id, a.number, 0 AS place, a.provider_sid AS sid
    FROM attempts a JOIN several USING (message_id)
    WHERE a.provider_sid IS NOT NULL AND a.error_code IS NULL
    UNION ALL
    SELECT a.message_id, a.number, 1, other.sid
    FROM attempts a JOIN several USING (message_id), unnest(a.other_sids) AS other (sid)
)
SELECT s.message_id, m.campaign_id, array_agg(s.sid ORDER BY s.number, s.place, s.sid) AS sids
FROM sids s JOIN messages m ON m.id = s.message_id
WHERE NOT EXISTS (
    SELECT FROM webhook_events e
    WHERE e.provider_sid = s.sid AND e.kind = 'status' AND (
        e.form @> CAST('[{"name": "MessageStatus", "value": "failed"}]' AS jsonb)
        OR e.form @> CAST('[{"name": "MessageStatus", "value": "undelivered"}]' AS jsonb)
        OR e.form @> CAST('[{"name": "MessageStatus", "value": "canceled"}]' AS jsonb)
    )
)
GROUP BY s.message_id, m.campaign_id
HAVING count(*) > 1
ORDER BY s.message_id
"""

_REPEATED = """
WITH RECURSIVE chain AS (
    SELECT r.message_id, r.repeat_id FROM message_repeats r WHERE r.WHICH
    UNION
    SELECT c.message_id, r.repeat_id FROM chain c
    JOIN message_repeats r ON r.message_id = c.repeat_id
)
SELECT c.message_id, old.campaign_id, ARRAY[old.provider_sid, anew.provider_sid] AS sids
FROM chain c
JOIN messages old ON old.id = c.message_id
JOIN messages anew ON anew.id = c.repeat_id
WHERE old.state IN ('delivered', 'read')
    AND anew.state IN ('accepted', 'sent', 'delivered', 'read')
"""
