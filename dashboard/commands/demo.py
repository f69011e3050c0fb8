"""`pregon demo`: a whole campaign, from a file to typed results, and a judge; no screen."""

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import click

from campaigns import progress
from dashboard.commands.campaigns import show_account
from dashboard.commands.tables import show
from dashboard.rehearsal import rehearsal as stage
from dashboard.rehearsal.judge import Check
from dashboard.rehearsal.rehearsal import Rehearsal

_FAULTS_SHOWN = 5

_KINDS = {
    "accepted_then_500": "aceptó y contestó 500",
    "accepted_then_dropped": "aceptó y cortó",
    "accepted_then_late": "aceptó y contestó tarde",
    "refused_with_500": "contestó 500 sin aceptar",
    "refused_with_drop": "cortó sin aceptar",
}
_STATUSES = {
    "queued": "en cola",
    "sent": "enviados",
    "delivered": "entregados",
    "read": "leídos",
    "failed": "fallidos",
    "undelivered": "no entregados",
}
_REPLIES = {"button": "botón", "text": "texto", "image": "imagen", "opt_out": "baja"}


@click.command()
@click.option("--subscriptions", default=2000, show_default=True, type=click.IntRange(1, 100_000))
@click.option(
    "--seed", default=7, show_default=True, help="Of the people, the provider, the faults."
)
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own file of subscriptions with coupons instead of invented people.",
)
@click.option("--profile", default="demo", show_default=True, help="calm, demo or hostile.")
@click.option("--rate", default=200, show_default=True, type=click.IntRange(1, 1000))
@click.option("--speed", default=20.0, show_default=True, help="How much faster than life.")
@click.option("--verbose", is_flag=True, help="Show what the processes say.")
def demo(
    subscriptions: int,
    seed: int,
    file: Path | None,
    profile: str,
    rate: int,
    speed: float,
    verbose: bool,
) -> None:
    """Rehearse a campaign over real worker processes against the simulator.

    Exits 0 only if every sum holds and every promise is kept.
    """
    with tempfile.TemporaryDirectory(prefix="pregon-demo-") as name:
        folder = Path(name)
        options = ("--profile", profile, "--seed", str(seed))
        show_lines = _say if verbose else _say_nothing
        with stage.installation(
            folder / "data", speed=speed, simulator_options=options, show=show_lines
        ) as rehearsal:
            source = file or stage.sample_file(rehearsal, rows=subscriptions, seed=seed)
            kept = _run(rehearsal, source, rate=rate, within=_longest(subscriptions, rate, speed))
    if not kept:
        raise click.exceptions.Exit(1)


def _run(rehearsal: Rehearsal, file: Path, *, rate: int, within: float) -> bool:
    stage.prepare(rehearsal, file, rate=rate, tell=click.echo)
    size = stage.launch(rehearsal, tell=click.echo)
    began = time.monotonic()
    quiet = stage.run_until_quiet(rehearsal, within=within, watch=_Progress(size))
    opened = stage.open_some_coupons(rehearsal)
    checks = stage.verdict(rehearsal)
    click.echo(f"\n{time.monotonic() - began:.1f} s desde el lanzamiento\n")
    _show_account(rehearsal)
    _show_provider(rehearsal, opened)
    return _show_verdict(checks, quiet=quiet)


def _show_account(rehearsal: Rehearsal) -> None:
    with rehearsal.runtime.sessions() as session:
        account = progress.progress_of(session, rehearsal.campaign_id)
        why = progress.reasons(session, rehearsal.campaign_id)
        results = progress.results_by_type(session, rehearsal.campaign_id)
    show_account(account, why, results, zone=rehearsal.settings.timezone)


def _show_provider(rehearsal: Rehearsal, opened: int) -> None:
    summary = rehearsal.simulator.summary()
    rows: list[tuple[str, object]] = [
        ("pedidos recibidos", summary["posts_total"]),
        ("· aceptados", summary["accepted"]),
        *_counted("· ambiguos", summary["ambiguous"], _KINDS),
        ("· rechazados por exceso", summary["throttled"]),
        *_counted("· rechazados", summary["refused"], {}),
        *_counted("quedaron", summary["statuses"], _STATUSES),
        *_counted("respuestas", summary["replies"], _REPLIES),
        ("cupones abiertos", opened),
    ]
    click.echo()
    show(["Proveedor (simulado)", "Cantidad"], rows, zone=rehearsal.settings.timezone, empty="")


def _counted(
    label: str, counts: Mapping[str, int], words: Mapping[str, str]
) -> list[tuple[str, object]]:
    return [(f"{label}: {words.get(each, each)}", count) for each, count in counts.items()]


def _show_verdict(checks: list[Check], *, quiet: bool) -> bool:
    click.echo()
    for check in checks:
        mark = "ok   " if check.kept else "FALLA"
        click.echo(f"{mark} {check.promise} ({check.looked_at})")
        for fault in check.faults[:_FAULTS_SHOWN]:
            click.echo(f"        {fault}")
    if not quiet:
        click.echo("FALLA no llegó a la calma a tiempo: algo quedó sin terminar")
    return quiet and all(check.kept for check in checks)


class _Progress:
    """A bar that is redrawn on a terminal, a line now and then elsewhere."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._shown_at = 0.0
        self._terminal = sys.stderr.isatty()

    def __call__(self, _: Rehearsal, account: progress.Progress) -> None:
        moving = sum(n for state, n in account.states.items() if state in progress.IN_MOTION)
        done = account.audience - account.not_planned - moving
        part = done / max(1, account.audience)
        if self._terminal:
            bar = "#" * int(part * 30)
            click.echo(f"\r[{bar:<30}] {done} de {self._size}", err=True, nl=False)
        elif time.monotonic() - self._shown_at > 5:
            self._shown_at = time.monotonic()
            click.echo(f"{done} de {self._size}", err=True)


def _longest(subscriptions: int, rate: int, speed: float) -> float:
    """Seconds: the sending itself, then retries, looks and answers."""
    return 120 + subscriptions / min(rate, 200) * 3 + 1200 / speed


def _say(name: str, line: str) -> None:
    click.echo(f"{name:>10} | {line}", err=True)


def _say_nothing(_name: str, _line: str) -> None:
    pass
