"""What an operator sees, record by record: the one place that says so.

Each rule is a condition on the record's own columns. The tables it looks things up in are plain
ones with names of their own, so that no rule is narrowed by another, or mistaken for a table of
the statement it is put into. EXISTS lets PostgreSQL choose between one look-up per row and one
list for all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    and_,
    any_,
    column,
    exists,
    literal,
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


Condition = ColumnElement[bool]
Rule = Callable[[Viewer], Condition]

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


def _mine(viewer: Viewer, campaign_id: Any) -> Condition:
    """It is a campaign that he is assigned to."""
    mine: Condition = campaign_id == any_(_campaigns_of(viewer))
    return mine


@lru_cache(maxsize=512)
def _campaigns_of(viewer: Viewer) -> BindParameter[Any]:
    """One value, however often a statement names it."""
    return literal(list(viewer.campaigns), ARRAY(BigInteger))


def _case(viewer: Viewer, **by: Any) -> Condition:
    """There is a case of his campaigns with these values."""
    cases = _look_in("cases", "id", "campaign_id", "subscription_id", "contact_point_id")
    return _exists(
        cases,
        *(cases.c[name] == value for name, value in by.items()),
        _mine(viewer, cases.c.campaign_id),
    )


def _of_subscription(viewer: Viewer, subscription_id: Any) -> Condition:
    return _case(viewer, subscription_id=subscription_id)


def _of_contact(viewer: Viewer, contact_point_id: Any) -> Condition:
    """The two of them have a case: the whole conversation is his to read."""
    return _case(viewer, contact_point_id=contact_point_id)


def _of_customer(viewer: Viewer, customer_id: Any) -> Condition:
    """A subscription of his has a visible case, or a case about his phone alone."""
    subscriptions = _look_in("subscriptions", "id", "customer_id")
    theirs = _look_in("customer_contacts", "customer_id", "contact_point_id")
    unsolicited = _look_in("cases", "campaign_id", "subscription_id", "contact_point_id")
    return or_(
        _exists(
            subscriptions,
            subscriptions.c.customer_id == customer_id,
            _of_subscription(viewer, subscriptions.c.id),
        ),
        _exists(
            theirs,
            theirs.c.customer_id == customer_id,
            _exists(
                unsolicited,
                unsolicited.c.contact_point_id == theirs.c.contact_point_id,
                unsolicited.c.subscription_id.is_(None),
                _mine(viewer, unsolicited.c.campaign_id),
            ),
        ),
    )


def _of_address(viewer: Viewer, contact_point_id: Any) -> Condition:
    """An address with a visible case, or another one of a visible customer."""
    owners = _look_in("customer_contacts", "customer_id", "contact_point_id")
    return or_(
        _of_contact(viewer, contact_point_id),
        _exists(
            owners,
            owners.c.contact_point_id == contact_point_id,
            _of_customer(viewer, owners.c.customer_id),
        ),
    )


def _of_message(viewer: Viewer, message: Any) -> Condition:
    """Of his campaigns, of his cases, tied to one of them, or of a conversation that is his."""
    ties = _look_in("attributions", "message_id", "case_id")
    return or_(
        _mine(viewer, message.campaign_id),
        _case(viewer, id=message.case_id),
        _of_contact(viewer, message.contact_point_id),
        _exists(ties, ties.c.message_id == message.id, _case(viewer, id=ties.c.case_id)),
    )


def _with_message(viewer: Viewer, message_id: Any) -> Condition:
    messages = _look_in("messages", "id", "campaign_id", "case_id", "contact_point_id")
    return _exists(messages, messages.c.id == message_id, _of_message(viewer, messages.c))


def _of_result(viewer: Viewer) -> Condition:
    """His cases' results, and all those of the subscriptions they are about."""
    cases = _look_in("cases", "id", "subscription_id")
    return or_(
        _mine(viewer, Result.campaign_id),
        _exists(
            cases,
            cases.c.id == Result.case_id,
            _of_subscription(viewer, cases.c.subscription_id),
        ),
    )


def _of_coupon(viewer: Viewer, coupon_id: Any) -> Condition:
    coupons = _look_in("coupons", "id", "subscription_id")
    return _exists(
        coupons,
        coupons.c.id == coupon_id,
        _of_subscription(viewer, coupons.c.subscription_id),
    )


