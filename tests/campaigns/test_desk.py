"""The desk: who comes first, who holds what, what is said and how it ends."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from campaigns import case_holding, desk, desk_around, desk_card, desk_history, desk_thread
from campaigns.desk_list import (
    PAGE,
    Asked,
    DeskList,
    View,
    desk_list,
    waiting_for,
)
from campaigns.desk_rows import Place
from campaigns.desk_templates import send_template, template_offers
from campaigns.errors import (
    AlreadyThere,
    CaseChanged,
    CaseHeld,
    InvalidText,
    NotFound,
    ResultNotStanding,
)
from campaigns.replies import tie_reply
from campaigns.result_values import TypedValue
from campaigns.results import NextActionPlan
from campaigns.talks import Talk
from messaging.errors import MissingVariables
from models.audit import AuditEvent
from models.campaign import CampaignOperator
from models.case import Case, NextAction, Result
from models.coupon import Coupon
from models.message import Basis, Message
from models.people import ContactPoint, Customer, CustomerContact, Role, User
from models.states import CaseState, CouponState, IllegalMove, MessageState, NextActionState
from models.subscription import Subscription
from models.values import Money
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON
from tests.statements import statements

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
HOUR = timedelta(hours=1)


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def lucia(office: Outbox) -> User:
    return _user(office, "Lucía")


@pytest.fixture
def diego(office: Outbox) -> User:
    return _user(office, "Diego")


def _user(office: Outbox, name: str, role: Role = Role.OPERATOR) -> User:
    user = User(email=f"{name.lower()}@example.com", name=name, role=role)
    office.session.add(user)
    office.fresh()
    return user


def _answered(
    office: Outbox, phone: str = ANA, body: str = "Hola", *, ago: timedelta = timedelta(0)
) -> Case:
    """A case whose customer wrote so long ago."""
    now, office.now = office.now, office.now - ago
    message = office.a_message(phone)
    office.inbound(body, sender=phone)
    office.apply_inbound()
    office.now = now
    return office.session.get_one(Case, message.case_id)


def _listed(office: Outbox, view: View, user: User, **asked: Any) -> DeskList:
    return desk_list(office.session, Asked(view=view, user_id=user.id, **asked), now=office.now)


def _phones(found: DeskList) -> list[str | None]:
    return [row.address for row in found.rows]


# the list


def test_a_window_about_to_close_comes_first_then_the_longest_wait_then_the_rest(
    office: Outbox, lucia: User
) -> None:
    phones = [f"+54911555510{n:02d}" for n in range(6)]
    lately = _answered(office, phones[0], ago=HOUR)
    waiting = _answered(office, phones[1], ago=HOUR * 3)
    closing = _answered(office, phones[2], ago=HOUR * 20)
    closing_sooner = _answered(office, phones[3], ago=HOUR * 23)
    closed = _answered(office, phones[4], ago=HOUR * 30)
    handled = _answered(office, phones[5], ago=HOUR * 2)
    desk.answer(office.session, handled.id, "Sí.", by_id=lucia.id, now=NOON)
    office.fresh()

    found = _listed(office, View.ALL, lucia)

    assert [row.case_id for row in found.rows] == [
        closing_sooner.id, closing.id, closed.id, waiting.id, lately.id, handled.id,
    ]  # fmt: skip


def test_a_row_says_what_was_said_last_and_what_is_urgent(office: Outbox, lucia: User) -> None:
    case = _answered(office, body="¿puedo pagar el viernes?", ago=HOUR)
    office.inbound("¿hola?")
    office.apply_inbound()

    row = _listed(office, View.UNASSIGNED, lucia).rows[0]

    assert (row.case_id, row.last_text, row.unread) == (case.id, "¿hola?", 2)
    assert (row.last_at, row.last_is_ours) == (NOON, False)
    assert row.window.left(NOON) == timedelta(hours=23, minutes=55)
    assert (row.is_identified, row.is_late, row.overdue) == (True, False, 0)


def test_a_template_sent_last_is_shown_filled(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    office.a_message(ANA, case=case, sequence=2, at=NOON)

    assert _listed(office, View.ALL, lucia).rows[0].last_text == "Hola Ana."


def test_what_nobody_answered_or_touched_is_not_on_the_desk(office: Outbox, lucia: User) -> None:
    office.a_message(BEN)
    _answered(office, ANA)

    assert _phones(_listed(office, View.ALL, lucia)) == [ANA]


def test_every_view_counts_what_it_lists(office: Outbox, lucia: User, diego: User) -> None:
    mine, his = _answered(office, ANA), _answered(office, BEN)
    case_holding.take(office.session, mine.id, by_id=lucia.id, seen_operator_id=None, now=NOON)
    case_holding.take(office.session, his.id, by_id=diego.id, seen_operator_id=None, now=NOON)
    office.inbound("¿quién son?", sender="+5491155559999")
    office.apply_inbound()

    counts = _listed(office, View.ALL, lucia).counts

    for view in View:
        assert counts[view] == len(_listed(office, view, lucia).rows), view
    assert (counts[View.MINE], counts[View.UNASSIGNED], counts[View.ALL]) == (1, 1, 3)
    assert counts[View.UNIDENTIFIED] == 1


def test_an_answer_to_a_finished_case_is_late(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    kind = office.result_type("se_niega")
    desk.register(office.session, case.id, kind.id, by_id=lucia.id, now=NOON, seen_result_id=0)
    office.fresh()
    assert _phones(_listed(office, View.ALL, lucia)) == []
    office.inbound("lo pensé mejor")
    office.apply_inbound()

    assert _phones(_listed(office, View.LATE, lucia)) == [ANA]


def test_pages_follow_each_other_without_gap_or_repeat(office: Outbox, lucia: User) -> None:
    for n in range(PAGE + 3):
        _answered(office, f"+54911555{n:05d}", ago=timedelta(minutes=n % 7))

    first = _listed(office, View.ALL, lucia)
    assert first.after is not None
    second = _listed(office, View.ALL, lucia, after=Place.read(str(first.after)))

    ids = [row.case_id for row in (*first.rows, *second.rows)]
    assert (len(first.rows), len(second.rows), len(set(ids))) == (PAGE, 3, PAGE + 3)
    assert second.after is None


def test_a_place_that_was_tampered_with_is_none() -> None:
    assert Place.read("12_17.5_20") == Place(12, 17.5, 20)
    assert [Place.read(text) for text in ("", "19_1_1", "11_nan_2", "11_2", "11_1_1;drop")] == [
        None
    ] * 5


def test_the_list_costs_three_queries_however_long(office: Outbox, lucia: User) -> None:
    asked = Asked(view=View.ALL, user_id=lucia.id)

    def cost() -> int:
        with statements(_engine(office.session)) as seen:
            desk_list(office.session, asked, now=NOON)
        return len(seen)

    _answered(office, ANA)
    one = cost()
    for n in range(20):
        _answered(office, f"+54911444{n:05d}")
    assert (one, cost()) == (3, 3)


@pytest.mark.parametrize("text", ["ana gomez", "GÓMEZ", "0001", "55550001", "1042/87", "30111"])
def test_people_are_found_by_name_phone_document_group(
    office: Outbox, lucia: User, text: str
) -> None:
    case, other = _answered(office, ANA), _answered(office, BEN)
    _name(office, case, "Gómez, Ana María", document="30111222", group="1042", order="87")
    _name(office, other, "Ben Pérez", document="28999888", group="1042", order="88")

    assert [row.case_id for row in _listed(office, View.ALL, lucia, text=text).rows] == [case.id]


def test_a_search_finds_the_finished_and_those_nobody_touched(office: Outbox, lucia: User) -> None:
    untouched = office.session.get_one(Case, office.a_message(BEN).case_id)
    _name(office, untouched, "Ben Pérez")

    assert [row.case_id for row in _listed(office, View.ALL, lucia, text="perez").rows] == [
        untouched.id
    ]
    assert _listed(office, View.MINE, lucia, text="perez").rows == ()


def test_what_waits_for_me_is_mine_and_unanswered(office: Outbox, lucia: User) -> None:
    mine, _pool = _answered(office, ANA), _answered(office, BEN)
    case_holding.take(office.session, mine.id, by_id=lucia.id, seen_operator_id=None, now=NOON)
    assert waiting_for(office.session, lucia.id) == 1

    desk.answer(office.session, mine.id, "Hola.", by_id=lucia.id, now=NOON)
    assert waiting_for(office.session, lucia.id) == 0


# who holds a case


def test_of_two_who_take_a_case_the_second_is_told(
    office: Outbox, lucia: User, diego: User
) -> None:
    case = _answered(office)
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)

    with pytest.raises(CaseHeld) as told:
        case_holding.take(office.session, case.id, by_id=diego.id, seen_operator_id=None, now=NOON)
    assert told.value.operator_id == lucia.id


def test_a_colleagues_case_is_taken_by_name(office: Outbox, lucia: User, diego: User) -> None:
    case = _answered(office)
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)

    with pytest.raises(CaseHeld):
        desk.answer(office.session, case.id, "Hola", by_id=diego.id, now=NOON)
    case_holding.take(office.session, case.id, by_id=diego.id, seen_operator_id=lucia.id, now=NOON)

    assert (case.operator_id, case.state) == (diego.id, CaseState.IN_PROGRESS)
    acts = office.session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_id == case.id)
    ).all()
    assert acts == ["case.take", "case.take"]


def test_the_first_who_answers_in_a_case_of_nobody_holds_it(office: Outbox, lucia: User) -> None:
    case = _answered(office)

    desk.answer(office.session, case.id, "Hola", by_id=lucia.id, now=NOON)

    assert (case.operator_id, case.state) == (lucia.id, CaseState.IN_PROGRESS)


def test_a_released_case_waits_in_the_pool_again(office: Outbox, lucia: User, diego: User) -> None:
    case = _answered(office)
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)

    with pytest.raises(CaseHeld):
        case_holding.release(office.session, case.id, by_id=diego.id, now=NOON)
    case_holding.release(office.session, case.id, by_id=lucia.id, now=NOON)

    assert (case.operator_id, case.state) == (None, CaseState.PENDING)


def test_a_reassigned_case_takes_its_next_action_along(
    office: Outbox, lucia: User, diego: User
) -> None:
    case = _answered(office)
    kind = office.result_type("no_puede_pagar")
    plan = NextActionPlan("Llamar", NOON + HOUR)
    desk.register(
        office.session, case.id, kind.id, by_id=lucia.id, now=NOON, seen_result_id=0,
        next_action=plan,
    )  # fmt: skip

    office.session.add(CampaignOperator(campaign_id=case.campaign_id, user_id=diego.id))
    case_holding.reassign(office.session, case.id, to_id=diego.id, by_id=lucia.id, now=NOON)
    office.fresh()

    assert office.session.scalars(select(NextAction.operator_id)).one() == diego.id
    with pytest.raises(NotFound):
        case_holding.reassign(office.session, case.id, to_id=10**9, by_id=lucia.id, now=NOON)


# reading and notes


def test_reading_marks_as_read_and_the_case_goes_on_waiting(
    office: Outbox, lucia: User, diego: User
) -> None:
    case = _answered(office)

    assert desk.mark_read(office.session, case.id, by_id=lucia.id)
    assert not desk.mark_read(office.session, case.id, by_id=lucia.id)
    row = _listed(office, View.ALL, lucia).rows[0]

    assert (row.unread, row.waiting_since) == (0, NOON)
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)
    office.inbound("¿hola?")
    office.apply_inbound()
    assert not desk.mark_read(office.session, case.id, by_id=diego.id)  # it is not his to read
    assert _listed(office, View.ALL, lucia).rows[0].unread == 1


def test_a_note_is_for_colleagues_and_anybody_may_leave_one(
    office: Outbox, lucia: User, diego: User
) -> None:
    case = _answered(office)
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)

    desk.add_note(office.session, case.id, " Cobra los 28. ", by_id=diego.id, now=NOON)

    thread = _thread(office, case)
    assert [(note.text, note.author) for note in thread.notes] == [("Cobra los 28.", "Diego")]
    assert case.operator_id == lucia.id
    with pytest.raises(InvalidText):
        desk.add_note(office.session, case.id, "  ", by_id=diego.id, now=NOON)


# the thread


def test_the_thread_tells_who_wrote_what_when_and_how_far_it_got(
    office: Outbox, lucia: User
) -> None:
    case = _answered(office, ago=HOUR)
    desk.answer(office.session, case.id, "Sí, dale.", by_id=lucia.id, now=NOON)

    sent, came, answer = _thread(office, case).messages

    assert (sent.text, sent.author, sent.campaign) == ("Hola Ana.", None, office.campaign.name)
    assert sent.buttons[0] == ("Botón 1", False)
    assert (came.text, came.is_inbound) == ("Hola", True)
    assert came.tie is not None
    assert (came.tie.case_id, came.tie.basis) == (case.id, Basis.SINGLE)
    assert (answer.text, answer.author, answer.state) == (
        "Sí, dale.",
        "Lucía",
        MessageState.PLANNED,
    )


def test_what_a_campaign_has_not_sent_is_no_part_of_the_talk(office: Outbox) -> None:
    case = _answered(office)
    office.planned(phones=[ANA])

    assert len(_thread(office, case).messages) == 2


def test_a_tap_and_a_quote_are_shown_as_such(office: Outbox) -> None:
    message = office.a_message(ANA)
    case = office.session.get_one(Case, message.case_id)
    office.inbound(
        "Botón 1",
        ButtonPayload=office.payload(message, 1),
        ButtonText="Ya pagué",
        OriginalRepliedMessageSid=message.provider_sid or "",
    )
    office.apply_inbound()

    tap = _thread(office, case).messages[-1]

    assert (tap.is_tap, tap.text, tap.quoted) == (True, "Ya pagué", "Hola Ana.")


def test_a_long_thread_comes_in_pieces(office: Outbox, lucia: User) -> None:
    case = _answered(office, body="primero", ago=HOUR)
    for n in range(55):
        office.now = NOON + timedelta(seconds=10 * n)
        desk.answer(office.session, case.id, f"{n}", by_id=lucia.id, now=office.now)
    office.fresh()

    last = _thread(office, case)
    assert last.older is not None
    before = _thread(office, case, before=last.older)

    assert (len(last.messages), last.messages[-1].text) == (50, "54")
    assert [each.text for each in before.messages][:3] == ["Hola Ana.", "primero", "0"]
    assert before.older is None
    ids = [each.id for each in (*before.messages, *last.messages)]
    assert len(ids) == len(set(ids)) == 57


def test_the_thread_costs_the_same_however_long(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    case_id, talk = case.id, Talk(office.line.id, office.contact(ANA).id)

    def cost() -> int:
        office.fresh()
        with statements(_engine(office.session)) as seen:
            desk_thread.read_thread(office.session, case_id, talk)
        return len(seen)

    before = cost()
    for n in range(10):
        at = NOON + timedelta(minutes=n)
        desk.answer(office.session, case_id, f"{n}", by_id=lucia.id, now=at)

    assert (before, cost()) == (2, 2)


# results


def test_a_promise_is_recorded_with_its_value_and_next_action(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    promise = office.result_type("promesa_de_pago")

    result = desk.register(
        office.session,
        case.id,
        promise.id,
        by_id=lucia.id,
        now=NOON,
        seen_result_id=0,
        value=TypedValue(date=date(2026, 11, 27), money=Money(Decimal(50_000))),
        note="cobra el viernes",
        next_action=NextActionPlan("Confirmar el pago", NOON + HOUR * 200),
    )
    office.fresh()

    assert (result.value_date, result.amount, result.note) == (
        date(2026, 11, 27), Decimal(50_000), "cobra el viernes",
    )  # fmt: skip
    assert (case.state, case.operator_id) == (CaseState.SCHEDULED, lucia.id)
    assert case.waiting_since is None
    head = desk_card.read_head(office.session, case.id)
    assert (head.next_action, head.next_action_at) == ("Confirmar el pago", NOON + HOUR * 200)


def test_of_two_saves_on_one_case_the_second_is_told_and_stores_nothing(
    office: Outbox, lucia: User
) -> None:
    case = _answered(office)
    kind = office.result_type("no_puede_pagar")
    act: dict[str, Any] = {"by_id": lucia.id, "now": NOON, "seen_result_id": 0}
    desk.register(office.session, case.id, kind.id, **act)
    office.fresh()

    with pytest.raises(CaseChanged):
        desk.register(office.session, case.id, kind.id, **act)
    office.session.rollback()

    assert office.session.scalar(select(func.count()).select_from(Result)) == 1


def test_a_case_that_a_result_closed_opens_again_when_it_is_taken_back(
    office: Outbox, lucia: User
) -> None:
    case = _answered(office)
    kind = office.result_type("se_niega")
    result = desk.register(
        office.session, case.id, kind.id, by_id=lucia.id, now=NOON, seen_result_id=0
    )
    assert case.finished_at is not None

    desk.take_back(office.session, case.id, result.id, by_id=lucia.id, now=NOON)

    assert case.state is CaseState.IN_PROGRESS
    with pytest.raises(ResultNotStanding):
        desk.take_back(office.session, case.id, result.id, by_id=lucia.id, now=NOON)


def test_taking_back_a_planned_action_leaves_the_case_in_progress(
    office: Outbox, lucia: User
) -> None:
    case = _answered(office)
    kind = office.result_type("no_puede_pagar")
    result = desk.register(
        office.session, case.id, kind.id, by_id=lucia.id, now=NOON, seen_result_id=0,
        next_action=NextActionPlan("Llamar", NOON + HOUR),
    )  # fmt: skip

    desk.take_back(office.session, case.id, result.id, by_id=lucia.id, now=NOON)
    office.fresh()

    assert case.state is CaseState.IN_PROGRESS
    assert office.session.scalars(select(NextAction.state)).one() is NextActionState.CANCELLED


def test_a_result_without_a_next_action_ends_the_schedule(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    kind = office.result_type("no_puede_pagar")
    first = desk.register(
        office.session, case.id, kind.id, by_id=lucia.id, now=NOON, seen_result_id=0,
        next_action=NextActionPlan("Llamar", NOON + HOUR),
    )  # fmt: skip
    desk.register(
        office.session, case.id, kind.id, by_id=lucia.id, now=NOON, seen_result_id=first.id
    )

    assert case.state is CaseState.IN_PROGRESS


def test_a_finished_case_is_reopened_by_whoever_goes_on_with_it(
    office: Outbox, lucia: User, diego: User
) -> None:
    case = _answered(office)
    kind = office.result_type("se_niega")
    desk.register(office.session, case.id, kind.id, by_id=lucia.id, now=NOON, seen_result_id=0)

    case_holding.reopen(office.session, case.id, by_id=diego.id, now=NOON)

    assert (case.state, case.operator_id) == (CaseState.IN_PROGRESS, diego.id)
    with pytest.raises(IllegalMove):
        case_holding.reopen(office.session, case.id, by_id=diego.id, now=NOON)


def test_what_the_system_recorded_is_confirmed_or_corrected(office: Outbox, lucia: User) -> None:
    message = office.a_message(ANA)
    case = office.session.get_one(Case, message.case_id)
    office.inbound("Botón 1", ButtonPayload=office.payload(message, 1), ButtonText="Ya pagué")
    office.apply_inbound()
    by_system = office.session.scalars(select(Result)).one()

    confirmed = desk.confirm(office.session, case.id, by_system.id, by_id=lucia.id, now=NOON)
    corrected = desk.register(
        office.session,
        case.id,
        office.result_type("envio_comprobante").id,
        by_id=lucia.id,
        now=NOON,
        seen_result_id=confirmed.id,
        corrects_id=confirmed.id,
    )
    office.fresh()

    assert (confirmed.result_type_id, confirmed.by_id) == (by_system.result_type_id, lucia.id)
    assert corrected.evidence_message_id == by_system.evidence_message_id
    history = desk_history.read_history(
        office.session, desk_card.read_head(office.session, case.id)
    )
    assert [line.stands for line in history.lines] == [True, False, False]
    assert [line.by for line in history.lines] == ["Lucía", "Lucía", None]


def test_the_history_is_of_the_subscription_in_every_campaign(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    earlier = Case(campaign_id=office.a_campaign().id, subscription_id=case.subscription_id)
    office.session.add(earlier)
    office.session.flush()
    kind = office.result_type("no_puede_pagar")
    for each in (earlier, case):
        desk.register(office.session, each.id, kind.id, by_id=lucia.id, now=NOON, seen_result_id=0)

    history = desk_history.read_history(
        office.session, desk_card.read_head(office.session, case.id)
    )

    assert [line.case_id for line in history.lines] == [case.id, earlier.id]


# whose reply, whose case


def test_a_person_says_which_case_a_reply_answers(office: Outbox, lucia: User) -> None:
    other = office.session.get_one(
        Case, office.a_message(ANA, campaign=office.a_campaign()).case_id
    )
    case = _answered(office)
    came = office.received()

    tie_reply(office.session, came.id, other.id, by_id=lucia.id, now=NOON)
    office.fresh()

    tie = _thread(office, case).messages[-1].tie
    assert tie is not None
    assert (tie.case_id, tie.basis, tie.by) == (other.id, Basis.PERSON, "Lucía")
    assert (case.waiting_since, other.waiting_since) == (None, NOON)


def test_other_cases_of_the_phone_are_offered(office: Outbox) -> None:
    case = _answered(office)
    contact = office.contact(ANA)
    other = office.a_case(office.a_campaign())
    other.contact_point_id = contact.id
    office.fresh()

    found = desk_around.neighbours(
        office.session, Talk(office.line.id, contact.id), case_id=case.id
    )

    assert {each.case_id for each in found} == {case.id, other.id}


def test_who_was_unknown_becomes_a_customers_address(office: Outbox, lucia: User) -> None:
    phone = "+5491155559999"
    office.inbound("¿quién son?", sender=phone)
    office.apply_inbound()
    case = office.session.scalars(select(Case).where(Case.subscription_id.is_(None))).one()
    known = office.a_case()
    assert known.subscription_id is not None

    desk.identify(office.session, case.id, known.subscription_id, by_id=lucia.id, now=NOON)
    office.fresh()

    head = desk_card.read_head(office.session, case.id)
    contact = office.session.scalars(select(ContactPoint).where(ContactPoint.phone == phone)).one()
    assert head.subscription is not None
    assert head.customer is not None
    assert head.subscription.id == known.subscription_id
    assert office.session.get(CustomerContact, (head.customer.id, contact.id)) is not None
    with pytest.raises(AlreadyThere):
        desk.identify(office.session, case.id, known.subscription_id, by_id=lucia.id, now=NOON)


# templates


def test_a_template_is_offered_as_this_customer_would_read_it(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    _name(office, case, "Gómez, Ana María")
    with_coupon = office.a_version([("b1_{{5}}", "ya_pago", None)])
    with_coupon.body = "Vence el {{2}}: https://p.example/c/{{3}}"
    with_coupon.fields = {"2": "coupon.due_date", "3": "coupon_link.token"}
    office.fresh()

    offers = {offer.version_id: offer for offer in template_offers(office.session, case)}

    assert offers[office.version.id].text == "Hola Ana."
    assert offers[office.version.id].missing == ()
    assert offers[with_coupon.id].missing == ("coupon.due_date", "coupon_link.token")
    with pytest.raises(MissingVariables):
        _send(office, case, with_coupon.id, lucia)
    office.session.rollback()

    office.session.add(
        Coupon(
            subscription_id=case.subscription_id,
            instalment=3,
            amount=Decimal(1_000),
            due_date=date(2026, 12, 10),
            state=CouponState.ISSUED,
        )
    )
    office.fresh()
    message = office.session.get_one(Message, _send(office, case, with_coupon.id, lucia))
    assert message.variables == {"2": "10/12/2026"}
    assert _thread(office, case).messages[-1].text == "Vence el 10/12/2026: https://p.example/c/…"


def _send(office: Outbox, case: Case, version_id: int, user: User) -> int:
    return send_template(
        office.session, case.id, version_id, by_id=user.id, now=office.now, zone=ZONE
    )


def _thread(office: Outbox, case: Case, before: int | None = None) -> desk_thread.Thread:
    talk = Talk(office.line.id, office.contact(ANA).id)
    return desk_thread.read_thread(office.session, case.id, talk, before=before)


def _name(
    office: Outbox,
    case: Case,
    name: str,
    *,
    document: str | None = None,
    group: str | None = None,
    order: str | None = None,
) -> None:
    """Give the customer of a case a name, and the case the phone of its message."""

    subscription = office.session.get_one(Subscription, case.subscription_id)
    customer = office.session.get_one(Customer, subscription.customer_id)
    customer.name, customer.document = name, document
    subscription.group_code, subscription.order_code = group, order
    message = office.session.scalars(select(Message).where(Message.case_id == case.id)).first()
    assert message is not None
    office.session.add(
        CustomerContact(customer_id=customer.id, contact_point_id=message.contact_point_id)
    )
    office.fresh()


def _engine(session: Session) -> Engine:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    return engine
