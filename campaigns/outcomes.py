"""What came of attempts: decide each without I/O, then write all of them in bulk."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from random import Random

import structlog
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, DateTime, Integer, Text

from campaigns import guards, holding
from campaigns.brakes import brakes_on
from campaigns.braking import brake
from campaigns.code_alarms import alarm_unknown
from campaigns.fault_runs import ends_a_run
from campaigns.locks import lock_contacts_exclusive
from campaigns.opt_outs import opt_out
from campaigns.pace import note_pace
from campaigns.polling import look_after
from campaigns.slices import refresh_slices, slice_of
from campaigns.times import Times
from campaigns.verdicts import judge
from messaging.provider import Fault, SendOutcome
from models.message import TO_ONE_PERSON, AttemptOutcome, Message
from models.people import Purpose
from models.states import MessageState

log = structlog.get_logger(__name__)


def record_outcomes(
    session: Session,
    outcomes: Sequence[SendOutcome],
    *,
    now: datetime,
    times: Times,
    chance: Random,
) -> None:
    """Write what came of a batch of attempts, and what follows from the faults among them.

    A message that moved on meanwhile (its callback came first) keeps its state. One that the
    database refuses (a sid that another message has, a text that it cannot hold) becomes
    uncertain with the reason in its attempt; the others are written.
    """
    if not outcomes:
        return
    # in order, as the status updates go: two who write the same rows do not lock each other out
    outcomes = sorted(outcomes, key=lambda outcome: outcome.message_id)
    _lock_who_opted_out(session, outcomes)  # outside the savepoint: it would let go with it
    try:
        with session.begin_nested():
            _record(session, outcomes, now=now, times=times, chance=chance)
        return
    except (IntegrityError, DataError):
        log.exception("a batch of outcomes was refused: one by one", outcomes=len(outcomes))
    for outcome in outcomes:
        try:
            with session.begin_nested():
                _record(session, [outcome], now=now, times=times, chance=chance)
        except (IntegrityError, DataError) as error:
            log.exception("outcome not recorded", message=outcome.message_id)
            doubtful = _doubtful(outcome, error)
            _record(session, [doubtful], now=now, times=times, chance=chance)


def _doubtful(outcome: SendOutcome, error: DBAPIError) -> SendOutcome:
    """What the database would not take: looked up at the provider, and else for a person."""
    said = f"no se pudo anotar (sid {outcome.sid}): {error.orig}"
    return SendOutcome(
        outcome.message_id,
        outcome.attempt,
        AttemptOutcome.UNKNOWN,
        http_status=outcome.http_status,
        fault=Fault.AMBIGUOUS,
        detail=said.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:500],
    )


def _record(
    session: Session,
    outcomes: Sequence[SendOutcome],
    *,
    now: datetime,
    times: Times,
    chance: Random,
) -> None:
    """The join is on the primary key alone and the guard stands in the CASE: with a guard in the
    WHERE and statistics from the launch, the planner may scan the whole ledger."""
    runs, braked = _runs(session, outcomes), brakes_on(session, outcomes)
    talks = _talks(session, outcomes)
    verdicts = [
        judge(
            outcome,
            times,
            chance,
            in_run=outcome.message_id in runs,
            brake=braked.messages.get(outcome.message_id),
            is_talk=outcome.message_id in talks,
        )
        for outcome in outcomes
    ]
    session.execute(
        _MESSAGES,
        {
            "now": now,
            "ids": [outcome.message_id for outcome in outcomes],
            "attempts": [outcome.attempt for outcome in outcomes],
            "states": [verdict.state.value for verdict in verdicts],
            "sids": [outcome.sid for outcome in outcomes],
            "codes": [outcome.error_code for outcome in outcomes],
            "reasons": [verdict.reason for verdict in verdicts],
            "dues": [_after(now, verdict.due_in) for verdict in verdicts],
            "looks": [_after(now, verdict.look_in) for verdict in verdicts],
        },
    )
    session.execute(
        _ATTEMPTS,
        {
            "now": now,
            "ids": [outcome.message_id for outcome in outcomes],
            "attempts": [outcome.attempt for outcome in outcomes],
            "outcomes": [outcome.outcome.value for outcome in outcomes],
            "sids": [outcome.sid for outcome in outcomes],
            "codes": [outcome.error_code for outcome in outcomes],
            "statuses": [outcome.http_status for outcome in outcomes],
            "details": [outcome.detail for outcome in outcomes],
        },
    )
    accepted = [each.message_id for each in outcomes if each.sid]
    if accepted:
        session.execute(_COUPONS, {"ids": accepted})
        note_pace(session, accepted, now=now)
        look_after(session, accepted, now=now, times=times)
    again = {
        slice_of(outcome.message_id)
        for outcome, verdict in zip(outcomes, verdicts, strict=True)
        if verdict.state is MessageState.PLANNED
    }
    _apply_faults(session, outcomes, runs, now=now)
    refresh_slices(session, again)
    guards.tried_later(session, again, now=now)
    if braked.messages:
        brake(session, outcomes, braked, now=now, times=times)


def _after(now: datetime, wait: timedelta | None) -> datetime | None:
    return None if wait is None else now + wait


def _lock_who_opted_out(session: Session, outcomes: Sequence[SendOutcome]) -> None:
    """Before any row lock, as everywhere: nobody then waits for us while we wait for him."""
    ids = [each.message_id for each in outcomes if each.fault is Fault.OPT_OUT]
    if ids:
        contacts = session.scalars(select(Message.contact_point_id).where(Message.id.in_(ids)))
        lock_contacts_exclusive(session, [each for each in contacts if each is not None])


def _runs(session: Session, outcomes: Sequence[SendOutcome]) -> set[int]:
    """Of those that may be one row's own fault: who failed among others that failed alike."""
    beside = [each.message_id for each in outcomes]
    alike = defaultdict(list)
    for each in outcomes:
        if each.advice.may_be_one_row and each.fault in _HOLDING:
            alike[each.fault, each.error_code].append(each.message_id)
    return {
        message_id
        for (_fault, code), ids in alike.items()
        for message_id in ids
        if ends_a_run(session, message_id, code, failing=ids, beside=beside)
    }


