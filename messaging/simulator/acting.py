"""A customer does something because somebody said so: the control API, or the phone page."""

import json
from collections.abc import Sequence
from typing import Any

from messaging.simulator.customers import Answer
from messaging.simulator.inbound import receive
from messaging.simulator.ledger import Ledger, Row
from messaging.simulator.state import Simulator

TAPPABLE = ("QUICK_REPLY", "LIST_ITEM")


class NotPossible(Exception):
    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


def act(sim: Simulator, phone: str, said: Answer, message: Row | None, *, to: str = "") -> str:
    """He says it now, to the sender of ``message`` or else to ``to``; returns its sid.

    Raises:
        NotPossible: no sender of ours is named and the account has none.
    """
    sender = message["sender"] if message is not None else to
    if not sender and sim.options.senders:
        sender = sim.options.senders[0]
    if not sender:
        raise NotPossible("nobody has written to him: name our sender in `to`", 409)
    if not sender.startswith("whatsapp:"):
        sender = f"whatsapp:{sender}"
    with sim.ledger.write() as db:
        sid = receive(
            sim, db, said, phone=phone, sender=sender, to_message=message, now=sim.now(),
            surely=True,
        )  # fmt: skip
    sim.wake.set()
    return sid


def message_to(
    ledger: Ledger, phone: str, sid: str | None, *, with_buttons: bool = False
) -> Row | None:
    """The message named, or the last one he got.

    Raises:
        NotPossible: he never got the one that is named.
    """
    address = f"whatsapp:{phone}"
    if sid is not None:
        named = ledger.row("SELECT * FROM messages WHERE sid = ? AND recipient = ?", (sid, address))
        if named is None:
            raise NotPossible(f"he never got the message {sid}", 404)
        return named
    return ledger.row(
        "SELECT * FROM messages WHERE recipient = ? AND (NOT ? OR buttons != '[]')"
        " ORDER BY id DESC LIMIT 1",
        (address, with_buttons),
    )


def button_of(message: Row, wanted: Any) -> dict[str, Any]:
    """The one of its tappable buttons with this place among them, title or payload.

    Raises:
        NotPossible: there is none.
    """
    for position, button in enumerate(tappable(message)):
        names = (position, button["title"], button.get("id"))
        if any(type(wanted) is type(name) and wanted == name for name in names):
            return button
    raise NotPossible(f"the message has no button {wanted!r}", 404)


def tappable(message: Row) -> Sequence[dict[str, Any]]:
    return [one for one in json.loads(message["buttons"]) if one["type"] in TAPPABLE]
