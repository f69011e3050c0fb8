"""The web application: pages, error pages, headers, and the questions of whoever watches it."""

from collections.abc import Callable
from ipaddress import ip_address
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_compress import Compress
from flask_wtf import FlaskForm
from structlog import get_logger
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.sansio.utils import host_is_trusted

from campaigns.passwords import Passwords
from dashboard import auth, errors, forgery, packed, request_log, shell, uploads
from dashboard.views import (
    agenda,
    agenda_lists,  # noqa: F401  # its views stand on `agenda.bp`
    campaign,
    campaign_actions,
    campaign_doubts,
    campaign_edit,
    campaign_exports,
    campaign_follow_up,
    campaign_retry,
    campaigns,
    catalogue,
    coupon_file,  # noqa: F401  # its view stands on `coupon_page.bp`
    coupon_page,
    coupons,
    desk,
    desk_actions,  # noqa: F401  # its views stand on `desk.bp`
    desk_bulk,
    desk_composer,  # noqa: F401  # its views stand on `desk.bp`
    desk_customer,  # noqa: F401  # its views stand on `desk.bp`
    desk_queue,  # noqa: F401  # so do these
    desk_results,  # noqa: F401  # so do these
    dev,
    files,
    health,
    home,
    imports,
    lines,
    me,
    me_work,  # noqa: F401  # its views stand on `me.bp`
    phrases,  # noqa: F401  # its views stand on `catalogue.bp`
    procedures,  # noqa: F401  # its views stand on `desk.bp` and `agenda.bp`
    quick_texts,
    results,
    scripts,
    search,
    sent_files,
    sign_in,
    subscriptions,
    template_tests,
    templates,
    users,
    webhooks,
)
from runtime.settings import Settings

log = get_logger(__name__)

MAX_BODY = 1024 * 1024  # views that take files raise it for themselves

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
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


class _Id(IntegerConverter):
    """A number that a key may have; a longer one is no address of ours."""

    def __init__(
        self,
        url_map: Map,
        *,
        max: int = 2**63 - 1,
        **options: Any,
    ) -> None:
        super().__init__(url_map, max=max, **options)


class Dashboard(Flask):
    request_class = uploads.Request

    def log_exception(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> None:
        """Without the path, which Flask's own line has: it may hold a coupon's token."""
        log.error("request failed", exc_info=exc_info)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Denied by default: a view that does not say who may use it is not registered."""
        if view_func is not None and endpoint != "static":
            auth.access_of(view_func)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


def create_app(settings: Settings) -> Flask:
    """The application of one process. Nothing is opened before the first request.

    Views take their sessions and clock from `runtime.wiring.current_runtime`.
    """
    app = Dashboard(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # `asset` changes the address with the content
        PASSWORDS=Passwords(),
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=7,  # a page of the desk 1 % smaller than with 6, for 0.2 ms
        COMPRESS_MIN_SIZE=1024,
        WTF_I18N_ENABLED=False,  # WTForms' own Spanish, of what it says itself
    )
    FlaskForm.Meta.locales = ("es",)
    app.url_map.converters["int"] = _Id
    if settings.proxies:
        # exactly so many are ours: what stands before them in the header anybody may have written
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0
        )
    request_log.register(app)
    _refuse_other_hosts(app, settings)
    _add_headers(app, settings)
    auth.register(app)
    forgery.register(app, settings)
    errors.register(app)
    for blueprint in (
        home.bp,
        sign_in.bp,
        me.bp,
        users.bp,
        health.bp,
        coupon_page.bp,
        webhooks.bp,
        dev.bp,
        campaigns.bp,
        campaign.bp,
        campaign_actions.bp,
        campaign_doubts.bp,
        campaign_retry.bp,
        campaign_exports.bp,
        subscriptions.bp,
        coupons.bp,
        imports.bp,
        search.bp,
        campaign_edit.bp,
        templates.bp,
        template_tests.bp,
        catalogue.bp,
        quick_texts.bp,
        results.bp,
        scripts.bp,
        lines.bp,
        desk.bp,
        agenda.bp,
        desk_bulk.bp,
        campaign_follow_up.bp,
        files.bp,
        sent_files.bp,
    ):
        app.register_blueprint(blueprint)
    shell.register(app, settings)
    Compress(app)
    packed.register(app)
    return app


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
