"""The shapes Twilio gives to times and identifiers."""

import json
import re
import secrets
import time
from calendar import timegm

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WHATSAPP = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128})")

# One encoder for all: json.dumps builds a new one whenever an option differs.
to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def rfc2822(moment: float | None) -> str | None:
    if moment is None:
        return None
    at = time.gmtime(moment)
    return (
        f"{_DAYS[at.tm_wday]}, {at.tm_mday:02} {_MONTHS[at.tm_mon - 1]} {at.tm_year}"
        f" {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} +0000"
    )


def iso8601(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def parse_time(text: str) -> tuple[float, float] | None:
    """The first moment that ``text`` names and the one after the last: a day, or a second."""
    for pattern, span in (("%Y-%m-%d", 86_400.0), ("%Y-%m-%dT%H:%M:%SZ", 1.0)):
        try:
            start = float(timegm(time.strptime(re.sub(r"\.\d+Z$", "Z", text), pattern)))
        except ValueError:
            continue
        return start, start + span
    return None


def whatsapp_name(address: str) -> str | None:
    """The E.164 number or business-scoped id of ``whatsapp:…``; None when it is neither."""
    match = _WHATSAPP.fullmatch(address)
    return match.group(1) if match else None
