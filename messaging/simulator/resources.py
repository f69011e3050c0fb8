"""Twilio's JSON resources, from rows of the ledger."""

from collections.abc import Mapping
from typing import Any

from messaging.simulator.errors import failure_sentence
from messaging.simulator.formats import iso8601, rfc2822
from messaging.simulator.ledger import Row
from messaging.simulator.shown import shown


def messages_path(account: str) -> str:
    return f"/2010-04-01/Accounts/{account}/Messages.json"


def message_resource(
    row: Mapping[str, Any] | Row, account: str, *, shown_as: str = "as_written"
) -> dict[str, Any]:
    path = f"/2010-04-01/Accounts/{account}/Messages/{row['sid']}"
    failed = row["error_code"]
    unchanged = row["direction"] == "inbound"
    unassigned = row["status"] in ("accepted", "scheduled")
    return {
        "body": row["body"],
        "num_segments": "0" if unassigned else "1",
        "direction": row["direction"],
        "from": row["sender"],
        "to": row["recipient"] if unchanged else shown(row["recipient"], shown_as),
        "date_updated": rfc2822(row["updated_at"]),
        "price": row["price"],
        "error_message": failure_sentence(failed)[0] if failed else None,
        "uri": f"{path}.json",
        "account_sid": account,
        "num_media": str(row["num_media"]),
        "status": row["status"],
        "messaging_service_sid": row["service_sid"],
        "sid": row["sid"],
        "date_sent": rfc2822(row["sent_at"]),
        "date_created": rfc2822(row["created_at"]),
        "error_code": failed,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{path}/Media.json"},
    }


def media_resource(row: Row, message_sid: str, account: str) -> dict[str, Any]:
    path = f"/2010-04-01/Accounts/{account}/Messages/{message_sid}/Media/{row['sid']}"
    return {
        "sid": row["sid"],
        "account_sid": account,
        "parent_sid": message_sid,
        "content_type": row["content_type"],
        "date_created": rfc2822(row["created_at"]),
        "date_updated": rfc2822(row["created_at"]),
        "uri": f"{path}.json",
    }


def content_resource(content: Mapping[str, Any], account: str, base: str) -> dict[str, Any]:
    url = f"{base}/v1/Content/{content['sid']}"
    return {
        **_content_core(content, account),
        "url": url,
        "links": {
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
            "approval_fetch": f"{url}/ApprovalRequests",
        },
    }


def content_and_approvals(content: Mapping[str, Any], account: str) -> dict[str, Any]:
    return {**_content_core(content, account), "approval_requests": approval(content)}


def approval(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": content["approval_name"] or "",
        "category": content["category"] or "",
        "content_type": content["type"],
        "status": content["approval"],
        "rejection_reason": content["rejection_reason"],
        "allow_category_change": bool(content["allow_category_change"]),
    }


def _content_core(content: Mapping[str, Any], account: str) -> dict[str, Any]:
    return {
        "sid": content["sid"],
        "account_sid": account,
        "friendly_name": content["friendly_name"],
        "language": content["language"],
        "variables": content["variables"],
        "types": content["types"],
        "date_created": iso8601(content["created_at"]),
        "date_updated": iso8601(content["updated_at"]),
    }
