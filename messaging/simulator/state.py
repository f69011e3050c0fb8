"""What the parts of one running simulator share."""

import threading
import time
from collections import Counter

from messaging.simulator.automation import Automation
from messaging.simulator.behaviour import Profile
from messaging.simulator.chance import Chance
from messaging.simulator.contents import Contents
from messaging.simulator.ledger import Ledger
from messaging.simulator.options import Options
from messaging.simulator.webhook_client import WebhookClient


class Simulator:
    def __init__(self, options: Options, *, base_url: str) -> None:
        file = None
        if options.data_dir is not None:
            options.data_dir.mkdir(parents=True, exist_ok=True)
            file = options.data_dir / "simulator.sqlite3"
        self.options = options
        self.base_url = base_url
        self.profile: Profile = options.profile
        self.chance = Chance(options.seed)
        self.ledger = Ledger(file)
        self.automation = Automation(self.ledger)
        self.contents = Contents(self.ledger)
        self.client = WebhookClient(options.auth_token, options.callback_hosts)
        self.stopping = threading.Event()
        self.wake = threading.Event()  # an event was scheduled that may be due soon
        self.early: dict[int, threading.Event] = {}  # message id -> its callback was delivered
        self._lock = threading.Lock()
        self.in_flight = 0
        self._posts: Counter[str] = Counter()
        self._accepted: Counter[str] = Counter()
        for row in self.ledger.rows("SELECT phone, count(*) AS n FROM posts GROUP BY phone"):
            self._posts[row["phone"]] = row["n"]
        for row in self.ledger.rows(
            "SELECT phone, count(*) AS n FROM messages WHERE direction != 'inbound' GROUP BY phone"
        ):
            self._accepted[row["phone"]] = row["n"]

    def now(self) -> float:
        return time.time()

    def scaled(self, seconds: float) -> float:
        return seconds / self.options.speed

    def pause(self, seconds: float) -> None:
        """Wait ``seconds`` of simulated time, less when the program ends."""
        if seconds > 0:
            self.stopping.wait(self.scaled(seconds))

    def nth_post(self, phone: str) -> int:
        with self._lock:
            self._posts[phone] += 1
            return self._posts[phone]

    def nth_accepted(self, phone: str) -> int:
        with self._lock:
            self._accepted[phone] += 1
            return self._accepted[phone]

    def enter(self) -> int:
        """Count a request in; returns how many are at work now."""
        with self._lock:
            self.in_flight += 1
            return self.in_flight

    def leave(self) -> None:
        with self._lock:
            self.in_flight -= 1
