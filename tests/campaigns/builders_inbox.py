"""A small world of messages that have been sent, for what comes back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.catalogue import install_catalogue
from campaigns.events import Applied
from campaigns.inbox import apply_inbound, apply_statuses, store_event
from campaigns.times import Times
from messaging.errors import MalformedWebhook
from messaging.phone_formats import match_key
from messaging.tokens import Signer, TokenKind
from messaging.twilio.webhooks import parse_inbound, parse_status_callback
from models.campaign import Campaign, CampaignType, ResultType
from models.case import Case
from models.message import (
    Attempt,
    AttemptOutcome,
    Cause,
    Direction,
    EventKind,
    Message,
    WebhookEvent,
)
from models.people import ContactPoint, Customer
from models.states import CampaignState, MessageState, SendingState, TemplateState
from models.subscription import Plan, Subscription
from models.template import (
    ButtonKind,
    Line,
    Portfolio,
    Template,
    TemplateButton,
    TemplateCategory,
    TemplateVersion,
)
from tests.doubts import said_of

ACCOUNT = "AC" + "0" * 32
LINE = "+5491150000000"
ANA = "+5491155550001"
BEN = "+5491155550002"
SIGNER = Signer("k" * 48)
TIMES = Times()
_numbers = count(1)


def a_sid(prefix: str = "SM") -> str:
    return f"{prefix}{next(_numbers):032x}"


@dataclass
class World:
    """One line, one campaign of arrears whose template has five buttons."""

    session: Session
    now: datetime
    line: Line = field(init=False)
    version: TemplateVersion = field(init=False)
    campaign: Campaign = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        install_catalogue(self.session)
        portfolio = Portfolio(name=f"cartera {next(_numbers)}")
        self.plan = Plan(administrator="Autoplan", name="Plan 100 %")
        self.session.add_all([portfolio, self.plan])
        self.session.flush()
        self.line = Line(portfolio_id=portfolio.id, name="Línea 1", sender=LINE)
        self.session.add(self.line)
        self.version = self.a_version(
            [
                ("b1_{{5}}", "ya_pago", None),
                ("b2_{{6}}", "promesa_de_pago", None),
                ("b3_{{7}}", "no_desea_mensajes", None),
                ("b4_{{8}}", "se_niega", None),
                ("b5_{{9}}", None, None),
            ]
        )
        self.campaign = self.a_campaign()
        self.session.commit()

    def type_id(self, code: str) -> int:
        return self.session.scalars(select(CampaignType.id).where(CampaignType.code == code)).one()

    def result_type(self, code: str, type_code: str = "mora") -> ResultType:
        return self.session.scalars(
            select(ResultType).where(
                ResultType.code == code,
                (ResultType.campaign_type_id == self.type_id(type_code))
                | ResultType.campaign_type_id.is_(None),
            )
        ).one()

    def a_version(
        self, buttons: list[tuple[str, str | None, str | None]], type_code: str = "mora"
    ) -> TemplateVersion:
        template = Template(name=f"aviso_{next(_numbers)}", category=TemplateCategory.UTILITY)
        self.session.add(template)
        self.session.flush()
        version = TemplateVersion(
            template_id=template.id,
            number=1,
            body="Hola {{1}}.",
            fields={"1": "customer.first_name"},
            samples={"1": "Ana"},
            state=TemplateState.APPROVED,
        )
        self.session.add(version)
        self.session.flush()
        for position, (payload, code, value) in enumerate(buttons, start=1):
            self.session.add(
                TemplateButton(
                    template_version_id=version.id,
                    position=position,
                    kind=ButtonKind.QUICK_REPLY,
                    title=f"Botón {position}",
                    payload=payload,
                    result_type_id=self.result_type(code, type_code).id if code else None,
                    value=value,
                )
            )
        self.session.flush()
        return version

    def a_campaign(self, *, priority: int = 2, type_code: str = "mora") -> Campaign:
        campaign = Campaign(
            name=f"Campaña {next(_numbers)}",
            campaign_type_id=self.type_id(type_code),
            line_id=self.line.id,
            priority=priority,
            state=CampaignState.RUNNING,
            sending_state=SendingState.SENDING,
        )
        self.session.add(campaign)
        self.session.flush()
        return campaign

    def contact(self, phone: str) -> ContactPoint:
        found = self.session.scalar(select(ContactPoint).where(ContactPoint.phone == phone))
        if found is None:
            found = ContactPoint(phone=phone, match_key=match_key(phone))
            self.session.add(found)
            self.session.flush()
        return found

    def a_case(self, campaign: Campaign | None = None) -> Case:
        number = next(_numbers)
        customer = Customer(name=f"Cliente {number}")
        self.session.add(customer)
        self.session.flush()
        subscription = Subscription(
            customer_id=customer.id,
            plan_id=self.plan.id,
            administrator="Autoplan",
            contract_number=f"{number}",
        )
        self.session.add(subscription)
        self.session.flush()
        case = Case(campaign_id=(campaign or self.campaign).id, subscription_id=subscription.id)
        self.session.add(case)
        self.session.flush()
        return case

    def a_message(
        self,
        phone: str = ANA,
        *,
        state: MessageState = MessageState.SENT,
        sid: str | None = None,
        campaign: Campaign | None = None,
        version: TemplateVersion | None = None,
        case: Case | None = None,
        at: datetime | None = None,
        attempts: int = 1,
        cause: Cause = Cause.CAMPAIGN,
        sequence: int | None = 1,
    ) -> Message:
        """A campaign message with its case; its last attempt has ``sid`` if it was accepted."""
        case = case or self.a_case(campaign)
        at = at or self.now - timedelta(hours=1)
        accepted = state in (
            MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED, MessageState.READ,
        )  # fmt: skip
        sid = (sid or a_sid()) if accepted else sid
        message = Message(
            direction=Direction.OUT,
            state=state,
            line_id=self.line.id,
            contact_point_id=self.contact(phone).id,
            address=phone,
            cause=cause,
            case_id=case.id,
            campaign_id=case.campaign_id,
            sequence=sequence,
            template_version_id=(version or self.version).id,
            variables={"1": "Ana"},
            due_at=at,
            created_at=at,
            state_at=at,
            provider_sid=sid,
            attempts=attempts,
            **said_of(state, at),
        )
        self.session.add(message)
        self.session.flush()
        for number in range(1, attempts + 1):
            last = number == attempts
            self.session.add(
                Attempt(
                    message_id=message.id,
                    number=number,
                    owner="w1",
                    started_at=at,
                    outcome=AttemptOutcome.ACCEPTED if last and sid else None,
                    provider_sid=sid if last else None,
                )
            )
        self.session.commit()
        return message

    def payload(self, message: Message, position: int) -> str:
        token = SIGNER.sign(TokenKind.BUTTON, message.id, position)
        return f"b{position}_{token}"

    def status(
        self,
        message: Message | None,
        status: str,
        *,
        sid: str | None = None,
        attempt: int = 1,
        code: int | None = None,
        to: str | None = None,
        path_id: int | None = None,
    ) -> int:
        """Store a status callback, committed."""
        form = {
            "MessageSid": sid or (message.provider_sid if message else None) or a_sid(),
            "MessageStatus": status,
            "AccountSid": ACCOUNT,
            "From": f"whatsapp:{LINE}",
            "To": f"whatsapp:{to or (message.address if message else ANA)}",
        }
        if code is not None:
            form["ErrorCode"] = str(code)
        with_path = message is not None or path_id is not None
        event_id = store_event(
            self.session,
            EventKind.STATUS,
            list(form.items()),
            now=self.now,
            provider_sid=form["MessageSid"],
            message_id=(path_id or (message.id if message else None)) if with_path else None,
            attempt=attempt if with_path else None,
        )
        self.session.commit()
        return event_id

    def inbound(self, body: str = "", *, sender: str = ANA, **fields: str) -> int:
        """Store a message of a customer, committed; ``fields`` are Twilio's own names."""
        form = {
            "MessageSid": a_sid("SM"),
            "AccountSid": ACCOUNT,
            "From": f"whatsapp:{sender}",
            "To": f"whatsapp:{LINE}",
            "Body": body,
            "NumMedia": "0",
            **fields,
        }
        try:
            reply = parse_inbound(form)
        except MalformedWebhook:
            reply = None
        event_id = store_event(
            self.session,
            EventKind.INBOUND,
            list(form.items()),
            now=self.now,
            provider_sid=form["MessageSid"],
            reply=reply,
            signer=SIGNER,
        )
        self.session.commit()
        self.session.expire_all()
        return event_id

    def apply_statuses(self, limit: int = 500) -> Applied:
        applied = apply_statuses(
            self.session, parse=parse_status_callback, now=self.now, times=TIMES, limit=limit
        )
        self.session.commit()
        self.session.expire_all()
        return applied

    def apply_inbound(self, limit: int = 100) -> Applied:
        applied = apply_inbound(
            self.session,
            parse=parse_inbound,
            signer=SIGNER,
            now=self.now,
            times=TIMES,
            limit=limit,
        )
        self.session.commit()
        self.session.expire_all()
        return applied

    def event(self, event_id: int) -> WebhookEvent:
        return self.session.get_one(WebhookEvent, event_id)

    def received(self) -> Message:
        """The message that came in last."""
        return self.session.scalars(
            select(Message).where(Message.direction == Direction.IN).order_by(Message.id.desc())
        ).all()[0]
