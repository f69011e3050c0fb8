"""Text from the environment → typed values, with every complaint kept for one message."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from campaigns.sending_hours import BadHours, SendingHours
from runtime.errors import SettingsError

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True)
class _Complaint:
    name: str
    line: str


class Reader:
    """Reads variables by name; a wrong one yields a stand-in and is remembered.

    ``environment`` wins over ``dotenv``, also with an empty value, which counts as missing.
    """

    def __init__(self, environment: Mapping[str, str], dotenv: Mapping[str, str]) -> None:
        self._environment = environment
        self._dotenv = dotenv
        self._complaints: list[_Complaint] = []

    def refuse_if_any(self) -> None:
        """Raise the one message, if anything was missing or wrong."""
        if self._complaints:
            names = [complaint.name for complaint in self._complaints]
            raise SettingsError(names, [complaint.line for complaint in self._complaints])

    def has(self, name: str) -> bool:
        """Whether it is set to something."""
        return self.text(name) is not None

    def text(self, name: str) -> str | None:
        """The value without surrounding blanks."""
        value = self._environment.get(name)
        if value is None:
            value = self._dotenv.get(name, "")
        return value.strip() or None

    def complain(self, name: str, what: str, advice: str = "") -> None:
        """Remember that this variable is ``what`` (missing, not a number, …)."""
        where = ""
        if self.has(name):
            where = " (in the environment)" if name in self._environment else " (in .env)"
        line = f"{name}{where}: {what}" + (f"; {advice}" if advice else "")
        self._complaints.append(_Complaint(name, line))

    def secret(self, name: str, *, at_least: int, advice: str) -> str:
        """A required secret; the complaint never shows it."""
        value = self.text(name) or ""
        if not value:
            self.complain(name, "missing", advice)
        elif len(value) < at_least or re.search(r"\s", value):
            self.complain(name, f"must have at least {at_least} characters, no blanks", advice)
        return value

    def matching(self, name: str, pattern: str, shape: str, missing_advice: str = "") -> str:
        """Text of a known shape; required when there is advice for its absence."""
        value = self.text(name) or ""
        if value and not re.fullmatch(pattern, value):
            self.complain(name, f"must be {shape}", missing_advice)
        elif not value and missing_advice:
            self.complain(name, f"missing ({shape})", missing_advice)
        return value

    def both_or_none(self, first: str, second: str) -> None:
        """Two variables that make sense only together."""
        if self.has(first) != self.has(second):
            absent, present = (second, first) if self.has(first) else (first, second)
            self.complain(absent, "missing", f"{present} is set and needs it")

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number between two bounds."""
        value = self.text(name)
        if value is None:
            return default
        if re.fullmatch(r"[0-9]{1,9}", value) and least <= int(value) <= most:
            return int(value)
        self.complain(name, f"must be a whole number from {least} to {most}, not {value!r}")
        return default

    def decimal(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number between two bounds."""
        value = self.text(name)
        if value is None:
            return default
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) and least <= float(value) <= most:
            return float(value)
        self.complain(name, f"must be a number from {least:g} to {most:g}, not {value!r}")
        return default

    def choice(self, name: str, words: Mapping[str, Choice], *, default: Choice) -> Choice:
        """One of several words, in any case."""
        value = self.text(name)
        if value is None:
            return default
        if value.lower() in words:
            return words[value.lower()]
        self.complain(name, f"must be one of {', '.join(words)}, not {value!r}")
        return default

    def yes_or_no(self, name: str, *, default: bool) -> bool:
        """A switch: 1 or 0, and the usual words for them."""
        words = {"1": "y", "yes": "y", "on": "y", "true": "y"}
        words |= {"0": "n", "no": "n", "off": "n", "false": "n"}
        return self.choice(name, words, default="y" if default else "n") == "y"

    def hours(self, name: str, default: SendingHours) -> SendingHours:
        """Days and times of the clock, or `always`."""
        value = self.text(name)
        if value is None:
            return default
        try:
            return SendingHours.parse(value)
        except BadHours as error:
            example = "mon-fri 09:00-20:00, sat 09:00-13:00"
            self.complain(name, f"says no hours: {error.what!r}", f"for example {example}")
            return default

    def timezone(self, name: str, default: str) -> ZoneInfo:
        """A zone by its IANA name."""
        value = self.text(name) or default
        try:
            return ZoneInfo(value)
        except (ValueError, OSError, LookupError):
            self.complain(name, f"no time zone is called {value!r}", f"for example {default}")
            return ZoneInfo("UTC")

    def web_address(
        self,
        name: str,
        *,
        required: str = "",
        any_host: bool = False,
        loopback_only: bool = False,
    ) -> str | None:
        """An http(s) address without its last slash; plain http on loopback alone."""
        value = self.text(name)
        if value is None:
            if required:
                self.complain(name, "missing", f"{required}, for example https://pregon.example")
            return None
        parts = _split(value)
        if parts is None or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            self.complain(name, f"is not a web address: {_without_password(value)!r}")
        elif parts.username or parts.password:
            self.complain(name, "must not hold a user or password")
        elif loopback_only and not _is_loopback(parts.hostname):
            self.complain(name, "must be on this machine in the demo", "name 127.0.0.1")
        elif parts.scheme == "http" and not (any_host or _is_loopback(parts.hostname)):
            self.complain(name, "must be https", "plain http is for this machine's own address")
        return value.rstrip("/")

    def database_address(self, name: str) -> str | None:
        """A PostgreSQL address, as SQLAlchemy with psycopg wants it."""
        value = self.text(name)
        if value is None:
            return None
        parts = _split(value)
        schemes = ("postgresql", "postgres", "postgresql+psycopg")
        if parts is None or parts.scheme not in schemes:
            self.complain(name, "is not a PostgreSQL address", "postgresql://user@host/database")
            return None
        return "postgresql+psycopg" + value[len(parts.scheme) :]

    def broker_address(self, name: str) -> str | None:
        """A Redis or Valkey address, as redis-py wants it."""
        return self._address(name, ("redis", "rediss", "unix"), "redis://host:6379/0")

    def crash_points(
        self, name: str, known: Sequence[str], *, provider: str | None
    ) -> tuple[str, ...]:
        """Words with commas between, and none at all unless the provider is on this machine."""
        words = tuple(word.strip() for word in (self.text(name) or "").split(",") if word.strip())
        if unknown := [word for word in words if word not in known]:
            self.complain(name, f"knows no {', '.join(unknown)}", f"there are {', '.join(known)}")
        elif words and not (provider and _is_loopback(urlsplit(provider).hostname)):
            self.complain(
                name, "is for tests with a provider on this machine alone", "leave it out"
            )
        return words

    def mail_address(self, name: str) -> str | None:
        """Where mail is handed over."""
        return self._address(name, ("smtp", "smtps"), "smtps://user:password@host:465")

    def _address(self, name: str, schemes: tuple[str, ...], example: str) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        parts = _split(value)
        if parts is None or parts.scheme not in schemes:
            self.complain(
                name, f"must begin with {' or '.join(s + '://' for s in schemes)}", example
            )
            return None
        return value


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port  # a port that is no number is found out here
    except ValueError:
        return None
    local = parts.scheme == "unix" or parts.scheme.startswith("postgres")
    return parts if parts.scheme and (parts.hostname or local) else None


def _without_password(value: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", value)


def _is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
