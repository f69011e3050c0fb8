"""content.twilio.com: templates and approvals; and messaging.twilio.com's typing indicator."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from messaging.simulator.errors import Refused
from messaging.simulator.formats import parse_time
from messaging.simulator.ledger import REVIEW, Event, schedule
from messaging.simulator.requests_in import answer, no_content, page_size, simulator, twilio
from messaging.simulator.resources import approval, content_and_approvals, content_resource
from messaging.simulator.review import APPROVAL_NAME, CATEGORIES, rejection_reason
from messaging.simulator.templates import check_draft

bp = Blueprint("content", __name__)


@bp.post("/v1/Content")
@twilio
def create() -> Response:
    sim = simulator()
    draft = check_draft(request.get_json(silent=True, force=True))
    content = sim.contents.create(draft, now=sim.now())
    return answer(content_resource(content, sim.options.account_sid, sim.base_url), 201)


@bp.get("/v1/Content/<sid>")
@twilio
def fetch(sid: str) -> Response:
    sim = simulator()
    content = sim.contents.get(sid)
    return answer(content_resource(content, sim.options.account_sid, sim.base_url))


@bp.delete("/v1/Content/<sid>")
@twilio
def delete(sid: str) -> Response:
    simulator().contents.delete(sid)
    return no_content()


@bp.post("/v1/Content/<sid>/ApprovalRequests/whatsapp")
@twilio
def submit(sid: str) -> Response:
    sim = simulator()
    content = sim.contents.get(sid)
    asked = request.get_json(silent=True, force=True)
    if not isinstance(asked, dict):
        raise _refused("the body must be a JSON object")
    name, category = asked.get("name"), asked.get("category")
    if not isinstance(name, str) or not APPROVAL_NAME.fullmatch(name):
        raise _refused("name must be lowercase letters, digits and underscores")
    if category not in CATEGORIES:
        raise _refused(f"category must be one of {', '.join(CATEGORIES)}")
    if content["approval"] != "unsubmitted":
        raise _refused("the content was already submitted")
    for other in sim.contents.all():
        if other["approval_name"] == name and other["language"] == content["language"]:
            raise _refused(f"a template called {name} already exists in this language")
    now = sim.now()
    sim.contents.update(
        sid,
        {
            "approval": "received",
            "approval_name": name,
            "category": category,
            "allow_category_change": bool(asked.get("allow_category_change", True)),
        },
        now=now,
    )
    reason = rejection_reason(content, name, sim.profile)
    pending_at = now + sim.scaled(sim.profile.received_delay)
    decided_at = pending_at + sim.scaled(sim.profile.review_delay)
    decision = "rejected" if reason else "approved"
    with sim.ledger.write() as db:
        schedule(
            db,
            [
                Event(
                    kind=REVIEW, due_at=due_at, message_id=content["id"], status=status, token=why
                )
                for due_at, status, why in (
                    (pending_at, "pending", ""),
                    (decided_at, decision, reason),
                )
            ],
        )
    sim.wake.set()
    return answer(approval(sim.contents.get(sid)), 201)


@bp.get("/v1/Content/<sid>/ApprovalRequests")
@twilio
def approvals(sid: str) -> Response:
    sim = simulator()
    content = sim.contents.get(sid)
    return answer(
        {
            "sid": sid,
            "account_sid": sim.options.account_sid,
            "whatsapp": {"type": "whatsapp", **approval(content)},
            "url": f"{sim.base_url}/v1/Content/{sid}/ApprovalRequests",
        }
    )


@bp.get("/v1/Content")
@bp.get("/v2/Content")
@twilio
def list_contents() -> Response:
    base = simulator().base_url
    return _page(lambda content, account: content_resource(content, account, base))


@bp.get("/v1/ContentAndApprovals")
@bp.get("/v2/ContentAndApprovals")
@twilio
def list_with_approvals() -> Response:
    return _page(content_and_approvals)


@bp.post("/v2/Indicators/Typing.json")
@twilio
def typing() -> Response:
    if request.form.get("channel") != "whatsapp":
        raise _refused("channel must be whatsapp")
    sid = request.form.get("messageId", "")
    found = simulator().ledger.row(
        "SELECT 1 FROM messages WHERE sid = ? AND direction = 'inbound'", (sid,)
    )
    if found is None:
        raise Refused(20404, f"/Messages/{sid}")
    return answer({"success": True})


def _page(resource: Callable[[dict[str, Any], str], dict[str, Any]]) -> Response:
    sim = simulator()
    size, page = page_size()
    contents = list(_filtered(sim.contents.all()))
    shown = contents[page * size : (page + 1) * size]
    asked = {k: v for k, v in request.args.items() if k not in ("Page", "PageSize", "PageToken")}

    def url(number: int) -> str:
        query = urlencode({**asked, "PageSize": size, "Page": number})
        return f"{sim.base_url}{request.path}?{query}"

    more = len(contents) > (page + 1) * size
    return answer(
        {
            "contents": [resource(one, sim.options.account_sid) for one in shown],
            "meta": {
                "page": page,
                "page_size": size,
                "first_page_url": url(0),
                "previous_page_url": url(page - 1) if page else None,
                "url": url(page),
                "next_page_url": url(page + 1) if more else None,
                "key": "contents",
            },
        }
    )


def _filtered(contents: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    name = request.args.get("ContentName", "").lower()
    languages = request.args.getlist("Language")
    kinds = request.args.getlist("ContentType")
    after = parse_time(request.args.get("DateCreatedAfter", ""))
    before = parse_time(request.args.get("DateCreatedBefore", ""))
    for content in contents:
        names = f"{content['friendly_name']} {content['approval_name'] or ''}".lower()
        if (
            name in names
            and (not languages or content["language"] in languages)
            and (not kinds or content["types"].keys() & set(kinds))
            and (after is None or content["created_at"] >= after[0])
            and (before is None or content["created_at"] < before[1])
        ):
            yield content


def _refused(reason: str) -> Refused:
    refused = Refused(20001)
    refused.sentence = f"Invalid request: {reason}"
    return refused
