"""What a supervisor says about reminders and limits, and from when on it holds."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import drafts, follow_up
from campaigns.errors import NotFound
from campaigns.result_values import TypedValue
from campaigns.results import record_result
from models.campaign import CampaignStep, Moment
from models.case import Channel, Promise
from models.coupon import Coupon
from models.people import Role, User
from models.values import Money
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def marta(office: Outbox) -> int:
    user = User(email="marta@pregon.example", name="Marta", role=Role.SUPERVISOR)
    office.session.add(user)
    office.session.commit()
    return user.id


def _save(office: Outbox, by_id: int, version_id: int | None, *, days: int = 1) -> None:
    follow_up.save_follow_up(
        office.session,
        office.campaign.id,
        version_id=version_id,
        days_before=days,
        bulk_limit=20,
        now=NOON,
        by_id=by_id,
    )
    office.fresh()


def _promise(office: Outbox, by_id: int) -> Promise:
    case = office.a_case()
    office.session.add(
        Coupon(
            subscription_id=case.subscription_id,
            instalment=7,
            amount=Decimal(85_000),
            due_date=date(2026, 11, 10),
        )
    )
    office.session.flush()
    record_result(
        office.session,
        case.id,
        office.result_type("promesa_de_pago").id,
        channel=Channel.PHONE,
        now=NOON,
        by_id=by_id,
        value=TypedValue(date=date(2026, 11, 27), money=Money(Decimal(85_000))),
    )
    office.fresh()
    return office.session.scalars(select(Promise)).one()


def test_nobody_is_reminded_until_somebody_says_with_what(office: Outbox, marta: int) -> None:
    known = follow_up.follow_up_of(office.session, office.campaign)

    assert (known.version_id, known.bulk_limit) == (None, follow_up.USUAL_LIMIT)
    assert _promise(office, marta).remind_at is None


def test_the_reminder_is_a_step_behind_the_launch(office: Outbox, marta: int) -> None:
    _save(office, marta, office.version.id)

    step = office.session.scalars(select(CampaignStep)).one()
    assert (step.position, step.moment, step.days_before) == (2, Moment.PROMISE, 1)
    assert follow_up.follow_up_of(office.session, office.campaign).bulk_limit == 20


def test_promises_that_are_open_are_reminded_of_too(office: Outbox, marta: int) -> None:
    promise = _promise(office, marta)

    _save(office, marta, office.version.id, days=2)

    office.session.refresh(promise)
    assert promise.remind_at == datetime(2026, 11, 25, 13, 0, tzinfo=NOON.tzinfo)


def test_taking_the_reminder_out_ends_those_that_were_to_come(office: Outbox, marta: int) -> None:
    _save(office, marta, office.version.id)
    promise = _promise(office, marta)

    _save(office, marta, None)

    office.session.refresh(promise)
    assert promise.remind_at is None
    assert office.session.scalars(select(CampaignStep)).all() == []


def test_a_template_that_the_campaign_would_have_to_complete_is_not_offered(
    office: Outbox, marta: int
) -> None:
    asking = office.a_version([])
    asking.fields = {"1": "campaign.text_1"}
    office.session.commit()

    assert asking.id not in {each for each, _ in follow_up.reminder_choices(office.session)}
    with pytest.raises(NotFound):
        _save(office, marta, asking.id)


def test_a_copy_of_the_campaign_reminds_as_the_first_one_does(office: Outbox, marta: int) -> None:
    _save(office, marta, office.version.id, days=3)

    copy_id = drafts.duplicate(office.session, office.campaign.id, by_id=marta)

    step = office.session.scalars(
        select(CampaignStep).where(CampaignStep.campaign_id == copy_id)
    ).one()
    assert (step.moment, step.days_before) == (Moment.PROMISE, 3)
