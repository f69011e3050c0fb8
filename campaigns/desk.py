"""What people do at the desk: answer, leave a note, say how a case ended and who it is.

Whoever works on a case holds it: `case_holding`.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.case_holding import hold
from campaigns.cases import get_case, move_case, newest_reply
from campaigns.composing import compose_answer
from campaigns.desk_suggestion import DeskSuggestion
from campaigns.errors import (
    AlreadyThere,
    CaseChanged,
    InvalidText,
    NotFound,
    RepliedMeanwhile,
)
from campaigns.locks import lock_contact_exclusive
from campaigns.result_values import NOTHING, TypedValue
from campaigns.results import NextActionPlan, record_result, revoke_result, supersede_result
from campaigns.sending_hours import ARGENTINA
from campaigns.single_messages import write_text
from campaigns.talks import talk_of
from messaging.template_names import NAMES
from models.case import Case, Channel, NextAction, Note, Party, Result
from models.files import StoredFile
from models.people import CustomerContact
from models.states import CaseState, NextActionState
from models.subscription import Subscription
from models.values import Money

MAX_NOTE = 4_000


def answer(
    session: Session,
    case_id: int,
    body: str,
    *,
    by_id: int,
    now: datetime,
    zone: ZoneInfo = ARGENTINA,
    more: Mapping[str, str] | None = None,
    names: Mapping[str, str] = NAMES,
    file: StoredFile | None = None,
    seen_message_id: int | None = None,
) -> int:
    """Write to the customer; the message's id. ``{{nombre}}`` and the like are filled.

    What the customer wrote after ``seen_message_id`` goes on waiting.

    Raises what `write_text` and `compose_answer` do, and CaseHeld.
    """
    unlocked = session.get(Case, case_id)
    if unlocked is None:
        raise NotFound("case", case_id)
    # who is written to before the case's row, as when a customer taps a button
    lock_contact_exclusive(session, talk_of(session, unlocked).contact_point_id)
    case = hold(session, case_id, by_id=by_id, now=now)
    composed = compose_answer(session, case, body, more=more, names=names)
    message_id = write_text(
        session,
        case=case,
        body=composed.text,
        author_id=by_id,
        now=now,
        coupon_id=composed.coupon_id,
        zone=zone,
        file=file,
        seen_message_id=seen_message_id,
    )
    _seen(session, case, seen_message_id)
    return message_id


def add_note(session: Session, case_id: int, body: str, *, by_id: int, now: datetime) -> Note:
    """Leave a note that only colleagues see: on anybody's case, in any state.

    Raises:
        NotFound: no such case.
        InvalidText: empty, or too long.
    """
    body = body.replace("\r\n", "\n").strip()
    if not 1 <= len(body) <= MAX_NOTE:
        raise InvalidText(len(body), MAX_NOTE)
    case = get_case(session, case_id)
    note = Note(case_id=case_id, author_id=by_id, body=body, at=now)
    session.add(note)
    if case.active_at is not None:
        case.active_at = now
    if case.operator_id == by_id:
        case.passed_by_id = None
    session.flush()
    return note


def mark_read(
    session: Session, case_id: int, *, by_id: int, seen_message_id: int | None = None
) -> bool:
    """What is there was seen by its holder, or by anybody if nobody holds it; whether it was new.

    Reading answers nothing: the case goes on waiting. ``seen_message_id``: as for `answer`.
    """
    case = get_case(session, case_id)
    if case.operator_id not in (None, by_id):
        return False
    before = case.read_through
    _seen(session, case, seen_message_id)
    return case.read_through != before


def register(
    session: Session,
    case_id: int,
    result_type_id: int,
    *,
    by_id: int,
    now: datetime,
    seen_result_id: int,
    channel: Channel | None = None,
    began: Party | None = None,
    value: TypedValue = NOTHING,
    note: str | None = None,
    next_action: NextActionPlan | None = None,
    corrects_id: int | None = None,
    suggestion: DeskSuggestion | None = None,
    used_suggestion: bool = False,
    seen_message_id: int | None = None,
) -> Result:
    """Say how a case was handled; with ``corrects_id``, in the place of that result.

    Without a ``channel`` it is WhatsApp, or that of the result it corrects.
    ``seen_result_id`` is the newest result that the person had on the screen, 0 for none; what
    was suggested there is kept beside the result, and its message is the evidence if it was used.

    Raises:
        CaseChanged: meanwhile another was recorded. Nothing is stored then.
        RepliedMeanwhile: the customer wrote after ``seen_message_id``, if it is given.
        CaseHeld: somebody else holds the case.
        NotFound, ResultNotOffered, InvalidResultValue, ResultNotStanding: as `record_result`.
    """
    if corrects_id is not None:
        result = supersede_result(
            session,
            corrects_id,
            result_type_id,
            by_id=by_id,
            now=now,
            channel=channel,
            began=began,
            value=value,
            note=note,
            next_action=next_action,
        )
        if result.case_id != case_id:
            raise NotFound("result", corrects_id)
    else:
        result = record_result(
            session,
            case_id,
            result_type_id,
            channel=channel or Channel.WHATSAPP,
            now=now,
            by_id=by_id,
            began=began,
            value=value,
            note=note,
            next_action=next_action,
            evidence_message_id=suggestion.message_id if suggestion and used_suggestion else None,
        )
    if suggestion is not None:
        result.suggestion = suggestion.kept(used=used_suggestion)
    # The case's row is locked by now, so that what is looked at stays as it is. Before, it must
    # not be: the locks of who is being written to come first.
    newest = newest_result(session, case_id, but=result.id)
    if newest != seen_result_id:
        raise CaseChanged(case_id, newest)
    if seen_message_id is not None and newest_reply(session, case_id) > seen_message_id:
        raise RepliedMeanwhile(case_id)  # it would be taken for handled
    case = hold(session, case_id, by_id=by_id, now=now)
    _seen(session, case, seen_message_id)
    if case.state is CaseState.SCHEDULED and not _has_action(session, case_id):
        move_case(case, CaseState.IN_PROGRESS, now=now)
    session.flush()
    return result


def take_back(session: Session, case_id: int, result_id: int, *, by_id: int, now: datetime) -> None:
    """Undo a result: the case it closed is open again, the action it planned is cancelled.

    Raises:
        NotFound: the case has no such result.
        ResultNotStanding: it was superseded or taken back before.
        CaseHeld: somebody else holds the case.
    """
    found = session.get(Result, result_id)
    if found is None or found.case_id != case_id:
        raise NotFound("result", result_id)
    revoke_result(session, result_id, by_id=by_id, now=now)
    case = hold(session, case_id, by_id=by_id, now=now)
    if case.state is CaseState.SCHEDULED and not _has_action(session, case_id):
        move_case(case, CaseState.IN_PROGRESS, now=now)
    session.flush()


def confirm(session: Session, case_id: int, result_id: int, *, by_id: int, now: datetime) -> Result:
    """A person says that what the system recorded is right: his own stands in its place.

    Raises:
        NotFound: the case has no such result.
        InvalidResultValue: it lacks the value that it asks for: correct it instead.
    """
    old = session.get(Result, result_id)
    if old is None or old.case_id != case_id:
        raise NotFound("result", result_id)
    return register(
        session,
        case_id,
        old.result_type_id,
        by_id=by_id,
        now=now,
        seen_result_id=newest_result(session, case_id),
        value=TypedValue(
            date=old.value_date,
            money=_money(old),
            integer=old.value_integer,
            text=old.value_text,
        ),
        corrects_id=result_id,
    )


def newest_result(session: Session, case_id: int, *, but: int = 0) -> int:
    """The id of the last result of a case, standing or not; 0 for none."""
    newest = select(func.max(Result.id)).where(Result.case_id == case_id, Result.id != but)
    return session.scalar(newest) or 0


def identify(
    session: Session, case_id: int, subscription_id: int, *, by_id: int, now: datetime
) -> Case:
    """Say whose case this is, of somebody who wrote from an address that we did not know.

    The address is his from now on.

    Raises:
        NotFound: no such case or subscription.
        AlreadyThere: the case is known, or that subscription has its own in this campaign.
    """
    case = hold(session, case_id, by_id=by_id, now=now)
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise NotFound("subscription", subscription_id)
    taken = select(Case.id).where(
        Case.campaign_id == case.campaign_id, Case.subscription_id == subscription_id
    )
    if case.subscription_id is not None or session.scalar(taken) is not None:
        raise AlreadyThere("case", subscription_id)
    case.subscription_id = subscription_id
    if case.contact_point_id is not None:
        key = (subscription.customer_id, case.contact_point_id)
        if session.get(CustomerContact, key) is None:
            has_one = select(CustomerContact.customer_id).where(
                CustomerContact.customer_id == subscription.customer_id, CustomerContact.preferred
            )
            session.add(
                CustomerContact(
                    customer_id=subscription.customer_id,
                    contact_point_id=case.contact_point_id,
                    preferred=session.scalar(has_one) is None,
                )
            )
    audit.note(session, "case.identify", case, by_id=by_id, subscription_id=subscription_id)
    session.flush()
    return case


def _money(result: Result) -> Money | None:
    if result.amount is None or result.currency is None:
        return None
    return Money(result.amount, result.currency)


def _has_action(session: Session, case_id: int) -> bool:
    due = select(NextAction.id).where(
        NextAction.case_id == case_id, NextAction.state == NextActionState.DUE
    )
    return session.execute(select(due.exists())).scalar_one()


def _seen(session: Session, case: Case, through: int | None) -> None:
    last = newest_reply(session, case.id)
    if through is not None:
        last = min(last, through)
    if last:
        case.read_through = max(last, case.read_through or 0)
    session.flush()