def _of_visit(viewer: Viewer) -> Condition:
    links = _look_in("coupon_links", "message_id", "coupon_id")
    return _exists(
        links,
        links.c.message_id == CouponVisit.message_id,
        _of_coupon(viewer, links.c.coupon_id),
    )


def _of_tie(viewer: Viewer) -> Condition:
    """Which case a message answers: visible with the case, and with the message."""
    return or_(_case(viewer, id=Attribution.case_id), _with_message(viewer, Attribution.message_id))


def _of_file(viewer: Viewer) -> Condition:
    """Of a visible message, or on a visible subscription."""
    media = _look_in("media", "message_id", "file_id")
    attachments = _look_in("attachments", "subscription_id", "file_id")
    return or_(
        _exists(media, media.c.file_id == StoredFile.id, _with_message(viewer, media.c.message_id)),
        _exists(
            attachments,
            attachments.c.file_id == StoredFile.id,
            _of_subscription(viewer, attachments.c.subscription_id),
        ),
    )


def _of_act(viewer: Viewer) -> Condition:
    return or_(
        and_(AuditEvent.object_kind == "campaign", _mine(viewer, AuditEvent.object_id)),
        and_(AuditEvent.object_kind == "case", _case(viewer, id=AuditEvent.object_id)),
    )


RULES: dict[type[Base], Rule] = {
    Campaign: lambda me: _mine(me, Campaign.id),
    CampaignOperator: lambda me: _mine(me, CampaignOperator.campaign_id),
    CampaignStep: lambda me: _mine(me, CampaignStep.campaign_id),
    CampaignCount: lambda me: _mine(me, CampaignCount.campaign_id),
    CampaignPace: lambda me: _mine(me, CampaignPace.campaign_id),
    SendSlice: lambda me: _mine(me, SendSlice.campaign_id),
    Case: lambda me: _mine(me, Case.campaign_id),
    NextAction: lambda me: _case(me, id=NextAction.case_id),
    Note: lambda me: _case(me, id=Note.case_id),
    Promise: lambda me: _case(me, id=Promise.case_id),
    BulkSend: lambda me: BulkSend.by_id == me.user_id,
    Result: _of_result,
    Subscription: lambda me: _of_subscription(me, Subscription.id),
    Coupon: lambda me: _of_subscription(me, Coupon.subscription_id),
    CouponLink: lambda me: _of_coupon(me, CouponLink.coupon_id),
    CouponVisit: _of_visit,
    Customer: lambda me: _of_customer(me, Customer.id),
    CustomerContact: lambda me: or_(
        _of_customer(me, CustomerContact.customer_id),
        _of_contact(me, CustomerContact.contact_point_id),
    ),
    ContactPoint: lambda me: _of_address(me, ContactPoint.id),
    OptOut: lambda me: _of_address(me, OptOut.contact_point_id),
    Conversation: lambda me: _of_contact(me, Conversation.contact_point_id),
    Message: lambda me: _of_message(me, Message),
    Attempt: lambda me: _with_message(me, Attempt.message_id),
    Attribution: _of_tie,
    Medium: lambda me: _with_message(me, Medium.message_id),
    Attachment: lambda me: _of_subscription(me, Attachment.subscription_id),
    StoredFile: _of_file,
    MessageRepeat: lambda me: _with_message(me, MessageRepeat.message_id),
    NightAnswer: lambda me: _of_contact(me, NightAnswer.contact_point_id),
    Script: lambda me: or_(Script.campaign_id.is_(None), _mine(me, Script.campaign_id)),
    AuditEvent: _of_act,
    UserSession: lambda me: UserSession.user_id == me.user_id,
    SavedView: lambda me: SavedView.user_id == me.user_id,
}
"""What is in neither list nobody but a supervisor sees."""


def _look_in(name: str, *columns: str) -> FromClause:
    return table(name, *(column(each, BigInteger) for each in columns)).alias()


def _exists(source: FromClause, *conditions: Condition) -> Condition:
    """Only ``source`` is looked in; every other column is the row's that is judged."""
    return exists(select(true()).select_from(source).where(*conditions).correlate_except(source))
