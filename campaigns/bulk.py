"""One thing done to a selection of cases: a template to each, a next action, another holder.

What is sent is a message of the campaign, not an answer: it waits for sending hours, for the cap
on unanswered messages and for a campaign that is paused, and an opt-out or a payment stops it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns import case_holding, next_actions
from campaigns.audit import note
from campaigns.bulk_choice import CAMPAIGN_OVER, facts_of, filled_for, limit_of, look_at
from campaigns.case_values import wants_coupon
from campaigns.errors import CaseHeld, NotAColleague, NotFound, TooMany
from campaigns.locks import lock_contacts_exclusive
from campaigns.reminders import write_reminder
from models.campaign import Campaign
from models.case import BulkSend, Case
from models.people import User
from models.states import CaseState, TemplateState
from models.template import TemplateVersion


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a selection; ``lines`` are to be woken."""

    written: int
    left_out: int
    lines: tuple[int, ...] = ()
    campaigns: tuple[int, ...] = ()
    is_repeat: bool = False


def send(
    session: Session,
    case_ids: Sequence[int],
    version_id: int,
    *,
    token: str,
    by_id: int,
    now: datetime,
    zone: ZoneInfo,
    oversees: bool = False,
) -> Sent:
    """A template to each of a selection that may have it; the same ``token`` again does nothing.

    Raises:
        TooMany: more than the limit.
        NotFound: no such template to choose.
    """
    version = session.get(TemplateVersion, version_id)
    if version is None or version.state is not TemplateState.APPROVED:
        raise NotFound("template version", version_id)
    limit = limit_of(session, case_ids)
    if len(case_ids) > limit:
        raise TooMany(len(case_ids), limit)
    made = session.scalar(
        insert(BulkSend)
        .values(token=token, by_id=by_id, template_version_id=version_id, at=now)
        .on_conflict_do_nothing(index_elements=["token"])
        .returning(BulkSend.id)
    )
    if made is None:
        before = session.scalars(select(BulkSend).where(BulkSend.token == token)).one()
        return Sent(before.written, before.left_out, is_repeat=True)
    first_look = look_at(session, case_ids, version, by_id=by_id, oversees=oversees)
    # recipients before cases, as for everything that writes; then all is looked at again
    lock_contacts_exclusive(session, [c.talk.contact_point_id for c in first_look if c.talk])
    ids = sorted(each.case_id for each in first_look)
    session.execute(
        select(Case).where(Case.id.in_(ids)).order_by(Case.id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    chosen = look_at(session, case_ids, version, by_id=by_id, oversees=oversees)
    going = [each for each in chosen if each.why is None]
    filled = filled_for(session, session.execute(facts_of(ids)).all(), version)
    for each in going:
        case = (
            session.get_one(Case, each.case_id)
            if oversees
            else case_holding.hold(session, each.case_id, by_id=by_id, now=now)
        )
        filling = filled[each.case_id]
        write_reminder(
            session,
            case,
            each.talk,
            version,
            filling,
            now=now,
            zone=zone,
            coupon_id=filling.coupon_id if wants_coupon(version.fields) else None,
            author_id=by_id,
        )
        if case.active_at is not None:
            case.active_at = now
    record = session.get_one(BulkSend, made)
    record.written, record.left_out = len(going), len(chosen) - len(going)
    campaigns = sorted({each.campaign_id for each in going})
    for campaign_id in campaigns:
        its = [each.case_id for each in going if each.campaign_id == campaign_id]
        note(
            session,
            "campaign.bulk_send",
            session.get_one(Campaign, campaign_id),
            by_id=by_id,
            version=version_id,
            count=len(its),
            cases=its,
        )
    session.flush()
    lines = tuple(sorted({each.talk.line_id for each in going if each.talk}))
    return Sent(record.written, record.left_out, lines, tuple(campaigns))


def plan(
    session: Session,
    case_ids: Sequence[int],
    what: str,
    due_at: datetime,
    *,
    by_id: int,
    now: datetime,
    oversees: bool = False,
) -> Sent:
    """The same next action in each of a selection that may have it.

    Raises InvalidText, as `next_actions.plan`.
    """
    done: set[int] = set()
    chosen = look_at(session, case_ids, None, by_id=by_id, oversees=oversees)
    going = sorted((each for each in chosen if each.why is None), key=lambda each: each.case_id)
    for each in going:
        try:
            case = case_holding.hold(session, each.case_id, by_id=by_id, now=now)
        except CaseHeld:
            if not oversees:
                continue
            case = session.get_one(Case, each.case_id)
        if case.state is CaseState.FINISHED:
            continue
        next_actions.plan(session, case, what, due_at, now=now)
        note(session, "action.plan", case, by_id=by_id, what=what)
        done.add(each.campaign_id)
    return Sent(len(going), len(chosen) - len(going), campaigns=tuple(sorted(done)))


def reassign(
    session: Session, case_ids: Sequence[int], *, to_id: int, by_id: int, now: datetime
) -> Sent:
    """Each of a selection that is open to somebody else; raises NotFound for who is not there.

    Left out are those of a campaign on which he does not work.
    """
    user = session.get(User, to_id)
    if user is None or not user.is_active:
        raise NotFound("user", to_id)
    chosen = look_at(session, case_ids, None, by_id=by_id, oversees=True)
    going = [each for each in chosen if each.why in (None, CAMPAIGN_OVER)]
    given: list[int] = []
    for each in sorted(going, key=lambda each: each.case_id):
        with suppress(NotAColleague):
            case_holding.reassign(session, each.case_id, to_id=to_id, by_id=by_id, now=now)
            given.append(each.campaign_id)
    return Sent(len(given), len(chosen) - len(given), campaigns=tuple(sorted(set(given))))
