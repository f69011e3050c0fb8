"""A campaign's failed messages sent anew: once each, and the account stays right."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from campaigns import lifecycle
from campaigns.delivery_rows import gather
from campaigns.doubled import doubled_of, note_doubled
from campaigns.inbox import apply_statuses
from campaigns.opt_outs import opt_out
from campaigns.progress_parts import Part
from campaigns.results import record_result
from campaigns.retrying import Failures, count_retriable, retry_failed
from campaigns.slices import slice_of
from messaging.provider import ByHand
from messaging.twilio.webhooks import parse_status_callback
from models.campaign import Campaign, ResultType
from models.case import Case, Channel
from models.coupon import Coupon, CouponLink
from models.desk_texts import MessageRepeat
from models.message import Attempt, AttemptOutcome, Message, SendSlice
from models.people import CustomerContact, Purpose, Role, User
from models.states import (
    CaseState,
    CouponState,
    IllegalMove,
    MessageState,
    SendingState,
    TemplateState,
)
from models.template import TemplateVersion
from tests.campaigns.beside import Beside
from tests.campaigns.builders_inbox import TIMES
from tests.campaigns.builders_launch import BEN, CAZ, Office
from tests.campaigns.builders_retrying import (
    CAPPED,
    CHANNEL,
    LATER,
    NO_WHATSAPP,
    adds_up,
    callback,
    comes,
    fail,
    failures,
    of_case,
    parts,
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


def test_each_that_failed_gets_a_new_message_and_counts_once(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    before, _other, _planned = office.messages(campaign)
    assert parts(office, campaign) == {Part.FAILED: 2, Part.QUEUED: 1}

    assert retry(office, campaign, lucia) == 2

    assert parts(office, campaign) == {Part.QUEUED: 3}
    assert of_case(office, before) == [
        (-1, MessageState.UNDELIVERED),
        (1, MessageState.PLANNED),
    ]
    anew = office.session.get_one(
        Message,
        office.session.scalars(
            select(MessageRepeat.repeat_id).where(MessageRepeat.message_id == before.id)
        ).one(),
    )
    same = ("line_id", "contact_point_id", "address", "case_id", "campaign_id", "cause",
            "template_version_id", "variables", "coupon_id")  # fmt: skip
    assert [getattr(anew, each) for each in same] == [getattr(before, each) for each in same]
    assert (anew.attempts, anew.provider_sid, anew.due_at) == (0, None, LATER)
    found = office.session.get_one(SendSlice, slice_of(anew.id))
    assert (found.campaign_id, found.is_reply, found.next_due_at) == (campaign.id, False, LATER)


def test_pressed_twice_it_is_once_and_what_fails_anew_was_not_on_that_screen(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    assert retry(office, campaign, lucia) == 2
    assert retry(office, campaign, lucia) == 0

    anew = [each for each in office.messages(campaign) if each.sequence == 1 and each.id > 500][:1]
    fail(office, *[each for each in anew if each.attempts == 0])
    anew[0].state_at = LATER + timedelta(seconds=1)
    office.session.commit()

    assert retry(office, campaign, lucia) == 0
    seen_later = Failures(CHANNEL, ByHand.AGAIN, LATER + timedelta(minutes=1))
    assert count_retriable(office.session, campaign.id, seen_later) == 1


def test_two_supervisors_at_once_write_one_each(
    office: Office, campaign: Campaign, lucia: User, beside: Beside
) -> None:
    campaign_id, by_id = campaign.id, lucia.id
    office.session.commit()
    for _ in range(2):
        beside.start(
            lambda session: retry_failed(session, campaign_id, failures(), by_id=by_id, now=LATER)
        )
    beside.end()

    assert office.session.scalar(select(func.count(MessageRepeat.message_id))) == 2
    assert office.session.scalar(select(func.count(Message.id))) == 5
    assert adds_up(office, campaign)


def test_the_database_itself_refuses_a_second_retry_of_one_message(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    retry(office, campaign, lucia)
    repeat = office.session.scalars(select(MessageRepeat)).first()
    assert repeat is not None

    with pytest.raises(Exception, match="pk_message_repeats"):
        office.session.execute(
            text("INSERT INTO message_repeats VALUES (:old, :old)"), {"old": repeat.message_id}
        )


@pytest.mark.parametrize("over", [lifecycle.cancel, lifecycle.finish])
def test_of_a_campaign_that_is_over_nothing_is_sent_anew(
    office: Office, campaign: Campaign, lucia: User, over: Callable[..., object]
) -> None:
    over(office.session, campaign.id, now=LATER)
    office.session.commit()

    assert count_retriable(office.session, campaign.id, failures()) == 0
    with pytest.raises(IllegalMove):
        retry_failed(office.session, campaign.id, failures(), by_id=lucia.id, now=LATER)


def test_a_cancel_that_waits_for_a_retry_takes_it_back(
    office: Office, campaign: Campaign, lucia: User, beside: Beside
) -> None:
    campaign_id = campaign.id
    retry_failed(office.session, campaign_id, failures(), by_id=lucia.id, now=LATER)
    beside.start(lambda session: lifecycle.cancel(session, campaign_id, now=LATER))

    assert beside.blocked()
    office.session.commit()
    beside.end()

    office.session.expire_all()
    assert parts(office, campaign) == {Part.UNSENT: 3}
    assert adds_up(office, campaign)


def test_a_retry_that_waits_for_a_cancel_is_refused(
    office: Office, campaign: Campaign, lucia: User, beside: Beside
) -> None:
    campaign_id, by_id = campaign.id, lucia.id
    lifecycle.cancel(office.session, campaign_id, now=LATER)
    refused: list[IllegalMove] = []

    def press(session: Session) -> None:
        try:
            retry_failed(session, campaign_id, failures(), by_id=by_id, now=LATER)
        except IllegalMove as error:
            refused.append(error)

    beside.start(press)
    assert beside.blocked()
    office.session.commit()
    beside.end()

    assert refused
    assert office.session.scalar(select(func.count(MessageRepeat.message_id))) == 0


def test_what_turns_out_to_have_arrived_before_is_not_retried(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    first = office.messages(campaign)[0]
    callback(office, first, "delivered")

    assert retry(office, campaign, lucia) == 1
    assert of_case(office, first) == [(1, MessageState.DELIVERED)]


def test_one_that_arrives_after_all_takes_back_its_retry_and_counts_itself(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    first = office.messages(campaign)[0]
    retry(office, campaign, lucia)
    assert first.sequence == -1

    callback(office, first, "delivered")

    assert of_case(office, first) == [(1, MessageState.DELIVERED), (-2, MessageState.CANCELLED)]
    assert parts(office, campaign) == {Part.DELIVERED: 1, Part.QUEUED: 2}
    assert adds_up(office, campaign)
    assert count_retriable(office.session, campaign.id, failures()) == 0


def test_one_that_arrives_while_its_retry_is_out_is_told_of(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    first = office.messages(campaign)[0]
    retry(office, campaign, lucia)
    repeat_id = select(MessageRepeat.repeat_id).where(MessageRepeat.message_id == first.id)
    anew = office.session.get_one(Message, office.session.scalars(repeat_id).one())
    anew.state, anew.provider_sid = MessageState.SENT, "SM" + "9" * 32
    office.session.commit()

    callback(office, first, "delivered")

    assert of_case(office, first) == [(-1, MessageState.DELIVERED), (1, MessageState.SENT)]
    assert [each.message_id for each in note_doubled(office.session, turn=0)] == [first.id]
    assert doubled_of(office.session, campaign.id)[0].sids == (first.provider_sid, "SM" + "9" * 32)
    assert adds_up(office, campaign)

    anew.state, anew.error_code = MessageState.UNDELIVERED, int(CHANNEL)
    anew.state_at = NOON
    office.session.commit()
    assert count_retriable(office.session, campaign.id, failures()) == 0
    first.state = MessageState.UNDELIVERED
    office.session.commit()
    assert count_retriable(office.session, campaign.id, failures()) == 1


def test_two_batches_whose_messages_and_retries_cross_do_not_wait_for_each_other(
    office: Office, campaign: Campaign, lucia: User, beside: Beside
) -> None:
    first = office.messages(campaign)[0]
    retry(office, campaign, lucia)
    ids = office.session.scalars(select(MessageRepeat.repeat_id).order_by(MessageRepeat.repeat_id))
    its_retry, other_retry = (office.session.get_one(Message, each) for each in ids)
    other_retry.state, other_retry.provider_sid = MessageState.ACCEPTED, "SM" + "8" * 32
    other_retry.attempts = 1
    office.session.add(
        Attempt(
            message_id=other_retry.id, number=1, owner="w1", provider_sid=other_retry.provider_sid
        )
    )
    comes(office, first, "delivered")
    comes(office, other_retry, "sent")

    gather(office.session, paths={its_retry.id}, sids=[])  # one batch has come so far
    beside.start(
        lambda session: apply_statuses(session, parse=parse_status_callback, now=LATER, times=TIMES)
    )
    assert beside.blocked()
    taken = select(Message.id).where(Message.id == other_retry.id)
    office.session.execute(taken.with_for_update(nowait=True, key_share=True))
    office.session.commit()
    beside.end()

    office.session.expire_all()
    assert of_case(office, first) == [(1, MessageState.DELIVERED), (-2, MessageState.CANCELLED)]
    assert other_retry.state is MessageState.SENT
    assert adds_up(office, campaign)


def test_a_retry_that_waits_for_the_news_that_it_arrived_leaves_it_out(
    office: Office, campaign: Campaign, lucia: User, beside: Beside
) -> None:
    first = office.messages(campaign)[0]
    campaign_id, by_id = campaign.id, lucia.id
    office.session.execute(
        update(Message).where(Message.id == first.id).values(state=MessageState.DELIVERED)
    )  # an applier that has not committed yet
    beside.start(
        lambda session: retry_failed(session, campaign_id, failures(), by_id=by_id, now=LATER)
    )
    beside.end()
    office.session.commit()

    assert of_case(office, first) == [(1, MessageState.DELIVERED)]
    assert adds_up(office, campaign)


def _opted_out(office: Office, message: Message) -> None:
    assert message.contact_point_id is not None
    opt_out(office.session, message.contact_point_id, Purpose.ALL, "word", now=NOON)


def _finished(office: Office, message: Message) -> None:
    office.session.get_one(Case, message.case_id).state = CaseState.FINISHED


def _stopped(office: Office, message: Message) -> None:
    kind = office.session.scalars(
        select(ResultType).where(ResultType.code == "no_responde")
    ).first()
    assert kind is not None
    assert message.case_id is not None
    kind.stops_sends = True
    record_result(office.session, message.case_id, kind.id, channel=Channel.PHONE, now=NOON)


def _in_doubt(office: Office, message: Message) -> None:
    message.state, message.look_at = MessageState.UNCERTAIN, LATER


def _in_review(office: Office, message: Message) -> None:
    message.state = MessageState.REVIEW


def _doubled(office: Office, message: Message) -> None:
    office.session.get_one(Attempt, (message.id, 1)).other_sids = ["SM" + "7" * 32]


def _an_earlier_one_is_alive(office: Office, message: Message) -> None:
    office.session.add(Attempt(message_id=message.id, number=2, owner="w1", provider_sid="SM7"))


def _one_try_is_unknown(office: Office, message: Message) -> None:
    unknown = AttemptOutcome.UNKNOWN
    office.session.add(Attempt(message_id=message.id, number=2, owner="w1", outcome=unknown))


def _replied(office: Office, message: Message) -> None:
    message.replied_at = NOON


def _invalid(office: Office, message: Message) -> None:
    office.contact(message.address or "").is_valid = False


def _unapproved(office: Office, message: Message) -> None:
    version = office.session.get_one(TemplateVersion, message.template_version_id)
    version.state = TemplateState.PAUSED


def _other_reason(office: Office, message: Message) -> None:
    message.error_code = 63010


@pytest.mark.parametrize(
    "happens",
    [
        _opted_out,
        _finished,
        _stopped,
        _in_doubt,
        _in_review,
        _doubled,
        _an_earlier_one_is_alive,
        _one_try_is_unknown,
        _replied,
        _invalid,
        _unapproved,
        _other_reason,
    ],
)
def test_who_must_not_get_it_gets_nothing(
    office: Office, lucia: User, happens: Callable[[Office, Message], object]
) -> None:
    office.crowd(1)
    campaign = office.launched(office.campaign())
    message = office.messages(campaign)[0]
    fail(office, message)
    happens(office, message)
    office.session.commit()

    assert count_retriable(office.session, campaign.id, failures()) == 0
    assert retry(office, campaign, lucia) == 0


def test_a_phone_without_whatsapp_is_retried_only_once_it_was_corrected(
    office: Office, lucia: User
) -> None:
    customer = office.customer("Ana", BEN)
    office.subscription(customer)
    campaign = office.launched(office.campaign())
    message = office.messages(campaign)[0]
    fail(office, message, code=NO_WHATSAPP)
    office.contact(BEN).is_valid = False
    office.session.commit()
    of = {"why": NO_WHATSAPP, "way": ByHand.OTHER_PHONE}
    assert retry(office, campaign, lucia, **of) == 0

    office.session.execute(
        update(CustomerContact)
        .where(CustomerContact.customer_id == customer.id)
        .values(contact_point_id=office.contact(CAZ).id)
    )
    office.session.commit()

    assert retry(office, campaign, lucia, **of) == 1
    assert [each.address for each in office.messages(campaign)] == [BEN, CAZ]
    case = office.session.get_one(Case, message.case_id, populate_existing=True)
    assert case.contact_point_id == office.contact(CAZ).id


def test_a_cap_per_person_is_waited_for(office: Office, lucia: User) -> None:
    office.crowd(1)
    campaign = office.launched(office.campaign())
    fail(office, *office.messages(campaign), code=CAPPED)

    assert retry(office, campaign, lucia, why=CAPPED, way=ByHand.NEXT_DAY) == 1

    anew = office.messages(campaign)[-1]
    assert anew.due_at == NOON + TIMES.capped_wait


def test_a_retry_has_a_coupon_link_of_its_own_and_none_for_what_is_paid(
    office: Office, lucia: User
) -> None:
    for number in (1, 2):
        customer = office.customer(f"Cliente {number}", f"+54911600000{number:02}")
        office.subscription(customer, due=(NOON + timedelta(days=9)).date())
    campaign = office.launched(
        office.campaign({"1": "customer.first_name", "2": "coupon_link.token"})
    )
    paid, owed = office.messages(campaign)
    fail(office, paid, owed)
    office.session.get_one(Coupon, paid.coupon_id).state = CouponState.PAID
    office.session.commit()

    assert retry(office, campaign, lucia) == 1

    anew = max(office.messages(campaign), key=lambda each: each.id)
    assert (anew.case_id, anew.coupon_id) == (owed.case_id, owed.coupon_id)
    link = office.session.get_one(CouponLink, anew.id)
    assert link.coupon_id == owed.coupon_id


def test_a_drained_campaign_sends_again_and_says_so(
    office: Office, campaign: Campaign, lucia: User
) -> None:
    campaign.sending_state = SendingState.DRAINED
    office.session.commit()

    retry(office, campaign, lucia)

    assert campaign.sending_state is SendingState.SENDING
