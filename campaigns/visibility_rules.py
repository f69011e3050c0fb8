"""What an operator sees, record by record: the one place that says so.

Each rule is a condition on the record's own columns; who looks comes in as values, so that a
statement is narrowed and compiled once for everybody. The tables it looks things up in are plain
ones with names of their own, so that no rule is narrowed by another, or mistaken for a table of
the statement it is put into. EXISTS lets PostgreSQL choose between one look-up per row and one
list for all.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    and_,
    any_,
    bindparam,
    column,
    exists,
    or_,
    select,
    table,
    true,
)

from models.access import SavedView, UserSession
from models.audit import AuditEvent
from models.base import Base
from models.campaign import (
    Campaign,
    CampaignCount,
    CampaignOperator,
    CampaignPace,
    CampaignStep,
    CampaignType,
    ResultType,
)
from models.case import BulkSend, Case, NextAction, Note, Promise, Result
from models.coupon import Coupon, CouponLink, CouponVisit
from models.desk_texts import MessageRepeat, NightAnswer, QuickText, Script
from models.files import Attachment, Medium, StoredFile
from models.message import Attempt, Attribution, Conversation, Message, SendSlice
from models.people import ContactPoint, Customer, CustomerContact, OptOut, Role, User
from models.subscription import Plan, Subscription
from models.template import Line, Portfolio, Template, TemplateButton, TemplateVersion
from models.text_rule import TextRule


@dataclass(frozen=True, slots=True)
class Viewer:
    """On whose behalf rows are read."""

    user_id: int
    role: Role
    campaigns: tuple[int, ...] = ()
    """The ids of those he is assigned to, in order. The rules name them: a list that is known
    is planned in a fraction of the time of a question, and far better guessed at."""

    @property
    def sees_all(self) -> bool:
        return self.role is not Role.OPERATOR

    @property
    def values(self) -> dict[str, Any]:
        """What the rules ask of who looks: parameters of every statement that they narrow."""
        return {_ME.key: self.user_id, _MY_CAMPAIGNS.key: list(self.campaigns)}


# A statement that is run without them is refused.
_ME: BindParameter[Any] = bindparam("viewer_id", type_=BigInteger, required=True)
_MY_CAMPAIGNS: BindParameter[Any] = bindparam(
    "viewer_campaigns", type_=ARRAY(BigInteger), required=True
)


Condition = ColumnElement[bool]

FOR_ALL: frozenset[type[Base]] = frozenset(
    {
        CampaignType, Line, Plan, Portfolio, QuickText, ResultType, Template, TemplateButton,
        TemplateVersion, TextRule, User,
    }
)  # fmt: skip
"""Catalogues, and the names of colleagues."""

NAMED: frozenset[type[Base]] = frozenset({Campaign, Case, StoredFile})
"""What may be named beside a visible row: another campaign's, or the message or attachment that a
file belongs to. See `visibility.naming`."""


def _mine(campaign_id: Any) -> Condition:
    """It is a campaign that he is assigned to."""
    mine: Condition = campaign_id == any_(_MY_CAMPAIGNS)
    return mine


def _case(**by: Any) -> Condition:
    """There is a case of his campaigns with these values."""
    cases = _look_in("cases", "id", "campaign_id", "subscription_id", "contact_point_id")
    return _exists(
        cases,
        *(cases.c[name] == value for name, value in by.items()),
        _mine(cases.c.campaign_id),
    )


def _of_subscription(subscription_id: Any) -> Condition:
    return _case(subscription_id=subscription_id)


def _of_contact(contact_point_id: Any) -> Condition:
    """The two of them have a case: the whole conversation is his to read."""
    return _case(contact_point_id=contact_point_id)


def _of_customer(customer_id: Any) -> Condition:
    """A subscription of his has a visible case, or a case about his phone alone."""
    subscriptions = _look_in("subscriptions", "id", "customer_id")
    theirs = _look_in("customer_contacts", "customer_id", "contact_point_id")
    unsolicited = _look_in("cases", "campaign_id", "subscription_id", "contact_point_id")
    return or_(
        _exists(
            subscriptions,
            subscriptions.c.customer_id == customer_id,
            _of_subscription(subscriptions.c.id),
        ),
        _exists(
            theirs,
            theirs.c.customer_id == customer_id,
            _exists(
                unsolicited,
                unsolicited.c.contact_point_id == theirs.c.contact_point_id,
                unsolicited.c.subscription_id.is_(None),
                _mine(unsolicited.c.campaign_id),
            ),
        ),
    )


def _of_address(contact_point_id: Any) -> Condition:
    """An address with a visible case, or another one of a visible customer."""
    owners = _look_in("customer_contacts", "customer_id", "contact_point_id")
    return or_(
        _of_contact(contact_point_id),
        _exists(
            owners,
            owners.c.contact_point_id == contact_point_id,
            _of_customer(owners.c.customer_id),
        ),
    )


def _of_message(message: Any) -> Condition:
    """Of his campaigns, of his cases, tied to one of them, or of a conversation that is his."""
    ties = _look_in("attributions", "message_id", "case_id")
    return or_(
        _mine(message.campaign_id),
        _case(id=message.case_id),
        _of_contact(message.contact_point_id),
        _exists(ties, ties.c.message_id == message.id, _case(id=ties.c.case_id)),
    )


def _with_message(message_id: Any) -> Condition:
    messages = _look_in("messages", "id", "campaign_id", "case_id", "contact_point_id")
    return _exists(messages, messages.c.id == message_id, _of_message(messages.c))


def _of_result() -> Condition:
    """His cases' results, and all those of the subscriptions they are about."""
    cases = _look_in("cases", "id", "subscription_id")
    return or_(
        _mine(Result.campaign_id),
        _exists(
            cases,
            cases.c.id == Result.case_id,
            _of_subscription(cases.c.subscription_id),
        ),
    )


