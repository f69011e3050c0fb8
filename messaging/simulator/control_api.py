"""/simulator/api: what judges and the phone page read and do. JSON, for this machine alone."""

from typing import Any

from flask import Blueprint, Response, request

from messaging.simulator import customers
from messaging.simulator.accounts import (
    chat,
    customer_list,
    ledger_page,
    post_page,
    reply_page,
    summary,
)
from messaging.simulator.acting import NotPossible, act, button_of, message_to
from messaging.simulator.behaviour import BadProfile
from messaging.simulator.contents import APPROVALS
from messaging.simulator.customers import Answer
from messaging.simulator.ledger import Row
from messaging.simulator.requests_in import answer, is_this_machine, simulator

bp = Blueprint("control", __name__, url_prefix="/simulator/api")


@bp.errorhandler(NotPossible)
def _not_possible(error: NotPossible) -> Response:
    return answer({"error": str(error)}, error.status)


@bp.before_request
def only_this_machine() -> Response | None:
    """The address, the name asked for and the content type: no page elsewhere can reach it."""
    if not is_this_machine():
        return answer({"error": "only this machine may ask"}, 403)
    if request.method in ("POST", "PUT") and not request.is_json:
        return answer({"error": "send application/json"}, 415)
    return None


@bp.get("/ledger")
def ledger() -> Response:
    after, limit = _window()
    return answer(ledger_page(simulator().ledger, after=after, limit=limit))


@bp.get("/replies")
def replies() -> Response:
    after, limit = _window()
    return answer(reply_page(simulator().ledger, after=after, limit=limit))


@bp.get("/posts")
def posts() -> Response:
    after, limit = _window()
    return answer(post_page(simulator().ledger, after=after, limit=limit))


@bp.get("/summary")
def summarize() -> Response:
    return answer(summary(simulator().ledger))


@bp.get("/profile")
def show_profile() -> Response:
    return answer(simulator().profile.as_json())


@bp.put("/profile")
def change_profile() -> Response:
    """The fields named change, the others stay."""
    sim = simulator()
    try:
        sim.profile = sim.profile.changed(_given())
    except BadProfile as error:
        raise NotPossible(str(error)) from error
    return answer(sim.profile.as_json())


@bp.put("/contents/<sid>")
def decide_content(sid: str) -> Response:
    """Meta decides now: {"status": …, "rejection_reason": …}."""
    sim, given = simulator(), _given()
    status = given.get("status")
    if status not in APPROVALS:
        raise NotPossible(f"status must be one of {', '.join(APPROVALS)}")
    if sim.contents.find(sid) is None:
        raise NotPossible(f"no content {sid}", 404)
    reason = str(given.get("rejection_reason") or "")
    sim.contents.update(sid, {"approval": status, "rejection_reason": reason}, now=sim.now())
    return answer({"sid": sid, "status": status, "rejection_reason": reason})


@bp.get("/customers")
def list_customers() -> Response:
    after, limit = _window()
    return answer(customer_list(simulator().ledger, offset=after, limit=limit))


@bp.get("/customers/<phone>")
def show_customer(phone: str) -> Response:
    return answer(chat(simulator().ledger, _phone(phone)))


@bp.put("/customers/<phone>")
def drive_customer(phone: str) -> Response:
    """{"by_hand": true}: a person plays him, he reads and answers nothing on his own."""
    by_hand = _given().get("by_hand")
    if not isinstance(by_hand, bool):
        raise NotPossible("by_hand must be true or false")
    simulator().automation.drive(_phone(phone), by_hand=by_hand)
    return answer({"phone": _phone(phone), "by_hand": by_hand})


@bp.put("/automatic")
def switch_automatic() -> Response:
    """{"on": false}: nobody answers on his own until it is true again."""
    on = _given().get("on")
    if not isinstance(on, bool):
        raise NotPossible("on must be true or false")
    simulator().automation.pause(not on)
    return answer({"on": on})


@bp.post("/customers/<phone>/tap")
def tap(phone: str) -> Response:
    """{"button": position, title or payload, "message_sid": the last with buttons when left out}"""
    given = _given()
    message = _message_to(_phone(phone), given.get("message_sid"), with_buttons=True)
    if message is None:
        raise NotPossible("he has no message with buttons", 409)
    button = button_of(message, given.get("button", 0))
    return _act(phone, customers.tap(button), message, given)


@bp.post("/customers/<phone>/write")
def write(phone: str) -> Response:
    """{"text": …, "quote": false, "opt_out": false, "message_sid": …, "to": our sender}"""
    given = _given()
    text = given.get("text")
    if not isinstance(text, str) or not text.strip():
        raise NotPossible("text is required")
    kind = customers.OPT_OUT if given.get("opt_out") else customers.TEXT
    message = _message_to(_phone(phone), given.get("message_sid"))
    said = Answer(kind=kind, body=text, quotes=bool(given.get("quote")))
    return _act(phone, said, message, given)


@bp.post("/customers/<phone>/photo")
def photo(phone: str) -> Response:
    """{"caption": …, "quote": false, "message_sid": …, "to": our sender}"""
    given = _given()
    message = _message_to(_phone(phone), given.get("message_sid"))
    said = Answer(
        kind=customers.IMAGE,
        body=str(given.get("caption") or ""),
        quotes=bool(given.get("quote")),
    )
    return _act(phone, said, message, given)


def _act(phone: str, said: Answer, message: Row | None, given: dict[str, Any]) -> Response:
    ledger = simulator().ledger
    sid = act(simulator(), _phone(phone), said, message, to=str(given.get("to") or ""))
    row = ledger.row("SELECT id FROM messages WHERE sid = ?", (sid,))
    assert row is not None
    return answer(reply_page(ledger, after=row["id"] - 1, limit=1)["replies"][0], 201)


def _message_to(phone: str, sid: Any, *, with_buttons: bool = False) -> Row | None:
    named = None if sid is None else str(sid)
    return message_to(simulator().ledger, phone, named, with_buttons=with_buttons)


def _given() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise NotPossible("the body must be a JSON object")
    return given


def _window() -> tuple[int, int]:
    after, limit = request.args.get("after", "0"), request.args.get("limit", "1000")
    if not after.isdecimal() or not limit.isdecimal():
        raise NotPossible("after and limit must be numbers")
    return int(after), min(int(limit), 10_000)


def _phone(text: str) -> str:
    return f"+{text}" if text.isdecimal() else text
