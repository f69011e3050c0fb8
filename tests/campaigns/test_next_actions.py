"""What becomes of a next action: the agenda's acts, and that none is ever overwritten."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import agenda, next_actions, working_days
from campaigns.agenda import Asked, Span
from campaigns.errors import CaseHeld
from campaigns.sending_hours import ARGENTINA
from models.case import Case, NextAction
from models.people import Role, User
from models.states import CaseState, IllegalMove, NextActionState
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON

TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


def _user(office: Outbox, name: str) -> int:
    user = User(email=f"{name.lower()}@pregon.example", name=name, role=Role.OPERATOR)
    office.session.add(user)
    office.session.commit()
    return user.id


def _planned(office: Outbox, *, days: float = 0, operator_id: int | None = None) -> NextAction:
    case = office.a_case()
    case.operator_id = operator_id
    action = next_actions.plan(
        office.session, case, "Llamar", NOON + timedelta(days=days), now=NOON
    )
    office.session.commit()
    return action


def _case(office: Outbox, action: NextAction) -> Case:
    return office.session.get_one(Case, action.case_id)


def test_a_case_with_a_next_action_is_scheduled_until_it_is_done(office: Outbox) -> None:
    ana = _user(office, "Ana")
    action = _planned(office)
    before = _case(office, action).state

    next_actions.done(office.session, action.id, by_id=ana, now=NOON)

    assert before is CaseState.SCHEDULED
    assert _case(office, action).state is CaseState.IN_PROGRESS
    assert (action.state, action.settled_by_id) == (NextActionState.DONE, ana)


def test_whoever_does_a_free_one_takes_its_case(office: Outbox) -> None:
    ana = _user(office, "Ana")
    action = _planned(office)

    next_actions.done(office.session, action.id, by_id=ana, now=NOON)

    assert _case(office, action).operator_id == ana


def test_a_colleagues_is_not_done_for_him_but_by_a_supervisor(office: Outbox) -> None:
    ana, ben = _user(office, "Ana"), _user(office, "Ben")
    action = _planned(office, operator_id=ben)

    with pytest.raises(CaseHeld):
        next_actions.done(office.session, action.id, by_id=ana, now=NOON)
    next_actions.done(office.session, action.id, by_id=ana, now=NOON, oversees=True)

    assert action.state is NextActionState.DONE
    assert _case(office, action).operator_id == ben


def test_putting_off_keeps_the_chain(office: Outbox) -> None:
    ana = _user(office, "Ana")
    first = _planned(office)

    second = next_actions.put_off(office.session, first.id, TOMORROW, by_id=ana, now=NOON)
    third = next_actions.put_off(
        office.session, second.id, TOMORROW + timedelta(days=1), by_id=ana, now=NOON
    )

    assert [each.state for each in (first, second, third)] == [
        NextActionState.RESCHEDULED,
        NextActionState.RESCHEDULED,
        NextActionState.DUE,
    ]
    assert (second.replaces_id, third.replaces_id) == (first.id, second.id)
    assert (third.what, third.operator_id) == ("Llamar", ana)
    assert _case(office, first).state is CaseState.SCHEDULED


def test_what_was_done_by_mistake_is_due_again_as_it_was(office: Outbox) -> None:
    ana = _user(office, "Ana")
    action = _planned(office, days=-1)
    next_actions.done(office.session, action.id, by_id=ana, now=NOON)

    again = next_actions.put_back(office.session, action.id, by_id=ana, now=NOON)

    assert (again.state, again.due_at) == (NextActionState.DUE, action.due_at)
    assert _case(office, action).state is CaseState.SCHEDULED
    with pytest.raises(IllegalMove):
        next_actions.done(office.session, action.id, by_id=ana, now=NOON)


def test_undoing_a_new_time_cancels_that_one_and_gives_the_old_time_back(office: Outbox) -> None:
    ana = _user(office, "Ana")
    action = _planned(office)
    later = next_actions.put_off(office.session, action.id, TOMORROW, by_id=ana, now=NOON)

    again = next_actions.put_back(office.session, action.id, by_id=ana, now=NOON)

    due = office.session.scalars(
        select(NextAction.id).where(NextAction.state == NextActionState.DUE)
    ).all()
    assert due == [again.id]
    assert (later.state, again.due_at) == (NextActionState.CANCELLED, NOON)


def test_what_nobody_did_for_a_month_was_missed(office: Outbox) -> None:
    old, recent = _planned(office, days=-31), _planned(office, days=-29)

    missed = next_actions.give_up(office.session, now=NOON)

    assert missed == 1
    assert (old.state, recent.state) == (NextActionState.MISSED, NextActionState.DUE)
    assert _case(office, old).state is CaseState.IN_PROGRESS


def test_the_agenda_is_in_the_order_of_time_and_counts_what_it_lists(office: Outbox) -> None:
    ana = _user(office, "Ana")
    for days in (1.1, -3, 0.1, 5, 20):
        _planned(office, days=days, operator_id=ana)
    asked = Asked(span=Span.ALL, who=ana, with_nobodys=True, zone=ARGENTINA)

    found = agenda.read_agenda(office.session, asked, now=NOON)

    assert [row.section for row in found.rows] == [
        Span.LATE,
        Span.TODAY,
        Span.TOMORROW,
        Span.WEEK,
    ]
    assert found.counts == {
        Span.ALL: 4,
        Span.LATE: 1,
        Span.TODAY: 1,
        Span.TOMORROW: 1,
        Span.WEEK: 1,
    }
    assert agenda.due_today(office.session, ana, now=NOON, zone=ARGENTINA) == 2


def test_a_colleagues_are_not_in_mine_and_nobodys_are(office: Outbox) -> None:
    ana, ben = _user(office, "Ana"), _user(office, "Ben")
    _planned(office, operator_id=ben)
    free, own = _planned(office), _planned(office, operator_id=ana)
    asked = Asked(span=Span.ALL, who=ana, with_nobodys=True, zone=ARGENTINA)

    found = agenda.read_agenda(office.session, asked, now=NOON - timedelta(hours=1))

    assert {row.id for row in found.rows} == {free.id, own.id}


@pytest.mark.parametrize(
    ("day", "works_on"),
    [
        pytest.param(date(2026, 11, 20), date(2026, 11, 20), id="a Friday"),
        pytest.param(date(2026, 11, 21), date(2026, 11, 21), id="a Saturday"),
        pytest.param(date(2026, 11, 22), date(2026, 11, 24), id="a Sunday before a holiday"),
        pytest.param(date(2026, 12, 8), date(2026, 12, 9), id="a holiday"),
        pytest.param(date(2026, 12, 25), date(2026, 12, 26), id="Christmas"),
    ],
)
def test_sundays_and_holidays_are_no_working_days(day: date, works_on: date) -> None:
    assert working_days.working_day(day) == works_on
