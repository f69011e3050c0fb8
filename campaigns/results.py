"""Typed results: recorded with what they entail, superseded, taken back; never overwritten."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.cancelling import cancel_messages
from campaigns.cases import case_for_reply, get_case, handle_replies, has_unread, move_case
from campaigns.errors import AlreadyThere, NotFound, ResultNotOffered, ResultNotStanding
from campaigns.locks import lock_contact_exclusive
from campaigns.opt_outs import opt_out
from campaigns.promises import cancel_promises, has_reminder, watch_promise, withhold_reminders
from campaigns.result_standing import is_superseded
from campaigns.result_values import NOTHING, TypedValue, check_value
from campaigns.sending_hours import ARGENTINA, USUAL
from models.campaign import Campaign, ResultType, ValueKind
from models.case import Case, Channel, NextAction, Party, Result
from models.message import Basis, Direction, Message
from models.people import Purpose
from models.states import CaseState, NextActionState

STOPPED = "result"
"""The `reason` of a message that a result cancelled."""

SEEN_TO_WITHIN = timedelta(hours=1)
"""As long as a reply that nobody took may wait before it goes up to the supervisor."""


@dataclass(frozen=True, slots=True)
class NextActionPlan:
    """What somebody will do next; without an operator it is whoever holds the case."""

    what: str
    due_at: datetime
    operator_id: int | None = None


def record_result(
    session: Session,
    case_id: int,
    result_type_id: int,
    *,
    channel: Channel,
    now: datetime,
    by_id: int | None = None,
    began: Party | None = None,
    value: TypedValue = NOTHING,
    note: str | None = None,
    evidence_message_id: int | None = None,
    evidence_visit_id: int | None = None,
    basis: Basis | None = None,
    next_action: NextActionPlan | None = None,
    supersedes_id: int | None = None,
) -> Result:
    """Record a result and all that its type entails; the same evidence gives the same result.

    Without ``by_id`` it is the system's: it may lack the value that its type asks for, it never
    closes a case in which a customer's message waits for a person, and where its type proposes a
    next action that action is due at once. A person's result handles what was waiting.

    Raises:
        NotFound: no such case or result type.
        ResultNotOffered: the type is switched off, or another campaign type's.
        InvalidResultValue: the value is not what the type asks for.
        ResultNotStanding: what it supersedes was superseded or revoked before.
    """
    kind = session.get(ResultType, result_type_id)
    if kind is None:
        raise NotFound("result type", result_type_id)
    if by_id is not None or not value.is_empty:
        check_value(kind, value)
    contact_id = _contact_of(session, case_id, evidence_message_id)
    if contact_id is not None and (
        kind.is_opt_out or kind.stops_sends or has_reminder(session, case_id)
    ):
        lock_contact_exclusive(session, contact_id)  # before any row lock
    case = get_case(session, case_id)
    _check_offered(session, kind, case, by_system=by_id is None)
    if by_id is None and (known := _known(session, kind, evidence_message_id, evidence_visit_id)):
        return known
    if supersedes_id is not None:
        _retire(session, supersedes_id, by_id=by_id, now=now)
    result = Result(
        case_id=case_id,
        campaign_id=case.campaign_id,
        result_type_id=result_type_id,
        value_date=value.date,
        amount=value.money.amount if value.money else None,
        currency=value.money.currency if value.money else None,
        value_integer=value.integer,
        value_text=value.text,
        channel=channel,
        began=began,
        note=note,
        by_id=by_id,
        at=now,
        evidence_message_id=evidence_message_id,
        evidence_visit_id=evidence_visit_id,
        basis=basis,
        supersedes_id=supersedes_id,
    )
    if supersedes_id is not None:
        result.evidence_attachment_id = _get(session, supersedes_id).evidence_attachment_id
    session.add(result)
    session.flush()
    _entail(session, case, kind, result, contact_id=contact_id, next_action=next_action, now=now)
    return result


def record_overtaken(
    session: Session,
    later: Result,
    result_type_id: int,
    *,
    channel: Channel,
    now: datetime,
    value: TypedValue = NOTHING,
    evidence_message_id: int | None = None,
    basis: Basis | None = None,
) -> Result:
    """Record what was said before ``later`` and is read only now: it is kept and does not stand.

    It takes its place in the chain and entails nothing; an opt-out was obeyed when it came in.

    Raises:
        ResultNotOffered: the type is another campaign type's.
    """
    kind = session.get_one(ResultType, result_type_id)
    _check_offered(session, kind, session.get_one(Case, later.case_id), by_system=True)
    before, later.supersedes_id = later.supersedes_id, None
    session.flush()  # a result is superseded by one only
    result = Result(
        case_id=later.case_id,
        campaign_id=later.campaign_id,
        result_type_id=result_type_id,
        value_date=value.date,
        amount=value.money.amount if value.money else None,
        currency=value.money.currency if value.money else None,
        value_integer=value.integer,
        value_text=value.text,
        channel=channel,
        at=now,
        evidence_message_id=evidence_message_id,
        basis=basis,
        supersedes_id=before,
    )
    session.add(result)
    session.flush()
    later.supersedes_id = result.id
    session.flush()
    return result


def supersede_result(
    session: Session,
    result_id: int,
    result_type_id: int,
    *,
    by_id: int,
    now: datetime,
    channel: Channel | None = None,
    began: Party | None = None,
    value: TypedValue = NOTHING,
    note: str | None = None,
    next_action: NextActionPlan | None = None,
) -> Result:
    """Put another result in the place of one, on the same evidence; both are kept.

    Raises what `record_result` does, and NotFound for a result that does not exist.
    """
    old = _get(session, result_id)
    return record_result(
        session,
        old.case_id,
        result_type_id,
        channel=channel or old.channel,
        now=now,
        by_id=by_id,
        began=began or old.began,
        value=value,
        note=note,
        evidence_message_id=old.evidence_message_id,
        evidence_visit_id=old.evidence_visit_id,
        basis=Basis.PERSON,
        next_action=next_action,
        supersedes_id=result_id,
    )


def revoke_result(session: Session, result_id: int, *, by_id: int, now: datetime) -> Result:
    """Take a result back: it is kept and shown, and counts no more.

    A case that it closed is open again. An opt-out it brought stands: only the customer, or a
    person who takes that back by name, may end it.

    Raises:
        NotFound: no such result.
        ResultNotStanding: it was superseded or revoked before.
    """
    case_id = _get(session, result_id).case_id
    contact_id = _contact_of(session, case_id, None)
    if contact_id is not None and has_reminder(session, case_id):
        lock_contact_exclusive(session, contact_id)  # before any row lock
    case = get_case(session, case_id)
    _retire(session, result_id, by_id=by_id, now=now)
    result = _get(session, result_id)
    result.revoked_at, result.revoked_by_id = now, by_id
    case.broken_promise_at = None
    kind = session.get_one(ResultType, result.result_type_id)
    if case.state is CaseState.FINISHED and kind.closes_case and not _closed(session, case.id):
        _open_again(session, case, now=now)
    session.flush()
    return result


def _open_again(session: Session, case: Case, *, now: datetime) -> None:
    """What had closed it no longer stands. Raises AlreadyThere beside a stranger's open case."""
    if (open_one := case_for_reply(session, case.id)).id != case.id:
        raise AlreadyThere("case", open_one.id)
    move_case(case, CaseState.IN_PROGRESS, now=now)


