"""What gunicorn serves: ``dashboard.wsgi:app``, made from the settings when it is asked for."""

import sys

from flask import Flask

from campaigns.sending_hours import load_holidays
from dashboard.app import create_app
from runtime.logs import configure_logging
from runtime.processes import keep_what_is_loaded
from runtime.settings import Settings
from runtime.wiring import serve_pages

_TURN = 0.001  # seconds; Python's own five, after each of a page's questions, make it wait
_made: list[Flask] = []


def __getattr__(name: str) -> Flask:
    if name != "app":
        raise AttributeError(name)
    if not _made:
        configure_logging()
        settings = Settings.from_env()
        serve_pages(settings)
        _made.append(create_app(settings))
        load_holidays()
        keep_what_is_loaded()
        sys.setswitchinterval(_TURN)
    return _made[0]
