"""What a listing or a fetch says, put as Twilio would have posted it: so that it goes one road.

A listing knows less than a webhook: no ButtonPayload, no OriginalRepliedMessageSid, no name. A
reply known only from here is tied by other evidence. Source: Twilio's OpenAPI document of the
2010 API, Message.
"""

from collections.abc import Sequence

from messaging.provider import ProviderMessage
from models.states import MessageState

_WHATSAPP = "whatsapp:"

# Of a fetch, what is news to a message that the provider has accepted.
_NEWS = {
    MessageState.SENT: "sent",
    MessageState.DELIVERED: "delivered",
    MessageState.READ: "read",
    MessageState.FAILED: "failed",
    MessageState.UNDELIVERED: "undelivered",
}

Form = list[tuple[str, str]]


def inbound_form(
    message: ProviderMessage, *, account_sid: str, media: Sequence[tuple[str, str]] = ()
) -> Form:
    """A listed message of a customer; ``media`` has each file's address and content type."""
    form = [
        ("MessageSid", message.sid),
        ("SmsMessageSid", message.sid),
        ("AccountSid", account_sid),
        ("SmsStatus", "received"),
        ("From", _WHATSAPP + message.sender),
        ("To", _WHATSAPP + message.to),
        ("Body", message.body),
        ("NumMedia", str(len(media))),
    ]
    for place, (url, content_type) in enumerate(media):
        form += [(f"MediaUrl{place}", url), (f"MediaContentType{place}", content_type)]
    return form


def status_form(message: ProviderMessage, *, account_sid: str) -> Form | None:
    """Where a message of ours stands; None if that says nothing but that it was accepted."""
    word = _NEWS.get(message.state) if message.state is not None else None
    if word is None:
        return None
    form = [
        ("MessageSid", message.sid),
        ("AccountSid", account_sid),
        ("MessageStatus", word),
        ("From", _WHATSAPP + message.sender),
        ("To", _WHATSAPP + message.to),
    ]
    if message.error_code is not None:
        form.append(("ErrorCode", str(message.error_code)))
    return form
