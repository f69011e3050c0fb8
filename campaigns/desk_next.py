"""Which case comes on the screen once one was dealt with; read side."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlalchemy.orm import Session

from campaigns.desk_filters import conditions
from campaigns.desk_list import PAGE, THE_REST, Asked, places_of
from campaigns.desk_rows import Place
from campaigns.sending_hours import ARGENTINA
from models.case import Case
from models.states import CaseState


@dataclass(frozen=True, slots=True)
class Next:
    case_id: int
    after: Place | None  # where the list is to begin so that this case stands in it


def next_case(
    session: Session,
    asked: Asked,
    *,
    but: int,
    behind: Place | None,
    now: datetime,
    zone: ZoneInfo = ARGENTINA,
) -> Next | None:
    """The one behind that place in which something waits, or the first such one of the list.

    Among the rest, where nothing waits, it goes on only if it was there already. What a colleague
    has is left to him. None: nothing else waits.

    ``behind``: where the case ``but`` stood before it was dealt with; None: not in the list.
    """
    narrowed = conditions(asked.narrowed, now=now, zone=zone)
    his = or_(Case.operator_id.is_(None), Case.operator_id == asked.user_id)
    which = [*narrowed, his, Case.state != CaseState.FINISHED, Case.id != but]

    def first(after: Place | None) -> Place | None:
        found = places_of(session, replace(asked, after=after), which, now=now)
        return found[0] if found else None

    following = first(behind) if behind is not None else None
    if following and behind and (following.bucket < THE_REST or behind.bucket >= THE_REST):
        on_screen = places_of(session, asked, narrowed, now=now)[:PAGE]
        is_there = following.case_id in (place.case_id for place in on_screen)
        return Next(following.case_id, asked.after if is_there else behind)
    top = first(None)
    return Next(top.case_id, None) if top is not None and top.bucket < THE_REST else None
