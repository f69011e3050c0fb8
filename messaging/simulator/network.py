"""Twilio's and Meta's side of a message: taken, sent, delivered, read, and what comes back."""

import json
import mimetypes
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from messaging.simulator.customers import BUTTON, IMAGE, OPT_OUT, Answer, answers_to
from messaging.simulator.fate import Step, failing_steps, steps_of
from messaging.simulator.formats import new_sid
from messaging.simulator.ledger import (
    CALLBACK,
    INBOUND,
    REPLY,
    STATUS,
    Database,
    Event,
    Row,
    count,
    insert,
    schedule,
)
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
        "variables": json.dumps(order.variables, ensure_ascii=False) if rendered else None,
        "fallback_keys": json.dumps(rendered.fallback_keys) if rendered else "[]",
        "unknown_keys": json.dumps(rendered.unknown_keys) if rendered else "[]",
        "unknown_parameters": json.dumps(list(order.unknown_parameters)),
        "buttons": json.dumps(rendered.buttons, ensure_ascii=False) if rendered else "[]",
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
    early = bool(order.status_callback) and sim.chance.happens(
        profile.callback_early, "early", phone, ordinal
    )
    start = order.send_at or now
    with sim.ledger.write() as db:
        message_id = insert(db, "messages", values)
        for url in media:
            kind = mimetypes.guess_type(url)[0] or "application/octet-stream"
            _add_media(db, message_id, kind, url, now)
        record_post(
            db, phone=phone, outcome=outcome, status=http_status, code=None, sid=values["sid"],
            form=form, now=now,
        )  # fmt: skip
        if early:
            _enter_status(db, message_id, steps[0], now)
            _call_back(db, message_id, steps[0].status, steps[0].error_code, due_at=now)
            count(db, "callbacks_early")
            sim.early[message_id] = threading.Event()
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


def advance(sim: Simulator, db: Database, event: Event, now: float) -> None:
    """A message reaches its next status: note it, tell the product, let the customer answer."""
    message = db.execute("SELECT * FROM messages WHERE id = ?", (event.message_id,)).fetchone()
    if message is None or event.status is None or message["status"] == "canceled":
        return
    _enter_status(db, message["id"], Step(0, event.status, event.error_code), now)
    if message["status_callback"]:
        _tell(sim, db, message, event, now)
    if event.status in ("delivered", "read") and not _has_more(db, event):
        for position, answer in enumerate(_answers(sim, message)):
            due_at = now + sim.scaled(answer.after)
            reply = Event(kind=REPLY, due_at=due_at, message_id=message["id"], attempt=position)
            schedule(db, [reply])


def reply_now(sim: Simulator, db: Database, event: Event, now: float) -> None:
    """The customer does what he had in mind, unless he asked to be left alone meanwhile."""
    message = db.execute("SELECT * FROM messages WHERE id = ?", (event.message_id,)).fetchone()
    if message is None or _opted_out(db, message["phone"], message["sender"]):
        return
    answers = _answers(sim, message)
    if event.attempt < len(answers):
        receive(
            sim, db, answers[event.attempt], phone=message["phone"], sender=message["sender"],
            to_message=message, now=now,
        )  # fmt: skip


def receive(
    sim: Simulator,
    db: Database,
    answer: Answer,
    *,
    phone: str,
    sender: str,
    to_message: Row | None,
    now: float,
    surely: bool = False,
) -> str:
    """A customer's message arrives; returns its sid. ``surely``: its webhook is never lost."""
    message_type = {BUTTON: "button", IMAGE: "image"}.get(answer.kind, "text")
    if answer.kind == BUTTON and to_message is not None and not _is_template(sim, to_message):
        message_type = "interactive"
    button = None
    if answer.button is not None:
        title = answer.button["title"]
        payload = answer.button.get("id") or title
        button = {"type": answer.button["type"], "index": int(answer.button["index"])}
        button |= {"title": title, "payload": payload}
    reply = {
        "message_type": message_type,
        "button": button,
        "quoted_sid": to_message["sid"] if to_message is not None and answer.quotes else None,
    }
    values = {
        "sid": new_sid("MM" if answer.kind == IMAGE else "SM"),
        "direction": "inbound",
        "sender": f"whatsapp:{phone}",
        "recipient": sender,
        "phone": phone,
        "body": answer.body,
        "service_sid": to_message["service_sid"] if to_message is not None else None,
        "buttons": "[]",
        "status": "received",
        "visible_at": now,
        "created_at": now,
        "sent_at": now,
        "updated_at": now,
        "kind": answer.kind,
        "reply": json.dumps(reply, ensure_ascii=False),
        "num_media": 1 if answer.kind == IMAGE else 0,
    }
    message_id = insert(db, "messages", values)
    if answer.kind == IMAGE:
        _add_media(db, message_id, "image/jpeg", "", now)
    db.execute(
        "INSERT INTO customers VALUES (?, ?, ?, ?) ON CONFLICT (phone, sender) DO UPDATE"
        " SET last_inbound_at = excluded.last_inbound_at,"
        " opted_out = max(opted_out, excluded.opted_out)",
        (phone, sender, now, answer.kind == OPT_OUT),
    )
    if sim.options.inbound_url:
        _announce(sim, db, message_id, phone, now, surely=surely)
    return str(values["sid"])


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


