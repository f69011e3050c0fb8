"""Ana's campaign and Ben's, and every kind of record once on each side."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from campaigns import audit
from models.access import SavedView, UserSession
from models.base import Base
from models.campaign import Campaign, CampaignOperator, CampaignType, ResultType
from models.case import BulkSend, Case, Channel, NextAction, Note, Promise, Result
from models.coupon import Coupon, CouponLink, CouponVisit, VisitKind
from models.desk_texts import MessageRepeat, NightAnswer, Script
from models.files import Attachment, Medium, MediumState, Source, StoredFile
from models.message import (
    Attempt,
    Attribution,
    Basis,
    Cause,
    Confidence,
    Conversation,
    Direction,
    Message,
    SendSlice,
)
from models.people import ContactPoint, CustomerContact, OptOut, Purpose, Role, User
from models.states import MessageState
from models.subscription import Subscription
from models.template import Template, TemplateCategory, TemplateVersion
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON


@dataclass
class Side:
    """One campaign with one operator; `rows` has one record of each kind, by its class."""

    operator: User
    rows: dict[type[Base], Any] = field(default_factory=dict)

    def __getitem__(self, model: type[Base]) -> Any:
        return self.rows[model]

    def key(self, model: type[Base]) -> Any:
        """The first column of the record's primary key."""
        return inspect(self.rows[model]).identity[0]


