"""An uncertain message is settled by proof: found, twice absent, or a person decides."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.outcomes import record_outcomes
from campaigns.progress_parts import in_doubt
from campaigns.sending import reap_leases
from campaigns.settling import (
    Doubt,
    Finding,
    could_not_look,
    decide,
    known_sids,
    record_look,
    take_doubts,
    was_shown_late,
)
from campaigns.slices import slice_of
from messaging.errors import ProviderUnavailable
from messaging.provider import Fault, ProviderMessage, SendOutcome
from models.campaign import UncertainPolicy
from models.message import AttemptOutcome, Message, SendSlice
from models.states import MessageState
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import LINE, TIMES, a_sid
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON
from workers.settling import settle

FIRST = NOON + timedelta(seconds=120)
SECOND = NOON + timedelta(seconds=240)


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def uncertain(outbox: Outbox) -> Message:
    (message,) = outbox.sending()
    message.state, message.look_at = MessageState.UNCERTAIN, FIRST
    message.lease_owner = message.lease_until = None
    outbox.fresh()
    return message


def _listed(
    message: Message,
    sid: str | None = None,
    state: MessageState | None = None,
    code: int | None = None,
) -> ProviderMessage:
    assert message.address is not None
    return ProviderMessage(
        sid or a_sid(), message.address, LINE, False, state, "Hola", NOON, error_code=code
    )


def _doubt(outbox: Outbox, now: datetime) -> Doubt:
    (doubt,) = take_doubts(outbox.session, now=now, times=TIMES)
    outbox.fresh()
    return doubt


def _look(outbox: Outbox, now: datetime, *listed: ProviderMessage) -> MessageState:
    doubt = _doubt(outbox, now)
    known = known_sids(outbox.session, listed, doubt)
    finding, found = decide(listed, known)
    state = record_look(outbox.session, doubt, finding, found, now=now, times=TIMES)
    outbox.fresh()
    return state


def test_nobody_looks_before_it_is_time(outbox: Outbox, uncertain: Message) -> None:
    assert take_doubts(outbox.session, now=FIRST - timedelta(seconds=1), times=TIMES) == []

    doubt = _doubt(outbox, FIRST)

    assert doubt == Doubt(uncertain.id, 1, NOON, 0, uncertain.address or "", LINE, True)
    assert take_doubts(outbox.session, now=FIRST, times=TIMES) == []  # put off for everybody else


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (None, MessageState.ACCEPTED),
        (MessageState.ACCEPTED, MessageState.ACCEPTED),
        (MessageState.DELIVERED, MessageState.DELIVERED),
        (MessageState.UNDELIVERED, MessageState.UNDELIVERED),
    ],
)
def test_found_once_is_adopted_as_the_provider_has_it(
    outbox: Outbox, uncertain: Message, shown: MessageState | None, state: MessageState
) -> None:
    sid = a_sid()
    code = 63024 if state is MessageState.UNDELIVERED else None

    assert _look(outbox, FIRST, _listed(uncertain, sid, shown, code)) is state

    assert (uncertain.state, uncertain.provider_sid) == (state, sid)
    assert (uncertain.error_code, uncertain.look_at) == (code, None)
    attempt = outbox.attempt(uncertain)
    assert (attempt.outcome, attempt.provider_sid) == (AttemptOutcome.ACCEPTED, sid)


def test_absent_once_waits_for_a_second_look(outbox: Outbox, uncertain: Message) -> None:
    assert _look(outbox, FIRST) is MessageState.UNCERTAIN

    assert (uncertain.looks, uncertain.look_at) == (1, SECOND)
    assert outbox.claim(at=SECOND) == []


def test_a_late_first_look_puts_the_second_off_too(outbox: Outbox, uncertain: Message) -> None:
    late = NOON + timedelta(hours=1)

    _look(outbox, late)

    assert uncertain.look_at == late + timedelta(seconds=120)


def test_of_two_who_look_at_once_one_is_taken(outbox: Outbox, uncertain: Message) -> None:
    """A listing that took too long: somebody else looked, and both saw nothing."""
    _look(outbox, FIRST)
    slow = _doubt(outbox, SECOND)
    uncertain.look_at = SECOND
    outbox.fresh()
    quick = _doubt(outbox, SECOND)
    assert slow == quick
    uncertain.looks = 0  # as if the quick one had been of the first look
    outbox.fresh()

    state = record_look(outbox.session, slow, Finding.ABSENT, None, now=SECOND, times=TIMES)

    assert state is MessageState.UNCERTAIN
    assert uncertain.looks == 0


def test_what_is_taken_for_a_look_is_left_alone_until_all_of_it_may_be_through(
    outbox: Outbox,
) -> None:
    for message in outbox.sending(7):
        message.state, message.look_at = MessageState.UNCERTAIN, FIRST
    outbox.fresh()

    first = take_doubts(outbox.session, now=FIRST, times=TIMES, limit=5)
    second = take_doubts(outbox.session, now=FIRST + 11 * TIMES.request_timeout, times=TIMES)

    assert (len(first), len(second)) == (5, 2)


def test_absent_twice_is_sent_again(outbox: Outbox, uncertain: Message) -> None:
    _look(outbox, FIRST)

    assert _look(outbox, SECOND) is MessageState.PLANNED

    assert (uncertain.reason, uncertain.due_at) == ("proven_absent", SECOND)
    assert outbox.attempt(uncertain).outcome is AttemptOutcome.ABSENT
    assert outbox.session.get_one(SendSlice, slice_of(uncertain.id)).next_due_at == SECOND
    assert outbox.start(outbox.claim(at=SECOND), at=SECOND) == {uncertain.id: 2}


def test_found_at_the_second_look_is_adopted(outbox: Outbox, uncertain: Message) -> None:
    _look(outbox, FIRST)

    assert _look(outbox, SECOND, _listed(uncertain)) is MessageState.ACCEPTED


def test_what_the_first_look_should_have_shown_is_an_alarm(
    outbox: Outbox, uncertain: Message
) -> None:
    """Listed at the second, and there for a minute before the first: our proof rests on that."""
    first = _doubt(outbox, FIRST)
    record_look(outbox.session, first, Finding.ABSENT, None, now=FIRST, times=TIMES)
    outbox.fresh()
    second = _doubt(outbox, SECOND)

    assert not was_shown_late(first, _listed(uncertain), times=TIMES)
    assert was_shown_late(second, _listed(uncertain), times=TIMES)
    slow = replace(_listed(uncertain), created_at=FIRST)  # it left late
    assert not was_shown_late(second, slow, times=TIMES)


def test_several_are_for_a_person(outbox: Outbox, uncertain: Message) -> None:
    assert _look(outbox, FIRST, _listed(uncertain), _listed(uncertain)) is MessageState.REVIEW

    assert (uncertain.reason, uncertain.look_at) == ("several_at_the_provider", None)


def test_what_belongs_to_another_attempt_does_not_count(outbox: Outbox, uncertain: Message) -> None:
    earlier = outbox.a_message(uncertain.address or "")

    assert earlier.provider_sid is not None
    listed = _listed(uncertain, earlier.provider_sid)
    assert _look(outbox, FIRST, listed) is MessageState.UNCERTAIN
    assert decide([listed, _listed(uncertain)], {earlier.provider_sid})[0] is Finding.FOUND


def test_a_campaign_may_never_repeat(outbox: Outbox, uncertain: Message) -> None:
    outbox.campaign.when_uncertain = UncertainPolicy.NEVER_REPEAT
    outbox.fresh()
    _look(outbox, FIRST)

    assert _look(outbox, SECOND) is MessageState.REVIEW

    assert uncertain.reason == "never_repeat"


def test_absent_too_often_fails(outbox: Outbox, uncertain: Message) -> None:
    outbox.attempt(uncertain).number = 8
    uncertain.attempts = 8
    outbox.fresh()
    _look(outbox, FIRST)

    assert _look(outbox, SECOND) is MessageState.FAILED


def test_a_listing_that_fails_is_asked_again_and_after_a_day_a_person_decides(
    outbox: Outbox, uncertain: Message
) -> None:
    could_not_look(outbox.session, _doubt(outbox, FIRST), now=FIRST, times=TIMES)
    outbox.fresh()
    assert (uncertain.state, uncertain.look_at) == (MessageState.UNCERTAIN, SECOND)
    assert uncertain.looks == 0

    later = NOON + timedelta(hours=24, seconds=1)
    could_not_look(outbox.session, _doubt(outbox, later), now=later, times=TIMES)
    outbox.fresh()
    assert (uncertain.state, uncertain.reason) == (MessageState.REVIEW, "listing_impossible")


@pytest.mark.parametrize("looks", [0, 1])
@pytest.mark.parametrize("listing", ["absent", "several", "failed"])
def test_a_callback_in_between_wins(
    outbox: Outbox, uncertain: Message, listing: str, looks: int
) -> None:
    now = FIRST
    if looks:
        _look(outbox, FIRST)
        now = SECOND
    doubt = _doubt(outbox, now)
    sid = a_sid()
    outbox.status(uncertain, "sent", sid=sid)
    outbox.apply_statuses()

    if listing == "failed":
        could_not_look(outbox.session, doubt, now=now + timedelta(days=2), times=TIMES)
    else:
        finding = Finding.ABSENT if listing == "absent" else Finding.NOT_UNIQUE
        record_look(outbox.session, doubt, finding, None, now=now, times=TIMES)
    outbox.fresh()

    assert (uncertain.state, uncertain.provider_sid) == (MessageState.SENT, sid)


def test_a_look_at_an_older_attempt_changes_nothing(outbox: Outbox, uncertain: Message) -> None:
    doubt = _doubt(outbox, FIRST)
    _look(outbox, FIRST + timedelta(seconds=361))  # who took it first must have died
    at = FIRST + timedelta(seconds=500)
    _look(outbox, at)
    outbox.start(outbox.claim(at=at), at=at)

    record_look(outbox.session, doubt, Finding.FOUND, _listed(uncertain), now=at, times=TIMES)
    outbox.fresh()

    assert (uncertain.state, uncertain.attempts) == (MessageState.SENDING, 2)


# The job


class RecordingListing:
    """The provider's memory: what it holds, or that it fails."""

    def __init__(self, *listed: ProviderMessage, fails: bool = False) -> None:
        self.asked: list[tuple[str, str, datetime, datetime]] = []
        self.read: list[tuple[str, datetime]] = []
        self.passed_by: list[ProviderMessage] = []  # what the line's own listing shows
        self._listed, self._fails = list(listed), fails

    def sent_to(
        self, to: str, *, sender: str, since: datetime, until: datetime
    ) -> list[ProviderMessage]:
        self.asked.append((to, sender, since, until))
        if self._fails:
            raise ProviderUnavailable("down")
        return self._listed

    def sent_from(self, sender: str, *, since: datetime) -> Iterator[ProviderMessage]:
        self.read.append((sender, since))
        if self._fails:
            raise ProviderUnavailable("down")
        return iter(self.passed_by)

    def fetch(self, sid: str) -> ProviderMessage | None:
        raise NotImplementedError

    def received(
        self, sender: str, *, since: datetime, until: datetime | None = None
    ) -> list[ProviderMessage]:
        raise NotImplementedError

    def media_of(self, sid: str) -> list[tuple[str, str]]:
        raise NotImplementedError