def _of_coupon(coupon_id: Any) -> Condition:
    coupons = _look_in("coupons", "id", "subscription_id")
    return _exists(
        coupons,
        coupons.c.id == coupon_id,
        _of_subscription(coupons.c.subscription_id),
    )


def _of_visit() -> Condition:
    links = _look_in("coupon_links", "message_id", "coupon_id")
    return _exists(
        links,
        links.c.message_id == CouponVisit.message_id,
        _of_coupon(links.c.coupon_id),
    )


def _of_tie() -> Condition:
    """Which case a message answers: visible with the case, and with the message."""
    return or_(_case(id=Attribution.case_id), _with_message(Attribution.message_id))


def _of_file() -> Condition:
    """Of a visible message, or on a visible subscription."""
    media = _look_in("media", "message_id", "file_id")
    attachments = _look_in("attachments", "subscription_id", "file_id")
    return or_(
        _exists(media, media.c.file_id == StoredFile.id, _with_message(media.c.message_id)),
        _exists(
            attachments,
            attachments.c.file_id == StoredFile.id,
            _of_subscription(attachments.c.subscription_id),
        ),
    )


def _of_act() -> Condition:
    return or_(
        and_(AuditEvent.object_kind == "campaign", _mine(AuditEvent.object_id)),
        and_(AuditEvent.object_kind == "case", _case(id=AuditEvent.object_id)),
        and_(
            AuditEvent.object_kind == "coupon",
            _exists(
                coupons := _look_in("coupons", "id", "subscription_id"),
                coupons.c.id == AuditEvent.object_id,
                _of_subscription(coupons.c.subscription_id),
            ),
        ),
    )


def _look_in(name: str, *columns: str) -> FromClause:
    return table(name, *(column(each, BigInteger) for each in columns)).alias()


def _exists(source: FromClause, *conditions: Condition) -> Condition:
    """Only ``source`` is looked in; every other column is the row's that is judged."""
    return exists(select(true()).select_from(source).where(*conditions).correlate_except(source))


RULES: dict[type[Base], Condition] = {
    Campaign: _mine(Campaign.id),
    CampaignOperator: _mine(CampaignOperator.campaign_id),
    CampaignStep: _mine(CampaignStep.campaign_id),
    CampaignCount: _mine(CampaignCount.campaign_id),
    CampaignPace: _mine(CampaignPace.campaign_id),
    SendSlice: _mine(SendSlice.campaign_id),
    Case: _mine(Case.campaign_id),
    NextAction: _case(id=NextAction.case_id),
    Note: _case(id=Note.case_id),
    Promise: _case(id=Promise.case_id),
    BulkSend: BulkSend.by_id == _ME,
    Result: _of_result(),
    Subscription: _of_subscription(Subscription.id),
    Coupon: _of_subscription(Coupon.subscription_id),
    CouponLink: _of_coupon(CouponLink.coupon_id),
    CouponVisit: _of_visit(),
    Customer: _of_customer(Customer.id),
    CustomerContact: or_(
        _of_customer(CustomerContact.customer_id),
        _of_contact(CustomerContact.contact_point_id),
    ),
    ContactPoint: _of_address(ContactPoint.id),
    OptOut: _of_address(OptOut.contact_point_id),
    Conversation: _of_contact(Conversation.contact_point_id),
    Message: _of_message(Message),
    Attempt: _with_message(Attempt.message_id),
    Attribution: _of_tie(),
    Medium: _with_message(Medium.message_id),
    Attachment: _of_subscription(Attachment.subscription_id),
    StoredFile: _of_file(),
    MessageRepeat: _with_message(MessageRepeat.message_id),
    NightAnswer: _of_contact(NightAnswer.contact_point_id),
    Script: or_(Script.campaign_id.is_(None), _mine(Script.campaign_id)),
    AuditEvent: _of_act(),
    UserSession: UserSession.user_id == _ME,
    SavedView: SavedView.user_id == _ME,
}
"""What is in neither list nobody but a supervisor sees."""
