"""api.twilio.com/2010-04-01: Messages and their Media."""

import socket
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import ClientDisconnected

from messaging.simulator.errors import Refused
from messaging.simulator.ledger import Row
from messaging.simulator.lifecycle import cancel
from messaging.simulator.listing import list_page
from messaging.simulator.media import cdn_path
from messaging.simulator.network import Order, accept, has_opted_out, record_post
from messaging.simulator.orders import read_order
from messaging.simulator.requests_in import answer, no_content, page_size, simulator, twilio
from messaging.simulator.resources import media_resource, message_resource, messages_path
from messaging.simulator.state import Simulator

bp = Blueprint("messages", __name__, url_prefix="/2010-04-01/Accounts/<account>")

_CANCELABLE = ("accepted", "scheduled", "queued")
_EARLY_CALLBACK_SECONDS = 5.0


@bp.post("/Messages.json")
@twilio
def create() -> Response:
    sim = simulator()
    raw = request.get_data(as_text=True)
    pairs = parse_qsl(raw, keep_blank_values=True)
    form = dict(pairs)
    phone = form.get("To", "").removeprefix("whatsapp:")
    key = (phone, sim.nth_post(phone))
    sim.pause(sim.chance.between(sim.profile.latency, "latency", *key))
    try:
        _throttle(sim, key)
        order = read_order(sim, pairs, form, now=sim.now())
        _refuse(sim, order)
    except Refused as refused:
        outcome = "throttled" if refused.status == 429 else "refused"
        _note(sim, phone, outcome, raw, status=refused.status, code=refused.code)
        raise
    fault = _fault(sim, key)
    if fault == "refused_with_500":
        _note(sim, phone, fault, raw, status=500, code=20500)
        raise Refused(20500)
    if fault == "refused_with_drop":
        _note(sim, phone, fault, raw, status=None, code=None)
        return _hang_up()
    statuses = {"accepted_then_500": 500, "accepted_then_dropped": None}
    message = accept(
        sim, order, outcome=fault or "accepted", http_status=statuses.get(fault or "", 201),
        form=raw, now=sim.now(),
    )  # fmt: skip
    sim.wake.set()
    early = sim.early.get(message["id"])
    if early is not None:
        early.wait(_EARLY_CALLBACK_SECONDS)
    if fault == "accepted_then_500":
        raise Refused(20500)
    if fault == "accepted_then_dropped":
        return _hang_up()
    if fault == "accepted_then_late":
        sim.pause(sim.profile.late_answer)
    return answer(message_resource(message, sim.options.account_sid), 201)


@bp.get("/Messages.json")
@twilio
def list_messages() -> Response:
    sim = simulator()
    size, page = page_size()
    how = sim.profile.recipients_shown
    found = list_page(sim.ledger, request.args, size=size, page=page, now=sim.now(), shown_as=how)
    account = sim.options.account_sid
    path = messages_path(account)
    asked = {k: v for k, v in request.args.items() if k not in ("Page", "PageToken", "PageSize")}

    def uri(number: int, token: str | None = None) -> str:
        query = {**asked, "PageSize": str(size), "Page": str(number)}
        return f"{path}?{urlencode(query | ({'PageToken': token} if token else {}))}"

    return answer(
        {
            "end": page * size + max(0, len(found.rows) - 1),
            "first_page_uri": uri(0),
            "next_page_uri": uri(page + 1, found.next_token) if found.next_token else None,
            "page": page,
            "page_size": size,
            "previous_page_uri": uri(page - 1) if page else None,
            "start": page * size,
            "uri": uri(page, request.args.get("PageToken")),
            "messages": [message_resource(row, account, shown_as=how) for row in found.rows],
        }
    )


@bp.get("/Messages/<sid>.json")
@twilio
def fetch(sid: str) -> Response:
    sim = simulator()
    how = sim.profile.recipients_shown
    return answer(message_resource(_message(sim, sid), sim.options.account_sid, shown_as=how))


@bp.post("/Messages/<sid>.json")
@twilio
def update(sid: str) -> Response:
    sim = simulator()
    _message(sim, sid)
    now = sim.now()
    with sim.ledger.write() as db:
        message = db.execute("SELECT * FROM messages WHERE sid = ?", (sid,)).fetchone()
        if request.form.get("Status") == "canceled":
            if message["status"] not in _CANCELABLE or message["direction"] == "inbound":
                raise Refused(30410, f"the message is {message['status']}")
            cancel(db, message, now)
        elif request.form.get("Body") == "":
            db.execute(
                "UPDATE messages SET body = '', updated_at = ? WHERE id = ?", (now, message["id"])
            )
        else:
            raise Refused(20001)
    sim.wake.set()
    return answer(message_resource(_message(sim, sid), sim.options.account_sid))


