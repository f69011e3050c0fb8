"""What one run is given: options on the command line, secrets in the environment."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from messaging.simulator.behaviour import PROFILES, BadProfile, Profile, load_profile

# A program of its own: it cannot import runtime/settings.py, and this is its only look.
_ENVIRONMENT: Mapping[str, str] = os.environ  # noqa: TID251

_EPILOG = """\
Secrets come from the environment alone: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (callbacks are
signed with it), and TWILIO_API_KEY with TWILIO_API_SECRET if calls may use a key.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    host: str
    port: int
    data_dir: Path | None  # None keeps the ledger in memory
    account_sid: str
    auth_token: str = field(repr=False)
    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    inbound_url: str = ""  # what the WhatsApp sender has configured; empty sends nothing
    senders: tuple[str, ...] = ()  # E.164; empty accepts every well-formed one
    profile: Profile = PROFILES["calm"]
    seed: int = 1
    speed: float = 1.0
    connections: int = 1_024
    webhook_threads: int = 16
    callback_hosts: frozenset[str] = frozenset()  # besides loopback


def parse_options(arguments: Sequence[str]) -> Options:
    """Exits with 2 and a sentence when an option or a variable is missing or wrong."""
    parser = _parser()
    given = parser.parse_args(arguments)
    account_sid = _ENVIRONMENT.get("TWILIO_ACCOUNT_SID", "")
    auth_token = _ENVIRONMENT.get("TWILIO_AUTH_TOKEN", "")
    if not account_sid or not auth_token:
        parser.error("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN must be in the environment")
    if given.speed <= 0:
        parser.error("--speed must be above 0")
    try:
        profile = load_profile(given.profile, given.profile_file)
    except BadProfile as error:
        parser.error(str(error))
    return Options(
        host=given.host,
        port=given.port,
        data_dir=given.data_dir,
        account_sid=account_sid,
        auth_token=auth_token,
        api_key=_ENVIRONMENT.get("TWILIO_API_KEY", ""),
        api_secret=_ENVIRONMENT.get("TWILIO_API_SECRET", ""),
        inbound_url=given.inbound_url,
        senders=tuple(given.sender),
        profile=profile,
        seed=given.seed,
        speed=given.speed,
        connections=given.connections,
        webhook_threads=given.webhook_threads,
        callback_hosts=frozenset(given.callback_host),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m messaging.simulator",
        description="Twilio's HTTP interface on one local port, with customers who answer.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add("--port", type=int, default=8010, help="port, 0 for a free one (default %(default)s)")
    add("--data-dir", type=Path, metavar="DIR", help="keep the ledger here; else it is in memory")
    add("--inbound-url", default="", metavar="URL", help="webhook for what customers write")
    add(
        "--sender", action="append", default=[], metavar="+E164",
        help="a WhatsApp sender of the account, repeatable; without it any number is one",
    )  # fmt: skip
    add(
        "--profile", choices=sorted(PROFILES), default="calm",
        help="how provider and customers behave (default %(default)s)",
    )  # fmt: skip
    add("--profile-file", type=Path, metavar="JSON", help="fields that differ from the profile")
    add("--seed", type=int, default=1, help="same seed, same behaviour (default %(default)s)")
    add("--speed", type=float, default=1.0, help="divides every delay (default %(default)s)")
    add("--connections", type=int, default=1_024, help="clients at once (default %(default)s)")
    add("--webhook-threads", type=int, default=16, help="webhooks at once (default %(default)s)")
    add(
        "--callback-host", action="append", default=[], metavar="HOST",
        help="a host webhooks may go to besides loopback, repeatable",
    )  # fmt: skip
    return parser
