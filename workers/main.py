"""`dramatiq workers.main`: the worker command's module."""

from runtime.logs import configure_logging
from runtime.settings import Settings
from runtime.wiring import redis_address, work_on_lines
from workers.broker import ensure_broker
from workers.process import Sweeping

configure_logging()
work_on_lines()
ensure_broker(redis_address(Settings.from_env()), Sweeping())

from workers import actors  # noqa: E402 - declared on the broker that was just set

__all__ = ["actors"]
