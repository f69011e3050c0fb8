"""Who may use the page: a browser on this machine, from the page itself.

The program listens on loopback, so the danger is another page in the same browser. Three walls:
the name asked for must be loopback (no DNS name can be pointed at us), Origin and Sec-Fetch-Site
must be our own when the browser sends them, and every form carries a token that only a page of
ours can read. No cookie: other ports of this machine are the same *site*, SameSite would not
keep them out, and what is not sent by itself cannot be misused.
"""

import gzip
import hmac
from hashlib import sha256

from flask import Response, request
from werkzeug.exceptions import Forbidden

from messaging.simulator.requests_in import is_this_machine, simulator

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_PACKED = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")

_LONGEST_BODY = 8_000_000  # a photo and what goes with it; the server reads no more


def form_token() -> str:
    """The same after a restart, so that a page left open goes on working."""
    key = simulator().options.auth_token.encode()
    return hmac.new(key, b"forms of the phone page", sha256).hexdigest()[:32]


def check_caller() -> None:
    """Raises Forbidden."""
    request.max_content_length = _LONGEST_BODY
    if not is_this_machine():
        raise Forbidden("Esta página se abre solamente desde esta misma máquina.")
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    origin = request.headers.get("Origin")
    fetched_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    ours = origin in (None, f"http://{request.host}") and fetched_from == "same-origin"
    token = request.form.get("token", "")
    if not ours or not hmac.compare_digest(token.encode(), form_token().encode()):
        raise Forbidden("El pedido no salió de esta página. Recargala y probá de nuevo.")


def harden(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"  # with none, Origin would say null
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers["Vary"] = "Accept-Encoding"
    if answer.mimetype in _PACKED and "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.direct_passthrough = False
        answer.set_data(gzip.compress(answer.get_data(), 5))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
