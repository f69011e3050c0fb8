"""What Twilio posts: verify, store, wake a worker, answer. The work is done elsewhere.

The signature is the only sign-in here: no session, no CSRF token. It is checked on the address
that Twilio was given (the configured public one), never on what a proxy says of the request.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from campaigns.inbox import PostedStatus, store_event, store_statuses
from dashboard.auth import public
from dashboard.group_commit import GroupCommit
from messaging.errors import BadSignature, MalformedWebhook
from messaging.inbound import InboundMessage
from messaging.tokens import Signer
from messaging.twilio.webhooks import parse_inbound, verify
from models.message import EventKind
from runtime.errors import CannotRun
from runtime.wiring import Runtime, current_runtime
from workers.wake import wake_inbox

log = structlog.get_logger(__name__)
bp = Blueprint("webhooks", __name__, url_prefix="/webhooks/twilio")

MAX_BODY = 64 * 1024
_EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_BIGGEST_ID = 2**63 - 1

Wake = Callable[[Runtime, EventKind], None]
"""`app.config["WAKE_INBOX"]`, if set, is called instead of waking a worker by the broker."""


@bp.post(f"/status/<int(max={_BIGGEST_ID}):message_id>/<int(max={_BIGGEST_ID}):attempt>")
@public
def status(message_id: int, attempt: int) -> ResponseReturnValue:
    """A status callback; its path names the message and the attempt it is about."""
    refused = _receive(EventKind.STATUS, path=(message_id, attempt))
    return refused or ("", 204)


@bp.post("/inbound")
@public
def inbound() -> ResponseReturnValue:
    """A message from a customer. The empty TwiML means: no answer by this road."""
    refused = _receive(EventKind.INBOUND)
    return refused or Response(_EMPTY_TWIML, mimetype="text/xml")


def _receive(kind: EventKind, *, path: tuple[int, int] | None = None) -> ResponseReturnValue | None:
    """Store what was posted; None once it is committed, else the answer that says why not."""
    request.max_content_length = MAX_BODY
    form = request.form
    try:
        runtime = current_runtime()
    except CannotRun:
        log.exception("webhook not stored", kind=kind)
        return "not stored", 503
    settings = runtime.settings
    query = request.query_string.decode("latin-1")
    url = settings.public_url + request.path + (f"?{query}" if query else "")
    tokens = [settings.twilio_auth_token, settings.twilio_auth_token_previous or ""]
    try:
        verify(url, form, request.headers.get("X-Twilio-Signature"), tokens)
    except BadSignature as error:
        return _refuse(str(error))
    if form.get("AccountSid") != settings.twilio_account_sid:
        return _refuse("signed, and of another account")
    pairs = list(form.items(multi=True))
    sid = form.get("MessageSid") or form.get("SmsSid")
    delivery = request.headers.get("I-Twilio-Idempotency-Token")
    try:
        if path is not None:
            _statuses.store(PostedStatus(pairs, sid, *path, delivery))
        else:
            _store_inbound(runtime, pairs, sid, delivery)
    except SQLAlchemyError:
        log.exception("webhook not stored", kind=kind)
        return "not stored", 503
    _waker.wake(runtime, kind)
    return None


def _store_inbound(
    runtime: Runtime, pairs: list[tuple[str, str]], sid: str | None, delivery: str | None
) -> None:
    """Alone in its transaction: it may be an opt-out."""
    settings = runtime.settings
    with runtime.sessions.begin() as session:
        store_event(
            session,
            EventKind.INBOUND,
            pairs,
            now=runtime.now(session),
            provider_sid=sid,
            delivery_token=delivery,
            reply=_reply(),
            signer=Signer(settings.secret_key, settings.secret_key_previous),
        )


def _store_statuses(posted: Sequence[PostedStatus]) -> None:
    with current_runtime().sessions.begin() as session:
        store_statuses(session, posted)


def _reply() -> InboundMessage | None:
    try:
        return parse_inbound(request.form)
    except MalformedWebhook:
        return None  # stored all the same; the applier says what is wrong with it


def _refuse(why: str) -> ResponseReturnValue:
    total, lately = _refusals.count()
    # One is a stray; several in a minute are an attack, or a token that was changed on one side.
    tell = log.error if lately > 1 else log.warning
    tell("webhook refused", total=total, in_a_minute=lately, why=why)
    return "forbidden", 403


class _Refusals:
    """How many requests this process refused, and how many of them in the last minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lately: deque[float] = deque(maxlen=1000)
        self.total = 0

    def count(self) -> tuple[int, int]:
        now = time.monotonic()
        with self._lock:
            self.total += 1
            self._lately.append(now)
            while self._lately[0] < now - 60:
                self._lately.popleft()
            return self.total, len(self._lately)


class _Waker:
    """Wakes a worker after the commit, not for every callback, and not while the broker is down.

    Left-out wake-ups cost nothing but the time until the workers' next sweep.
    """

    _SPACING = 0.4  # seconds between two wake-ups for statuses: they come by the hundred
    _COOL_DOWN = 5.0  # after a wake-up that took so long that the broker must be down
    _SLOW = 1.0

    def __init__(self) -> None:
        self._not_before: dict[EventKind, float] = {}

    def wake(self, runtime: Runtime, kind: EventKind) -> None:
        started = time.monotonic()
        if started < self._not_before.get(kind, 0.0):
            return
        wake: Wake = current_app.config.get("WAKE_INBOX") or wake_inbox
        failed = False
        try:
            wake(runtime, kind)
        except Exception:
            log.exception("no worker woken", kind=kind)
            failed = True
        ended = time.monotonic()
        if failed or ended - started > self._SLOW:
            for each in EventKind:
                self._not_before[each] = ended + self._COOL_DOWN
        elif kind is EventKind.STATUS:
            self._not_before[kind] = ended + self._SPACING


_statuses = GroupCommit(_store_statuses)
_refusals = _Refusals()
_waker = _Waker()
