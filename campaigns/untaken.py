"""A reply that nobody took goes back to all, or up to the supervisor.

What waits is counted in working hours: a reply of the night is late an hour after they begin.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from campaigns.case_holding import to_pool
from campaigns.presence import is_signed_in
from models.case import Case, Note
from models.people import User
from models.states import CaseState

_AT_ONCE = 500


def give_back(session: Session, *, since: datetime | None, now: datetime) -> list[int]:
    """Put cases back into the pool whose reply waits since ``since`` and whose holder is not there.

    That is: signed in nowhere, or away since then. The campaigns of those cases.
    """
    if since is None:
        return []
    rows = session.execute(
        select(Case, User.name)
        .join(User, User.id == Case.operator_id)
        .where(
            Case.waiting_since <= since,
            Case.state != CaseState.FINISHED,
            or_(User.away_since <= since, ~is_signed_in(now)),
        )
        .order_by(Case.id)
        .limit(_AT_ONCE)
        .with_for_update(of=Case, skip_locked=True)
    ).all()
    for case, name in rows:
        to_pool(session, case, "case.returned", by_id=None, now=now)
        body = f"Volvió a Sin asignar: {name} no estaba y hay una respuesta sin contestar."
        session.add(Note(case_id=case.id, author_id=None, body=body, at=now))
    session.flush()
    return _campaigns([case for case, _ in rows])


def escalate(session: Session, *, since: datetime | None, now: datetime) -> list[int]:
    """Mark the replies that nobody took since ``since`` for the supervisor; their campaigns."""
    if since is None:
        return []
    late = (
        select(Case.id)
        .where(
            Case.waiting_since <= since,
            Case.operator_id.is_(None),
            Case.escalated_at.is_(None),
            Case.state != CaseState.FINISHED,
        )
        .order_by(Case.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    marked = session.scalars(
        update(Case).where(Case.id.in_(late)).values(escalated_at=now).returning(Case.campaign_id)
    ).all()
    return sorted(set(marked))


def _campaigns(cases: Sequence[Case]) -> list[int]:
    return sorted({case.campaign_id for case in cases})
