"""One run: an installation, a campaign, the plan of faults while it goes out, and the evidence."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from campaigns import launching, lifecycle
from campaigns.audience_filter import AudienceFilter
from campaigns.sending_hours import ALWAYS
from dashboard.rehearsal import rehearsal as stage
from dashboard.rehearsal.judge import Check
from dashboard.rehearsal.sample_file import write_sample
from models.campaign import Campaign
from tests.chaos import evidence as reading
from tests.chaos.evidence import Evidence
from tests.chaos.installation import Installation, installation
from tests.chaos.judge import judge, replies_once, still_behind
from tests.chaos.plan import Fault, plan
from tests.chaos.profiles import KINDS, Profile
from tests.chaos.provider import Provider
from tests.chaos.saboteur import Saboteur
from workers.periodic import JOBS
from workers.wake import wake_planning

Tell = Callable[[str], None]
_SAMPLE_EVERY = 1.0  # seconds
_MARGIN = 30.0  # seconds for a busy machine, on top of what the engine takes to ask
_QUIET = 3.0  # seconds without anything pending: it has come to rest


@dataclass
class Run:
    """What came of it."""

    profile: Profile
    seed: int
    evidence: Evidence
    checks: list[Check]
    came_to_rest: bool
    seconds: float
    folder: Path
    struck: list[tuple[Fault, str]] = field(default_factory=list)

    @property
    def broken(self) -> list[Check]:
        return [check for check in self.checks if not check.kept]

    @property
    def passed(self) -> bool:
        return self.came_to_rest and not self.broken

    @property
    def verdict(self) -> str:
        """`CUT OFF`: its time was over and nothing is broken, so it says nothing about loss."""
        return "kept" if self.passed else "BROKEN" if self.broken else "CUT OFF"


def run(profile: Profile, seed: int, *, tell: Tell, folder: Path | None = None) -> Run:
    """At rest within the profile's `most_seconds`, or cut off; the last answers come after that."""
    began = time.monotonic()
    place_of = folder or Path(tempfile.mkdtemp(prefix="pregon-chaos-"))
    place_of.chmod(0o755)  # PostgreSQL steps down to another user
    with installation(place_of, speed=profile.speed, seed=seed, tell=tell) as place:
        driver = _Driver(place, profile, seed, began + profile.most_seconds, tell)
        driver.prepare()
        driver.strike()
        rested = driver.wait_for_rest()
        found = driver.catch_up() if rested else driver.evidence()
    return Run(
        profile,
        seed,
        found,
        judge(found, profile.bounds, at_rest=rested),
        rested,
        time.monotonic() - began,
        place_of,
        driver.struck,
    )


