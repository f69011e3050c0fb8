"""Status callbacks in bulk: bind each to its attempt, move the messages, draw the consequences."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import guards
from campaigns.brakes import RATE_RUN, is_rate
from campaigns.braking import slow_down
from campaigns.code_alarms import alarm_unknown
from campaigns.contacts import same_address
from campaigns.delivery import Effect, apply_status
from campaigns.delivery_rows import Known, Target, gather, write
from campaigns.events import Settled, StoredEvent, parked
from campaigns.fault_runs import ends_a_run
from campaigns.holding import hold_line, hold_template
from campaigns.locks import lock_contacts_exclusive
from campaigns.opt_outs import opt_out
from campaigns.polling import look_after
from campaigns.retrying import ARRIVED, give_way
from campaigns.slices import refresh_slices, slice_of
from campaigns.times import Times
from messaging.errors import MalformedWebhook
from messaging.inbound import StatusUpdate
from messaging.provider import Fault
from models.message import EventState, Message
from models.people import ContactPoint, Purpose
from models.states import IllegalMove

log = structlog.get_logger(__name__)

ParseStatus = Callable[[Mapping[str, str]], StatusUpdate]
_Read = tuple[StoredEvent, StatusUpdate]


@dataclass(slots=True)
class Outcome:
    settled: list[Settled] = field(default_factory=list)
    extra_sids: int = 0
    woken: list[int] = field(default_factory=list)


def apply_batch(
    session: Session,
    events: Sequence[StoredEvent],
    parse: ParseStatus,
    *,
    now: datetime,
    times: Times,
) -> Outcome:
    """Apply events in their order; every one comes back settled."""
    outcome = Outcome()
    updates: list[_Read] = []
    for event in events:
        try:
            updates.append((event, parse(event.form)))
        except MalformedWebhook as error:
            outcome.settled.append(Settled(event.id, EventState.FAILED, str(error)))
    _lock_leaving(session, updates)
    known = gather(
        session,
        paths={event.message_id for event, _ in updates if event.message_id is not None},
        sids={status.sid for _, status in updates},
    )
    failures: list[tuple[Target, StatusUpdate, Fault]] = []
    again: list[tuple[Target, StatusUpdate]] = []
    for event, status in updates:
        settled, effect, target = _apply(event, status, known, now=now, times=times)
        outcome.settled.append(settled)
        if effect is None or target is None:
            continue
        outcome.extra_sids += effect.extra_sid
        if effect.due_again:
            outcome.woken.append(slice_of(target.now.id))
            again.append((target, status))
        if effect.fault is not None:
            failures.append((target, status, effect.fault))
        if effect.alarm:
            log.error(
                "odd status",
                message=target.now.id,
                attempt=event.attempt,
                sid=status.sid,
                why=effect.note,
            )
    too_fast = _too_fast(session, updates, again)
    for target, _status in too_fast:
        target.now.reported_failures -= 1  # it was the line's fault, not this message's
    write(session, known, now=now)
    if late := [each.now.id for each in known.targets.values() if _came_late(each)]:
        give_way(session, late, now=now)
    if out := [each.now.id for each in known.targets.values() if each.now.newly_out]:
        look_after(session, out, now=now, times=times)
    for target, status, fault in failures:
        _follow(session, target, status, fault, now=now)
    outcome.woken = sorted(set(outcome.woken))
    refresh_slices(session, outcome.woken)
    guards.tried_later(session, outcome.woken, now=now)
    for line_id, status in {target.line_id: status for target, status in too_fast}.items():
        slow_down(session, line_id, status.advice.delay, now=now, times=times)
    return outcome


def _came_late(target: Target) -> bool:
    return target.is_replaced and target.now.changed and target.now.state in ARRIVED


def _too_fast(
    session: Session, updates: Sequence[_Read], again: Sequence[tuple[Target, StatusUpdate]]
) -> list[tuple[Target, StatusUpdate]]:
    """Those that the provider refused for the line's rate or quota, if they are a run of it."""
    by_code: defaultdict[tuple[int, int | None], list[tuple[Target, StatusUpdate]]]
    by_code = defaultdict(list)
    for target, status in again:
        if is_rate(status.advice.delay):
            by_code[target.line_id, status.error_code].append((target, status))
    beside = [event.message_id for event, _ in updates if event.message_id is not None]
    found: list[tuple[Target, StatusUpdate]] = []
    for (_line, code), these in by_code.items():
        ids = [target.now.id for target, _ in these]
        if ends_a_run(session, max(ids), code, failing=ids, beside=beside, run=RATE_RUN):
            found += these
    return found


