"""What the records of a case give to fill a template, a quick text, a script or an answer with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from campaigns import personal
from messaging.templates import COUPON_LINK_TOKEN
from models.campaign import CampaignStep
from models.case import Case
from models.coupon import Coupon
from models.people import Customer
from models.states import PAYABLE_COUPON
from models.subscription import Plan, Subscription


@dataclass(frozen=True, slots=True)
class Filling:
    """The coupon it would be about, and field → value; what has none is left out."""

    coupon_id: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def variables(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Of a template's ``fields`` ({"1": "customer.first_name"}) those there is a value for."""
        return {key: self.values[name] for key, name in fields.items() if self.values.get(name)}

    def missing(self, fields: Mapping[str, str]) -> tuple[str, ...]:
        """The fields of a template that there is no value for: it cannot go."""
        known = self.variables(fields)
        lacking = tuple(
            name
            for key, name in fields.items()
            if key not in known and not personal.is_derived(name)
        )
        if COUPON_LINK_TOKEN in fields.values() and self.coupon_id is None:
            lacking = (*lacking, COUPON_LINK_TOKEN)
        return lacking


def wants_coupon(fields: Mapping[str, str]) -> bool:
    return any(name.startswith("coupon") for name in fields.values())


def texts_of(session: Session, campaign_id: int) -> dict[str, str]:
    """What a campaign says itself, in any of its steps."""
    texts: dict[str, str] = {}
    for given in session.scalars(
        select(CampaignStep.texts)
        .where(CampaignStep.campaign_id == campaign_id)
        .order_by(CampaignStep.position.desc())  # what goes out at launch has the last word
    ):
        texts |= {key: str(value) for key, value in given.items()}
    return texts


def fillings(
    session: Session,
    case_ids: Sequence[int],
    fields: set[str],
    *,
    texts: Mapping[str, str],
    coupon_id: int | None = None,
) -> dict[int, Filling]:
    """Case → its values, one query; of the coupon named, else of the oldest that can be paid."""
    wanted = sorted(name for name in fields if not personal.is_derived(name))
    known = [name for name in wanted if name in texts or not name.startswith("campaign.")]
    which = Coupon.id == coupon_id if coupon_id is not None else Coupon.state.in_(PAYABLE_COUPON)
    coupon = (
        select(Coupon)
        .where(Coupon.subscription_id == Subscription.id, which)
        .order_by(Coupon.due_date, Coupon.id)
        .limit(1)
        .correlate(Subscription)
        .lateral("coupon")
    )
    expressions = personal.values(
        {str(place): name for place, name in enumerate(known, start=1)}, coupon.c, texts
    )
    rows = session.execute(
        select(
            Case.id,
            coupon.c.id,
            *(func.coalesce(expressions[str(place)], "") for place in range(1, len(known) + 1)),
        )
        .join(Subscription, Subscription.id == Case.subscription_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(coupon, true())
        .where(Case.id.in_(case_ids))
    )
    found = {
        row[0]: Filling(
            row[1], {name: value for name, value in zip(known, row[2:], strict=True) if value}
        )
        for row in rows
    }
    return {case_id: found.get(case_id, Filling()) for case_id in case_ids}


def values_of_case(
    session: Session, case: Case, fields: Collection[str], coupon_id: int | None
) -> dict[str, str]:
    """Field → value of this case's records; what has none is left out."""
    wanted = set(fields)
    texts: dict[str, str] = {}
    if any(name.startswith("campaign.") for name in wanted):
        texts = texts_of(session, case.campaign_id)
    filled = fillings(session, [case.id], wanted, texts=texts, coupon_id=coupon_id)
    return dict(filled[case.id].values)


def payable_coupon(session: Session, subscription_id: int | None) -> int | None:
    """The oldest instalment that can be paid."""
    return session.scalar(
        select(Coupon.id)
        .where(Coupon.subscription_id == subscription_id, Coupon.state.in_(PAYABLE_COUPON))
        .order_by(Coupon.due_date, Coupon.id)
        .limit(1)
    )
