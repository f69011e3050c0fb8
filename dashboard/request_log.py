"""One line per request, and an id that ties every other line of it together.

Paths are logged as their rule (`/c/<token>`): what stands in them may be a secret or a person.
"""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger(__name__)

_ID = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
# hundreds a minute when all is well: told only when they fail
_QUIET = frozenset({"health.healthz", "health.readyz", "static", "webhooks.status"})


def register(app: Flask) -> None:
    """Give every request its id, and log how it ended."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _ID.match(given) else uuid.uuid4().hex
    g.started = time.monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    if "request_id" not in g:  # refused before it reached us
        return response
    response.headers["X-Request-Id"] = g.request_id
    if request.endpoint not in _QUIET or response.status_code >= 400:
        log.info(
            "request",
            method=request.method,
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((time.monotonic() - g.started) * 1000, 1),
        )
    return response
