"""How a case moves when something comes in, and the standing case of what answers nothing."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns.errors import NotFound
from models.campaign import Campaign, CampaignType
from models.case import Case
from models.message import Attribution, Message
from models.people import Purpose
from models.states import CASE, CampaignState, CaseState, MessageState, SendingState
from models.template import Line

STANDING_TYPE = "consultas"
_STANDING_NAME = "Consultas entrantes"


def get_case(session: Session, case_id: int) -> Case:
    """The case with its row locked, as it is now; raises NotFound."""
    session.flush()  # what is read anew replaces what was changed and not yet written
    case = session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotFound("case", case_id)
    return case


def move_case(case: Case, *path: CaseState, now: datetime) -> None:
    """Move a case along ``path``, step by step; raises IllegalMove at the first refused."""
    for state in path:
        CASE.check(case.state, state)
        case.state = state
    case.active_at = now
    case.finished_at = now if case.state is CaseState.FINISHED else None


def answered(case: Case, *, now: datetime) -> None:
    """A customer answered: a finished case is open again, as a late reply."""
    case.active_at = now
    if case.state is CaseState.FINISHED:
        move_case(case, CaseState.IN_PROGRESS, now=now)
        case.is_late = True


def wait_for_person(case: Case, *, since: datetime) -> None:
    """Something in this case waits; the oldest such moment counts."""
    case.waiting_since = min(case.waiting_since or since, since)


def wait_no_more(case: Case) -> None:
    """Nothing waits here: nobody has to be reminded of it either."""
    case.waiting_since = case.person_asked_at = case.escalated_at = None


def has_unread(session: Session, case_id: int, *, but_not: int | None = None) -> bool:
    """Whether a message of the customer, other than ``but_not``, waits for a person here."""
    waiting = _unread(case_id)
    if but_not is not None:
        waiting = waiting.where(Message.id != but_not)
    return session.execute(select(waiting.exists())).scalar_one()


def holders(session: Session, case_ids: Collection[int]) -> set[int]:
    """Who holds some of these cases."""
    if not case_ids:
        return set()
    found = session.scalars(select(Case.operator_id).where(Case.id.in_(case_ids)).distinct())
    return {each for each in found if each is not None}


def newest_reply(session: Session, case_id: int) -> int:
    """The last message of the customer that is tied to the case; 0 if there is none."""
    last = select(func.max(Attribution.message_id)).where(
        Attribution.case_id == case_id, Attribution.replaced_at.is_(None)
    )
    return session.scalar(last) or 0


def handle_replies(
    session: Session, case: Case, *, now: datetime, through: int | None = None
) -> int:
    """A person has seen to the case: its waiting messages are handled. How many they were.

    ``through``: the last of them that he saw; what came after it goes on waiting.
    """
    waiting = _unread(case.id)
    if through is not None:
        waiting = waiting.where(Message.id <= through)
    handled = session.execute(
        update(Message)
        .where(Message.id.in_(waiting))
        .values(state=MessageState.HANDLED, state_at=now)
        .returning(Message.id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    if through is None or not has_unread(session, case.id):
        wait_no_more(case)
    case.active_at = now
    return len(handled)


_CLOSED_MEANWHILE = 5  # times that a colleague may close the case which we were waiting for


def standing_case(session: Session, line_id: int, contact_point_id: int, *, now: datetime) -> Case:
    """The open case of a contact point in the line's standing campaign, made if there is none.

    One that was identified meanwhile is still his talk.
    """
    campaign_id = standing_campaign(session, line_id, now=now)
    his_open = (
        select(Case)
        .where(
            Case.campaign_id == campaign_id,
            Case.contact_point_id == contact_point_id,
            Case.state != CaseState.FINISHED,
        )
        .order_by(Case.active_at.desc().nulls_last(), Case.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for _ in range(_CLOSED_MEANWHILE):
        if (case := session.scalars(his_open).first()) is not None:
            return case
        session.execute(
            insert(Case)
            .values(campaign_id=campaign_id, contact_point_id=contact_point_id, created_at=now)
            .on_conflict_do_nothing()
        )
    raise LookupError(f"the case of contact point {contact_point_id} is closed again and again")


def case_for_reply(session: Session, case_id: int) -> Case:
    """The case that a reply is about, locked; of a stranger's finished one, the one open by now.

    He has one open case at most, and the finished one could not be opened beside it.
    """
    case = get_case(session, case_id)
    if case.subscription_id is not None or case.state is not CaseState.FINISHED:
        return case
    open_one = session.scalar(
        select(Case.id).where(
            Case.campaign_id == case.campaign_id,
            Case.contact_point_id == case.contact_point_id,
            Case.subscription_id.is_(None),
            Case.state != CaseState.FINISHED,
        )
    )
    return case if open_one is None else get_case(session, open_one)


def standing_campaign(session: Session, line_id: int, *, now: datetime) -> int:
    """The campaign *Consultas entrantes* of a line: runs for ever and sends nothing."""
    find = select(Campaign.id).where(Campaign.line_id == line_id, Campaign.is_standing)
    if (found := session.scalar(find)) is not None:
        return found
    line = session.get_one(Line, line_id)
    session.execute(
        insert(CampaignType)
        .values(code=STANDING_TYPE, name=_STANDING_NAME, purpose=Purpose.ACCOUNT, is_standing=True)
        .on_conflict_do_nothing(index_elements=["code"])
    )
    type_id = select(CampaignType.id).where(CampaignType.code == STANDING_TYPE).scalar_subquery()
    session.execute(
        insert(Campaign)
        .values(
            name=f"{_STANDING_NAME} · {line.name}",
            campaign_type_id=type_id,
            line_id=line_id,
            is_standing=True,
            state=CampaignState.RUNNING,
            sending_state=SendingState.IDLE,
            launched_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing()
    )
    return session.scalars(find).one()


def _unread(case_id: int) -> Select[int]:
    return (
        select(Message.id)
        .join(Attribution, Attribution.message_id == Message.id)
        .where(
            Attribution.case_id == case_id,
            Attribution.replaced_at.is_(None),
            Message.state == MessageState.ATTRIBUTED,
        )
    )
