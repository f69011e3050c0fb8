"""In hold after a restore: nothing leaves, nothing is concluded, and no person lets go by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import holding, restoring, sending
from campaigns.errors import NothingRestored, NotReconciled
from campaigns.opt_outs import opt_out
from models.audit import AuditEvent
from models.message import EventKind
from models.people import OptOut, Purpose
from models.states import MessageState
from models.template import Line
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, a_sid
from tests.campaigns.builders_sending import ANAS_WORKER, Outbox
from tests.conftest import NOON
from workers import jobs
from workers.periodic import JOBS
from workers.timetable import install_jobs, tick


@pytest.fixture
def outbox(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def held(outbox: Outbox) -> Outbox:
    """A restore waits; its lines were not even marked, as if one had been added since."""
    restoring.begin_hold(outbox.session, taken_at=NOON - timedelta(hours=1))
    outbox.fresh()
    return outbox


def test_no_slice_is_taken(held: Outbox) -> None:
    held.planned(3)

    assert held.take() is None
    assert sending.lines_with_work(held.session, now=NOON) == []
    assert sending.take_slice(
        held.session, held.line.id, lease=ANAS_WORKER, now=NOON, only_replies=True
    ) is None  # fmt: skip


def test_what_was_posted_waits_until_it_is_known_what_it_answers(
    runtime: Runtime, held: Outbox
) -> None:
    message = held.a_message(ANA, state=MessageState.SENT)
    held.status(message, "read")
    held.session.commit()

    assert jobs.apply_inbox(runtime, EventKind.STATUS) == 0
    assert jobs.apply_inbox(runtime, EventKind.STATUS, in_hold=True) == 1
    held.fresh()
    assert message.state is MessageState.READ


def test_an_opt_out_counts_at_once_and_cancels_nothing_yet(held: Outbox) -> None:
    (message,) = held.planned()
    assert message.contact_point_id is not None

    opt_out(held.session, message.contact_point_id, Purpose.ALL, "word: baja", now=NOON)
    held.fresh()

    assert message.state is MessageState.PLANNED  # it may have left long ago
    assert held.session.scalars(select(OptOut.contact_point_id)).all() == [message.contact_point_id]
    restoring.end_hold(held.session, {}, now=NOON)
    assert held.claim() == []
    assert (message.state, message.reason) == (MessageState.CANCELLED, "opt_out")


def test_a_line_is_not_opened_by_hand(held: Outbox) -> None:
    held.line.hold_reason = restoring.HOLD_REASON
    held.fresh()

    with pytest.raises(NotReconciled):
        holding.release_line(held.session, held.line.id)


def test_jobs_that_conclude_from_silence_wait(
    runtime: Runtime, held: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_jobs(held.session, now=runtime.now(held.session))
    held.session.commit()
    woken: list[str] = []
    here: list[str] = []

    def wake(_runtime: Runtime, name: str) -> bool:
        woken.append(name)
        return True

    monkeypatch.setattr("workers.timetable.wake_job", wake)

    tick(runtime, here.append)

    assert here == []
    assert sorted(woken) == sorted(name for name, job in JOBS.items() if job.in_hold)
    assert {"expire coupons", "finish ended", "close silent cases", "launch scheduled"} <= (
        JOBS.keys() - set(woken)
    )


def test_the_end_opens_what_the_restore_held_and_nothing_else(held: Outbox) -> None:
    restored = held.line
    broken = Line(portfolio_id=restored.portfolio_id, name="Línea 2", sender="+5491150009999")
    held.session.add(broken)
    restored.hold_reason, broken.hold_reason = restoring.HOLD_REASON, "63007: x"
    held.fresh()

    opened = restoring.end_hold(held.session, {"text": 3}, now=NOON)
    held.fresh()

    assert opened == [restored.id]
    assert (restored.hold_reason, broken.hold_reason) == (None, "63007: x")
    assert not restoring.is_held(held.session)
    acts = held.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts == ["restore.begun", "restore.reconciled", "line.release"]
    with pytest.raises(NothingRestored):
        restoring.open_restore(held.session)


def test_of_two_restores_the_older_backup_is_what_counts(held: Outbox) -> None:
    restoring.begin_hold(held.session, taken_at=NOON)

    assert restoring.open_restore(held.session).taken_at == NOON - timedelta(hours=1)


def test_a_sid_says_which_message_a_callback_is_about_when_its_path_names_nothing(
    outbox: Outbox,
) -> None:
    message = outbox.a_message(ANA, state=MessageState.SENT, sid=a_sid())
    outbox.status(None, "read", path_id=77_000, sid=message.provider_sid)

    outbox.apply_statuses()

    assert message.state is MessageState.READ
