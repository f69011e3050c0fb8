"""Everything one installation runs, as command lines: for `up`, the demo and the fault suite."""

import http.client
import socket
import sys
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from runtime.embedded import EmbeddedPostgres, EmbeddedValkey
from runtime.errors import PortTaken
from runtime.settings import Settings, child_environment, project_folder
from runtime.supervisor import Service

EmbeddedServer = EmbeddedPostgres | EmbeddedValkey

_RECOVERED_WITHIN = 900.0
"""Seconds. A server that was killed goes through its log first; were it stopped for being slow at
that, it would begin anew the next time, and never come up."""
_LOADED_WITHIN = 90.0  # seconds: on a machine that does much else besides
_WAKE_UP = "250"  # ms: an idle queue is looked at this often; dramatiq's own default is 1000


def embedded_servers(settings: Settings) -> list[EmbeddedServer]:
    """The servers this installation needs us to run: those it has no address for."""
    servers: list[EmbeddedServer] = []
    if settings.redis_url is None:
        servers.append(EmbeddedValkey(settings.data_dir))
    if settings.database_url is None:
        servers.append(EmbeddedPostgres(settings.data_dir))
    return servers


def server_service(server: EmbeddedServer) -> Service:
    """An embedded server for the supervisor; `prepare` it first."""
    return Service(
        name=server.name,
        argv=server.argv(),
        ready=server.is_ready,
        ready_within=_RECOVERED_WITHIN,
        stop_signal=server.stop_signal,
        stop_timeout=20,
        hushed=("LOG:", "overcommit", "scheduling shutdown", "ready to exit"),
    )


def application_services(
    settings: Settings, *, host: str = "127.0.0.1", simulator_options: Sequence[str] = ()
) -> list[Service]:
    """Web, worker and timetable, and in the demo the simulator, all with these settings.

    A person waits for a page; what is sent has its pace and time to spare, and steps back.
    """
    reached_at = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
    up = web_is_up(settings, reached_at)
    services = [
        _service("web", web_argv(settings, host=host), settings, ready=up),
        _service("worker", worker_argv(settings), settings, steps_back=True),
        _service("timetable", timetable_argv(), settings, steps_back=True),
    ]
    if settings.is_demo:
        services.append(
            _service(
                "simulator",
                simulator_argv(settings, *simulator_options),
                settings,
                ready=lambda: listens(*simulator_address(settings)),
                steps_back=True,
            )
        )
    return services


def web_argv(settings: Settings, *, host: str = "127.0.0.1") -> list[str]:
    """Gunicorn with threads; its control socket would go into the home folder."""
    options = ["--worker-class", "gthread", "--no-control-socket", "--graceful-timeout", "20"]
    options += ["--workers", str(settings.web_processes), "--threads", str(settings.web_threads)]
    bind = f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
    return [*_python("gunicorn"), "dashboard.wsgi:app", "--bind", bind, *options]


def worker_argv(settings: Settings) -> list[str]:
    """Dramatiq's own command: its processes, each with threads; 40 s to finish what is out."""
    size = ["-p", str(settings.worker_processes), "-t", str(settings.worker_threads)]
    drain = ["--skip-logging", "--worker-shutdown-timeout", "40000"]
    return [*_python("dramatiq"), "workers.main", *size, *drain]


def timetable_argv() -> list[str]:
    """The loop that enqueues periodic work; any number may run."""
    return _python("workers.timetable")


def simulator_argv(settings: Settings, *options: str) -> list[str]:
    """The simulator where the settings expect the provider, at their speed, with a ledger kept.

    ``options`` are further ones of its own, such as a profile and a seed.
    """
    host, port = simulator_address(settings)
    return [
        *_python("messaging.simulator"),
        *("--host", host, "--port", str(port)),
        *("--data-dir", str(settings.data_dir / "simulator")),
        *("--inbound-url", f"{settings.public_url}/webhooks/twilio/inbound"),
        *("--callback-host", urlsplit(settings.public_url).hostname or host),
        *("--speed", f"{settings.time_speed:g}"),
        *options,
    ]


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a process of ours reads back exactly these settings."""
    return child_environment(
        settings.to_env()
        | {
            "PYTHONUNBUFFERED": "1",
            "dramatiq_worker_timeout": _WAKE_UP,
            "dramatiq_queue_prefetch": str(settings.worker_threads),
        }
    )


def simulator_address(settings: Settings) -> tuple[str, int]:
    """Host and port of the simulator."""
    parts = urlsplit(settings.twilio_base_url or "http://127.0.0.1:8001")
    return parts.hostname or "127.0.0.1", parts.port or 80


def web_is_up(settings: Settings, host: str = "127.0.0.1") -> Callable[[], bool]:
    """A question for the supervisor: does the web answer `/healthz`?"""

    def ask() -> bool:
        connection = http.client.HTTPConnection(host, settings.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def listens(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, wanted: int, *, but_not: int = 0) -> int:
    """The first free port from ``wanted`` on.

    Raises:
        PortTaken: none of the next hundred is free.
    """
    for port in range(wanted, min(wanted + 100, 65536)):
        if port != but_not and is_free(host, port):
            return port
    raise PortTaken(host, wanted)


def _service(
    name: str,
    argv: list[str],
    settings: Settings,
    ready: Callable[[], bool] | None = None,
    *,
    steps_back: bool = False,
) -> Service:
    return Service(
        name=name,
        argv=argv,
        env=environment(settings),
        cwd=project_folder(),
        ready=ready,
        ready_within=_LOADED_WITHIN,
        steps_back=steps_back,
    )


def _python(module: str) -> list[str]:
    # -P: without it a folder called `models` where the user stands would hide ours
    return [sys.executable, "-P", "-m", module]
