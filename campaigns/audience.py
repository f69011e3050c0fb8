"""Who a campaign reaches: the filter, who passes it, and why one who passes gets nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, join

from campaigns import personal
from campaigns.audience_filter import AudienceFilter
from campaigns.coupons import GRACE
from models.campaign import Campaign, SharedPhonePolicy
from models.case import Case
from models.coupon import Coupon
from models.message import Cause, Direction, Message
from models.people import ContactPoint, Customer, CustomerContact, OptOut, Purpose
from models.states import PAYABLE_COUPON, CampaignState, MessageState
from models.subscription import Plan, Subscription

# Reasons of `skipped`: who must not get it still has his row.
NO_VALID_PHONE = "no_valid_phone"
OPTED_OUT = "opted_out"
COUPON_NOT_PAYABLE = "coupon_not_payable"
MISSING_VARIABLE = "missing_variable"
IN_OTHER_CAMPAIGN = "in_other_campaign"
CONTACTED_RECENTLY = "contacted_recently"
PHONE_ALREADY_IN_CAMPAIGN = "phone_already_in_campaign"
COVERED = "covered_by"  # followed by ":<message id>"


def passes(audience: AudienceFilter, *, today: date) -> list[ColumnElement[bool]]:
    """The filter as conditions on `Subscription`."""
    conditions: list[ColumnElement[bool]] = [Subscription.state.in_(audience.states)]
    if audience.administrators:
        conditions.append(Subscription.administrator.in_(audience.administrators))
    if audience.plans:
        plan_ids = select(Plan.id).where(Plan.name.in_(audience.plans))
        conditions.append(Subscription.plan_id.in_(plan_ids))
    if audience.car_models:
        plan_ids = select(Plan.id).where(Plan.model.in_(audience.car_models))
        conditions.append(Subscription.plan_id.in_(plan_ids))
    if audience.overdue_min is not None:
        conditions.append(Subscription.instalments_overdue >= audience.overdue_min)
    if audience.overdue_max is not None:
        conditions.append(Subscription.instalments_overdue <= audience.overdue_max)
    if audience.paid_min is not None:
        conditions.append(Subscription.instalments_paid >= audience.paid_min)
    if audience.paid_max is not None:
        conditions.append(Subscription.instalments_paid <= audience.paid_max)
    if audience.custom:
        conditions.append(Subscription.custom.contains(dict(audience.custom)))
    if audience.due_from is not None or audience.due_to is not None:
        conditions.append(
            exists().where(
                Coupon.subscription_id == Subscription.id, *_payable(audience, today=today)
            )
        )
    return conditions


def _payable(audience: AudienceFilter, *, today: date) -> list[ColumnElement[bool]]:
    """Coupons that can still be paid: a job expires them too, but not at this very moment."""
    last_day = func.coalesce(Coupon.second_due_date, Coupon.due_date)
    conditions: list[ColumnElement[bool]] = [
        Coupon.state.in_(PAYABLE_COUPON),
        last_day >= today - GRACE,
    ]
    if audience.due_from is not None:
        conditions.append(Coupon.due_date >= audience.due_from)
    if audience.due_to is not None:
        conditions.append(Coupon.due_date <= audience.due_to)
    return conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What decides, beside the filter, what one subscription of an audience gets."""

    campaign_id: int
    purpose: Purpose
    shared_phone: SharedPhonePolicy
    audience: AudienceFilter
    fields: Mapping[str, str]  # of the template version: {"1": "customer.first_name"}
    texts: Mapping[str, str]  # of the step: {"campaign.text_1": "…"}
    sends: bool  # False: a campaign of phone calls
    today: date

    @property
    def needs_coupon(self) -> bool:
        return any(name.startswith(("coupon.", "coupon_link.")) for name in self.fields.values())


