"""A WSGI server of one process: a thread per connection, keep-alive, each answer in one write.

The simulator's state is in its process, and gunicorn's threaded worker spends more on a request
than the simulator does: a thread per connection takes twice as many.
"""

import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_LONGEST_LINE, _MOST_HEADERS, _LONGEST_BODY = 16_384, 100, 8_000_000
_IDLE_SECONDS = 120.0


class BadRequest(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Server:
    def __init__(self, host: str, port: int, *, connections: int) -> None:
        """Raises OSError: the address is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=1_024)
        self._room = threading.Semaphore(connections)
        self._busy = 0
        self._idle = threading.Condition()
        self._stopping = threading.Event()
        self.host, self.port = self._listener.getsockname()[:2]

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def serve(self, app: Application) -> None:
        """Returns after `stop`, from any thread or a signal."""
        self._listener.settimeout(0.2)
        while not self._stopping.is_set():
            if not self._room.acquire(timeout=0.2):
                continue
            try:
                connection, address = self._listener.accept()
            except OSError:  # nobody came, or the listener was closed
                self._room.release()
                continue
            work = threading.Thread(
                target=self._converse, args=(app, connection, address[0]), daemon=True
            )
            work.start()
        self._listener.close()

    def stop(self) -> None:
        self._stopping.set()

    def drain(self, seconds: float) -> None:
        """Let requests at work be answered, no longer than ``seconds``."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, timeout=seconds)

    def _converse(self, app: Application, connection: socket.socket, caller: str) -> None:
        try:
            with connection, connection.makefile("rb") as reader, suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(_IDLE_SECONDS)
                while not self._stopping.is_set() and self._one(app, connection, reader, caller):
                    pass
        finally:
            self._room.release()

    def _one(
        self, app: Application, connection: socket.socket, reader: BinaryIO, caller: str
    ) -> bool:
        """Answer one request; whether another may follow on this connection."""
        try:
            environ = _read_request(reader, connection, caller, self.port)
        except BadRequest as error:
            head = f"HTTP/1.1 {error.status.value} {error.status.phrase}\r\nContent-Length: 0\r\n"
            connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
            return False
        if environ is None:
            return False
        with self._idle:
            self._busy += 1
        try:
            answer, keep = _answer(app, environ)
            connection.sendall(answer)
        finally:
            with self._idle:
                self._busy -= 1
                if not self._busy:
                    self._idle.notify_all()
        return keep


def _answer(app: Application, environ: dict[str, Any]) -> tuple[bytes, bool]:
    head: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> None:
        head[:] = [f"HTTP/1.1 {status}"]
        head.extend(f"{name}: {value}" for name, value in headers)

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    keep = environ["HTTP_CONNECTION"].lower() != "close"
    if not any(line.lower().startswith("content-length:") for line in head[1:]):
        head.append(f"Content-Length: {len(body)}")
    head.append(f"Connection: {'keep-alive' if keep else 'close'}")
    if environ["REQUEST_METHOD"] == "HEAD":
        body = b""
    return "\r\n".join((*head, "", "")).encode("latin-1") + body, keep


def _read_request(
    reader: BinaryIO, connection: socket.socket, caller: str, port: int
) -> dict[str, Any] | None:
    """The WSGI environment; None when the other side is done with the connection."""
    line = reader.readline(_LONGEST_LINE)
    if not line.strip():
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadRequest(HTTPStatus.BAD_REQUEST)
    method, target, version = parts
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": version,
        "REMOTE_ADDR": caller,
        "HTTP_CONNECTION": "close" if version == "HTTP/1.0" else "keep-alive",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "simulator.connection": connection,
    }
    for _ in range(_MOST_HEADERS):
        line = reader.readline(_LONGEST_LINE)
        if line in (b"\r\n", b"\n"):
            break
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not line.endswith(b"\n"):
            raise BadRequest(HTTPStatus.BAD_REQUEST)
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        environ[key] = value.strip()
    else:
        raise BadRequest(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    if "HTTP_TRANSFER_ENCODING" in environ:
        raise BadRequest(HTTPStatus.LENGTH_REQUIRED)
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise BadRequest(HTTPStatus.BAD_REQUEST)
    if int(length) > _LONGEST_BODY:
        raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if environ.get("HTTP_EXPECT", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = reader.read(int(length))
    if len(body) < int(length):
        return None
    environ["wsgi.input"] = BytesIO(body)
    return environ
