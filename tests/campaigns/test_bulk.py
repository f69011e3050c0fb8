"""A template to a selection of cases: who gets it, who does not and why, and never twice."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import bulk, bulk_choice
from campaigns.errors import TooMany
from campaigns.limits import Guards
from campaigns.opt_outs import opt_out
from campaigns.sending_hours import ARGENTINA, USUAL
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignOperator
from models.case import Case, NextAction
from models.coupon import Coupon
from models.message import Cause, Message
from models.people import Purpose, Role, User
from models.states import CampaignState, CaseState, MessageState
from models.template import TemplateVersion
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON

PHONES = [f"+549115555000{n}" for n in range(1, 9)]


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def ana(office: Outbox) -> int:
    return _user(office, "Ana")


def _user(office: Outbox, name: str, role: Role = Role.OPERATOR) -> int:
    user = User(email=f"{name.lower()}@pregon.example", name=name, role=role)
    office.session.add(user)
    office.session.commit()
    return user.id


def _cases(office: Outbox, count: int = 3) -> list[Case]:
    cases = []
    for phone in PHONES[:count]:
        case = office.a_case()
        case.contact_point_id = office.contact(phone).id
        cases.append(case)
    office.session.commit()
    return cases


def _send(
    office: Outbox,
    cases: list[Case],
    by_id: int,
    *,
    token: str = "once",
    version: TemplateVersion | None = None,
) -> bulk.Sent:
    sent = bulk.send(
        office.session,
        [case.id for case in cases],
        (version or office.version).id,
        token=token,
        by_id=by_id,
        now=NOON,
        zone=ARGENTINA,
    )
    office.fresh()
    return sent


def _messages(office: Outbox) -> list[Message]:
    return list(office.session.scalars(select(Message).order_by(Message.id)))


def test_each_of_a_selection_gets_one_message_of_its_campaign(office: Outbox, ana: int) -> None:
    cases = _cases(office)

    sent = _send(office, cases, ana)

    written = _messages(office)
    assert (sent.written, sent.left_out) == (3, 0)
    assert [message.case_id for message in written] == [case.id for case in cases]
    assert {(m.cause, m.state, m.sequence, m.author_id) for m in written} == {
        (Cause.REMINDER, MessageState.PLANNED, 2, ana)
    }
    assert {case.operator_id for case in office.session.scalars(select(Case))} == {ana}


def test_pressing_twice_is_pressing_once(office: Outbox, ana: int) -> None:
    cases = _cases(office)
    _send(office, cases, ana)

    again = _send(office, cases, ana)

    assert again.is_repeat
    assert (again.written, len(_messages(office))) == (3, 3)


def test_another_press_is_another_message(office: Outbox, ana: int) -> None:
    cases = _cases(office, 1)
    _send(office, cases, ana)

    _send(office, cases, ana, token="again")

    assert [message.sequence for message in _messages(office)] == [2, 3]


def test_who_is_left_out_is_named_with_the_reason(office: Outbox, ana: int) -> None:
    ben = _user(office, "Ben")
    fine, over, held, silent, lost, twin, done = _cases(office, 7)
    done.state = CaseState.FINISHED
    held.operator_id = ben
    over.campaign_id = office.a_campaign().id
    office.session.get_one(Campaign, over.campaign_id).state = CampaignState.FINISHED
    opt_out(office.session, silent.contact_point_id or 0, Purpose.ALL, "operator", now=NOON)
    office.contact(PHONES[4]).is_valid = False
    twin.contact_point_id = fine.contact_point_id
    office.session.commit()
    everybody = [fine, over, held, silent, lost, twin, done]

    sent = _send(office, everybody, ana)

    chosen = bulk_choice.look_at(
        office.session, [case.id for case in everybody], office.version, by_id=ana
    )
    assert [each.why for each in chosen] == [
        None,
        bulk_choice.CAMPAIGN_OVER,
        bulk_choice.HELD,
        "opted_out",
        "no_valid_phone",
        bulk_choice.SAME_PHONE,
        bulk_choice.FINISHED,
    ]
    assert chosen[2].what == "Ben"
    assert (sent.written, sent.left_out) == (1, 6)
    assert [message.case_id for message in _messages(office)] == [fine.id]


def test_a_coupon_link_needs_a_coupon_to_pay(office: Outbox, ana: int) -> None:
    with_one, without = _cases(office, 2)
    coupon = Coupon(
        subscription_id=with_one.subscription_id,
        instalment=7,
        amount=Decimal(85_000),
        due_date=date(2026, 12, 10),
    )
    version = office.a_version([])
    version.fields = {"1": "customer.first_name", "2": "coupon_link.token"}
    office.session.add(coupon)
    office.session.commit()

    _send(office, [with_one, without], ana, version=version)

    chosen = bulk_choice.look_at(office.session, [without.id], version, by_id=ana)
    assert [message.coupon_id for message in _messages(office)] == [coupon.id]
    assert chosen[0].why == bulk_choice.NO_COUPON


def test_more_than_the_supervisors_limit_is_refused(office: Outbox, ana: int) -> None:
    cases = _cases(office)
    office.campaign.bulk_limit = 2
    office.session.commit()

    with pytest.raises(TooMany) as refused:
        _send(office, cases, ana)

    assert (refused.value.count, refused.value.limit) == (3, 2)
    office.session.rollback()
    assert _messages(office) == []


def test_it_waits_for_sending_hours_as_a_campaign_does(office: Outbox, ana: int) -> None:
    """Not as an answer, which goes out at once: nobody has asked for this one."""
    _send(office, _cases(office, 1), ana)
    office.guards = Guards(hours=USUAL)
    night = NOON.replace(hour=5)

    assert office.claim(at=night) == []
    assert len(office.claim(at=NOON)) == 1


def test_a_campaign_that_is_paused_sends_nothing_of_it(office: Outbox, ana: int) -> None:
    _send(office, _cases(office, 1), ana)
    claimed = office.claim()
    office.campaign.state = CampaignState.PAUSED
    office.session.commit()

    assert office.start(claimed) == {}


def test_an_opt_out_after_it_wins(office: Outbox, ana: int) -> None:
    case = _cases(office, 1)[0]
    _send(office, [case], ana)

    opt_out(office.session, case.contact_point_id or 0, Purpose.ALL, "word: baja", now=NOON)
    office.fresh()

    assert [message.state for message in _messages(office)] == [MessageState.CANCELLED]


def test_who_sent_what_to_how_many_is_in_the_audit_trail(office: Outbox, ana: int) -> None:
    cases = _cases(office)

    _send(office, cases, ana)

    event = office.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "campaign.bulk_send")
    ).one()
    assert (event.user_id, event.object_id) == (ana, office.campaign.id)
    assert event.details["count"] == 3
    assert event.details["cases"] == [case.id for case in cases]


def test_a_next_action_for_each_that_is_open(office: Outbox, ana: int) -> None:
    cases = _cases(office)
    cases[0].state = CaseState.FINISHED
    office.session.commit()

    done = bulk.plan(
        office.session,
        [case.id for case in cases],
        "Llamar",
        NOON,
        by_id=ana,
        now=NOON,
    )

    planned = office.session.scalars(select(NextAction).order_by(NextAction.id)).all()
    assert (done.written, done.left_out) == (2, 1)
    assert [(action.case_id, action.operator_id) for action in planned] == [
        (cases[1].id, ana),
        (cases[2].id, ana),
    ]


def test_a_supervisor_gives_a_selection_to_somebody(office: Outbox, ana: int) -> None:
    marta = _user(office, "Marta", Role.SUPERVISOR)
    cases = _cases(office)
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=ana))

    done = bulk.reassign(
        office.session, [case.id for case in cases], to_id=ana, by_id=marta, now=NOON
    )
    office.fresh()

    assert done.written == 3
    assert {case.operator_id for case in office.session.scalars(select(Case))} == {ana}
