"""The send: one POST per message, built as the `twilio` package builds it, for libcurl.

Twilio's Messages resource has no idempotency key, so what matters most here is never to post
twice without knowing, and to tell "surely not sent" from "nobody knows".
Source: Twilio's OpenAPI document of the 2010 API, CreateMessage; measured answers of libcurl.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

import certifi
import pycurl

from messaging.provider import NO_ADVICE, Advice, Fault, OutboundMessage, SendOutcome
from messaging.twilio.error_codes import advice_on, fault_of_post
from models.message import AttemptOutcome

TWILIO_API = "https://api.twilio.com"

CALLBACK_RETRIES = "#rc=5&rp=all"
"""Twilio's connection overrides: up to five retries, whatever went wrong. Not part of what is
signed. Source: Twilio docs, Webhooks connection overrides."""

_CALLBACK_PATH = "/webhooks/twilio/status/"

# libcurl's errors that come before a byte of the request could leave
_NOT_CONNECTED = frozenset(
    {
        pycurl.E_COULDNT_RESOLVE_PROXY,
        pycurl.E_COULDNT_RESOLVE_HOST,
        pycurl.E_COULDNT_CONNECT,
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CACERT_BADFILE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Where and as whom we send. ``username`` is the account's SID or, better, an API key's."""

    account_sid: str
    username: str
    password: str = field(repr=False)
    public_url: str  # callbacks are built on it
    base_url: str | None = None  # None: Twilio itself
    connect_timeout: float  # seconds
    request_timeout: float  # seconds, connection included

    @property
    def messages_url(self) -> str:
        root = self.base_url or TWILIO_API
        return f"{root}/2010-04-01/Accounts/{self.account_sid}/Messages.json"


def callback_url(account: TwilioAccount, message: OutboundMessage) -> str:
    """Names our row and attempt: so a callback binds even if we never saw the sid."""
    path = f"{_CALLBACK_PATH}{message.message_id}/{message.attempt}"
    return account.public_url + path + CALLBACK_RETRIES


def file_url(account: TwilioAccount, token: str) -> str:
    """Where the provider fetches the file of a message: nothing secret is in what we store."""
    return f"{account.public_url}/m/{token}"


def request_body(account: TwilioAccount, message: OutboundMessage) -> bytes:
    """The form, its fields in the SDK's order. What repeats is encoded once."""
    parts = [
        "To=" + _encoded(f"whatsapp:{message.to}", once=True),
        f"&StatusCallback={_encoded(account.public_url + _CALLBACK_PATH)}"
        f"{message.message_id}%2F{message.attempt}{_encoded(CALLBACK_RETRIES)}",
    ]
    if message.content_sid and message.variables:
        parts.append("&ContentVariables=" + _encoded(json.dumps(message.variables), once=True))
    parts.append("&From=" + _encoded(f"whatsapp:{message.sender}"))
    if message.messaging_service_sid is not None:
        parts.append("&MessagingServiceSid=" + _encoded(message.messaging_service_sid))
    if message.body is not None and not (message.file_token and not message.body):
        parts.append("&Body=" + _encoded(message.body, once=True))
    if message.file_token is not None:
        parts.append("&MediaUrl=" + _encoded(file_url(account, message.file_token), once=True))
    if message.content_sid is not None:
        parts.append("&ContentSid=" + _encoded(message.content_sid))
    return "".join(parts).encode()


def _encoded(text: str, *, once: bool = False) -> str:
    return quote_plus(text) if once else _encoded_before(text)


_encoded_before = lru_cache(maxsize=1024)(quote_plus)


def request_headers(account: TwilioAccount) -> list[str]:
    credentials = f"{account.username}:{account.password}".encode()
    return [
        "Authorization: Basic " + base64.b64encode(credentials).decode(),
        "Content-Type: application/x-www-form-urlencoded",
        "Accept: application/json",
        "Accept-Charset: utf-8",
        "User-Agent: pregon",
        "Expect:",
    ]


