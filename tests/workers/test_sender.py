"""A whole drain: the real sender, PostgreSQL and Valkey, and a provider made of a socket."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from redis import Redis
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campaigns.holding import end_rests
from campaigns.sending import reap_leases
from campaigns.single_messages import write_template, write_text
from models.case import Case
from models.message import Attempt, AttemptOutcome, Cause, Message
from models.people import Role, User
from models.states import MessageState
from models.template import Line
from runtime.settings import Settings
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import Outbox
from workers.clock import DatabaseClock
from workers.pacing import Pacer
from workers.sender import Sender

Answer = tuple[int, dict[str, Any]]


class Provider:
    """Answers as told; remembers every request it took."""

    def __init__(self) -> None:
        self.accepted: list[str] = []  # the callback of each message that will arrive
        self.forms: list[dict[str, list[str]]] = []  # of those, as posted
        self.requests = 0
        self.answer: Callable[[int], Answer | None] = lambda _number: None  # None: accept
        self.pause = 0.0
        self._lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = provider.take(parse_qs(body.decode()))
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 256

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()

    def take(self, form: dict[str, list[str]]) -> Answer:
        with self._lock:
            self.requests += 1
            number = self.requests
            told = self.answer(number)
            if told is None:
                self.accepted.append(form["StatusCallback"][0].split("#")[0].split("/status/")[1])
                self.forms.append(form)
        time.sleep(self.pause)
        return told or (201, {"sid": f"SM{number:032x}"})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    return replace(settings, twilio_base_url=provider.url, max_in_flight=32)


@pytest.fixture
def outbox(runtime: Runtime, session: Session) -> Outbox:
    outbox = Outbox(session, runtime.now(session))
    outbox.line.rate_per_second = 5_000
    outbox.fresh()
    return outbox


def _sender(runtime: Runtime, line: Line, stopping: Callable[[], bool] = lambda: False) -> Sender:
    return Sender(runtime, line.id, Pacer(runtime.redis, processes=1), stopping=stopping)


def _drain(runtime: Runtime, outbox: Outbox, within: float = 60.0) -> None:
    """Drains, as the sweep would, until nothing is left to send."""
    line = outbox.line
    deadline = time.monotonic() + within
    open_states = (MessageState.PLANNED, MessageState.CLAIMED, MessageState.SENDING)
    while time.monotonic() < deadline:
        _sender(runtime, line).run()
        outbox.fresh()
        left = outbox.session.scalar(
            select(func.count()).select_from(Message).where(Message.state.in_(open_states))
        )
        if not left:
            return
        time.sleep(0.02)
    raise AssertionError(_states(outbox))


def _states(outbox: Outbox) -> Counter[str]:
    outbox.fresh()
    return Counter(outbox.session.scalars(select(Message.state)))


def _once_each(provider: Provider, messages: list[Message]) -> None:
    told = [int(path.split("/")[0]) for path in provider.accepted]
    assert sorted(told) == sorted(message.id for message in messages)


def test_what_a_person_writes_leaves_like_everything_else(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    lucia = User(email="lucia@example.com", name="Lucía", role=Role.OPERATOR)
    outbox.session.add(lucia)
    outbox.version.content_sid = "HX" + "0" * 32
    case = outbox.session.get_one(Case, outbox.a_message(ANA).case_id)
    outbox.inbound("¿puedo pagar el viernes?")
    outbox.apply_inbound()
    by_her: dict[str, Any] = {"author_id": lucia.id, "now": outbox.now}
    text_id = write_text(outbox.session, case=case, body="Sí, dale.", **by_her)
    test_id = write_template(
        outbox.session,
        line_id=outbox.line.id,
        contact_point_id=outbox.contact(BEN).id,
        version=outbox.version,
        variables={"1": "Ben"},
        cause=Cause.TEST,
        **by_her,
    )
    outbox.fresh()

    _drain(runtime, outbox)

    answer = next(form for form in provider.forms if "Body" in form)
    test = next(form for form in provider.forms if "ContentSid" in form)
    assert (answer["To"], answer["Body"]) == ([f"whatsapp:{ANA}"], ["Sí, dale."])
    assert (test["To"], test["ContentVariables"]) == ([f"whatsapp:{BEN}"], ['{"1": "Ben"}'])
    states = [outbox.session.get_one(Message, each).state for each in (text_id, test_id)]
    assert states == [MessageState.ACCEPTED] * 2


def test_every_message_is_accepted_exactly_once(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    messages = [message for _ in range(4) for message in outbox.planned(50)]

    worked = _sender(runtime, outbox.line).run()

    assert worked == 200
    _once_each(provider, messages)
    assert _states(outbox) == {MessageState.ACCEPTED: 200}
    assert len({message.provider_sid for message in messages}) == 200
    attempts = outbox.session.scalars(select(Attempt)).all()
    assert {each.outcome for each in attempts} == {AttemptOutcome.ACCEPTED}
    assert {f"{each.message_id}/{each.number}" for each in attempts} == set(provider.accepted)


def test_two_senders_at_once_share_the_work(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    messages = [message for _ in range(8) for message in outbox.planned(25)]
    senders = [_sender(runtime, outbox.line) for _ in range(3)]
    threads = [threading.Thread(target=sender.run) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    _drain(runtime, outbox)
    _once_each(provider, messages)


def test_the_lines_rate_is_kept(runtime: Runtime, provider: Provider, outbox: Outbox) -> None:
    outbox.line.rate_per_second = 100
    outbox.planned(100)
    began = time.monotonic()

    _sender(runtime, outbox.line).run()

    assert 1.0 <= time.monotonic() - began < 5.0  # ninety per second are for campaigns
    assert len(provider.accepted) == 100


def test_what_the_dead_have_claimed_is_waited_for_no_longer_than_they_are_missed(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    """Two minutes of the line are claimed, by processes that were killed just now."""
    outbox.line.rate_per_second = 50
    messages = outbox.planned(20)
    pacer = Pacer(runtime.redis, processes=1)
    pacer.book(f"{outbox.line.id}:campaigns:claims", rate=45, count=45 * 120)
    began = time.monotonic()

    Sender(runtime, outbox.line.id, pacer, stopping=lambda: False).run()

    assert time.monotonic() - began < 10
    _once_each(provider, messages)


def test_what_the_living_have_claimed_is_waited_for(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    outbox.line.rate_per_second = 50
    outbox.planned(20)
    pacer = Pacer(runtime.redis, processes=1)
    bucket = f"{outbox.line.id}:campaigns"
    pacer.book(f"{bucket}:claims", rate=45, count=45 * 120)
    deadline = time.monotonic() + 4

    def living() -> bool:  # somebody else uses the slots of the line all the time
        pacer.book(bucket, rate=45, count=45)
        return time.monotonic() > deadline

    Sender(runtime, outbox.line.id, pacer, stopping=living).run()

    assert provider.requests == 0


def test_asked_to_stop_it_gives_back_the_rest_and_records_what_flies(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    outbox.line.rate_per_second = 100
    provider.pause = 0.1
    messages = outbox.planned(200)

    worked = _sender(runtime, outbox.line, lambda: provider.requests >= 20).run()

    states = _states(outbox)
    assert states == {
        MessageState.ACCEPTED: len(provider.accepted),
        MessageState.PLANNED: 200 - len(provider.accepted),
    }
    assert worked == len(provider.accepted) < 200
    assert {each.lease_owner for each in messages} == {None}

    outbox.line.rate_per_second = 5_000
    provider.pause = 0.0
    outbox.fresh()
    _drain(runtime, outbox)
    _once_each(provider, messages)


def test_what_was_throttled_goes_again(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    throttled: Answer = (429, {"code": 20429, "message": "Too Many Requests"})
    provider.answer = lambda number: throttled if number % 3 == 0 else None
    messages = outbox.planned(60)

    _drain(runtime, outbox)

    _once_each(provider, messages)
    assert _states(outbox) == {MessageState.ACCEPTED: 60}
    assert provider.requests > 60


def test_a_refusal_of_the_account_stops_the_line_not_the_audience(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    provider.answer = lambda _number: (401, {"code": 20003, "message": "Authenticate"})
    outbox.planned(100)
    outbox.planned(100)

    _sender(runtime, outbox.line).run()

    assert _states(outbox) == {MessageState.PLANNED: 200}
    assert outbox.line.hold_reason == "20003: Authenticate"
    assert provider.requests < 200


def test_what_nobody_knows_is_not_sent_again(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    provider.answer = lambda _number: (500, {"code": 20500, "message": "Internal"})
    outbox.planned(20)

    _sender(runtime, outbox.line).run()
    _sender(runtime, outbox.line).run()

    assert provider.requests == 20
    assert _states(outbox) == {MessageState.UNCERTAIN: 20}


def test_a_provider_that_is_down_costs_nobody(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    messages = outbox.planned(20)
    provider.close()

    _sender(runtime, outbox.line).run()

    assert _states(outbox) == {MessageState.PLANNED: 20}
    waits = [each.due_at - outbox.now for each in messages if each.due_at]
    assert all(timedelta(seconds=2) < wait < timedelta(seconds=20) for wait in waits)
    outcomes = outbox.session.scalars(select(Attempt.outcome)).all()
    assert outcomes == [AttemptOutcome.NOT_SENT] * 20


def test_a_storm_of_server_errors_stops_after_a_few_and_goes_on_by_itself(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    provider.answer = lambda _number: (503, {"code": 20503, "message": "Service Unavailable"})
    outbox.planned(400)

    _sender(runtime, outbox.line).run()

    stormed = provider.requests
    assert stormed < 200
    assert _states(outbox) == {
        MessageState.UNCERTAIN: stormed,
        MessageState.PLANNED: 400 - stormed,
    }
    assert outbox.line.hold_reason == "no_answer"

    provider.answer = lambda _number: None
    rested = runtime.now(outbox.session) + runtime.settings.times.rest_first
    assert end_rests(outbox.session, now=rested) == [outbox.line.id]
    outbox.session.execute(text("UPDATE messages SET due_at = now() WHERE state = 'planned'"))
    outbox.session.execute(
        text("UPDATE send_slices SET next_due_at = now() WHERE next_due_at IS NOT NULL")
    )
    outbox.fresh()
    _sender(runtime, outbox.line).run()
    assert _states(outbox)[MessageState.ACCEPTED] == 400 - stormed


def test_a_message_without_a_value_never_leaves(
    runtime: Runtime, provider: Provider, outbox: Outbox
) -> None:
    good, empty, missing = outbox.planned(3)
    empty.variables, missing.variables = {"1": ""}, {}
    outbox.fresh()

    assert _sender(runtime, outbox.line).run() == 3

    outbox.fresh()
    _once_each(provider, [good])
    for message in (empty, missing):
        assert message.state is MessageState.FAILED
        attempt = outbox.attempt(message)
        assert (attempt.outcome, attempt.http_status) == (AttemptOutcome.REJECTED, None)
        assert "{{1}}" in (attempt.detail or "")


def test_with_valkey_away_it_sends_on(runtime: Runtime, provider: Provider, outbox: Outbox) -> None:
    messages = outbox.planned(30)
    pacer = Pacer(Redis.from_url("redis://127.0.0.1:1/0"), processes=2)

    Sender(runtime, outbox.line.id, pacer).run()

    _once_each(provider, messages)


_CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'pregon' AND pid <> pg_backend_pid()
"""