def members(
    recipe: Recipe,
    *,
    after: int = 0,
    through: int | None = None,
    siblings_through: int | None = None,
) -> Select[int]:
    """Ids of subscriptions that pass and have no case yet, in order, within these bounds.

    With ``siblings_through``, everyone up to that id who shares a phone with one of them comes
    along: what a phone gets is decided among all of its subscriptions at once.
    """
    passing = [
        *passes(recipe.audience, today=recipe.today),
        ~exists().where(
            Case.campaign_id == recipe.campaign_id, Case.subscription_id == Subscription.id
        ),
    ]
    bounds = [Subscription.id > after]
    if through is not None:
        bounds.append(Subscription.id <= through)
    within = select(Subscription.id).where(*passing, *bounds).order_by(Subscription.id)
    if siblings_through is None:
        return within
    chunk = within.cte("chunk")
    own, shared, member = aliased(CustomerContact), aliased(CustomerContact), aliased(Subscription)
    phones = (
        select(own.contact_point_id)
        .join(member, member.customer_id == own.customer_id)
        .join(chunk, chunk.c.id == member.id)
        .where(own.preferred)
    )
    siblings = (
        select(Subscription.id)
        .join(shared, and_(shared.customer_id == Subscription.customer_id, shared.preferred))
        .where(shared.contact_point_id.in_(phones), Subscription.id <= siblings_through, *passing)
    )
    return select(select(chunk.c.id).union(siblings).subquery().c.id)


