"""Each fault of the road is the fault it says, seen from both of its ends."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.chaos.proxy import Proxy


class Echo(socketserver.ThreadingTCPServer):
    """Answers each line with `got <line>` and remembers it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        echo = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    echo.heard.append(line.strip())
                    self.wfile.write(b"got " + line)

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy("echo", ("127.0.0.1", echo.server_address[1])) as proxy:
        yield proxy


def _client(proxy: Proxy) -> "closing[socket.socket]":
    return closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=3))


def _ask(connection: socket.socket, line: bytes) -> bytes:
    connection.sendall(line + b"\n")
    return connection.recv(100).strip()


def test_it_passes_what_is_said(proxy: Proxy, echo: Echo) -> None:
    with _client(proxy) as connection:
        assert _ask(connection, b"hola") == b"got hola"

    assert echo.heard == [b"hola"]


def test_refused_means_that_nobody_listens_until_it_listens_again(proxy: Proxy) -> None:
    with _client(proxy) as connection:
        _ask(connection, b"hola")
        proxy.refuse()

        with pytest.raises(ConnectionResetError):
            connection.recv(100)
        with pytest.raises(ConnectionRefusedError):
            _client(proxy)

    proxy.listen()
    with _client(proxy) as connection:
        assert _ask(connection, b"otra vez") == b"got otra vez"


def test_a_black_hole_takes_everything_and_gives_it_back_later(proxy: Proxy, echo: Echo) -> None:
    with _client(proxy) as connection:
        proxy.hold()
        connection.settimeout(0.3)

        with pytest.raises(TimeoutError):
            _ask(connection, b"hola")
        assert echo.heard == []

        proxy.release()
        connection.settimeout(3)
        assert connection.recv(100).strip() == b"got hola"


def test_a_dropped_reply_was_heard_and_never_answered(proxy: Proxy, echo: Echo) -> None:
    proxy.drop_replies(1)

    with _client(proxy) as connection, pytest.raises(ConnectionResetError):
        _ask(connection, b"hola")

    assert echo.heard == [b"hola"]
    with _client(proxy) as connection:
        assert _ask(connection, b"ahora") == b"got ahora"


@pytest.mark.parametrize("delivered", [True, False])
def test_it_cuts_at_a_word_before_or_after_it_is_heard(
    proxy: Proxy, echo: Echo, delivered: bool
) -> None:
    proxy.cut_at(b"COMMIT", delivered=delivered)

    with _client(proxy) as connection:
        assert _ask(connection, b"BEGIN") == b"got BEGIN"
        with pytest.raises(ConnectionResetError):
            _ask(connection, b"COMMIT")

    assert (b"COMMIT" in echo.heard) is delivered
    assert proxy.armed == 0


def test_a_server_that_is_away_is_a_reset_connection(echo: Echo) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        nobody = taken.getsockname()[1]
    with (
        Proxy("nobody", ("127.0.0.1", nobody)) as proxy,
        pytest.raises(ConnectionResetError),  # at once, or with what is read first
        _client(proxy) as connection,
    ):
        connection.recv(100)
