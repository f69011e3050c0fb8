"""No other site may act in a person's name: a token in every form, and a look at where it is from.

The token lives in Flask's signed cookie, which holds nothing else but toasts; who is signed in is
decided by another cookie (`auth`), which a server can end.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import Flask, abort, request
from flask_wtf.csrf import CSRFProtect

from dashboard.views import coupon_page, webhooks
from runtime.settings import Settings

# The provider signs what it posts; the coupon's page carries a nonce of its own and needs no
# cookie. Nothing else is exempt.
EXEMPT = (webhooks.bp, coupon_page.bp)

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def register(app: Flask, settings: Settings) -> None:
    """Check every request that may change something, after `auth` has let it in."""
    app.config.update(
        SECRET_KEY=_key(settings.secret_key),
        SECRET_KEY_FALLBACKS=[_key(settings.secret_key_previous)]
        if settings.secret_key_previous
        else None,
        SESSION_COOKIE_NAME="form" if settings.is_demo else "__Host-form",
        SESSION_COOKIE_SECURE=not settings.is_demo,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,  # the desk stays open all day
        WTF_CSRF_SSL_STRICT=False,  # `_from_elsewhere` looks at more than the Referer
    )
    exempt = frozenset(blueprint.name for blueprint in EXEMPT)

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method in _SAFE or request.blueprint in exempt:
            return
        if _from_elsewhere(settings):
            abort(400)

    protect = CSRFProtect()
    for blueprint in EXEMPT:
        protect.exempt(blueprint)
    protect.init_app(app)


def _from_elsewhere(settings: Settings) -> bool:
    """Whether the browser says that another site sent this; every one we support does say."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    parts = urlsplit(origin)
    return parts.netloc not in (request.host, urlsplit(settings.public_url).netloc)


def _key(secret: str) -> str:
    """Not the secret itself: what signs a cookie must not also sign a coupon's link."""
    return hmac.new(secret.encode(), b"dashboard cookies", hashlib.sha256).hexdigest()
