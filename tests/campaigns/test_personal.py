"""What fills a template's variables, and what counts as nothing."""

from decimal import Decimal

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from campaigns import personal
from models.coupon import Coupon
from models.people import Customer
from models.subscription import Plan, Subscription
from tests.conftest import NOON

FIELDS = (*personal._RECORDS, *personal._COUPON, "subscription.list", "campaign.text_1")


@pytest.mark.parametrize(
    "typed", ["", " ", "\t\n", ",", " , ", "Sosa,", ", Ana", "Ana", "  ana\tmaría ", "\u00a0", "·"]
)
def test_a_variable_is_missing_just_when_its_value_is_empty(session: Session, typed: str) -> None:
    for word in (typed, None):
        customer = Customer(name=typed, document=word)
        plan = Plan(administrator=typed, name=f"{typed}{word}", model=word)
        session.add_all([customer, plan])
        session.flush()
        subscription = Subscription(
            customer_id=customer.id,
            plan_id=plan.id,
            administrator=typed,
            group_code=word,
            order_code=f"{typed}{word}",
            contract_number=word,
        )
        session.add(subscription)
        session.flush()
        coupon = Coupon(
            subscription_id=subscription.id,
            instalment=1,
            amount=Decimal(10),
            due_date=NOON.date(),
            payment_code=word,
        )
        session.add(coupon)
        session.flush()
        for coupon_id in (coupon.id, 0):
            _compare(session, subscription.id, coupon_id, typed)


def _compare(session: Session, subscription_id: int, coupon_id: int, typed: str) -> None:
    fields = {str(number): field for number, field in enumerate(FIELDS, start=1)}
    texts = {"campaign.text_1": typed}
    coupon = select(Coupon).where(Coupon.id == coupon_id).subquery("coupon")
    filled = personal.values(fields, coupon.c, texts)
    said = personal.missing(fields, coupon.c, texts)
    empty = [func.coalesce(value, "") == "" for value in filled.values()]
    row = session.execute(
        select(*(each.label(f"e{n}") for n, each in enumerate(empty)))
        .add_columns(*(each.label(f"s{n}") for n, each in enumerate(said)))
        .select_from(Subscription)
        .join(Customer, Customer.id == Subscription.customer_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(coupon, literal(True))
        .where(Subscription.id == subscription_id)
    ).one()
    half = len(empty)

    assert dict(zip(FIELDS, row[:half], strict=True)) == dict(zip(FIELDS, row[half:], strict=True))
