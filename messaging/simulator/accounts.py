"""The ledger read back: accepted messages, replies, posts, chats and the sums."""

import json
from typing import Any

from messaging.simulator.customers import external_user_id, profile_name
from messaging.simulator.ledger import DELIVERIES, Ledger, Row
from messaging.simulator.network import our_ids


def ledger_page(ledger: Ledger, *, after: int, limit: int) -> dict[str, Any]:
    """Accepted messages in order of acceptance; ask again with ``next_after`` until it is null."""
    rows = ledger.rows(
        "SELECT * FROM messages WHERE direction != 'inbound' AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return {"messages": [_outbound(ledger, row) for row in rows], **_next(rows, limit)}


def reply_page(ledger: Ledger, *, after: int, limit: int) -> dict[str, Any]:
    rows = ledger.rows(
        "SELECT * FROM messages WHERE direction = 'inbound' AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return {"replies": [_inbound(row) for row in rows], **_next(rows, limit)}


def post_page(ledger: Ledger, *, after: int, limit: int) -> dict[str, Any]:
    """Every POST Messages that had credentials, with what it was answered."""
    rows = ledger.rows("SELECT * FROM posts WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
    return {"posts": [dict(row) for row in rows], **_next(rows, limit)}


def summary(ledger: Ledger) -> dict[str, Any]:
    def sums(sql: str) -> dict[str, int]:
        return {row[0]: row[1] for row in ledger.rows(sql)}

    with ledger.lock:
        posts = sums("SELECT outcome, count(*) FROM posts GROUP BY outcome ORDER BY outcome")
        statuses = sums(
            "SELECT status, count(*) FROM messages WHERE direction != 'inbound' GROUP BY status"
        )
        refusals = sums("SELECT code, count(*) FROM posts WHERE outcome = 'refused' GROUP BY code")
        replies = sums("SELECT kind, count(*) FROM messages WHERE kind NOT NULL GROUP BY kind")
        acknowledged = ledger.rows("SELECT count(*) FROM messages WHERE acknowledged_at NOT NULL")
        counters = sums("SELECT name, value FROM counters ORDER BY name")
        events = sums("SELECT kind, count(*) FROM events GROUP BY kind")
        fallbacks = ledger.rows("SELECT count(*) FROM messages WHERE fallback_keys != '[]'")
    return {
        "posts": posts,
        "posts_total": sum(posts.values()),
        "accepted": sum(statuses.values()),
        "ambiguous": {k: n for k, n in posts.items() if "_then_" in k or "_with_" in k},
        "throttled": posts.get("throttled", 0),
        "refused": {str(code): n for code, n in refusals.items()},
        "statuses": statuses,
        "fell_back_to_samples": fallbacks[0][0],
        "webhooks": counters,
        "replies": replies,
        "replies_total": sum(replies.values()),
        "replies_acknowledged": acknowledged[0][0],
        "pending": events,
        "pending_events": sum(events.values()),
        "pending_deliveries": sum(events.get(kind, 0) for kind in DELIVERIES),
    }


def customer_list(ledger: Ledger, *, offset: int, limit: int) -> dict[str, Any]:
    """Who was written to or wrote, latest first."""
    rows = ledger.rows(
        "SELECT phone, max(id) AS last_id, count(*) AS messages,"
        " sum(direction = 'inbound') AS written FROM messages GROUP BY phone"
        " ORDER BY last_id DESC LIMIT ? OFFSET ?",
        (limit, offset),
    )
    people = []
    for row in rows:
        last = ledger.row("SELECT * FROM messages WHERE id = ?", (row["last_id"],))
        assert last is not None
        people.append(
            {
                "phone": row["phone"],
                "profile_name": profile_name(row["phone"]),
                "messages": row["messages"],
                "written": row["written"],
                "last": _bubble(ledger, last),
            }
        )
    return {"customers": people, "next_after": offset + limit if len(rows) == limit else None}


def chat(ledger: Ledger, phone: str) -> dict[str, Any]:
    """The conversation as he sees it: a message that did not arrive is not in it."""
    address = f"whatsapp:{phone}"
    rows = ledger.rows(
        "SELECT * FROM messages WHERE sender = :a OR recipient = :a ORDER BY id", {"a": address}
    )
    arrived = [row for row in rows if row["status"] in ("delivered", "read", "received")]
    opted_out = ledger.row("SELECT 1 FROM customers WHERE phone = ? AND opted_out", (phone,))
    return {
        "phone": phone,
        "profile_name": profile_name(phone),
        "external_user_id": external_user_id(phone),
        "opted_out": opted_out is not None,
        "messages": [_bubble(ledger, row) for row in arrived],
        "not_arrived": len(rows) - len(arrived),
    }


def _outbound(ledger: Ledger, row: Row) -> dict[str, Any]:
    history = ledger.rows(
        "SELECT at, status, error_code FROM history WHERE message_id = ? ORDER BY id", (row["id"],)
    )
    message, attempt = our_ids(row["status_callback"])
    return {
        "id": row["id"],
        "sid": row["sid"],
        "to": row["recipient"],
        "from": row["sender"],
        "phone": row["phone"],
        "messaging_service_sid": row["service_sid"],
        "content_sid": row["content_sid"],
        "variables": json.loads(row["variables"]) if row["variables"] else None,
        "fallback_keys": json.loads(row["fallback_keys"]),
        "unknown_keys": json.loads(row["unknown_keys"]),
        "unknown_parameters": json.loads(row["unknown_parameters"]),
        "body": row["body"],
        "buttons": json.loads(row["buttons"]),
        "num_media": row["num_media"],
        "status": row["status"],
        "error_code": row["error_code"],
        "history": [dict(one) for one in history],
        "status_callback": row["status_callback"],
        "message": message,
        "attempt": attempt,
        "ordinal": row["ordinal"],
        "date_created": row["created_at"],
    }


def _inbound(row: Row) -> dict[str, Any]:
    reply = json.loads(row["reply"])
    return {
        "id": row["id"],
        "sid": row["sid"],
        "from": row["sender"],
        "to": row["recipient"],
        "phone": row["phone"],
        "kind": row["kind"],
        "message_type": reply["message_type"],
        "body": row["body"],
        "button": reply["button"],
        "quoted_sid": reply["quoted_sid"],
        "num_media": row["num_media"],
        "delivered": row["acknowledged_at"] is not None,
        "date_created": row["created_at"],
    }


def _bubble(ledger: Ledger, row: Row) -> dict[str, Any]:
    mine = row["direction"] == "inbound"
    media = ledger.rows("SELECT sid, content_type FROM media WHERE message_id = ?", (row["id"],))
    return {
        "sid": row["sid"],
        "mine": mine,
        "from": row["sender"],
        "to": row["recipient"],
        "body": row["body"],
        "buttons": json.loads(row["buttons"]),
        "status": row["status"],
        "media": [dict(one) for one in media],
        "quoted_sid": json.loads(row["reply"])["quoted_sid"] if mine else None,
        "kind": row["kind"],
        "at": row["created_at"],
    }


def _next(rows: list[Row], limit: int) -> dict[str, Any]:
    return {"next_after": rows[-1]["id"] if rows and len(rows) == limit else None}
