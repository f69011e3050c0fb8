"""The customer's own page: `/c/<token>`.

A GET shows whose page it is and a button, nothing of the person: previews and scanners fetch
links too. The button posts a nonce that the page carries, so that only who loaded it can press
it; cookies are not needed. A wrong link and a revoked one look the same.
"""

import hashlib
import hmac
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog import get_logger
from werkzeug.exceptions import RequestEntityTooLarge

from campaigns.coupon_links import (
    CouponView,
    LinkState,
    company_of,
    find_link,
    record_open,
    record_visit,
    view_coupon,
)
from campaigns.files.errors import FileNotTaken, Why
from campaigns.files.kinds import LARGEST
from campaigns.files.receipts import receive_receipt
from campaigns.files.store import folder, keep
from campaigns.files.taking import take
from campaigns.template_specs import SAMPLE_TOKEN
from dashboard import errors
from dashboard.auth import public
from dashboard.coupon_bars import bars_of
from dashboard.file_words import size_said, why_not
from dashboard.language import _
from messaging.tokens import Signer, TokenKind
from models.coupon import VisitKind
from models.message import Message
from models.states import CouponState
from runtime import live
from runtime.settings import Settings
from runtime.wiring import current_runtime

log = get_logger(__name__)
bp = Blueprint("coupon", __name__)

MAX_BODY = 4 * 1024
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
# They draw a preview before anybody reads. Source: Meta docs, Web crawlers; what the others send.
_PREVIEWERS = (
    "whatsapp/", "facebookexternalhit/", "facebookcatalog/", "meta-externalagent/",
    "meta-externalfetcher/", "facebot", "telegrambot", "twitterbot", "slackbot", "skypeuripreview",
    "linkedinbot", "googlebot", "bingbot", "bingpreview",
)  # fmt: skip

# What a reviewer of the template sees behind the sample address of its button.
SAMPLE = CouponView(
    company="Administradora de ejemplo",
    first_name="Mariana",
    plan="Plan de ejemplo",
    instalment=14,
    term=84,
    amount=Decimal("45300.50"),
    currency="ARS",
    amount_as_of=date(2026, 11, 18),
    due_date=date(2026, 12, 10),
    second_due_date=date(2026, 12, 20),
    payment_code="0042-7781",
    payment_url=None,
    state=CouponState.SENT,
)


@bp.after_request
def close_up(response: Response) -> Response:
    """Nothing of these pages is kept, indexed, framed or told to another site."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    scripts = "; script-src 'self'" if g.pop("copies", False) else ""
    response.headers["Content-Security-Policy"] = _POLICY + scripts
    return response


@bp.get("/c/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Whose page it is and the button. HEAD comes here too."""
    settings = current_runtime().settings
    if token == SAMPLE_TOKEN:
        return cover(token, SAMPLE.company, settings)

    def see(session: Session, message_id: int, coupon_id: int) -> ResponseReturnValue:
        record_visit(
            session,
            message_id,
            _visit_kind(),
            now=current_runtime().now(session),
            user_agent=_user_agent(),
        )
        return cover(token, company_of(session, coupon_id), settings)

    return with_link(token, see)


@bp.post("/c/<token>")
@public
def open_coupon(token: str) -> ResponseReturnValue:
    """What is to be paid, once somebody pressed the button."""
    request.max_content_length = MAX_BODY
    settings = current_runtime().settings
    is_pressed = pressed(token, settings)
    if token == SAMPLE_TOKEN:
        return _coupon(SAMPLE, token, settings)

    def coupon(session: Session, message_id: int, coupon_id: int) -> ResponseReturnValue:
        if not is_pressed:
            return cover(token, company_of(session, coupon_id), settings), 400
        record_open(
            session, message_id, now=current_runtime().now(session), user_agent=_user_agent()
        )
        return _coupon(view_coupon(session, coupon_id), token, settings)

    return with_link(token, coupon)


@bp.post("/c/<token>/receipt")
@public
def upload(token: str) -> ResponseReturnValue:
    """A receipt, from whoever has opened the coupon. Nothing is read before the token is ours."""
    runtime = current_runtime()
    settings = runtime.settings
    signer = Signer(settings.secret_key, settings.secret_key_previous)
    if token != SAMPLE_TOKEN and signer.read(TokenKind.COUPON_LINK, token) is None:
        return _missed(LinkState.UNKNOWN)
    if token == SAMPLE_TOKEN:
        return _coupon(SAMPLE, token, settings)
    is_pressed = pressed(token, settings)
    given = request.files.get("file")
    taken, problem = None, None
    try:
        if is_pressed and given is not None:
            taken = take(given.stream.read(LARGEST + 1), given.filename or "")
    except FileNotTaken as error:
        problem = _("No se pudo recibir: %(why)s") % {
            "why": _("elegí un archivo.") if error.why is Why.EMPTY else why_not(error.why)
        }

    def receipt(session: Session, message_id: int, coupon_id: int) -> ResponseReturnValue:
        if not is_pressed or given is None:
            return cover(token, company_of(session, coupon_id), settings), 400
        view = view_coupon(session, coupon_id)
        if taken is None:
            return _coupon(view, token, settings, problem=problem), 422
        place = folder(settings.data_dir)
        now = runtime.now(session)
        file = keep(session, place, taken)
        if not receive_receipt(session, message_id, coupon_id, file, now=now):
            session.rollback()
            said = _("Ya recibimos varios comprobantes. Si falta algo, respondé el mensaje.")
            return _coupon(view, token, settings, problem=said), 429
        campaign_id = session.scalar(select(Message.campaign_id).where(Message.id == message_id))
        told.append(campaign_id)
        return _coupon(view, token, settings, is_received=True)

    told: list[int | None] = []
    answer = with_link(token, receipt)
    live.touch(runtime.redis, *(live.campaign(each) for each in told if each is not None))
    return answer


