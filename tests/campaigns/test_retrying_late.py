"""What arrives after it was retried; and what a retry meets after a restore, a list, a review."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns import lifecycle, restoring
from campaigns.doubled import note_doubled
from campaigns.guards import ARRIVED_LATE, facts_of, look_at_people
from campaigns.limits import Guards
from campaigns.replied import refresh_replied
from campaigns.retrying import count_retriable, give_way_late, retry_failed
from campaigns.sending_hours import ALWAYS
from campaigns.slices import slice_of
from campaigns.template_registry import _version
from messaging.provider import ByHand
from models.campaign import Campaign, SharedPhonePolicy
from models.coupon import CouponLink
from models.desk_texts import MessageRepeat
from models.message import Cause, Direction, Message
from models.people import CustomerContact, Role, User
from models.states import IllegalMove, MessageState
from tests.campaigns.beside import Beside
from tests.campaigns.builders_inbox import TIMES
from tests.campaigns.builders_launch import BEN, CAZ, Office
from tests.campaigns.builders_retrying import (
    CAPPED,
    LATER,
    NO_WHATSAPP,
    adds_up,
    callback,
    fail,
    failures,
    of_case,
    retry,
)
from tests.conftest import NOON


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


@pytest.fixture
def lucia(office: Office) -> User:
    user = User(email="lucia@example.com", name="Lucía", role=Role.SUPERVISOR)
    office.session.add(user)
    office.session.commit()
    return user


@pytest.fixture
def campaign(office: Office) -> Campaign:
    """Three people; what was sent to the first two failed."""
    office.crowd(3)
    campaign = office.launched(office.campaign())
    fail(office, *office.messages(campaign)[:2])
    office.session.refresh(campaign)
    return campaign


def retry_of(office: Office, message: Message) -> Message:
    repeat_id = select(MessageRepeat.repeat_id).where(MessageRepeat.message_id == message.id)
    return office.session.get_one(Message, office.session.scalars(repeat_id).one())


def becomes(office: Office, message: Message, state: MessageState) -> None:
    message.state, message.state_at = state, NOON
    office.session.commit()


def unwanted(office: Office, message: Message) -> dict[int, str]:
    facts = facts_of(office.session, slice_of(message.id))
    found, _, _ = look_at_people(office.session, facts, Guards(hours=ALWAYS), now=LATER)
    office.session.rollback()
    return found


@pytest.mark.parametrize("back", [MessageState.PLANNED, MessageState.UNDELIVERED])
def test_a_retry_that_was_out_gives_way_once_it_comes_back(
    office: Office, campaign: Campaign, lucia: User, back: MessageState
) -> None:
    first = office.messages(campaign)[0]
    retry(office, campaign, lucia)
    anew = retry_of(office, first)
    becomes(office, anew, MessageState.SENDING)
    callback(office, first, "delivered")
    assert give_way_late(office.session, now=LATER) == 0  # it is still out
    becomes(office, anew, back)

    is_planned = back is MessageState.PLANNED
    assert unwanted(office, anew) == ({anew.id: ARRIVED_LATE} if is_planned else {})
    assert give_way_late(office.session, now=LATER) == 1
    office.session.commit()
    office.session.expire_all()

    ends = MessageState.CANCELLED if is_planned else MessageState.UNDELIVERED
    assert of_case(office, first) == [(1, MessageState.DELIVERED), (-2, ends)]
    assert adds_up(office, campaign)
    assert give_way_late(office.session, now=LATER) == 0


def test_in_a_restored_ledger_it_gives_way_after_the_hold(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    first = office.messages(campaign)[0]
    retry(office, campaign, lucia)
    restoring.begin_hold(office.session, taken_at=NOON)
    office.session.commit()
    callback(office, first, "delivered")
    assert of_case(office, first) == [(-1, MessageState.DELIVERED), (1, MessageState.PLANNED)]
    assert give_way_late(office.session, now=LATER) == 0
    assert unwanted(office, retry_of(office, first)) == {retry_of(office, first).id: ARRIVED_LATE}
    office.session.execute(text("DELETE FROM restores"))

    assert give_way_late(office.session, now=LATER) == 1


def test_who_is_being_written_about_waits_for_the_next_look(
    office: Office, campaign: Campaign, lucia: User, beside: Beside
) -> None:
    first = office.messages(campaign)[0]
    retry(office, campaign, lucia)
    anew = retry_of(office, first)
    becomes(office, anew, MessageState.SENDING)
    callback(office, first, "delivered")
    becomes(office, anew, MessageState.FAILED)
    held = select(Message.id).where(Message.id == anew.id).with_for_update()
    office.session.execute(held)
    seen: list[int] = []

    beside.start(lambda session: seen.append(give_way_late(session, now=LATER)))
    beside.end()

    assert seen == [0]
    office.session.rollback()
    assert give_way_late(office.session, now=LATER) == 1


def test_of_two_retries_the_first_message_and_the_last_are_both_told_of(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    first = office.messages(campaign)[0]
    retry(office, campaign, lucia)
    second = retry_of(office, first)
    fail(office, second)
    retry(office, campaign, lucia)
    third = retry_of(office, second)
    third.provider_sid = "SM" + "9" * 32
    becomes(office, third, MessageState.DELIVERED)

    callback(office, first, "delivered")

    assert [each.message_id for each in note_doubled(office.session, turn=0)] == [first.id]


def test_what_was_sent_after_the_backup_may_have_been_a_retry(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    first = office.messages(campaign)[0]
    office.session.add(
        Message(
            direction=Direction.OUT,
            state=MessageState.DELIVERED,
            line_id=first.line_id,
            contact_point_id=first.contact_point_id,
            address=first.address,
            body="Hola.",
            cause=Cause.RECOVERED,
            created_at=NOON + timedelta(minutes=1),
            state_at=NOON + timedelta(minutes=1),
            provider_sid="SM" + "7" * 32,
        )
    )
    office.session.commit()

    assert retry(office, campaign, lucia) == 1
    assert of_case(office, first) == [(1, MessageState.UNDELIVERED)]


def test_a_reopened_campaign_sends_nothing_anew(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    lifecycle.finish(office.session, campaign.id, now=LATER)
    lifecycle.reopen(office.session, campaign.id, now=LATER)
    office.session.execute(text("UPDATE cases SET state = 'in_progress'"))
    office.session.commit()

    assert count_retriable(office.session, campaign.id, failures()) == 0
    with pytest.raises(IllegalMove):
        retry_failed(office.session, campaign.id, failures(), by_id=lucia.id, now=LATER)


def test_a_link_that_ends_before_the_retry_may_leave_is_not_sent(
    office: Office, lucia: User
) -> None:
    office.subscription(office.customer("Cliente 1", BEN), due=(NOON + timedelta(days=9)).date())
    campaign = office.launched(
        office.campaign({"1": "customer.first_name", "2": "coupon_link.token"})
    )
    (message,) = office.messages(campaign)
    fail(office, message, code=CAPPED)
    link = office.session.get_one(CouponLink, message.id)
    link.expires_at = NOON + TIMES.capped_wait - timedelta(minutes=1)
    office.session.commit()

    assert retry(office, campaign, lucia, why=CAPPED, way=ByHand.NEXT_DAY) == 0
    assert retry(office, campaign, lucia, why=CAPPED, way=ByHand.AGAIN) == 1


def test_two_that_have_one_phone_now_get_one_message_where_each_phone_gets_one(
    office: Office, lucia: User
) -> None:
    people = [office.customer(f"Cliente {phone}", phone) for phone in (BEN, CAZ)]
    for person in people:
        office.subscription(person, due=(NOON + timedelta(days=9)).date())
    campaign = office.launched(office.campaign(shared_phone=SharedPhonePolicy.MOST_URGENT))
    fail(office, *office.messages(campaign), code=NO_WHATSAPP)
    fresh = office.contact("+5491169999999")
    for person in people:
        for contact in office.session.scalars(
            select(CustomerContact).where(CustomerContact.customer_id == person.id)
        ):
            contact.preferred = False
        office.session.flush()
        office.session.add(
            CustomerContact(customer_id=person.id, contact_point_id=fresh.id, preferred=True)
        )
    office.session.commit()

    corrected = {"why": NO_WHATSAPP, "way": ByHand.OTHER_PHONE}
    assert retry(office, campaign, lucia, **corrected) == 1
    assert retry(office, campaign, lucia, **corrected) == 0


def test_the_retry_of_a_message_that_lists_subscriptions_lists_them(
    office: Office, lucia: User
) -> None:
    ana = office.customer()
    for _ in range(3):
        office.subscription(ana, due=(NOON + timedelta(days=9)).date())
    campaign = office.launched(
        office.campaign({"1": "subscription.list"}, shared_phone=SharedPhonePolicy.LIST)
    )
    (told,) = [each for each in office.messages(campaign) if each.reason is None]
    fail(office, told)

    def listed() -> list[str | None]:
        rows = select(Message.reason).where(Message.state == MessageState.SKIPPED)
        return sorted(set(office.session.scalars(rows)))

    retry(office, campaign, lucia)
    assert listed() == [f"covered_by:{retry_of(office, told).id}"]

    callback(office, told, "delivered")
    assert listed() == [f"covered_by:{told.id}"]
    assert adds_up(office, campaign)


def test_what_failed_after_it_had_waited_says_why_it_failed(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    third = office.messages(campaign)[2]
    third.reason = "pair_limit"
    becomes(office, third, MessageState.PLANNED)
    fail(office, third)
    third.error_code = None
    becomes(office, third, MessageState.SENT)

    callback(office, third, "undelivered", code=NO_WHATSAPP)

    assert (third.state, third.reason, third.error_code) == (
        MessageState.UNDELIVERED, None, int(NO_WHATSAPP),
    )  # fmt: skip


def test_an_answer_is_noted_on_the_message_that_became_first_while_it_waited(
    office: Office, campaign: Campaign, lucia: User, beside: Beside
) -> None:
    first = office.messages(campaign)[0]
    retry(office, campaign, lucia)
    case_id = first.case_id
    assert case_id is not None
    inbound = Message(
        direction=Direction.IN, state=MessageState.ATTRIBUTED, line_id=first.line_id,
        contact_point_id=first.contact_point_id, address=first.address, body="Ya pagué",
        created_at=LATER, state_at=LATER,
    )  # fmt: skip
    office.session.add(inbound)
    office.session.flush()
    office.session.execute(
        text(
            "INSERT INTO attributions (message_id, case_id, basis, confidence, at)"
            " VALUES (:message, :case, 'single', 'high', :at)"
        ),
        {"message": inbound.id, "case": case_id, "at": LATER},
    )
    office.session.commit()
    anew_id = retry_of(office, first).id
    office.session.execute(
        text("UPDATE messages SET sequence = -2 WHERE id = :anew"), {"anew": anew_id}
    )
    office.session.execute(
        text("UPDATE messages SET sequence = 1 WHERE id = :first"), {"first": first.id}
    )

    beside.start(lambda session: refresh_replied(session, [case_id]))
    assert beside.blocked()
    office.session.commit()
    beside.end()

    office.session.expire_all()
    assert first.replied_at == LATER


def test_a_review_of_its_template_and_a_retry_do_not_wait_for_each_other(
    office: Office, campaign: Campaign, lucia: User, beside: Beside
) -> None:
    version_id = office.messages(campaign)[0].template_version_id
    campaign_id, by_id = campaign.id, lucia.id
    assert version_id is not None
    _version(office.session, version_id, lock=True)  # a review has come so far
    counted: list[int] = []
    beside.start(
        lambda session: counted.append(
            retry_failed(session, campaign_id, failures(), by_id=by_id, now=LATER)
        )
    )
    beside.end()

    assert counted == [2]
