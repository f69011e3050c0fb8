"""Locks that decide races: held to the end of the transaction, by kind and id.

Who stops sends (an opt-out, a cancelled campaign, a payment) takes the exclusive lock first and
writes then. Who commits attempts takes its locks first and looks at the guards in a later
statement, which sees everything committed meanwhile. So no attempt is committed after a stop.

Take these before any row lock, and several of one kind in one call: it sorts them.
"""

import enum
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import ForUpdateParameter

from campaigns.errors import NotFound
from models.campaign import Campaign

NO_KEY: ForUpdateParameter = {"key_share": True}
"""How to hold a row that many others point to: what points to it can still be written. A plain
`FOR UPDATE` makes every new row, and each second update of one in a transaction, wait."""

_ID_BITS = 56


class Kind(enum.IntEnum):
    """The high byte of a lock's key; the rest is the id. Zero is left to fixed keys."""

    CONTACT = 1
    COUPON = 2
    CAMPAIGN = 3
    APPLIER = 4  # of the inbox, one per kind of event
    PORTFOLIO = 5  # whoever counts its quota


def key(kind: Kind, record_id: int) -> int:
    """The 64-bit key of PostgreSQL's advisory lock."""
    return (kind << _ID_BITS) | record_id


def lock_contact_exclusive(session: Session, contact_point_id: int) -> None:
    """Keep every attempt to this address out until the transaction ends."""
    lock_contacts_exclusive(session, [contact_point_id])


def lock_contacts_exclusive(session: Session, contact_point_ids: Iterable[int]) -> None:
    _lock(session, Kind.CONTACT, contact_point_ids, exclusive=True)


def lock_coupon_exclusive(session: Session, coupon_id: int) -> None:
    _lock(session, Kind.COUPON, [coupon_id], exclusive=True)


def lock_coupons_shared(session: Session, coupon_ids: Iterable[int]) -> None:
    _lock(session, Kind.COUPON, coupon_ids, exclusive=False)


def lock_campaign_exclusive(session: Session, campaign_id: int) -> None:
    _lock(session, Kind.CAMPAIGN, [campaign_id], exclusive=True)


def locked_campaign(session: Session, campaign_id: int) -> Campaign:
    """Its row for this transaction alone, read anew. Raises NotFound."""
    campaign = session.get(Campaign, campaign_id, with_for_update=NO_KEY, populate_existing=True)
    if campaign is None:
        raise NotFound("campaign", campaign_id)
    return campaign


def lock_portfolio_exclusive(session: Session, portfolio_id: int) -> None:
    """Count a quota; after the contacts' locks, since it is held for all of their senders."""
    _lock(session, Kind.PORTFOLIO, [portfolio_id], exclusive=True)


def lock_for_attempts(
    session: Session,
    *,
    contacts: Iterable[int],
    coupons: Iterable[int],
    campaigns: Iterable[int],
) -> None:
    """All that committing attempts needs, in one statement.

    Coupons and campaigns come before contacts, as for a payment, which stops sends to a person.
    Contacts exclusively: a second sender to the same person waits, and then sees the first.
    """
    session.execute(
        text(_FOR_ATTEMPTS),
        {
            "contacts": sorted({key(Kind.CONTACT, each) for each in contacts}),
            "others": sorted(
                {key(Kind.COUPON, each) for each in coupons}
                | {key(Kind.CAMPAIGN, each) for each in campaigns}
            ),
        },
    )


_FOR_ATTEMPTS = """
SELECT
    (SELECT count(pg_advisory_xact_lock_shared(k)) FROM unnest(CAST(:others AS bigint[])) AS k),
    (SELECT count(pg_advisory_xact_lock(k)) FROM unnest(CAST(:contacts AS bigint[])) AS k)
"""


def try_lock(session: Session, kind: Kind, record_id: int) -> bool:
    """Take the exclusive lock if nobody has it; never waits."""
    taken = session.execute(
        text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": key(kind, record_id)}
    ).scalar_one()
    return bool(taken)


def _lock(session: Session, kind: Kind, ids: Iterable[int], *, exclusive: bool) -> None:
    keys = sorted({key(kind, record_id) for record_id in ids})
    if not keys:
        return
    function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    # unnest keeps the order of the array: two callers can never wait for each other
    statement = f"SELECT count({function}(k)) FROM unnest(CAST(:keys AS bigint[])) AS k"  # noqa: S608
    session.execute(text(statement), {"keys": keys})