@bp.errorhandler(RequestEntityTooLarge)
def too_big(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """A file, found out before the form was read: only the link says whose it was."""
    if request.endpoint != "coupon.upload":
        return errors.of_http(error)
    token = str((request.view_args or {}).get("token", ""))
    settings = current_runtime().settings
    said = _("El archivo es demasiado grande: hasta %(limit)s.") % {"limit": size_said(LARGEST)}

    def coupon(session: Session, _message_id: int, coupon_id: int) -> ResponseReturnValue:
        return _coupon(view_coupon(session, coupon_id), token, settings, problem=said), 413

    return with_link(token, coupon)


def pressed(token: str, settings: Settings) -> bool:
    """Whether the form is one that a page of ours carried."""
    given = request.form.get("nonce", "").encode()
    return any(hmac.compare_digest(given, nonce.encode()) for nonce in _nonces(token, settings))


def with_link(
    token: str, show_it: Callable[[Session, int, int], ResponseReturnValue]
) -> ResponseReturnValue:
    """Look the link up and show what it leads to; or say why it leads nowhere."""
    runtime = current_runtime()
    settings = runtime.settings
    signer = Signer(settings.secret_key, settings.secret_key_previous)
    if signer.read(TokenKind.COUPON_LINK, token) is None:
        return _missed(LinkState.UNKNOWN)  # guesses never reach the database
    with runtime.sessions.begin() as session:
        found = find_link(session, token, signer, now=runtime.now(session))
        if (
            found.state is LinkState.GENUINE
            and found.message_id is not None
            and found.coupon_id is not None
        ):
            return show_it(session, found.message_id, found.coupon_id)
        if found.state is LinkState.EXPIRED and found.coupon_id is not None:
            company = company_of(session, found.coupon_id)
            return render_template("coupon_page/expired.html", company=company), 410
    return _missed(found.state)


def _missed(state: LinkState) -> ResponseReturnValue:
    lately = _misses.count(request.remote_addr or "")
    log.warning("coupon link missed", state=state.value, lately=lately)
    if lately > Misses.ALLOWED:
        return render_template("coupon_page/too_many.html"), 429
    return render_template("coupon_page/unknown.html"), 404


def cover(token: str, company: str, settings: Settings) -> str:
    nonce = next(_nonces(token, settings))
    return render_template("coupon_page/cover.html", company=company, nonce=nonce)


def _coupon(
    view: CouponView,
    token: str,
    settings: Settings,
    *,
    problem: str | None = None,
    is_received: bool = False,
) -> str:
    is_paid = view.state is CouponState.PAID
    g.copies = bool(view.payment_code) and not is_paid  # by the one script of these pages
    return render_template(
        "coupon_page/coupon.html",
        coupon=view,
        token=token,
        nonce=next(_nonces(token, settings)),
        problem=problem,
        is_received=is_received or view.state is CouponState.RECEIPT_RECEIVED,
        is_paid=is_paid,
        payment_url=_safe_url(view.payment_url),
        bars=bars_of(view.payment_code),
    )


def _safe_url(url: str | None) -> str | None:
    """An address from a file is shown as a link only if it is one."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("https", "http") and parts.hostname else None


def _nonces(token: str, settings: Settings) -> Iterator[str]:
    """What the page's form carries: today's key first, then the one before."""
    for key in (settings.secret_key, settings.secret_key_previous):
        if key:
            mac = hmac.new(key.encode(), b"coupon-page\0" + token.encode(), hashlib.sha256)
            yield mac.hexdigest()[:32]


def _visit_kind() -> VisitKind:
    agent = (request.headers.get("User-Agent") or "").lower()
    known = any(name in agent for name in _PREVIEWERS)
    if request.method == "HEAD":
        return VisitKind.PREVIEW
    # The agent string is no contract: a browser that goes somewhere says so itself.
    navigates = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return VisitKind.PREVIEW if known and not navigates else VisitKind.FETCH


def _user_agent() -> str | None:
    agent = request.headers.get("User-Agent") or ""
    return "".join(char for char in agent if char.isprintable())[:300] or None


class Misses:
    """Wrong links per address in the last minute.

    In this process's memory: a token cannot be guessed, and a hit is never slowed down, so that
    a whole mobile carrier behind one address goes on opening coupons. Restarts may forget.
    """

    ALLOWED = 20
    SPAN = 60.0  # seconds
    ADDRESSES = 10_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, address: str) -> int:
        """Count one more, and say how many that makes."""
        now = time.monotonic()
        with self._lock:
            times = self._times.setdefault(address, deque(maxlen=self.ALLOWED + 1))
            self._times.move_to_end(address)
            times.append(now)
            while times[0] < now - self.SPAN:
                times.popleft()
            if len(self._times) > self.ADDRESSES:
                self._times.popitem(last=False)
            return len(times)


_misses = Misses()
