"""What comes on the screen after a case: the one behind it, as J goes, while anything waits."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from campaigns import case_holding, desk, desk_list
from campaigns.desk_list import Asked, View
from campaigns.desk_next import Next, next_case
from campaigns.desk_rows import Place
from models.people import Role, User
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def lucia(office: Outbox) -> User:
    user = User(email="lucia@example.com", name="Lucía", role=Role.OPERATOR)
    office.session.add(user)
    office.fresh()
    return user


def _waiting(office: Outbox, many: int) -> list[int]:
    """So many cases in the order of the list, of customers who wait."""
    found = []
    for n in range(many):
        now, office.now = office.now, office.now - timedelta(minutes=100 - n)
        message = office.a_message(phone := f"+54911555510{n:02d}")
        office.inbound("Hola", sender=phone)
        office.apply_inbound()
        office.now = now
        found.append(message.case_id)
    return found


def _answered(office: Outbox, case_id: int, by: User) -> None:
    desk.answer(office.session, case_id, "Sí.", by_id=by.id, now=NOON)
    office.fresh()


def _place(office: Outbox, asked: Asked, case_id: int) -> Place:
    everything = desk_list.desk_list(office.session, asked, now=NOON).rows
    return next(row.place for row in everything if row.case_id == case_id)


def _behind(office: Outbox, asked: Asked, case_id: int) -> Next | None:
    place = _place(office, asked, case_id)
    return next_case(office.session, asked, but=case_id, behind=place, now=NOON)


def test_who_skipped_the_first_goes_on_with_the_third_and_comes_to_the_first_at_the_end(
    office: Outbox, lucia: User
) -> None:
    first, second, third = _waiting(office, 3)
    asked = Asked(view=View.ALL, user_id=lucia.id)

    assert _behind(office, asked, second) == Next(third, None)
    assert _behind(office, asked, third) == Next(first, None)


def test_an_answer_that_moved_the_case_away_does_not_move_who_wrote_it(
    office: Outbox, lucia: User
) -> None:
    _first, second, third = _waiting(office, 3)
    asked = Asked(view=View.ALL, user_id=lucia.id)
    stood = _place(office, asked, second)

    _answered(office, second, lucia)

    found = next_case(office.session, asked, but=second, behind=stood, now=NOON)
    assert found == Next(third, None)


def test_what_is_answered_is_not_gone_through_again_while_nothing_waits(
    office: Outbox, lucia: User
) -> None:
    first, second, third = _waiting(office, 3)
    asked = Asked(view=View.ALL, user_id=lucia.id)
    stood = _place(office, asked, third)
    for case_id in (first, second, third):
        _answered(office, case_id, lucia)

    assert next_case(office.session, asked, but=third, behind=stood, now=NOON) is None


def test_among_the_answered_one_goes_on_among_them(office: Outbox, lucia: User) -> None:
    first, second, third = _waiting(office, 3)
    for case_id in (first, second):
        _answered(office, case_id, lucia)
    asked = Asked(view=View.ALL, user_id=lucia.id)

    rest = [row.case_id for row in desk_list.desk_list(office.session, asked, now=NOON).rows][1:]

    assert _behind(office, asked, rest[0]) == Next(rest[1], None)
    assert _behind(office, asked, rest[1]) == Next(third, None)


def test_what_a_colleague_took_meanwhile_is_passed_over(office: Outbox, lucia: User) -> None:
    first, second, third = _waiting(office, 3)
    diego = User(email="diego@example.com", name="Diego", role=Role.OPERATOR)
    office.session.add(diego)
    office.session.flush()
    case_holding.take(office.session, second, by_id=diego.id, seen_operator_id=None, now=NOON)
    office.fresh()

    assert _behind(office, Asked(view=View.ALL, user_id=lucia.id), first) == Next(third, None)


def test_a_case_that_was_not_in_the_list_leads_to_its_top(office: Outbox, lucia: User) -> None:
    first, second = _waiting(office, 2)
    asked = Asked(view=View.ALL, user_id=lucia.id)

    assert next_case(office.session, asked, but=0, behind=None, now=NOON) == Next(first, None)
    assert next_case(office.session, asked, but=first, behind=None, now=NOON) == Next(second, None)


def test_behind_the_last_row_of_a_page_the_list_begins_there(office: Outbox, lucia: User) -> None:
    waiting = _waiting(office, desk_list.PAGE + 2)
    asked = Asked(view=View.ALL, user_id=lucia.id)
    last = waiting[desk_list.PAGE - 1]

    assert _behind(office, asked, last) == Next(
        waiting[desk_list.PAGE], _place(office, asked, last)
    )
