"""A small office that can launch campaigns: customers with phones, subscriptions and coupons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import launching, lifecycle, progress
from campaigns.audience import Preview, preview_audience
from campaigns.audience_filter import AudienceFilter
from campaigns.catalogue import install_catalogue
from campaigns.times import Times
from messaging.phone_formats import match_key
from models.campaign import Campaign, SharedPhonePolicy
from models.case import Case
from models.coupon import Coupon
from models.message import Message
from models.people import ContactPoint, Customer, CustomerContact
from models.states import SubscriptionState, TemplateState
from models.subscription import Plan, Subscription
from models.template import Line, Portfolio, Template, TemplateCategory, TemplateVersion

TIMES = Times()
ZONE = "America/Argentina/Buenos_Aires"
ANA, BEN, CAZ = "+5491155550001", "+5491155550002", "+5491155550003"
GREETING = {"1": "customer.first_name"}
WITH_COUPON = {"1": "customer.first_name", "2": "coupon.amount", "3": "coupon.due_date"}
_numbers = count(1)


@dataclass
class Office:
    """One line and one plan; everything else is made when it is asked for."""

    session: Session
    now: datetime
    line: Line = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        install_catalogue(self.session)
        portfolio = Portfolio(name="Principal")
        self.plan = Plan(administrator="Autoplan", name="Plan 100 %", model="Cronos")
        self.session.add_all([portfolio, self.plan])
        self.session.flush()
        self.line = self.a_line()
        self.session.commit()

    def a_line(self, *, rate: int = 80) -> Line:
        portfolio_id = self.session.scalars(select(Portfolio.id)).first()
        line = Line(
            portfolio_id=portfolio_id,
            name="Línea",
            sender=f"+54911{4_000_0000 + next(_numbers)}",
            rate_per_second=rate,
        )
        self.session.add(line)
        self.session.flush()
        return line

    def contact(self, phone: str) -> ContactPoint:
        found = self.session.scalar(select(ContactPoint).where(ContactPoint.phone == phone))
        if found is None:
            found = ContactPoint(phone=phone, match_key=match_key(phone))
            self.session.add(found)
            self.session.flush()
        return found

    def customer(self, name: str = "SOSA, ANA", phone: str | None = ANA) -> Customer:
        customer = Customer(name=name)
        self.session.add(customer)
        self.session.flush()
        if phone is not None:
            self.session.add(
                CustomerContact(
                    customer_id=customer.id,
                    contact_point_id=self.contact(phone).id,
                    preferred=True,
                )
            )
            self.session.flush()
        return customer

    def subscription(
        self,
        customer: Customer | None = None,
        *,
        overdue: int = 0,
        custom: dict[str, str] | None = None,
        state: SubscriptionState = SubscriptionState.ACTIVE,
        due: date | None = None,
        plan: Plan | None = None,
    ) -> Subscription:
        """A contract, with a coupon if it is ``due``."""
        number = next(_numbers)
        subscription = Subscription(
            customer_id=(customer or self.customer()).id,
            plan_id=(plan or self.plan).id,
            administrator=(plan or self.plan).administrator,
            group_code="1042",
            order_code=str(number),
            contract_number=f"C{number}",
            instalments_overdue=overdue,
            custom=custom or {},
            state=state,
        )
        self.session.add(subscription)
        self.session.flush()
        if due is not None:
            self.coupon(subscription, due=due)
        return subscription

    def coupon(self, subscription: Subscription, *, due: date, **values: Any) -> Coupon:
        coupon = Coupon(
            subscription_id=subscription.id,
            instalment=values.pop("instalment", 14),
            amount=values.pop("amount", Decimal("45300.50")),
            due_date=due,
            **values,
        )
        self.session.add(coupon)
        self.session.flush()
        return coupon

    def crowd(self, size: int) -> list[Subscription]:
        """As many people with a phone and a subscription each."""
        return [
            self.subscription(self.customer(f"Cliente {one}", f"+54911{6_000_0000 + one}"))
            for one in range(size)
        ]

    def template(
        self,
        fields: Mapping[str, str] = GREETING,
        *,
        state: TemplateState = TemplateState.APPROVED,
    ) -> str:
        name = f"aviso_{next(_numbers)}"
        template = Template(name=name, category=TemplateCategory.UTILITY)
        self.session.add(template)
        self.session.flush()
        self.session.add(
            TemplateVersion(
                template_id=template.id,
                number=1,
                body="Hola {{1}}.",
                fields=dict(fields),
                samples=dict.fromkeys(fields, "x"),
                state=state,
            )
        )
        self.session.flush()
        return name

    def campaign(
        self,
        fields: Mapping[str, str] | None = GREETING,
        *,
        audience: AudienceFilter | None = None,
        shared_phone: SharedPhonePolicy = SharedPhonePolicy.EACH,
        type_code: str = "mora",
        template: str | None = None,
        texts: Mapping[str, str] | None = None,
        line: Line | None = None,
        ends_on: date | None = None,
    ) -> Campaign:
        """A draft, committed; without ``fields`` one of phone calls."""
        if template is None and fields is not None:
            template = self.template(fields)
        campaign = lifecycle.create_campaign(
            self.session,
            name=f"Campaña {next(_numbers)}",
            type_code=type_code,
            line_id=(line or self.line).id,
            audience=audience or AudienceFilter(),
            template=template,
            texts=texts,
            shared_phone=shared_phone,
            ends_on=ends_on,
        )
        self.session.commit()
        return campaign

    def preview(self, campaign: Campaign) -> Preview:
        recipe = launching.recipe_of(self.session, campaign, now=self.now, zone=ZONE)
        return preview_audience(self.session, recipe, now=self.now)

    def launch(self, campaign: Campaign) -> int:
        size = launching.launch_campaign(self.session, campaign.id, now=self.now, zone=ZONE)
        self.session.commit()
        return size

    def plan_chunk(self, campaign: Campaign, size: int = launching.CHUNK) -> int | None:
        return plan_chunk(self.session, campaign.id, now=self.now, size=size)

    def launched(self, campaign: Campaign, *, size: int = launching.CHUNK) -> Campaign:
        """Launch it and plan all of it; after every chunk its account must add up."""
        self.launch(campaign)
        assert self.adds_up(campaign)
        while self.plan_chunk(campaign, size) is not None:
            assert self.adds_up(campaign)
        assert self.adds_up(campaign)
        return campaign

    def adds_up(self, campaign: Campaign) -> bool:
        """The sum of all states and of what is not planned is the audience; so is the ledger's."""
        self.session.expire_all()
        shown = progress.progress_of(self.session, campaign.id)
        return (
            shown.adds_up
            and shown.audience == campaign.audience_size
            and shown.not_planned >= 0
            and shown.states == progress.true_states(self.session, campaign.id)
        )

    def messages(self, campaign: Campaign) -> list[Message]:
        """In the order of their subscriptions."""
        return list(
            self.session.scalars(
                select(Message)
                .join(Case, Case.id == Message.case_id)
                .where(Message.campaign_id == campaign.id)
                .order_by(Case.subscription_id)
                .execution_options(populate_existing=True)
            )
        )

    def message_of(self, campaign: Campaign, subscription: Subscription) -> Message:
        return self.session.scalars(
            select(Message)
            .join(Case, Case.id == Message.case_id)
            .where(Message.campaign_id == campaign.id, Case.subscription_id == subscription.id)
            .execution_options(populate_existing=True)
        ).one()

    def reasons(self, campaign: Campaign) -> list[str | None]:
        return [message.reason for message in self.messages(campaign)]


def plan_chunk(
    session: Session, campaign_id: int, *, now: datetime, size: int = launching.CHUNK
) -> int | None:
    """One chunk, committed."""
    line_id = launching.plan_chunk(
        session, campaign_id, now=now, times=TIMES, share=0.9, zone=ZONE, size=size
    )
    session.commit()
    return line_id
