"""Doubts at a provider that names recipients as it likes: settled, and nobody is written twice."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from campaigns import settling
from models.campaign import UncertainPolicy
from models.message import AttemptOutcome, Message
from models.states import MessageState
from runtime.settings import Settings
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import Outbox
from tests.messaging.simulator.simulator_running import ACCOUNT, TOKEN, Running
from workers import jobs
from workers.pacing import Pacer
from workers.sender import Sender
from workers.settling import settle

BSUID = f"AR.{ANA.removeprefix('+')}"  # as the simulator makes it


@pytest.fixture(scope="module")
def started() -> Iterator[Running]:
    """Its callbacks go nowhere: what it knows is in its listing alone."""
    running = Running.start("--speed", "1000")
    yield running
    running.stop()


@pytest.fixture
def simulator(started: Running) -> Running:
    started.profile(
        accepted_then_500=0.0, refused_with_500=0.0, recipients_shown="as_written", latency=(0, 0)
    )
    return started


@pytest.fixture
def settings(settings: Settings, simulator: Running) -> Settings:
    return replace(
        settings,
        twilio_base_url=simulator.url,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
    )


@pytest.fixture
def outbox(runtime: Runtime, session: Session, simulator: Running) -> Outbox:
    outbox = Outbox(session, runtime.now(session))
    outbox.line.rate_per_second = 1_000
    outbox.line.sender = f"+549115{next(_numbers):07d}"  # what other tests sent is not listed
    outbox.version.content_sid = simulator.template()
    outbox.fresh()
    return outbox


def _drain(runtime: Runtime, outbox: Outbox) -> None:
    Sender(runtime, outbox.line.id, Pacer(runtime.redis, processes=1)).run()
    outbox.fresh()


def _look(runtime: Runtime, outbox: Outbox) -> int:
    """Every doubt is due, and looked for."""
    outbox.session.execute(
        update(Message)
        .where(Message.state == MessageState.UNCERTAIN)
        .values(look_at=runtime.now() - timedelta(seconds=1))
    )
    outbox.fresh()
    looked = settle(runtime, jobs.listing(runtime))
    outbox.fresh()
    return looked


def _in_doubt(
    runtime: Runtime, outbox: Outbox, simulator: Running, phones: list[str], *, left: bool = True
) -> list[Message]:
    """Sent, and answered with a 500: it left, or it did not."""
    messages = outbox.planned(phones=phones)
    simulator.profile(**{"accepted_then_500" if left else "refused_with_500": 1.0})
    _drain(runtime, outbox)
    simulator.profile(accepted_then_500=0.0, refused_with_500=0.0)
    assert {each.state for each in messages} == {MessageState.UNCERTAIN}
    return messages


def _came(simulator: Running, since: int) -> list[str]:
    """Who got a message of ours, since so many were in the ledger."""
    return [str(one["phone"]) for one in simulator.ledger()[since:]]


_numbers = itertools.count(1)


def _somebody(many: int = 1) -> list[str]:
    return [f"+549117{next(_numbers):07d}" for _ in range(many)]


@pytest.mark.parametrize("shown_as", ["as_written", "other_form"])
@pytest.mark.parametrize("many", [1, 12])
def test_what_left_is_found_under_another_form_of_its_number(
    shown_as: str, many: int, runtime: Runtime, outbox: Outbox, simulator: Running
) -> None:
    before = len(simulator.ledger())
    simulator.profile(recipients_shown=shown_as)
    people = _somebody(many)
    messages = _in_doubt(runtime, outbox, simulator, people)

    assert _look(runtime, outbox) == many

    assert {each.state for each in messages} <= {MessageState.DELIVERED, MessageState.READ}
    assert len({each.provider_sid for each in messages}) == many
    _look(runtime, outbox)
    _drain(runtime, outbox)
    assert sorted(_came(simulator, before)) == sorted(people)


def test_what_did_not_leave_is_sent_again_though_others_got_theirs(
    runtime: Runtime, outbox: Outbox, simulator: Running
) -> None:
    """A proof among the line's other messages, under names that are surely others'."""
    before = len(simulator.ledger())
    simulator.profile(recipients_shown="other_form")
    (person,) = _somebody()
    (lost,) = _in_doubt(runtime, outbox, simulator, [person], left=False)
    line = outbox.line.sender
    simulator.control("POST", f"customers/{BEN}/write", {"to": line, "text": "hola"})
    simulator.send(BEN, From=f"whatsapp:{line}", Body="of another program on this line")
    others = _somebody(3)
    outbox.planned(phones=others)
    _drain(runtime, outbox)

    _look(runtime, outbox)
    assert (lost.state, lost.looks) == (MessageState.UNCERTAIN, 1)
    _look(runtime, outbox)
    assert (lost.state, lost.reason) == (MessageState.PLANNED, "proven_absent")
    _drain(runtime, outbox)

    assert lost.state is MessageState.ACCEPTED
    assert sorted(_came(simulator, before)) == sorted([person, BEN, *others])


@pytest.mark.parametrize("shown_as", ["obfuscated", "bsuid"])
@pytest.mark.parametrize("many", [1, 12])
def test_whose_recipient_says_nothing_is_for_a_person_and_not_for_the_line(
    shown_as: str, many: int, runtime: Runtime, outbox: Outbox, simulator: Running
) -> None:
    before = len(simulator.ledger())
    simulator.profile(recipients_shown=shown_as)
    people = _somebody(many)
    messages = _in_doubt(runtime, outbox, simulator, people)

    _look(runtime, outbox)
    assert {each.state for each in messages} == {MessageState.UNCERTAIN}
    _look(runtime, outbox)

    assert {each.state for each in messages} == {MessageState.REVIEW}
    sids = {str(one["sid"]) for one in simulator.ledger()[before:]}
    for each in messages:
        shown = settling.candidates_of(outbox.attempt(each).detail)
        assert set(shown) == sids
    _drain(runtime, outbox)
    assert sorted(_came(simulator, before)) == sorted(people)


def test_what_nobody_can_read_but_is_known_by_its_id_proves_nothing_against_a_doubt(
    runtime: Runtime, outbox: Outbox, simulator: Running
) -> None:
    simulator.profile(recipients_shown="obfuscated")
    (lost,) = _in_doubt(runtime, outbox, simulator, _somebody(), left=False)
    outbox.planned(phones=_somebody(3))
    _drain(runtime, outbox)

    _look(runtime, outbox)
    _look(runtime, outbox)

    assert lost.state is MessageState.PLANNED


def test_a_recipient_shown_by_his_known_bsuid_is_found(
    runtime: Runtime, outbox: Outbox, simulator: Running
) -> None:
    simulator.profile(recipients_shown="bsuid")
    outbox.contact(ANA).bsuid = BSUID
    outbox.fresh()
    (message,) = _in_doubt(runtime, outbox, simulator, [ANA])

    _look(runtime, outbox)

    assert message.state in (MessageState.DELIVERED, MessageState.READ)


def test_a_listing_that_cannot_be_read_to_its_end_proves_nothing(
    runtime: Runtime, outbox: Outbox, simulator: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.settling.MOST_LISTED", 2)
    (lost,) = _in_doubt(runtime, outbox, simulator, _somebody(), left=False)
    outbox.planned(phones=_somebody(3))
    _drain(runtime, outbox)

    _look(runtime, outbox)
    _look(runtime, outbox)

    assert (lost.state, lost.looks) == (MessageState.UNCERTAIN, 1)


def test_a_campaign_that_never_repeats_asks_a_person(
    runtime: Runtime, outbox: Outbox, simulator: Running
) -> None:
    outbox.campaign.when_uncertain = UncertainPolicy.NEVER_REPEAT
    outbox.fresh()
    (lost,) = _in_doubt(runtime, outbox, simulator, _somebody(), left=False)

    _look(runtime, outbox)
    _look(runtime, outbox)

    assert (lost.state, lost.reason) == (MessageState.REVIEW, "never_repeat")
    assert outbox.attempt(lost).outcome is AttemptOutcome.ABSENT