class TwoTeams:
    """Nothing is shared between the sides but the line, the plan and the catalogues."""

    def __init__(self, session: Session, *, ana: int | None = None, ben: int | None = None) -> None:
        self.session = session
        self.office = Office(session, NOON)
        self.ana = self._side("ana", "+5491155550001", ana)
        self.ben = self._side("ben", "+5491155550002", ben)
        session.commit()

    def _side(self, name: str, phone: str, user_id: int | None) -> Side:
        operator = self.session.get(User, user_id) if user_id else None
        if operator is None:
            operator = self.add(User(email=f"{name}@x.example", name=name, role=Role.OPERATOR))
        side = Side(operator)
        customer = self.office.customer(f"SOSA, {name.upper()}", phone)
        subscription = self.office.subscription(customer)
        contact = self.office.contact(phone)
        for record in (customer, subscription, contact):
            self._keep(side, record)
        side.rows[CustomerContact] = self.session.scalars(
            select(CustomerContact).where(CustomerContact.customer_id == customer.id)
        ).one()
        self._keep(side, self.campaign(f"de {name}"))
        self.assign(side[Campaign], operator, side)
        self._keep(side, self.case(side[Campaign], subscription, contact))
        self._work(side)
        self._mail(side, phone)
        return side

    def _work(self, side: Side) -> None:
        case, subscription = side[Case], side[Subscription]
        self._keep(side, self.result(case))
        self._keep(side, Note(case_id=case.id, author_id=side.operator.id, body="Ojo"))
        self._keep(side, NextAction(case_id=case.id, what="Llamar", due_at=NOON))
        self._keep(
            side,
            Coupon(
                subscription_id=subscription.id,
                instalment=7,
                amount=Decimal("100.00"),
                due_date=date(2026, 12, 10),
            ),
        )
        self._keep(
            side,
            Promise(
                result_id=side[Result].id,
                case_id=case.id,
                coupon_id=side[Coupon].id,
                settles_at=NOON + timedelta(days=3),
            ),
        )
        self._keep(
            side,
            BulkSend(
                token=f"of {side.operator.id}",
                by_id=side.operator.id,
                template_version_id=self.version().id,
            ),
        )
        audit.note(self.session, "campaign.pause", side[Campaign], by_id=side.operator.id)
        self._keep(
            side,
            UserSession(
                user_id=side.operator.id, reference_hash=f"hash of {side.operator.id}", ip="::1"
            ),
        )
        self._keep(side, SavedView(user_id=side.operator.id, name="Mora", query={"arrears": 2}))
        self._keep(
            side, OptOut(contact_point_id=side[ContactPoint].id, purpose=Purpose.ALL, evidence="x")
        )

    def _mail(self, side: Side, phone: str) -> None:
        contact = side[ContactPoint]
        self._keep(side, Conversation(line_id=self.office.line.id, contact_point_id=contact.id))
        self._keep(
            side,
            Message(
                direction=Direction.OUT,
                state=MessageState.SENT,
                cause=Cause.CAMPAIGN,
                line_id=self.office.line.id,
                contact_point_id=contact.id,
                address=phone,
                body="Hola",
                case_id=side[Case].id,
                campaign_id=side[Campaign].id,
                coupon_id=side[Coupon].id,
            ),
        )
        message = side[Message]
        self._keep(side, Attempt(message_id=message.id, number=1, owner="test"))
        self._keep(
            side,
            CouponLink(
                message_id=message.id,
                coupon_id=side[Coupon].id,
                expires_at=NOON + timedelta(days=9),
            ),
        )
        self._keep(side, CouponVisit(message_id=message.id, kind=VisitKind.OPEN))
        self._keep(
            side,
            SendSlice(
                id=message.id,
                last_id=message.id,
                line_id=self.office.line.id,
                campaign_id=side[Campaign].id,
                is_reply=False,
            ),
        )
        inbound = self.inbound(contact, phone)
        self._keep(
            side,
            Attribution(
                message_id=inbound.id,
                case_id=side[Case].id,
                basis=Basis.SINGLE,
                confidence=Confidence.HIGH,
            ),
        )
        self._keep(side, self.file(side))
        self._keep(side, self.medium(side, inbound))
        self._keep(side, self.attachment(side))
        self._keep(side, MessageRepeat(message_id=message.id, repeat_id=inbound.id))
        self._keep(side, Script(campaign_id=side[Campaign].id, body="Hola"))
        self._keep(
            side,
            NightAnswer(
                contact_point_id=contact.id,
                line_id=self.office.line.id,
                opens_at=NOON,
                message_id=message.id,
            ),
        )

    def file(self, side: Side) -> StoredFile:
        number = self.session.query(StoredFile).count()
        return self.add(
            StoredFile(
                stored_as=f"{number:032x}",
                name=f"recibo de {side.operator.name}.pdf",
                content_type="application/pdf",
                size=10,
                sha256="0" * 64,
            )
        )

    def medium(self, side: Side, message: Message | None = None) -> Medium:
        contact = side[ContactPoint]
        message = message or self.inbound(contact, contact.phone)
        return self.add(
            Medium(
                message_id=message.id,
                position=0,
                declared_type="application/pdf",
                state=MediumState.STORED,
                file_id=side[StoredFile].id,
            )
        )

    def attachment(self, side: Side) -> Attachment:
        return self.add(
            Attachment(
                subscription_id=side[Subscription].id,
                file_id=self.file(side).id,
                source=Source.DESK,
                by_id=side.operator.id,
            )
        )

    def campaign(self, name: str, *, is_standing: bool = False) -> Campaign:
        kind = (
            select(CampaignType.id)
            .where(CampaignType.is_standing == is_standing)
            .order_by(CampaignType.id)
        )
        return self.add(
            Campaign(
                name=name,
                campaign_type_id=self.session.scalars(kind).first(),
                line_id=self.office.line.id,
                is_standing=is_standing,
            )
        )

    def assign(self, campaign: Campaign, operator: User, side: Side | None = None) -> None:
        assigned = self.add(CampaignOperator(campaign_id=campaign.id, user_id=operator.id))
        if side is not None:
            side.rows[CampaignOperator] = assigned

    def case(
        self, campaign: Campaign, subscription: Subscription | None, contact: ContactPoint | None
    ) -> Case:
        return self.add(
            Case(
                campaign_id=campaign.id,
                subscription_id=subscription.id if subscription else None,
                contact_point_id=contact.id if contact else None,
            )
        )

    def version(self) -> TemplateVersion:
        found = self.session.scalars(select(TemplateVersion).order_by(TemplateVersion.id)).first()
        if found is not None:
            return found
        template = self.add(Template(name="aviso", category=TemplateCategory.UTILITY))
        return self.add(
            TemplateVersion(template_id=template.id, number=1, body="Hola", fields={}, samples={})
        )

    def result(self, case: Case) -> Result:
        kind = self.session.scalars(select(ResultType.id).order_by(ResultType.id)).first()
        return self.add(
            Result(
                case_id=case.id,
                campaign_id=case.campaign_id,
                result_type_id=kind,
                channel=Channel.PHONE,
                at=NOON,
            )
        )

    def inbound(self, contact: ContactPoint, phone: str) -> Message:
        return self.add(
            Message(
                direction=Direction.IN,
                state=MessageState.RECEIVED,
                line_id=self.office.line.id,
                contact_point_id=contact.id,
                address=phone,
                body="Hola",
            )
        )

    def add(self, record: Any) -> Any:
        self.session.add(record)
        self.session.flush()
        return record

    def _keep(self, side: Side, record: Any) -> None:
        side.rows[type(record)] = self.add(record)
