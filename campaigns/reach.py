"""Whom an audience reaches, person by person, and what a filter can be chosen from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Subquery, func, select
from sqlalchemy.orm import Session

from campaigns.audience import Recipe, candidates, members
from models.people import Customer
from models.subscription import Plan, Subscription

_FIRST_LOOK = 200
_SAMPLE = 2_000  # subscriptions whose own columns are looked at; the newest ones
_MOST_COLUMNS = 12
_MOST_VALUES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One subscription of an audience, with what its message would say."""

    subscription_id: int
    customer: str
    plan: str
    group: str | None
    order: str | None
    overdue: int
    contact_point_id: int | None
    address: str | None
    coupon_id: int | None
    variables: Mapping[str, str | None]  # frozen ones alone; tokens come when it is sent
    reason: str | None  # why it gets nothing

    @property
    def missing(self) -> tuple[str, ...]:
        """Variables that this person has no value for."""
        return tuple(key for key, value in self.variables.items() if not value)


def recipients(
    session: Session, recipe: Recipe, *, now: datetime, limit: int, after: int = 0
) -> list[Reached]:
    """The first who would get it, by subscription id; a campaign of calls reaches everybody."""
    return _listed(session, recipe, None, now=now, limit=limit, after=after)


def left_out(
    session: Session, recipe: Recipe, reason: str, *, now: datetime, limit: int, after: int = 0
) -> list[Reached]:
    """The first who pass the filter and get nothing for this reason, by subscription id."""
    return _listed(session, recipe, reason, now=now, limit=limit, after=after)


def _listed(
    session: Session, recipe: Recipe, reason: str | None, *, now: datetime, limit: int, after: int
) -> list[Reached]:
    """Look at a growing part of the audience, until enough are found or nobody is left."""
    found: list[Reached] = []
    size = max(_FIRST_LOOK, limit * 4)
    while len(found) < limit:
        ids = members(recipe, after=after).limit(size).subquery()
        last = session.execute(select(func.max(ids.c.id))).scalar_one()
        if last is None:
            break
        # whoever shares a phone decides with it, wherever in the audience he stands
        chunk = members(recipe, after=after, through=last, siblings_through=_EVERYBODY)
        rows = candidates(recipe, chunk, now=now)
        found += _people(session, rows, recipe, reason, after, last, limit - len(found))
        after, size = last, size * 8
    return found


_EVERYBODY = 2**62


def _people(
    session: Session,
    rows: Subquery,
    recipe: Recipe,
    reason: str | None,
    after: int,
    through: int,
    limit: int,
) -> Iterable[Reached]:
    wanted = (
        select(rows, Customer.name, Plan.name.label("plan"), Subscription)
        .join(Subscription, Subscription.id == rows.c.subscription_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(rows.c.subscription_id > after, rows.c.subscription_id <= through)
        .order_by(rows.c.subscription_id)
        .limit(limit)
    )
    if recipe.sends:
        wanted = wanted.where(
            rows.c.reason.is_(None) if reason is None else rows.c.reason == reason
        )
    return [_reached(row) for row in session.execute(wanted)]


def _reached(row: Row[*tuple[object, ...]]) -> Reached:
    subscription: Subscription = row.Subscription
    return Reached(
        subscription_id=subscription.id,
        customer=row.name,
        plan=row.plan,
        group=subscription.group_code,
        order=subscription.order_code,
        overdue=subscription.instalments_overdue,
        contact_point_id=row.contact_point_id,
        address=row.address,
        coupon_id=row.coupon_id,
        variables=row.variables,
        reason=row.reason,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoices:
    """What the filters of an audience can be chosen from."""

    administrators: tuple[str, ...]
    plans: tuple[str, ...]
    car_models: tuple[str, ...]
    custom: Mapping[str, tuple[str, ...]]  # the files' own columns, with values seen lately


def filter_choices(session: Session) -> FilterChoices:
    """Three queries, whatever the size: columns of files are looked up in the newest rows."""
    plans = session.execute(select(Plan.administrator, Plan.name, Plan.model)).all()
    administrators = session.scalars(
        select(Subscription.administrator).distinct().order_by(Subscription.administrator)
    )
    newest = select(Subscription.custom).order_by(Subscription.id.desc()).limit(_SAMPLE).subquery()
    pairs = func.jsonb_each_text(newest.c.custom).table_valued("key", "value")
    seen: dict[str, list[str]] = {}
    for key, value in session.execute(
        select(pairs.c.key, pairs.c.value)
        .select_from(newest.join(pairs, newest.c.custom.is_not(None)))
        .distinct()
        .order_by(pairs.c.key, pairs.c.value)
    ):
        if value and value.strip():
            seen.setdefault(key, []).append(value)
    return FilterChoices(
        administrators=tuple(name for name in administrators if name),
        plans=_names(plan.name for plan in plans),
        car_models=_names(plan.model for plan in plans),
        custom={key: tuple(seen[key][:_MOST_VALUES]) for key in list(seen)[:_MOST_COLUMNS]},
    )


def _names(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({name for name in found if name}))
