"""Why Meta would refuse a template. Source: Twilio docs, Using variables with Content API."""

import re
from collections.abc import Mapping
from typing import Any

from messaging.simulator.behaviour import Profile
from messaging.simulator.templates import SESSION_ONLY, VARIABLE

APPROVAL_NAME = re.compile(r"[a-z0-9_]{1,512}")
CATEGORIES = ("MARKETING", "UTILITY", "AUTHENTICATION")


def rejection_reason(content: Mapping[str, Any], name: str, profile: Profile) -> str:
    """Empty when the template passes."""
    names = f"{content['friendly_name']} {name}".lower()
    for word in profile.reject_words:
        if word.lower() in names:
            return "INVALID_FORMAT: the content does not follow the policy of WhatsApp Business"
    if content["type"] in SESSION_ONLY:
        return "INVALID_FORMAT: this content type cannot be submitted"
    if not profile.strict_review:
        return ""
    body = content["types"][content["type"]].get("body") or ""
    return _faulty_variables(body, content)


def _faulty_variables(body: str, content: Mapping[str, Any]) -> str:
    keys = VARIABLE.findall(body)
    if not keys:
        return ""
    if not all(key.isdecimal() for key in keys):
        return "INVALID_FORMAT: variables must be numbers"
    everywhere = {int(key) for key in content["used"] if key.isdecimal()}
    if everywhere != set(range(1, len(everywhere) + 1)):
        return "INVALID_FORMAT: variables must be numbered from 1 without gaps"
    if any(not content["variables"].get(key, "").strip() for key in content["used"]):
        return "INVALID_FORMAT: a variable has no sample"
    edges = re.sub(r"[\s.,;:!?¡¿…)(\"'*_~-]+", "", VARIABLE.sub("\0", body))
    if edges.startswith("\0") or edges.endswith("\0"):
        return "INVALID_FORMAT: the body starts or ends with a variable"
    if re.search(r"\}\}\s*\{\{", body):
        return "INVALID_FORMAT: two variables touch"
    if len(re.findall(r"\w+", VARIABLE.sub(" ", body))) < 2 * len(set(keys)) + 1:
        return "INVALID_FORMAT: too many variables for so short a text"
    return ""
