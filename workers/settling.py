"""Look for uncertain messages at the provider; no transaction is open while it is asked.

A message is asked for by its recipient, in every form of his name. Before one is declared absent,
the line is listed from its attempt on and read to the end: what cannot be told apart from it there
goes before a person. One such listing serves all doubts of a look.
"""

from collections.abc import Sequence
from itertools import groupby, islice

import structlog
from sqlalchemy.orm import Session

from campaigns import settling
from campaigns.recognising import Whose, names_to_ask_by, phones_of, strangers, whose
from campaigns.settling import Doubt, Finding
from messaging.errors import ProviderRefused, ProviderUnavailable
from messaging.provider import Listing, ProviderMessage
from runtime import live
from runtime.wiring import Runtime

log = structlog.get_logger(__name__)

_FEW = 5  # doubts of a line that are asked for one by one; of more the whole line is listed at once
_PAGE = 1_000
_SHOWN = 20  # of those it may be: for a person to choose from
_FAILURES = 2  # then the provider is away, and the rest of this look is not asked for
MOST_LISTED = 200_000
"""Messages of one line that are read for a proof, at 80 a second those of forty minutes."""


def settle(runtime: Runtime, provider: Listing) -> int:
    """Look once for some uncertain messages that are due a look; return how many were.

    A process that is to stop leaves the rest to their next look: a listing may take its time.
    """
    times = runtime.settings.times
    with runtime.sessions.begin() as session:
        doubts = settling.take_doubts(session, now=runtime.now(session), times=times)
    by_line = sorted(doubts, key=lambda doubt: doubt.sender)
    for sender, of_line in groupby(by_line, key=lambda doubt: doubt.sender):
        _Look(runtime, provider, sender).at(list(of_line))
    campaigns = {doubt.campaign_id for doubt in doubts if doubt.campaign_id is not None}
    live.touch(runtime.redis, *map(live.campaign, campaigns))
    return len(doubts)


