"""The application itself: headers, hosts, error pages, health, and what its log may hold."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from flask import abort, request
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from campaigns import errors as domain
from dashboard import errors
from dashboard.app import create_app
from dashboard.auth import public
from messaging.errors import ProviderUnavailable, TemplateError
from models.states import IllegalMove
from models.values import InvalidPhoneNumber
from runtime.errors import CannotRun
from runtime.settings import Settings, child_environment, project_folder
from runtime.wiring import Runtime, set_runtime

RAISED: list[Exception] = []


@public
def _broken(secret: str) -> str:
    if RAISED:
        raise RAISED[0]
    abort(403)


@pytest.fixture
def client(runtime: Runtime) -> Iterator[FlaskClient]:
    app = create_app(runtime.settings)
    app.add_url_rule("/broken/<secret>", view_func=_broken)
    with app.test_client() as client:
        client.environ_base["HTTP_HOST"] = "pregon.example"
        yield client
    RAISED.clear()


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/healthz", "/nowhere", "/c/wrong", "/static/public.css"]
)
def test_every_answer_has_its_headers(path: str, client: FlaskClient) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Referrer-Policy"] == "same-origin"
    assert len(headers["X-Request-Id"]) >= 8


def test_pages_are_not_kept_and_styles_are(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert client.get("/sign-in").headers["Cache-Control"] == "no-store"
    assert "max-age=31536000" in client.get("/static/public.css").headers["Cache-Control"]
    assert "/static/public.css?v=" in client.get("/c/wrong").text
    assert "/app.css?v=" in client.get("/sign-in").text


def test_without_tls_no_browser_is_told_to_insist_on_it(settings: Settings) -> None:
    app = create_app(replace(settings, public_url="http://127.0.0.1:8000", demo="on"))

    answer = app.test_client().get("/app.css", base_url="http://127.0.0.1:8000")

    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


HOSTS = [
    ("pregon.example", 200),
    ("pregon.example:8443", 200),
    ("127.0.0.1:8000", 200),
    ("localhost", 200),
    ("[::1]:8000", 200),
    ("evil.example", 400),
    ("pregon.example.evil.example", 400),
    ("10.0.0.7", 400),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_pages_answer_to_their_own_name_alone(host: str, status: int, client: FlaskClient) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_webhooks_are_reached_by_any_name(client: FlaskClient) -> None:
    answer = client.post("/webhooks/twilio/inbound", headers={"Host": "10.0.0.7"})

    assert answer.status_code == 403  # it asks for a signature, not for a name


def test_a_demo_on_the_lan_has_no_name(settings: Settings) -> None:
    app = create_app(replace(settings, demo="lan"))

    assert app.test_client().get("/app.css", base_url="http://192.168.0.7:8000").status_code == 200


def test_a_page_that_is_not_there_says_so_in_spanish(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers={"X-Request-Id": "abc-12345"})

    assert answer.status_code == 404
    assert "Esa página no existe." in answer.text
    assert "abc-12345" in answer.text
    assert answer.headers["X-Request-Id"] == "abc-12345"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f", "<script>alert(1)"])
def test_a_request_id_that_is_none_is_replaced(given: str, client: FlaskClient) -> None:
    assert client.get("/", headers={"X-Request-Id": given}).headers["X-Request-Id"] != given


ANSWERS = [
    (domain.NotFound("campaign", 7), 404, "no existe"),
    (IllegalMove("campaign", "draft", "archived", frozenset()), 409, "recargá"),
    (domain.EmptyAudience(7), 409, "filtros"),
    (domain.TemplateNotApproved("x", "draft"), 409, "aprobada"),
    (domain.DomainError("anything"), 409, "recargá"),
    (domain.InvalidFilter("due", "?"), 422, "filtro"),
    (domain.TemplateRefused("x", []), 422, "plantilla"),
    (InvalidPhoneNumber("12"), 422, "teléfono"),
    (TemplateError("body", "empty"), 422, "no se puede enviar"),
    (ProviderUnavailable("down"), 503, "WhatsApp no responde"),
    (CannotRun("not up"), 503, "arrancando"),
    (OperationalError("SELECT secret", {}, Exception("down")), 503, "base de datos"),
]


@pytest.mark.parametrize(("error", "status", "words"), ANSWERS, ids=lambda value: str(value)[:20])
def test_each_error_is_a_status_and_a_sentence(
    error: Exception, status: int, words: str, client: FlaskClient
) -> None:
    RAISED.append(error)

    answer = client.get("/broken/x")

    assert answer.status_code == status
    assert words in answer.text
    assert "secret" not in answer.text


def test_every_domain_error_has_an_answer_of_its_own_or_of_its_family() -> None:
    kinds = [
        kind
        for kind in vars(domain).values()
        if isinstance(kind, type) and issubclass(kind, domain.DomainError)
    ]

    assert len(kinds) > 8
    for kind in kinds:
        assert errors.answer(kind.__new__(kind))[0] < 500, kind


def test_the_unexpected_shows_nothing_and_logs_no_path(client: FlaskClient) -> None:
    RAISED.append(RuntimeError("the inside of it"))

    with capture_logs() as lines:
        answer = client.get("/broken/token-of-ana")

    assert answer.status_code == 500
    assert "quedó registrado" in answer.text
    assert "the inside of it" not in answer.text
    assert any(line["event"] == "request failed" and "exc_info" in line for line in lines)
    assert "token-of-ana" not in repr([{**line, "exc_info": None} for line in lines])


def test_requests_are_logged_by_rule_with_their_id(client: FlaskClient) -> None:
    with capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        client.get("/c/a-secret-token", headers={"X-Request-Id": "abc-12345"})

    line = next(line for line in lines if line["event"] == "request")
    assert (line["route"], line["status"], line["request_id"]) == ("/c/<token>", 404, "abc-12345")
    assert "a-secret-token" not in repr(lines)


def test_a_body_that_is_too_big_is_refused(client: FlaskClient) -> None:
    answer = client.post("/c/x", data=b"x" * 2_000_000, content_type="text/plain")

    assert answer.status_code in (404, 413)
    assert client.application.config["MAX_CONTENT_LENGTH"] == 1024 * 1024


def test_readiness_names_what_is_in_order(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json == {"broker": "ok", "database": "ok", "migrations": "ok"}


def test_readiness_notices_a_broker_that_is_down(client: FlaskClient, runtime: Runtime) -> None:
    runtime.close()
    runtime.redis_url = "redis://127.0.0.1:9/0"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"broker": "failed", "database": "ok", "migrations": "ok"}
    assert client.get("/healthz").status_code == 200


def test_readiness_notices_a_database_that_lacks_a_migration(
    client: FlaskClient, runtime: Runtime
) -> None:
    with runtime.engine.begin() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("DELETE FROM alembic_version"))
    try:
        answer = client.get("/readyz")
    finally:
        with runtime.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO alembic_version VALUES (:version)"), {"version": version}
            )

    assert (answer.status_code, answer.get_json()["migrations"]) == (503, "failed")


def test_a_database_that_is_away_is_said_and_not_shown(
    settings: Settings, runtime: Runtime
) -> None:
    away = Runtime(
        settings,
        database_url="postgresql+psycopg://nobody:secret@127.0.0.1:9/none",
        redis_url=runtime.redis_url,
    )
    set_runtime(away)
    client = create_app(settings).test_client()

    ready = client.get("/readyz", base_url="https://pregon.example")
    coupon = client.get("/c/x", base_url="https://pregon.example")

    assert (ready.status_code, ready.get_json()["database"]) == (503, "failed")
    assert coupon.status_code == 404  # a guess needs no database
    assert "secret" not in ready.text + coupon.text


def test_gunicorn_finds_the_application(settings: Settings) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import gc, json, sys, dashboard.wsgi as w; a = w.app; assert a is w.app;"
            " assert 'holidays' in sys.modules;"  # half a second that no page has to wait for
            " assert gc.get_freeze_count() > 10_000;"  # or the collector stops pages for all of it
            " print(json.dumps(a.test_client().get('/healthz').json))",
        ],
        env=child_environment(settings.to_env()),
        cwd=project_folder(),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert told.returncode == 0, told.stderr
    answer: dict[str, Any] = json.loads(told.stdout)
    assert answer == {"status": "ok"}


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")]
)
def test_only_our_own_proxies_are_believed(proxies: int, seen: str, settings: Settings) -> None:
    app = create_app(replace(settings, proxies=proxies))
    told = []
    app.before_request_funcs.setdefault(None, []).insert(
        0, lambda: told.append((request.remote_addr, request.host, request.scheme))
    )

    app.test_client().get(
        "/app.css",
        base_url="http://pregon.example",
        headers={
            "X-Forwarded-For": "6.6.6.6, 198.51.100.7, 203.0.113.9",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "https",
        },
    )

    assert told == [(seen, "pregon.example", "http")]
