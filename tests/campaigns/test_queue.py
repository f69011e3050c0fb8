"""The work queue: what comes first, what a case is passed on with, and what nobody took."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import case_holding, desk, presence, saved_views, untaken
from campaigns.desk_filters import DueFilter, Filters, WindowFilter
from campaigns.desk_list import Asked, View, desk_list, waiting_for
from campaigns.errors import (
    AlreadyThere,
    CaseHeld,
    EnoughOfThem,
    InvalidText,
    NotAColleague,
    NotFound,
)
from campaigns.handing_over import pass_on
from campaigns.my_work import my_work
from campaigns.names import called
from campaigns.presence import Presence
from campaigns.progress_team import work_of
from campaigns.results import NextActionPlan
from campaigns.sending_hours import ALWAYS, ARGENTINA, USUAL
from campaigns.signing_in import open_session
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignOperator
from models.case import Case, NextAction, Note
from models.people import Role, User
from models.states import CaseState, IllegalMove
from models.subscription import Subscription
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TODAY = date(2026, 11, 18)


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def lucia(office: Outbox) -> User:
    return _operator(office, "Lucía")


@pytest.fixture
def diego(office: Outbox) -> User:
    return _operator(office, "Diego")


def _operator(office: Outbox, name: str, *campaigns: Campaign) -> User:
    user = User(email=f"{name.lower()}@example.com", name=name, role=Role.OPERATOR)
    office.session.add(user)
    office.session.flush()
    for campaign in campaigns or (office.campaign,):
        office.session.add(CampaignOperator(campaign_id=campaign.id, user_id=user.id))
    office.fresh()
    return user


def _signed_in(office: Outbox, user: User, *, at: datetime = NOON) -> None:
    open_session(office.session, user.id, ip="::1", user_agent=None, now=at)


def _answered(
    office: Outbox, *, ago: timedelta = timedelta(0), campaign: Campaign | None = None
) -> Case:
    now, office.now = office.now, office.now - ago
    phone = f"+5491155{next(_phones):06d}"
    message = office.a_message(phone, campaign=campaign)
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    office.session.flush()
    office.inbound("Hola", sender=phone)
    office.apply_inbound()
    office.now = now
    office.fresh()
    return case


_phones = iter(range(100, 1_000))


def _record(office: Outbox, case: Case, code: str, by: User, **more: Any) -> None:
    at: timedelta = more.pop("ago", timedelta(0))
    desk.register(
        office.session,
        case.id,
        office.result_type(code).id,
        by_id=by.id,
        now=NOON - at,
        seen_result_id=desk.newest_result(office.session, case.id),
        **more,
    )
    office.fresh()


def _breaks_a_promise(office: Outbox, case: Case) -> None:
    case.broken_promise_at = NOON - HOUR
    office.fresh()


def _ids(office: Outbox, user: User, view: View = View.ALL, **filters: Any) -> list[int]:
    asked = Asked(view=view, user_id=user.id, narrowed=Filters(**filters))
    found = desk_list(office.session, asked, now=office.now)
    assert found.counts[view] == len(found.rows)
    return [row.case_id for row in found.rows]


# what comes first


def test_a_tap_stands_among_what_is_due_at_once_and_is_not_overdue(
    office: Outbox, lucia: User
) -> None:
    quiet = _answered(office)
    _record(office, quiet, "reclamo", lucia)  # the last active, with nothing to be done
    phone = f"+5491155{next(_phones):06d}"
    message = office.a_message(phone)
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    tap = {"ButtonPayload": office.payload(message, 1), "ButtonText": "Ya pagué"}
    office.inbound("Ya pagué", sender=phone, **tap)
    office.apply_inbound()
    office.fresh()

    assert _ids(office, lucia) == [case.id, quiet.id]
    assert _ids(office, lucia, due=DueFilter.OVERDUE) == []


def test_who_waits_comes_by_priority_then_due_actions_then_broken_promises_then_the_rest(
    office: Outbox, lucia: User
) -> None:
    urgent, idle = office.a_campaign(priority=1), office.a_campaign(priority=3)
    cases = {
        "rest": _answered(office, ago=HOUR * 2),
        "broken": _answered(office, ago=HOUR),
        "due": _answered(office, ago=HOUR),
        "idle waits longest": _answered(office, ago=HOUR * 9, campaign=idle),
        "waits longer": _answered(office, ago=HOUR * 5),
        "waits": _answered(office, ago=HOUR * 4),
        "urgent waits": _answered(office, ago=HOUR, campaign=urgent),
        "closes": _answered(office, ago=HOUR * 20, campaign=idle),
    }
    _record(office, cases["rest"], "no_puede_pagar", lucia)
    _record(office, cases["broken"], "no_puede_pagar", lucia)
    _breaks_a_promise(office, cases["broken"])
    plan = NextActionPlan("Llamar", NOON - MINUTE)
    _record(office, cases["due"], "no_puede_pagar", lucia, next_action=plan)

    shown = _ids(office, lucia)

    names = {case.id: name for name, case in cases.items()}
    assert [names[each] for each in shown] == [
        "closes", "urgent waits", "waits longer", "waits", "idle waits longest",
        "due", "broken", "rest",
    ]  # fmt: skip


def test_a_broken_promise_is_listed_until_somebody_did_something(
    office: Outbox, lucia: User
) -> None:
    case = _answered(office)
    assert _ids(office, lucia, promise=True) == []

    _breaks_a_promise(office, case)
    assert _ids(office, lucia, promise=True) == [case.id]

    _record(office, case, "no_responde", lucia)
    assert _ids(office, lucia, promise=True) == []


def test_filters_narrow_list_and_counts_alike(office: Outbox, lucia: User) -> None:
    closing, fresh = _answered(office, ago=HOUR * 20), _answered(office, ago=HOUR)
    closed = _answered(office, ago=HOUR * 30)
    planned = _answered(office)
    plan = NextActionPlan("Llamar", NOON + HOUR)
    _record(office, planned, "no_puede_pagar", lucia, next_action=plan)
    subscription = office.session.get_one(Subscription, fresh.subscription_id)
    subscription.instalments_overdue = 2
    office.fresh()

    def found(**filters: Any) -> set[int]:
        return set(_ids(office, lucia, **filters))

    everybody = {closing.id, fresh.id, closed.id, planned.id}
    assert found() == everybody
    assert found(waiting=True) == everybody - {planned.id}
    assert found(window=WindowFilter.CLOSING) == {closing.id}
    assert found(window=WindowFilter.CLOSED) == {closed.id}
    assert found(window=WindowFilter.OPEN) == everybody - {closed.id}
    assert found(arrears=2) == {fresh.id}
    assert found(arrears=3) == set()
    assert found(due=DueFilter.TODAY) == {planned.id}
    assert found(due=DueFilter.NONE) == everybody - {planned.id}
    assert found(state=CaseState.SCHEDULED) == {planned.id}
    assert found(type_id=office.campaign.campaign_type_id) == everybody
    assert found(type_id=office.type_id("recordatorio")) == set()
    office.now = NOON + HOUR * 2
    assert found(due=DueFilter.OVERDUE) == {planned.id}


def test_my_campaigns_count_what_their_lists_hold(office: Outbox, lucia: User, diego: User) -> None:
    other = office.a_campaign(priority=1)
    _operator(office, "Ana", other)
    pool, mine, done, _his = (_answered(office) for _ in range(4))
    case_holding.take(office.session, mine.id, by_id=lucia.id, seen_operator_id=None, now=NOON)
    _record(office, done, "se_niega", lucia)
    case_holding.take(office.session, _his.id, by_id=diego.id, seen_operator_id=None, now=NOON)

    (only,) = my_work(office.session, lucia.id)

    assert only.id == office.campaign.id
    assert (only.unheld, only.waiting, only.open, only.finished) == (1, 1, 1, 1)
    here = {"campaign_id": only.id}
    assert _ids(office, lucia, View.UNASSIGNED, waiting=True, **here) == [pool.id]
    assert _ids(office, lucia, View.MINE, waiting=True, **here) == [mine.id]


# passing on


def test_a_case_is_passed_on_with_a_note_and_marked_until_its_new_holder_acts(
    office: Outbox, lucia: User, diego: User
) -> None:
    case = _answered(office)
    _record(
        office, case, "no_puede_pagar", lucia, next_action=NextActionPlan("Llamar", NOON + HOUR)
    )  # fmt: skip

    pass_on(
        office.session, case.id, to_id=diego.id, by_id=lucia.id, now=NOON, word="Cobra el 28."
    )  # fmt: skip
    office.fresh()

    asked = Asked(view=View.MINE, user_id=diego.id)
    (row,) = desk_list(office.session, asked, now=NOON).rows
    note = office.session.scalars(select(Note)).one()
    assert (row.passed_by, row.operator) == ("Lucía", "Diego")
    assert (note.body, note.author_id) == ("Cobra el 28.", lucia.id)
    assert waiting_for(office.session, diego.id) == 1
    assert office.session.scalars(select(NextAction.operator_id)).one() == diego.id
    assert "case.pass" in office.session.scalars(select(AuditEvent.action)).all()

    _record(office, case, "no_responde", diego)
    assert office.session.get_one(Case, case.id).passed_by_id is None
    assert waiting_for(office.session, diego.id) == 0


def test_it_goes_back_to_the_pool_too(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)

    pass_on(office.session, case.id, to_id=None, by_id=lucia.id, now=NOON, word="No me atiende.")

    assert (case.operator_id, case.state) == (None, CaseState.PENDING)


def test_nobody_passes_on_what_another_holds_but_a_supervisor(
    office: Outbox, lucia: User, diego: User
) -> None:
    case = _answered(office)
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)

    with pytest.raises(CaseHeld):
        pass_on(office.session, case.id, to_id=diego.id, by_id=diego.id, now=NOON)
    pass_on(office.session, case.id, to_id=diego.id, by_id=lucia.id, now=NOON, of_anybody=True)

    assert case.operator_id == diego.id


def test_only_who_works_on_the_campaign_gets_it_and_nothing_that_is_finished(
    office: Outbox, lucia: User, diego: User
) -> None:
    outsider = _operator(office, "Otra", office.a_campaign())
    case = _answered(office)

    with pytest.raises(NotAColleague):
        pass_on(office.session, case.id, to_id=outsider.id, by_id=lucia.id, now=NOON, word="¿?")
    office.session.rollback()
    _record(office, case, "se_niega", lucia)

    with pytest.raises(IllegalMove):
        pass_on(office.session, case.id, to_id=diego.id, by_id=lucia.id, now=NOON)
    assert office.session.scalars(select(Note)).all() == []


# who is there, and what nobody took


def test_a_person_is_available_away_or_signed_in_nowhere(
    office: Outbox, lucia: User, diego: User
) -> None:
    _signed_in(office, diego)
    _signed_in(office, lucia)
    presence.choose(office.session, lucia.id, away=True, now=NOON)
    _operator(office, "Nadie")

    there = presence.colleagues(office.session, office.campaign.id, now=NOON)
    team = work_of(office.session, office.campaign.id).members
    later = presence.colleagues(office.session, office.campaign.id, now=NOON + HOUR)

    assert [(each.name, each.presence) for each in there] == [
        ("Diego", Presence.AVAILABLE), ("Lucía", Presence.AWAY), ("Nadie", Presence.OFF),
    ]  # fmt: skip
    assert {each.presence for each in team} == {Presence.OFF}  # by the clock, it is not noon
    assert {each.presence for each in later} == {Presence.OFF}  # their sessions were idle


@pytest.mark.parametrize(
    ("here", "goes_back"),
    [("available", False), ("away", True), ("just away", False), ("signed out", True)],
)
def test_a_reply_goes_back_to_all_when_its_holder_is_not_there(
    office: Outbox, lucia: User, here: str, goes_back: bool
) -> None:
    case = _answered(office, ago=MINUTE * 20)
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)
    if here != "signed out":
        _signed_in(office, lucia)
    if "away" in here:
        since = NOON - MINUTE * (20 if here == "away" else 1)
        presence.choose(office.session, lucia.id, away=True, now=since)
    office.fresh()

    told = untaken.give_back(office.session, since=NOON - MINUTE * 15, now=NOON)
    office.fresh()

    case = office.session.get_one(Case, case.id)
    notes = office.session.execute(select(Note.author_id, Note.body)).all()
    assert (case.operator_id is None) is goes_back
    assert told == ([case.campaign_id] if goes_back else [])
    assert [author for author, _ in notes] == ([None] if goes_back else [])
    assert all("Lucía no estaba" in body for _, body in notes)
    assert case.waiting_since is not None


def test_a_reply_that_nobody_took_goes_up_until_it_is_taken(office: Outbox, lucia: User) -> None:
    late, _lately = _answered(office, ago=MINUTE * 61), _answered(office, ago=MINUTE * 59)
    held = _answered(office, ago=MINUTE * 90)
    case_holding.take(office.session, held.id, by_id=lucia.id, seen_operator_id=None, now=NOON)

    told = untaken.escalate(office.session, since=NOON - HOUR, now=NOON)
    office.fresh()

    assert told == [late.campaign_id]
    assert untaken.escalate(office.session, since=NOON - HOUR, now=NOON) == []
    assert _ids(office, lucia, View.ESCALATED) == [late.id]
    assert waiting_for(office.session, 0, is_supervisor=True) == 1
    case_holding.take(office.session, late.id, by_id=lucia.id, seen_operator_id=None, now=NOON)
    office.fresh()
    assert _ids(office, lucia, View.ESCALATED) == []
    case_holding.release(office.session, late.id, by_id=lucia.id, now=NOON)
    office.fresh()
    assert _ids(office, lucia, View.ESCALATED) == []  # its hour counts anew from the next sweep
    assert waiting_for(office.session, 0, is_supervisor=True) == 0


def test_an_answered_reply_is_nobodys_concern(office: Outbox, lucia: User) -> None:
    case = _answered(office, ago=HOUR * 2)
    untaken.escalate(office.session, since=NOON - HOUR, now=NOON)
    office.fresh()

    _record(office, case, "no_puede_pagar", lucia)

    assert office.session.get_one(Case, case.id).escalated_at is None


@pytest.mark.parametrize(
    ("now", "hour_ago"),
    [
        ("2026-11-18 12:00", "2026-11-18 11:00"),
        ("2026-11-18 10:00", "2026-11-18 09:00"),
        ("2026-11-18 09:20", "2026-11-17 19:20"),  # forty minutes of yesterday
        ("2026-11-18 23:00", "2026-11-18 19:00"),  # by night nothing gets older
        ("2026-11-16 09:30", "2026-11-14 12:30"),  # nor on Sunday
    ],
)
def test_an_hour_is_an_hour_of_work(now: str, hour_ago: str) -> None:
    at = _local(now)

    assert USUAL.worked_since(at, HOUR, ARGENTINA) == _local(hour_ago)
    assert ALWAYS.worked_since(at, HOUR, ARGENTINA) == at - HOUR


def test_hours_that_never_come_have_no_beginning() -> None:
    never = replace(USUAL, days=(None,) * 6 + ((0, 1),))

    assert never.worked_since(NOON, HOUR * 24, ARGENTINA) is None


def _local(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=ARGENTINA).astimezone(UTC)


# saved views


def test_a_view_is_kept_under_a_name_renamed_and_removed(
    office: Outbox, lucia: User, diego: User
) -> None:
    session = office.session
    view = saved_views.save(session, lucia.id, "  Mora   vieja ", {"arrears": 3, "q": None})
    saved_views.save(session, lucia.id, "Otra", {})
    saved_views.save(session, lucia.id, "Mora vieja", {"arrears": 4})

    kept = saved_views.views_of(session, lucia.id)
    assert [(each.name, each.query) for each in kept] == [
        ("Mora vieja", {"arrears": 4}), ("Otra", {}),
    ]  # fmt: skip
    with pytest.raises(AlreadyThere):
        saved_views.rename(session, lucia.id, view.id, "Otra")
    with pytest.raises(NotFound):
        saved_views.rename(session, diego.id, view.id, "Mía")
    with pytest.raises(NotFound):
        saved_views.remove(session, diego.id, view.id)
    saved_views.rename(session, lucia.id, view.id, "Mora")
    saved_views.remove(session, lucia.id, view.id)
    assert [each.name for each in saved_views.views_of(session, lucia.id)] == ["Otra"]


def test_a_view_needs_a_name_and_there_are_not_too_many(office: Outbox, lucia: User) -> None:
    for name in ("", "x" * 41):
        with pytest.raises(InvalidText):
            saved_views.save(office.session, lucia.id, name, {})
    for number in range(saved_views.MOST):
        saved_views.save(office.session, lucia.id, f"Vista {number}", {})

    with pytest.raises(EnoughOfThem):
        saved_views.save(office.session, lucia.id, "Una más", {})


# names


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Sosa, Mariana Belén", "Mariana Belén Sosa"),
        ("DE LA FUENTE, ANA", "ANA DE LA FUENTE"),
        ("O'Brien, María", "María O'Brien"),
        ("Mariana Sosa", "Mariana Sosa"),
        ("Pérez, Juan, hijo", "Pérez, Juan, hijo"),
        ("Transportes del Sur, S.A.", "Transportes del Sur, S.A."),
        ("García, e Hijos", "García, e Hijos"),
        ("Acme, S. R. L.", "Acme, S. R. L."),
        ("Plan 12, Lote 4", "Plan 12, Lote 4"),
    ],
)
def test_a_surname_stands_behind_only_where_it_is_one(stored: str, shown: str) -> None:
    assert called(stored) == shown
