"""`pregon doctor`: is this installation in order, and what to do if not."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import click
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from campaigns.code_alarms import unknown_codes
from campaigns.doubled import count_doubled
from campaigns.restoring import is_held
from messaging.twilio.error_codes import CODES
from runtime import migrations
from runtime.errors import NotRunning, SettingsError
from runtime.settings import Settings
from runtime.wiring import Runtime, build_runtime


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    ok: bool
    detail: str
    advice: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> None:
    """Check an installation, line by line; exit code 1 if something is not in order."""
    findings = list(_examine())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            click.echo(_line(finding))
    if not all(finding.ok for finding in findings):
        raise click.exceptions.Exit(1)


def _line(finding: Finding) -> str:
    mark = click.style("ok    ", "green") if finding.ok else click.style("failed", "red")
    advice = f"\n{'':19}{finding.advice}" if finding.advice else ""
    return f"{mark} {finding.check:<12}{finding.detail}{advice}"


def _examine() -> Iterator[Finding]:
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        yield Finding("settings", False, str(error))
        return
    kind = "demo" if settings.is_demo else "production"
    yield Finding("settings", True, f"{kind}, data in {settings.data_dir}")
    yield _public_url(settings)
    try:
        runtime = build_runtime(settings)
    except NotRunning as error:
        yield Finding("database", False, str(error))
        return
    try:
        for check in (_database, _migrations, _broker, _codes, _twice):
            yield _guarded(check, runtime)
        yield from _hold(runtime)
    finally:
        runtime.close()


def _guarded(check: Callable[[Runtime], Finding], runtime: Runtime) -> Finding:
    name = check.__name__.lstrip("_")
    advice = {
        "database": "look at PREGON_DATABASE_URL, or ./pregon up",
        "migrations": "look at the database first",
        "broker": "look at PREGON_REDIS_URL, or ./pregon up; sending goes on, slower",
        "codes": "look at the database first",
        "twice": "look at the database first",
    }
    try:
        return check(runtime)
    except (SQLAlchemyError, OSError) as error:
        return Finding(name, False, _first_line(error), advice[name])
    except Exception as error:  # redis has a tree of its own, imported only when it is used
        if not type(error).__module__.startswith("redis"):
            raise
        return Finding(name, False, _first_line(error), advice[name])


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _public_url(settings: Settings) -> Finding:
    host = urlsplit(settings.public_url).hostname or ""
    local = host == "localhost" or host.startswith("127.") or host == "::1"
    if local and settings.twilio_base_url is None:
        return Finding(
            "public URL",
            False,
            f"{settings.public_url} cannot be reached by Twilio",
            "set PREGON_PUBLIC_URL to the https address that leads here",
        )
    return Finding("public URL", True, settings.public_url)


def _database(runtime: Runtime) -> Finding:
    with runtime.engine.connect() as connection:
        number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    version = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    if number < 150_000:
        return Finding("database", False, version, "version 15 or newer is needed")
    return Finding("database", True, version)


def _migrations(runtime: Runtime) -> Finding:
    missing = migrations.pending(runtime.engine)
    if missing:
        detail = f"{len(missing)} to apply: {', '.join(missing)}"
        return Finding("migrations", False, detail, "run ./pregon migrate")
    return Finding("migrations", True, "all applied")


def _broker(runtime: Runtime) -> Finding:
    told = runtime.redis.info("server")
    version = told.get("valkey_version") or told.get("redis_version")
    policy = runtime.redis.info("memory").get("maxmemory_policy")
    if policy != "noeviction":
        return Finding(
            "broker", False, f"version {version}, {policy}", "set maxmemory-policy to noeviction"
        )
    return Finding("broker", True, f"version {version}")


def _codes(runtime: Runtime) -> Finding:
    """Codes of the provider that our table did not have when they came, and still has not."""
    with runtime.sessions() as session:
        since = runtime.now(session) - _CODES_SINCE
        unknown = [one for one in unknown_codes(session, since=since) if one.code not in CODES]
    if not unknown:
        return Finding("codes", True, "every code of the provider is known")
    told = ", ".join(f"{one.code} ({one.messages} messages)" for one in unknown)
    advice = "taken as permanent: look them up at twilio.com/docs/api/errors, then add them"
    return Finding(
        "codes", False, f"unknown: {told}", f"{advice} to messaging/twilio/error_codes.py"
    )


def _twice(runtime: Runtime) -> Finding:
    """Messages with two ids at the provider, neither of which it called failed."""
    with runtime.sessions() as session:
        found = count_doubled(session)
    if not found:
        return Finding("twice", True, "no message is known to have left twice")
    advice = "each is on its campaign's page, with both ids: look them up at the provider"
    return Finding("twice", False, f"{found} messages may have arrived twice", advice)


def _hold(runtime: Runtime) -> Iterator[Finding]:
    """A line only while a restore waits: nothing is sent, and somebody must know why."""
    try:
        with runtime.sessions() as session:
            in_hold = is_held(session)
    except SQLAlchemyError:
        return  # the lines above say what is wrong
    if in_hold:
        detail = "a backup was restored: nothing is sent until it is known what was sent since"
        yield Finding("hold", False, detail, "run ./pregon reconcile")


_CODES_SINCE = timedelta(days=30)
