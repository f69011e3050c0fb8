"""The dashboard as the people who work with it reach it: signed in, with their forms' token."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from campaigns.passwords import Passwords
from campaigns.signing_in import open_session
from campaigns.users import add_user
from dashboard.app import Dashboard, create_app
from models.people import Role
from runtime.settings import Settings
from runtime.wiring import Runtime

SITE = "https://pregon.example"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
_FORM = "a" * 40  # what the form's cookie holds


class Compiled(BytecodeCache):
    """Templates of one test's application, for that of the next: half of its time else."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code


Dashboard.jinja_options = {"bytecode_cache": Compiled()}


class Browser(FlaskClient):
    """A client at the site's own address, whose posts carry the token of its forms."""

    site = SITE
    user_id: int
    name: str
    email: str
    role: Role
    reference: str  # of its session

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if args and not isinstance(args[0], str):  # a redirect that is being followed
            return super().open(*args, **kwargs)
        kwargs.setdefault("base_url", self.site)
        if kwargs.get("method", "GET") not in ("GET", "HEAD"):
            headers = dict(kwargs.pop("headers", None) or {})
            headers.setdefault("X-CSRFToken", self._token())
            kwargs["headers"] = headers
        return super().open(*args, **kwargs)

    def _token(self) -> str:
        with self.session_transaction(base_url=self.site) as session:
            session.setdefault("csrf_token", _FORM)
            raw = session["csrf_token"]
        signer = URLSafeTimedSerializer(self.application.secret_key or "", salt="wtf-csrf-token")
        return str(signer.dumps(raw))


_apps: dict[Settings, Flask] = {}


def _application(settings: Settings) -> Flask:
    """Made once for the same settings, but for the servers', which it does not look at."""
    given = replace(settings, data_dir=Path(), database_url=None, redis_url=None)
    if given not in _apps:
        app = create_app(given)
        app.config["PASSWORDS"] = CHEAP
        app.test_client_class = Browser
        _apps[given] = app
    return _apps[given]


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The application, the same for the next test; passwords are hashed cheaply."""
    return _application(runtime.settings)


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """A browser in which nobody is signed in; it carries the forms' token all the same."""
    client = app.test_client()
    assert isinstance(client, Browser)
    return client


_numbers = count(1)


@pytest.fixture
def signed_in(app: Flask, runtime: Runtime) -> Callable[..., Browser]:
    """``signed_in(Role.OPERATOR, name=…, email=…, password=…)``: a new person's browser.

    Its ``user_id``, ``name``, ``email`` and ``role`` say who he is.
    """

    def sign_in(role: Role, **user: Any) -> Browser:
        number = next(_numbers)
        name = user.get("name", f"{role.value.title()} {number}")
        email = user.get("email", f"{role.value}{number}@pregon.example")
        password = user.get("password")
        with runtime.sessions.begin() as session:
            user_id = add_user(
                session,
                email=email,
                name=name,
                role=role,
                password_hash=CHEAP.hash(password) if password else None,
                must_change_password=user.get("must_change_password", False),
            )
            reference = open_session(
                session, user_id, ip="127.0.0.1", user_agent="test", now=runtime.now(session)
            )
        client = app.test_client()
        assert isinstance(client, Browser)
        client.set_cookie(
            "sid" if runtime.settings.is_demo else "__Host-sid", reference, domain="pregon.example"
        )
        client.user_id, client.name, client.email, client.role = user_id, name, email, role
        client.reference = reference
        return client

    return sign_in


@pytest.fixture
def demo(runtime: Runtime, settings: Settings) -> Browser:
    """A stranger at the door of the demo."""
    runtime.settings = replace(settings, demo="on", public_url="http://127.0.0.1:8000")
    client = _application(runtime.settings).test_client()
    assert isinstance(client, Browser)
    client.site = "http://127.0.0.1:8000"
    return client
