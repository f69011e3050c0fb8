"""A campaign that sends Ana and Ben their coupons: enough world for a coupon and its link."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.catalogue import install_catalogue
from campaigns.coupons import usable_until
from messaging.tokens import Signer, TokenKind
from models.campaign import Campaign, CampaignType
from models.case import Case
from models.coupon import Coupon, CouponLink
from models.message import ID_BLOCK, Cause, Direction, Message
from models.people import ContactPoint, Customer
from models.states import CampaignState, MessageState, SendingState
from models.subscription import Plan, Subscription
from models.template import Line, Portfolio, Template, TemplateCategory, TemplateVersion
from tests.doubts import said_of

HOME = ZoneInfo("America/Argentina/Buenos_Aires")


@dataclass(frozen=True)
class Sent:
    """One recipient's rows, by id."""

    coupon_id: int
    case_id: int
    message_id: int
    contact_point_id: int
    campaign_id: int

    def token(self, signer: Signer) -> str:
        return signer.sign(TokenKind.COUPON_LINK, self.message_id)


@dataclass
class SentCoupons:
    """Sends coupons to whom it is told, in a campaign of one type."""

    session: Session
    now: datetime
    campaign: Campaign
    version: TemplateVersion
    plan: Plan
    people: int = 0

    @classmethod
    def of_type(cls, session: Session, code: str, *, now: datetime) -> "SentCoupons":
        install_catalogue(session)
        type_id = session.scalars(select(CampaignType.id).where(CampaignType.code == code)).one()
        portfolio = Portfolio(name=f"Cartera {code}")
        template = Template(name=f"aviso_{code}", category=TemplateCategory.UTILITY)
        plan = Plan(administrator="Autoplan", name=f"Plan {code}")
        session.add_all([portfolio, template, plan])
        session.flush()
        line = Line(portfolio_id=portfolio.id, name=code, sender=f"+54911{4_000_0000 + type_id}")
        version = TemplateVersion(
            template_id=template.id, number=1, body="Tu cuota", fields={}, samples={}
        )
        session.add_all([line, version])
        session.flush()
        campaign = Campaign(
            name=code,
            campaign_type_id=type_id,
            line_id=line.id,
            state=CampaignState.RUNNING,
            sending_state=SendingState.SENDING,
        )
        session.add(campaign)
        session.flush()
        return cls(session, now, campaign, version, plan)

    def to(
        self,
        name: str,
        *,
        state: MessageState = MessageState.PLANNED,
        due: date = date(2026, 11, 25),
        second_due: date | None = date(2026, 12, 5),
        payment_url: str | None = "https://pagos.example/0042",
    ) -> Sent:
        """One more customer with a subscription, a coupon, a case and its message."""
        self.people += 1
        number = self.campaign.id * 100 + self.people
        session = self.session
        customer = Customer(name=name, document=str(30_000_000 + number))
        contact = ContactPoint(
            phone=f"+54911{5_555_0000 + number}", match_key=str(5_555_0000 + number)
        )
        session.add_all([customer, contact])
        session.flush()
        subscription = Subscription(
            customer_id=customer.id,
            plan_id=self.plan.id,
            administrator="Autoplan",
            group_code="1042",
            order_code=str(number),
        )
        session.add(subscription)
        session.flush()
        coupon = Coupon(
            subscription_id=subscription.id,
            instalment=14,
            amount=Decimal("45300.50"),
            amount_as_of=date(2026, 11, 18),
            due_date=due,
            second_due_date=second_due,
            payment_code="0042-7781",
            payment_url=payment_url,
        )
        case = Case(
            campaign_id=self.campaign.id,
            subscription_id=subscription.id,
            contact_point_id=contact.id,
        )
        session.add_all([coupon, case])
        session.flush()
        message = Message(
            id=number * ID_BLOCK,
            direction=Direction.OUT,
            state=state,
            line_id=self.campaign.line_id,
            contact_point_id=contact.id,
            address=contact.phone,
            cause=Cause.CAMPAIGN,
            case_id=case.id,
            campaign_id=self.campaign.id,
            sequence=1,
            template_version_id=self.version.id,
            variables={},
            coupon_id=coupon.id,
            due_at=self.now,
            **said_of(state, self.now),
        )
        session.add(message)
        session.flush()
        session.add(
            CouponLink(
                message_id=message.id,
                coupon_id=coupon.id,
                expires_at=usable_until(due, second_due, HOME),
            )
        )
        session.flush()
        return Sent(coupon.id, case.id, message.id, contact.id, self.campaign.id)
