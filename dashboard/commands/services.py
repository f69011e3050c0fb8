"""Commands that run processes: all of them under the supervisor, or one in our place."""

import ipaddress
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import click
from sqlalchemy.orm import Session

from campaigns.catalogue import install_catalogue
from campaigns.quick_texts import install_quick_texts
from runtime import demo_folder, embedded, migrations, stack
from runtime.errors import NotRunning, PortTaken, ServiceFailed
from runtime.processes import FolderLock
from runtime.settings import Settings
from runtime.supervisor import Supervisor
from runtime.wiring import make_engine

_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")


@click.command()
@_HOST
def up(host: str) -> None:
    """Start everything and keep it running; one Ctrl-C stops all, a second one at once.

    With nothing configured this is the demo: invented people and the WhatsApp simulator.
    """
    settings = Settings.from_env(demo_when_unconfigured=True)
    _refuse_demo_off_loopback(settings, host)
    lock = FolderLock(settings.data_dir / "lock")
    lock.acquire()
    try:
        settings = _with_ports(settings, host)
        _run(settings, host)
    finally:
        lock.release()


def _run(settings: Settings, host: str) -> None:
    preload = threading.Thread(target=migrations.preload, daemon=True)
    preload.start()  # half a second of imports, hidden behind the servers' start
    supervisor = Supervisor()
    servers = stack.embedded_servers(settings)
    with supervisor.signals():
        try:
            for server in servers:
                server.prepare()
            supervisor.start(*map(stack.server_service, servers))
            preload.join()
            if settings.auto_migrate:
                migrations.upgrade_url(database_url(settings))
                _install_catalogue(database_url(settings))
            # numbers without WhatsApp, callbacks that come late: a demo without them would flatter
            profile = ("--profile", "demo")
            supervisor.start(
                *stack.application_services(settings, host=host, simulator_options=profile)
            )
            click.echo(f"\nPregón is at {_address(settings, host)}  (Ctrl-C stops it)\n")
            if settings.is_demo:
                from dashboard.rehearsal.rehearsal import set_in_motion  # a second of imports

                set_in_motion(settings, supervisor, tell=click.echo)
            supervisor.wait()
        except ServiceFailed:
            if not supervisor.asked_to_stop:
                raise
        finally:
            click.echo("stopping …", err=True)
            supervisor.stop()
            for server in servers:
                server.stop()


@click.command()
@_HOST
@click.option("-p", "--processes", type=click.IntRange(1, 64), help="Processes.")
def web(host: str, processes: int | None) -> None:
    """Serve the dashboard and the webhooks."""
    settings = Settings.from_env()
    settings = replace(settings, web_processes=processes or settings.web_processes)
    _refuse_demo_off_loopback(settings, host)
    if not stack.is_free(host, settings.port):
        raise PortTaken(host, settings.port)
    _become(stack.web_argv(settings, host=host), settings)


@click.command()
@click.option("-p", "--processes", type=click.IntRange(1, 64), help="Processes.")
@click.option("-t", "--threads", type=click.IntRange(1, 64), help="Threads in each.")
def worker(processes: int | None, threads: int | None) -> None:
    """Send messages and work on what came back."""
    settings = Settings.from_env()
    settings = replace(
        settings,
        worker_processes=processes or settings.worker_processes,
        worker_threads=threads or settings.worker_threads,
    )
    _become(stack.worker_argv(settings), settings)


@click.command()
def timetable() -> None:
    """Wake the workers for periodic work; any number of these may run."""
    _become(stack.timetable_argv(), Settings.from_env())


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulator(arguments: Sequence[str]) -> None:
    """Run the WhatsApp simulator as the settings say; its own options (--help) come on top."""
    if "-h" in arguments or "--help" in arguments:
        os.execv(sys.executable, [sys.executable, "-P", "-m", "messaging.simulator", "--help"])
    settings = Settings.from_env()
    _become([*stack.simulator_argv(settings), *arguments], settings)


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    settings = Settings.from_env()
    engine = make_engine(database_url(settings), statement_timeout=timedelta(0), pool_size=1)
    try:
        missing = migrations.pending(engine)
        migrations.upgrade(engine)
    finally:
        engine.dispose()
    _install_catalogue(database_url(settings))
    for name in missing:
        click.echo(f"applied {name}")
    click.echo("The database is up to date.")


def _install_catalogue(database_url: str) -> None:
    """Add the campaign and result types that a database lacks; nothing is written over."""
    engine = make_engine(database_url, pool_size=1)
    try:
        with Session(engine) as session, session.begin():
            install_catalogue(session)
            install_quick_texts(session)
    finally:
        engine.dispose()


def database_url(settings: Settings) -> str:
    """The database's address.

    Raises:
        NotRunning: it is the embedded one, and down.
    """
    if settings.database_url is not None:
        return settings.database_url
    if not embedded.postgres_runs(settings.data_dir):
        raise NotRunning("the embedded PostgreSQL", "PREGON_DATABASE_URL")
    return embedded.postgres_url(settings.data_dir)


def _with_ports(settings: Settings, host: str) -> Settings:
    """Refuse a taken port, or in the demo take the next free ones and remember them."""
    if not settings.is_demo:
        if not stack.is_free(host, settings.port):
            raise PortTaken(host, settings.port)
        return settings
    port = stack.free_port(host, settings.port)
    wanted = stack.simulator_address(settings)[1]
    simulator_port = stack.free_port("127.0.0.1", wanted, but_not=port)
    if port != settings.port:
        click.echo(f"port {settings.port} is in use, taking {port}", err=True)
    demo_folder.remember_ports(settings.data_dir, port=port, simulator_port=simulator_port)
    public_url = settings.public_url.replace(f":{settings.port}", f":{port}")
    return replace(
        settings,
        port=port,
        public_url=public_url,
        twilio_base_url=f"http://127.0.0.1:{simulator_port}",
    )


def _refuse_demo_off_loopback(settings: Settings, host: str) -> None:
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if settings.demo == "on" and not local:
        raise click.ClickException(
            f"the demo has known passwords: set PREGON_DEMO=lan to let other machines reach {host}"
        )


def _address(settings: Settings, host: str) -> str:
    return f"http://{host}:{settings.port}" if settings.demo == "lan" else settings.public_url


def _become(argv: list[str], settings: Settings) -> None:
    """Replace this process, so that signals and process managers meet the real one."""
    os.execve(argv[0], argv, stack.environment(settings))
