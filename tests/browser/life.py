"""A whole installation for the browser: gunicorn, workers, timetable and the simulator.

Only PostgreSQL and Valkey are shared with the other tests; the provider alone is simulated.
"""

import json
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dashboard.rehearsal.rehearsal import Rehearsal
from dashboard.rehearsal.simulator_client import SimulatorClient
from runtime import stack
from runtime.settings import Settings
from runtime.supervisor import Supervisor
from runtime.wiring import Runtime, build_runtime
from tests.own_ports import remember_own_ports


@dataclass
class Life:
    """The installation in ``folder``; it may be stopped and started again, as a night does."""

    folder: Path
    settings: Settings
    simulator_options: tuple[str, ...]
    runtime: Runtime
    simulator: SimulatorClient
    supervisor: Supervisor = field(init=False)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=400))

    @property
    def url(self) -> str:
        return self.settings.public_url

    @property
    def phone_url(self) -> str:
        """The page on which one plays a customer."""
        return f"{self.settings.twilio_base_url}/simulator/phone"

    def behave(self, **changes: object) -> None:
        """Change how the simulator's customers and its reviewers behave from now on."""
        self._tell_simulator("profile", changes)

    def let_answer(self, on: bool) -> None:
        """Whether customers answer on their own; who is played by hand may always write."""
        self._tell_simulator("automatic", {"on": on})

    def _tell_simulator(self, what: str, given: dict[str, object]) -> None:
        request = urllib.request.Request(
            f"{self.settings.twilio_base_url}/simulator/api/{what}",
            data=json.dumps(given).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    def start(self) -> None:
        self.supervisor = Supervisor(show=lambda name, line: self.said.append(f"{name} | {line}"))
        self.supervisor.start(
            *stack.application_services(self.settings, simulator_options=self.simulator_options)
        )

    def stop(self) -> None:
        self.supervisor.stop()

    def tell_troubles(self) -> None:
        """Print what the processes complained of: shown with a test that fails."""
        for line in self.said:
            if "exception" in line or "Traceback" in line or '"level": "error"' in line:
                print(line.encode().decode("unicode_escape", "replace")[-3000:])

    def restart(self) -> None:
        """Every process ends and comes back; only the two servers and the folder stay."""
        self.stop()
        self.start()

    def rehearsal(self) -> Rehearsal:
        """The same installation as the rehearsal's own steps take it."""
        return Rehearsal(self.folder, self.settings, self.supervisor, self.runtime, self.simulator)


@contextmanager
def living(
    folder: Path,
    *,
    database_url: str,
    redis_url: str,
    speed: float,
    simulator_options: tuple[str, ...] = (),
) -> Iterator[Life]:
    """It runs inside, on a migrated database."""
    remember_own_ports(folder)
    settings = Settings.from_env(
        {
            "PREGON_DEMO": "1",
            "PREGON_DATA_DIR": str(folder),
            "PREGON_DATABASE_URL": database_url,
            "PREGON_REDIS_URL": redis_url,
            "PREGON_TIME_SPEED": str(speed),
        }
    )
    runtime = build_runtime(settings)
    assert settings.twilio_base_url is not None
    life = Life(
        folder, settings, simulator_options, runtime, SimulatorClient(settings.twilio_base_url)
    )
    try:
        life.start()
        yield life
    finally:
        life.tell_troubles()
        life.stop()
        runtime.close()
