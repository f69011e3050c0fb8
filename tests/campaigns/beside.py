"""A second transaction beside the test's own: started, watched until it waits, joined."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker


class Beside:
    """Runs work in threads; `blocked` says whether one waits for a lock."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._threads: list[threading.Thread] = []
        self._errors: list[BaseException] = []

    def start(self, work: Callable[[Session], object]) -> None:
        """Do ``work`` in a transaction of its own, and commit it."""

        def run() -> None:
            try:
                with self._sessions.begin() as session:
                    work(session)
            except BaseException as error:
                self._errors.append(error)

        thread = threading.Thread(target=run)
        self._threads.append(thread)
        thread.start()

    def blocked(self, number: int = 1) -> bool:
        """Wait until ``number`` wait for locks; False if the work ends without."""
        for _ in range(250):
            with self._sessions() as session:
                waiting = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
                if session.execute(waiting).scalar_one() >= number:
                    return True
            if not any(thread.is_alive() for thread in self._threads):
                return False
            time.sleep(0.02)
        return False

    def end(self) -> None:
        """Join all of it; raise what went wrong."""
        for thread in self._threads:
            thread.join(15)
            assert not thread.is_alive()
        if self._errors:
            raise self._errors[0]