def cancel(db: Database, message: Row, now: float) -> None:
    """Stop a message that has not left; the caller checked that it may be stopped."""
    db.execute("DELETE FROM events WHERE message_id = ? AND kind = ?", (message["id"], STATUS))
    _enter_status(db, message["id"], Step(0, "canceled"), now)
    if message["status_callback"]:
        _call_back(db, message["id"], "canceled", None, due_at=now)


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


def _answers(sim: Simulator, message: Row) -> list[Answer]:
    return answers_to(
        sim.profile,
        sim.chance,
        message["phone"],
        message["ordinal"],
        buttons=json.loads(message["buttons"]),
        from_template=message["content_sid"] is not None,
    )


def _is_template(sim: Simulator, message: Row) -> bool:
    content = sim.contents.find(message["content_sid"]) if message["content_sid"] else None
    return content is not None and content["approval"] == "approved"


def _enter_status(db: Database, message_id: int, step: Step, now: float) -> None:
    left = step.status in ("sent", "delivered", "read")
    db.execute(
        "UPDATE messages SET status = ?, error_code = ?, updated_at = ?,"
        " sent_at = CASE WHEN ? THEN coalesce(sent_at, ?) ELSE sent_at END,"
        " price = CASE WHEN ? THEN '-0.00500' ELSE price END WHERE id = ?",
        (step.status, step.error_code, now, left, now, left, message_id),
    )
    db.execute(
        "INSERT INTO history (message_id, at, status, error_code) VALUES (?, ?, ?, ?)",
        (message_id, now, step.status, step.error_code),
    )


def _has_more(db: Database, event: Event) -> bool:
    found = db.execute(
        "SELECT 1 FROM events WHERE message_id = ? AND kind = ? AND id != ?",
        (event.message_id, STATUS, event.id),
    )
    return found.fetchone() is not None


def _opted_out(db: Database, phone: str, sender: str) -> bool:
    found = db.execute(
        "SELECT 1 FROM customers WHERE phone = ? AND sender = ? AND opted_out", (phone, sender)
    )
    return found.fetchone() is not None


def _tell(sim: Simulator, db: Database, message: Row, event: Event, now: float) -> None:
    profile, chance = sim.profile, sim.chance
    key = (message["phone"], message["ordinal"], event.status or "")
    if chance.happens(profile.callback_lost, "lost", *key):
        count(db, "callbacks_lost")
        return
    due_at = now
    held = now + sim.scaled(chance.between(profile.hold, "hold", *key))
    if chance.happens(profile.callback_reordered, "reordered", *key):
        count(db, "callbacks_reordered")
        due_at = held
    _call_back(db, message["id"], event.status or "", event.error_code, due_at=due_at)
    if chance.happens(profile.callback_doubled, "doubled", *key):
        count(db, "callbacks_doubled")
        _call_back(db, message["id"], event.status or "", event.error_code, due_at=held)


def _call_back(
    db: Database, message_id: int, status: str, error_code: int | None, *, due_at: float
) -> None:
    event = Event(
        kind=CALLBACK,
        due_at=due_at,
        message_id=message_id,
        status=status,
        error_code=error_code,
        token=new_sid(""),
    )
    schedule(db, [event])


def _announce(
    sim: Simulator, db: Database, message_id: int, phone: str, now: float, *, surely: bool
) -> None:
    profile, chance = sim.profile, sim.chance
    total = db.execute(
        "SELECT count(*) FROM messages WHERE sender = ?", (f"whatsapp:{phone}",)
    ).fetchone()[0]
    if not surely and chance.happens(profile.inbound_lost, "inbound lost", phone, total):
        count(db, "inbound_lost")
        return
    events = [Event(kind=INBOUND, due_at=now, message_id=message_id, token=new_sid(""))]
    if chance.happens(profile.inbound_doubled, "inbound doubled", phone, total):
        count(db, "inbound_doubled")
        held = now + sim.scaled(chance.between(profile.hold, "inbound hold", phone, total))
        events.append(Event(kind=INBOUND, due_at=held, message_id=message_id, token=new_sid("")))
    schedule(db, events)


def _add_media(db: Database, message_id: int, kind: str, source: str, now: float) -> None:
    values = {"message_id": message_id, "content_type": kind, "source": source, "created_at": now}
    insert(db, "media", {"sid": new_sid("ME"), **values})
