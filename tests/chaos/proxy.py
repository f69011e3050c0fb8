"""A loopback road between two programs, with the faults that a connection can have.

It listens on 127.0.0.1 and forwards to an address or a unix socket. No network interface is
touched. It lives in a thread of its own; its methods may be called from any other.
"""

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

Upstream = Path | tuple[str, int]
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST and throw away what is unsent
_CHUNK = 65_536


@dataclass(eq=False)
class _Pair:
    """One connection through the road."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    asked: bool = False  # the client said something and has no answer yet
    doomed: bool = False  # its next answer never arrives
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)


class Proxy:
    """Use it as a context. ``did`` counts what it did to connections, by name."""

    def __init__(self, name: str, upstream: Upstream) -> None:
        self.name = name
        self.did: Counter[str] = Counter()
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._pairs: set[_Pair] = set()
        self._open = asyncio.Event()
        self._drop = 0
        self._watch: list[tuple[bytes, bool]] = []
        self.port = 0

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._do(self._refuse())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def connections(self) -> int:
        return len(self._pairs)

    @property
    def armed(self) -> int:
        """Answers still to be dropped and words still waited for."""
        return self._drop + len(self._watch)

    def cut(self) -> int:
        """Reset every connection; how many there were."""
        number: int = self._do(self._cut())
        return number

    def refuse(self) -> None:
        """Reset every connection and refuse new ones until `listen`."""
        self._do(self._refuse())

    def listen(self) -> None:
        self._do(self._start())

    def hold(self) -> None:
        """A black hole: connections open, nothing passes until `release`."""
        self._do(self._set_open(False))

    def release(self) -> None:
        """Let go what was held, in order."""
        self._do(self._set_open(True))

    def drop_replies(self, number: int) -> None:
        """The next requests arrive; their answers do not: the client's connection is reset."""
        self._do(self._arm(drop=number))

    def cut_at(self, word: bytes, *, delivered: bool) -> None:
        """Cut the next connection whose client says ``word``.

        ``delivered``: the other side hears it and answers, and the answer is lost. Else it never
        hears it.
        """
        self._do(self._arm(watch=(word, delivered)))

    def disarm(self) -> None:
        self._do(self._disarm())

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        self._open.set()
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, backlog=512, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _set_open(self, is_open: bool) -> None:
        if is_open:
            self._open.set()
        else:
            self._open.clear()
            self.did["held"] += len(self._pairs)

    async def _arm(self, *, drop: int = 0, watch: tuple[bytes, bool] | None = None) -> None:
        self._drop += drop
        if watch is not None:
            self._watch.append(watch)

    async def _disarm(self) -> None:
        self._drop = 0
        self._watch.clear()

    async def _cut(self) -> int:
        pairs = list(self._pairs)
        for pair in pairs:
            self._reset(pair)
        self.did["cut"] += len(pairs)
        return len(pairs)

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self._upstream, Path):
                back, forth = await asyncio.open_unix_connection(str(self._upstream))
            else:
                back, forth = await asyncio.open_connection(*self._upstream)
        except OSError:
            _abort(writer)
            return
        pair = _Pair(writer, forth)
        self._pairs.add(pair)
        pair.tasks = [
            asyncio.create_task(self._ask(pair, reader)),
            asyncio.create_task(self._answer(pair, back)),
        ]
        await asyncio.wait(pair.tasks, return_when=asyncio.FIRST_COMPLETED)
        if pair in self._pairs:  # ended by one of its sides
            self._pairs.discard(pair)
            for task in pair.tasks:
                task.cancel()
            writer.close()
            forth.close()

    async def _ask(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._open.wait()
                for watched in self._watch:
                    if watched[0] in data:
                        self._watch.remove(watched)
                        if not watched[1]:
                            self.did["stopped"] += 1
                            self._reset(pair)
                            return
                        pair.doomed = True
                        break
                if self._drop and not pair.doomed:
                    self._drop -= 1
                    pair.doomed = True
                pair.server.write(data)
                await pair.server.drain()
        except OSError:
            return

    async def _answer(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._open.wait()
                if pair.doomed:
                    self.did["dropped"] += 1
                    self._reset(pair)
                    return
                pair.client.write(data)
                await pair.client.drain()
        except OSError:
            return

    def _reset(self, pair: _Pair) -> None:
        self._pairs.discard(pair)
        _abort(pair.client)
        _abort(pair.server)


def _abort(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket | None = writer.get_extra_info("socket")
    if raw is not None and raw.family == socket.AF_INET:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
