"""Who answers by himself, and whom a person plays: kept in the ledger, known without asking it."""

import threading

from messaging.simulator.ledger import Ledger

_PAUSED = "answers_paused"


class Automation:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._by_hand = {row["phone"] for row in ledger.rows("SELECT phone FROM by_hand")}
        self._paused = bool(
            ledger.row("SELECT 1 FROM switches WHERE name = ? AND value", (_PAUSED,))
        )

    @property
    def paused(self) -> bool:
        """Nobody answers by himself; what somebody had in mind meanwhile is never said."""
        return self._paused

    def is_by_hand(self, phone: str) -> bool:
        """Whether a person reads and writes for him."""
        return phone in self._by_hand

    def answers_alone(self, phone: str) -> bool:
        return not self._paused and phone not in self._by_hand

    def by_hand(self) -> list[str]:
        with self._lock:
            return sorted(self._by_hand)

    def drive(self, phone: str, *, by_hand: bool) -> None:
        with self._lock:
            if by_hand == (phone in self._by_hand):
                return
            with self._ledger.write() as db:
                if by_hand:
                    db.execute("INSERT OR IGNORE INTO by_hand VALUES (?)", (phone,))
                    self._by_hand.add(phone)
                else:
                    db.execute("DELETE FROM by_hand WHERE phone = ?", (phone,))
                    self._by_hand.discard(phone)

    def pause(self, paused: bool) -> None:
        with self._lock:
            with self._ledger.write() as db:
                db.execute("INSERT OR REPLACE INTO switches VALUES (?, ?)", (_PAUSED, paused))
            self._paused = paused