def test_the_job_asks_for_all_since_the_attempt(
    runtime: Runtime, outbox: Outbox, uncertain: Message
) -> None:
    listing = RecordingListing(_listed(uncertain))

    assert settle(runtime, listing) == 1
    assert settle(runtime, listing) == 0

    outbox.fresh()
    assert uncertain.state is MessageState.ACCEPTED
    assert uncertain.address is not None
    without_9 = uncertain.address.replace("+549", "+54")
    assert [to for to, *_ in listing.asked] == [uncertain.address, without_9]
    _to, sender, since, until = listing.asked[0]
    assert (sender, since) == (LINE, NOON - timedelta(seconds=2))
    assert listing.read == []  # found: there is nothing to prove
    # a machine that slept may have posted long after: the attempt was at NOON, and that is past
    assert NOON + timedelta(seconds=120) < until <= runtime.now()


def test_the_job_lives_with_a_listing_that_fails(
    runtime: Runtime, outbox: Outbox, uncertain: Message
) -> None:
    uncertain_since = runtime.now()
    outbox.attempt(uncertain).started_at = uncertain_since
    outbox.fresh()

    assert settle(runtime, RecordingListing(fails=True)) == 1

    outbox.fresh()
    assert uncertain.state is MessageState.UNCERTAIN
    assert uncertain.look_at is not None
    assert uncertain.look_at > uncertain_since + timedelta(seconds=100)


