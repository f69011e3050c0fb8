"""What one operator has to do, and has done, in each of his campaigns."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select
from sqlalchemy.orm import Session, aliased

from models.campaign import Campaign, CampaignOperator
from models.case import Case
from models.states import CampaignState, CaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class MyCampaign:
    """Counts of cases. ``unheld``: with a reply that waits and nobody took."""

    id: int
    name: str
    priority: int
    unheld: int
    open: int  # his, not finished
    waiting: int  # of those, with a reply that waits
    finished: int  # his


def my_work(session: Session, user_id: int) -> tuple[MyCampaign, ...]:
    """Of the campaigns at work that he is assigned to, the urgent first; one query."""
    mine = aliased(Case)
    his = mine.operator_id == user_id
    is_open, waits = mine.state != CaseState.FINISHED, mine.waiting_since.is_not(None)
    on_desk = mine.active_at.is_not(None)

    def count(*which: ColumnElement[bool]) -> ScalarSelect[int]:
        return (
            select(func.count(mine.id))
            .where(mine.campaign_id == Campaign.id, *which)
            .correlate(Campaign)
            .scalar_subquery()
        )

    rows = session.execute(
        select(
            Campaign.id,
            Campaign.name,
            Campaign.priority,
            count(mine.operator_id.is_(None), waits, is_open, on_desk).label("unheld"),
            count(his, is_open, on_desk).label("open"),
            count(his, is_open, on_desk, waits).label("waiting"),
            count(his, mine.state == CaseState.FINISHED).label("finished"),
        )
        .join(
            CampaignOperator,
            and_(CampaignOperator.campaign_id == Campaign.id, CampaignOperator.user_id == user_id),
        )
        .where(Campaign.state.in_((CampaignState.RUNNING, CampaignState.PAUSED)))
        .order_by(Campaign.priority, Campaign.name, Campaign.id)
    )
    return tuple(MyCampaign(**row._mapping) for row in rows)
