"""One POST for one message, whatever the connection does: against real sockets on loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pycurl
import pytest

from messaging.provider import OutboundMessage, SendOutcome
from messaging.twilio.whatsapp import request_body
from models.message import AttemptOutcome
from workers.sending_loop import SendingLoop, TwilioAccount

ACCEPTED = b'{"sid": "SM%d"}'

Turn = Callable[["Connection", bytes], bool]


def _account(port: int, *, connect: float = 2.0, request: float = 5.0) -> TwilioAccount:
    return TwilioAccount(
        account_sid="AC" + "0" * 32,
        username="AC" + "0" * 32,
        password="secret",
        public_url="https://pregon.example",
        base_url=f"http://127.0.0.1:{port}",
        connect_timeout=connect,
        request_timeout=request,
    )


def _message(number: int) -> OutboundMessage:
    return OutboundMessage(number, 1, "+5491140000000", "+5491155550001", body=f"Hola {number}")


class Connection:
    """One accepted connection: reads requests whole and leaves the answer to the test."""

    def __init__(self, peer: socket.socket) -> None:
        self.peer = peer
        self._rest = b""

    def head(self) -> bytes | None:
        """A request's headers; None once the other side has closed."""
        while b"\r\n\r\n" not in self._rest:
            part = self.peer.recv(65_536)
            if not part:
                return None
            self._rest += part
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return head

    def body(self, head: bytes) -> bytes:
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(self._rest) < length:
            self._rest += self.peer.recv(65_536)
        body, self._rest = self._rest[:length], self._rest[length:]
        return body

    def accept(self, number: int) -> None:
        answer = ACCEPTED % number
        self.peer.sendall(
            b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)
        )


