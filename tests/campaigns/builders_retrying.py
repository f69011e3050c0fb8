"""Failed messages of a campaign, sent anew; and what the provider says of them later."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from campaigns.campaign_unsent import list_unsent
from campaigns.inbox import apply_statuses, store_event
from campaigns.progress import repair_counts
from campaigns.progress_parts import Part, account_of
from campaigns.retrying import Failures, retry_failed
from campaigns.slices import forgotten_slices
from messaging.provider import ByHand
from messaging.twilio.webhooks import parse_status_callback
from models.campaign import Campaign
from models.message import Attempt, EventKind, Message
from models.people import User
from models.states import MessageState
from tests.campaigns.builders_inbox import TIMES
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON

LATER = NOON + timedelta(minutes=5)
CHANNEL = "63012"  # the channel's own fault
NO_WHATSAPP = "63024"
CAPPED = "63049"


def fail(office: Office, *messages: Message, code: str = CHANNEL) -> None:
    for message in messages:
        message.state, message.error_code = MessageState.UNDELIVERED, int(code)
        message.state_at, message.provider_sid = NOON, f"SM{message.id:032}"
        message.attempts = 1
        office.session.add(
            Attempt(message_id=message.id, number=1, owner="w1", provider_sid=message.provider_sid)
        )
    office.session.commit()


def failures(why: str = CHANNEL, way: ByHand = ByHand.AGAIN) -> Failures:
    return Failures(why, way, LATER)


def retry(office: Office, campaign: Campaign, by: User, **of: Any) -> int:
    count = retry_failed(
        office.session, campaign.id, failures(**of), by_id=by.id, now=LATER, times=TIMES
    )
    office.session.commit()
    assert adds_up(office, campaign)
    return count


def adds_up(office: Office, campaign: Campaign) -> bool:
    """Account, ledger and audience agree; nothing needs repair, no work is forgotten."""
    sums = office.adds_up(campaign)
    account = account_of(office.session, campaign)
    wrong = repair_counts(office.session)
    office.session.rollback()
    return (
        sums
        and account.adds_up
        and not wrong
        and not forgotten_slices(office.session)
        and len(list_unsent(office.session, campaign.id, limit=99)) == account.listed("missed")
    )


def parts(office: Office, campaign: Campaign) -> dict[Part, int]:
    found = account_of(office.session, campaign).parts
    return {part: count for part, count in found.items() if count}


def of_case(office: Office, message: Message) -> list[tuple[int | None, MessageState]]:
    rows = office.session.execute(
        select(Message.sequence, Message.state)
        .where(Message.case_id == message.case_id)
        .order_by(Message.id)
    )
    return [(sequence, state) for sequence, state in rows]


def callback(office: Office, message: Message, status: str, *, code: str | None = None) -> None:
    comes(office, message, status, code=code)
    apply_statuses(office.session, parse=parse_status_callback, now=LATER, times=TIMES)
    office.session.commit()
    office.session.expire_all()


def comes(office: Office, message: Message, status: str, *, code: str | None = None) -> None:
    """Into the inbox; nobody has read it yet."""
    form = {
        "MessageSid": message.provider_sid or "",
        "MessageStatus": status,
        "To": f"whatsapp:{message.address}",
        **({"ErrorCode": code} if code else {}),
    }
    store_event(
        office.session, EventKind.STATUS, list(form.items()), now=LATER,
        provider_sid=message.provider_sid, message_id=message.id, attempt=1,
    )  # fmt: skip
    office.session.commit()