class _Look:
    """One look for doubts of one line."""

    def __init__(self, runtime: Runtime, provider: Listing, sender: str) -> None:
        self._runtime = runtime
        self._provider = provider
        self._sender = sender
        self._times = runtime.settings.times
        self._failures = 0

    def at(self, doubts: Sequence[Doubt]) -> None:
        few = len(doubts) <= _FEW
        left = [one for one in doubts if not (few and self._asked_for(one))]
        if self._runtime.stopping():
            return
        if few and not any(doubt.looks for doubt in left):
            for doubt in left:  # the second look will prove it
                self._not_found(doubt)
            return
        try:
            listed = self._list(left)
        except (ProviderUnavailable, ProviderRefused) as error:
            log.warning("listing failed", line=self._sender, error=str(error))
            for doubt in left:
                if few or not self._asked_for(doubt):
                    self._could_not(doubt)
            return
        if listed is not None:
            self._conclude(left, listed)

    def _asked_for(self, doubt: Doubt) -> bool:
        """Ask for his messages; whether that is the end of this look for it."""
        if self._runtime.stopping():
            return True
        if self._failures >= _FAILURES:
            self._could_not(doubt)
            return True
        times = self._times
        found: dict[str, ProviderMessage] = {}
        try:
            for name in names_to_ask_by([doubt.to, *doubt.names]):
                listed = self._provider.sent_to(
                    name,
                    sender=doubt.sender,
                    since=doubt.started_at - times.listing_window_before,
                    # up to now: a machine that slept may have posted long after its attempt began
                    until=max(self._runtime.now(), doubt.started_at + times.listing_window_after),
                )
                found |= {each.sid: each for each in listed}
        except (ProviderUnavailable, ProviderRefused) as error:
            log.warning("listing failed", message=doubt.message_id, error=str(error))
            self._failures += 1
            self._could_not(doubt)
            return True
        return self._found(doubt, list(found.values()))

    def _list(self, doubts: Sequence[Doubt]) -> list[ProviderMessage] | None:
        """All that left by the line since the first of these attempts and is no message of ours
        that we know; None if this process is to stop.

        Raises:
            ProviderUnavailable, ProviderRefused: it is not complete, so it proves nothing.
        """
        first = min(doubt.started_at for doubt in doubts) - self._times.listing_window_before
        doubtful = [doubt.message_id for doubt in doubts]
        listing = self._provider.sent_from(self._sender, since=first)
        unknown: list[ProviderMessage] = []
        read = 0
        while page := list(islice(listing, _PAGE)):
            if self._runtime.stopping():
                return None
            read += len(page)
            if read > MOST_LISTED:
                raise ProviderUnavailable(f"more than {MOST_LISTED} messages to read for a proof")
            with self._runtime.sessions() as session:
                unknown += strangers(session, page, doubtful=doubtful)
        log.info("listed for a proof", doubts=len(doubts), read=read, unknown=len(unknown))
        return unknown

    def _conclude(self, doubts: Sequence[Doubt], listed: Sequence[ProviderMessage]) -> None:
        """What is named is adopted first: then it can be nobody else's."""
        with self._runtime.sessions() as session:
            phones = phones_of(session, listed)
        left: list[tuple[Doubt, list[ProviderMessage]]] = []
        for doubt in doubts:
            since = doubt.started_at - self._times.listing_window_before
            until = doubt.started_at + self._times.listing_window_after
            names = [doubt.to, *doubt.names]
            told = [
                (each, whose(names, each.to, phones=phones))
                for each in listed
                if each.created_at >= since
            ]
            his = [each for each, who in told if who is Whose.HIS]
            if self._found(doubt, his):
                if len(doubts) <= _FEW:
                    log.error("the provider names a recipient otherwise", message=doubt.message_id)
                continue
            untold = [
                each for each, who in told if who is Whose.UNTOLD and each.created_at <= until
            ]
            left.append((doubt, untold))
        for doubt, untold in left:
            # at the first look requests of that time may still wait for their answer
            self._not_found(doubt, untold if doubt.looks else [])

    def _found(self, doubt: Doubt, listed: Sequence[ProviderMessage]) -> bool:
        """Whether one of these is nobody else's: one is adopted, of several a person chooses."""
        with self._runtime.sessions.begin() as session:
            known = settling.known_sids(session, listed, doubt)
            finding, found = settling.decide(listed, known)
            if finding is Finding.ABSENT:
                return False
            shown = [each for each in listed if each.sid not in known]
            self._record(session, doubt, finding, found, shown)
        if found is not None and settling.was_shown_late(doubt, found, times=self._times):
            log.error(
                "the provider showed a message late",
                message=doubt.message_id,
                sid=found.sid,
                created_at=found.created_at.isoformat(),
            )
        return True

    def _not_found(self, doubt: Doubt, untold: Sequence[ProviderMessage] = ()) -> None:
        """Absent, unless it may be one of ``untold``."""
        with self._runtime.sessions.begin() as session:
            known = settling.known_sids(session, untold, doubt)
            shown = [each for each in untold if each.sid not in known]
            finding = Finding.NOT_UNIQUE if shown else Finding.ABSENT
            self._record(session, doubt, finding, None, shown[:_SHOWN])

    def _record(
        self,
        session: Session,
        doubt: Doubt,
        finding: Finding,
        found: ProviderMessage | None,
        shown: Sequence[ProviderMessage],
    ) -> None:
        now = self._runtime.now(session)
        state = settling.record_look(
            session, doubt, finding, found, now=now, times=self._times, shown=shown
        )
        log.info("looked", message=doubt.message_id, finding=finding, state=state)

    def _could_not(self, doubt: Doubt) -> None:
        with self._runtime.sessions.begin() as session:
            now = self._runtime.now(session)
            settling.could_not_look(session, doubt, now=now, times=self._times)
