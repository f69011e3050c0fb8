"""Every setting, read once: the only module that looks at the environment.

The environment wins over a `.env` in the project's folder. A start with missing or wrong
values fails once, naming all of them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from campaigns.limits import Guards
from campaigns.sending_hours import ALWAYS, USUAL, SendingHours
from campaigns.times import Times
from runtime import demo_folder
from runtime.settings_reader import Reader

CRASH_POINTS = ("after_claim", "before_post", "after_post", "before_commit", "after_commit")
Demo = Literal["off", "on", "lan"]  # "lan": may be reached from other machines

# Any of these set means that somebody configured a real installation.
_REAL = (
    "PREGON_DATABASE_URL",
    "PREGON_REDIS_URL",
    "PREGON_PUBLIC_URL",
    "PREGON_SECRET_KEY",
    "PREGON_SMTP_URL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "MERCADOPAGO_ACCESS_TOKEN",
    "MERCADOPAGO_WEBHOOK_SECRET",
)
_NEW_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))' makes one"
_HOME_ZONE = "America/Argentina/Buenos_Aires"
_SID = r"[0-9a-fA-F]{32}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one installation is told from outside."""

    data_dir: Path
    public_url: str  # no slash at the end; callbacks are built on it and checked against it
    secret_key: str = field(repr=False)
    secret_key_previous: str | None = field(default=None, repr=False)  # during a rotation
    database_url: str | None = field(default=None, repr=False)  # None: the embedded server
    redis_url: str | None = field(default=None, repr=False)  # None: the embedded server
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo(_HOME_ZONE))
    auto_migrate: bool = True
    demo: Demo = "off"

    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    twilio_auth_token_previous: str | None = field(default=None, repr=False)  # during a rotation
    twilio_api_key: str | None = None
    twilio_api_secret: str | None = field(default=None, repr=False)
    twilio_base_url: str | None = None  # None: Twilio itself; no slash at the end

    smtp_url: str | None = field(default=None, repr=False)
    mercadopago_access_token: str | None = field(default=None, repr=False)
    mercadopago_webhook_secret: str | None = field(default=None, repr=False)

    port: int = 8000
    proxies: int = 0  # in front of the web process; each adds to X-Forwarded-For
    web_processes: int = 2  # one interpreter draws pages on one core
    web_threads: int = 12  # and waits with so many for the database, each with its connection
    worker_processes: int = 2
    worker_threads: int = 4
    max_in_flight: int = 100  # requests to the provider at once, per worker process
    campaign_share: float = 0.9  # of a line's rate; the rest is for operators' replies
    type_launch_above: int = 10_000  # recipients: a launch of more is confirmed by typing them
    # when campaigns may write, in the recipient's time, unless they or their line say otherwise
    sending_hours: SendingHours = USUAL
    fatigue_messages: int = 2  # unanswered campaign messages to a person in 7 days; 0: no cap
    # a reply that nobody took, in working hours (those of `sending_hours`)
    reply_flag_minutes: int = 15  # flagged; back to all if its holder is not there
    reply_escalation_minutes: int = 60  # up to the supervisor
    default_area: str = "11"  # Argentine area code for phones written without one
    time_speed: float = 1.0  # divides the engine's times, for tests and the demo
    crash_at: tuple[str, ...] = ()  # where a worker kills itself, in fault tests alone

    @property
    def times(self) -> Times:
        """The engine's figures at this installation's speed."""
        return Times().scaled(self.time_speed)

    @property
    def guards(self) -> Guards:
        """What the claim holds messages back for."""
        times = self.times
        return Guards(
            hours=self.sending_hours,
            zone=self.timezone,
            fatigue_messages=self.fatigue_messages,
            pair_spacing=times.pair_spacing,
            service_window=times.service_window - times.service_window_margin,
        )

    @property
    def is_demo(self) -> bool:
        """Whether this installation talks to the simulator about invented people."""
        return self.demo != "off"

    @property
    def statement_timeout(self) -> timedelta:
        """How long one statement may take before PostgreSQL ends it."""
        return timedelta(seconds=15)

    def to_env(self) -> dict[str, str]:
        """The variables that make `from_env` in another process give this very object.

        What is not set is empty, so that a `.env` cannot fill it in. Holds secrets.
        """
        values = {name: getattr(self, attribute) for name, attribute in _VARIABLES.items()}
        values["PREGON_DEMO"] = {"off": "0", "on": "1", "lan": "lan"}[self.demo]
        values["PREGON_AUTO_MIGRATE"] = "1" if self.auto_migrate else "0"
        values["PREGON_CRASH_AT"] = ",".join(self.crash_at)
        return {name: "" if value is None else str(value) for name, value in values.items()}

    @classmethod
    def from_env(
        cls, env: Mapping[str, str] | None = None, *, demo_when_unconfigured: bool = False
    ) -> "Settings":
        """Read and check everything; without ``env``, the environment and then `.env`.

        With nothing configured it is the demo's settings if a demo was started in the data
        folder before, or if ``demo_when_unconfigured``. The demo keeps its invented secrets
        in that folder, made on first use.

        Raises:
            SettingsError: names every missing or wrong variable, none of their secret values.
        """
        read = Reader(os.environ, _dotenv()) if env is None else Reader(env, {})
        demo: Demo = read.choice("PREGON_DEMO", _DEMO_WORDS, default="off")
        given_dir = read.text("PREGON_DATA_DIR")
        folder = Path(given_dir).expanduser().resolve() if given_dir else project_folder() / "var"
        if not read.has("PREGON_DEMO") and not any(map(read.has, _REAL)):
            shown = folder if given_dir else folder / "demo"
            if demo_when_unconfigured or demo_folder.exists(shown):
                demo = "on"
        if demo != "off" and not given_dir:
            folder /= "demo"  # invented people never share a database with real ones
        settings = cls._demo(read, demo, folder) if demo != "off" else cls._real(read, folder)
        read.refuse_if_any()
        return settings

    @classmethod
    def _real(cls, read: Reader, folder: Path) -> "Settings":
        if demo_folder.exists(folder):
            read.complain(
                "PREGON_DATA_DIR", f"{folder} holds a demo's invented people", "name another folder"
            )
        key = read.secret("PREGON_SECRET_KEY", at_least=32, advice=_NEW_KEY)
        sid = read.matching(
            "TWILIO_ACCOUNT_SID",
            f"AC{_SID}",
            "AC and 32 hex digits",
            "copy it from Twilio's console",
        )
        token = read.secret(
            "TWILIO_AUTH_TOKEN", at_least=16, advice="copy it from Twilio's console"
        )
        public = read.web_address("PREGON_PUBLIC_URL", required="where Twilio reaches this server")
        return cls._common(
            read,
            folder,
            demo="off",
            public_url=public or "",
            secret_key=key,
            account_sid=sid,
            auth_token=token,
            base_url=read.web_address("PREGON_TWILIO_BASE_URL"),
            port=read.whole("PREGON_PORT", 8000, least=1, most=65535),
        )

    @classmethod
    def _demo(cls, read: Reader, demo: Demo, folder: Path) -> "Settings":
        kept = demo_folder.read_or_make(folder)
        port = read.whole("PREGON_PORT", kept.port, least=1, most=65535)
        base_url = read.web_address("PREGON_TWILIO_BASE_URL", loopback_only=True)
        return cls._common(
            read,
            folder,
            demo=demo,
            public_url=read.web_address("PREGON_PUBLIC_URL", any_host=demo == "lan")
            or f"http://127.0.0.1:{port}",
            secret_key=read.text("PREGON_SECRET_KEY") or kept.secret_key,
            account_sid=read.text("TWILIO_ACCOUNT_SID") or kept.account_sid,
            auth_token=read.text("TWILIO_AUTH_TOKEN") or kept.auth_token,
            base_url=base_url or f"http://127.0.0.1:{kept.simulator_port}",
            port=port,
        )

    @classmethod
    def _common(
        cls,
        read: Reader,
        folder: Path,
        *,
        demo: Demo,
        public_url: str,
        secret_key: str,
        account_sid: str,
        auth_token: str,
        base_url: str | None,
        port: int,
    ) -> "Settings":
        read.both_or_none("TWILIO_API_KEY", "TWILIO_API_SECRET")
        read.both_or_none("MERCADOPAGO_ACCESS_TOKEN", "MERCADOPAGO_WEBHOOK_SECRET")
        return cls(
            data_dir=folder,
            public_url=public_url,
            secret_key=secret_key,
            secret_key_previous=read.text("PREGON_SECRET_KEY_PREVIOUS"),
            database_url=read.database_address("PREGON_DATABASE_URL"),
            redis_url=read.broker_address("PREGON_REDIS_URL"),
            timezone=read.timezone("PREGON_TIMEZONE", _HOME_ZONE),
            auto_migrate=read.yes_or_no("PREGON_AUTO_MIGRATE", default=True),
            demo=demo,
            twilio_account_sid=account_sid,
            twilio_auth_token=auth_token,
            twilio_auth_token_previous=read.text("TWILIO_AUTH_TOKEN_PREVIOUS"),
            twilio_api_key=read.matching("TWILIO_API_KEY", f"SK{_SID}", "SK and 32 hex digits")
            or None,
            twilio_api_secret=read.text("TWILIO_API_SECRET"),
            twilio_base_url=base_url,
            smtp_url=read.mail_address("PREGON_SMTP_URL"),
            mercadopago_access_token=read.text("MERCADOPAGO_ACCESS_TOKEN"),
            mercadopago_webhook_secret=read.text("MERCADOPAGO_WEBHOOK_SECRET"),
            port=port,
            proxies=read.whole("PREGON_PROXIES", 0, least=0, most=5),
            web_processes=read.whole("PREGON_WEB_PROCESSES", 2, least=1, most=64),
            web_threads=read.whole("PREGON_WEB_THREADS", 12, least=1, most=100),
            worker_processes=read.whole("PREGON_WORKER_PROCESSES", 2, least=1, most=64),
            worker_threads=read.whole("PREGON_WORKER_THREADS", 4, least=1, most=64),
            max_in_flight=read.whole("PREGON_MAX_IN_FLIGHT", 100, least=1, most=5000),
            campaign_share=read.decimal("PREGON_CAMPAIGN_SHARE", 0.9, least=0.01, most=1),
            type_launch_above=read.whole(
                "PREGON_TYPE_LAUNCH_ABOVE", 10_000, least=0, most=100_000_000
            ),
            # a demo's people are invented: it may be tried at any hour
            sending_hours=read.hours("PREGON_SENDING_HOURS", USUAL if demo == "off" else ALWAYS),
            reply_flag_minutes=read.whole("PREGON_REPLY_FLAG_MINUTES", 15, least=1, most=1440),
            reply_escalation_minutes=read.whole(
                "PREGON_REPLY_ESCALATION_MINUTES", 60, least=1, most=1440
            ),
            fatigue_messages=read.whole("PREGON_FATIGUE_MESSAGES", 2, least=0, most=1000),
            default_area=read.matching("PREGON_DEFAULT_AREA", "[1-9][0-9]{1,3}", "2 to 4 digits")
            or "11",
            time_speed=read.decimal("PREGON_TIME_SPEED", 1.0, least=1, most=10_000),
            crash_at=read.crash_points("PREGON_CRASH_AT", CRASH_POINTS, provider=base_url),
        )