def _apply(
    event: StoredEvent, status: StatusUpdate, known: Known, *, now: datetime, times: Times
) -> tuple[Settled, Effect | None, Target | None]:
    owner = known.owners.get(status.sid)
    message_id, number = event.message_id, event.attempt
    is_named = message_id in known.targets or message_id in known.inbound
    if owner is not None and (not is_named or owner[0] == message_id):
        # the sid says it best: a path may name what a restored database never had
        message_id, number = owner[0], owner[1] or number
    target = known.targets.get(message_id) if message_id is not None else None
    if message_id in known.inbound:
        return _ignored(event, "la ruta no nombra un mensaje saliente")
    if target is not None and number is None and target.now.attempts:
        number = max(target.now.attempts)
    if target is None or number is None or number not in target.now.attempts:
        why = "ningún mensaje nuestro tiene ese id o ese intento"
        return parked(event, why, now=now, times=times), None, None
    if owner is not None and (owner[0] != message_id or owner[1] not in (None, number)):
        return _ignored(event, f"ese sid es del mensaje {owner[0]}")
    # a sid that is ours says it, however the provider writes the recipient
    is_to_him = status.to is None or same_address(target.address, status.to, bsuid=target.bsuid)
    if owner is None and not is_to_him:
        return _ignored(event, f"el destinatario no es el del mensaje {message_id}")
    try:
        effect = apply_status(target.now, number, status, now=now, times=times)
    except IllegalMove as error:
        return Settled(event.id, EventState.FAILED, str(error)), None, None
    known.owners.setdefault(status.sid, (target.now.id, number))
    settled = Settled(
        event.id,
        EventState.APPLIED,
        effect.note,
        campaign_id=target.campaign_id,
        case_id=target.case_id if target.is_talk else None,
        is_talk=target.is_talk,
    )
    return settled, effect, target


def _ignored(event: StoredEvent, note: str) -> tuple[Settled, None, None]:
    log.warning("status event ignored", event_id=event.id, why=note)
    return Settled(event.id, EventState.IGNORED, note), None, None


def _lock_leaving(session: Session, updates: Sequence[_Read]) -> None:
    """The locks of addresses that opt out in this batch: before any row, and sorted."""
    leaving = [(event, status) for event, status in updates if status.fault is Fault.OPT_OUT]
    if leaving:
        paths = [event.message_id for event, _ in leaving if event.message_id is not None]
        sids = [status.sid for _, status in leaving]
        contacts = session.scalars(
            select(Message.contact_point_id).where(
                Message.id.in_(paths) | Message.provider_sid.in_(sids)
            )
        )
        lock_contacts_exclusive(session, (each for each in contacts if each is not None))


def _follow(
    session: Session, target: Target, status: StatusUpdate, fault: Fault, *, now: datetime
) -> None:
    """What a newly reported failure means beyond its own message."""
    why = f"{status.error_code}: {status.detail or 'informado por el proveedor'}"
    if status.advice.is_unknown and status.error_code is not None:
        alarm_unknown(session, status.error_code, status.detail, now=now)
    holds = not status.advice.may_be_one_row or (
        fault in (Fault.ACCOUNT, Fault.TEMPLATE)
        and ends_a_run(session, target.now.id, status.error_code)
    )
    if fault is Fault.OPT_OUT:
        evidence = f"provider: {status.error_code}"
        opt_out(
            session,
            target.contact_point_id,
            Purpose.ALL,
            evidence,
            now=now,
            message_id=target.now.id,
        )
    elif fault is Fault.ACCOUNT and holds:
        hold_line(session, target.line_id, why, now=now)
    elif fault is Fault.TEMPLATE and holds and target.template_version_id is not None:
        hold_template(session, target.template_version_id, why)
    if status.bad_address:
        session.execute(
            update(ContactPoint)
            .where(ContactPoint.id == target.contact_point_id)
            .values(is_valid=False, invalid_reason=str(status.error_code))
        )
