"""The checks Twilio makes at the door of POST Messages, in the order it makes them."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from messaging.simulator.errors import Refused
from messaging.simulator.formats import parse_time, whatsapp_name
from messaging.simulator.network import Order
from messaging.simulator.state import Simulator
from messaging.simulator.templates import parse_variables

# The parameters of the operation in twilio_api_v2010.json, and MessageIntent of newer clients.
KNOWN_PARAMETERS = {
    "To", "StatusCallback", "ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt",
    "ValidityPeriod", "ForceDelivery", "ContentRetention", "AddressRetention", "SmartEncoded",
    "PersistentAction", "TrafficType", "ShortenUrls", "ScheduleType", "SendAt", "SendAsMms",
    "ContentVariables", "RiskCheck", "From", "FallbackFrom", "MessagingServiceSid", "Body",
    "MediaUrl", "ContentSid", "MessageIntent",
}  # fmt: skip
_MINUTE, _DAY = 60.0, 86_400.0


def read_order(
    sim: Simulator, pairs: Sequence[tuple[str, str]], form: Mapping[str, str], *, now: float
) -> Order:
    """Raises Refused with the code Twilio gives."""
    recipient = form.get("To", "")
    service_sid = form.get("MessagingServiceSid") or None
    if not recipient:
        raise Refused(21604)
    sender = _sender(sim, form.get("From", ""), service_sid)
    on_whatsapp = recipient.startswith("whatsapp:")
    if on_whatsapp != sender.startswith("whatsapp:"):
        raise Refused(21910)
    phone = whatsapp_name(recipient)
    if phone is None:
        raise Refused(21211, recipient)
    content_sid, body = form.get("ContentSid", ""), form.get("Body", "")
    media_urls = [value for name, value in pairs if name == "MediaUrl" and value]
    if not (content_sid or body or media_urls or form.get("PersistentAction")):
        raise Refused(21602)
    if len(body) > 1_600:
        raise Refused(21617)
    if len(media_urls) > 1:
        raise Refused(21623)
    if any(urlsplit(url).scheme not in ("http", "https") for url in media_urls):
        raise Refused(21620)
    variables_text = form.get("ContentVariables", "")
    if variables_text and not content_sid:
        raise Refused(21654)
    content = sim.contents.find(content_sid) if content_sid else None
    if content_sid and content is None:
        raise Refused(21655, content_sid)
    callback = form.get("StatusCallback", "")
    if callback and not is_callback_address(callback):
        raise Refused(21609, callback)
    return Order(
        sender=sender,
        recipient=recipient,
        phone=phone,
        body=body,
        service_sid=service_sid,
        content=content,
        variables=parse_variables(variables_text) if variables_text else {},
        media_urls=media_urls,
        status_callback=callback,
        unknown_parameters=sorted(form.keys() - KNOWN_PARAMETERS),
        send_at=_send_at(form, service_sid, now),
    )


def is_callback_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    plain = parts.scheme in ("http", "https") and "_" not in host and not parts.username
    return bool(host) and plain and len(url) <= 4_000


def _sender(sim: Simulator, given: str, service_sid: str | None) -> str:
    senders = sim.options.senders
    if service_sid and not (service_sid.startswith("MG") and len(service_sid) == 34):
        raise Refused(21705, service_sid)
    if not given:
        if not service_sid:
            raise Refused(21603)
        if not senders:
            raise Refused(21703)
        return f"whatsapp:{senders[0]}"
    if not given.startswith("whatsapp:"):
        raise Refused(21910 if given.startswith("+") else 21212, given)
    number = whatsapp_name(given)
    if number is None:
        raise Refused(21212, given)
    if senders and number not in senders:
        raise Refused(63007)
    return given


def _send_at(form: Mapping[str, str], service_sid: str | None, now: float) -> float | None:
    if form.get("ScheduleType") != "fixed":
        return None
    if not service_sid:
        raise Refused(35118)
    moment = parse_time(form.get("SendAt", ""))
    if moment is None or not now + 15 * _MINUTE <= moment[0] <= now + 35 * _DAY:
        raise Refused(35114)
    return moment[0]