def _found_in_doubt(outbox: Outbox) -> set[int]:
    statement = select(Message.id).where(in_doubt(outbox.campaign.id))
    return set(outbox.session.scalars(statement))


def test_whatever_comes_into_doubt_is_found_by_its_index(outbox: Outbox) -> None:
    """By an answer that says nothing, by a lapsed lease, and by each way to a person."""
    outbox.campaign.when_uncertain = UncertainPolicy.NEVER_REPEAT
    unknown, lapsed, sent = outbox.sending(3)
    record_outcomes(
        outbox.session,
        [
            SendOutcome(unknown.id, 1, AttemptOutcome.UNKNOWN, fault=Fault.AMBIGUOUS),
            SendOutcome(sent.id, 1, AttemptOutcome.ACCEPTED, sid=a_sid(), http_status=201),
        ],
        now=NOON,
        times=TIMES,
        chance=Random(1),
    )
    reap_leases(outbox.session, now=NOON + TIMES.lease * 2, first_look=TIMES.first_look)
    outbox.fresh()
    assert {unknown.state, lapsed.state} == {MessageState.UNCERTAIN}
    assert _found_in_doubt(outbox) == {unknown.id, lapsed.id}

    for now in (NOON + TIMES.second_look * 2, NOON + TIMES.second_look * 4):
        for doubt in take_doubts(outbox.session, now=now, times=TIMES):
            record_look(outbox.session, doubt, Finding.ABSENT, None, now=now, times=TIMES)
        outbox.fresh()
    assert {unknown.state, lapsed.state} == {MessageState.REVIEW}
    assert _found_in_doubt(outbox) == {unknown.id, lapsed.id}