class Request:
    """A reusable libcurl handle, and with it a kept-alive connection, for one send at a time."""

    def __init__(self, account: TwilioAccount) -> None:
        self.account = account
        self.message: OutboundMessage | None = None
        self._answer: list[bytes] = []
        self._body = b""
        self._began = False
        self.handle = pycurl.Curl()
        self._set_up()

    def _set_up(self) -> None:
        options: dict[int, Any] = {
            pycurl.URL: self.account.messages_url,
            pycurl.HTTPHEADER: request_headers(self.account),
            pycurl.POST: 1,
            # The body comes from a function that cannot rewind. Left to itself libcurl repeats
            # a POST on a fresh connection when a kept-alive one closes without an answer, and
            # that would be a second message.
            pycurl.READFUNCTION: self._read,
            pycurl.WRITEFUNCTION: self._answer.append,
            pycurl.CONNECTTIMEOUT_MS: int(self.account.connect_timeout * 1000),
            pycurl.TIMEOUT_MS: int(self.account.request_timeout * 1000),
            pycurl.NOSIGNAL: 1,
            pycurl.FOLLOWLOCATION: 0,
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
            pycurl.CAINFO: certifi.where(),
            pycurl.NOPROXY: "*",
            pycurl.TCP_NODELAY: 1,
        }
        set_option: Callable[[int, Any], None] = self.handle.setopt
        for option, value in options.items():
            set_option(option, value)

    def prepare(self, message: OutboundMessage) -> None:
        """Load the next message; the previous answer must have been read."""
        self.message = message
        self._answer.clear()
        self._body = request_body(self.account, message)
        self._began = False
        self.handle.setopt(pycurl.POSTFIELDSIZE, len(self._body))

    def _read(self, size: int) -> bytes | int:
        self._began = True
        if not self._body:
            return pycurl.READFUNC_ABORT  # asked a second time: never
        part, self._body = self._body[:size], self._body[size:]
        return part

    def answered(self) -> SendOutcome:
        """What the provider's answer says about the message."""
        assert self.message is not None
        status = int(self.handle.getinfo(pycurl.RESPONSE_CODE))
        return read_answer(self.message, status, b"".join(self._answer))

    def broke(self, error: int, detail: str) -> SendOutcome:
        """What the absence of an answer says about it."""
        assert self.message is not None
        # libcurl's own times do not tell: it fills them in when a connection never opened, too
        return read_silence(self.message, error, detail, request_began=self._began)

    def close(self) -> None:
        self.handle.close()


def read_answer(message: OutboundMessage, status: int, body: bytes) -> SendOutcome:
    """Turn an HTTP answer into an outcome; what cannot be read proves nothing."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    sid = answer.get("sid")
    if 200 <= status < 300 and isinstance(sid, str) and sid:
        return SendOutcome(
            message.message_id,
            message.attempt,
            AttemptOutcome.ACCEPTED,
            sid=sid,
            http_status=status,
        )
    code = answer.get("code") if isinstance(answer.get("code"), int) else None
    fault = fault_of_post(status, code) if status >= 400 else Fault.AMBIGUOUS
    return SendOutcome(
        message.message_id,
        message.attempt,
        _PROOF.get(fault, AttemptOutcome.REJECTED),
        http_status=status,
        error_code=code,
        fault=fault,
        detail=str(answer.get("message") or body[:200].decode("utf-8", "replace"))[:500],
        advice=_advice(status, code),
    )


def _advice(status: int, code: int | None) -> Advice:
    """A lone 404 may be a proxy's; 401 and 403 are about who we are, and hold the line at once."""
    if code is None and status == 404:
        return Advice(may_be_one_row=True)
    return advice_on(code) if status < 500 else NO_ADVICE


_PROOF = {
    Fault.RETRY: AttemptOutcome.NOT_SENT,
    Fault.AMBIGUOUS: AttemptOutcome.UNKNOWN,
}


def read_silence(
    message: OutboundMessage, error: int, detail: str, *, request_began: bool
) -> SendOutcome:
    """No answer. Before the request began nothing can have been sent; after that, nobody knows."""
    unsent = error in _NOT_CONNECTED or not request_began
    return SendOutcome(
        message.message_id,
        message.attempt,
        AttemptOutcome.NOT_SENT if unsent else AttemptOutcome.UNKNOWN,
        fault=Fault.RETRY if unsent else Fault.AMBIGUOUS,
        detail=f"curl {error}: {detail}"[:500],
    )
