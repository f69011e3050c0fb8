"""«Hablar con una persona» reaches one, on every road; nothing of the system ends the wait."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import case_holding, desk
from campaigns.cases import standing_case
from campaigns.coupons import mark_paid
from campaigns.desk_list import Asked, View, desk_list
from campaigns.errors import AlreadyThere
from campaigns.lifecycle import finish
from campaigns.replies import tie_reply
from models.case import Case, Result
from models.coupon import Coupon
from models.message import Cause, Message
from models.people import Role, User
from models.states import CaseState, MessageState
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON


class PersonOffice(Outbox):
    """The template's first button asks for a person; the second says that it was paid."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.version = self.a_version(
            [("b1_{{5}}", "pide_una_persona", None), ("b2_{{6}}", "se_niega", None)]
        )
        self.session.commit()

    def tap(self, message: Message, position: int = 1, *, sender: str = ANA) -> Case:
        self.inbound(
            "tap", sender=sender, ButtonPayload=self.payload(message, position), ButtonText="tap"
        )
        self.apply_inbound()
        return self.session.get_one(Case, message.case_id)

    def first_on_the_desk(self) -> int:
        asked = Asked(view=View.ALL, user_id=0)
        return desk_list(self.session, asked, now=self.now).rows[0].case_id


@pytest.fixture
def office(session: Session) -> PersonOffice:
    return PersonOffice(session, NOON)


@pytest.fixture
def lucia(office: PersonOffice) -> User:
    user = User(email="lucia@example.com", name="Lucía Ferreyra", role=Role.OPERATOR)
    office.session.add(user)
    office.fresh()
    return user


def _codes(office: PersonOffice, case: Case) -> list[int]:
    return list(
        office.session.scalars(select(Result.result_type_id).where(Result.case_id == case.id))
    )


def test_a_tap_is_recorded_and_still_waits_for_a_person(office: PersonOffice) -> None:
    case = office.tap(office.a_message())

    assert _codes(office, case) == [office.result_type("pide_una_persona").id]
    assert case.waiting_since == case.person_asked_at == NOON
    assert office.received().state is MessageState.ATTRIBUTED


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("Quiero hablar con una persona", True),
        ("hola, me comunicás con un asesor?", True),
        ("Ya hablé con la chica, gracias", False),
        ("Dale, mañana pago", False),
    ],
)
def test_words_ask_for_one_as_well_and_record_nothing(
    office: PersonOffice, said: str, asks: bool
) -> None:
    message = office.a_message()
    office.inbound(said)
    office.apply_inbound()

    case = office.session.get_one(Case, message.case_id)
    assert case.waiting_since == NOON
    assert (case.person_asked_at == NOON) is asks
    assert _codes(office, case) == []
    if asks:
        assert office.first_on_the_desk() == case.id


def test_it_stands_above_whoever_has_waited_longer(office: PersonOffice) -> None:
    ben = office.a_message(BEN)
    office.inbound("hola", sender=BEN)
    office.apply_inbound()
    office.now += timedelta(minutes=40)

    case = office.tap(office.a_message())

    assert office.session.get_one(Case, ben.case_id).waiting_since is not None
    assert office.first_on_the_desk() == case.id


def test_a_later_tap_that_closes_does_not_close_it(office: PersonOffice) -> None:
    message = office.a_message()
    office.tap(message)

    case = office.tap(message, 2)

    assert case.state is not CaseState.FINISHED
    assert case.person_asked_at is not None


def test_a_payment_does_not_close_it(office: PersonOffice) -> None:
    message = office.a_message()
    case = office.tap(message)
    coupon = Coupon(
        subscription_id=case.subscription_id, instalment=1, amount=100, due_date=NOON.date()
    )
    office.session.add(coupon)
    office.session.flush()
    message.coupon_id = coupon.id
    office.session.commit()

    mark_paid(office.session, coupon.id, now=NOON)
    office.fresh()

    assert office.session.get_one(Case, case.id).state is not CaseState.FINISHED
    assert office.session.get_one(Case, case.id).waiting_since is not None


def test_in_a_finished_campaign_the_case_is_open_again_as_a_late_reply(
    office: PersonOffice,
) -> None:
    message = office.a_message()
    finish(office.session, office.campaign.id, now=NOON)
    office.session.commit()
    before = office.session.get_one(Case, message.case_id).state

    case = office.tap(message)

    assert before is CaseState.FINISHED
    assert (case.is_late, case.state is CaseState.FINISHED) == (True, False)
    assert office.first_on_the_desk() == case.id


def test_in_the_standing_campaign_too_also_when_its_case_was_finished(
    office: PersonOffice,
) -> None:
    contact = office.contact(ANA)
    old = standing_case(office.session, office.line.id, contact.id, now=NOON)
    sent = office.a_message(case=old, cause=Cause.REPLY, sequence=None)
    old.state = CaseState.FINISHED
    office.session.flush()
    newer = standing_case(office.session, office.line.id, contact.id, now=NOON)
    office.session.commit()

    case = office.tap(sent)

    assert old.id != newer.id
    waiting = office.session.scalars(select(Case.id).where(Case.person_asked_at.is_not(None))).all()
    assert waiting == [newer.id]
    assert case.state is CaseState.FINISHED


def test_a_strangers_finished_case_is_not_opened_beside_his_open_one(
    office: PersonOffice, lucia: User
) -> None:
    contact = office.contact(BEN)
    old = standing_case(office.session, office.line.id, contact.id, now=NOON)
    old.state = CaseState.FINISHED
    office.session.flush()
    newer = standing_case(office.session, office.line.id, contact.id, now=NOON)
    office.session.commit()
    office.inbound("hola", sender=BEN)
    office.apply_inbound()

    tied = tie_reply(office.session, office.received().id, old.id, by_id=lucia.id, now=NOON)
    with pytest.raises(AlreadyThere):
        case_holding.reopen(office.session, old.id, by_id=lucia.id, now=NOON)

    assert tied.case_id == newer.id


def test_a_person_ends_it_by_answering(office: PersonOffice, lucia: User) -> None:
    case = office.tap(office.a_message())

    desk.answer(office.session, case.id, "Hola, soy Lucía.", by_id=lucia.id, now=NOON)
    office.fresh()

    case = office.session.get_one(Case, case.id)
    assert (case.waiting_since, case.person_asked_at) == (None, None)


def test_it_goes_with_the_reply_that_is_moved(office: PersonOffice, lucia: User) -> None:
    case = office.tap(office.a_message())
    other = office.a_case()
    office.session.commit()

    tie_reply(office.session, office.received().id, other.id, by_id=lucia.id, now=NOON)
    office.fresh()

    assert office.session.get_one(Case, other.id).person_asked_at == NOON
    assert office.session.get_one(Case, case.id).person_asked_at is None


def test_a_tap_read_late_still_asks(office: PersonOffice) -> None:
    """The tap before is applied after the one that came later: it is overtaken, and waits."""
    message = office.a_message()
    office.inbound("tap", ButtonPayload=office.payload(message, 1), ButtonText="tap")
    early = office.now
    office.now += timedelta(minutes=1)
    office.inbound("tap", ButtonPayload=office.payload(message, 2), ButtonText="tap")
    office.apply_inbound()

    case = office.session.get_one(Case, message.case_id)
    assert case.person_asked_at == early
    assert case.state is not CaseState.FINISHED
