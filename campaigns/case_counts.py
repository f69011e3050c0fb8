"""The cases of a campaign that writes to nobody: its bar is of cases, not of messages."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.case import Case
from models.states import CaseState


def case_counts(session: Session, campaign_id: int) -> dict[CaseState, int]:
    rows = session.execute(
        select(Case.state, func.count()).where(Case.campaign_id == campaign_id).group_by(Case.state)
    )
    return {state: int(count) for state, count in rows}
