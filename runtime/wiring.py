"""What a process works with, built once: sessions, the database's clock, the broker's address."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from runtime import embedded
from runtime.errors import NotRunning
from runtime.settings import Settings

if TYPE_CHECKING:
    from redis import Redis

_REDIS_TIMEOUT = 5.0  # seconds for one answer; a broker that hangs must not hang a web page
_MAY_BE_GONE_AFTER = 1.0  # seconds without use
_RETURNED = "returned_at"

STANDING_CLOCK = "standing_clock"
"""A key of `Session.info`: with it, the first time told stays the time of that session."""


class Runtime:
    """One process's connections. Nothing is opened before it is used, so it may be built early.

    `current_runtime` makes a new one in a forked child; never carry one over by hand.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        database_url: str,
        redis_url: str,
        statement_timeout: timedelta | None = None,
        pool_size: int | None = None,
    ) -> None:
        self.settings = settings
        self.redis_url = redis_url
        self.stopping: Callable[[], bool] = lambda: False
        """Whether this process was asked to end: long work looks at it between its steps."""
        engine = partial(
            make_engine,
            database_url,
            statement_timeout=statement_timeout or settings.statement_timeout,
            pool_size=pool_size or _connections or settings.worker_threads + 4,
            application_name=_session_name(),
        )
        self.engine = engine()
        self.sessions: sessionmaker[Session] = sessionmaker(self.engine, expire_on_commit=False)
        self._lookups = engine(for_lookups=True)
        self.lookups: sessionmaker[Session] = sessionmaker(self._lookups, expire_on_commit=False)
        """Sessions for what every request looks up by keys: each statement is on its own, with no
        transaction around it, and its plan is kept."""
        self._redis: Redis | None = None

    @property
    def redis(self) -> "Redis":
        """The broker's client, for rates and locks; connects on its first command."""
        if self._redis is None:
            from redis import Redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry

            self._redis = Redis.from_url(
                self.redis_url,
                socket_timeout=_REDIS_TIMEOUT,
                socket_connect_timeout=2.0,
                health_check_interval=30,
                retry=Retry(NoBackoff(), 0),  # a repeated command may act twice: callers decide
            )
        return self._redis

    def now(self, session: Session | None = None) -> datetime:
        """The database's time, aware UTC: leases and due times know no other clock."""
        clock = text("SELECT clock_timestamp()")
        if session is not None and session.info.get(STANDING_CLOCK) is not None:
            told: datetime = session.info[STANDING_CLOCK]
        elif session is not None:
            told = session.execute(clock).scalar_one()
            if STANDING_CLOCK in session.info:
                session.info[STANDING_CLOCK] = told
        else:
            with self.engine.connect() as connection:
                told = connection.execute(clock).scalar_one()
        return told.astimezone(UTC)

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """Of `sessions` and of `lookups`: together, all that this process asks."""
        return self.engine, self._lookups

    def close(self) -> None:
        """Close every connection of this process."""
        for each in self.engines:
            each.dispose()
        if self._redis is not None:
            self._redis.close()
            self._redis = None

    def forget(self) -> None:
        """After a fork: leave the parent's connections alone, and never use them here."""
        for each in self.engines:
            each.dispose(close=False)
        self._redis = None


_planning: tuple[str, ...] = ("plan_cache_mode=auto",)
_connections: int | None = None  # of this process; None: by its settings
_prepare_after = 5  # times that a connection is asked the same (psycopg's own)


def serve_pages(settings: Settings) -> None:
    """For a web process: `plan_each_time`, and a connection for each thread, kept while it lives.

    One that is closed after use takes what PostgreSQL had prepared with it. A page's statements
    are prepared the second time: planning the desk's takes longer than running them.
    """
    global _connections, _prepare_after
    plan_each_time()
    _connections = settings.web_threads
    _prepare_after = 1


_is_worker = False
_WORKER = "pregon worker "


def work_on_lines() -> None:
    """For a worker process: the database's list of sessions tells it from every other one."""
    global _is_worker
    _is_worker = True


def _session_name() -> str:
    if not _is_worker:
        return "pregon"
    return f"{_WORKER}{os.uname().nodename[:32]}:{os.getpid()}"  # of 63 that PostgreSQL keeps


