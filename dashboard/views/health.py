"""Alive, and ready: asked by whoever starts and watches this process. No detail goes out."""

from collections.abc import Callable

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from structlog import get_logger

from dashboard.auth import public
from runtime import migrations
from runtime.wiring import Runtime, current_runtime

log = get_logger(__name__)
bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Database, migrations and broker, each "ok" or "failed"; 503 if one of them is."""
    told = {name: _look(name, check) for name, check in _CHECKS.items()}
    return jsonify(told), 200 if set(told.values()) == {"ok"} else 503


def _look(name: str, check: Callable[[Runtime], bool]) -> str:
    try:
        in_order = check(current_runtime())
    except Exception as error:  # whatever it is, we are not ready
        log.warning("not ready", check=name, error=f"{type(error).__name__}: {error}")
        return "failed"
    return "ok" if in_order else "failed"


def _database(runtime: Runtime) -> bool:
    with runtime.engine.connect() as connection:
        return bool(connection.execute(text("SELECT 1")).scalar_one())


_CHECKS: dict[str, Callable[[Runtime], bool]] = {
    "database": _database,
    "migrations": lambda runtime: not migrations.pending(runtime.engine),
    "broker": lambda runtime: bool(runtime.redis.ping()),
}
