"""A provider that accepts everything after a fixed time, as cheaply as Python can: so that a
benchmark measures the sender and not this.

    python -m benchmarks.stub_provider PORT LATENCY_MS [FILE]

With FILE it notes when each message came in, monotonic seconds as doubles, until it is ended.
"""

import asyncio
import os
import re
import signal
import sys
import time
from array import array
from contextlib import suppress
from itertools import count
from pathlib import Path

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_numbers = count(1)


class Stub(asyncio.Protocol):
    """Answers each POST with 201 and a fresh sid, pipelining not expected."""

    latency = 0.1
    arrivals = array("d")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self.buffer, 0, head)
        if len(self.buffer) < head + 4 + int(length.group(1) if length else 0):
            return
        is_message, self.buffer = self.buffer.startswith(b"POST"), b""
        if is_message:
            self.arrivals.append(time.monotonic())
        answer = self.accept if is_message else self.list_none
        asyncio.get_running_loop().call_later(self.latency, answer)

    def accept(self) -> None:
        self._say(b"201 Created", b'{"sid":"SM%032x","status":"queued"}' % next(_numbers))

    def list_none(self) -> None:
        self._say(b"200 OK", b'{"messages":[],"next_page_uri":null}')

    def _say(self, status: bytes, body: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )


async def main(port: int, latency_ms: float, file: str | None = None) -> None:
    Stub.latency = latency_ms / 1000
    with suppress(PermissionError):
        os.nice(-10)  # a real provider does not wait for our processors before it looks
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await loop.create_server(Stub, "127.0.0.1", port, backlog=2048)
    print("ready", flush=True)
    await ended.wait()
    if file is not None:
        Path(file).write_bytes(Stub.arrivals.tobytes())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:]))