class Provider:
    """A server on loopback. ``turn`` gets each request and says whether the connection lives."""

    def __init__(self, turn: Turn, *, reads_bodies: bool = True) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._turn, self.reads_bodies = turn, reads_bodies
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for peer in self._open:
            peer.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(peer)
            threading.Thread(target=self._serve, args=[peer], daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        connection = Connection(peer)
        try:
            while (head := connection.head()) is not None:
                self.requests.append(head)
                body = connection.body(head) if self.reads_bodies else b""
                if not self._turn(connection, body):
                    break
        except OSError:
            pass
        finally:
            peer.close()


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _started(closing: ExitStack, turn: Turn, *, reads_bodies: bool = True) -> Provider:
    provider = Provider(turn, reads_bodies=reads_bodies)
    closing.callback(provider.close)
    return provider


def _loop(closing: ExitStack, account: TwilioAccount, *, max_in_flight: int = 10) -> SendingLoop:
    loop = SendingLoop(account, max_in_flight=max_in_flight)
    closing.callback(loop.close)
    return loop


def _until_done(loop: SendingLoop, within: float = 10.0) -> list[SendOutcome]:
    outcomes: list[SendOutcome] = []
    deadline = time.monotonic() + within
    while loop.in_flight and time.monotonic() < deadline:
        outcomes += loop.poll(0.1)
    assert not loop.in_flight
    return outcomes


def _send(loop: SendingLoop, *numbers: int) -> list[SendOutcome]:
    for number in numbers:
        loop.start(_message(number))
    return _until_done(loop)


def _always(connection: Connection, _body: bytes) -> bool:
    connection.accept(1)
    return True


class AnswersThenCloses:
    """Accepts the first ``answered`` requests; from then on closes without a word."""

    def __init__(self, answered: int) -> None:
        self._answered = answered
        self._seen = 0

    def __call__(self, connection: Connection, _body: bytes) -> bool:
        self._seen += 1
        if self._seen > self._answered:
            return False
        connection.accept(self._seen)
        return True


@pytest.mark.parametrize("answered", [0, 1, 3])
def test_a_connection_that_closes_without_an_answer_gets_exactly_one_post(
    closing: ExitStack, answered: int
) -> None:
    provider = _started(closing, AnswersThenCloses(answered))
    loop = _loop(closing, _account(provider.port))

    for number in range(answered):
        assert _send(loop, number)[0].outcome is AttemptOutcome.ACCEPTED
    (told,) = _send(loop, 100)

    assert told.outcome is AttemptOutcome.UNKNOWN
    assert len(provider.requests) == answered + 1
    assert provider.connections == 1


class AnswersOnceThenReadsHeadersOnly:
    def __init__(self) -> None:
        self._answered = False

    def __call__(self, connection: Connection, _body: bytes) -> bool:
        if self._answered:
            return False
        self._answered = True
        head = b"POST\r\nContent-Length: %d" % len(_body_of(1))
        connection.body(head)
        connection.accept(1)
        return True


def _body_of(number: int) -> bytes:
    return request_body(_account(1), _message(number))


def test_a_kept_alive_connection_that_closes_after_the_headers_gets_exactly_one_post(
    closing: ExitStack,
) -> None:
    provider = _started(closing, AnswersOnceThenReadsHeadersOnly(), reads_bodies=False)
    loop = _loop(closing, _account(provider.port))

    first = _send(loop, 1)
    second = _send(loop, 2)

    assert [each.outcome for each in first + second] == [
        AttemptOutcome.ACCEPTED,
        AttemptOutcome.UNKNOWN,
    ]
    assert len(provider.requests) == 2


def test_a_long_body_cut_in_the_middle_is_not_posted_again(closing: ExitStack) -> None:
    provider = _started(closing, AnswersThenCloses(1))
    loop = _loop(closing, _account(provider.port))
    _send(loop, 1)
    provider.reads_bodies = False

    loop.start(OutboundMessage(2, 1, "+5491140000000", "+5491155550001", body="x" * 3_000_000))
    (told,) = _until_done(loop)

    assert told.outcome is AttemptOutcome.UNKNOWN
    assert len(provider.requests) == 2


def test_a_connection_closed_while_idle_is_replaced(closing: ExitStack) -> None:
    def once(connection: Connection, _body: bytes) -> bool:
        connection.accept(1)
        return False  # closes after its answer, unannounced

    provider = _started(closing, once)
    loop = _loop(closing, _account(provider.port))

    outcomes = [_send(loop, number)[0].outcome for number in range(5)]

    # the close may come before or after libcurl looks: never twice, and never lost silently
    assert len(provider.requests) <= 5
    assert set(outcomes) <= {AttemptOutcome.ACCEPTED, AttemptOutcome.UNKNOWN}
    assert outcomes.count(AttemptOutcome.ACCEPTED) == len(provider.requests)


def test_an_answer_that_never_comes_leaves_doubt(closing: ExitStack) -> None:
    still = threading.Event()
    closing.callback(still.set)

    def silent(_connection: Connection, _body: bytes) -> bool:
        return not still.wait(20)

    provider = _started(closing, silent)
    loop = _loop(closing, _account(provider.port, request=0.3))

    (told,) = _send(loop, 1)

    assert told.outcome is AttemptOutcome.UNKNOWN
    assert len(provider.requests) == 1


def test_an_answer_cut_in_its_headers_leaves_doubt(closing: ExitStack) -> None:
    def half(connection: Connection, _body: bytes) -> bool:
        connection.peer.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{")
        return False

    provider = _started(closing, half)

    (told,) = _send(_loop(closing, _account(provider.port)), 1)

    assert told.outcome is AttemptOutcome.UNKNOWN


def test_a_refused_connection_proves_that_nothing_left(closing: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    told = _send(_loop(closing, _account(port)), 1, 2, 3)

    assert {each.outcome for each in told} == {AttemptOutcome.NOT_SENT}
    assert {each.message_id for each in told} == {1, 2, 3}


def _full(closing: ExitStack) -> int:
    """The port of a server whose queue of connections is full: the next one just waits."""
    listening = closing.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    port: int = listening.getsockname()[1]
    for _ in range(3):
        waiting = closing.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(("127.0.0.1", port))
    return port


def test_a_connection_that_never_opens_proves_that_nothing_left(closing: ExitStack) -> None:
    loop = _loop(closing, _account(_full(closing), connect=0.3))

    (told,) = _send(loop, 1)

    assert told.outcome is AttemptOutcome.NOT_SENT


def test_the_time_out_of_a_handle_used_before_is_read_anew(closing: ExitStack) -> None:
    provider = _started(closing, _always)
    loop = _loop(closing, _account(provider.port))
    assert _send(loop, 1)[0].outcome is AttemptOutcome.ACCEPTED
    request = loop._idle[0]
    full = _full(closing)
    request.handle.setopt(pycurl.URL, f"http://127.0.0.1:{full}/")
    request.handle.setopt(pycurl.CONNECTTIMEOUT_MS, 300)

    (told,) = _send(loop, 2)

    assert told.outcome is AttemptOutcome.NOT_SENT


def test_a_name_that_does_not_resolve_proves_that_nothing_left(closing: ExitStack) -> None:
    account = replace(_account(0), base_url="http://nobody.invalid")

    (told,) = _send(_loop(closing, account), 1)

    assert told.outcome is AttemptOutcome.NOT_SENT


def test_a_server_that_speaks_no_tls_proves_that_nothing_left(closing: ExitStack) -> None:
    def nonsense(peer: socket.socket) -> None:
        connection, _ = peer.accept()
        connection.recv(10)
        connection.sendall(b"no TLS here\r\n")
        connection.close()

    listening = closing.enter_context(socket.create_server(("127.0.0.1", 0)))
    threading.Thread(target=nonsense, args=[listening], daemon=True).start()
    port = listening.getsockname()[1]
    account = replace(_account(port), base_url=f"https://127.0.0.1:{port}")

    (told,) = _send(_loop(closing, account), 1)

    assert told.outcome is AttemptOutcome.NOT_SENT


def test_hundreds_are_in_flight_at_once(closing: ExitStack) -> None:
    everybody = threading.Barrier(300)

    def together(connection: Connection, body: bytes) -> bool:
        everybody.wait(20)  # nobody is answered before all of them are here
        connection.accept(int(body.rsplit(b"Body=Hola+", 1)[1]))
        return True

    provider = _started(closing, together)
    loop = _loop(closing, _account(provider.port, connect=20, request=30), max_in_flight=300)
    for number in range(300):
        loop.start(_message(number))
    assert (loop.in_flight, loop.free) == (300, 0)

    told = _until_done(loop, within=30)

    assert {each.message_id: each.sid for each in told} == {
        number: f"SM{number}" for number in range(300)
    }
    assert loop.free == 300


def test_a_connection_is_used_again(closing: ExitStack) -> None:
    provider = _started(closing, _always)
    loop = _loop(closing, _account(provider.port))

    for number in range(20):
        assert _send(loop, number)[0].outcome is AttemptOutcome.ACCEPTED

    assert (provider.connections, len(provider.requests)) == (1, 20)


def test_a_redirect_is_not_followed(closing: ExitStack) -> None:
    def elsewhere(connection: Connection, _body: bytes) -> bool:
        connection.peer.sendall(
            b"HTTP/1.1 307 Go\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        )
        return True

    provider = _started(closing, elsewhere)

    (told,) = _send(_loop(closing, _account(provider.port)), 1)

    assert told.outcome is AttemptOutcome.UNKNOWN
    assert len(provider.requests) == 1


def test_closing_in_mid_flight_posts_nothing_more(closing: ExitStack) -> None:
    still, here = threading.Event(), threading.Semaphore(0)
    closing.callback(still.set)

    def silent(_connection: Connection, _body: bytes) -> bool:
        here.release()
        return not still.wait(20)

    provider = _started(closing, silent)
    loop = SendingLoop(_account(provider.port), max_in_flight=10)
    for number in range(5):
        loop.start(_message(number))
    arrived, deadline = 0, time.monotonic() + 10
    while arrived < 5 and time.monotonic() < deadline:
        loop.poll(0.02)
        arrived += here.acquire(blocking=False)

    loop.close()

    assert arrived == 5
    assert len(provider.requests) == 5


def test_an_idle_loop_closes(closing: ExitStack) -> None:
    provider = _started(closing, _always)
    loop = SendingLoop(_account(provider.port), max_in_flight=10)
    _send(loop, 1, 2, 3)

    loop.close()
