"""Many requests in flight from one thread: libcurl's multi interface over epoll.

The only module that holds the sender: one engine, one road out. It touches no session.
"""

import selectors
import time
from collections.abc import Callable
from typing import Any

import pycurl

from messaging.provider import OutboundMessage, SendOutcome
from messaging.twilio.whatsapp import Request, TwilioAccount

__all__ = ["SendingLoop", "TwilioAccount"]

_EVENTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


_TOO_MANY = 429
_AT_MOST_EVERY = 1.0  # seconds between two halvings


class SendingLoop:
    """Start messages, then `poll` for what came of them. Not for two threads at once."""

    def __init__(self, account: TwilioAccount, *, max_in_flight: int) -> None:
        self.max_in_flight = max_in_flight
        self.in_flight = 0
        self._limit = float(max_in_flight)  # of now: the provider says when it is too many
        self._halved_at = float("-inf")
        self._account = account
        self._selector = selectors.DefaultSelector()
        self._idle: list[Request] = []
        self._busy: dict[Any, Request] = {}
        self._timer: float | None = None  # monotonic: when libcurl wants to be called
        self._multi = pycurl.CurlMulti()
        set_option: Callable[[int, Any], None] = self._multi.setopt
        set_option(pycurl.M_SOCKETFUNCTION, self._on_socket)
        set_option(pycurl.M_TIMERFUNCTION, self._on_timer)
        set_option(pycurl.M_MAXCONNECTS, max_in_flight)

    @property
    def free(self) -> int:
        return max(0, self.limit - self.in_flight)

    @property
    def limit(self) -> int:
        """How many may be in flight now: half as many after a 429, then more by and by."""
        return int(self._limit)

    def start(self, message: OutboundMessage) -> None:
        """Post it. Its attempt must be committed."""
        request = self._idle.pop() if self._idle else Request(self._account)
        request.prepare(message)
        self._busy[request.handle] = request
        self._multi.add_handle(request.handle)
        self.in_flight += 1

    def poll(self, timeout: float) -> list[SendOutcome]:
        """Work for at most ``timeout`` seconds, or until something came back."""
        if self._timer is not None:
            timeout = min(timeout, max(0.0, self._timer - time.monotonic()))
        ready = self._selector.select(timeout)
        for key, events in ready:
            action = 0
            if events & selectors.EVENT_READ:
                action |= pycurl.CSELECT_IN
            if events & selectors.EVENT_WRITE:
                action |= pycurl.CSELECT_OUT
            self._multi.socket_action(key.fd, action)
        if self._timer is not None and time.monotonic() >= self._timer:
            self._timer = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        return self._finished()

    def close(self) -> None:
        """Drop what is in flight (its outcome is then unknown) and every connection."""
        for request in (*self._busy.values(), *self._idle):
            request.close()
        self._multi.close()
        self._selector.close()

    def _finished(self) -> list[SendOutcome]:
        outcomes = []
        more = 1
        while more:
            more, answered, broken = self._multi.info_read()
            outcomes += [self._take(handle).answered() for handle in answered]
            outcomes += [self._take(handle).broke(error, why) for handle, error, why in broken]
        for outcome in outcomes:
            self._adapt(outcome)
        return outcomes

    def _adapt(self, outcome: SendOutcome) -> None:
        if outcome.http_status == _TOO_MANY:
            now = time.monotonic()
            if now - self._halved_at >= _AT_MOST_EVERY:  # those beside it say the same
                self._limit, self._halved_at = max(1.0, self._limit / 2), now
        elif outcome.sid is not None:
            self._limit = min(float(self.max_in_flight), self._limit + 1 / self._limit)

    def _take(self, handle: Any) -> Request:
        """Free the handle: its outcome is read before it is used again."""
        request = self._busy.pop(handle)
        self._multi.remove_handle(handle)
        self.in_flight -= 1
        self._idle.append(request)
        return request

    def _on_socket(self, what: int, fd: int, _multi: object, _data: object) -> None:
        known = fd in self._selector.get_map()
        if what == pycurl.POLL_REMOVE:
            if known:
                self._selector.unregister(fd)
        elif known:
            self._selector.modify(fd, _EVENTS[what])
        else:
            self._selector.register(fd, _EVENTS[what])

    def _on_timer(self, timeout_ms: int) -> None:
        self._timer = None if timeout_ms < 0 else time.monotonic() + timeout_ms / 1000