def _entail(
    session: Session,
    case: Case,
    kind: ResultType,
    result: Result,
    *,
    contact_id: int | None,
    next_action: NextActionPlan | None,
    now: datetime,
) -> None:
    by_system = result.by_id is None
    if (
        result.supersedes_id is not None
        and case.state is CaseState.FINISHED
        and not _closed(session, case.id)
    ):
        _open_again(session, case, now=now)
    if not by_system:
        handle_replies(session, case, now=now)
        case.broken_promise_at = None
        _settle_actions(session, case.id, NextActionState.DONE, by_id=result.by_id, now=now)
    if kind.is_opt_out and contact_id is not None:
        opt_out(
            session,
            contact_id,
            Purpose.ALL,
            "button" if by_system else "operator",
            now=now,
            message_id=result.evidence_message_id,
        )
    if kind.stops_sends:
        # what the campaign would still send; what somebody has just written goes out
        planned = [Message.case_id == case.id, Message.sequence.is_not(None)]
        cancel_messages(session, planned, reason=STOPPED, now=now)
        withhold_reminders(session, case.id)
    watch_promise(session, case, kind, result, now=now)
    if kind.closes_case and case.state is not CaseState.FINISHED:
        if not by_system or _says_it_all(session, case, kind, result):
            move_case(case, CaseState.FINISHED, now=now)
            _settle_actions(
                session, case.id, NextActionState.CANCELLED, by_id=result.by_id, now=now
            )
            cancel_promises(session, case.id, now=now)
    elif case.state is not CaseState.FINISHED:
        if next_action is None and by_system and kind.proposes_next_action:
            next_action = NextActionPlan(kind.name, _seen_to_by(now))
        if next_action is not None:
            _plan(session, case, result, next_action, now=now)
    session.flush()