def candidates(
    recipe: Recipe, member_ids: Select[int], *, now: datetime, of_all: bool = False
) -> Subquery:
    """One row per member: contact point, coupon, frozen variables, and `reason` to skip it.

    ``of_all``: the members may be everybody, so coupons are read at once and not one by one.

    Columns: subscription_id, contact_point_id, address, coupon_id, expires_on, variables, reason,
    place (1 for the first message of a phone, None when skipped).
    """
    payable = select(Coupon).where(*_payable(recipe.audience, today=recipe.today))
    coupon: FromClause
    asked: Any = Subscription
    which: list[ColumnElement[bool]] = []
    if of_all:
        first = (Coupon.subscription_id, Coupon.due_date, Coupon.id)
        each = payable.ext(distinct_on(Coupon.subscription_id)).order_by(*first)
        coupon = each.subquery("coupon")
        its_own = coupon.c.subscription_id == Subscription.id
        assert member_ids.whereclause is not None, "of everybody, by conditions"
        which.append(member_ids.whereclause)  # asked of each as it is read, not looked up again
    else:
        member = member_ids.cte("members")
        asked = join(member, Subscription, Subscription.id == member.c.id)
        its_own = Coupon.subscription_id == Subscription.id
        one = payable.where(its_own).order_by(Coupon.due_date, Coupon.id).limit(1)
        coupon, its_own = one.lateral("coupon"), literal(True)
    values = personal.values(recipe.fields, coupon.c, recipe.texts)
    missing = personal.missing(recipe.fields, coupon.c, recipe.texts)
    facts = (
        select(
            Subscription.id.label("subscription_id"),
            ContactPoint.id.label("contact_point_id"),
            func.coalesce(ContactPoint.phone, ContactPoint.bsuid).label("address"),
            coupon.c.id.label("coupon_id"),
            coupon.c.due_date.label("due_date"),
            func.coalesce(coupon.c.second_due_date, coupon.c.due_date).label("expires_on"),
            Subscription.instalments_overdue.label("overdue"),
            personal.frozen(values).label("variables"),
            personal.in_a_list(coupon.c).label("line"),
            case(
                (or_(ContactPoint.id.is_(None), ~ContactPoint.is_valid), NO_VALID_PHONE),
                (_opted_out(recipe.purpose), OPTED_OUT),
                (
                    and_(literal(recipe.needs_coupon), coupon.c.id.is_(None)),
                    COUPON_NOT_PAYABLE,
                ),
                (or_(literal(False), *missing), MISSING_VARIABLE),
                (_in_other_campaign(recipe), IN_OTHER_CAMPAIGN),
                (_contacted_recently(recipe, now=now), CONTACTED_RECENTLY),
                else_=null(),
            ).label("reason"),
        )
        .select_from(asked)
        .where(*which)
        .join(Customer, Customer.id == Subscription.customer_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(
            CustomerContact,
            and_(CustomerContact.customer_id == Customer.id, CustomerContact.preferred),
        )
        .outerjoin(ContactPoint, ContactPoint.id == CustomerContact.contact_point_id)
        .outerjoin(coupon, its_own)
        .offset(0)  # what is found out about each is found out once, not wherever it is used
        .cte("facts")
    )
    return _placed(recipe, facts)


def _placed(recipe: Recipe, facts: CTE) -> Subquery:
    """Give each phone's messages their order, and apply the policy for a shared phone."""
    sendable = facts.c.reason.is_(None)
    of_a_phone = [facts.c.contact_point_id, sendable]
    urgency = [
        facts.c.due_date.asc().nulls_last(),
        facts.c.overdue.desc(),
        facts.c.subscription_id,
    ]
    place = func.row_number().over(partition_by=of_a_phone, order_by=urgency)
    listing = func.string_agg(facts.c.line, "; ").over(
        partition_by=of_a_phone,
        order_by=urgency,
        rows=(None, None),  # the whole phone, not only up to this row
    )
    ordered = select(facts, place.label("place"), listing.label("listing")).cte("ordered")
    extra = and_(ordered.c.reason.is_(None), ordered.c.place > 1)
    reason: ColumnElement[Any] = ordered.c.reason
    if recipe.shared_phone is SharedPhonePolicy.MOST_URGENT:
        reason = case((extra, PHONE_ALREADY_IN_CAMPAIGN), else_=ordered.c.reason)
    elif recipe.shared_phone is SharedPhonePolicy.LIST:
        reason = case((extra, COVERED), else_=ordered.c.reason)
    variables: ColumnElement[Any] = ordered.c.variables
    if recipe.shared_phone is SharedPhonePolicy.LIST:
        variables = personal.with_listing(variables, recipe.fields, ordered.c.listing)
    return select(
        *(ordered.c[name] for name in _AS_IT_IS),
        variables.label("variables"),
        reason.label("reason"),
        case((ordered.c.reason.is_(None), ordered.c.place), else_=null()).label("place"),
    ).subquery("candidates")


_AS_IT_IS = (
    "subscription_id",
    "contact_point_id",
    "address",
    "coupon_id",
    "expires_on",
)


def _opted_out(purpose: Purpose) -> ColumnElement[bool]:
    return exists().where(
        OptOut.contact_point_id == ContactPoint.id,
        OptOut.revoked_at.is_(None),
        OptOut.purpose.in_((purpose, Purpose.ALL)),
    )


def _in_other_campaign(recipe: Recipe) -> ColumnElement[bool]:
    if not recipe.audience.not_in_other_campaigns:
        return literal(False)
    return exists().where(
        Case.subscription_id == Subscription.id,
        Case.campaign_id != recipe.campaign_id,
        Case.finished_at.is_(None),
        Campaign.id == Case.campaign_id,
        Campaign.state == CampaignState.RUNNING,
    )


def _contacted_recently(recipe: Recipe, *, now: datetime) -> ColumnElement[bool]:
    days = recipe.audience.not_contacted_for_days
    if days is None:
        return literal(False)
    return exists().where(
        Message.contact_point_id == ContactPoint.id,
        Message.direction == Direction.OUT,
        Message.cause.in_((Cause.CAMPAIGN, Cause.REMINDER)),
        Message.state.not_in((MessageState.SKIPPED, MessageState.CANCELLED)),
        Message.created_at > now - func.make_interval(0, 0, 0, days),
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """What a launch would do now: `matching` is the sum of the other two."""

    matching: int
    recipients: int
    excluded: Mapping[str, int]  # by reason


def preview_audience(session: Session, recipe: Recipe, *, now: datetime) -> Preview:
    """Count who would get it, and who would not and why; phone calls leave nobody out."""
    if not recipe.sends:
        listed = select(func.count()).select_from(members(recipe).subquery())
        size = session.execute(listed).scalar_one()
        return Preview(size, size, {})
    rows = candidates(recipe, members(recipe), now=now, of_all=True)
    counted = session.execute(select(rows.c.reason, func.count()).group_by(rows.c.reason)).all()
    recipients = sum(count for reason, count in counted if reason is None)
    excluded = {reason: count for reason, count in counted if reason is not None}
    return Preview(recipients + sum(excluded.values()), recipients, excluded)