def test_connections_cut_in_mid_run_lose_nothing_and_repeat_nothing(
    runtime: Runtime, provider: Provider, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.line.rate_per_second = 150
    provider.pause = 0.02
    for _ in range(4):
        outbox.planned(50)
    outbox.session.close()
    over, cuts = threading.Event(), list[int]()
    monkeypatch.setattr("workers.sender.log.exception", lambda *_args, **_words: None)
    monkeypatch.setattr("workers.sender.log.warning", lambda *_args, **_words: None)

    def cut() -> None:
        while len(cuts) < 4 and not over.wait(0.3):
            try:
                with runtime.engine.connect() as connection:
                    cuts.append(connection.execute(text(_CUT)).scalar_one())
            except OperationalError:
                pass

    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        for _ in range(20):
            try:
                _sender(runtime, _line(runtime)).run()
                break
            except OperationalError:  # as an actor would: the sweep comes again
                continue
    finally:
        over.set()
        cutting.join(10)

    assert sum(cuts) > 0
    _let_leases_lapse(outbox)
    _drain(runtime, outbox)
    told = Counter(int(path.split("/")[0]) for path in provider.accepted)
    assert max(told.values()) == 1
    states = _states(outbox)
    # started, and the answer of the commit was lost: looked for, never simply sent
    assert states[MessageState.ACCEPTED] + states[MessageState.UNCERTAIN] == 200
    accepted = select(Message.id).where(Message.state == MessageState.ACCEPTED)
    assert set(outbox.session.scalars(accepted)) <= told.keys()
    assert states[MessageState.ACCEPTED] >= 100


def _line(runtime: Runtime) -> Line:
    for _ in range(50):
        try:
            with runtime.sessions() as session:
                return session.scalars(select(Line)).one()
        except OperationalError:
            time.sleep(0.02)
    raise AssertionError("no connection")


def _let_leases_lapse(outbox: Outbox) -> None:
    """As if 90 s had passed: what is held becomes free or doubtful."""
    session = outbox.session
    session.execute(text("UPDATE messages SET lease_until = now() - interval '1 second'"))
    session.execute(
        text("UPDATE send_slices SET reap_at = now() - interval '1 second', leased_until = NULL")
    )
    now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    reap_leases(session, now=now, first_look=timedelta(seconds=120))
    outbox.fresh()


class FailingOnce:
    """The chosen transaction of a sender does not count: cut when it was about to commit."""

    def __init__(self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, *, nth: int) -> None:
        self.left = nth
        begin = runtime.sessions.begin
        failing = self

        class Begin:
            def __init__(self) -> None:
                self._inner = begin()

            def __enter__(self) -> Session:
                return self._inner.__enter__()

            def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
                failing.left -= 1
                if failing.left == 0 and kind is None:
                    lost = OperationalError("COMMIT", None, Exception("cut"))
                    self._inner.__exit__(OperationalError, lost, None)
                    raise lost
                return self._inner.__exit__(kind, error, trace)

        monkeypatch.setattr(runtime.sessions, "begin", Begin)


@pytest.mark.parametrize("nth", range(1, 9))
def test_any_transaction_may_fail_once(
    runtime: Runtime,
    provider: Provider,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
    nth: int,
) -> None:
    outbox.line.rate_per_second = 400
    messages = outbox.planned(50)
    messages[3].contact_point_id = messages[2].contact_point_id  # left out of its group at first
    messages[3].address = messages[2].address
    outbox.fresh()
    with monkeypatch.context() as patched:
        FailingOnce(runtime, patched, nth=nth)
        try:
            _sender(runtime, outbox.line).run()
        except OperationalError:
            assert nth == 1  # nothing was held yet: the sweep comes again

    _let_leases_lapse(outbox)
    outbox.session.execute(text("UPDATE messages SET due_at = now() WHERE state = 'planned'"))
    outbox.session.execute(text("UPDATE send_slices SET next_due_at = now()"))
    outbox.fresh()
    _drain(runtime, outbox)
    _once_each(provider, messages)
    assert _states(outbox) == {MessageState.ACCEPTED: 50}


def test_the_clock_is_never_ahead_of_the_database(
    runtime: Runtime, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question took a while to get there: what began in between must not count twice."""
    real = runtime.now

    class Slow:
        seconds = 0.05

        def now(self, session: Session) -> datetime:
            time.sleep(self.seconds)
            return real(session)

    slow = Slow()
    clock = DatabaseClock(runtime)
    monkeypatch.setattr(clock, "_runtime", slow)
    clock.now(session)

    assert clock.now(session) <= real(session)

    slow.seconds = 0.2
    clock = DatabaseClock(runtime)
    monkeypatch.setattr(clock, "_runtime", slow)
    began = time.monotonic()
    clock.now(session)
    clock.now(session)  # an answer so slow is not kept: it is asked again
    assert time.monotonic() - began >= 0.4


def test_the_clock_never_goes_back(
    runtime: Runtime, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [1_000.0]
    monkeypatch.setattr("workers.clock.time.monotonic", lambda: at[0])
    clock = DatabaseClock(runtime)
    before = clock.now(session)

    class Down:
        def now(self, _session: Session) -> None:
            raise OperationalError("SELECT", None, Exception("away"))

    at[0] += 60
    monkeypatch.setattr(clock, "_runtime", Down())
    for _ in range(2):
        at[0] += 1
        with pytest.raises(OperationalError):
            clock.now(session)
    monkeypatch.setattr(clock, "_runtime", runtime)

    assert clock.now(session) >= before
    at[0] += 1
    assert clock.now(session) - before >= timedelta(seconds=1)
