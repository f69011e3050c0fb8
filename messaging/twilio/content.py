"""A template version in the words of Twilio's Content API.

Source: Twilio OpenAPI, twilio_content_v1.json; every type refuses properties of another one.
"""

from typing import Any

from messaging.templates import Button, Draft
from models.template import ButtonKind

_ACTION = {ButtonKind.QUICK_REPLY: "QUICK_REPLY", ButtonKind.URL: "URL"}


def content_request(draft: Draft, *, friendly_name: str) -> dict[str, Any]:
    """What POST /v1/Content takes: the poorest content type that holds all of the draft."""
    return {
        "friendly_name": friendly_name,
        "language": draft.language,
        "variables": dict(draft.samples),
        "types": {_type(draft): _content(draft)},
    }


def _type(draft: Draft) -> str:
    kinds = {button.kind for button in draft.buttons}
    if draft.header is not None or draft.footer is not None or len(kinds) > 1:
        return (
            "whatsapp/card"  # the only one with header and footer, and with buttons of both kinds
        )
    if kinds == {ButtonKind.QUICK_REPLY}:
        return "twilio/quick-reply"
    return "twilio/call-to-action" if kinds else "twilio/text"


def _content(draft: Draft) -> dict[str, Any]:
    content: dict[str, Any] = {"body": draft.body}
    if draft.header is not None:
        content["header_text"] = draft.header
    if draft.footer is not None:
        content["footer"] = draft.footer
    if draft.buttons:
        content["actions"] = [_action(button) for button in draft.buttons]
    return content


def _action(button: Button) -> dict[str, str]:
    where = "id" if button.kind is ButtonKind.QUICK_REPLY else "url"
    return {"type": _ACTION[button.kind], "title": button.title, where: button.pattern}