def _talks(session: Session, outcomes: Sequence[SendOutcome]) -> set[int]:
    """Of those whose template is refused, what a person wrote: nobody's campaign holds it."""
    ids = [each.message_id for each in outcomes if each.fault is Fault.TEMPLATE]
    if not ids:
        return set()
    return set(
        session.scalars(
            select(Message.id).where(Message.id.in_(ids), Message.cause.in_(TO_ONE_PERSON))
        )
    )


def _apply_faults(
    session: Session, outcomes: Sequence[SendOutcome], runs: Collection[int], *, now: datetime
) -> None:
    """Hold the line or the template before the audience is burnt; silence who opted out."""
    done = set()
    for outcome in outcomes:
        if outcome.advice.is_unknown and outcome.error_code is not None:
            alarm_unknown(session, outcome.error_code, outcome.detail, now=now)
        if outcome.fault not in (*_HOLDING, Fault.OPT_OUT):
            continue
        if outcome.advice.may_be_one_row and outcome.message_id not in runs:
            continue
        message = session.get_one(Message, outcome.message_id)
        why = f"{outcome.error_code or outcome.http_status}: {outcome.detail or 'refused'}"
        if outcome.fault is Fault.OPT_OUT and message.contact_point_id is not None:
            opt_out(
                session,
                message.contact_point_id,
                Purpose.ALL,
                evidence=f"provider: {outcome.error_code}",
                now=now,
            )
        held = (outcome.fault, message.line_id, message.template_version_id)
        if held in done:
            continue
        done.add(held)
        if outcome.fault is Fault.ACCOUNT:
            holding.hold_line(session, message.line_id, why, now=now)
        elif outcome.fault is Fault.TEMPLATE and message.template_version_id is not None:
            holding.hold_template(session, message.template_version_id, why)


_HOLDING = (Fault.ACCOUNT, Fault.TEMPLATE)

