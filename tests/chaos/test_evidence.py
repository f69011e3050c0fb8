"""What the judge reads is what was committed, in PostgreSQL's own order; and it is believed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from campaigns.opt_outs import opt_out, revoke_opt_outs
from models.message import Message
from models.people import Purpose
from models.states import MessageState
from runtime import migrations
from runtime.wiring import make_engine
from tests.campaigns.builders_sending import Outbox
from tests.chaos import evidence, judge, witness
from tests.chaos.evidence import Evidence
from tests.chaos.witness import WitnessedPostgres
from tests.conftest import NOON


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose template has the migrations and the witness in it."""
    server = WitnessedPostgres(tmp_path_factory.mktemp("witnessed"), durable=False)
    server.start()
    try:
        server.wait_ready()
        engine = make_engine(server.url, pool_size=2)
        migrations.upgrade(engine)
        witness.install(engine)
        engine.dispose()
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="module")
def session(witnessed: str) -> Iterator[Session]:
    engine = make_engine(witnessed, pool_size=4)
    with sessionmaker(engine, expire_on_commit=False)() as session:
        yield session
    engine.dispose()


@pytest.fixture(scope="module")
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


def _gather(outbox: Outbox) -> Evidence:
    outbox.fresh()
    return evidence.gather(outbox.session, ledger=[], replies=[], posts=[], callbacks={})


def _started(outbox: Outbox) -> Message:
    (message,) = outbox.sending()
    assert message.contact_point_id is not None
    return message


def _opt_out(outbox: Outbox, message: Message) -> None:
    assert message.contact_point_id is not None
    opt_out(outbox.session, message.contact_point_id, Purpose.ALL, "word: baja", now=NOON)
    outbox.fresh()


def _attempt_by_hand(outbox: Outbox, message: Message) -> None:
    """What the engine must never do; its time says that it came long before."""
    outbox.session.execute(
        text(
            "INSERT INTO attempts (message_id, number, owner, started_at)"
            " VALUES (:id, 2, 'doctor', '2020-01-01Z')"
        ),
        {"id": message.id},
    )
    outbox.fresh()


def _about(message: Message, faults: tuple[str, ...]) -> list[str]:
    return [fault for fault in faults if f"message {message.id}" in fault]


def test_an_attempt_before_an_opt_out_is_no_fault(outbox: Outbox) -> None:
    message = _started(outbox)
    _opt_out(outbox, message)

    assert _about(message, judge.stopped(_gather(outbox)).faults) == []


def test_an_attempt_committed_after_an_opt_out_is_found_whatever_its_time_says(
    outbox: Outbox,
) -> None:
    message = _started(outbox)
    _opt_out(outbox, message)
    _attempt_by_hand(outbox, message)

    assert _about(message, judge.stopped(_gather(outbox)).faults)


def test_a_consent_ends_an_opt_out(outbox: Outbox) -> None:
    message = _started(outbox)
    _opt_out(outbox, message)
    assert message.contact_point_id is not None
    revoke_opt_outs(outbox.session, message.contact_point_id, now=NOON)
    outbox.fresh()
    _attempt_by_hand(outbox, message)

    assert _about(message, judge.stopped(_gather(outbox)).faults) == []


@pytest.mark.parametrize("stop", ["cancel", "payment"])
def test_an_attempt_after_a_cancel_or_a_payment_is_found(outbox: Outbox, stop: str) -> None:
    coupon = outbox.a_coupon()
    outbox.campaign = outbox.a_campaign()
    (message,) = outbox.planned(coupon=coupon)
    outbox.start(outbox.claim())
    stopping = {
        "cancel": f"UPDATE campaigns SET state = 'cancelled' WHERE id = {message.campaign_id}",
        "payment": f"UPDATE coupons SET state = 'paid' WHERE id = {coupon.id}",
    }
    outbox.session.execute(text(stopping[stop]))
    outbox.fresh()
    before = _about(message, judge.stopped(_gather(outbox)).faults)
    _attempt_by_hand(outbox, message)

    assert before == []
    assert _about(message, judge.stopped(_gather(outbox)).faults)


def test_every_move_of_a_message_is_seen_and_a_rank_that_falls_is_found(outbox: Outbox) -> None:
    message = _started(outbox)
    moves = [
        (move.before, move.after) for move in _gather(outbox).moves if move.message_id == message.id
    ]
    for state in ("read", "sent"):
        outbox.session.execute(
            text("UPDATE messages SET state = :state WHERE id = :id"),
            {"state": state, "id": message.id},
        )
        outbox.fresh()

    assert moves == [
        (MessageState.PLANNED, MessageState.CLAIMED),
        (MessageState.CLAIMED, MessageState.SENDING),
    ]
    assert _about(message, judge.ranks(_gather(outbox)).faults)


def test_a_count_that_is_wrong_for_a_moment_is_in_that_moments_sample(outbox: Outbox) -> None:
    case = outbox.a_case()
    message = outbox.a_message(case=case)
    outbox.campaign.audience_size = 1
    outbox.fresh()
    right = evidence.sample(outbox.session)
    outbox.session.execute(
        text("UPDATE campaign_counts SET delta = delta + 1 WHERE campaign_id = :id AND is_first"),
        {"id": message.campaign_id},
    )
    wrong = evidence.sample(outbox.session)
    outbox.session.rollback()

    gathered = _gather(outbox)
    gathered.samples = [each for each in right if each.audience == 1]
    assert judge.sums(gathered).kept
    gathered.samples += [each for each in wrong if each.audience == 1]
    assert not judge.sums(gathered).kept
