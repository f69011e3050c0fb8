"""Run a campaign from a file to typed results: the product's own processes and the simulator."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from campaigns import launching, lifecycle, progress
from campaigns.audience_filter import AudienceFilter
from campaigns.catalogue import install_catalogue
from campaigns.lines import add_line
from campaigns.quick_texts import install_quick_texts
from campaigns.sending_hours import ALWAYS
from campaigns.template_registry import add_version, get_version
from campaigns.template_specs import ButtonSpec, TemplateSpec
from dashboard.rehearsal.judge import Check, judge
from dashboard.rehearsal.people import assign_all, bring_in, sign_ins
from dashboard.rehearsal.sample_file import write_sample
from dashboard.rehearsal.simulator_client import SimulatorClient, open_coupon
from models.audit import ImportKind
from models.campaign import Campaign
from models.states import TemplateState
from models.template import ButtonKind, TemplateCategory
from runtime import demo_folder, migrations, stack
from runtime.settings import Settings
from runtime.supervisor import Supervisor
from runtime.wiring import Runtime, build_runtime
from workers.import_files import Done, run_import
from workers.template_reviews import provider, refresh_approvals, submit_version
from workers.wake import wake_planning

LINE = "+5491150000000"
COUPONS_OPENED = 5
DEMO_RATE = 2  # a second: slow enough to be watched
DEMO_ROWS = 300

REMINDER = TemplateSpec(
    name="recordatorio_de_cuota",
    category=TemplateCategory.UTILITY,
    body=(
        "Hola {{1}}, te escribimos por tu plan {{2}}. La cuota {{3}} es de $ {{4}} y vence el "
        "{{5}}. Podés ver el cupón con el botón de abajo. Si ya la pagaste o necesitás otra "
        "fecha, contanos con un toque. Gracias por ahorrar con nosotros."
    ),
    footer="Respondé BAJA para no recibir más avisos",
    fields={
        "1": "customer.first_name",
        "2": "plan.name",
        "3": "coupon.instalment",
        "4": "coupon.amount",
        "5": "coupon.due_date",
    },
    samples={"1": "Ana", "2": "Plan 100 %", "3": "14", "4": "45.300,50", "5": "10/12/2026"},
    buttons=(
        ButtonSpec(kind=ButtonKind.QUICK_REPLY, title="Ya pagué", result="ya_pago"),
        ButtonSpec(
            kind=ButtonKind.QUICK_REPLY, title="Pago en otra fecha", result="promesa_de_pago"
        ),
        ButtonSpec(
            kind=ButtonKind.QUICK_REPLY,
            title="Hablar con alguien",
            result="pide_una_persona",
        ),
        ButtonSpec(kind=ButtonKind.URL, title="Ver mi cupón"),
    ),
    campaign_type="recordatorio",
)
"""What the rehearsal sends: three answers that are results, and the coupon."""

Tell = Callable[[str], None]
Watch = Callable[["Rehearsal", progress.Progress], None]


@dataclass
class Rehearsal:
    """A running installation of its own in ``folder``, and the campaign it rehearses."""

    folder: Path
    settings: Settings
    supervisor: Supervisor
    runtime: Runtime
    simulator: SimulatorClient
    campaign_id: int = 0
    imported: Done | None = None
    started_at: float = field(default_factory=time.monotonic)


@contextmanager
def installation(
    folder: Path,
    *,
    speed: float,
    simulator_options: tuple[str, ...] = (),
    show: Callable[[str, str], None] | None = None,
) -> Iterator[Rehearsal]:
    """Everything `pregon up` runs, in a folder of its own; stopped and gone afterwards."""
    kept = demo_folder.read_or_make(folder)
    port = stack.free_port("127.0.0.1", kept.port)
    simulator_port = stack.free_port("127.0.0.1", port + 1)
    demo_folder.remember_ports(folder, port=port, simulator_port=simulator_port)
    settings = Settings.from_env(
        {
            "PREGON_DEMO": "1",
            "PREGON_DATA_DIR": str(folder),
            "PREGON_TIME_SPEED": str(speed),
        }
    )
    supervisor = Supervisor(show=show) if show else Supervisor()
    servers = stack.embedded_servers(settings)
    with supervisor.signals():
        try:
            for server in servers:
                server.prepare()
            supervisor.start(*map(stack.server_service, servers))
            runtime = build_runtime(settings)
            migrations.upgrade(runtime.engine)
            supervisor.start(
                *stack.application_services(settings, simulator_options=simulator_options)
            )
            assert settings.twilio_base_url is not None
            yield Rehearsal(
                folder, settings, supervisor, runtime, SimulatorClient(settings.twilio_base_url)
            )
            runtime.close()
        finally:
            supervisor.stop()
            for server in servers:
                server.stop()


def sample_file(rehearsal: Rehearsal, *, rows: int, seed: int) -> Path:
    """A file of invented people whose coupons are due around today, three of its rows bad."""
    today = rehearsal.runtime.now().astimezone(rehearsal.settings.timezone).date()
    return write_sample(
        rehearsal.folder / "suscripciones.csv", rows=rows, seed=seed, bad_rows=3, today=today
    )


def set_in_motion(settings: Settings, supervisor: Supervisor, *, tell: Tell) -> None:
    """Give a fresh demo its people and a running campaign; one that has any is left alone."""
    assert settings.twilio_base_url is not None
    runtime = build_runtime(settings)
    bring_in(runtime)
    tell("Sign in as one of these (invented, like everything here):")
    for line in sign_ins():
        tell(line)
    tell("")
    with runtime.sessions() as session:
        is_fresh = session.scalar(select(Campaign.id).limit(1)) is None
    if is_fresh:
        rehearsal = Rehearsal(
            settings.data_dir,
            settings,
            supervisor,
            runtime,
            SimulatorClient(settings.twilio_base_url),
        )
        file = sample_file(rehearsal, rows=DEMO_ROWS, seed=7)
        if prepare(rehearsal, file, rate=DEMO_RATE, tell=tell):
            assign_all(runtime)
            launch(rehearsal, tell=tell)
    assign_all(runtime)
    runtime.close()


def prepare(rehearsal: Rehearsal, file: Path, *, rate: int, tell: Tell) -> bool:
    """Import the file, have the template approved, write the campaign; False if asked to stop."""
    runtime = rehearsal.runtime
    rehearsal.imported = run_import(
        runtime,
        ImportKind.SUBSCRIPTIONS,
        file,
        refused_rows=rehearsal.folder / "rechazadas.csv",
    )
    report = rehearsal.imported.report
    tell(f"{report.rows_read} filas importadas, {report.refused} rechazadas")
    with runtime.sessions.begin() as session:
        install_catalogue(session)
        install_quick_texts(session)
        line_id = add_line(session, name="Línea de ensayo", sender=LINE, rate=rate)
        version_id = add_version(
            session, REMINDER, public_url=runtime.settings.public_url
        ).version_id
    asked = provider(runtime.settings)
    state = submit_version(runtime, asked, version_id)
    deadline = time.monotonic() + 60
    while state is TemplateState.SUBMITTED and time.monotonic() < deadline:
        if rehearsal.supervisor.wait(0.3):
            return False
        refresh_approvals(runtime, asked)
        with runtime.sessions() as session:
            state = get_version(session, version_id).state
    tell(f"plantilla {REMINDER.name}: {state}")
    with runtime.sessions.begin() as session:
        campaign = lifecycle.create_campaign(
            session,
            name="Ensayo: recordatorio de cuota",
            type_code="recordatorio",
            line_id=line_id,
            audience=AudienceFilter(),
            template=REMINDER.name,
            hours=ALWAYS,  # it may be rehearsed at night
        )
        rehearsal.campaign_id = campaign.id
    return True


def launch(rehearsal: Rehearsal, *, tell: Tell) -> int:
    """Launch it as the command does; how many subscriptions it holds."""
    runtime = rehearsal.runtime
    with runtime.sessions.begin() as session:
        size = launching.launch_campaign(
            session,
            rehearsal.campaign_id,
            now=runtime.now(session),
            zone=runtime.settings.timezone.key,
        )
    wake_planning(runtime, rehearsal.campaign_id)
    tell(f"campaña lanzada: {size} suscripciones")
    return size


def run_until_quiet(
    rehearsal: Rehearsal, *, within: float, watch: Watch, every: float = 0.5
) -> bool:
    """Watch until everything is sent and answered; False if that took longer than ``within`` s."""
    deadline = time.monotonic() + within
    quiet_since: float | None = None
    while time.monotonic() < deadline:
        if rehearsal.supervisor.wait(every):
            return False
        with rehearsal.runtime.sessions() as session:
            account = progress.progress_of(session, rehearsal.campaign_id)
            busy = session.execute(text(_BUSY)).scalar_one()
        watch(rehearsal, account)
        if busy or account.not_planned or _pending(rehearsal.simulator.summary()):
            quiet_since = None
        elif quiet_since is None:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > 1.5:
            return True
    return False


def _pending(summary: dict[str, Any]) -> int:
    return int(summary["pending_events"]) + int(summary["pending_deliveries"])


def open_some_coupons(rehearsal: Rehearsal) -> int:
    """Press *Ver mi cupón* as customers would; how many openings are on record afterwards."""
    opened = 0
    for entry in rehearsal.simulator.ledger():
        urls = [button["url"] for button in entry["buttons"] if button.get("url")]
        if urls and entry["status"] in ("delivered", "read") and opened < COUPONS_OPENED:
            open_coupon(urls[0])
            opened += 1
    with rehearsal.runtime.sessions() as session:
        return int(
            session.execute(
                text("SELECT count(*) FROM coupon_visits WHERE kind = 'open'")
            ).scalar_one()
        )


def verdict(rehearsal: Rehearsal) -> list[Check]:
    """What the judge says."""
    with rehearsal.runtime.sessions() as session:
        return judge(
            session,
            rehearsal.campaign_id,
            ledger=rehearsal.simulator.ledger(),
            replies=rehearsal.simulator.replies(),
        )


# A message that the provider itself asked us to hold for a day is not waited for.
_BUSY = """
SELECT (SELECT count(*) FROM webhook_events WHERE state IN ('received', 'parked'))
    + (SELECT count(*) FROM messages
        WHERE state IN ('claimed', 'sending', 'uncertain')
            OR state = 'planned' AND due_at < clock_timestamp() + interval '1 minute')
"""