@bp.delete("/Messages/<sid>.json")
@twilio
def delete(sid: str) -> Response:
    sim = simulator()
    message = _message(sim, sid)
    if message["status"] in ("accepted", "queued", "sending", "scheduled"):
        raise Refused(20409, "the message is not final")
    with sim.ledger.write() as db:  # the ledger keeps it; the interface shows it no more
        db.execute("UPDATE messages SET deleted = 1, body = '' WHERE id = ?", (message["id"],))
    return no_content()


@bp.get("/Messages/<sid>/Media.json")
@twilio
def list_media(sid: str) -> Response:
    sim = simulator()
    message = _message(sim, sid)
    rows = sim.ledger.rows("SELECT * FROM media WHERE message_id = ?", (message["id"],))
    account = sim.options.account_sid
    uri = f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json?PageSize=50&Page=0"
    return answer(
        {
            "end": max(0, len(rows) - 1),
            "first_page_uri": uri,
            "next_page_uri": None,
            "page": 0,
            "page_size": 50,
            "previous_page_uri": None,
            "start": 0,
            "uri": uri,
            "media_list": [media_resource(row, sid, account) for row in rows],
        }
    )


@bp.get("/Messages/<sid>/Media/<media_sid>.json")
@twilio
def fetch_media(sid: str, media_sid: str) -> Response:
    sim = simulator()
    return answer(media_resource(_media(sim, sid, media_sid), sid, sim.options.account_sid))


@bp.get("/Messages/<sid>/Media/<media_sid>")
@twilio
def media_bytes(sid: str, media_sid: str) -> Response:
    media = _media(simulator(), sid, media_sid)
    if media["source"]:
        return Response(status=307, headers={"Location": media["source"]})
    # as Twilio does: the bytes are elsewhere, and no credentials are wanted there
    place = request.host_url.rstrip("/") + cdn_path(simulator().options, media_sid)
    return Response(status=302, headers={"Location": place})


@bp.delete("/Messages/<sid>/Media/<media_sid>.json")
@twilio
def delete_media(sid: str, media_sid: str) -> Response:
    sim = simulator()
    _media(sim, sid, media_sid)
    with sim.ledger.write() as db:
        db.execute("DELETE FROM media WHERE sid = ?", (media_sid,))
    return no_content()


def _throttle(sim: Simulator, key: Sequence[str | int]) -> None:
    profile = sim.profile
    crowded = bool(profile.max_concurrent) and g.at_work > profile.max_concurrent
    if crowded or sim.chance.happens(profile.throttled, "throttled", *key):
        raise Refused(20429)


def _refuse(sim: Simulator, order: Order) -> None:
    code = sim.chance.one_of(sim.profile.refusals, "refusal", order.phone)
    if code is not None:
        raise Refused(int(code), order.recipient)
    if sim.profile.opt_out_blocks and has_opted_out(sim, order.phone, order.sender):
        raise Refused(21610)


def _fault(sim: Simulator, key: Sequence[str | int]) -> str | None:
    profile = sim.profile
    shares = {
        "accepted_then_500": profile.accepted_then_500,
        "accepted_then_dropped": profile.accepted_then_dropped,
        "accepted_then_late": profile.accepted_then_late,
        "refused_with_500": profile.refused_with_500,
        "refused_with_drop": profile.refused_with_drop,
    }
    return sim.chance.one_of(shares, "fault", *key)


def _hang_up() -> Response:
    """Close the connection without a byte of an answer."""
    connection = request.environ.get("simulator.connection")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ClientDisconnected


def _note(
    sim: Simulator, phone: str, outcome: str, form: str, *, status: int | None, code: int | None
) -> None:
    with sim.ledger.write() as db:
        record_post(
            db, phone=phone, outcome=outcome, status=status, code=code, sid=None, form=form,
            now=sim.now(),
        )  # fmt: skip


def _message(sim: Simulator, sid: str) -> Row:
    row = sim.ledger.row(
        "SELECT * FROM messages WHERE sid = ? AND NOT deleted AND visible_at <= ?",
        (sid, sim.now()),
    )
    if row is None:
        raise Refused(20404, request.path)
    return row


def _media(sim: Simulator, sid: str, media_sid: str) -> Row:
    message = _message(sim, sid)
    row = sim.ledger.row(
        "SELECT * FROM media WHERE sid = ? AND message_id = ?", (media_sid, message["id"])
    )
    if row is None:
        raise Refused(20404, request.path)
    return row
