"""What of the page is in its address: search, filter, page of the list, length, quoted message."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from messaging.simulator.phone.chats import SHOWS
from messaging.simulator.phone.thread import MESSAGES

_LONGEST_THREAD = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    phone: str = ""  # E.164, or a business-scoped id; empty: only the list
    search: str = ""
    show: str = ""
    after: int | None = None
    messages: int = MESSAGES
    quoted: str = ""

    def url(self, action: str = "chat", **changes: Any) -> str:
        """Of an action on this page, or with ``changes`` of the page itself."""
        of = {
            "q": self.search or None,
            "show": self.show or None,
            "after": self.after,
            "messages": self.messages if self.messages != MESSAGES else None,
            "quoted": self.quoted or None,
        } | changes
        phone = of.pop("phone", self.phone)
        if not phone:
            return url_for("phone.chats", **of)
        return url_for(f"phone.{action}", phone=phone.removeprefix("+"), **of)


def address(phone: str = "") -> Address:
    show, after = request.args.get("show", ""), request.args.get("after", "")
    messages = request.args.get("messages", "")
    return Address(
        phone=f"+{phone}" if phone.isdecimal() else phone,
        search=request.args.get("q", "").strip()[:60],
        show=show if show in SHOWS else "",
        after=_number(after),
        messages=max(MESSAGES, min(_LONGEST_THREAD, _number(messages) or 0)),
        quoted=request.args.get("quoted", "")[:40],
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None
