"""A customer's message reaches Twilio, which announces it to the product."""

from messaging.simulator.customers import BUTTON, IMAGE, OPT_OUT, Answer
from messaging.simulator.formats import new_sid, to_json
from messaging.simulator.ledger import (
    INBOUND,
    Database,
    Event,
    Row,
    add_media,
    count,
    insert,
    schedule,
)
from messaging.simulator.state import Simulator


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
    if answer.kind == IMAGE and not answer.media_type.startswith("image/"):
        message_type = "audio" if answer.media_type.startswith("audio/") else "document"
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
        "reply": to_json(reply),
        "num_media": 1 if answer.kind == IMAGE else 0,
    }
    message_id = insert(db, "messages", values)
    if answer.kind == IMAGE:
        add_media(db, message_id, answer.media_type, "", now, content=answer.content)
    db.execute(
        "INSERT INTO customers VALUES (?, ?, ?, ?) ON CONFLICT (phone, sender) DO UPDATE"
        " SET last_inbound_at = excluded.last_inbound_at,"
        " opted_out = max(opted_out, excluded.opted_out)",
        (phone, sender, now, answer.kind == OPT_OUT),
    )
    if sim.options.inbound_url:
        _announce(sim, db, message_id, phone, now, surely=surely)
    return str(values["sid"])


def _is_template(sim: Simulator, message: Row) -> bool:
    content = sim.contents.find(message["content_sid"]) if message["content_sid"] else None
    return content is not None and content["approval"] == "approved"


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
