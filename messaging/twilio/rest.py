"""Twilio's REST API for everything that is not a send: listings, fetches, templates.

The `twilio` package does the work. Its default is to wait for ever, to believe the environment
about proxies and regions, and to raise bare errors for failed pages: all three are undone here.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import requests
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from messaging.errors import ProviderRefused, ProviderUnavailable
from messaging.provider import NO_ADVICE, ProviderMessage
from messaging.templates import Approval, Draft
from messaging.twilio.content import content_request
from messaging.twilio.error_codes import advice_on, fault_of_status
from messaging.twilio.statuses import LISTED_STATES, TEMPLATE_STATES
from models.states import MessageState
from models.template import TemplateCategory

PAGE_SIZE = 1_000  # the most that Twilio gives at once
MAX_LISTED = 20_000
# Listings come newest first, but nobody promises by which of its times: read on a little.
_ORDER_SLACK = timedelta(minutes=10)
_FILTER_SLACK = timedelta(minutes=1)
_WHATSAPP = "whatsapp:"
_TRY_LATER = (408, 425, 429)
# No connection; or an answer of another shape, from something between us and Twilio.
_UNREADABLE = (
    requests.RequestException,
    OSError,
    ValueError,
    AttributeError,
    KeyError,
    TypeError,
)
_FAILURES = (MessageState.FAILED, MessageState.UNDELIVERED)


class TwilioRest:
    """`messaging.provider.Listing` and `messaging.templates.Submitting` on Twilio."""

    def __init__(
        self,
        *,
        account_sid: str,
        username: str,
        password: str,
        base_url: str | None = None,
        timeout: float = 15.0,
    ) -> None:
        """``username`` and ``password``: an API key with its secret, or the account's own sid
        with its token. ``base_url`` sends every product's calls to that address instead of
        Twilio. ``timeout`` is in seconds, for one request."""
        http = TwilioHttpClient(timeout=timeout)
        http.session.trust_env = False
        self._client = Client(
            username,
            password,
            account_sid,
            http_client=http,
            # An empty one would make it look at the process's own: TWILIO_EDGE and
            # TWILIO_REGION rewrite host names, loopback's too.
            environment={"TWILIO_EDGE": "", "TWILIO_REGION": ""},
        )
        if base_url is not None:
            for product in (self._client.api, self._client.content, self._client.messaging):
                product.base_url = base_url

    def sent_to(
        self, to: str, *, sender: str, since: datetime, until: datetime
    ) -> list[ProviderMessage]:
        """Outbound messages to one recipient, created within these times, oldest first.

        Complete, or ProviderUnavailable: what is missing here counts as never sent.
        """
        found = self._listed(since, to=_WHATSAPP + to, from_=_WHATSAPP + sender)
        return [one for one in found if not one.is_inbound and one.created_at <= until]

    def sent_from(self, sender: str, *, since: datetime) -> Iterator[ProviderMessage]:
        """Outbound messages of one line created since then, newest first; as many as there are.

        Twilio's filters by date look at `date_sent`, so all is read until it is too old.
        """
        with _in_our_words():
            for row in self._client.messages.stream(page_size=PAGE_SIZE, from_=_WHATSAPP + sender):
                message = _message(row)
                if message.created_at < since - _ORDER_SLACK:
                    return
                if message.created_at >= since and not message.is_inbound:
                    yield message

    def sent_between(
        self, sender: str, *, since: datetime, until: datetime
    ) -> Iterator[ProviderMessage]:
        """Outbound messages of one line by their `date_sent`, newest first; as many as there are.

        By Twilio's own filter, so nothing newer is read through; a minute wider at each end.
        """
        with _in_our_words():
            for row in self._client.messages.stream(
                page_size=PAGE_SIZE,
                from_=_WHATSAPP + sender,
                date_sent_after=since - _FILTER_SLACK,
                date_sent_before=until + _FILTER_SLACK,
            ):
                message = _message(row)
                if not message.is_inbound:
                    yield message

    def received(
        self, sender: str, *, since: datetime, until: datetime | None = None
    ) -> list[ProviderMessage]:
        """Inbound messages of the line ``sender``, oldest first.

        What came in has a `date_sent` at once, so Twilio's own filter may do the work; each end
        a minute wider, since its filter rounds as it likes.
        """
        wanted: dict[str, Any] = {
            "to": _WHATSAPP + sender,
            "date_sent_after": since - _FILTER_SLACK,
        }
        if until is not None:
            wanted["date_sent_before"] = until + _FILTER_SLACK
        return [
            one
            for one in self._listed(since, **wanted)
            if one.is_inbound and (until is None or one.created_at <= until)
        ]

    def media_of(self, sid: str) -> list[tuple[str, str]]:
        """The files of one message, as a webhook would name them: address and content type."""
        root = self._client.api.base_url
        with _in_our_words():
            return [
                (f"{root}{str(each.uri).removesuffix('.json')}", str(each.content_type or ""))
                for each in self._client.messages(sid).media.list(limit=10)
            ]

    def fetch(self, sid: str) -> ProviderMessage | None:
        """One message by its sid; None if Twilio does not know it."""
        try:
            with _in_our_words():
                return _message(self._client.messages(sid).fetch())
        except ProviderRefused as error:
            if error.status == 404:
                return None
            raise

    def submit_content(self, draft: Draft, *, friendly_name: str) -> str:
        """Create the Content resource; its sid."""
        body = content_request(draft, friendly_name=friendly_name)
        answer = self._content("POST", "v1/Content", body)
        sid = answer.get("sid")
        if not isinstance(sid, str):
            raise ProviderUnavailable("a content was created, but its answer has no sid")
        return sid

    def request_approval(
        self, content_sid: str, *, name: str, category: TemplateCategory
    ) -> Approval:
        """Have WhatsApp review it. Meta may still move it to another category."""
        return _approval(
            self._content(
                "POST",
                f"v1/Content/{content_sid}/ApprovalRequests/whatsapp",
                {"name": name, "category": category.value},
            )
        )

    def approval(self, content_sid: str) -> Approval:
        """Where the review of a content stands."""
        answer = self._content("GET", f"v1/Content/{content_sid}/ApprovalRequests")
        return _approval(answer.get("whatsapp") or {})

    def _listed(self, since: datetime, **wanted: Any) -> list[ProviderMessage]:
        """Everything created since then, oldest first.

        Compared here by `date_created`: Twilio's own filters look at `date_sent`, which a
        message that is still in its queue does not have.
        """
        found: list[ProviderMessage] = []
        with _in_our_words():
            listing = self._client.messages.stream(limit=MAX_LISTED, page_size=PAGE_SIZE, **wanted)
            for number, row in enumerate(listing, start=1):
                message = _message(row)
                if message.created_at < since - _ORDER_SLACK:
                    break
                if message.created_at >= since:
                    found.append(message)
                if number == MAX_LISTED:
                    raise ProviderUnavailable(f"a listing passed {MAX_LISTED} messages")
        found.reverse()  # of the same second, too, the older first
        return sorted(found, key=lambda message: message.created_at)

    def _content(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """One call of the Content API, with exactly this JSON body."""
        headers = {"Content-Type": "application/json"} if body is not None else None
        with _in_our_words():
            response = self._client.content.request(
                method, path, data=None if body is None else dict(body), headers=headers
            )
            if not 200 <= response.status_code < 300:
                _refuse(response)
            answer = json.loads(response.text)
            if not isinstance(answer, dict):
                raise ValueError("an answer that is no object")
            return answer


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Every way in which the SDK fails becomes one of ours."""
    try:
        yield
    except TwilioException as error:
        if hasattr(error, "status"):
            told = getattr(error, "msg", None) or getattr(error, "title", "")
            # without a body of Twilio's, the SDK puts the HTTP status in the code's place
            code = None if error.code == error.status else error.code
            _judge(error.status, code, str(told), error)
        if len(error.args) > 1 and hasattr(error.args[1], "status_code"):
            _refuse(error.args[1], error)  # a page that failed
        raise ProviderUnavailable(str(error)) from error
    except _UNREADABLE as error:
        raise ProviderUnavailable(f"{type(error).__name__}: {error}") from error


