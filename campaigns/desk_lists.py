"""Short lists that come with the head of a case, in its one query: coupons and phones, as JSON."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Text, case, cast, column, func, select, table
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from campaigns.coupon_links import WITH_THE_CUSTOMER
from campaigns.customers import CustomerPhone
from campaigns.figures import is_paid_since
from models.coupon import Coupon
from models.people import ContactPoint, CustomerContact
from models.states import CouponState
from models.subscription import Subscription

# Of coupons that the person may see, and so not narrowed again.
_links = table("coupon_links", column("message_id"), column("coupon_id"))
_messages = table("messages", column("id"), column("state"))


def coupons_of_subscription() -> ScalarSelect[Any]:
    """All coupons of the statement's subscription, the latest instalment first."""
    each = aliased(Coupon)
    shown = func.json_build_object(
        "id", each.id,
        "instalment", each.instalment,
        "amount", cast(each.amount, Text),
        "currency", each.currency,
        "due_date", each.due_date,
        "second_due_date", each.second_due_date,
        "state", _shown_state(each),
        "paid_on", each.paid_on,
        "is_paid_since", is_paid_since(each),
    )  # fmt: skip
    return (
        select(func.json_agg(aggregate_order_by(shown, each.instalment.desc())))
        .where(each.subscription_id == Subscription.id)
        .correlate(Subscription)
        .scalar_subquery()
    )


def _shown_state(each: type[Coupon]) -> ColumnElement[str]:
    """As `subscription_sheet` shows it: issued, and sent once a message took it to somebody."""
    is_sent = (
        select(_links.c.message_id)
        .join(_messages, _messages.c.id == _links.c.message_id)
        .where(_links.c.coupon_id == each.id, _messages.c.state.in_(WITH_THE_CUSTOMER))
        .exists()
    )
    return case(
        ((each.state == CouponState.ISSUED) & is_sent, CouponState.SENT.value),
        else_=cast(each.state, Text),
    )


def phones_of_customer() -> ScalarSelect[Any]:
    """Those of the statement's customer, the one that campaigns write to first."""
    contact, point = aliased(CustomerContact), aliased(ContactPoint)
    shown = func.json_build_object(
        "contact_point_id", point.id,
        "phone", point.phone,
        "preferred", contact.preferred,
        "is_valid", point.is_valid,
    )  # fmt: skip
    return (
        select(func.json_agg(aggregate_order_by(shown, contact.preferred.desc(), point.id)))
        .select_from(contact)
        .join(point, point.id == contact.contact_point_id)
        .where(contact.customer_id == Subscription.customer_id)
        .correlate(Subscription)
        .scalar_subquery()
    )


def phones(found: Sequence[Mapping[str, Any]] | None) -> tuple[CustomerPhone, ...]:
    return tuple(CustomerPhone(**each) for each in found or ())


def coupon_values(found: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """As records have them: days, and money that is no float."""
    return [
        {
            **each,
            "amount": Decimal(each["amount"]),
            "due_date": date.fromisoformat(each["due_date"]),
            "second_due_date": each["second_due_date"]
            and date.fromisoformat(each["second_due_date"]),
            "paid_on": each["paid_on"] and date.fromisoformat(each["paid_on"]),
        }
        for each in found or ()
    ]
