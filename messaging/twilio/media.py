"""Fetch the file of a customer's message: an address made by us, and at most one step further.

What a webhook says of a file's address is not used. Twilio answers the first request, which
carries our credentials, with a redirect to its content network; the second carries none.
Source: Twilio docs, Media resource; what its redirects were measured to be.
"""

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import certifi
import pycurl

from messaging.errors import (
    MediaElsewhere,
    MediaGone,
    MediaTooBig,
    ProviderUnavailable,
)

MOST_BYTES = 16 * 1024 * 1024
TWILIO_API = "https://api.twilio.com"
_OURS = ("twilio.com", "twiliocdn.com")  # and what is below them
_MESSAGE = re.compile(r"(SM|MM)[0-9a-fA-F]{32}\Z")
_MEDIUM = re.compile(r"ME[0-9a-fA-F]{32}\Z")
_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaAccount:
    """Whose files, and as whom we ask."""

    account_sid: str
    username: str
    password: str = field(repr=False)
    base_url: str | None = None  # None: Twilio itself
    seconds: float = 20.0  # for all of it
    connect_seconds: float = 5.0


def fetch_media(
    account: MediaAccount, message_sid: str, media_sid: str, *, most: int = MOST_BYTES
) -> bytes:
    """The file's bytes, as they came.

    Raises:
        MediaGone: there is no such file, or no more.
        MediaTooBig: it has more than ``most`` bytes, as declared or as they came.
        MediaElsewhere: we were sent where Twilio's files do not lie, or on and on.
        ProviderUnavailable: no answer, or none that says anything: ask again later.
    """
    if not _MESSAGE.match(message_sid) or not _MEDIUM.match(media_sid):
        raise MediaGone(f"{message_sid}/{media_sid} are no sids")
    root = account.base_url or TWILIO_API
    url = (
        f"{root}/2010-04-01/Accounts/{account.account_sid}/Messages/{message_sid}/Media/{media_sid}"
    )
    until = time.monotonic() + account.seconds
    first = _Hop(account, url, most=most, until=until, signs=True)
    status = first.run()
    if status in _REDIRECTS:
        target = urljoin(url, first.location)
        _check_target(account, target)
        last = _Hop(account, target, most=most, until=until, signs=False)
        status = last.run()
        if status in _REDIRECTS:
            raise MediaElsewhere(f"redirected again, from {_shown(target)}")
    else:
        last = first
    if status in _GONE:
        raise MediaGone(f"HTTP {status}")
    if status != 200:
        raise ProviderUnavailable(f"media: HTTP {status}")
    return b"".join(last.content)


def _check_target(account: MediaAccount, target: str) -> None:
    """Raises MediaElsewhere for all but Twilio's own hosts, or the one of ``base_url``."""
    try:
        parts = urlsplit(target)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise MediaElsewhere("redirected to what is no address") from error
    if parts.username is not None or parts.password is not None:
        raise MediaElsewhere(f"redirected with credentials to {host}")
    base = urlsplit(account.base_url) if account.base_url else None
    if base is not None and (parts.scheme, host, port) == (base.scheme, base.hostname, base.port):
        return
    is_theirs = any(host == each or host.endswith(f".{each}") for each in _OURS)
    if parts.scheme != "https" or port not in (None, 443) or not is_theirs:
        raise MediaElsewhere(f"redirected to {_shown(target)}")


class _Hop:
    """One GET, its body held to a number of bytes while it comes in."""

    def __init__(
        self, account: MediaAccount, url: str, *, most: int, until: float, signs: bool
    ) -> None:
        self.content: list[bytes] = []
        self.location = ""
        self._url = url
        self._most = most
        self._size = self._declared = 0
        self._is_file = False
        self._too_big = False
        self._refused = ""
        base = urlsplit(account.base_url) if account.base_url else None
        # an installation's own stand-in for Twilio may be on this machine; nothing else may
        self._anywhere = base is not None and urlsplit(url).netloc == base.netloc
        self._curl = pycurl.Curl()
        left = max(0.001, until - time.monotonic())
        plain = self._anywhere and urlsplit(url).scheme == "http"
        options: dict[int, Any] = {
            pycurl.URL: url,
            pycurl.FOLLOWLOCATION: 0,
            pycurl.PROTOCOLS: pycurl.PROTO_HTTP if plain else pycurl.PROTO_HTTPS,
            pycurl.CONNECTTIMEOUT_MS: int(account.connect_seconds * 1000),
            pycurl.TIMEOUT_MS: max(1, int(left * 1000)),
            pycurl.NOSIGNAL: 1,
            pycurl.CAINFO: certifi.where(),
            pycurl.NOPROXY: "*",
            pycurl.NETRC: 0,
            pycurl.USERAGENT: "pregon",
            pycurl.WRITEFUNCTION: self._write,
            pycurl.HEADERFUNCTION: self._header,
            pycurl.OPENSOCKETFUNCTION: self._open,
        }
        if signs:
            options[pycurl.HTTPAUTH] = pycurl.HTTPAUTH_BASIC
            options[pycurl.USERNAME] = account.username
            options[pycurl.PASSWORD] = account.password
        set_option: Callable[[int, Any], None] = self._curl.setopt
        for option, value in options.items():
            set_option(option, value)

    def run(self) -> int:
        """The answer's status; raises ProviderUnavailable, MediaTooBig, MediaElsewhere."""
        try:
            self._curl.perform()
            return int(self._curl.getinfo(pycurl.RESPONSE_CODE))
        except pycurl.error as error:
            if self._too_big:
                raise MediaTooBig(f"more than {self._most} bytes") from error
            if self._refused:
                raise MediaElsewhere(f"{_shown(self._url)} is at {self._refused}") from error
            raise ProviderUnavailable(f"media: curl: {error}") from error
        finally:
            self._curl.close()

    def _open(self, _purpose: int, address: Any) -> Any:
        """The socket, if the address that the name led to may be spoken to.

        Asked at the moment of connecting, so that no second look-up can differ from the first.
        """
        try:
            ip = ip_address(str(address.addr[0]))
        except ValueError:
            ip = None
        if not self._anywhere and (ip is None or not ip.is_global):
            self._refused = str(address.addr[0])
            return pycurl.SOCKET_BAD
        return socket.socket(address.family, address.socktype, address.protocol)

    def _header(self, line: bytes) -> None:
        if line.startswith(b"HTTP/"):  # of the last answer alone: an interim one came before
            self.location, self._declared = "", 0
            self._is_file = line.split()[1:2] == [b"200"]
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "location":
            self.location = value.strip()
        elif name.lower() == "content-length" and value.strip().isdecimal():
            self._declared = int(value)

    def _write(self, part: bytes) -> int:
        self._size += len(part)
        if not self._is_file and self._size <= self._most:
            return len(part)  # an explanation nobody needs
        if max(self._size, self._declared) > self._most:
            self._too_big = True
            return -1
        self.content.append(part)
        return len(part)


def _shown(url: str) -> str:
    """For a log: the path of a signed address is a secret for as long as it lives."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"
