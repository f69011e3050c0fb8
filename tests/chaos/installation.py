"""An installation with a faulty road between any two of its programs.

    worker ───────┐                      ┌── database ── PostgreSQL, with the witness in it
    worker +5 min ┼── proxies, loopback ─┼── broker ──── Valkey
    web ──────────┤                      └── provider ── simulator, profile `chaos`
    timetable −5 min                                        │
        web ◀── proxy ◀── callbacks and replies ────────────┘

The driver itself, and the judge, use the direct roads.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dashboard.rehearsal.simulator_client import SimulatorClient
from runtime import demo_folder, migrations, stack
from runtime.embedded import EmbeddedValkey
from runtime.settings import CRASH_POINTS, Settings, project_folder
from runtime.supervisor import Service, Supervisor
from runtime.wiring import Runtime
from tests.chaos import witness
from tests.chaos.profiles import PROVIDER
from tests.chaos.proxy import Proxy
from tests.chaos.witness import WitnessedPostgres
from workers.crash_points import mark

SKEW = 300  # seconds that one worker's clock is ahead, and the timetable's behind
WORKERS = ("worker", "worker-ahead")


@dataclass
class Installation:
    folder: Path
    settings: Settings  # as its programs have them: over the proxies
    runtime: Runtime  # of the driver: direct
    supervisor: Supervisor
    simulator: SimulatorClient
    simulator_url: str
    database: Proxy
    broker: Proxy
    provider: Proxy
    web: Proxy
    log: Path


@contextmanager
def installation(
    folder: Path, *, speed: float, seed: int, tell: Callable[[str], None]
) -> Iterator[Installation]:
    """Everything started and ready; stopped afterwards, whatever happened."""
    demo_folder.read_or_make(folder)
    port = stack.free_port("127.0.0.1", 18_600)
    simulator_port = stack.free_port("127.0.0.1", port + 1)
    log = (folder / "programs.log").open("a")

    def show(name: str, line: str) -> None:
        log.write(f"{time.strftime('%H:%M:%S')} {name:>12} | {line}\n")
        log.flush()

    postgres, valkey = WitnessedPostgres(folder), EmbeddedValkey(folder)
    supervisor = Supervisor(show=show, first_backoff=0.5, steady_after=8.0)
    with ExitStack() as roads, supervisor.signals():
        try:
            for server in (postgres, valkey):
                server.prepare()
            supervisor.start(stack.server_service(postgres), stack.server_service(valkey))
            database = roads.enter_context(Proxy("database", postgres.sockets / ".s.PGSQL.5432"))
            broker = roads.enter_context(Proxy("broker", valkey.sockets / "valkey.sock"))
            provider = roads.enter_context(Proxy("provider", ("127.0.0.1", simulator_port)))
            web = roads.enter_context(Proxy("web", ("127.0.0.1", port)))
            for name in CRASH_POINTS:
                mark(folder, name).touch()  # none is armed yet
            settings = Settings.from_env(
                {
                    "PREGON_DEMO": "1",
                    "PREGON_DATA_DIR": str(folder),
                    "PREGON_PORT": str(port),
                    "PREGON_PUBLIC_URL": f"http://127.0.0.1:{web.port}",
                    "PREGON_DATABASE_URL": (
                        f"postgresql://pregon@127.0.0.1:{database.port}/pregon"
                        "?sslmode=disable&gssencmode=disable"
                    ),
                    "PREGON_REDIS_URL": f"redis://127.0.0.1:{broker.port}/0",
                    "PREGON_TWILIO_BASE_URL": f"http://127.0.0.1:{provider.port}",
                    "PREGON_TIME_SPEED": str(speed),
                    "PREGON_WORKER_PROCESSES": str(len(WORKERS)),
                    "PREGON_CRASH_AT": ",".join(CRASH_POINTS),
                }
            )
            runtime = Runtime(settings, database_url=postgres.url, redis_url=valkey.url)
            migrations.upgrade(runtime.engine)
            witness.install(runtime.engine)
            supervisor.start(_simulator(settings, folder, simulator_port, seed))
            supervisor.start(*_programs(settings))
            tell(f"programs run in {folder}, each one's words in {log.name}")
            simulator_url = f"http://127.0.0.1:{simulator_port}"
            yield Installation(
                folder,
                settings,
                runtime,
                supervisor,
                SimulatorClient(simulator_url),
                simulator_url,
                database,
                broker,
                provider,
                web,
                Path(log.name),
            )
            runtime.close()
        finally:
            supervisor.stop()
            for server in (valkey, postgres):
                server.stop()
            log.close()


def _simulator(settings: Settings, folder: Path, port: int, seed: int) -> Service:
    profile = folder / "provider.json"
    profile.write_text(json.dumps(PROVIDER))
    reached = replace(settings, twilio_base_url=f"http://127.0.0.1:{port}")
    options = ("--profile-file", str(profile), "--seed", str(seed))
    return Service(
        name="simulator",
        argv=stack.simulator_argv(reached, *options),
        env=stack.environment(reached),
        cwd=project_folder(),
        ready=lambda: stack.listens("127.0.0.1", port),
    )


def _programs(settings: Settings) -> list[Service]:
    """One process in each worker command, so that one may be frozen and the other go on."""
    single = stack.worker_argv(replace(settings, worker_processes=1))
    programs = {
        "web": stack.web_argv(settings),
        "worker": single,
        "worker-ahead": _skewed(single, SKEW),
        "timetable": _skewed(stack.timetable_argv(), -SKEW),
    }
    env = stack.environment(settings)
    up = stack.web_is_up(settings)
    return [
        Service(
            name=name,
            argv=argv,
            env=env,
            cwd=project_folder(),
            ready=up if name == "web" else None,
            ready_within=90,
        )
        for name, argv in programs.items()
    ]


def _skewed(argv: list[str], seconds: int) -> list[str]:
    python, _isolated, _module, *rest = argv  # python -P -m module …
    return [python, "-m", "tests.chaos.skewed", str(seconds), *rest]
