"""Reconciled with a provider that remembers: what each listed message becomes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import restoring
from campaigns.reconciling import Basis
from campaigns.restored_ties import RESTORED
from campaigns.settling import candidates_of
from campaigns.slices import refresh_slices, slice_of
from messaging.errors import ProviderUnavailable
from messaging.provider import ProviderMessage
from models.message import Attempt, Attribution, Cause, Direction, Message
from models.people import OptOut, Purpose
from models.restore import ProviderFind
from models.states import MessageState
from runtime.settings import Settings
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, BEN, a_sid
from tests.campaigns.builders_sending import Outbox
from workers.reconciling import reconcile

TEXT = "Hola Ana."  # the builders' template, filled


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, time_speed=10_000)


class Provider:
    """What of a `Listing` is asked for: nobody is looked up one by one."""

    def __init__(self) -> None:
        self.outbound: list[ProviderMessage] = []
        self.inbound: list[ProviderMessage] = []
        self.is_down = False

    def sent_from(self, _sender: str, *, since: datetime) -> Iterator[ProviderMessage]:
        if self.is_down:
            raise ProviderUnavailable("down")
        yield from (each for each in self.outbound if each.created_at >= since)

    def received(
        self, _sender: str, *, since: datetime, until: datetime | None = None
    ) -> list[ProviderMessage]:
        return [
            each
            for each in self.inbound
            if each.created_at >= since and (until is None or each.created_at <= until)
        ]

    def media_of(self, _sid: str) -> list[tuple[str, str]]:
        return []


class Restored(Outbox):
    """An hour after its backup."""

    def __init__(self, session: Session, runtime: Runtime) -> None:
        super().__init__(session, runtime.now(session))
        self.runtime = runtime
        self.provider = Provider()
        restoring.begin_hold(session, taken_at=self.now - timedelta(hours=1))
        self.line.hold_reason = restoring.HOLD_REASON
        self.fresh()

    def was_sent(
        self,
        phone: str,
        body: str = TEXT,
        *,
        state: MessageState = MessageState.DELIVERED,
        ago: timedelta = timedelta(minutes=30),
    ) -> str:
        """What the database has forgotten; its sid."""
        sid = a_sid()
        self.provider.outbound.insert(
            0,
            ProviderMessage(
                sid=sid,
                to=phone,
                sender=self.line.sender,
                is_inbound=False,
                state=state,
                body=body,
                created_at=(self.now - ago).replace(microsecond=0),
            ),
        )
        return sid

    def wrote(self, phone: str, body: str) -> str:
        sid = a_sid()
        self.provider.inbound.append(
            ProviderMessage(
                sid=sid,
                to=self.line.sender,
                sender=phone,
                is_inbound=True,
                state=MessageState.RECEIVED,
                body=body,
                created_at=(self.now - timedelta(minutes=20)).replace(microsecond=0),
            )
        )
        return sid

    def sending_since(self, ago: timedelta) -> list[Message]:
        """As the backup had them: their attempts committed, their answers not."""
        messages = self.planned(phones=[ANA])
        for each in messages:
            each.state, each.attempts = MessageState.SENDING, 1
            each.lease_owner, each.lease_until = "gone", self.now + timedelta(minutes=1)
            self.session.add(
                Attempt(message_id=each.id, number=1, owner="gone", started_at=self.now - ago)
            )
        self.session.flush()
        refresh_slices(self.session, [slice_of(each.id) for each in messages])
        self.fresh()
        return messages

    def tie_of(self, reply: Message) -> Attribution:
        return self.session.scalars(
            select(Attribution).where(Attribution.message_id == reply.id)
        ).one()

    def purposes_opted_out(self, phone: str) -> list[Purpose]:
        contact = self.contact(phone)
        return list(
            self.session.scalars(
                select(OptOut.purpose).where(OptOut.contact_point_id == contact.id)
            )
        )

    def reconcile(self) -> dict[str, int]:
        report = reconcile(self.runtime, self.provider, tell=lambda _: None)
        self.fresh()
        return report


@pytest.fixture
def restored(runtime: Runtime, session: Session) -> Restored:
    return Restored(session, runtime)


def test_what_left_after_the_backup_is_known_and_the_rest_may_go(restored: Restored) -> None:
    sent, waiting = restored.planned(phones=[ANA, BEN])
    sid = restored.was_sent(ANA)

    report = restored.reconcile()

    assert report["text"] == 1
    assert (sent.state, sent.provider_sid, sent.attempts) == (MessageState.DELIVERED, sid, 1)
    assert (waiting.state, waiting.attempts) == (MessageState.PLANNED, 0)
    assert restored.line.hold_reason is None
    restored.now = restored.runtime.now(restored.session)
    assert [each.id for each in restored.claim()] == [waiting.id]


def test_a_callback_names_its_message_where_texts_cannot(restored: Restored) -> None:
    first, second = restored.planned(phones=[ANA, ANA])
    sid = restored.was_sent(ANA)
    restored.status(second, "delivered", sid=sid, attempt=3)

    report = restored.reconcile()

    assert report["callback"] == 1
    assert (second.state, second.provider_sid, second.attempts) == (MessageState.DELIVERED, sid, 3)
    assert (first.state, first.attempts) == (MessageState.PLANNED, 0)


def test_the_same_text_twice_to_one_person_waits_for_a_person(restored: Restored) -> None:
    messages = restored.planned(phones=[ANA, ANA])
    sid = restored.was_sent(ANA)

    restored.reconcile()

    assert {each.state for each in messages} == {MessageState.REVIEW}
    assert {each.reason for each in messages} == {RESTORED}
    assert {candidates_of(restored.attempt(each).detail) for each in messages} == {(sid,)}


def test_an_attempt_that_the_backup_saw_begin_is_that_attempt(restored: Restored) -> None:
    (message,) = restored.sending_since(timedelta(hours=1))
    sid = restored.was_sent(message.address or "", ago=timedelta(minutes=59))

    restored.reconcile()

    assert (message.state, message.attempts) == (MessageState.DELIVERED, 1)
    assert restored.attempt(message).provider_sid == sid


def test_a_try_that_failed_and_the_one_after_it_are_one_message(restored: Restored) -> None:
    (message,) = restored.planned(phones=[ANA])
    failed = restored.was_sent(ANA, state=MessageState.FAILED, ago=timedelta(minutes=40))
    live = restored.was_sent(ANA, ago=timedelta(minutes=30))

    restored.reconcile()

    tries = restored.session.scalars(select(Attempt).order_by(Attempt.number)).all()
    assert [each.provider_sid for each in tries] == [failed, live]
    assert (message.state, message.provider_sid) == (MessageState.DELIVERED, live)


def test_a_failure_reported_since_does_not_send_again_what_was_sent_again_then(
    restored: Restored,
) -> None:
    message = restored.a_message(ANA, state=MessageState.SENT, at=restored.now - timedelta(hours=2))
    before = replace(_listed(restored, message.provider_sid or "", ANA), state=MessageState.FAILED)
    again = restored.was_sent(ANA)
    restored.provider.outbound.append(before)

    restored.reconcile()

    assert (message.state, message.provider_sid) == (MessageState.DELIVERED, again)
    assert message.attempts == 2


def _listed(restored: Restored, sid: str, phone: str) -> ProviderMessage:
    return ProviderMessage(
        sid=sid,
        to=phone,
        sender=restored.line.sender,
        is_inbound=False,
        state=MessageState.SENT,
        body=TEXT,
        created_at=restored.now - timedelta(minutes=65),
    )


def test_what_was_written_after_the_backup_comes_back_into_its_conversation(
    restored: Restored,
) -> None:
    sid = restored.was_sent(BEN, "Sí, pasá mañana por la oficina")

    report = restored.reconcile()

    assert report["recovered"] == 1
    message = restored.session.scalars(select(Message).where(Message.provider_sid == sid)).one()
    assert (message.cause, message.body) == (Cause.RECOVERED, "Sí, pasá mañana por la oficina")
    assert (message.direction, message.state) == (Direction.OUT, MessageState.DELIVERED)
    assert message.contact_point_id == restored.contact(BEN).id


def test_another_text_is_another_message_only_where_texts_are_seen_to_be_shown_as_filled(
    restored: Restored,
) -> None:
    """Nobody else's message of that template was recognised: Twilio may show it otherwise."""
    (message,) = restored.planned(phones=[ANA])
    restored.was_sent(ANA, "Sí, pasá mañana por la oficina")

    restored.reconcile()

    assert (message.state, message.reason) == (MessageState.REVIEW, RESTORED)


