"""Content types: what may be in a draft, and what the customer reads when it is sent."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from messaging.simulator.errors import Refused

VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,16})\s*\}\}")

# Property -> required, per type. Source: twilio_content_v1.json, where all refuse other names.
TYPES: dict[str, dict[str, bool]] = {
    "twilio/text": {"body": True},
    "twilio/media": {"body": False, "media": True},
    "twilio/location": {
        "latitude": True, "longitude": True, "label": False, "id": False, "address": False,
    },
    "twilio/list-picker": {"body": True, "button": True, "items": True},
    "twilio/call-to-action": {"body": True, "actions": True},
    "twilio/quick-reply": {"body": True, "actions": True},
    "twilio/card": {"title": False, "subtitle": False, "media": False, "actions": False},
    "twilio/catalog": {
        "title": False, "body": True, "subtitle": False, "id": False, "items": False,
        "dynamic_items": False,
    },
    "twilio/carousel": {"body": True, "cards": True},
    "twilio/flows": {
        "body": True, "button_text": True, "subtitle": False, "media_url": False, "pages": True,
        "type": True,
    },
    "twilio/schedule": {"id": True, "title": True, "timeSlots": True},
    "whatsapp/card": {
        "body": True, "footer": False, "media": False, "header_text": False, "actions": False,
    },
    "whatsapp/authentication": {
        "add_security_recommendation": False, "code_expiration_minutes": False, "actions": True,
    },
    "whatsapp/flows": {
        "body": True, "button_text": True, "subtitle": False, "media_url": False, "flow_id": True,
        "flow_token": False, "flow_first_page_id": False, "is_flow_first_page_endpoint": False,
    },
}  # fmt: skip
_ACTION_NAMES = {
    "twilio/quick-reply": {"type", "title", "id"},
    "twilio/call-to-action": {"type", "title", "url", "phone", "code", "id"},
    "twilio/card": {"type", "title", "url", "phone", "id", "code", "webview_size"},
    "whatsapp/card": {"type", "title", "url", "phone", "id", "code", "webview_size"},
}
_ACTION_TYPES = {
    "twilio/quick-reply": {"QUICK_REPLY"},
    "twilio/call-to-action": {"URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL"},
    "twilio/card": {"URL", "PHONE_NUMBER", "QUICK_REPLY", "COPY_CODE", "VOICE_CALL"},
    "whatsapp/card": {"URL", "PHONE_NUMBER", "QUICK_REPLY", "COPY_CODE", "VOICE_CALL"},
}
_RICHEST_FIRST = ("whatsapp/card", "twilio/card", "twilio/quick-reply", "twilio/call-to-action")
SESSION_ONLY = ("twilio/list-picker", "twilio/location")


@dataclass(frozen=True, slots=True)
class Rendered:
    body: str
    buttons: list[dict[str, str]]
    media: list[str]
    fallback_keys: list[str]  # left out of the call: the customer reads the sample
    unknown_keys: list[str]
    unfilled_keys: list[str]  # left out, and there is no sample either
    header: str = ""
    footer: str = ""


def check_draft(draft: Any) -> dict[str, Any]:
    """What POST /v1/Content accepts; raises Refused 20001 with the reason."""
    if not isinstance(draft, dict):
        raise _bad("the body must be a JSON object")
    extra = set(draft) - {"friendly_name", "language", "variables", "types"}
    if extra:
        raise _bad(f"unknown property {sorted(extra)[0]}")
    if not isinstance(draft.get("language"), str) or not draft["language"]:
        raise _bad("language is required")
    variables = draft.get("variables") or {}
    if not isinstance(variables, dict) or not all(isinstance(v, str) for v in variables.values()):
        raise _bad("variables must map names to texts")
    types = draft.get("types")
    if not isinstance(types, dict) or not types:
        raise _bad("types is required")
    for name, content in types.items():
        _check_type(name, content)
    used = set(VARIABLE.findall(json.dumps(types)))
    if len(used) > 100:
        raise _bad("more than 100 variables")
    return {
        "friendly_name": str(draft.get("friendly_name") or ""),
        "language": draft["language"],
        "variables": variables,
        "types": types,
    }


def _check_type(name: str, content: Any) -> None:
    if name not in TYPES:
        raise _bad(f"unknown content type {name}")
    properties = TYPES[name]
    if not isinstance(content, dict):
        raise _bad(f"{name} must be an object")
    for extra in content.keys() - properties.keys():
        raise _bad(f"{name} has no property {extra}")
    for needed in (one for one, required in properties.items() if required):
        if content.get(needed) in (None, "", []):
            raise _bad(f"{name} needs {needed}")
    for text in ("body", "title", "footer", "header_text"):
        if text in content and not isinstance(content[text], str):
            raise _bad(f"{name}: {text} must be a text")
    if len(content.get("body", "")) > 1_600:
        raise _bad(f"{name}: body is longer than 1600 characters")
    if name in _ACTION_NAMES:
        _check_actions(name, content.get("actions") or [])


def _check_actions(name: str, actions: Any) -> None:
    if not isinstance(actions, list) or len(actions) > 10:
        raise _bad(f"{name}: actions must be a list of up to 10")
    for action in actions:
        if not isinstance(action, dict) or not all(isinstance(v, str) for v in action.values()):
            raise _bad(f"{name}: an action must map names to texts")
        for extra in action.keys() - _ACTION_NAMES[name]:
            raise _bad(f"{name}: an action has no property {extra}")
        kind = action.get("type", "QUICK_REPLY" if name == "twilio/quick-reply" else "")
        if kind not in _ACTION_TYPES[name]:
            raise _bad(f"{name}: an action cannot be of type {kind or 'none'}")
        if not action.get("title"):
            raise _bad(f"{name}: an action needs a title")
        if len(action["title"]) > (25 if kind != "QUICK_REPLY" else 20):
            raise _bad(f"{name}: the title {action['title']!r} is too long")
        if len(action.get("id", "")) > 200:
            raise _bad(f"{name}: an id is longer than 200 characters")


def content_type(types: Mapping[str, Any]) -> str:
    """The type that goes out on WhatsApp when a content holds several."""
    for name in _RICHEST_FIRST:
        if name in types:
            return name
    return next(iter(types))


def render(content: Mapping[str, Any], given: Mapping[str, str]) -> Rendered:
    samples: dict[str, str] = content["variables"]
    chosen = content["types"][content["type"]]
    unfilled: list[str] = []

    def fill(text: str) -> str:
        def value(match: re.Match[str]) -> str:
            key = match.group(1)
            if key in given:
                return given[key]
            if key not in samples:
                unfilled.append(key)
            return samples.get(key, match.group(0))

        return VARIABLE.sub(value, text) if "{{" in text else text

    buttons = []
    for position, action in enumerate(chosen.get("actions") or ()):
        button = {name: fill(value) for name, value in action.items() if isinstance(value, str)}
        button.setdefault("type", "QUICK_REPLY")
        button["index"] = str(position)
        buttons.append(button)
    for position, item in enumerate(chosen.get("items") or ()):
        if content["type"] == "twilio/list-picker":
            button = {"type": "LIST_ITEM", "title": fill(item["item"]), "id": fill(item["id"])}
            buttons.append(button | {"index": str(position)})
    media = chosen.get("media") or []
    used: set[str] = content["used"]
    body = fill(chosen.get("body") or chosen.get("title") or "")
    return Rendered(
        body=body,
        header=fill(chosen.get("header_text") or ""),
        footer=fill(chosen.get("footer") or (chosen.get("subtitle") or "")),
        buttons=buttons,
        media=[fill(url) for url in media],
        fallback_keys=sorted((used & samples.keys()) - given.keys()),
        unknown_keys=sorted(given.keys() - used),
        unfilled_keys=sorted(set(unfilled)),
    )


def compiled(content: Mapping[str, Any]) -> dict[str, Any]:
    """The stored content with what every send needs worked out once."""
    chosen = content_type(content["types"])
    used = set(VARIABLE.findall(json.dumps(content["types"][chosen])))
    return {**content, "type": chosen, "used": used}


def parse_variables(text: str) -> dict[str, str]:
    """ContentVariables as sent; raises Refused 21656 or 21658."""
    try:
        given = json.loads(text)
    except ValueError:
        raise Refused(21656) from None
    if not isinstance(given, dict):
        raise Refused(21656)
    for value in given.values():
        if not isinstance(value, str) or not value.strip():
            raise Refused(21656)
        if "\n" in value or "\t" in value or "\r" in value or " " * 5 in value:
            raise Refused(21656)
        if len(value) > 1_600:
            raise Refused(21658)
    return given


def _bad(reason: str) -> Refused:
    refused = Refused(20001)
    refused.sentence = f"Invalid content: {reason}"
    return refused
