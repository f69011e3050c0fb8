"""Whose a listed message is whose sid nobody has: by every name that its recipient may have.

We write to `+549…` or to a BSUID. That a listing names the recipient likewise is likely and nowhere
written: it may be `+54…` without the 9, the person's BSUID, or nothing readable, in an account that
obfuscates addresses. So a name says one of three things, and only two of them prove anything.
"""

import enum
import re
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.contacts import is_phone
from messaging.phone_formats import equivalents, match_key
from messaging.provider import ProviderMessage

_BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_FEWEST_DIGITS = 10  # with the country's: what is shorter may have been cut


class Whose(enum.StrEnum):
    HIS = "his"
    ANOTHERS = "another's"
    UNTOLD = "untold"  # it may be his


def names_to_ask_by(names: Sequence[str]) -> list[str]:
    """Every form of every name that a listing may be asked for, the one we wrote first."""
    forms = [form for name in names for form in (equivalents(name) if is_phone(name) else (name,))]
    return list(dict.fromkeys(forms))


def whose(names: Sequence[str], listed: str, *, phones: Mapping[str, str]) -> Whose:
    """What the recipient of a listed message says of a person who has these ``names``.

    ``phones``: the number of each contact point that is also known by a BSUID.
    """
    own = {match_key(name) for name in names if is_phone(name)}
    if _BSUID.fullmatch(listed):
        known = [name for name in names if not is_phone(name)]
        if listed in known:
            return Whose.HIS
        if known:
            return Whose.ANOTHERS
        listed = phones.get(listed, "")
    if not is_phone(listed) or len(listed) <= _FEWEST_DIGITS or not own:
        return Whose.UNTOLD
    return Whose.HIS if match_key(listed) in own else Whose.ANOTHERS


def strangers(
    session: Session, listed: Sequence[ProviderMessage], *, doubtful: Collection[int]
) -> list[ProviderMessage]:
    """Those of the listed of which we know no message, but for the ``doubtful`` ones.

    Known is what an attempt has, what a callback's path names, and what a restore was shown.
    """
    sids = [each.sid for each in listed]
    found = session.execute(text(_KNOWN), {"sids": sids, "doubtful": list(doubtful)}).scalars()
    known = set(found)
    return [each for each in listed if each.sid not in known]


def phones_of(session: Session, listed: Sequence[ProviderMessage]) -> dict[str, str]:
    """The number of each contact point that the listed name by its BSUID."""
    bsuids = sorted({each.to for each in listed if _BSUID.fullmatch(each.to)})
    if not bsuids:
        return {}
    rows = session.execute(text(_PHONES), {"bsuids": bsuids})
    return {row.bsuid: row.phone for row in rows}


_KNOWN = """
SELECT provider_sid FROM attempts WHERE provider_sid = ANY(CAST(:sids AS text[]))
UNION ALL
SELECT provider_sid FROM webhook_events
WHERE provider_sid = ANY(CAST(:sids AS text[])) AND kind = 'status'
    AND message_id <> ALL(CAST(:doubtful AS bigint[]))
UNION ALL
SELECT sid FROM provider_finds
WHERE sid = ANY(CAST(:sids AS text[])) AND message_id <> ALL(CAST(:doubtful AS bigint[]))
"""

_PHONES = """
SELECT bsuid, phone FROM contact_points
WHERE bsuid = ANY(CAST(:bsuids AS text[])) AND phone IS NOT NULL
"""
