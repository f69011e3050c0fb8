"""Delivers one webhook: builds Twilio's form, POSTs it, and notes how it went."""

from collections.abc import Mapping
from typing import Any

from messaging.simulator.customers import webhook_parameters
from messaging.simulator.errors import failure_sentence
from messaging.simulator.formats import whatsapp_name
from messaging.simulator.ledger import CALLBACK, FETCH, Event, count, finish, postpone
from messaging.simulator.media import fetch_outbound
from messaging.simulator.state import Simulator
from messaging.simulator.webhook_client import Overrides

_EVENT_TYPES = {"delivered": "DELIVERED", "read": "READ", "undelivered": "UNDELIVERED"}


def deliver(sim: Simulator, event: Event) -> None:
    if event.kind == FETCH:
        fetch_outbound(sim, event)
        return
    message = sim.ledger.row("SELECT * FROM messages WHERE id = ?", (event.message_id,))
    if message is None:
        with sim.ledger.write() as db:
            finish(db, event)
        return
    if event.kind == CALLBACK:
        url = message["status_callback"]
        parameters = status_parameters(dict(message), event, account_sid=sim.options.account_sid)
    else:
        url = sim.options.inbound_url
        parameters = inbound_parameters(sim, dict(message))
    name = "callbacks" if event.kind == CALLBACK else "inbound"
    if not sim.client.may_reach(url):
        with sim.ledger.write() as db:
            count(db, f"{name}_refused_host")
            finish(db, event)
        return
    first_at = event.first_at or sim.now()
    failure = sim.client.post(url, parameters, event.token or "")
    now = sim.now()
    with sim.ledger.write() as db:
        count(db, f"{name}_posted")
        if failure is None:
            count(db, f"{name}_acknowledged")
            if event.kind != CALLBACK:
                db.execute(
                    "UPDATE messages SET acknowledged_at = coalesce(acknowledged_at, ?)"
                    " WHERE id = ?",
                    (now, event.message_id),
                )
            finish(db, event)
            return
        overrides = Overrides.of(url)
        due_at = None
        if overrides.retries_after(failure):
            due_at = overrides.next_try(
                event.attempt + 1, first_at=first_at, now=now, speed=sim.options.speed
            )
        if due_at is None:
            count(db, f"{name}_given_up")
            finish(db, event)
        else:
            count(db, f"{name}_retried")
            postpone(db, event, due_at=due_at, attempt=event.attempt + 1, first_at=first_at)


def status_parameters(
    message: Mapping[str, Any], event: Event, *, account_sid: str
) -> list[tuple[str, str]]:
    """Source: Twilio docs, Track outbound message status; and what WhatsApp adds to it."""
    status = event.status or ""
    parameters = [
        ("ChannelPrefix", "whatsapp"),
        ("ApiVersion", "2010-04-01"),
        ("MessageStatus", status),
        ("SmsSid", message["sid"]),
        ("SmsStatus", status),
        ("ChannelInstallSid", "XE" + account_sid[2:]),
        ("To", message["recipient"]),
        ("ChannelToAddress", whatsapp_name(message["recipient"]) or ""),
        ("From", message["sender"]),
        ("MessageSid", message["sid"]),
        ("StructuredMessage", "false"),
        ("AccountSid", account_sid),
    ]
    if message["service_sid"]:
        parameters.append(("MessagingServiceSid", message["service_sid"]))
    if status in _EVENT_TYPES:
        parameters.append(("EventType", _EVENT_TYPES[status]))
    if event.error_code is not None:
        ours, theirs = failure_sentence(event.error_code)
        parameters += [
            ("ErrorCode", str(event.error_code)),
            ("ErrorMessage", ours),
            ("ChannelStatusMessage", theirs),
        ]
    return parameters


def inbound_parameters(sim: Simulator, message: Mapping[str, Any]) -> list[tuple[str, str]]:
    media = sim.ledger.rows("SELECT * FROM media WHERE message_id = ?", (message["id"],))
    account = sim.options.account_sid
    base = f"{sim.base_url}/2010-04-01/Accounts/{account}/Messages/{message['sid']}/Media"
    return webhook_parameters(
        message,
        account_sid=account,
        media=[(f"{base}/{row['sid']}", row["content_type"]) for row in media],
    )
