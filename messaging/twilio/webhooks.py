"""Twilio's webhooks: who signed them, and what they say, in our words."""

import re
from collections.abc import Mapping, Sequence

from twilio.request_validator import RequestValidator

from messaging.errors import BadSignature, MalformedWebhook
from messaging.inbound import InboundMessage, Media, StatusUpdate
from messaging.provider import NO_ADVICE
from messaging.twilio.error_codes import advice_on, fault_of_status, meaning_of
from messaging.twilio.statuses import CALLBACK_STATES
from models.states import MessageState

_FAILURES = frozenset({MessageState.FAILED, MessageState.UNDELIVERED})
_OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})
_MOST_MEDIA = 10
# A username in place of a phone: "AR.1A2b…". Source: Meta docs, business-scoped user ids.
_BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,140}\Z")

Form = Mapping[str, str]
"""The first value of each name; names that we do not know are left alone."""


def verify(url: str, form: object, signature: str | None, tokens: Sequence[str]) -> None:
    """Check that one of ``tokens`` signed this request.

    ``url`` is what Twilio was given, without its fragment; ``form`` is werkzeug's MultiDict,
    blank values and unknown names included, exactly as posted.

    Raises:
        BadSignature: none of them did.
    """
    if signature and any(
        # the validator compares in constant time, but only ASCII can be a signature
        RequestValidator(token).validate(url, form, signature)
        for token in tokens
        if token
    ):
        return
    raise BadSignature(f"not signed for {url}" if signature else f"no signature for {url}")


def parse_status_callback(form: Form) -> StatusUpdate:
    """Read a status callback.

    Raises:
        MalformedWebhook: it names no message, or no status.
    """
    sid = form.get("MessageSid") or form.get("SmsSid")
    if not sid:
        raise MalformedWebhook("MessageSid")
    status = form.get("MessageStatus") or form.get("SmsStatus")
    if not status:
        raise MalformedWebhook("MessageStatus")
    state = CALLBACK_STATES.get(status.lower())
    failed = state in _FAILURES
    code = _number(form.get("ErrorCode")) if failed else None
    meaning = meaning_of(code)
    return StatusUpdate(
        sid=sid,
        state=state,
        to=_address(form.get("To")),
        error_code=code,
        fault=fault_of_status(code) if failed else None,
        detail=(form.get("ChannelStatusMessage") or form.get("ErrorMessage") or None)
        if failed
        else None,
        bad_address=bool(meaning and meaning.bad_address),
        advice=advice_on(code) if failed else NO_ADVICE,
    )


def parse_inbound(form: Form) -> InboundMessage:
    """Read a message from a customer. ``sender`` is whatever Twilio calls him, never checked.

    Raises:
        MalformedWebhook: it lacks its own sid, who wrote it, or to which line.
    """
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid")
    sender, line = _address(form.get("From")), _address(form.get("To"))
    for name, value in (("MessageSid", sid), ("From", sender), ("To", line)):
        if not value:
            raise MalformedWebhook(name)
    assert sid and sender and line  # noqa: PT018
    payload = form.get("ButtonPayload") or form.get("ListId") or None
    title = form.get("ButtonText") or form.get("ListTitle") or None
    media = _media(form)
    opt_out = (form.get("OptOutType") or "").upper()
    return InboundMessage(
        sid=sid,
        sender=sender,
        line=line,
        body=form.get("Body") or "",
        kind=_kind(form, tapped=bool(payload or title), media=media),
        button_payload=payload,
        button_text=title,
        quoted_sid=form.get("OriginalRepliedMessageSid") or None,
        opt_out=opt_out if opt_out in _OPT_OUT_TYPES else None,
        profile_name=form.get("ProfileName") or None,
        wa_id=form.get("WaId") or None,
        bsuid=_bsuid(form.get("ExternalUserId")) or _bsuid(form.get("From")),
        media=media,
    )


def _address(value: str | None) -> str | None:
    """Without the channel's prefix. A `+` that a broken client sent as a space is put back."""
    if not value:
        return None
    address = value.removeprefix("whatsapp:").strip()
    return f"+{address}" if address.isdecimal() else address or None


def _bsuid(value: str | None) -> str | None:
    address = _address(value)
    return address if address and _BSUID.match(address) else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None


def _media(form: Form) -> tuple[Media, ...]:
    return tuple(
        Media(url=url, content_type=form.get(f"MediaContentType{index}") or "")
        for index in range(_MOST_MEDIA)
        if (url := form.get(f"MediaUrl{index}"))
    )


def _kind(form: Form, *, tapped: bool, media: tuple[Media, ...]) -> str:
    if given := (form.get("MessageType") or "").strip().lower():
        return given[:32]
    if tapped:
        return "button"
    if media:
        return media[0].content_type.split("/")[0] or "document"
    return "location" if form.get("Latitude") else "text"
