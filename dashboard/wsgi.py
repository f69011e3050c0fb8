"""What gunicorn serves: ``dashboard.wsgi:app``, made from the settings when it is asked for."""

from flask import Flask

from dashboard.app import create_app
from runtime.logs import configure_logging
from runtime.settings import Settings
from runtime.wiring import serve_pages

_made: list[Flask] = []


def __getattr__(name: str) -> Flask:
    if name != "app":
        raise AttributeError(name)
    if not _made:
        configure_logging()
        settings = Settings.from_env()
        serve_pages(settings)
        _made.append(create_app(settings))
    return _made[0]