def _seen_to_by(now: datetime) -> datetime:
    """When what the system recorded is overdue: an hour later, of those in which people work."""
    opened = USUAL.opens_at(now, ARGENTINA) or now
    due_at = opened + SEEN_TO_WITHIN
    return USUAL.opens_at(due_at, ARGENTINA) or due_at


def _says_it_all(session: Session, case: Case, kind: ResultType, result: Result) -> bool:
    """Whether a system result may close its case: its value is there, and nothing is unread."""
    given = (result.value_date, result.amount, result.value_integer, result.value_text)
    if kind.value_kind is not ValueKind.NONE and all(value is None for value in given):
        return False
    return not has_unread(session, case.id, but_not=result.evidence_message_id)


def _plan(
    session: Session, case: Case, result: Result, plan: NextActionPlan, *, now: datetime
) -> None:
    session.add(
        NextAction(
            case_id=case.id,
            result_id=result.id,
            what=plan.what,
            due_at=plan.due_at,
            operator_id=plan.operator_id or case.operator_id,
            created_at=now,
        )
    )
    if case.state is CaseState.PENDING:
        move_case(case, CaseState.IN_PROGRESS, now=now)
    if case.state is not CaseState.SCHEDULED:
        move_case(case, CaseState.SCHEDULED, now=now)


def _settle_actions(
    session: Session,
    case_id: int,
    state: NextActionState,
    *,
    by_id: int | None,
    now: datetime,
    result_id: int | None = None,
) -> None:
    which = [NextAction.case_id == case_id, NextAction.state == NextActionState.DUE]
    if result_id is not None:
        which.append(NextAction.result_id == result_id)
    moved = {"state": state, "settled_at": now, "settled_by_id": by_id}
    session.execute(update(NextAction).where(*which).values(moved))


def _retire(session: Session, result_id: int, *, by_id: int | None, now: datetime) -> None:
    """Refuse a result that no longer stands; cancel what it proposed."""
    old = _get(session, result_id, lock=True)
    later = session.scalar(select(Result.id).where(Result.supersedes_id == result_id))
    if old.revoked_at is not None or later is not None:
        raise ResultNotStanding(result_id)
    _settle_actions(
        session,
        old.case_id,
        NextActionState.CANCELLED,
        by_id=by_id,
        now=now,
        result_id=result_id,
    )
    cancel_promises(session, old.case_id, now=now, result_id=result_id)


def _closed(session: Session, case_id: int) -> bool:
    """Whether another standing result closes the case."""
    closing = (
        select(Result.id)
        .join(ResultType, ResultType.id == Result.result_type_id)
        .where(
            Result.case_id == case_id,
            Result.revoked_at.is_(None),
            ResultType.closes_case,
            ~is_superseded(),
        )
    )
    return session.execute(select(closing.exists())).scalar_one()


def _check_offered(session: Session, kind: ResultType, case: Case, *, by_system: bool) -> None:
    """What is switched off is offered to no person; an old button may still say it."""
    campaign = session.get_one(Campaign, case.campaign_id)
    if not (kind.is_active or by_system) or kind.campaign_type_id not in (
        None,
        campaign.campaign_type_id,
    ):
        raise ResultNotOffered(kind.id, case.id)


def _known(
    session: Session, kind: ResultType, message_id: int | None, visit_id: int | None
) -> Result | None:
    if message_id is None and visit_id is None:
        return None
    same = (
        Result.evidence_visit_id == visit_id
        if message_id is None
        else Result.evidence_message_id == message_id
    )
    return session.scalar(
        select(Result).where(same, Result.result_type_id == kind.id, Result.by_id.is_(None))
    )


def _contact_of(session: Session, case_id: int, message_id: int | None) -> int | None:
    """Whose result it is: who wrote the evidence, else whom the case was written to last."""
    if message_id is not None:
        return session.scalar(select(Message.contact_point_id).where(Message.id == message_id))
    if (own := session.scalar(select(Case.contact_point_id).where(Case.id == case_id))) is not None:
        return own
    return session.scalar(
        select(Message.contact_point_id)
        .where(
            Message.case_id == case_id,
            Message.direction == Direction.OUT,
            Message.sequence.is_not(None),  # as its index has it
            Message.contact_point_id.is_not(None),
        )
        .order_by(Message.id.desc())
        .limit(1)
    )


def _get(session: Session, result_id: int, *, lock: bool = False) -> Result:
    result = session.get(Result, result_id, with_for_update=lock or None)
    if result is None:
        raise NotFound("result", result_id)
    return result
