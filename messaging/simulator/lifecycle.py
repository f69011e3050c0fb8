"""What happens to a message that was taken: statuses, callbacks, and the customer's answer."""

import json
from dataclasses import replace

from messaging.simulator.customers import Answer, answers_to
from messaging.simulator.fate import Step
from messaging.simulator.formats import new_sid
from messaging.simulator.inbound import receive
from messaging.simulator.ledger import (
    CALLBACK,
    REPLY,
    STATUS,
    Database,
    Event,
    Row,
    count,
    schedule,
)
from messaging.simulator.state import Simulator


def advance(sim: Simulator, db: Database, event: Event, now: float) -> None:
    """A message reaches its next status: note it, tell the product, let the customer answer."""
    message = db.execute("SELECT * FROM messages WHERE id = ?", (event.message_id,)).fetchone()
    if message is None or event.status is None or message["status"] == "canceled":
        return
    if event.status == "read" and message["status"] == "read":
        return  # somebody opened it for him
    if event.status == "read" and sim.automation.is_by_hand(message["phone"]):
        if message["status"] == "delivered":
            return
        event = replace(event, status="delivered")
    _enter_and_tell(sim, db, message, event, now)
    alone = sim.automation.answers_alone(message["phone"])
    if alone and event.status in ("delivered", "read") and not _has_more(db, event):
        for position, answer in enumerate(_answers(sim, message)):
            due_at = now + sim.scaled(answer.after)
            reply = Event(kind=REPLY, due_at=due_at, message_id=message["id"], attempt=position)
            schedule(db, [reply])


def read_by_hand(sim: Simulator, phone: str) -> int:
    """He looks at the chat: what had reached him is read now; returns how many that were."""
    with sim.ledger.write() as db:
        unread = db.execute(
            "SELECT * FROM messages WHERE recipient = ? AND status = 'delivered'",
            (f"whatsapp:{phone}",),
        ).fetchall()
        now = sim.now()
        for message in unread:
            event = Event(kind=STATUS, due_at=now, message_id=message["id"], status="read")
            _enter_and_tell(sim, db, message, event, now)
    sim.wake.set()
    return len(unread)


def _enter_and_tell(sim: Simulator, db: Database, message: Row, event: Event, now: float) -> None:
    enter_status(db, message["id"], Step(0, event.status or "", event.error_code), now)
    if message["status_callback"]:
        _tell(sim, db, message, event, now)


def reply_now(sim: Simulator, db: Database, event: Event, now: float) -> None:
    """The customer does what he had in mind, unless he asked to be left alone meanwhile.

    Nor if a person plays him by now, or all are paused.
    """
    message = db.execute("SELECT * FROM messages WHERE id = ?", (event.message_id,)).fetchone()
    if message is None or not sim.automation.answers_alone(message["phone"]):
        return
    if _opted_out(db, message["phone"], message["sender"]):
        return
    answers = _answers(sim, message)
    if event.attempt < len(answers):
        receive(
            sim, db, answers[event.attempt], phone=message["phone"], sender=message["sender"],
            to_message=message, now=now,
        )  # fmt: skip


def cancel(db: Database, message: Row, now: float) -> None:
    """Stop a message that has not left; the caller checked that it may be stopped."""
    db.execute("DELETE FROM events WHERE message_id = ? AND kind = ?", (message["id"], STATUS))
    enter_status(db, message["id"], Step(0, "canceled"), now)
    if message["status_callback"]:
        call_back(db, message["id"], "canceled", None, due_at=now)


def _answers(sim: Simulator, message: Row) -> list[Answer]:
    return answers_to(
        sim.profile,
        sim.chance,
        message["phone"],
        message["ordinal"],
        buttons=json.loads(message["buttons"]),
        from_template=message["content_sid"] is not None,
    )


def enter_status(db: Database, message_id: int, step: Step, now: float) -> None:
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
    call_back(db, message["id"], event.status or "", event.error_code, due_at=due_at)
    if chance.happens(profile.callback_doubled, "doubled", *key):
        count(db, "callbacks_doubled")
        call_back(db, message["id"], event.status or "", event.error_code, due_at=held)


def call_back(
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