class _Driver:
    def __init__(
        self, place: Installation, profile: Profile, seed: int, deadline: float, tell: Tell
    ) -> None:
        self.struck: list[tuple[Fault, str]] = []
        self._place = place
        self._profile = profile
        self._seed = seed
        self._deadline = deadline
        self._tell = tell
        self._provider = Provider(place.simulator_url)
        self._samples: list[reading.Sample] = []
        self._sampled_at = 0.0
        self._main = self._doomed = 0
        self._saboteur: Saboteur | None = None

    def prepare(self) -> None:
        """Two campaigns on one line: one that goes on, one that will be cancelled."""
        place, profile = self._place, self._profile
        rehearsal = stage.Rehearsal(
            place.folder, place.settings, place.supervisor, place.runtime, self._provider
        )
        today = place.runtime.now().astimezone(place.settings.timezone).date()
        file = write_sample(
            place.folder / "suscripciones.csv",
            rows=profile.rows,
            seed=self._seed,
            shared_phones=0.01,
            bad_rows=3,
            today=today,
        )
        assert stage.prepare(rehearsal, file, rate=profile.rate, tell=self._tell)
        with place.runtime.sessions.begin() as session:
            main = session.get_one(Campaign, rehearsal.campaign_id)
            main.audience = AudienceFilter(overdue_max=3).as_json()
            doomed = lifecycle.create_campaign(
                session,
                name="Ensayo: la que se cancela",
                type_code="recordatorio",
                line_id=main.line_id,
                audience=AudienceFilter(overdue_min=4),
                template=stage.REMINDER.name,
                hours=ALWAYS,
            )
            self._main, self._doomed = main.id, doomed.id
        for campaign_id in (self._main, self._doomed):
            with place.runtime.sessions.begin() as session:
                size = launching.launch_campaign(
                    session,
                    campaign_id,
                    now=place.runtime.now(session),
                    zone=place.settings.timezone.key,
                )
            wake_planning(place.runtime, campaign_id)
            self._tell(f"campaign {campaign_id}: {size} subscriptions")
        self._saboteur = Saboteur(
            place, self._provider, line=stage.LINE, main=self._main, doomed=self._doomed
        )

    def strike(self) -> None:
        """The plan, as long as something is still to be sent."""
        assert self._saboteur is not None
        profile = self._profile
        faults = plan(self._seed, KINDS, times=profile.faults, gap=profile.gap)
        for fault in faults:
            self._watch(fault.after)
            if self._is_late() or not self._is_sending():
                self._tell(f"{len(faults) - fault.number} faults were left when all was sent")
                return
            hit = self._saboteur.act(fault)
            self.struck.append((fault, hit))
            self._tell(f"{fault.number:>3} {fault.kind:<22} {hit or '– nothing there'}")

    def wait_for_rest(self) -> bool:
        """Until nothing is in motion anywhere; False if that took too long."""
        quiet_since: float | None = None
        self._tell("no more faults: waiting until everything is settled")
        while not self._is_late():
            self._watch(0.5)
            if self._is_busy():
                quiet_since = None
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > _QUIET:
                return True
        return False

    def catch_up(self) -> Evidence:
        """Wait until the engine has asked for what no webhook told it, as long as it may take."""
        self._tell("at rest: waiting for what must be asked for at the provider")
        found = self.evidence()
        until = time.monotonic() + found.patience + 5
        while still_behind(found) or not replies_once(found).kept:
            if time.monotonic() > until:
                break
            self._watch(5.0)
            found = self.evidence()
        return found

    def evidence(self) -> Evidence:
        assert self._saboteur is not None
        with self._place.runtime.sessions() as session:
            found = reading.gather(
                session,
                ledger=self._provider.ledger(),
                replies=self._provider.replies(),
                posts=self._provider.posts(),
                callbacks=self._provider.callbacks(),
            )
        found.read_at = time.time()
        # two looks, the second at twice the silence; a turn of the timetable; a margin
        settings = self._place.settings
        turn = JOBS["fetch silent"].period(settings.time_speed)
        found.patience = (2 * settings.times.stuck_after + turn).total_seconds() + _MARGIN
        found.samples = self._samples
        found.graceful = self._saboteur.graceful
        found.faults = dict(Counter(fault.kind for fault, hit in self.struck if hit))
        return found

    def _watch(self, seconds: float) -> None:
        """Let time go by, looking at the sums on the way."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._place.supervisor.wait(min(left, 0.3)):
                raise KeyboardInterrupt
            if time.monotonic() - self._sampled_at > _SAMPLE_EVERY:
                self._sampled_at = time.monotonic()
                try:
                    with self._place.runtime.sessions() as session:
                        self._samples += reading.sample(session)
                except SQLAlchemyError:
                    continue  # the database is away

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _is_sending(self) -> bool:
        return self._count(_TO_SEND, if_away=1) > 0

    def _is_busy(self) -> bool:
        if self._count(_BUSY, if_away=1):
            return True
        told: dict[str, Any] = self._provider.summary()
        return bool(told["pending_events"] or told["pending_deliveries"])

    def _count(self, sql: str, *, if_away: int) -> int:
        try:
            with self._place.runtime.sessions() as session:
                return int(session.execute(text(sql)).scalar_one())
        except SQLAlchemyError:
            return if_away


_TO_SEND = """
SELECT (SELECT count(*) FROM campaigns WHERE sending_state = 'planning')
    + (SELECT count(*) FROM messages
        WHERE direction = 'out' AND state IN ('planned', 'claimed', 'sending')
            AND due_at < clock_timestamp() + interval '1 minute')
"""
_BUSY = """
SELECT (SELECT count(*) FROM campaigns WHERE sending_state = 'planning')
    + (SELECT count(*) FROM webhook_events WHERE state IN ('received', 'parked'))
    + (SELECT count(*) FROM messages
        WHERE state IN ('claimed', 'sending', 'uncertain')
            OR state = 'planned' AND due_at < clock_timestamp() + interval '30 minutes')
"""
