"""The web application: pages, error pages, headers, and the questions of whoever watches it."""

import hashlib
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request, url_for
from structlog import get_logger
from werkzeug.sansio.utils import host_is_trusted

from dashboard import errors, formats, request_log
from dashboard.views import coupon_page, health, home, webhooks
from runtime.settings import Settings

log = get_logger(__name__)

MAX_BODY = 1024 * 1024  # views that take files raise it for themselves

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# Reached under whatever name a proxy or a watchman uses; none of them believes the Host header.
_ANY_HOST = frozenset({"webhooks", "health"})


class Dashboard(Flask):
    def log_exception(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> None:
        """Without the path, which Flask's own line has: it may hold a coupon's token."""
        log.error("request failed", exc_info=exc_info)


def create_app(settings: Settings) -> Flask:
    """The application of one process. Nothing is opened before the first request.

    Views take their sessions and clock from `runtime.wiring.current_runtime`.
    """
    app = Dashboard(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # `asset` changes the address with the content
        SESSION_COOKIE_SECURE=not settings.is_demo,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.jinja_env.filters.update(money=formats.money, day=formats.day)
    app.jinja_env.globals["asset"] = _assets(app)
    request_log.register(app)
    _refuse_other_hosts(app, settings)
    _add_headers(app, settings)
    errors.register(app)
    for blueprint in (home.bp, health.bp, coupon_page.bp, webhooks.bp):
        app.register_blueprint(blueprint)
    return app


def _assets(app: Flask) -> object:
    """``asset("public.css")``: its address, with a mark of its content."""
    marks: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in marks:
            content = (Path(app.static_folder or "") / name).read_bytes()
            marks[name] = hashlib.sha256(content).hexdigest()[:10]
        return url_for("static", filename=name, v=marks[name])

    return asset


def _refuse_other_hosts(app: Flask, settings: Settings) -> None:
    public = urlsplit(settings.public_url).hostname or ""

    @app.before_request
    def refuse() -> None:
        if request.blueprint in _ANY_HOST or settings.demo == "lan":
            return
        name = urlsplit(f"//{request.host}").hostname or ""
        if not (host_is_trusted(name, [public, "localhost"]) or _is_loopback(name)):
            abort(400)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _add_headers(app: Flask, settings: Settings) -> None:
    headers = dict(_HEADERS)
    if settings.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
