"""Files of messages: what a customer sent, and what the line sent him.

A customer's is reached as at Twilio: its resource asks for credentials and answers with a
redirect to a content network, whose address is signed and asks for none.
"""

import hmac
from hashlib import sha256

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from messaging.simulator.fate import failing_steps, steps_of
from messaging.simulator.ledger import STATUS, Event, Ledger, count, finish, schedule
from messaging.simulator.options import Options
from messaging.simulator.pictures import receipt
from messaging.simulator.requests_in import simulator
from messaging.simulator.state import Simulator

NOT_FETCHED = 63019
_LARGEST = 16 * 1024 * 1024

cdn = Blueprint("cdn", __name__, url_prefix="/media-cdn")


def media_content(ledger: Ledger, media_sid: str) -> bytes:
    """The bytes somebody chose, or else a picture drawn for him."""
    kept = ledger.row("SELECT content FROM uploads WHERE media_sid = ?", (media_sid,))
    return bytes(kept["content"]) if kept is not None else receipt(media_sid)


def cdn_path(options: Options, media_sid: str) -> str:
    return f"/media-cdn/{options.account_sid}/{media_sid}/{_signature(options, media_sid)}"


@cdn.get("/<account>/<media_sid>/<signature>")
def content(account: str, media_sid: str, signature: str) -> Response:
    sim = simulator()
    genuine = hmac.compare_digest(signature.encode(), _signature(sim.options, media_sid).encode())
    row = sim.ledger.row("SELECT * FROM media WHERE sid = ?", (media_sid,))
    if not genuine or account != sim.options.account_sid or row is None:
        raise NotFound
    return Response(media_content(sim.ledger, media_sid), mimetype=row["content_type"])


def fetch_outbound(sim: Simulator, event: Event) -> None:
    """Fetch what a message of the line is to bring; without it, the message fails."""
    rows = sim.ledger.rows("SELECT * FROM media WHERE message_id = ?", (event.message_id,))
    message = sim.ledger.row("SELECT * FROM messages WHERE id = ?", (event.message_id,))
    fetched = [(row, sim.client.get(row["source"], most=_LARGEST)) for row in rows]
    with sim.ledger.write() as db:
        finish(db, event)
        if message is None:
            return
        count(db, "media_fetched" if all(got for _, got in fetched) else "media_not_fetched")
        for row, got in fetched:
            if got is None:
                continue
            db.execute(
                "UPDATE media SET content_type = ?, source = '' WHERE sid = ?", (got[1], row["sid"])
            )
            db.execute("INSERT OR REPLACE INTO uploads VALUES (?, ?)", (row["sid"], got[0]))
        key = (message["phone"], message["ordinal"])
        steps = steps_of(sim.profile, sim.chance, *key)
        if not all(got for _, got in fetched):
            steps = failing_steps(sim.profile, sim.chance, *key, NOT_FETCHED)
        schedule(
            db,
            [
                Event(
                    kind=STATUS,
                    due_at=sim.now() + sim.scaled(step.after),
                    message_id=event.message_id,
                    status=step.status,
                    error_code=step.error_code,
                )
                for step in steps
            ],
        )
    sim.wake.set()


def _signature(options: Options, media_sid: str) -> str:
    signed = f"media {media_sid}".encode()
    return hmac.new(options.auth_token.encode(), signed, sha256).hexdigest()[:32]