def count_workers(session: Session) -> int:
    """Worker processes of all machines that the database has a session of; 0: it cannot tell."""
    told = text(
        "SELECT count(DISTINCT application_name) FROM pg_stat_activity"
        " WHERE datname = current_database() AND starts_with(application_name, :worker)"
    )
    return int(session.execute(told, {"worker": _WORKER}).scalar_one())


def plan_each_time() -> None:
    """For a process that asks very different things in the same words: lists with their filters.

    A plan that is kept for all of them took a hundred times as long for some. What looks up rows
    by their keys says so itself (`campaigns.desk_list`). Nor does a page take the processor from
    others: helpers take longer to start than a page has. Call it before anything is wired.
    """
    global _planning
    _planning = ("plan_cache_mode=force_custom_plan", "max_parallel_workers_per_gather=0")


def make_engine(
    database_url: str,
    *,
    statement_timeout: timedelta = timedelta(seconds=15),
    pool_size: int = 8,
    application_name: str = "pregon",
    for_lookups: bool = False,
) -> Engine:
    """An engine that speaks UTC and ends statements that run away; opens nothing yet.

    A zero ``statement_timeout`` means none: for migrations and imports. ``for_lookups``: every
    statement commits on its own, and is planned once for whatever values.
    """
    url = make_url(database_url)
    given = url.query.get("options")
    options = [given] if isinstance(given, str) else list(given or ())
    options.append(f"-c statement_timeout={int(statement_timeout.total_seconds() * 1000)}")
    options.append("-c timezone=UTC")
    # what we ask is short: compiling it would take longer, and its rows are mostly in memory
    options += ["-c jit=off", "-c random_page_cost=1.1", *(f"-c {each}" for each in _planning)]
    if for_lookups:
        options.append("-c plan_cache_mode=force_generic_plan")
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,  # those that were used last have their statements prepared
        isolation_level="AUTOCOMMIT" if for_lookups else None,
        connect_args={
            "prepare_threshold": 0 if for_lookups else _prepare_after,
            "options": " ".join(options),
            "application_name": application_name,
            "connect_timeout": 10,
        },
    )
    _try_what_lay_idle(engine)
    return engine


def _try_what_lay_idle(engine: Engine) -> None:
    """A connection that was not used for a second is tried before it is; SQLAlchemy's own way
    tries each every time, a third of the round trips of a short question."""

    @event.listens_for(engine, "checkin")
    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_RETURNED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        returned_at = record.info.get(_RETURNED)
        if returned_at is None or time.monotonic() - returned_at < _MAY_BE_GONE_AFTER:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def build_runtime(
    settings: Settings,
    *,
    statement_timeout: timedelta | None = None,
    pool_size: int | None = None,
) -> Runtime:
    """Wire a process; the embedded servers stand in for addresses that are not set.

    Raises:
        NotRunning: the embedded PostgreSQL is needed, and down. Valkey may be down at any
            time: the engine works without it, slower.
    """
    if settings.database_url is None and not embedded.postgres_runs(settings.data_dir):
        raise NotRunning("the embedded PostgreSQL", "PREGON_DATABASE_URL")
    return Runtime(
        settings,
        database_url=settings.database_url or embedded.postgres_url(settings.data_dir),
        redis_url=redis_address(settings),
        statement_timeout=statement_timeout,
        pool_size=pool_size,
    )


def redis_address(settings: Settings) -> str:
    """Where the broker is, running or not."""
    return settings.redis_url or embedded.valkey_url(settings.data_dir)


_current: tuple[int, Runtime] | None = None


def set_runtime(runtime: Runtime | None) -> None:
    """Make this the process's runtime; None forgets it (tests)."""
    global _current
    _current = None if runtime is None else (os.getpid(), runtime)


def current_runtime() -> Runtime:
    """The process's runtime, built from the settings on first use and anew after a fork."""
    if _current is not None and _current[0] == os.getpid():
        return _current[1]
    if _current is not None:
        inherited = _current[1]
        inherited.forget()
        runtime = build_runtime(inherited.settings)
    else:
        runtime = build_runtime(Settings.from_env())
    set_runtime(runtime)
    return runtime