_VARIABLES = {
    f"PREGON_{name.upper()}": name
    for name in (
        "data_dir", "public_url", "secret_key", "secret_key_previous", "database_url",
        "redis_url", "timezone", "twilio_base_url", "smtp_url", "port", "proxies",
        "web_processes", "web_threads", "worker_processes", "worker_threads", "max_in_flight",
        "campaign_share",
        "type_launch_above", "default_area", "time_speed", "sending_hours",
        "fatigue_messages", "reply_flag_minutes", "reply_escalation_minutes",
    )
} | {
    name.upper(): name
    for name in (
        "twilio_account_sid", "twilio_auth_token", "twilio_auth_token_previous",
        "twilio_api_key", "twilio_api_secret", "mercadopago_access_token",
        "mercadopago_webhook_secret",
    )
}  # fmt: skip
_DEMO_WORDS: dict[str, Demo] = {
    "0": "off", "no": "off", "off": "off", "false": "off",
    "1": "on", "yes": "on", "on": "on", "true": "on",
    "lan": "lan",
}  # fmt: skip


def project_folder() -> Path:
    """The checkout this code runs from, or the current folder of an installed package."""
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process we start: ours with ``changes``."""
    return {**os.environ, **changes}


def _dotenv() -> dict[str, str]:
    found = dotenv_values(project_folder() / ".env", interpolate=False)
    return {name: value for name, value in found.items() if value is not None}
