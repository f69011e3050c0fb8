"""Who works on a campaign, and how urgent it is: changed while it runs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.errors import NotFound
from campaigns.locks import locked_campaign
from models.campaign import CampaignOperator
from models.case import Case, NextAction
from models.people import Role, User
from models.states import CaseState, NextActionState

PRIORITIES = (1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may be assigned; ``open_cases``: his of this campaign."""

    user_id: int
    name: str
    role: Role
    is_assigned: bool
    open_cases: int


def candidates(session: Session, campaign_id: int) -> list[Candidate]:
    """Every active person, and whoever is assigned already."""
    held = (
        select(func.count())
        .select_from(Case)
        .where(
            Case.campaign_id == campaign_id,
            Case.operator_id == User.id,
            Case.state != CaseState.FINISHED,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(User, CampaignOperator.user_id.is_not(None), held)
        .outerjoin(
            CampaignOperator,
            (CampaignOperator.user_id == User.id) & (CampaignOperator.campaign_id == campaign_id),
        )
        .where(User.is_active | CampaignOperator.user_id.is_not(None))
        .order_by(User.name)
    )
    return [
        Candidate(
            user_id=user.id,
            name=user.name,
            role=user.role,
            is_assigned=is_assigned,
            open_cases=int(open_cases),
        )
        for user, is_assigned, open_cases in rows
    ]


def assign_operators(
    session: Session,
    campaign_id: int,
    user_ids: Collection[int],
    *,
    by_id: int | None = None,
) -> int:
    """Let exactly these work on the campaign; return how many open cases went back to the pool.

    Those are the cases of whoever is no longer among them.

    Raises:
        NotFound: no such campaign, or an active user that does not exist.
    """
    campaign = locked_campaign(session, campaign_id)
    before = set(
        session.scalars(
            select(CampaignOperator.user_id).where(CampaignOperator.campaign_id == campaign_id)
        )
    )
    wanted = set(user_ids)
    added, removed = sorted(wanted - before), sorted(before - wanted)
    names = _names(session, [*added, *removed])
    for user_id in added:
        if user_id not in names or not names[user_id].is_active:
            raise NotFound("user", user_id)
    if not added and not removed:
        return 0
    session.add_all(CampaignOperator(campaign_id=campaign_id, user_id=each) for each in added)
    released = 0
    if removed:
        session.execute(
            delete(CampaignOperator).where(
                CampaignOperator.campaign_id == campaign_id, CampaignOperator.user_id.in_(removed)
            )
        )
        released = _release(session, campaign_id, removed)
    note(
        session,
        "campaign.operators",
        campaign,
        by_id=by_id,
        added=[names[each].name for each in added],
        removed=[names[each].name for each in removed],
        released=released,
    )
    session.flush()
    return released


def _release(session: Session, campaign_id: int, user_ids: Sequence[int]) -> int:
    """To the pool, as they stand: what is scheduled stays due, with nobody's name on it."""
    released = session.scalars(
        update(Case)
        .where(
            Case.campaign_id == campaign_id,
            Case.operator_id.in_(user_ids),
            Case.state != CaseState.FINISHED,
        )
        .values(operator_id=None, passed_by_id=None)
        .returning(Case.id),
        execution_options={"synchronize_session": False},
    ).all()
    session.execute(
        update(NextAction)
        .where(NextAction.case_id.in_(released), NextAction.state == NextActionState.DUE)
        .values(operator_id=None),
        execution_options={"synchronize_session": False},
    )
    return len(released)


def change_priority(
    session: Session, campaign_id: int, priority: int, *, by_id: int | None = None
) -> int:
    """Return what it was; the next slice that is taken heeds it.

    Raises:
        NotFound: no such campaign.
        ValueError: no such priority.
    """
    if priority not in PRIORITIES:
        raise ValueError(f"priority is 1, 2 or 3, not {priority}")
    campaign = locked_campaign(session, campaign_id)
    was = campaign.priority
    if was != priority:
        campaign.priority = priority
        note(session, "campaign.priority", campaign, by_id=by_id, was=was, now=priority)
        session.flush()
    return was


def _names(session: Session, ids: Sequence[int]) -> dict[int, User]:
    return {user.id: user for user in session.scalars(select(User).where(User.id.in_(ids)))}
