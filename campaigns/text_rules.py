"""The phrases that suggest a result: those we ship, as supervisors changed them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.errors import NotFound
from campaigns.suggesting.phrases import check_phrase
from campaigns.suggesting.rules import COMMON, lines_of, shipped_for
from models.campaign import CampaignType, ResultType
from models.text_rule import TextRule

Change = tuple[str, bool]
"""A phrase, and whether it was taken out."""

MAX_PHRASES = 1_000


def changed(shipped: Sequence[str], changes: Iterable[Change]) -> tuple[str, ...]:
    """The phrases that count: shipped ones that were not taken out, then those added."""
    out = {phrase for phrase, is_withdrawn in changes if is_withdrawn}
    added = [phrase for phrase, is_withdrawn in changes if not is_withdrawn]
    return tuple(dict.fromkeys([*(each for each in shipped if each not in out), *added]))


def phrases_of(session: Session, result_type_id: int) -> tuple[str, ...]:
    """Of one result of the catalogue. Raises NotFound."""
    shipped = shipped_of(session, result_type_id)
    return changed(shipped, _changes(session, result_type_id))


def set_phrases(
    session: Session, result_type_id: int, text: str, *, by_id: int | None = None
) -> int:
    """Make the lines of ``text`` the phrases of a result; how many there are now.

    Raises:
        NotFound: there is no such result.
        BadPhrase: a line is none; it says which and why.
    """
    wanted = lines_of(text)[:MAX_PHRASES]
    for phrase in wanted:
        check_phrase(phrase)
    shipped = shipped_of(session, result_type_id)
    before = changed(shipped, _changes(session, result_type_id))
    session.execute(delete(TextRule).where(TextRule.result_type_id == result_type_id))
    rows = [
        {"result_type_id": result_type_id, "phrase": phrase, "is_withdrawn": is_withdrawn}
        for phrases, is_withdrawn in (
            ([each for each in wanted if each not in set(shipped)], False),
            ([each for each in shipped if each not in set(wanted)], True),
        )
        for phrase in phrases
    ]
    if rows:
        session.execute(insert(TextRule).values(rows))
    kind = session.get_one(ResultType, result_type_id)
    note(
        session,
        "result_type.phrases",
        kind,
        by_id=by_id,
        added=sorted(set(wanted) - set(before)),
        removed=sorted(set(before) - set(wanted)),
    )
    session.flush()
    return len(wanted)


def shipped_of(session: Session, result_type_id: int) -> tuple[str, ...]:
    """What we ship for one result of the catalogue. Raises NotFound."""
    row = session.execute(
        select(ResultType.code, CampaignType.code.label("kind"))
        .outerjoin(CampaignType, CampaignType.id == ResultType.campaign_type_id)
        .where(ResultType.id == result_type_id)
    ).one_or_none()
    if row is None:
        raise NotFound("result type", result_type_id)
    return shipped_for(row.kind or COMMON, row.code)


def _changes(session: Session, result_type_id: int) -> list[Change]:
    rows = session.execute(
        select(TextRule.phrase, TextRule.is_withdrawn)
        .where(TextRule.result_type_id == result_type_id)
        .order_by(TextRule.id)
    )
    return [(phrase, is_withdrawn) for phrase, is_withdrawn in rows]