def test_a_recognised_template_lets_other_texts_be_other_messages(restored: Restored) -> None:
    ana, ben = restored.planned(phones=[ANA, BEN])
    restored.was_sent(BEN)
    restored.was_sent(ANA, "Sí, pasá mañana por la oficina")

    restored.reconcile()

    assert (ana.state, ben.state) == (MessageState.PLANNED, MessageState.DELIVERED)


def test_replies_of_the_time_in_between_are_there_and_answer_what_was_sent(
    restored: Restored,
) -> None:
    message = restored.planned(phones=[ANA])[0]
    message.case_id = restored.a_case().id
    restored.fresh()
    restored.was_sent(ANA)
    sid = restored.wrote(ANA, "BAJA")

    restored.reconcile()

    reply = restored.session.scalars(select(Message).where(Message.provider_sid == sid)).one()
    assert reply.body == "BAJA"
    tie = restored.tie_of(reply)
    assert (tie.case_id, tie.answers_id) == (message.case_id, message.id)
    assert restored.purposes_opted_out(ANA) == [Purpose.ALL]


def test_while_the_provider_cannot_be_asked_the_hold_stays_and_all_may_be_done_again(
    restored: Restored,
) -> None:
    (message,) = restored.planned(phones=[ANA])
    restored.was_sent(ANA)
    restored.provider.is_down = True

    with pytest.raises(ProviderUnavailable):
        restored.reconcile()

    assert restoring.is_held(restored.session)
    restored.provider.is_down = False
    restored.reconcile()
    assert message.state is MessageState.DELIVERED
    finds = restored.session.scalars(select(ProviderFind)).all()
    assert [(each.basis, each.message_id) for each in finds] == [(Basis.TEXT, message.id)]