_big, _int, _text, _time = (
    ARRAY(BigInteger),
    ARRAY(Integer),
    ARRAY(Text),
    ARRAY(DateTime(timezone=True)),
)

# In `SET` the row is looked at again after a wait for its lock: a callback that came first wins.
# An answer so late that the message was given up as absent, or put before a person, still counts
# if it brings a sid: the message left, and must not leave again.
_OURS = """m.attempts = o.attempt AND (
        m.state IN ('sending', 'uncertain')
        OR o.sid IS NOT NULL AND m.state IN ('planned', 'claimed', 'review') AND m.reason IN (
            'proven_absent', 'never_repeat', 'several_at_the_provider', 'listing_impossible',
            'decided'
        )
    )"""

_MESSAGES = text(
    f"""
UPDATE messages m SET
    state = CASE WHEN {_OURS} THEN o.state ELSE m.state END,
    state_at = CASE WHEN {_OURS} THEN :now ELSE m.state_at END,
    provider_sid = CASE WHEN {_OURS} THEN o.sid ELSE m.provider_sid END,
    error_code = CASE WHEN {_OURS} THEN o.code ELSE m.error_code END,
    reason = CASE WHEN {_OURS} THEN o.reason ELSE m.reason END,
    due_at = CASE WHEN {_OURS} THEN coalesce(o.due, m.due_at) ELSE m.due_at END,
    look_at = CASE WHEN {_OURS} THEN o.look ELSE m.look_at END,
    looks = CASE WHEN {_OURS} THEN 0 ELSE m.looks END,
    lease_owner = CASE WHEN {_OURS} THEN NULL ELSE m.lease_owner END,
    lease_until = CASE WHEN {_OURS} THEN NULL ELSE m.lease_until END
FROM unnest(:ids, :attempts, :states, :sids, :codes, :reasons, :dues, :looks)
    AS o (id, attempt, state, sid, code, reason, due, look)
JOIN (SELECT id FROM messages WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE) AS ours
    USING (id)
WHERE m.id = o.id
"""
).bindparams(
    bindparam("ids", type_=_big),
    bindparam("attempts", type_=_int),
    bindparam("states", type_=_text),
    bindparam("sids", type_=_text),
    bindparam("codes", type_=_int),
    bindparam("reasons", type_=_text),
    bindparam("dues", type_=_time),
    bindparam("looks", type_=_time),
)

# A second sid for one attempt is never expected: kept and shown, never hidden. An attempt that
# its callback has adopted keeps the code that the callback reported.
_ATTEMPTS = text(
    """
UPDATE attempts a SET
    ended_at = :now,
    outcome = CASE WHEN a.outcome = 'accepted' THEN a.outcome ELSE o.outcome END,
    http_status = o.status,
    error_code = CASE WHEN a.outcome = 'accepted' THEN a.error_code ELSE o.code END,
    detail = CASE WHEN a.outcome = 'accepted' THEN a.detail ELSE o.detail END,
    provider_sid = coalesce(a.provider_sid, o.sid),
    other_sids = CASE WHEN a.provider_sid <> o.sid
        THEN array_append(a.other_sids, o.sid) ELSE a.other_sids END
FROM unnest(:ids, :attempts, :outcomes, :sids, :codes, :statuses, :details)
    AS o (id, attempt, outcome, sid, code, status, detail)
WHERE a.message_id = o.id AND a.number = o.attempt
"""
).bindparams(
    bindparam("ids", type_=_big),
    bindparam("attempts", type_=_int),
    bindparam("outcomes", type_=_text),
    bindparam("sids", type_=_text),
    bindparam("codes", type_=_int),
    bindparam("statuses", type_=_int),
    bindparam("details", type_=_text),
)

_COUPONS = text(
    """
UPDATE coupons k SET state = 'sent', updated_at = now()
FROM (
    SELECT id FROM coupons
    WHERE id IN (SELECT coupon_id FROM messages WHERE id = ANY(:ids)) AND state = 'issued'
    ORDER BY id FOR NO KEY UPDATE
) AS these
WHERE k.id = these.id
"""
).bindparams(bindparam("ids", type_=_big))