def _refuse(response: Any, cause: Exception | None = None) -> NoReturn:
    status: int = response.status_code
    try:
        told = json.loads(response.text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ProviderUnavailable(f"HTTP {status}, and no explanation of Twilio's") from cause
    text = told.get("message") or told.get("detail") or told.get("title") or ""
    _judge(status, told.get("code"), str(text), cause)


def _judge(status: int, code: int | None, text: str, cause: Exception | None) -> NoReturn:
    """A refusal is one that Twilio explains; a proxy's 403 or 404 says nothing about a message."""
    if code is not None and 400 <= status < 500 and status not in _TRY_LATER:
        raise ProviderRefused(code, text, status=status) from cause
    raise ProviderUnavailable(f"HTTP {status}: {text}") from cause


def _message(row: MessageInstance) -> ProviderMessage:
    created = row.date_created
    if not row.sid or not isinstance(created, datetime):
        raise ProviderUnavailable("a listed message has no sid or no time")
    state = LISTED_STATES.get(str(row.status))
    code = row.error_code if state in _FAILURES else None
    return ProviderMessage(
        sid=row.sid,
        to=(row.to or "").removeprefix(_WHATSAPP),
        sender=(row.from_ or "").removeprefix(_WHATSAPP),
        is_inbound=str(row.direction) == "inbound",
        state=state,
        body=row.body or "",
        created_at=created.astimezone(UTC),
        error_code=code,
        fault=fault_of_status(code) if state in _FAILURES else None,
        advice=advice_on(code) if state in _FAILURES else NO_ADVICE,
        media_count=int(row.num_media) if str(row.num_media or "").isdecimal() else 0,
    )


def _approval(answer: Mapping[str, Any]) -> Approval:
    return Approval(
        state=TEMPLATE_STATES.get(str(answer.get("status"))),
        reason=answer.get("rejection_reason") or None,
    )
