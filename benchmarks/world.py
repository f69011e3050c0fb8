"""Servers, a stub provider and a ledger of any size, for one run of a benchmark."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from campaigns import launching, lifecycle
from campaigns.audience_filter import AudienceFilter
from campaigns.catalogue import install_catalogue
from campaigns.sending_hours import ALWAYS
from models.states import TemplateState
from models.template import Line, Portfolio, Template, TemplateCategory, TemplateVersion
from runtime import migrations, stack
from runtime.embedded import EmbeddedPostgres, EmbeddedValkey
from runtime.settings import Settings
from runtime.wiring import Runtime

STUB_PORT = stack.free_port("127.0.0.1", 18_400)  # somebody else may be measuring too


@dataclass
class World:
    runtime: Runtime
    folder: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    @property
    def settings(self) -> Settings:
        return self.runtime.settings


@contextmanager
def world(*, processes: int, in_flight: int, durable: bool = True) -> Iterator[World]:
    """A migrated database, a broker and settings aimed at the stub; all gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pregon-bench-") as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder / "pg", durable=durable)
        valkey = EmbeddedValkey(folder / "vk")
        postgres.start()
        valkey.start()
        try:
            postgres.wait_ready()
            valkey.wait_ready()
            settings = Settings(
                data_dir=folder,
                public_url="http://127.0.0.1:18401",
                secret_key="benchmark" * 6,
                database_url=postgres.url,
                redis_url=valkey.url,
                twilio_account_sid="AC" + "0" * 32,
                twilio_auth_token="0" * 32,
                twilio_base_url=f"http://127.0.0.1:{STUB_PORT}",
                worker_processes=processes,
                max_in_flight=in_flight,
                sending_hours=ALWAYS,
            )
            runtime = Runtime(settings, database_url=postgres.url, redis_url=valkey.url)
            migrations.upgrade(runtime.engine)
            yield World(runtime, folder, postgres, valkey)
            runtime.close()
        finally:
            valkey.stop()
            postgres.stop()


@contextmanager
def stub_provider(latency_ms: float, *, arrivals: Path | None = None) -> Iterator[None]:
    """With ``arrivals``, that file says afterwards when each message came in."""
    argv = [sys.executable, "-m", "benchmarks.stub_provider", str(STUB_PORT), str(latency_ms)]
    if arrivals is not None:
        argv.append(str(arrivals))
    process = subprocess.Popen(argv, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def workers(world: World) -> Iterator["subprocess.Popen[bytes]"]:
    """The worker command, as in production."""
    process = subprocess.Popen(
        stack.worker_argv(world.settings), env=stack.environment(world.settings)
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def a_campaign_of(world: World, size: int, *, rate: int = 1_000_000) -> int:
    """A launched campaign of ``size`` people with phones and coupons, not planned yet."""
    runtime = world.runtime
    with runtime.sessions.begin() as session:
        install_catalogue(session)
        session.execute(text(_PEOPLE), {"size": size})
        portfolio = Portfolio(name="Benchmark")
        session.add(portfolio)
        session.flush()
        line = Line(
            portfolio_id=portfolio.id, name="L", sender="+5491155550000", rate_per_second=rate
        )
        template = Template(name="aviso", category=TemplateCategory.UTILITY)
        session.add_all([line, template])
        session.flush()
        session.add(
            TemplateVersion(
                template_id=template.id,
                number=1,
                body="Hola {{1}}, tu cuota {{2}} es de $ {{3}} y vence el {{4}}. Gracias.",
                fields={
                    "1": "customer.first_name",
                    "2": "coupon.instalment",
                    "3": "coupon.amount",
                    "4": "coupon.due_date",
                    "5": "coupon_link.token",
                    "6": "button.token:1",
                },
                samples={},
                content_sid="HX" + "0" * 32,
                state=TemplateState.APPROVED,
            )
        )
        session.flush()
        campaign = lifecycle.create_campaign(
            session,
            name="Benchmark",
            type_code="recordatorio",
            line_id=line.id,
            audience=AudienceFilter(),
            template="aviso",
        )
        launching.launch_campaign(
            session,
            campaign.id,
            now=runtime.now(session),
            zone=runtime.settings.timezone.key,
        )
        return campaign.id


_PEOPLE = """
WITH p AS (
    INSERT INTO plans (administrator, name) VALUES ('Autoplan', 'Plan 100 %') RETURNING id
), n AS (
    SELECT generate_series(1, :size) AS n
), c AS (
    INSERT INTO customers (name, document) SELECT 'Ana Gómez ' || n, 20000000 + n FROM n
    RETURNING id, document
), a AS (
    INSERT INTO contact_points (phone, match_key)
    SELECT '+54911' || (20000000 + n), '54:11' || (20000000 + n) FROM n RETURNING id, phone
), l AS (
    INSERT INTO customer_contacts (customer_id, contact_point_id, preferred)
    SELECT c.id, a.id, true FROM c JOIN a ON a.phone = '+54911' || c.document
), s AS (
    INSERT INTO subscriptions (customer_id, plan_id, administrator, group_code, order_code)
    SELECT c.id, p.id, 'Autoplan', '1042', c.document FROM c, p RETURNING id
)
INSERT INTO coupons (subscription_id, instalment, amount, due_date, payment_code)
SELECT id, 14, 45300.50, current_date + 10, 'X' || id FROM s
"""
