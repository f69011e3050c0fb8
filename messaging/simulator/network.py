"""Taking a message: its text, its future, and what will be wrong with it."""

import mimetypes
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from messaging.simulator.fate import failing_steps, steps_of
from messaging.simulator.formats import new_sid, to_json
from messaging.simulator.ledger import (
    FETCH,
    STATUS,
    Database,
    Event,
    add_media,
    count,
    insert,
    schedule,
)
from messaging.simulator.lifecycle import call_back, enter_status
from messaging.simulator.state import Simulator
from messaging.simulator.templates import SESSION_ONLY, Rendered, render

MAX_TEMPLATE_BODY = 1_024
_TEMPLATE_FAULTS = {"rejected": 63040, "paused": 63041, "disabled": 63042}
_OUR_IDS = re.compile(r"/status/([^/?#]+)/([^/?#]+)/?(?:[?#]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A message create that passed every check at the door."""

    sender: str
    recipient: str
    phone: str
    body: str = ""
    service_sid: str | None = None
    content: Mapping[str, Any] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    media_urls: Sequence[str] = ()
    status_callback: str = ""
    unknown_parameters: Sequence[str] = ()
    send_at: float | None = None


def accept(
    sim: Simulator, order: Order, *, outcome: str, http_status: int | None, form: str, now: float
) -> dict[str, Any]:
    """Write the message and its whole future down; returns its row as it is at this moment."""
    profile, phone = sim.profile, order.phone
    ordinal = sim.nth_accepted(phone)
    rendered = render(order.content, order.variables) if order.content else None
    media = list(rendered.media if rendered else order.media_urls)
    first_status = "queued"
    if order.send_at is not None:
        first_status = "scheduled"
    elif order.service_sid:
        first_status = "accepted"
    values: dict[str, Any] = {
        "sid": new_sid("MM" if rendered or media else "SM"),
        "direction": "outbound-api",
        "sender": order.sender,
        "recipient": order.recipient,
        "phone": phone,
        "ordinal": ordinal,
        "body": rendered.body if rendered else order.body,
        "service_sid": order.service_sid,
        "content_sid": order.content["sid"] if order.content else None,
        "variables": to_json(order.variables) if rendered else None,
        "fallback_keys": _listed(rendered.fallback_keys if rendered else ()),
        "unknown_keys": _listed(rendered.unknown_keys if rendered else ()),
        "unknown_parameters": _listed(order.unknown_parameters),
        "buttons": _listed(rendered.buttons if rendered else ()),
        "status": first_status,
        "error_code": None,
        "price": None,
        "status_callback": order.status_callback,
        "visible_at": now + sim.scaled(profile.visible_after),
        "created_at": now,
        "sent_at": None,
        "updated_at": now,
        "num_media": len(media),
    }
    fault = _fault(sim, order, rendered, now)
    if fault is None:
        steps = steps_of(profile, sim.chance, phone, ordinal)
    else:
        steps = failing_steps(profile, sim.chance, phone, ordinal, fault)
    fetches = fault is None and any(map(sim.client.may_reach, order.media_urls))
    early = (
        not fetches
        and bool(order.status_callback)
        and sim.chance.happens(profile.callback_early, "early", phone, ordinal)
    )
    start = order.send_at or now
    with sim.ledger.write() as db:
        message_id = insert(db, "messages", values)
        for url in media:
            kind = mimetypes.guess_type(url)[0] or "application/octet-stream"
            add_media(db, message_id, kind, url, now)
        record_post(
            db, phone=phone, outcome=outcome, status=http_status, code=None, sid=values["sid"],
            form=form, now=now,
        )  # fmt: skip
        if early:
            enter_status(db, message_id, steps[0], now)
            call_back(db, message_id, steps[0].status, steps[0].error_code, due_at=now)
            count(db, "callbacks_early")
            sim.early[message_id] = threading.Event()
        if fetches:  # the statuses come once it is there
            schedule(db, [Event(kind=FETCH, due_at=start, message_id=message_id)])
            return {**values, "id": message_id}
        schedule(
            db,
            [
                Event(
                    kind=STATUS,
                    due_at=start + sim.scaled(step.after),
                    message_id=message_id,
                    status=step.status,
                    error_code=step.error_code,
                )
                for step in (steps[1:] if early else steps)
            ],
        )
    return {**values, "id": message_id}


def record_post(
    db: Database,
    *,
    phone: str,
    outcome: str,
    status: int | None,
    code: int | None,
    sid: str | None,
    form: str,
    now: float,
) -> None:
    db.execute(
        "INSERT INTO posts (at, phone, outcome, status, code, sid, form)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (now, phone, outcome, status, code, sid, form),
    )


def our_ids(status_callback: str) -> tuple[str | None, str | None]:
    """The message and attempt that the product names in its callback address."""
    found = _OUR_IDS.search(status_callback or "")
    return (found.group(1), found.group(2)) if found else (None, None)


def has_opted_out(sim: Simulator, phone: str, sender: str) -> bool:
    sql = "SELECT 1 FROM customers WHERE phone = ? AND sender = ? AND opted_out"
    return sim.ledger.row(sql, (phone, sender)) is not None


def _fault(sim: Simulator, order: Order, rendered: Rendered | None, now: float) -> int | None:
    content = order.content
    if rendered is None or content is None:
        return None if _window_is_open(sim, order, now) else 63016
    if rendered.unfilled_keys:
        return 63028
    if len(rendered.body) > MAX_TEMPLATE_BODY:
        return 63021
    if content["approval"] in _TEMPLATE_FAULTS:
        return _TEMPLATE_FAULTS[content["approval"]]
    if content["approval"] == "approved" and content["type"] not in SESSION_ONLY:
        return None
    return None if _window_is_open(sim, order, now) else 63016


def _window_is_open(sim: Simulator, order: Order, now: float) -> bool:
    row = sim.ledger.row(
        "SELECT last_inbound_at FROM customers WHERE phone = ? AND sender = ?",
        (order.phone, order.sender),
    )
    return row is not None and now - row["last_inbound_at"] < sim.profile.window_hours * 3_600


def _listed(values: Sequence[Any]) -> str:
    return to_json(list(values)) if values else "[]"
