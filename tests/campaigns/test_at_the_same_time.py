"""The customer writes while somebody acts in his case: nothing of his is lost or taken for seen."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from campaigns import bulk, case_holding, desk, teams
from campaigns.cases import get_case, newest_reply, standing_case
from campaigns.desk_templates import send_template
from campaigns.errors import AlreadyThere, NotAColleague, RepliedMeanwhile
from campaigns.resending import resend
from campaigns.sending_hours import ARGENTINA
from models.campaign import Campaign, CampaignOperator, ResultType
from models.case import Case, NextAction, Result
from models.message import Message
from models.people import Customer, Role, User
from models.states import CaseState, MessageState
from models.subscription import Subscription
from tests.campaigns.beside import Beside
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def lucia(office: Outbox) -> User:
    return _user(office, "Lucía")


def _user(office: Outbox, name: str) -> User:
    user = User(email=f"{name.lower()}@example.com", name=name, role=Role.OPERATOR)
    office.session.add(user)
    office.fresh()
    return user


def _answered(office: Outbox, phone: str = ANA) -> Case:
    message = office.a_message(phone)
    office.inbound("Hola", sender=phone)
    office.apply_inbound()
    return office.session.get_one(Case, message.case_id)


def _result(office: Outbox, case: Case, code: str = "reclamo") -> int:
    its_own = select(Campaign.campaign_type_id).where(Campaign.id == case.campaign_id)
    return office.session.scalars(
        select(ResultType.id).where(
            ResultType.code == code,
            ResultType.campaign_type_id.is_(None)
            | ResultType.campaign_type_id.in_(its_own.scalar_subquery()),
        )
    ).one()


def _states(office: Outbox, case: Case) -> list[MessageState]:
    office.fresh()
    return list(
        office.session.scalars(
            select(Message.state).where(Message.direction == "in").order_by(Message.id)
        )
    )


def test_what_came_after_the_last_that_was_seen_goes_on_waiting(
    office: Outbox, lucia: User
) -> None:
    case = _answered(office)
    seen = newest_reply(office.session, case.id)
    office.inbound("Ah, y otra cosa")
    office.apply_inbound()

    desk.answer(office.session, case.id, "Dale.", by_id=lucia.id, now=NOON, seen_message_id=seen)

    assert _states(office, case) == [MessageState.HANDLED, MessageState.ATTRIBUTED]
    assert case.waiting_since is not None
    assert case.read_through == seen


def test_a_template_handles_what_was_seen_alone(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    seen = newest_reply(office.session, case.id)
    office.inbound("Ah, y otra cosa")
    office.apply_inbound()

    send_template(
        office.session, case.id, office.version.id, by_id=lucia.id, now=NOON, zone=ARGENTINA,
        seen_message_id=seen,
    )  # fmt: skip

    assert _states(office, case) == [MessageState.HANDLED, MessageState.ATTRIBUTED]
    assert case.waiting_since is not None


def test_what_is_sent_again_handles_what_was_seen_alone(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    failed_id = desk.answer(office.session, case.id, "Dale.", by_id=lucia.id, now=NOON)
    office.session.get_one(Message, failed_id).state = MessageState.FAILED
    seen = newest_reply(office.session, case.id)
    office.inbound("Ah, y otra cosa")
    office.apply_inbound()

    resend(
        office.session, case.id, failed_id, by_id=lucia.id, now=NOON, zone=ARGENTINA,
        seen_message_id=seen,
    )  # fmt: skip

    assert _states(office, case) == [MessageState.HANDLED, MessageState.ATTRIBUTED]
    assert case.waiting_since is not None


def test_no_result_is_recorded_over_a_reply_that_was_not_seen(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    seen, kind = newest_reply(office.session, case.id), _result(office, case)
    office.inbound("No, esperá")
    office.apply_inbound()

    with pytest.raises(RepliedMeanwhile):
        desk.register(
            office.session, case.id, kind, by_id=lucia.id, now=NOON, seen_result_id=0,
            seen_message_id=seen,
        )  # fmt: skip
    office.session.rollback()

    assert office.session.scalar(select(func.count(Result.id))) == 0
    assert case.waiting_since is not None
    desk.register(
        office.session, case.id, kind, by_id=lucia.id, now=NOON, seen_result_id=0,
        seen_message_id=newest_reply(office.session, case.id),
    )  # fmt: skip
    assert _states(office, case) == [MessageState.HANDLED] * 2


def test_a_strangers_message_survives_that_his_case_is_closed_at_that_moment(
    office: Outbox, sessions: sessionmaker[Session], beside: Beside
) -> None:
    stranger = office.contact(BEN)
    office.session.commit()
    line_id, contact_id = office.line.id, stranger.id
    first = standing_case(office.session, line_id, contact_id, now=NOON).id
    office.session.commit()
    found: list[int] = []

    with sessions() as closing:
        case = get_case(closing, first)  # held, and not yet written
        beside.start(
            lambda session: found.append(standing_case(session, line_id, contact_id, now=NOON).id)
        )
        assert beside.blocked()
        case.state = CaseState.FINISHED
        closing.commit()
    beside.end()

    assert found
    assert found != [first]
    assert office.session.get_one(Case, found[0]).state is CaseState.PENDING


def test_who_was_identified_and_writes_again_goes_on_in_the_same_case(
    office: Outbox, lucia: User
) -> None:
    office.inbound("¿Cuánto debo?", sender=BEN)
    office.apply_inbound()
    case = office.session.scalars(select(Case)).one()
    customer = Customer(name="Benítez")
    office.session.add(customer)
    office.session.flush()
    his = Subscription(customer_id=customer.id, plan_id=office.plan.id, administrator="Autoplan")
    office.session.add(his)
    office.session.commit()
    desk.identify(office.session, case.id, his.id, by_id=lucia.id, now=NOON)
    office.session.commit()

    office.inbound("¿Hola?", sender=BEN)
    office.apply_inbound()

    assert office.session.scalars(select(Case.id)).all() == [case.id]


def test_an_operator_is_given_only_what_he_can_see(office: Outbox, lucia: User) -> None:
    case = _answered(office)
    diego = _user(office, "Diego")
    office.session.add(CampaignOperator(campaign_id=case.campaign_id, user_id=lucia.id))
    office.session.commit()

    with pytest.raises(NotAColleague):
        case_holding.reassign(office.session, case.id, to_id=diego.id, by_id=lucia.id, now=NOON)
    sent = bulk.reassign(office.session, [case.id], to_id=diego.id, by_id=lucia.id, now=NOON)

    assert (sent.written, sent.left_out) == (0, 1)
    assert case.operator_id is None


def test_who_leaves_a_team_leaves_his_actions_to_those_who_stay(
    office: Outbox, lucia: User
) -> None:
    case = _answered(office)
    diego = _user(office, "Diego")
    teams.assign_operators(office.session, case.campaign_id, [lucia.id, diego.id])
    case_holding.take(office.session, case.id, by_id=lucia.id, seen_operator_id=None, now=NOON)
    office.session.add(
        NextAction(case_id=case.id, what="Llamar", due_at=NOON, operator_id=lucia.id)
    )
    office.session.commit()

    released = teams.assign_operators(office.session, case.campaign_id, [diego.id])

    office.fresh()
    assert released == 1
    assert office.session.scalars(select(NextAction.operator_id)).all() == [None]


def test_a_strangers_closed_case_is_not_opened_beside_his_open_one(
    office: Outbox, lucia: User
) -> None:
    office.inbound("¿Cuánto debo?", sender=BEN)
    office.apply_inbound()
    case = office.session.scalars(select(Case)).one()
    closes = _result(office, case, "numero_equivocado")
    result = desk.register(
        office.session, case.id, closes, by_id=lucia.id, now=NOON, seen_result_id=0
    )
    office.session.commit()
    assert case.state is CaseState.FINISHED
    office.inbound("Otra cosa", sender=BEN)
    office.apply_inbound()

    with pytest.raises(AlreadyThere):
        desk.take_back(office.session, case.id, result.id, by_id=lucia.id, now=NOON)
